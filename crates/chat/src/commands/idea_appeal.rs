//! `/idea appeal reason:The labels that came off were paper ones` → the next level decides. Also **Appeal** on the card.

use crate::turn::{Answer, Turn};
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::limits;

use super::{Kind, NUMBER, Opt, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea appeal",
    about: "Ask the next level to look at a refusal of your idea, once, within 14 days.",
    kind: Kind::Slash,
    options: &[Opt::text("reason", "Why it should be looked at again", limits::TEXT).required(), NUMBER],
    who: &[Party::Author],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let reason = turn.required("reason", Field::Reason)?;
    turn.execute(Vec::new(), |_, _| Ok(Command::Appeal { reason: reason.to_owned() })).await
}
