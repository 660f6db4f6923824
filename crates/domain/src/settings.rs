//! Changes of a workspace's settings, pure: from one [`Policy`] to the next, or why not. Whoever calls these has checked
//! [`Policy::may_set_up`]; the version is counted where they are saved.

mod areas;
mod holidays;
pub mod roles;
mod routes;
mod times;

pub use areas::{AREA_NAME, AREAS, add_area, remove_area};
pub use holidays::{HOLIDAYS, add_holidays, keep_the_past, remove_holidays, today};
pub use routes::{ROUTES, add_route, reached_before, remove_route};
pub use times::{TimeKey, reset_times, set_time};

use crate::calendar::Calendar;
use crate::ids::{ChannelId, TeamId};
use crate::policy::{Policy, Staffing, Team};
use crate::rejection::{Field, Rejection};
use crate::suggestion::decide::written;

/// A team's name may have this many characters: it has to fit beside other things, and into a list to choose from.
pub const TEAM_NAME: usize = 80;

/// So many channels are remembered that are gone.
const CHANNELS_GONE: usize = 1_000;

/// What is to change of a team; what is none stays as it is. Names, zone and hours are as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TeamChange {
    /// Its name.
    pub name: Option<String>,
    /// Its home channel.
    pub channel: Option<ChannelId>,
    /// Its managers, instead of those before.
    pub managers: Option<Staffing>,
    /// The name of the team above; `none` for none.
    pub parent: Option<String>,
    /// Its time zone: `Europe/London`, whatever the case.
    pub zone: Option<String>,
    /// When it works: `09:00-17:00`, `Mon-Thu 08:30-16:30` or `Mon-Thu`.
    pub hours: Option<String>,
}

/// A new team. What is not said comes from the team above, else from the first team.
///
/// # Errors
/// When the name is empty, too long or taken, or a field is not readable.
pub fn add_team(policy: &Policy, change: &TeamChange) -> Result<Policy, Rejection> {
    if change.name.is_none() {
        return Err(Rejection::Empty(Field::Name));
    }
    let parent = match &change.parent {
        Some(typed) => parent_named(policy, typed)?,
        None => None,
    };
    let model = parent.and_then(|p| policy.team(p)).or_else(|| policy.teams.iter().find(|t| !t.removed));
    let id = TeamId(policy.teams.iter().map(|t| t.id.0).max().unwrap_or(0) + 1);
    let team = Team {
        id,
        name: String::new(),
        channel: None,
        managers: Staffing::default(),
        members_role: None,
        parent: None,
        calendar: model.map_or_else(|| Calendar::office(chrono_tz::UTC), |t| t.calendar.clone()),
        removed: false,
    };
    let mut policy = policy.clone();
    policy.teams.push(team);
    edit_team(&policy, id, change)
}

/// A team with these changes.
///
/// # Errors
/// When there is no such team, or a field is not readable or possible.
pub fn edit_team(policy: &Policy, id: TeamId, change: &TeamChange) -> Result<Policy, Rejection> {
    let mut team = existing(policy, id)?.clone();
    if let Some(typed) = &change.name {
        let name = one_line(Field::Name, typed, TEAM_NAME)?;
        if policy.team_named(&name).is_some_and(|other| other.id != id) {
            return Err(Rejection::TeamExists(name));
        }
        team.name = name;
    }
    if let Some(channel) = change.channel {
        team.channel = Some(channel);
    }
    if let Some(managers) = &change.managers {
        team.managers = managers.clone();
    }
    if let Some(typed) = &change.parent {
        team.parent = parent_named(policy, typed)?;
        if team.parent.is_some_and(|p| p == id || policy.levels(p).iter().any(|above| above.id == id)) {
            return Err(Rejection::ParentCircle);
        }
    }
    if let Some(typed) = &change.zone {
        team.calendar.zone = zone(typed)?;
    }
    if let Some(typed) = &change.hours {
        team.calendar = hours(team.calendar, typed)?;
    }
    let mut policy = policy.clone();
    if let Some(place) = policy.teams.iter_mut().find(|t| t.id == id) {
        *place = team;
    }
    Ok(policy)
}

