//! `/kaizen policy list` → the policy register: which norms changed, from what to what, and which ideas led there.

use crate::reply::{Message, Reply};
use crate::turn::{Answer, Turn, fault};
use crate::view;
use kaizen_domain::rejection::Party;
use kaizen_workflow::engine::Failure;

use super::{Kind, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "kaizen policy list",
    about: "The policy register: norms that changed, and the ideas that led there.",
    kind: Kind::Slash,
    options: &[],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    show(turn, 0).await.map(Reply::Message)
}

/// **Previous** and **Next**.
pub(crate) async fn page(turn: &Turn<'_>, page: u32) -> Answer {
    show(turn, page).await.map(|message| turn.in_place(message))
}

async fn show(turn: &Turn<'_>, page: u32) -> Result<Message, Failure> {
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    let queries = turn.chat.engine.queries();
    let found = queries.register(loaded.workspace, page, view::register::PAGE).await.map_err(fault)?;
    let by: Vec<_> = found.entries.iter().map(|e| e.line.by).collect();
    let people = turn.people(&loaded, &by).await?;
    Ok(view::register::register(turn.guild, &found, &people, page))
}
