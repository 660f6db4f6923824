//! The workspace as the rules see it: teams, people in charge, routes, times. A snapshot with a version.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, Wait};
use crate::ids::{ChannelId, MemberId, RoleId, TeamId};
use crate::people::{ActingMember, Actor};

/// What a suggestion is about, in the workspace's own words; the eight of [`Area::DEFAULTS`] unless changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Area(pub String);

impl Area {
    /// The areas of a new workspace.
    pub const DEFAULTS: [&'static str; 8] =
        ["safety", "quality", "time", "cost", "wellbeing", "equipment", "information", "other"];

    /// The areas of a new workspace.
    pub fn defaults() -> Vec<Area> {
        Self::DEFAULTS.iter().map(|a| Area((*a).to_owned())).collect()
    }
}

/// People and roles that hold a responsibility.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staffing {
    /// Named people, first in line first.
    #[serde(default)]
    pub members: Vec<MemberId>,
    /// Roles; holders are those seen with them.
    #[serde(default)]
    pub roles: Vec<RoleId>,
}

impl Staffing {
    /// Is nobody and no role named?
    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.roles.is_empty()
    }
}

/// A group with a home channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its name, unique in the workspace whatever the case.
    pub name: String,
    /// Its home channel; none yet: where the command was used.
    pub channel: Option<ChannelId>,
    /// Who owes its responses; empty: the parent's, at last the coordinator.
    pub managers: Staffing,
    /// The role of its members, where there is one: whoever holds it suggests for this team by default.
    pub members_role: Option<RoleId>,
    /// The next level up.
    pub parent: Option<TeamId>,
    /// When it works.
    pub calendar: Calendar,
    /// Removed teams stay for the history, take nothing new, and hold no rights.
    #[serde(default)]
    pub removed: bool,
}

/// Who takes what: the first match wins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Only this area, if set.
    pub area: Option<Area>,
    /// Only this team, if set.
    pub team: Option<TeamId>,
    /// Who takes it.
    pub to: Staffing,
}

/// How long each response may take. The defaults are those of the domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Times {
    /// Submission to acknowledgement.
    pub acknowledge: Wait,
    /// Acknowledgement to decision.
    pub decide: Wait,
    /// A question to the author's answer.
    pub answer: Wait,
    /// Acceptance to implementation, where the manager sets no date.
    pub implement: Wait,
    /// Implementation to outcome check, and between checks.
    pub outcome_check: Wait,
    /// Between two steps of an escalation.
    pub escalate_again: Wait,
    /// Return from deferral, or appeal by date, to decision.
    pub decide_again: Wait,
    /// How long an author may appeal, or reopen a merged idea.
    pub appeal: Wait,
}

impl Default for Times {
    fn default() -> Self {
        const fn days(days: u64) -> Wait {
            Wait::Calendar { seconds: days * 86_400 }
        }
        Times {
            acknowledge: Wait::WorkingDays { days: 2 },
            decide: Wait::WorkingDays { days: 10 },
            answer: Wait::WorkingDays { days: 5 },
            implement: days(30),
            outcome_check: days(30),
            escalate_again: Wait::WorkingDays { days: 2 },
            decide_again: Wait::WorkingDays { days: 5 },
            appeal: days(14),
        }
    }
}

/// The snapshot that every decision is made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Which version of the settings this is.
    pub version: i64,
    /// The owner of the community: manager and coordinator where nobody else is.
    pub owner: MemberId,
    /// Who runs the scheme.
    pub coordinators: Staffing,
    /// Who owns policies and norms.
    pub policy_owners: Staffing,
    /// How long each response may take.
    pub times: Times,
    /// What suggestions are about.
    pub areas: Vec<Area>,
    /// The areas of which people are reminded at any hour; of all others while their team is at work.
    #[serde(default)]
    pub urgent: Vec<Area>,
    /// All teams, never empty: with nothing set up, "Everyone".
    pub teams: Vec<Team>,
    /// Who takes what.
    pub routes: Vec<Route>,
    /// Members seen with a role, longest known first.
    pub holders: BTreeMap<RoleId, Vec<MemberId>>,
}

