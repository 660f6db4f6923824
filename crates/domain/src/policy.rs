//! The workspace as the rules see it: teams, people in charge, routes, times. A snapshot with a version.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::absence::Absence;
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
    /// Who is away now, and who stands in. What has ended is taken out by the timer of its end.
    #[serde(default)]
    pub absences: Vec<Absence>,
    /// Who is known to have left the community: they answer for nothing.
    #[serde(default)]
    pub left: BTreeSet<MemberId>,
    /// Channels that are gone from the platform: nothing is posted there any more. What was there goes on in the channel of the
    /// nearest team above ([`Policy::home`]).
    #[serde(default)]
    pub gone: BTreeSet<ChannelId>,
    /// How much those answer for who share a responsibility: read anew for each command, and only where somebody does.
    #[serde(skip)]
    pub loads: BTreeMap<MemberId, Load>,
}

/// How much somebody answers for: what a fair choice among several managers needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Load {
    /// Open items for which they are responsible.
    pub open: u32,
    /// The youngest item for which they are, or were last, responsible: equal load goes in turn.
    pub last: u32,
}

/// Several people could have taken it: how one was chosen. Stored with the reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Among how many; 0 where there was no choice.
    #[serde(default)]
    pub among: u16,
    /// They had fewer open ideas than the others; else it was their turn.
    #[serde(default)]
    pub fewest: bool,
    /// The author, who manages it too, was passed over.
    #[serde(default)]
    pub not_author: bool,
}

impl Choice {
    /// Was there nothing to choose, as in everything that was stored before there was a choice?
    pub fn is_none(&self) -> bool {
        *self == Choice::default()
    }
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

