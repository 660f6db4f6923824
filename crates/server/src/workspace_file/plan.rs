//! What a file would change, and the settings that come of it.

use std::collections::BTreeMap;

use kaizen_domain::calendar::Holidays;
use kaizen_domain::{Calendar, GuildId, Instant, MemberId, Policy, Route, Staffing, Team, TeamId, UserId};
use kaizen_workflow::ports::People;
use serde::Serialize;

use super::{Faults, Named, RouteEntry, TeamEntry, TimeKey, WorkspaceFile};

/// One thing that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What.
    pub what: String,
    /// How it is; none if it is new.
    pub from: Option<String>,
    /// How it will be; none if it goes.
    pub to: Option<String>,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.from, &self.to) {
            (None, Some(to)) => write!(f, "+ {}: {to}", self.what),
            (Some(from), Some(to)) => write!(f, "~ {}: {from} -> {to}", self.what),
            (from, None) => write!(f, "- {}: {}", self.what, from.as_deref().unwrap_or("gone")),
        }
    }
}

/// All that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The changes, in the order of the file's sections.
    pub changes: Vec<Change>,
}

/// What is set, as text, by what it is; sorted by section.
type Shown = BTreeMap<(u8, String), String>;

impl WorkspaceFile {
    /// What this file would change in a workspace; everything, where there is none yet.
    pub fn plan(&self, set: Option<(&Policy, &People)>, now: Instant) -> Plan {
        let mut before = set.map(|(policy, people)| self.shown_of(policy, people)).unwrap_or_default();
        let mut after = self.shown();
        self.show_holidays(&mut before, &mut after, set.map(|(policy, _)| policy), now);
        let mut keys: Vec<_> = before.keys().chain(after.keys()).collect();
        keys.sort();
        keys.dedup();
        let changes = keys
            .into_iter()
            .filter(|key| before.get(key) != after.get(key))
            .map(|key| Change {
                what: key.1.clone(),
                from: before.get(key).cloned(),
                to: after.get(key).cloned(),
            })
            .collect();
        Plan { changes }
    }

    /// The settings that come of it. `member` knows everybody of [`WorkspaceFile::users`].
    ///
    /// # Errors
    /// Where a route, or what is urgent, names a team or an area that there is not.
    pub fn settings(
        &self,
        policy: &Policy,
        member: &dyn Fn(UserId) -> Option<MemberId>,
        now: Instant,
    ) -> Result<Policy, Faults> {
        let mut faults = Vec::new();
        let staffing = |named: &Named| Staffing {
            members: named.users.iter().filter_map(|u| member(*u)).collect(),
            roles: named.roles.clone(),
        };
        let mut next = policy.clone();
        if let Some(coordinators) = &self.coordinators {
            next.coordinators = staffing(coordinators);
        }
        if let Some(owners) = &self.policy_owners {
            next.policy_owners = staffing(owners);
        }
        if let Some(areas) = &self.areas {
            next.areas = areas.clone();
        }
        if let Some(urgent) = &self.urgent_areas {
            next.urgent = urgent.clone();
            for area in urgent.iter().filter(|a| !next.areas.contains(a)) {
                faults.push(format!("urgent_areas: there is no area `{}`", area.0));
            }
        }
        for (key, wait) in &self.times {
            *key.of_mut(&mut next.times) = *wait;
        }
        if let Some(teams) = self.teams.as_ref().filter(|t| !t.is_empty()) {
            next.teams = merged(&policy.teams, teams, &staffing);
        }
        for team in next.teams.iter_mut().filter(|t| !t.removed) {
            let was = policy.team(team.id);
            if let Some(holidays) = self.holidays_of(&team.name, was, now) {
                team.calendar.holidays = holidays;
            } else if let Some(was) = was {
                team.calendar.holidays = was.calendar.holidays.clone();
            }
        }
        faults.extend(self.holiday_faults(&next.teams));
        if let Some(routes) = &self.routes {
            next.routes.clear();
            for (at, route) in routes.iter().enumerate() {
                let team = route.team.as_deref().map(|name| next.team_named(name).map(|t| t.id).ok_or(name));
                if let Some(Err(name)) = team {
                    faults.push(format!("routes[{}].team: there is no team `{name}`", at + 1));
                }
                if let Some(area) = route.area.as_ref().filter(|a| !next.areas.contains(a)) {
                    faults.push(format!("routes[{}].area: there is no area `{}`", at + 1, area.0));
                }
                let team = team.and_then(Result::ok);
                next.routes.push(Route { area: route.area.clone(), team, to: staffing(&route.to) });
            }
        }
        if faults.is_empty() { Ok(next) } else { Err(Faults(faults)) }
    }

