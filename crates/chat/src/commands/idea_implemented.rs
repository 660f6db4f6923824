//! `/idea implemented what-changed:Labels on all shelves` → done; its effect is checked in 30 days. Also **Implemented**.

use crate::turn::{Answer, Turn};
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::limits;

use super::{Kind, NUMBER, Opt, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea implemented",
    about: "Say that it is done, and what changed in practice.",
    kind: Kind::Slash,
    options: &[Opt::text("what-changed", "What changed in practice", limits::TEXT).required(), NUMBER],
    who: &[Party::Implementer, Party::Responsible],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let what_changed = turn.required("what-changed", Field::WhatChanged)?;
    turn.execute(Vec::new(), |_, _| {
        Ok(Command::RecordImplementation { what_changed: what_changed.to_owned() })
    })
    .await
}