/// The workspace without a team: it takes nothing new and holds no rights, its ideas stay, and the teams below it move up.
///
/// # Errors
/// When there is no such team, or no other.
pub fn remove_team(policy: &Policy, id: TeamId) -> Result<Policy, Rejection> {
    let parent = existing(policy, id)?.parent;
    if !policy.teams.iter().any(|t| !t.removed && t.id != id) {
        return Err(Rejection::LastTeam);
    }
    let mut policy = policy.clone();
    for team in &mut policy.teams {
        if team.id == id {
            team.removed = true;
        } else if team.parent == Some(id) {
            team.parent = parent;
        }
    }
    Ok(policy)
}

/// A channel is gone from the platform.
#[must_use]
pub fn lose_channel(policy: &Policy, channel: ChannelId) -> Policy {
    let mut policy = policy.clone();
    // Ids go up with time: the oldest are long past.
    while policy.gone.len() >= CHANNELS_GONE {
        policy.gone.pop_first();
    }
    policy.gone.insert(channel);
    policy
}

/// Other people run the scheme.
#[must_use]
pub fn set_coordinators(policy: &Policy, coordinators: Staffing) -> Policy {
    Policy { coordinators, ..policy.clone() }
}

/// How long responses may take, as typed; what is none stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimesChange<'a> {
    /// Submission to acknowledgement.
    pub acknowledge: Option<&'a str>,
    /// Acknowledgement to decision.
    pub decide: Option<&'a str>,
    /// A question to the author's answer.
    pub answer: Option<&'a str>,
}

/// The workspace with these times.
///
/// # Errors
/// When one is not readable as a duration.
pub fn set_times(policy: &Policy, change: TimesChange<'_>) -> Result<Policy, Rejection> {
    let mut policy = policy.clone();
    let times = &mut policy.times;
    let changes = [
        (change.acknowledge, &mut times.acknowledge),
        (change.decide, &mut times.decide),
        (change.answer, &mut times.answer),
    ];
    for (typed, time) in changes {
        if let Some(typed) = typed {
            *time = times::wait(typed)?;
        }
    }
    Ok(policy)
}

/// A time zone by its name, whatever the case.
///
/// # Errors
/// When there is none of this name.
pub fn zone(typed: &str) -> Result<chrono_tz::Tz, Rejection> {
    let name = typed.trim().replace(' ', "_");
    chrono_tz::Tz::from_str_insensitive(&name).map_err(|_| Rejection::NoSuchZone(typed.trim().to_owned()))
}

fn existing(policy: &Policy, id: TeamId) -> Result<&Team, Rejection> {
    policy.team(id).filter(|t| !t.removed).ok_or_else(|| Rejection::NoSuchTeam(id.0.to_string()))
}

fn parent_named(policy: &Policy, typed: &str) -> Result<Option<TeamId>, Rejection> {
    match policy.team_named(typed) {
        Some(team) => Ok(Some(team.id)),
        None if typed.trim().eq_ignore_ascii_case("none") => Ok(None),
        None => Err(Rejection::NoSuchTeam(typed.trim().to_owned())),
    }
}

/// `Mon-Thu 08:30-16:30`: days before the first digit, hours from there; either may be missing.
fn hours(calendar: Calendar, typed: &str) -> Result<Calendar, Rejection> {
    let (days, hours) = typed.split_at(typed.find(|c: char| c.is_ascii_digit()).unwrap_or(typed.len()));
    let (days, hours) = (days.trim().trim_end_matches(','), hours.trim());
    let calendar = if days.is_empty() && !hours.is_empty() { Ok(calendar) } else { calendar.with_days(days) };
    let calendar = calendar.and_then(|c| if hours.is_empty() { Ok(c) } else { c.with_hours(hours) });
    calendar.map_err(Rejection::Calendar)
}

