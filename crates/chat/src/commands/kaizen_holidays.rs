//! `/kaizen holidays add dates:25 December, 28 December name:Christmas` → nobody works then; what is due moves, and its history
//! says so. `remove`, `list` likewise. A whole calendar is read from an iCalendar file by `kaizen workspace apply`.

use chrono::NaiveDate;
use kaizen_domain::calendar::HOLIDAY_NAME;
use kaizen_domain::rejection::{Field, Party};
use kaizen_domain::settings::{add_holidays, remove_holidays};
use kaizen_domain::{Policy, Rejection, TeamId};

use super::{Kind, Opt, Source, Spec, team_option};
use crate::reply::Reply;
use crate::turn::{Answer, Turn, rejected};
use crate::view::calendars::HolidayChange;
use crate::{dates, view};

/// Characters of several dates.
const DATES: usize = 600;

const WHICH: Opt = Opt::text("dates", "25 December, 28 December; or 24 Dec to 1 Jan", DATES).required();
const TEAM: Opt = Opt::completed("team", "Only for this team; otherwise for all", Source::Teams);

/// What is registered.
pub(super) const ADD: Spec = Spec {
    name: "kaizen holidays add",
    about: "Days on which nobody works: what is due moves accordingly.",
    kind: Kind::Slash,
    options: &[WHICH, Opt::text("name", "What the day is called", HOLIDAY_NAME), TEAM],
    who: &[Party::SetUp],
    run: |turn| Box::pin(add(turn)),
};

/// What is registered.
pub(super) const REMOVE: Spec = Spec {
    name: "kaizen holidays remove",
    about: "Days on which people work after all.",
    kind: Kind::Slash,
    options: &[WHICH, TEAM],
    who: &[Party::SetUp],
    run: |turn| Box::pin(remove(turn)),
};

/// What is registered.
pub(super) const LIST: Spec = Spec {
    name: "kaizen holidays list",
    about: "The holidays that are to come.",
    kind: Kind::Slash,
    options: &[TEAM],
    who: &[Party::SetUp],
    run: |turn| Box::pin(list(turn)),
};

async fn add(turn: &Turn<'_>) -> Answer {
    let name = turn.owned("name");
    change(turn, HolidayChange::Added, |policy, team, days| {
        add_holidays(policy, team, days, name.as_deref(), turn.now())
    })
    .await
}

async fn remove(turn: &Turn<'_>) -> Answer {
    change(turn, HolidayChange::Removed, |policy, team, days| remove_holidays(policy, team, days, turn.now()))
        .await
}

async fn change(
    turn: &Turn<'_>,
    what: HolidayChange,
    change: impl Fn(&Policy, Option<TeamId>, &[NaiveDate]) -> Result<Policy, Rejection> + Send + Sync,
) -> Answer {
    let typed = turn.required("dates", Field::Dates)?;
    let read = |policy: &Policy| -> Result<(Option<TeamId>, Vec<NaiveDate>), Rejection> {
        let team = team_option(turn, policy)?;
        let calendar = team.or_else(|| policy.teams.iter().find(|t| !t.removed).map(|t| t.id));
        let calendar = calendar.map(|id| policy.calendar(id)).ok_or(Rejection::LastTeam)?;
        Ok((team, dates::days(Field::Dates, typed, turn.now(), &calendar)?))
    };
    let policy = turn
        .chat
        .engine
        .change_settings(&turn.ask(), |loaded| {
            let (team, days) = read(&loaded.policy)?;
            change(&loaded.policy, team, &days)
        })
        .await?;
    let (team, days) = read(&policy).map_err(rejected)?;
    Ok(Reply::Message(view::calendars::holidays_changed(&policy, team, &days, what)))
}

async fn list(turn: &Turn<'_>) -> Answer {
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    turn.may_set_up(&loaded)?;
    let team = team_option(turn, &loaded.policy).map_err(rejected)?;
    Ok(Reply::Message(view::calendars::holidays(&loaded.policy, team, turn.now())))
}
