//! `/kaizen export` → tables for a spreadsheet, in a private answer: one's own ideas and words; for managers the ideas of their
//! teams with their history, and their debriefs; for coordinators and admins those of the workspace.

use kaizen_domain::rejection::Party;

use super::{Kind, Spec};
use crate::reply::Reply;
use crate::turn::{Answer, Turn};
use crate::view;

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "kaizen export",
    about: "What is kept of you here, and the ideas and debriefs that you look after, as tables to download.",
    kind: Kind::Slash,
    options: &[],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let export = turn.chat.engine.export(&turn.ask()).await?;
    Ok(Reply::Message(view::export::exported(&export)))
}
