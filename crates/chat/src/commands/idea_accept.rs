//! `/idea accept reason:Good and cheap due:2 weeks owner:@Ines` → accepted, with who does it and by when. Also **Decide** →
//! **Accept** or **Trial** on the card.

use crate::turn::{Answer, Turn, date, rejected, word};
use kaizen_domain::Rejection;
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::limits;
use kaizen_domain::suggestion::protocol::{AcceptAs, Loop, TrialPlan};

use super::{Kind, NUMBER, Opt, OptKind, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea accept",
    about: "Say yes: as suggested, with changes, or as a trial.",
    kind: Kind::Slash,
    options: &[
        Opt::text("reason", "Why; the author reads it", limits::TEXT).required(),
        Opt::new("owner", "Who does it; you, if left out", OptKind::Person),
        Opt::text("due", "By when: a date, or “2 weeks”", 60),
        Opt::choice("as", "How; as suggested, if left out", &["as suggested", "with changes", "trial"]),
        Opt::choice(
            "loop",
            "What it changes: this case, how we work, or a policy",
            &["case", "practice", "policy"],
        ),
        Opt::text("norm-before", "For a policy: the norm until now, in one line", limits::LINE),
        Opt::text("norm-after", "For a policy: the norm from now on, in one line", limits::LINE),
        Opt::text("trial-hypothesis", "For a trial: what you expect", limits::TEXT),
        Opt::text("trial-measure", "For a trial: what you look at to know", limits::TEXT),
        Opt::text("trial-review", "For a trial: when you look, a date or “6 weeks”", 60),
        NUMBER,
    ],
    who: &[Party::Responsible],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let rationale = turn.required("reason", Field::Reason)?;
    let how = match turn.args.text("as") {
        Some(typed) => word(Field::Text, typed, AcceptAs::ALL, AcceptAs::as_str)?,
        None => AcceptAs::AsSuggested,
    };
    let changes = match turn.args.text("loop") {
        Some(typed) => word(Field::Text, typed, Loop::ALL, Loop::as_str)?,
        None => Loop::Case,
    };
    let norm = match (turn.owned("norm-before"), turn.owned("norm-after")) {
        (Some(before), Some(after)) => Some((before, after)),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => return Err(rejected(Rejection::NormNeeded)),
    };
    let owner = turn.args.person("owner").cloned().into_iter().collect();
    turn.execute(owner, |loaded, item| {
        let (now, calendar) = (turn.now(), loaded.policy.calendar(item.suggestion.team));
        Ok(Command::Accept {
            how,
            rationale: rationale.to_owned(),
            implementer: loaded.named.first().copied(),
            due: date(Field::Due, turn.args.text("due"), now, &calendar)?,
            changes,
            norm: norm.clone(),
            trial: TrialPlan {
                hypothesis: turn.owned("trial-hypothesis"),
                measure: turn.owned("trial-measure"),
                review: date(Field::TrialReview, turn.args.text("trial-review"), now, &calendar)?,
            },
        })
    })
    .await
}