/// Who was picked, and whether a role waits behind the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picked {
    /// The named person.
    pub member: MemberId,
    /// A role of which nobody is known yet: it is mentioned, and its first holder to acknowledge takes the item.
    pub mention_role: Option<RoleId>,
}

impl Policy {
    /// A team by its id, removed ones included.
    pub fn team(&self, id: TeamId) -> Option<&Team> {
        self.teams.iter().find(|t| t.id == id)
    }

    /// A team that takes suggestions, by its name, whatever the case.
    pub fn team_named(&self, name: &str) -> Option<&Team> {
        let name = name.trim().to_lowercase();
        self.teams.iter().find(|t| !t.removed && t.name.to_lowercase() == name)
    }

    /// The team that a member suggests for when they name none: the one whose home channel they are in, else the one
    /// whose members' role they hold, else the first.
    pub fn team_for(&self, roles: &[RoleId], channel: Option<ChannelId>) -> Option<&Team> {
        let open = || self.teams.iter().filter(|t| !t.removed);
        open()
            .find(|t| t.channel.is_some() && t.channel == channel)
            .or_else(|| open().find(|t| t.members_role.is_some_and(|r| roles.contains(&r))))
            .or_else(|| open().next())
    }

    /// The calendar that counts for a team; office hours in UTC for a team that is no longer known.
    pub fn calendar(&self, team: TeamId) -> Calendar {
        self.team(team).map_or_else(|| Calendar::office(chrono_tz::UTC), |t| t.calendar.clone())
    }

    /// Are people reminded of ideas about this at any hour?
    pub fn is_urgent(&self, area: Option<&Area>) -> bool {
        area.is_some_and(|area| self.urgent.contains(area))
    }

    /// Is this member one of these people: by name, by a role that they hold now, or by a role that they were seen with?
    pub fn staffs(&self, staffing: &Staffing, member: &ActingMember) -> bool {
        staffing.members.contains(&member.id) || staffing.roles.iter().any(|r| member.roles.contains(r))
    }

    /// The same for somebody who is not acting now.
    pub fn holds(&self, staffing: &Staffing, member: MemberId) -> bool {
        staffing.members.contains(&member)
            || staffing.roles.iter().any(|r| self.holders.get(r).is_some_and(|h| h.contains(&member)))
    }

    /// Does this member run the scheme? The owner does while nobody else is named.
    pub fn is_coordinator(&self, member: &ActingMember) -> bool {
        if self.coordinators.is_empty() {
            member.id == self.owner
        } else {
            self.staffs(&self.coordinators, member)
        }
    }

    /// Is this member a manager of the team? The owner is while nobody on the team's way up is named.
    pub fn is_manager(&self, team: TeamId, member: &ActingMember) -> bool {
        self.team(team).is_some_and(|t| !t.removed && self.staffs(&t.managers, member))
    }

    /// May this actor change the settings of the workspace?
    pub fn may_set_up(&self, actor: &Actor) -> bool {
        match actor {
            Actor::System => true,
            Actor::Member(m) => m.admin || m.id == self.owner || self.is_coordinator(m),
        }
    }

    /// Everybody known to be named by a staffing, in order.
    pub fn people(&self, staffing: &Staffing) -> Vec<MemberId> {
        let mut people = staffing.members.clone();
        for role in &staffing.roles {
            for holder in self.holders.get(role).into_iter().flatten() {
                if !people.contains(holder) {
                    people.push(*holder);
                }
            }
        }
        people
    }

    /// The coordinator who takes what nobody else does: never one of `except`, if there is a choice.
    pub fn coordinator(&self, except: &[MemberId]) -> MemberId {
        let people = self.people(&self.coordinators);
        people
            .iter()
            .copied()
            .find(|m| !except.contains(m))
            .or_else(|| people.first().copied())
            .unwrap_or(self.owner)
    }

    /// The levels above and including a team: each the team and its known managers, from the team upwards. A team that
    /// would come a second time ends the chain.
    pub fn levels(&self, team: TeamId) -> Vec<&Team> {
        let mut levels: Vec<&Team> = Vec::new();
        let mut next = self.team(team);
        while let Some(t) = next {
            if levels.iter().any(|seen| seen.id == t.id) {
                break;
            }
            levels.push(t);
            next = t.parent.and_then(|p| self.team(p));
        }
        levels
    }
}
