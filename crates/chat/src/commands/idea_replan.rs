//! `/idea replan reason:Ines is ill due:in 3 weeks` → a new date or a new implementer, or `stop` if it cannot be done.

use crate::turn::{Answer, Turn, date};
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::limits;

use super::{Kind, NUMBER, Opt, OptKind, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea replan",
    about: "Change who does an accepted idea or by when, or say that it cannot be done.",
    kind: Kind::Slash,
    options: &[
        Opt::text("reason", "Why", limits::TEXT).required(),
        Opt::new("owner", "Who does it from now on", OptKind::Person),
        Opt::text("due", "The new date, or “2 weeks”", 60),
        Opt::new("stop", "It cannot be done after all", OptKind::Yes),
        NUMBER,
    ],
    who: &[Party::Responsible, Party::Implementer],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let reason = turn.required("reason", Field::Reason)?;
    let owner = turn.args.person("owner").cloned().into_iter().collect();
    turn.execute(owner, |loaded, item| {
        let calendar = loaded.policy.calendar(item.suggestion.team);
        Ok(Command::Replan {
            reason: reason.to_owned(),
            implementer: loaded.named.first().copied(),
            due: date(Field::Due, turn.args.text("due"), turn.now(), &calendar)?,
            stop: turn.args.yes("stop"),
        })
    })
    .await
}
