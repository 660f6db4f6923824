//! `/idea decline reason:Ward 2 tried it and labels came off within a week` → declined; the author may appeal. Also **Decide** →
//! **Decline** on the card.

use crate::turn::{Answer, Turn, word};
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::DeclineClass;
use kaizen_domain::suggestion::protocol::limits;

use super::{Kind, NUMBER, Opt, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea decline",
    about: "Say no, with reasons. Needs at least one finding.",
    kind: Kind::Slash,
    options: &[
        Opt::text("reason", "Why; the author reads it (at least 20 characters)", limits::TEXT).required(),
        Opt::choice(
            "class",
            "The kind of reason",
            &[
                "already in place",
                "not feasible",
                "costs more than it brings",
                "conflicts with policy",
                "outside our reach",
                "belongs elsewhere",
                "other",
            ],
        ),
        NUMBER,
    ],
    who: &[Party::Responsible],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let rationale = turn.required("reason", Field::Reason)?;
    let class = match turn.args.text("class") {
        Some(typed) => word(Field::Text, typed, DeclineClass::ALL, DeclineClass::as_str)?,
        None => DeclineClass::Other,
    };
    turn.execute(Vec::new(), |_, _| Ok(Command::Decline { class, rationale: rationale.to_owned() })).await
}
