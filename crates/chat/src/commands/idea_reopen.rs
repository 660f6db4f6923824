//! `/idea reopen number:12 reason:The labels came off again` → open again. Also undoes a merge.

use crate::turn::{Answer, Turn};
use kaizen_domain::Rejection;
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::limits;
use kaizen_workflow::ports::Ask;

use super::{Kind, NUMBER, Opt, Source, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea reopen",
    about: "Open a closed idea again; also undoes a merge.",
    kind: Kind::Slash,
    options: &[
        NUMBER.required(),
        Opt::text("reason", "Why", limits::TEXT).required(),
        Opt::completed("came-back-from", "The idea that it came back from", Source::Ideas),
    ],
    who: &[Party::Coordinator, Party::Author],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let reason = turn.required("reason", Field::Reason)?;
    let came_back_from = match turn.args.text("came-back-from") {
        Some(typed) => Some(turn.number(typed).await?),
        None => None,
    };
    let ask = Ask { item: Some(turn.item().await?), other: came_back_from, ..turn.ask_to_change() };
    let done = turn.chat.engine.execute(&ask, |loaded, _| match came_back_from {
        Some(number) if loaded.other.is_none() => Err(Rejection::NoSuchIdea(number)),
        Some(_) | None => Ok(Command::Reopen { reason: reason.to_owned(), came_back_from }),
    });
    Ok(turn.done(&done.await?))
}
