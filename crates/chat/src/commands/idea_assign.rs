//! `/idea assign to:@Noor reason:It is about her rota` → Noor answers for it now; due times stay.

use crate::turn::{Answer, Turn, rejected};
use kaizen_domain::Rejection;
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::limits;

use super::{Kind, NUMBER, Opt, OptKind, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea assign",
    about: "Hand an idea to another manager; its due times stay.",
    kind: Kind::Slash,
    options: &[
        Opt::new("to", "Who answers for it from now on", OptKind::Person).required(),
        Opt::text("reason", "Why", limits::TEXT).required(),
        NUMBER,
    ],
    who: &[Party::Responsible, Party::Coordinator],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let reason = turn.required("reason", Field::Reason)?;
    let to = turn.args.person("to").ok_or(rejected(Rejection::Empty(Field::Managers)))?;
    turn.execute(vec![to.clone()], |loaded, _| {
        let to = *loaded.named.first().ok_or(Rejection::Empty(Field::Managers))?;
        Ok(Command::Assign { to, reason: reason.to_owned() })
    })
    .await
}
