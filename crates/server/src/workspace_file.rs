//! A workspace's set-up as a file: `kaizen workspace apply ward.toml`, `kaizen workspace export > ward.toml`.
//!
//! ```text
//! $ kaizen workspace apply ward.toml
//! Workspace 1000
//!   + team Ward 3: managers: user 14
//!   ~ time to acknowledge: 2 working days -> 1 working day
//! Apply these 2 changes? [y/N]
//! ```
//!
//! The file is read strictly and completely: every fault in it is said at once, with the place where it stands. A section
//! that is not in the file leaves what is set as it is; one that is there says all that shall be.

pub mod apply;
mod holidays;
mod plan;
mod reader;
mod write;

use std::path::Path;

use chrono_tz::Tz;
use kaizen_domain::calendar::Holidays;
use kaizen_domain::{Area, Calendar, ChannelId, GuildId, RoleId, UserId, Wait};

pub use holidays::HolidayEntry;
pub use kaizen_domain::settings::TimeKey;
pub use plan::{Change, Plan};
use reader::Section;

/// What belongs to features that this version does not have.
const LATER: [&str; 4] = ["reviewers", "reviewers_channel", "bulletin_channel", "safeguarding_notice"];

/// A workspace's set-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceFile {
    /// Which community.
    pub guild: GuildId,
    /// Who runs the scheme.
    pub coordinators: Option<Named>,
    /// Who owns policies and norms.
    pub policy_owners: Option<Named>,
    /// What suggestions are about.
    pub areas: Option<Vec<Area>>,
    /// Of which of these people are reminded at any hour.
    pub urgent_areas: Option<Vec<Area>>,
    /// How long responses may take, as far as it differs.
    pub times: Vec<(TimeKey, Wait)>,
    /// All teams.
    pub teams: Option<Vec<TeamEntry>>,
    /// Days on which nobody works, beside those that a team has of its own.
    pub holidays: Option<Vec<HolidayEntry>>,
    /// Who takes what, first match first.
    pub routes: Option<Vec<RouteEntry>>,
}

/// People and roles by the platform's ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// People.
    pub users: Vec<UserId>,
    /// Roles.
    pub roles: Vec<RoleId>,
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamEntry {
    /// Its name.
    pub name: String,
    /// Its home channel.
    pub channel: Option<ChannelId>,
    /// Who owes its responses.
    pub managers: Named,
    /// The role of its members.
    pub members_role: Option<RoleId>,
    /// The name of the next level up.
    pub parent: Option<String>,
    /// When it works, without holidays.
    pub calendar: Calendar,
    /// Its own holidays, where the file lists them.
    pub holidays: Option<Holidays>,
}

/// A rule that picks the responsible person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteEntry {
    /// Only this area.
    pub area: Option<Area>,
    /// Only this team, by its name.
    pub team: Option<String>,
    /// Who takes it.
    pub to: Named,
}

/// Everything that is wrong with a file, each with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Faults(pub Vec<String>);

impl WorkspaceFile {
    /// Reads a file's text. Files that it names are looked for beside it.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(path: &Path, text: &str) -> Result<WorkspaceFile, Faults> {
        let table = crate::config::parse(path, text).map_err(|e| Faults(vec![e.to_string()]))?;
        let mut faults = Vec::new();
        let folder = path.parent().unwrap_or(Path::new(""));
        let file = read(&table, folder, &mut faults);
        match file {
            Some(file) if faults.is_empty() => Ok(file),
            Some(_) | None => Err(Faults(faults)),
        }
    }

    /// Everybody who is named.
    pub fn users(&self) -> Vec<UserId> {
        let teams = self.teams.iter().flatten().map(|t| &t.managers);
        let routes = self.routes.iter().flatten().map(|r| &r.to);
        let mut users: Vec<UserId> = Vec::new();
        for named in self.coordinators.iter().chain(self.policy_owners.iter()).chain(teams).chain(routes) {
            for user in &named.users {
                if !users.contains(user) {
                    users.push(*user);
                }
            }
        }
        users
    }
}

