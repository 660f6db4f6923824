//! `/idea defer reason:After the move until:1 March 2027` → taken up again by itself on that date. Also **Decide** → **Defer**.

use crate::dates;
use crate::turn::{Answer, Turn};
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::limits;

use super::{Kind, NUMBER, Opt, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea defer",
    about: "Say later, with a date on which it is taken up again.",
    kind: Kind::Slash,
    options: &[
        Opt::text("reason", "Why; the author reads it", limits::TEXT).required(),
        Opt::text("until", "When it is taken up again: a date, or “6 weeks” (at most 6 months)", 60)
            .required(),
        NUMBER,
    ],
    who: &[Party::Responsible],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let rationale = turn.required("reason", Field::Reason)?;
    let until = turn.required("until", Field::Until)?;
    turn.execute(Vec::new(), |loaded, item| {
        let calendar = loaded.policy.calendar(item.suggestion.team);
        let until = dates::read(Field::Until, until, turn.now(), &calendar)?;
        Ok(Command::Defer { rationale: rationale.to_owned(), until })
    })
    .await
}
