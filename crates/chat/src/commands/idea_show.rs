//! `/idea show number:12` → the card of K-12, its latest steps, and what the reader can do.

use crate::reply::Reply;
use crate::turn::{Answer, Turn};
use crate::view;
use kaizen_domain::Actor;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::{ActionName, authors_wait, may};

use super::{Kind, NUMBER, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea show",
    about: "An idea: where it stands, what happened, what you can do.",
    kind: Kind::Slash,
    options: &[NUMBER.required()],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

/// The latest steps that are shown; `/idea history` shows all.
const LATEST: usize = 6;

async fn run(turn: &Turn<'_>) -> Answer {
    let read = super::idea_history::read(turn, turn.item().await?).await?;
    let (idea, actor) = (&read.shown.item.suggestion, Actor::Member(read.loaded.actor));
    let now = turn.now();
    let can: Vec<ActionName> = ActionName::ALL
        .into_iter()
        .filter(|action| may(idea, *action, &actor, &read.loaded.policy, now).is_ok())
        .collect();
    let calendar = read.loaded.policy.calendar(idea.team);
    let events = read.history.iter().map(|s| &s.event);
    let waited = authors_wait(events, &calendar, read.loaded.policy.times.answer, now);
    let latest = &read.history[read.history.len().saturating_sub(LATEST)..];
    Ok(Reply::Message(view::item::show(&read.shown, latest, waited, &can)))
}
