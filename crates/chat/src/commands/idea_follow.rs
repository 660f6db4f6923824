//! `/idea follow number:12` → told of decision, implementation and outcome; once more ends it. Also the button **Follow**.

use crate::turn::{Answer, Turn};
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;

use super::{Kind, NUMBER, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea follow",
    about: "Be told of the decision and what comes of it, or stop that.",
    kind: Kind::Slash,
    options: &[NUMBER],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    turn.execute(Vec::new(), |_, _| Ok(Command::Follow)).await
}
