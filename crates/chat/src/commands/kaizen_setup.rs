//! `/kaizen setup` → what is set, and step by step what to set: team, channel, managers, times, digest, coordinator. Each step is
//! saved at once.

use crate::control::SetUpStep;
use crate::reply::{Message, Reply};
use crate::request::{Args, Input};
use crate::turn::{Answer, Turn, rejected};
use crate::view;
use kaizen_domain::rejection::{Field, Party};
use kaizen_domain::settings::{TeamChange, TimesChange, edit_team, set_coordinators, set_times};
use kaizen_domain::{ChannelId, Policy, Rejection, Staffing, TeamId};
use kaizen_workflow::engine::Failure;
use kaizen_workflow::ports::{Ask, Loaded};

use super::{Kind, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "kaizen setup",
    about: "Set up teams, channels, managers and times, step by step.",
    kind: Kind::Slash,
    options: &[],
    who: &[Party::SetUp],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let loaded = allowed(turn).await?;
    let team = present(&loaded.policy, None).map_err(rejected)?;
    page(turn, &loaded, &loaded.policy, SetUpStep::Overview, team).await.map(Reply::Message)
}

/// A button, a choice from a list, or a form of the guide. What was given is saved at once, and the next step shown in the same
/// message.
pub(crate) async fn press(turn: &Turn<'_>, step: SetUpStep, team: TeamId, form: Option<Args>) -> Answer {
    let loaded = allowed(turn).await?;
    match (step, form) {
        (SetUpStep::Name, None) => {
            let team = present(&loaded.policy, Some(team)).map_err(rejected)?;
            Ok(Reply::Form(view::forms::team_name(&loaded.policy, team)))
        }
        (SetUpStep::Times, None) => {
            let team = present(&loaded.policy, Some(team)).map_err(rejected)?;
            Ok(Reply::Form(view::forms::times(&loaded.policy, team)))
        }
        (SetUpStep::Name | SetUpStep::Times, Some(args)) => {
            let turn = Turn { args: &args, ..*turn };
            for (name, field) in needed(step) {
                turn.required(name, *field)?;
            }
            let policy = save(&turn, |loaded| filled_in(&turn, &loaded.policy, team)).await?;
            page(&turn, &loaded, &policy, after(step), team).await.map(Reply::Update)
        }
        (SetUpStep::ChannelChosen | SetUpStep::ManagersChosen | SetUpStep::CoordinatorsChosen, None) => {
            let chosen = chosen(turn);
            if chosen.is_empty() {
                let again = page(turn, &loaded, &loaded.policy, before(step), team).await?;
                return Ok(turn.in_place(again));
            }
            let policy = save(turn, |loaded| picked(loaded, step, team, chosen)).await?;
            page(turn, &loaded, &policy, after(step), team).await.map(|message| turn.in_place(message))
        }
        (SetUpStep::Team, None) => {
            let other = chosen(turn).first().and_then(|id| id.parse().ok()).map(TeamId);
            let team = present(&loaded.policy, other).map_err(rejected)?;
            page(turn, &loaded, &loaded.policy, SetUpStep::Overview, team)
                .await
                .map(|message| turn.in_place(message))
        }
        (
            SetUpStep::Overview
            | SetUpStep::Channel
            | SetUpStep::Managers
            | SetUpStep::Digest
            | SetUpStep::Coordinators
            | SetUpStep::Done,
            None,
        ) => {
            let team = present(&loaded.policy, Some(team)).map_err(rejected)?;
            page(turn, &loaded, &loaded.policy, step, team).await.map(|message| turn.in_place(message))
        }
        (
            SetUpStep::Overview
            | SetUpStep::Team
            | SetUpStep::Channel
            | SetUpStep::ChannelChosen
            | SetUpStep::Managers
            | SetUpStep::ManagersChosen
            | SetUpStep::Digest
            | SetUpStep::Coordinators
            | SetUpStep::CoordinatorsChosen
            | SetUpStep::Done,
            Some(_),
        ) => Err(rejected(Rejection::BrokenButton)),
    }
}

/// The step that the guide shows after this one.
const fn after(step: SetUpStep) -> SetUpStep {
    match step {
        SetUpStep::Overview | SetUpStep::Team | SetUpStep::Name => SetUpStep::Channel,
        SetUpStep::Channel | SetUpStep::ChannelChosen => SetUpStep::Managers,
        // Times are a form, which cannot follow by itself: the overview leads to it.
        SetUpStep::Managers | SetUpStep::ManagersChosen => SetUpStep::Overview,
        SetUpStep::Times => SetUpStep::Digest,
        SetUpStep::Digest => SetUpStep::Coordinators,
        SetUpStep::Coordinators | SetUpStep::CoordinatorsChosen | SetUpStep::Done => SetUpStep::Done,
    }
}

