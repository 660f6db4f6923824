//! Holidays of the teams, entered in chat or read from a workspace file.

use chrono::NaiveDate;

use crate::Instant;
use crate::calendar::{HOLIDAY_NAME, Holidays};
use crate::ids::TeamId;
use crate::policy::{Policy, Team};
use crate::rejection::{Field, Rejection};

/// A team may have this many holidays in store: five years of them, and then some.
pub const HOLIDAYS: usize = 400;

/// These days are holidays: of one team, or (none given) of every team.
///
/// # Errors
/// When a day has passed (what was waited stays waited), there are too many, the name is too long, or there is no such team.
pub fn add_holidays(
    policy: &Policy,
    team: Option<TeamId>,
    days: &[NaiveDate],
    name: Option<&str>,
    now: Instant,
) -> Result<Policy, Rejection> {
    let name = name.map(|typed| super::one_line(Field::HolidayName, typed, HOLIDAY_NAME)).transpose()?;
    change(policy, team, days, now, |holidays, day| {
        holidays.insert(day, name.as_deref().unwrap_or_default());
        true
    })
}

/// These days are holidays no longer.
///
/// # Errors
/// When a day has passed, is no holiday of any of the teams, or there is no such team.
pub fn remove_holidays(
    policy: &Policy,
    team: Option<TeamId>,
    days: &[NaiveDate],
    now: Instant,
) -> Result<Policy, Rejection> {
    change(policy, team, days, now, Holidays::remove)
}

/// The teams with `one` done for each day; refused where it does nothing in any team.
fn change(
    policy: &Policy,
    team: Option<TeamId>,
    days: &[NaiveDate],
    now: Instant,
    one: impl Fn(&mut Holidays, NaiveDate) -> bool,
) -> Result<Policy, Rejection> {
    if let Some(team) = team {
        super::existing(policy, team)?;
    }
    if days.is_empty() {
        return Err(Rejection::Empty(Field::Dates));
    }
    let mut policy = policy.clone();
    let mut did = vec![false; days.len()];
    for t in policy.teams.iter_mut().filter(|t| !t.removed && team.is_none_or(|id| id == t.id)) {
        let today = today(t, now);
        for (day, did) in days.iter().zip(&mut did) {
            if *day < today {
                return Err(Rejection::HolidayPassed(*day));
            }
            *did |= one(&mut t.calendar.holidays, *day);
        }
        if t.calendar.holidays.len() > HOLIDAYS {
            return Err(Rejection::TooManyHolidays { limit: HOLIDAYS });
        }
    }
    match days.iter().zip(did).find(|(_, did)| !did) {
        Some((day, _)) => Err(Rejection::NoSuchHoliday(*day)),
        None => Ok(policy),
    }
}

/// Settings in which days that have passed stay what they were: whoever enters yesterday as a holiday cannot take a day
/// out of anybody's wait, and last year's list is not lost when the next one is read. `after` replaces `before`.
#[must_use]
pub fn keep_the_past(before: &Policy, mut after: Policy, now: Instant) -> Policy {
    for team in &mut after.teams {
        if let Some(was) = before.team(team.id) {
            let today = today(was, now);
            team.calendar.holidays = team.calendar.holidays.with_past_of(&was.calendar.holidays, today);
        }
    }
    after
}

/// The day that it is where the team is.
pub fn today(team: &Team, now: Instant) -> NaiveDate {
    now.with_timezone(&team.calendar.zone).date_naive()
}
