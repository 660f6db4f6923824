//! `/idea history number:12` → every step of K-12: who, when, why.

use crate::reply::Reply;
use crate::turn::{Answer, Turn, fault};
use crate::view;
use kaizen_domain::Number;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Event;
use kaizen_workflow::engine::Failure;
use kaizen_workflow::ports::Step;
use kaizen_workflow::ports::{ItemRef, Loaded, Shown};

use super::{Kind, NUMBER, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea history",
    about: "Every step of an idea: who, when, why.",
    kind: Kind::Slash,
    options: &[NUMBER],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let read = read(turn, turn.item().await?).await?;
    Ok(Reply::Message(view::item::history(&read.shown, &read.history, 0)))
}

/// **Previous** and **Next**.
pub(crate) async fn page(turn: &Turn<'_>, number: Number, page: u32) -> Answer {
    let read = read(turn, ItemRef::Number(number)).await?;
    Ok(turn.in_place(view::item::history(&read.shown, &read.history, page)))
}

/// An idea with its whole history.
pub(super) struct Read {
    pub(super) loaded: Loaded,
    /// With everybody named in the history.
    pub(super) shown: Shown,
    pub(super) history: Vec<Step>,
}

/// Reads an idea with its whole history.
pub(super) async fn read(turn: &Turn<'_>, item: ItemRef) -> Result<Read, Failure> {
    let (loaded, shown) = turn.shown(item, &[]).await?;
    let history =
        turn.chat.engine.queries().history(shown.workspace, shown.item.number).await.map_err(fault)?;
    let events: Vec<Event> = history.iter().map(|s| s.event.clone()).collect();
    let shown = turn.chat.engine.shown(&turn.ask(), &loaded, shown.item, &events).await?;
    Ok(Read { loaded, shown, history })
}