    fn shown(&self) -> Shown {
        let mut shown = Shown::new();
        if let Some(named) = &self.coordinators {
            shown.insert((0, "coordinators".to_owned()), show_named(named));
        }
        if let Some(named) = &self.policy_owners {
            shown.insert((1, "policy owners".to_owned()), show_named(named));
        }
        if let Some(areas) = &self.areas {
            shown.insert((2, "areas".to_owned()), list(areas.iter().map(|a| a.0.clone())));
        }
        if let Some(urgent) = &self.urgent_areas {
            shown.insert((2, "urgent areas".to_owned()), list(urgent.iter().map(|a| a.0.clone())));
        }
        for (key, wait) in &self.times {
            shown.insert((3, format!("time: {}", key.key())), wait.to_string());
        }
        for team in self.teams.iter().flatten() {
            show_team(&mut shown, team);
        }
        if let Some(routes) = &self.routes {
            show_routes(&mut shown, routes);
        }
        shown
    }

    /// Holidays of the teams that the file speaks of, as they are and as they will be: those of all of them together, and
    /// those of some by the team.
    fn show_holidays(&self, before: &mut Shown, after: &mut Shown, policy: Option<&Policy>, now: Instant) {
        let set = |name: &str| policy.and_then(|p| p.team_named(name));
        let names: Vec<String> = match self.teams.as_ref().filter(|t| !t.is_empty()) {
            Some(teams) => teams.iter().map(|t| t.name.clone()).collect(),
            None => {
                policy.iter().flat_map(|p| &p.teams).filter(|t| !t.removed).map(|t| t.name.clone()).collect()
            }
        };
        let mut teams: Vec<(&str, Holidays, Holidays)> = Vec::new();
        for name in &names {
            if let Some(holidays) = self.holidays_of(name, set(name), now) {
                let was = set(name).map(|t| t.calendar.holidays.clone()).unwrap_or_default();
                teams.push((name, was, holidays));
            }
        }
        let of_all = |is: &dyn Fn(&(&str, Holidays, Holidays)) -> bool| {
            teams.len() == names.len() && teams.iter().all(is)
        };
        let put = |shown: &mut Shown, of: &dyn Fn(&(&str, Holidays, Holidays)) -> Holidays| {
            for team in &teams {
                for (day, name) in of(team).iter() {
                    let whose = if of_all(&|other| of(other).contains(day)) {
                        String::new()
                    } else {
                        format!(" of {}", team.0)
                    };
                    let name = if name.is_empty() { "free" } else { name };
                    shown.insert((6, format!("holiday {day}{whose}")), name.to_owned());
                }
            }
        };
        put(before, &|(_, was, _)| was.clone());
        put(after, &|(_, _, will)| will.clone());
    }

    /// The same of what is set now, as far as the file speaks of it.
    fn shown_of(&self, policy: &Policy, people: &People) -> Shown {
        let all = Self::of(self.guild, policy, people);
        let as_file = WorkspaceFile {
            guild: self.guild,
            coordinators: self.coordinators.as_ref().and(all.coordinators),
            policy_owners: self.policy_owners.as_ref().and(all.policy_owners),
            areas: self.areas.as_ref().and(all.areas),
            urgent_areas: self.urgent_areas.as_ref().and(all.urgent_areas),
            times: self.times.iter().map(|(key, _)| (*key, key.of(&policy.times))).collect(),
            teams: self.teams.as_ref().filter(|t| !t.is_empty()).and(all.teams),
            holidays: None,
            routes: self.routes.as_ref().and(all.routes),
        };
        as_file.shown()
    }

