//! `/idea redact number:12` → a form for the words that have to go: from card, thread, search and history.

use crate::control::Step;
use crate::turn::{Answer, Turn};
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;

use super::{Kind, NUMBER, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea redact",
    about: "Remove words that identify somebody, everywhere.",
    kind: Kind::Slash,
    options: &[NUMBER],
    who: &[Party::Author, Party::Responsible, Party::Coordinator],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    if turn.pressed.is_none() {
        return turn.open_form(turn.item().await?, Step::Redact).await;
    }
    let words: Vec<String> = turn
        .required("words", Field::Words)?
        .lines()
        .map(|l| l.trim().to_owned())
        .filter(|l| !l.is_empty())
        .collect();
    turn.execute(Vec::new(), |_, _| Ok(Command::Redact { words: words.clone() })).await
}
