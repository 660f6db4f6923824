//! `/idea acknowledge number:12` → "K-12 is acknowledged; the decision is due …". Also the button **Acknowledge**.

use crate::turn::{Answer, Turn};
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;

use super::{Kind, NUMBER, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea acknowledge",
    about: "Tell the author that their idea was seen.",
    kind: Kind::Slash,
    options: &[NUMBER],
    who: &[Party::Responsible],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    turn.execute(Vec::new(), |_, _| Ok(Command::Acknowledge)).await
}
