//! `/idea outcome effect:worked note:Asked five colleagues benefit:time before:10 after:2 unit:minutes` → verified. Also
//! **Record outcome** on the card.

use crate::turn::{Answer, Turn, word};
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::limits;
use kaizen_domain::suggestion::protocol::{BenefitKind, BenefitTyped, Effect};

use super::{Kind, NUMBER, Opt, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea outcome",
    about: "Record whether it helped, and how you know.",
    kind: Kind::Slash,
    options: &[
        Opt::choice("effect", "Did it help?", &["worked", "partly", "did not work", "cannot tell"])
            .required(),
        Opt::text("note", "What was looked at, and how", limits::TEXT).required(),
        Opt::choice(
            "benefit",
            "What it brought",
            &["time", "cost", "quality", "safety", "wellbeing", "environment"],
        ),
        Opt::text("before", "The value before", limits::LINE),
        Opt::text("after", "The value after", limits::LINE),
        Opt::text("unit", "The unit of both: minutes a day", limits::LINE),
        NUMBER,
    ],
    who: &[Party::Responsible, Party::Coordinator],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let effect = word(Field::Text, turn.required("effect", Field::Text)?, Effect::ALL, Effect::as_str)?;
    let note = turn.required("note", Field::Note)?;
    let values = [turn.owned("before"), turn.owned("after"), turn.owned("unit")];
    let benefits = match (turn.args.text("benefit"), values) {
        (Some(typed), [before, after, unit]) => {
            let kind = word(Field::Text, typed, BenefitKind::ALL, BenefitKind::as_str)?;
            vec![BenefitTyped { kind, before, after, unit }]
        }
        (None, [None, None, None]) => Vec::new(),
        // Values of nothing: say what is missing instead of losing them.
        (None, _) => word(Field::Text, "", BenefitKind::ALL, BenefitKind::as_str).map(|_| Vec::new())?,
    };
    turn.execute(Vec::new(), |_, _| {
        Ok(Command::RecordOutcome { effect, note: note.to_owned(), benefits: benefits.clone() })
    })
    .await
}
