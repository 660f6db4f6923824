//! `/kaizen team add name:Ward 3 channel:#ward-3 managers:@Mara` → the team is there. `edit`, `remove`, `list` likewise.

use crate::reply::Reply;
use crate::turn::{Answer, Turn};
use crate::view;
use crate::view::setup::TeamChange as Changed;
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::settings::{TEAM_NAME, TeamChange, add_team, edit_team, remove_team};
use kaizen_domain::suggestion::protocol::limits;
use kaizen_domain::{Policy, Rejection, TeamId};
use kaizen_workflow::engine::Failure;
use kaizen_workflow::ports::{Ask, Loaded, Person};
use std::sync::Arc;

use super::{Kind, Opt, OptKind, Source, Spec};

const CHANNEL: Opt = Opt::new("channel", "Its home channel: a text channel or a forum", OptKind::Channel);
const MANAGERS: Opt = Opt::new(
    "managers",
    "Who answers for it: a person or a role; replaces those before",
    OptKind::PersonOrRole,
);
const PARENT: Opt = Opt::completed("parent", "The team above it", Source::Teams);
const ZONE: Opt = Opt::completed("timezone", "Where it works: Europe/London", Source::Zones);
const HOURS: Opt =
    Opt::text("working-hours", "When it works: 09:00-17:00, or Mon-Thu 08:30-16:30", limits::LINE);

/// What is registered.
pub(super) const ADD: Spec = Spec {
    name: "kaizen team add",
    about: "Add a team.",
    kind: Kind::Slash,
    options: &[Opt::text("name", "Its name", TEAM_NAME).required(), CHANNEL, MANAGERS, PARENT, ZONE, HOURS],
    who: &[Party::SetUp],
    run: |turn| Box::pin(add(turn)),
};

/// What is registered.
pub(super) const EDIT: Spec = Spec {
    name: "kaizen team edit",
    about: "Change a team: only what you fill in. /kaizen setup gives it another name.",
    kind: Kind::Slash,
    options: &[
        Opt::completed("name", "Which team", Source::Teams).required(),
        CHANNEL,
        MANAGERS,
        PARENT,
        ZONE,
        HOURS,
    ],
    who: &[Party::SetUp],
    run: |turn| Box::pin(edit(turn)),
};

/// What is registered.
pub(super) const REMOVE: Spec = Spec {
    name: "kaizen team remove",
    about: "Remove a team; its ideas stay.",
    kind: Kind::Slash,
    options: &[Opt::completed("name", "Which team", Source::Teams).required()],
    who: &[Party::SetUp],
    run: |turn| Box::pin(remove(turn)),
};

/// What is registered.
pub(super) const LIST: Spec = Spec {
    name: "kaizen team list",
    about: "All teams: channel, managers, parent, working hours.",
    kind: Kind::Slash,
    options: &[],
    who: &[Party::SetUp],
    run: |turn| Box::pin(list(turn)),
};

async fn add(turn: &Turn<'_>) -> Answer {
    let name = turn.required("name", Field::Name)?;
    let (loaded, policy) = change(turn, |loaded| {
        add_team(&loaded.policy, &TeamChange { name: Some(name.to_owned()), ..what(turn, loaded) })
    })
    .await?;
    // The new team is the one with the highest id.
    let id = policy.teams.iter().map(|t| t.id).max();
    answer(turn, &loaded, &policy, id, Changed::Added).await
}

async fn edit(turn: &Turn<'_>) -> Answer {
    let name = turn.required("name", Field::Name)?;
    let (loaded, policy) =
        change(turn, |loaded| edit_team(&loaded.policy, id_of(&loaded.policy, name)?, &what(turn, loaded)))
            .await?;
    answer(turn, &loaded, &policy, id_of(&policy, name).ok(), Changed::Changed).await
}

async fn remove(turn: &Turn<'_>) -> Answer {
    let name = turn.required("name", Field::Name)?;
    let (loaded, policy) =
        change(turn, |loaded| remove_team(&loaded.policy, id_of(&loaded.policy, name)?)).await?;
    answer(turn, &loaded, &policy, id_of(&loaded.policy, name).ok(), Changed::Removed).await
}

async fn list(turn: &Turn<'_>) -> Answer {
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    turn.may_set_up(&loaded)?;
    let people = turn.people(&loaded, &super::staff(&loaded.policy)).await?;
    Ok(Reply::Message(view::setup::teams(&loaded.policy, &people)))
}

/// Changes the settings; what was loaded before, and the settings after.
async fn change(
    turn: &Turn<'_>,
    change: impl Fn(&Loaded) -> Result<Policy, Rejection> + Send,
) -> Result<(Loaded, Arc<Policy>), Failure> {
    let named: Vec<Person> = turn.args.person("managers").cloned().into_iter().collect();
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    let policy = turn.chat.engine.change_settings(&Ask { named, ..turn.ask() }, change).await?;
    Ok((loaded, policy))
}

async fn answer(
    turn: &Turn<'_>,
    loaded: &Loaded,
    policy: &Policy,
    team: Option<TeamId>,
    change: Changed,
) -> Answer {
    let people = turn.people(loaded, &super::staff(policy)).await?;
    let message = match team.and_then(|id| policy.team(id)) {
        Some(team) => view::setup::team(policy, &people, team, change),
        None => view::setup::teams(policy, &people),
    };
    Ok(Reply::Message(message))
}

/// What the options say; a person or a role replaces the managers before.
fn what(turn: &Turn<'_>, loaded: &Loaded) -> TeamChange {
    TeamChange {
        name: None,
        channel: turn.args.channel("channel"),
        managers: super::staffing_option(turn, "managers", loaded),
        parent: turn.owned("parent"),
        zone: turn.owned("timezone"),
        hours: turn.owned("working-hours"),
    }
}

fn id_of(policy: &Policy, name: &str) -> Result<TeamId, Rejection> {
    policy.team_named(name).map(|t| t.id).ok_or_else(|| Rejection::NoSuchTeam(name.to_owned()))
}