fn read(table: &toml::Table, folder: &Path, faults: &mut Vec<String>) -> Option<WorkspaceFile> {
    let mut top = Section::new(table, String::new(), faults);
    for key in LATER {
        if top.has(key) {
            top.fault(
                key,
                "belongs to critical incidents, which come with a later version; leave it out for now",
            );
        }
    }
    let guild = top.id("guild").map(GuildId);
    if guild.is_none() && !top.has("guild") {
        top.fault("guild", "is missing: the community's id as text, like guild = \"1000\"");
    }
    let zone: Option<Tz> = top.parsed("timezone", "a time zone like \"Europe/London\"");
    let coordinators = top.section("coordinators", named);
    let policy_owners = top.section("policy_owners", named);
    let listed = |areas: Vec<String>| areas.into_iter().map(|a| Area(a.to_lowercase())).collect();
    let areas: Option<Vec<Area>> = top.texts("areas").map(listed);
    let urgent_areas: Option<Vec<Area>> = top.texts("urgent_areas").map(listed);
    if areas.as_ref().is_some_and(Vec::is_empty) {
        top.fault("areas", "is empty; an idea needs at least one area, like \"other\"");
    }
    let times = top.section("times", times).unwrap_or_default();
    let teams = top.sections("teams", |section| team(section, zone));
    if teams.as_ref().is_some_and(|t| !t.is_empty()) && zone.is_none() && !top.has("timezone") {
        top.fault("timezone", "is missing: teams work in a time zone, like timezone = \"Europe/London\"");
    }
    let holidays = top.sections("holidays", |section| holidays::read(section, folder));
    let routes = top.sections("routes", route);
    top.finish();
    if let Some(teams) = &teams {
        check_teams(teams, faults);
    }
    Some(WorkspaceFile {
        guild: guild?,
        coordinators,
        policy_owners,
        areas,
        urgent_areas,
        times,
        teams,
        holidays,
        routes,
    })
}

fn named(mut section: Section<'_>) -> Named {
    let users = section.ids("users").unwrap_or_default().into_iter().map(UserId).collect();
    let roles = section.ids("roles").unwrap_or_default().into_iter().map(RoleId).collect();
    section.finish();
    Named { users, roles }
}

fn times(mut section: Section<'_>) -> Vec<(TimeKey, Wait)> {
    let mut times = Vec::new();
    for key in TimeKey::ALL {
        if let Some(wait) = section.parsed(key.key(), "a duration like \"2 working days\" or \"36h\"") {
            times.push((*key, wait));
        }
    }
    for key in ["incident_take_up", "incident_analyse"] {
        if section.has(key) {
            section.fault(
                key,
                "belongs to critical incidents, which come with a later version; leave it out for now",
            );
        }
    }
    section.finish();
    times
}

fn team(mut section: Section<'_>, zone: Option<Tz>) -> TeamEntry {
    let name = section.name("name").unwrap_or_default();
    let channel = section.id("channel").map(ChannelId);
    let managers = section.section("managers", named).unwrap_or_default();
    let members_role = section.id("members_role").map(RoleId);
    let parent = section.text("parent");
    let own: Option<Tz> = section.parsed("timezone", "a time zone like \"Europe/London\"");
    let mut calendar = Calendar::office(own.or(zone).unwrap_or(Tz::UTC));
    if let Some(days) = section.text("working_days") {
        calendar = section.kept(calendar, "working_days", |c| c.with_days(&days));
    }
    if let Some(hours) = section.text("working_hours") {
        calendar = section.kept(calendar, "working_hours", |c| c.with_hours(&hours));
    }
    let holidays = section.has("holidays").then(|| {
        // A name may stand behind the day.
        holidays::named_dates(&mut section, "holidays")
    });
    section.finish();
    TeamEntry { name, channel, managers, members_role, parent, calendar, holidays }
}

fn route(mut section: Section<'_>) -> RouteEntry {
    let area = section.text("area").map(|a| Area(a.to_lowercase()));
    let team = section.text("team");
    let to = section.section("to", named).unwrap_or_default();
    if to == Named::default() {
        section.fault("to", "names nobody");
    }
    section.finish();
    RouteEntry { area, team, to }
}

/// Names once each, parents known, no team above itself.
fn check_teams(teams: &[TeamEntry], faults: &mut Vec<String>) {
    let find = |name: &str| teams.iter().find(|t| t.name.to_lowercase() == name.to_lowercase());
    for (at, team) in teams.iter().enumerate() {
        let same = |other: &TeamEntry| other.name.to_lowercase() == team.name.to_lowercase();
        if !team.name.is_empty() && teams[..at].iter().any(same) {
            faults.push(format!("teams: there are two teams `{}`", team.name));
        }
        let Some(parent) = &team.parent else { continue };
        let Some(mut above) = find(parent) else {
            let near = crate::nearest::nearest(parent, teams.iter().map(|t| t.name.as_str()));
            let near = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
            faults.push(format!("team {}: there is no team `{parent}` to be its parent{near}", team.name));
            continue;
        };
        // As many steps up as there are teams end at the top, or never.
        for _ in 0..teams.len() {
            if same(above) {
                faults.push(format!("team {}: it would be above itself", team.name));
                break;
            }
            match above.parent.as_deref().and_then(find) {
                Some(next) => above = next,
                None => break,
            }
        }
    }
}

#[cfg(test)]
mod tests;
