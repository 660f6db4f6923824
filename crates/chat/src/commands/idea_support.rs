//! `/idea support number:12` → "You support K-12"; once more takes it back. Also the button **Me too**.

use crate::turn::{Answer, Turn};
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;

use super::{Kind, NUMBER, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea support",
    about: "Say “me too”, or take it back.",
    kind: Kind::Slash,
    options: &[NUMBER],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    turn.execute(Vec::new(), |_, _| Ok(Command::Support)).await
}