fn one_line(field: Field, typed: &str, limit: usize) -> Result<String, Rejection> {
    let line = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = written(field, &line, limit)?;
    text.written().map(str::to_owned).ok_or(Rejection::Empty(field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{CalendarError, Wait};
    use crate::ids::MemberId;
    use crate::policy::{Area, Times};

    fn team(id: i64, name: &str, parent: Option<i64>) -> Team {
        Team {
            id: TeamId(id),
            name: name.into(),
            channel: None,
            managers: Staffing::default(),
            members_role: None,
            parent: parent.map(TeamId),
            calendar: Calendar::office(chrono_tz::Europe::London),
            removed: false,
        }
    }

    fn workspace(teams: Vec<Team>) -> Policy {
        Policy {
            version: 3,
            owner: MemberId(1),
            coordinators: Staffing::default(),
            policy_owners: Staffing::default(),
            times: Times::default(),
            areas: Area::defaults(),
            urgent: vec![],
            teams,
            routes: Vec::new(),
            holders: std::collections::BTreeMap::new(),
            absences: Vec::new(),
            left: std::collections::BTreeSet::new(),
            gone: std::collections::BTreeSet::new(),
            loads: std::collections::BTreeMap::new(),
        }
    }

    fn hospital() -> Policy {
        workspace(vec![team(1, "Hospital", None), team(2, "Surgery", Some(1)), team(3, "Ward 3", Some(2))])
    }

    fn named(name: &str) -> TeamChange {
        TeamChange { name: Some(name.into()), ..TeamChange::default() }
    }

    #[test]
    fn expect_a_new_team_with_what_was_said_and_the_rest_from_above() {
        let change = TeamChange {
            channel: Some(ChannelId(2003)),
            managers: Some(Staffing { members: vec![MemberId(14)], roles: vec![] }),
            parent: Some("surgery".into()),
            hours: Some("Mon-Thu 08:30-16:30".into()),
            ..named("  Ward   4 ")
        };
        let policy = add_team(&hospital(), &change).unwrap();
        let added = policy.team_named("ward 4").unwrap();
        assert_eq!(
            (added.id, added.parent, added.channel),
            (TeamId(4), Some(TeamId(2)), Some(ChannelId(2003)))
        );
        assert_eq!(added.calendar.zone, chrono_tz::Europe::London);
        assert_eq!(added.calendar.days, [true, true, true, true, false, false, false]);
        assert_eq!(added.calendar.from.to_string(), "08:30:00");
        assert_eq!(policy.version, 3);
    }

    #[test]
    fn expect_names_to_be_unique_whatever_the_case() {
        assert_eq!(add_team(&hospital(), &named("WARD 3")), Err(Rejection::TeamExists("WARD 3".into())));
        assert_eq!(
            edit_team(&hospital(), TeamId(2), &named("ward 3")),
            Err(Rejection::TeamExists("ward 3".into()))
        );
        assert!(edit_team(&hospital(), TeamId(3), &named("WARD 3")).is_ok());
        let removed = remove_team(&hospital(), TeamId(3)).unwrap();
        assert_eq!(add_team(&removed, &named("Ward 3")).unwrap().team_named("Ward 3").unwrap().id, TeamId(4));
    }

    #[test]
    fn expect_unreadable_names_zones_and_hours_refused() {
        assert_eq!(add_team(&hospital(), &TeamChange::default()), Err(Rejection::Empty(Field::Name)));
        assert_eq!(add_team(&hospital(), &named(" \u{200B} ")), Err(Rejection::Empty(Field::Name)));
        assert!(matches!(add_team(&hospital(), &named(&"x".repeat(81))), Err(Rejection::TooLong { .. })));
        let zone = |z: &str| {
            edit_team(&hospital(), TeamId(3), &TeamChange { zone: Some(z.into()), ..Default::default() })
        };
        assert_eq!(zone("Mars/Base"), Err(Rejection::NoSuchZone("Mars/Base".into())));
        assert_eq!(
            zone("america/new york").unwrap().team(TeamId(3)).unwrap().calendar.zone,
            chrono_tz::America::New_York
        );
        let hours = |h: &str| {
            edit_team(&hospital(), TeamId(3), &TeamChange { hours: Some(h.into()), ..Default::default() })
        };
        assert_eq!(hours("17:00-09:00"), Err(Rejection::Calendar(CalendarError::EndsBeforeBeginning)));
        assert_eq!(hours("noon till late"), Err(Rejection::Calendar(CalendarError::Days)));
        assert_eq!(hours(""), Err(Rejection::Calendar(CalendarError::NoDay)));
        assert_eq!(
            hours("Sat, Sun").unwrap().team(TeamId(3)).unwrap().calendar.days[4..],
            [false, true, true]
        );
    }

    #[test]
    fn expect_no_circle_of_parents() {
        let parent = |id, name: &str| {
            edit_team(
                &hospital(),
                TeamId(id),
                &TeamChange { parent: Some(name.into()), ..Default::default() },
            )
        };
        assert_eq!(parent(1, "Ward 3"), Err(Rejection::ParentCircle));
        assert_eq!(parent(2, "Surgery"), Err(Rejection::ParentCircle));
        assert_eq!(parent(2, "Nowhere"), Err(Rejection::NoSuchTeam("Nowhere".into())));
        assert_eq!(parent(3, "none").unwrap().team(TeamId(3)).unwrap().parent, None);
    }

    #[test]
    fn expect_the_last_team_to_stay_and_those_below_to_move_up() {
        let policy = remove_team(&hospital(), TeamId(2)).unwrap();
        assert_eq!(policy.team(TeamId(3)).unwrap().parent, Some(TeamId(1)));
        assert_eq!(remove_team(&policy, TeamId(2)), Err(Rejection::NoSuchTeam("2".into())));
        let policy = remove_team(&remove_team(&policy, TeamId(3)).unwrap(), TeamId(9));
        assert_eq!(policy, Err(Rejection::NoSuchTeam("9".into())));
        assert_eq!(
            remove_team(&workspace(vec![team(1, "Everyone", None)]), TeamId(1)),
            Err(Rejection::LastTeam)
        );
    }

    #[test]
    fn expect_the_nearest_channel_above_in_place_of_one_that_is_gone() {
        let mut policy = hospital();
        for (team, channel) in policy.teams.iter_mut().zip([Some(2001), None, Some(2003)]) {
            team.channel = channel.map(ChannelId);
        }
        let home = |policy: &Policy, team| policy.home(TeamId(team)).map(|c| c.0);
        assert_eq!([1, 2, 3].map(|t| home(&policy, t)), [Some(2001), None, Some(2003)]);
        let policy = lose_channel(&policy, ChannelId(2003));
        assert_eq!([1, 2, 3].map(|t| home(&policy, t)), [Some(2001), None, Some(2001)]);
        assert_eq!(home(&remove_team(&policy, TeamId(3)).unwrap(), 3), Some(2001), "its ideas stay visible");
        let nowhere = lose_channel(&policy, ChannelId(2001));
        assert_eq!(home(&nowhere, 3), None);
        let change = TeamChange { channel: Some(ChannelId(2009)), ..TeamChange::default() };
        assert_eq!(home(&edit_team(&nowhere, TeamId(3), &change).unwrap(), 3), Some(2009));
    }

    #[test]
    fn expect_times_as_people_write_them() {
        let policy =
            set_times(&hospital(), TimesChange { acknowledge: Some("36h"), ..Default::default() }).unwrap();
        assert_eq!(policy.times.acknowledge, Wait::Calendar { seconds: 36 * 3600 });
        assert_eq!(policy.times.decide, Times::default().decide);
        let soon = TimesChange { decide: Some("soon"), ..Default::default() };
        assert!(matches!(set_times(&hospital(), soon), Err(Rejection::NotOneOf { .. })));
    }
}
