//! `/idea answer text:The lowest one` → the idea goes back to whoever asked. Also **Answer** on the card.

use crate::turn::{Answer, Turn};
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::limits;

use super::{Kind, NUMBER, Opt, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea answer",
    about: "Answer the question on your idea.",
    kind: Kind::Slash,
    options: &[Opt::text("text", "Your answer", limits::TEXT).required(), NUMBER],
    who: &[Party::Author],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let text = turn.required("text", Field::Answer)?;
    turn.execute(Vec::new(), |_, _| Ok(Command::Answer { text: text.to_owned() })).await
}
