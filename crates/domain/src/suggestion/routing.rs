//! Who becomes responsible, and why: the history can say both.
//!
//! The order (domain, "Route"): first matching route, then the team's manager, then the parent's, then the coordinator.
//! An author who is picked themself is passed over, one level up; at the very top the item says so openly.

use serde::{Deserialize, Serialize};

use super::protocol::Charge;
use super::stage::Suggestion;
use crate::ids::{MemberId, TeamId};
use crate::policy::{Area, Policy, Staffing};

/// Why this person answers for the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Why {
    /// They manage the team.
    TeamManager {
        /// Which.
        team: TeamId,
    },
    /// They manage a team above, since nobody below could take it.
    LevelAbove {
        /// Which.
        team: TeamId,
    },
    /// A route names them.
    Route,
    /// They coordinate the scheme; nobody else is left.
    Coordinator,
    /// They wrote it themselves and nobody else is left; the item says so openly.
    NobodyElse,
    /// They acted on it.
    Acted,
    /// It was handed to them.
    Assigned {
        /// By whom.
        by: MemberId,
    },
    /// It was referred to them.
    Referred {
        /// By whom.
        by: MemberId,
    },
    /// They own the policy in question.
    PolicyOwner,
    /// They coordinate the scheme; no policy owner is named who could take it.
    NoPolicyOwner,
    /// The one below did not answer in time.
    Escalated,
    /// They decide on the appeal.
    Appeal,
}

impl Charge {
    /// Somebody answers for it, with no role waiting.
    pub const fn of(responsible: MemberId, why: Why) -> Charge {
        Charge { responsible, why, waiting_role: None }
    }
}

/// What a staffing gives for an item by this author.
enum Pick {
    /// This person.
    Person(MemberId),
    /// A role of which nobody is known.
    Role(crate::RoleId),
    /// The author themself.
    Author,
    /// Nobody.
    None,
}

fn pick(policy: &Policy, staffing: &Staffing, author: MemberId) -> Pick {
    match (policy.people(staffing).first(), staffing.roles.first()) {
        (Some(first), _) if *first == author => Pick::Author,
        (Some(first), _) => Pick::Person(*first),
        (None, Some(role)) => Pick::Role(*role),
        (None, None) => Pick::None,
    }
}

/// Who answers for a new (or reopened) idea.
pub fn route(policy: &Policy, team: TeamId, area: Option<&Area>, author: MemberId) -> Charge {
    let routed = policy
        .routes
        .iter()
        .filter(|r| r.team.is_none_or(|t| t == team) && r.area.as_ref().is_none_or(|a| Some(a) == area))
        .map(|r| (&r.to, Why::Route));
    let levels = policy.levels(team).into_iter().filter(|t| !t.removed).map(|level| {
        let why =
            if level.id == team { Why::TeamManager { team } } else { Why::LevelAbove { team: level.id } };
        (&level.managers, why)
    });
    for (staffing, why) in routed.chain(levels) {
        match pick(policy, staffing, author) {
            Pick::Person(responsible) => return Charge::of(responsible, why),
            Pick::Role(role) => {
                return Charge { waiting_role: Some(role), ..coordinator(policy, author) };
            }
            Pick::Author | Pick::None => {}
        }
    }
    coordinator(policy, author)
}

fn coordinator(policy: &Policy, author: MemberId) -> Charge {
    let responsible = policy.coordinator(&[author]);
    Charge::of(responsible, if responsible == author { Why::NobodyElse } else { Why::Coordinator })
}

/// Who answers for a question of policy: a policy owner, one who did not decide against the idea before one who did, never
/// its author; where none is named, the coordinator, said openly.
pub fn policy_owner(policy: &Policy, author: MemberId, decided_by: MemberId) -> Charge {
    let owners: Vec<MemberId> =
        policy.people(&policy.policy_owners).into_iter().filter(|m| *m != author).collect();
    if let Some(owner) = owners.iter().find(|m| **m != decided_by).or(owners.first()) {
        return Charge::of(*owner, Why::PolicyOwner);
    }
    if let Some(role) = policy.policy_owners.roles.first()
        && policy.holders.get(role).is_none_or(Vec::is_empty)
    {
        return Charge { waiting_role: Some(*role), ..coordinator(policy, author) };
    }
    match coordinator(policy, author) {
        Charge { why: Why::Coordinator, responsible, .. } => Charge::of(responsible, Why::NoPolicyOwner),
        nobody_else => nobody_else,
    }
}

/// The people of each level above and including the item's team, the coordinators last.
fn ladder(policy: &Policy, team: TeamId) -> Vec<Vec<MemberId>> {
    let mut levels: Vec<Vec<MemberId>> =
        policy.levels(team).into_iter().filter(|t| !t.removed).map(|t| policy.people(&t.managers)).collect();
    let coordinators = policy.people(&policy.coordinators);
    levels.push(if coordinators.is_empty() { vec![policy.owner] } else { coordinators });
    levels
}

/// The next level above somebody: the first person above who is neither they nor one of `except`. None at the top.
pub fn next_above(policy: &Policy, team: TeamId, below: MemberId, except: &[MemberId]) -> Option<MemberId> {
    let ladder = ladder(policy, team);
    let at = level_of(policy, team, below);
    ladder.iter().skip(at + 1).flatten().copied().find(|m| *m != below && !except.contains(m))
}

/// On which level somebody stands, the team's own being 0; people who manage none of them stand on that one too.
pub fn level_of(policy: &Policy, team: TeamId, member: MemberId) -> usize {
    ladder(policy, team).iter().rposition(|level| level.contains(&member)).unwrap_or(0)
}

/// Who is told, and then takes over, when the open response of this item is late. None at the top.
pub fn next_level(policy: &Policy, s: &Suggestion, owed_by: MemberId) -> Option<MemberId> {
    if owed_by != s.responsible {
        return Some(s.responsible);
    }
    next_above(policy, s.team, owed_by, &excluded(s))
}

/// Who may not answer for this item: its author (nobody decides on their own idea), and on an appeal whoever declined.
fn excluded(s: &Suggestion) -> Vec<MemberId> {
    let mut except = vec![s.author];
    if s.appealed {
        except.extend(s.declined_by);
    }
    except
}

/// Who decides on an appeal: the next level up; where there is none, another coordinator, the owner, or another manager of
/// the team. Never the one who declined; none if there is nobody else at all.
pub fn appeal_to(policy: &Policy, s: &Suggestion, declined_by: MemberId) -> Option<MemberId> {
    let not_they = |m: &MemberId| *m != declined_by && *m != s.author;
    next_above(policy, s.team, declined_by, &[s.author])
        .or_else(|| policy.people(&policy.coordinators).into_iter().find(not_they))
        .or_else(|| Some(policy.owner).filter(not_they))
        .or_else(|| ladder(policy, s.team).into_iter().rev().flatten().find(not_they))
}
