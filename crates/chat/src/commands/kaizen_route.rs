//! `/kaizen route add to:@Lena area:equipment` → ideas about equipment go to Lena, whatever the team. Routes are asked from the
//! top and the first match takes it; `list` shows the order, `remove` takes one out by its number.

use kaizen_domain::rejection::{Field, Party};
use kaizen_domain::settings::{add_route, remove_route};
use kaizen_domain::{Rejection, Route};
use kaizen_workflow::ports::Ask;

use super::{Kind, Opt, OptKind, Source, Spec, area, staffing_option, team_option};
use crate::reply::Reply;
use crate::request::Arg;
use crate::turn::{Answer, Turn, rejected};
use crate::view;

/// What is registered.
pub(super) const ADD: Spec = Spec {
    name: "kaizen route add",
    about: "Who takes ideas about an area, or of a team, before its managers.",
    kind: Kind::Slash,
    options: &[
        Opt::new("to", "Who takes it: a person or a role", OptKind::PersonOrRole).required(),
        Opt::completed("area", "Only what is about this", Source::Areas),
        Opt::completed("team", "Only what is of this team", Source::Teams),
        Opt::new("place", "Its place in the order; otherwise the last", OptKind::Integer { min: 1, max: 50 }),
    ],
    who: &[Party::SetUp],
    run: |turn| Box::pin(add(turn)),
};

/// What is registered.
pub(super) const REMOVE: Spec = Spec {
    name: "kaizen route remove",
    about: "Take a route out; ideas go to the team's managers again.",
    kind: Kind::Slash,
    options: &[Opt::new("route", "Its number in the list", OptKind::Integer { min: 1, max: 50 }).required()],
    who: &[Party::SetUp],
    run: |turn| Box::pin(remove(turn)),
};

/// What is registered.
pub(super) const LIST: Spec = Spec {
    name: "kaizen route list",
    about: "Who takes what, in order.",
    kind: Kind::Slash,
    options: &[],
    who: &[Party::SetUp],
    run: |turn| Box::pin(list(turn)),
};

async fn add(turn: &Turn<'_>) -> Answer {
    let named = turn.args.person("to").cloned().into_iter().collect();
    let place = integer(turn, "place");
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    let ask = Ask { named, ..turn.ask() };
    let policy = turn
        .chat
        .engine
        .change_settings(&ask, |loaded| {
            let to = staffing_option(turn, "to", loaded).ok_or(Rejection::Empty(Field::To))?;
            let area = turn.args.text("area").map(|typed| area(&loaded.policy, typed)).transpose()?;
            let route = Route { area, team: team_option(turn, &loaded.policy)?, to };
            add_route(&loaded.policy, route, place)
        })
        .await?;
    let people = turn.people(&loaded, &super::staff(&policy)).await?;
    Ok(Reply::Message(view::calendars::routes(&policy, &people, "Recorded: the route is there.")))
}

async fn remove(turn: &Turn<'_>) -> Answer {
    let place = integer(turn, "route").ok_or(rejected(Rejection::Empty(Field::Route)))?;
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    let ask = turn.ask();
    let policy = turn.chat.engine.change_settings(&ask, |loaded| remove_route(&loaded.policy, place)).await?;
    let people = turn.people(&loaded, &super::staff(&policy)).await?;
    let said = "Recorded: the route is gone. What it brought to somebody stays with them.";
    Ok(Reply::Message(view::calendars::routes(&policy, &people, said)))
}

async fn list(turn: &Turn<'_>) -> Answer {
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    turn.may_set_up(&loaded)?;
    let people = turn.people(&loaded, &super::staff(&loaded.policy)).await?;
    Ok(Reply::Message(view::calendars::routes(&loaded.policy, &people, "")))
}

fn integer(turn: &Turn<'_>, name: &str) -> Option<usize> {
    match turn.args.0.get(name) {
        Some(Arg::Integer(n)) => usize::try_from(*n).ok().filter(|n| *n > 0),
        Some(Arg::Text(_) | Arg::Bool(_) | Arg::Person(_) | Arg::Role(_) | Arg::Channel(_)) | None => None,
    }
}
