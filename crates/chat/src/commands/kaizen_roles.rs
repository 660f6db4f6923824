//! `/kaizen roles add part:coordinator who:@Cleo` → she runs the scheme, too. `remove`, `list` likewise; also for policy owners.

use kaizen_domain::rejection::{Field, Party};
use kaizen_domain::settings::roles::{Part, Who, add_to, remove_from};
use kaizen_domain::{Policy, Rejection};
use kaizen_workflow::engine::Failure;
use kaizen_workflow::ports::{Ask, Loaded};

use super::{Kind, Opt, OptKind, Spec};
use crate::reply::Reply;
use crate::request::Arg;
use crate::turn::{Answer, Turn, word};
use crate::view;

const PART: Opt =
    Opt::choice("part", "Which part", &[Part::Coordinator.as_str(), Part::PolicyOwner.as_str()]).required();
const WHO: Opt = Opt::new("who", "A person or a role", OptKind::PersonOrRole).required();

/// What is registered.
pub(super) const ADD: Spec = Spec {
    name: "kaizen roles add",
    about: "Name a coordinator or a policy owner: a person or a role.",
    kind: Kind::Slash,
    options: &[PART, WHO],
    who: &[Party::SetUp],
    run: |turn| Box::pin(add(turn)),
};

/// What is registered.
pub(super) const REMOVE: Spec = Spec {
    name: "kaizen roles remove",
    about: "Somebody is no longer coordinator or policy owner.",
    kind: Kind::Slash,
    options: &[PART, WHO],
    who: &[Party::SetUp],
    run: |turn| Box::pin(remove(turn)),
};

/// What is registered.
pub(super) const LIST: Spec = Spec {
    name: "kaizen roles list",
    about: "Who runs the scheme, and who owns policies.",
    kind: Kind::Slash,
    options: &[],
    who: &[Party::SetUp],
    run: |turn| Box::pin(list(turn)),
};

async fn add(turn: &Turn<'_>) -> Answer {
    change(turn, "Recorded.", add_to).await
}

async fn remove(turn: &Turn<'_>) -> Answer {
    let said =
        "Recorded. What they answer for stays with them until it is assigned or somebody else acts on it.";
    change(turn, said, remove_from).await
}

async fn change(
    turn: &Turn<'_>,
    said: &str,
    change: impl Fn(&Policy, Part, Who) -> Result<Policy, Rejection> + Send + Sync,
) -> Answer {
    let part = turn.required("part", Field::Part)?;
    let part = word(Field::Part, part, Part::ALL, Part::as_str)?;
    let named = turn.args.person("who").cloned().into_iter().collect();
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    let ask = Ask { named, ..turn.ask() };
    let policy = turn
        .chat
        .engine
        .change_settings(&ask, |loaded| {
            let who = who(turn, loaded).ok_or(Rejection::Empty(Field::Who))?;
            change(&loaded.policy, part, who)
        })
        .await?;
    answer(turn, &loaded, &policy, said).await.map(Reply::Message)
}

fn who(turn: &Turn<'_>, loaded: &Loaded) -> Option<Who> {
    match turn.args.0.get("who") {
        Some(Arg::Person(_)) => loaded.named.first().copied().map(Who::Member),
        Some(Arg::Role(role)) => Some(Who::Role(*role)),
        Some(Arg::Text(_) | Arg::Bool(_) | Arg::Integer(_) | Arg::Channel(_)) | None => None,
    }
}

async fn list(turn: &Turn<'_>) -> Answer {
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    turn.may_set_up(&loaded)?;
    answer(turn, &loaded, &loaded.policy, "").await.map(Reply::Message)
}

async fn answer(
    turn: &Turn<'_>,
    loaded: &Loaded,
    policy: &Policy,
    said: &str,
) -> Result<crate::reply::Message, Failure> {
    let people = turn.people(loaded, &super::staff(policy)).await?;
    Ok(view::calendars::roles(policy, &people, said))
}
