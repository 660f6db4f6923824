//! `/debrief show number:D-7` → what the group said, for those who took part, their team and the coordinators.

use kaizen_domain::rejection::Party;

use super::{DEBRIEF, Kind, Spec};
use crate::reply::Reply;
use crate::turn::{Answer, Turn};
use crate::view;

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "debrief show",
    about: "What was said in a debrief, its actions and its lessons.",
    kind: Kind::Slash,
    options: &[DEBRIEF],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let (_, shown) = turn.shown_debrief(turn.debrief()?).await?;
    Ok(Reply::Message(view::debrief::show(&shown)))
}
