//! `/debrief redact item:2` inside the thread → a form for the words that have to go: from the item, its posts, the summary, and
//! the lesson that it was kept as.

use kaizen_domain::debrief::Command;
use kaizen_domain::rejection::{Field, Party};
use kaizen_workflow::debriefs::DebriefRef;

use super::{DEBRIEF, ITEM, Kind, Spec};
use crate::control::DebriefStep;
use crate::reply::Reply;
use crate::turn::{Answer, Turn};
use crate::view;

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "debrief redact",
    about: "Remove words that identify somebody from an item of a debrief, everywhere.",
    kind: Kind::Slash,
    options: &[ITEM, DEBRIEF],
    who: &[Party::Author, Party::Responsible, Party::Coordinator],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    turn.open_item_form(turn.debrief()?, turn.required("item", Field::Item)?, DebriefStep::Redact).await
}

/// The words of the form go.
pub(crate) async fn redact(turn: &Turn<'_>, which: DebriefRef, item: u32) -> Answer {
    let words = turn.required("words", Field::Words)?.lines();
    let words: Vec<String> = words.map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect();
    let make = |_: &_, _: &_| Ok(Command::RedactItem { item, words: words.clone() });
    Ok(Reply::Message(view::debrief::done(&turn.change_debrief(which, Vec::new(), make).await?)))
}
