//! `/idea withdraw reason:Somebody was faster` → closed; nobody owes anything any more.

use crate::turn::{Answer, Turn};
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::limits;

use super::{Kind, NUMBER, Opt, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea withdraw",
    about: "Take your idea back before it is accepted.",
    kind: Kind::Slash,
    options: &[Opt::text("reason", "Why, if you like", limits::TEXT), NUMBER],
    who: &[Party::Author],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    turn.execute(Vec::new(), |_, _| Ok(Command::Withdraw { reason: turn.owned("reason") })).await
}
