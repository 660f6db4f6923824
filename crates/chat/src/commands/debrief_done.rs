//! `/debrief done action:2` inside the thread → the action is done. Also **Done** under it.

use kaizen_domain::Rejection;
use kaizen_domain::debrief::{Command, protocol::limits};
use kaizen_domain::rejection::{Field, Party};
use kaizen_workflow::debriefs::DebriefRef;

use super::{DEBRIEF, Kind, Opt, OptKind, Spec};
use crate::reply::Reply;
use crate::request::Arg;
use crate::turn::{Answer, Turn, rejected};
use crate::view;

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "debrief done",
    about: "An action is done.",
    kind: Kind::Slash,
    options: &[
        Opt::new("action", "Which: 1, 2 or 3", OptKind::Integer { min: 1, max: limits::ACTIONS as i64 })
            .required(),
        DEBRIEF,
    ],
    who: &[Party::Implementer],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let Some(Arg::Integer(action)) = turn.args.0.get("action") else {
        return Err(rejected(Rejection::Empty(Field::Action)));
    };
    let action = u32::try_from(*action).unwrap_or(0);
    finish(turn, turn.debrief()?, action).await
}

/// The action is done.
pub(crate) async fn finish(turn: &Turn<'_>, which: DebriefRef, action: u32) -> Answer {
    let make = |_: &_, _: &_| Ok(Command::Done { action });
    Ok(Reply::Message(view::debrief::done(&turn.change_debrief(which, Vec::new(), make).await?)))
}
