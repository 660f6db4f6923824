//! A workspace's set-up written as the file that `kaizen workspace apply` reads.

use std::fmt::Write as _;

use chrono_tz::Tz;
use kaizen_domain::{Calendar, UserId};

use super::{Named, RouteEntry, TeamEntry, WorkspaceFile};

impl WorkspaceFile {
    /// The file's text. Read again it says the same: applied to the workspace that it came from it changes nothing.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        line(&mut text, "guild", quoted(&self.guild.to_string()));
        let zone = self.teams.iter().flatten().next().map_or(Tz::UTC, |t| t.calendar.zone);
        line(&mut text, "timezone", quoted(zone.name()));
        if let Some(people) = &self.coordinators {
            line(&mut text, "coordinators", named(people));
        }
        if let Some(people) = &self.policy_owners {
            line(&mut text, "policy_owners", named(people));
        }
        if let Some(areas) = &self.areas {
            line(&mut text, "areas", list(areas.iter().map(|a| quoted(&a.0))));
        }
        if let Some(areas) = &self.urgent_areas {
            line(&mut text, "urgent_areas", list(areas.iter().map(|a| quoted(&a.0))));
        }
        if self.routes.as_ref().is_some_and(Vec::is_empty) {
            // Said, since a section that is not in the file leaves what is set as it is.
            line(&mut text, "routes", "[]");
        }
        if !self.times.is_empty() {
            text.push_str("\n[times]\n");
            for (key, wait) in &self.times {
                line(&mut text, key.key(), quoted(&wait.to_string()));
            }
        }
        for entry in self.teams.iter().flatten() {
            team(&mut text, entry);
        }
        for entry in self.routes.iter().flatten() {
            route(&mut text, entry);
        }
        text
    }
}

fn team(text: &mut String, team: &TeamEntry) {
    text.push_str("\n[[teams]]\n");
    line(text, "name", quoted(&team.name));
    if let Some(channel) = team.channel {
        line(text, "channel", quoted(&channel.to_string()));
    }
    line(text, "managers", named(&team.managers));
    if let Some(role) = team.members_role {
        line(text, "members_role", quoted(&role.to_string()));
    }
    if let Some(parent) = &team.parent {
        line(text, "parent", quoted(parent));
    }
    let Calendar { zone, from, to, .. } = &team.calendar;
    line(text, "timezone", quoted(zone.name()));
    line(text, "working_days", quoted(&super::plan::days(&team.calendar)));
    line(text, "working_hours", quoted(&format!("{}-{}", from.format("%H:%M"), to.format("%H:%M"))));
    if let Some(holidays) = &team.holidays {
        let day = |(day, name): (_, &str)| quoted(format!("{day} {name}").trim());
        line(text, "holidays", list(holidays.iter().map(day)));
    }
}

fn route(text: &mut String, route: &RouteEntry) {
    text.push_str("\n[[routes]]\n");
    if let Some(area) = &route.area {
        line(text, "area", quoted(&area.0));
    }
    if let Some(team) = &route.team {
        line(text, "team", quoted(team));
    }
    line(text, "to", named(&route.to));
}

/// People and roles by their ids; whoever has none any more is left out.
fn named(named: &Named) -> String {
    let users = named.users.iter().filter(|u| **u != UserId(0)).map(|u| quoted(&u.to_string()));
    let roles = named.roles.iter().map(|r| quoted(&r.to_string()));
    format!("{{ users = {}, roles = {} }}", list(users), list(roles))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// A text as TOML writes it, whatever is in it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn line(text: &mut String, key: &str, value: impl std::fmt::Display) {
    // Writing to a text cannot fail.
    let _ = writeln!(text, "{key} = {value}");
}