    /// The channel in which a team's ideas are shown: its own; where that is gone, that of the nearest team above. None where
    /// it has none, or nobody above has.
    pub fn home(&self, team: TeamId) -> Option<ChannelId> {
        let there = |channel: &ChannelId| !self.gone.contains(channel);
        let own = self.team(team)?.channel?;
        let mut levels = self.levels(team).into_iter().filter(|t| t.id == team || !t.removed);
        Some(own).filter(there).or_else(|| levels.find_map(|t| t.channel.filter(there)))
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

    /// The same for somebody who is not acting now; nobody who left holds anything.
    pub fn holds(&self, staffing: &Staffing, member: MemberId) -> bool {
        !self.left.contains(&member)
            && (staffing.members.contains(&member)
                || staffing.roles.iter().any(|r| self.holders.get(r).is_some_and(|h| h.contains(&member))))
    }

    /// May this person be handed an idea: a manager of any team, a coordinator, a policy owner, whoever a route names, the
    /// owner?
    pub fn can_take(&self, member: MemberId) -> bool {
        let teams = self.teams.iter().filter(|t| !t.removed).map(|t| &t.managers);
        let routes = self.routes.iter().map(|r| &r.to);
        member == self.owner
            || teams
                .chain(routes)
                .chain([&self.coordinators, &self.policy_owners])
                .any(|s| self.holds(s, member))
    }

    /// The absence of somebody who is away.
    pub fn away(&self, member: MemberId) -> Option<&Absence> {
        self.absences.iter().find(|a| a.member == member)
    }

    /// Who stands in for somebody: they themself while they are here, else their deputy, or the deputy's deputy. None where
    /// the deputies go round in a circle, or the last one has left.
    pub fn stand_in(&self, member: MemberId) -> Option<MemberId> {
        let mut seen = vec![member];
        let mut at = member;
        while let Some(absence) = self.away(at) {
            at = absence.deputy;
            if seen.contains(&at) {
                return None;
            }
            seen.push(at);
        }
        (!self.left.contains(&at)).then_some(at)
    }

    /// Of several people one: who is here before who is away, then the least loaded, then whoever got none for longest, then
    /// the first. Nobody of `except`, and nobody who left.
    pub fn choose(&self, people: &[MemberId], except: &[MemberId]) -> Option<(MemberId, Choice)> {
        let able = |m: &&MemberId| !except.contains(m) && !self.left.contains(m);
        let mut able: Vec<MemberId> = people.iter().filter(able).copied().collect();
        if able.iter().any(|m| self.away(*m).is_none()) {
            able.retain(|m| self.away(*m).is_none());
        }
        let load = |m: &MemberId| self.loads.get(m).copied();
        let known = able.len() > 1 && able.iter().all(|m| load(m).is_some());
        let mut choice = Choice { among: 0, fewest: false, not_author: false };
        if !known {
            return able.first().map(|m| (*m, choice));
        }
        let chosen = able.iter().copied().min_by_key(load)?;
        let least = load(&chosen).unwrap_or_default().open;
        choice.among = u16::try_from(able.len()).unwrap_or(u16::MAX);
        choice.fewest = able.iter().all(|m| *m == chosen || load(m).unwrap_or_default().open > least);
        Some((chosen, choice))
    }

    /// Everybody among whom a choice may have to be made: those who share a team, a route or the coordination.
    pub fn sharing(&self) -> Vec<MemberId> {
        let teams = self.teams.iter().filter(|t| !t.removed).map(|t| &t.managers);
        let staffings = teams.chain(self.routes.iter().map(|r| &r.to)).chain([&self.coordinators]);
        let mut all: Vec<MemberId> =
            staffings.map(|s| self.people(s)).filter(|people| people.len() > 1).flatten().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Everybody who is named anywhere in the settings, those who left included.
    pub fn everybody_named(&self) -> Vec<MemberId> {
        let teams = self.teams.iter().filter(|t| !t.removed).map(|t| &t.managers);
        let staffings =
            teams.chain(self.routes.iter().map(|r| &r.to)).chain([&self.coordinators, &self.policy_owners]);
        let mut all: Vec<MemberId> = staffings
            .flat_map(|s| {
                let holders = s.roles.iter().filter_map(|r| self.holders.get(r)).flatten();
                s.members.iter().chain(holders)
            })
            .copied()
            .chain(self.absences.iter().map(|a| a.deputy))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
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

    /// Does this member work in the team, as far as anybody knows? Those who hold its role or manage it, or a team above it; where
    /// it has no role, everybody of whom no other team is known.
    pub fn may_belong(&self, team: TeamId, member: &ActingMember) -> bool {
        let above = self.levels(team);
        let has_role = |t: &Team| t.members_role.is_some_and(|role| member.roles.contains(&role));
        let manages = |t: &Team| self.staffs(&t.managers, member);
        if self.team(team).is_some_and(has_role) || above.iter().any(|t| manages(t)) {
            return true;
        }
        let elsewhere = |t: &&Team| !t.removed && !above.iter().any(|own| own.id == t.id);
        self.team(team).is_none_or(|t| t.members_role.is_none())
            && !self.teams.iter().filter(elsewhere).any(|t| has_role(t) || manages(t))
    }

    /// May this actor change the settings of the workspace?
    pub fn may_set_up(&self, actor: &Actor) -> bool {
        match actor {
            Actor::System => true,
            Actor::Member(m) => m.admin || m.id == self.owner || self.is_coordinator(m),
        }
    }

    /// Everybody known to be named by a staffing and still here, in order.
    pub fn people(&self, staffing: &Staffing) -> Vec<MemberId> {
        let mut people: Vec<MemberId> =
            staffing.members.iter().filter(|m| !self.left.contains(m)).copied().collect();
        for role in &staffing.roles {
            for holder in self.holders.get(role).into_iter().flatten() {
                if !people.contains(holder) && !self.left.contains(holder) {
                    people.push(*holder);
                }
            }
        }
        people
    }

    /// The coordinator who takes what nobody else does: never one of `except`, if there is a choice; while all of them are
    /// away, whoever stands in.
    pub fn coordinator(&self, except: &[MemberId]) -> MemberId {
        let people = self.people(&self.coordinators);
        let Some((chosen, _)) = self.choose(&people, except).or_else(|| self.choose(&people, &[])) else {
            return self.stand_in(self.owner).filter(|m| !except.contains(m)).unwrap_or(self.owner);
        };
        self.stand_in(chosen).filter(|m| !except.contains(m)).unwrap_or(chosen)
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