/// The fields of a step's form that may not be left empty: what is blank would seem to be saved, and nothing would change.
const fn needed(step: SetUpStep) -> &'static [(&'static str, Field)] {
    match step {
        SetUpStep::Name => &[("name", Field::Name)],
        SetUpStep::Times => &[
            ("timezone", Field::TimeZone),
            ("working-hours", Field::WorkingHours),
            ("acknowledge", Field::Due),
            ("decide", Field::Due),
            ("answer", Field::Due),
        ],
        SetUpStep::Overview
        | SetUpStep::Team
        | SetUpStep::Channel
        | SetUpStep::ChannelChosen
        | SetUpStep::Managers
        | SetUpStep::ManagersChosen
        | SetUpStep::Digest
        | SetUpStep::Coordinators
        | SetUpStep::CoordinatorsChosen
        | SetUpStep::Done => &[],
    }
}

/// The step that asked for a choice.
const fn before(step: SetUpStep) -> SetUpStep {
    match step {
        SetUpStep::ChannelChosen => SetUpStep::Channel,
        SetUpStep::ManagersChosen => SetUpStep::Managers,
        SetUpStep::CoordinatorsChosen => SetUpStep::Coordinators,
        SetUpStep::Overview
        | SetUpStep::Team
        | SetUpStep::Name
        | SetUpStep::Channel
        | SetUpStep::Managers
        | SetUpStep::Times
        | SetUpStep::Digest
        | SetUpStep::Coordinators
        | SetUpStep::Done => step,
    }
}

async fn allowed(turn: &Turn<'_>) -> Result<Loaded, Failure> {
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    turn.may_set_up(&loaded)?;
    Ok(loaded)
}

async fn save(
    turn: &Turn<'_>,
    change: impl Fn(&Loaded) -> Result<Policy, Rejection> + Send,
) -> Result<std::sync::Arc<Policy>, Failure> {
    let named = match &turn.request.input {
        Input::Press { people, .. } => people.clone(),
        Input::Command { .. }
        | Input::MessageCommand { .. }
        | Input::Form { .. }
        | Input::Complete { .. } => Vec::new(),
    };
    turn.chat.engine.change_settings(&Ask { named, ..turn.ask() }, change).await
}

/// The team that was meant, if it is still there; else the first.
fn present(policy: &Policy, team: Option<TeamId>) -> Result<TeamId, Rejection> {
    let mut open = policy.teams.iter().filter(|t| !t.removed).map(|t| t.id);
    let meant = team.filter(|meant| open.clone().any(|t| t == *meant));
    meant.or_else(|| open.next()).ok_or_else(|| Rejection::NoSuchTeam(String::new()))
}

fn filled_in(turn: &Turn<'_>, policy: &Policy, team: TeamId) -> Result<Policy, Rejection> {
    let change = TeamChange {
        name: turn.owned("name"),
        zone: turn.owned("timezone"),
        hours: turn.owned("working-hours"),
        ..TeamChange::default()
    };
    let times = TimesChange {
        acknowledge: turn.args.text("acknowledge"),
        decide: turn.args.text("decide"),
        answer: turn.args.text("answer"),
    };
    set_times(&edit_team(policy, team, &change)?, times)
}

fn picked(loaded: &Loaded, step: SetUpStep, team: TeamId, chosen: &[String]) -> Result<Policy, Rejection> {
    let people = || Staffing { members: loaded.named.clone(), roles: Vec::new() };
    if step == SetUpStep::CoordinatorsChosen {
        return Ok(set_coordinators(&loaded.policy, people()));
    }
    let change = if step == SetUpStep::ManagersChosen {
        TeamChange { managers: Some(people()), ..TeamChange::default() }
    } else {
        let channel: Option<ChannelId> = chosen.first().and_then(|id| id.parse().ok());
        TeamChange { channel: Some(channel.ok_or(Rejection::BrokenButton)?), ..TeamChange::default() }
    };
    edit_team(&loaded.policy, team, &change)
}

fn chosen<'a>(turn: &Turn<'a>) -> &'a [String] {
    match &turn.request.input {
        Input::Press { values, .. } => values,
        Input::Command { .. }
        | Input::MessageCommand { .. }
        | Input::Form { .. }
        | Input::Complete { .. } => &[],
    }
}

async fn page(
    turn: &Turn<'_>,
    loaded: &Loaded,
    policy: &Policy,
    step: SetUpStep,
    team: TeamId,
) -> Result<Message, Failure> {
    let people = turn.people(loaded, &super::staff(policy)).await?;
    Ok(view::setup::screen(step, policy, &people, team))
}
