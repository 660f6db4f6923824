//! `/kaizen times set which:acknowledge time:1 working day` → from now on a first answer is due within a working day. `reset`
//! goes back to what the operator set for new workspaces, `list` shows all.

use kaizen_domain::rejection::{Field, Party};
use kaizen_domain::settings::{TimeKey, reset_times, set_time};
use kaizen_domain::suggestion::protocol::limits;

use super::{Kind, Opt, Spec};
use crate::reply::Reply;
use crate::turn::{Answer, Turn, word};
use crate::view;

/// What is registered.
pub(super) const SET: Spec = Spec {
    name: "kaizen times set",
    about: "How long a response may take from now on.",
    kind: Kind::Slash,
    options: &[
        Opt::choice("which", "Which time", TimeKey::WORDS).required(),
        Opt::text("time", "2 working days, 4 working hours, 36h, 2 weeks", limits::LINE).required(),
    ],
    who: &[Party::SetUp],
    run: |turn| Box::pin(set(turn)),
};

/// What is registered.
pub(super) const RESET: Spec = Spec {
    name: "kaizen times reset",
    about: "Back to the usual times, one or all.",
    kind: Kind::Slash,
    options: &[Opt::choice("which", "Which time; otherwise all", TimeKey::WORDS)],
    who: &[Party::SetUp],
    run: |turn| Box::pin(reset(turn)),
};

/// What is registered.
pub(super) const LIST: Spec = Spec {
    name: "kaizen times list",
    about: "How long each response may take.",
    kind: Kind::Slash,
    options: &[],
    who: &[Party::SetUp],
    run: |turn| Box::pin(list(turn)),
};

async fn set(turn: &Turn<'_>) -> Answer {
    let which = which(turn)?.ok_or(crate::turn::rejected(kaizen_domain::Rejection::Empty(Field::Which)))?;
    let typed = turn.required("time", Field::Due)?;
    let ask = turn.ask();
    let policy =
        turn.chat.engine.change_settings(&ask, |loaded| set_time(&loaded.policy, which, typed)).await?;
    Ok(Reply::Message(view::calendars::times_changed(&policy, Some(which))))
}

async fn reset(turn: &Turn<'_>) -> Answer {
    let which = which(turn)?;
    let usually = turn.chat.engine.store().usual_times();
    let ask = turn.ask();
    let policy = turn
        .chat
        .engine
        .change_settings(&ask, |loaded| Ok(reset_times(&loaded.policy, which, &usually)))
        .await?;
    Ok(Reply::Message(view::calendars::times_changed(&policy, which)))
}

async fn list(turn: &Turn<'_>) -> Answer {
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    turn.may_set_up(&loaded)?;
    Ok(Reply::Message(view::calendars::times(&loaded.policy)))
}

fn which(turn: &Turn<'_>) -> Result<Option<TimeKey>, kaizen_workflow::engine::Failure> {
    turn.args.text("which").map(|typed| word(Field::Which, typed, TimeKey::ALL, TimeKey::as_str)).transpose()
}