    /// Everything that is set, as a file: removed teams are left out, and with them the routes that nothing can take any
    /// more. Somebody whose id is not known (any more) is user 0, which no file can name.
    pub fn of(guild: GuildId, policy: &Policy, people: &People) -> WorkspaceFile {
        let named = |s: &Staffing| Named {
            users: s.members.iter().map(|m| people.user(*m).unwrap_or(UserId(0))).collect(),
            roles: s.roles.clone(),
        };
        let open = |id: TeamId| policy.team(id).filter(|t| !t.removed);
        let team_name = |id: TeamId| open(id).map(|t| t.name.clone());
        WorkspaceFile {
            guild,
            coordinators: Some(named(&policy.coordinators)),
            policy_owners: Some(named(&policy.policy_owners)),
            areas: Some(policy.areas.clone()),
            urgent_areas: Some(policy.urgent.iter().filter(|a| policy.areas.contains(a)).cloned().collect()),
            times: TimeKey::ALL.iter().map(|key| (*key, key.of(&policy.times))).collect(),
            teams: Some(
                policy
                    .teams
                    .iter()
                    .filter(|t| !t.removed)
                    .map(|t| TeamEntry {
                        name: t.name.clone(),
                        channel: t.channel,
                        managers: named(&t.managers),
                        members_role: t.members_role,
                        parent: t.parent.and_then(team_name),
                        calendar: Calendar { holidays: Holidays::default(), ..t.calendar.clone() },
                        holidays: Some(t.calendar.holidays.clone()),
                    })
                    .collect(),
            ),
            holidays: None,
            routes: Some(
                policy
                    .routes
                    .iter()
                    .filter(|r| !r.to.is_empty() && r.team.is_none_or(|id| open(id).is_some()))
                    .map(|r| RouteEntry {
                        area: r.area.clone(),
                        team: r.team.and_then(team_name),
                        to: named(&r.to),
                    })
                    .collect(),
            ),
        }
    }
}

/// The teams of the file, each with the id that it had; those that are not in the file are removed, but stay for the
/// history of their ideas.
fn merged(now: &[Team], wanted: &[TeamEntry], staffing: &dyn Fn(&Named) -> Staffing) -> Vec<Team> {
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let mut fresh = now.iter().map(|t| t.id.0).max().unwrap_or(0);
    let mut teams: Vec<Team> = wanted
        .iter()
        .map(|entry| {
            let id = now.iter().find(|t| same(&t.name, &entry.name)).map_or_else(
                || {
                    fresh += 1;
                    TeamId(fresh)
                },
                |t| t.id,
            );
            Team {
                id,
                name: entry.name.clone(),
                channel: entry.channel,
                managers: staffing(&entry.managers),
                members_role: entry.members_role,
                parent: None,
                calendar: entry.calendar.clone(),
                removed: false,
            }
        })
        .collect();
    let ids: Vec<(String, TeamId)> = teams.iter().map(|t| (t.name.clone(), t.id)).collect();
    for (team, entry) in teams.iter_mut().zip(wanted) {
        let parent = entry.parent.as_ref();
        team.parent = parent.and_then(|p| ids.iter().find(|(name, _)| same(name, p))).map(|(_, id)| *id);
    }
    let gone = now.iter().filter(|t| !ids.iter().any(|(_, id)| *id == t.id));
    let gone: Vec<Team> = gone.map(|t| Team { removed: true, ..t.clone() }).collect();
    teams.extend(gone);
    teams
}

fn show_team(shown: &mut Shown, team: &TeamEntry) {
    let key = |what: &str| (4, format!("team {}: {what}", team.name));
    let mut put = |what: &str, value: Option<String>| {
        if let Some(value) = value {
            shown.insert(key(what), value);
        }
    };
    put("channel", team.channel.map(|c| c.to_string()));
    put("managers", Some(show_named(&team.managers)));
    put("members' role", team.members_role.map(|r| r.to_string()));
    put("parent", team.parent.clone());
    put("works", Some(show_calendar(&team.calendar)));
}

fn show_routes(shown: &mut Shown, routes: &[RouteEntry]) {
    let one = |r: &RouteEntry| {
        let area = r.area.as_ref().map_or("any area", |a| a.0.as_str());
        let team = r.team.as_deref().unwrap_or("any team");
        format!("{area} in {team} to {}", show_named(&r.to))
    };
    shown.insert((5, "routes".to_owned()), list(routes.iter().map(one)));
}

fn show_named(named: &Named) -> String {
    let user = |u: &UserId| if u.0 == 0 { "somebody unknown".to_owned() } else { format!("user {u}") };
    list(named.users.iter().map(user).chain(named.roles.iter().map(|r| format!("role {r}"))))
}

fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

/// The days on which a team works, as a file writes them.
pub(super) fn days(calendar: &Calendar) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let days: Vec<&str> =
        DAYS.iter().zip(calendar.days).filter(|(_, works)| *works).map(|(day, _)| *day).collect();
    days.join(",")
}

fn show_calendar(calendar: &Calendar) -> String {
    let hours = format!("{}-{}", calendar.from.format("%H:%M"), calendar.to.format("%H:%M"));
    format!("{} {hours} {}", days(calendar), calendar.zone)
}
