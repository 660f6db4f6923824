//! Who becomes responsible, and why: the history can say both.
//!
//! The order (domain, "Route"): first matching route, then the team's manager, then the parent's, then the coordinator.
//! An author is passed over: another manager of the same level first, then one level up; at the very top the item says so
//! openly. Of several the least loaded takes it, equal load goes in turn; for who is away their deputy stands in; who left
//! answers for nothing.

use serde::{Deserialize, Serialize};

use super::protocol::Charge;
use super::stage::Suggestion;
use crate::ids::{MemberId, TeamId};
use crate::policy::{Area, Choice, Policy, Staffing};

/// Why this person answers for the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Why {
    /// They manage the team.
    TeamManager {
        /// Which.
        team: TeamId,
        /// How one of several was chosen.
        #[serde(default, skip_serializing_if = "Choice::is_none")]
        choice: Choice,
    },
    /// They manage a team above, since nobody below could take it.
    LevelAbove {
        /// Which.
        team: TeamId,
        /// How one of several was chosen.
        #[serde(default, skip_serializing_if = "Choice::is_none")]
        choice: Choice,
    },
    /// A route names them.
    Route {
        /// How one of several was chosen.
        #[serde(default, skip_serializing_if = "Choice::is_none")]
        choice: Choice,
    },
    /// They coordinate the scheme; nobody else is left.
    Coordinator,
    /// They wrote it themselves and nobody else is left; the item says so openly.
    NobodyElse,
    /// They acted on it.
    Acted,
    /// They acted on it though they are away; it stays with them.
    ActedWhileAway {
        /// Since when they are away.
        since: crate::Instant,
    },
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
    /// They stand in for somebody who is away, to whom it comes back.
    Deputy {
        /// For whom.
        of: MemberId,
    },
    /// They are back; it was theirs before.
    Back {
        /// Who stood in.
        from: MemberId,
    },
}

impl Charge {
    /// Somebody answers for it, with no role waiting.
    pub const fn of(responsible: MemberId, why: Why) -> Charge {
        Charge { responsible, why, waiting_role: None }
    }
}

/// What a staffing gives for an item, nobody of `except`.
enum Pick {
    /// This person, chosen in this way.
    Person(MemberId, Choice),
    /// The deputy of somebody who is away.
    Deputy(MemberId, MemberId),
    /// A role of which nobody is known.
    Role(crate::RoleId),
    /// Nobody who can.
    None,
}

fn pick(policy: &Policy, staffing: &Staffing, except: &[MemberId]) -> Pick {
    let people = policy.people(staffing);
    let Some((chosen, choice)) = policy.choose(&people, except) else {
        return match staffing.roles.first() {
            Some(role) if people.is_empty() => Pick::Role(*role),
            Some(_) | None => Pick::None,
        };
    };
    if policy.away(chosen).is_none() {
        let not_author = except.first().is_some_and(|author| people.contains(author));
        return Pick::Person(chosen, Choice { not_author, ..choice });
    }
    match policy.stand_in(chosen) {
        Some(deputy) if !except.contains(&deputy) => Pick::Deputy(deputy, chosen),
        Some(_) | None => Pick::None,
    }
}

/// Who answers for a new (or reopened) idea by this author.
pub fn route(policy: &Policy, team: TeamId, area: Option<&Area>, author: MemberId) -> Charge {
    route_without(policy, team, area, &[author])
}

/// The same; `except` begins with the author, and names everybody else who may not decide on it.
pub fn route_without(policy: &Policy, team: TeamId, area: Option<&Area>, except: &[MemberId]) -> Charge {
    let routed = policy
        .routes
        .iter()
        .filter(|r| r.team.is_none_or(|t| t == team) && r.area.as_ref().is_none_or(|a| Some(a) == area))
        .map(|r| (&r.to, Why::Route { choice: Choice::default() }));
    let levels = policy.levels(team).into_iter().filter(|t| !t.removed).map(|level| {
        let choice = Choice::default();
        let why = if level.id == team {
            Why::TeamManager { team, choice }
        } else {
            Why::LevelAbove { team: level.id, choice }
        };
        (&level.managers, why)
    });
    let mut author_passed = false;
    for (staffing, why) in routed.chain(levels) {
        match pick(policy, staffing, except) {
            Pick::Person(responsible, choice) => {
                let choice = Choice { not_author: choice.not_author || author_passed, ..choice };
                return Charge::of(responsible, why.chosen(choice));
            }
            Pick::Deputy(deputy, of) => return Charge::of(deputy, Why::Deputy { of }),
            Pick::Role(role) => {
                return Charge { waiting_role: Some(role), ..coordinator(policy, except) };
            }
            Pick::None => author_passed |= except.first().is_some_and(|a| policy.holds(staffing, *a)),
        }
    }
    coordinator(policy, except)
}

impl Why {
    fn chosen(self, choice: Choice) -> Why {
        match self {
            Why::TeamManager { team, .. } => Why::TeamManager { team, choice },
            Why::LevelAbove { team, .. } => Why::LevelAbove { team, choice },
            Why::Route { .. } => Why::Route { choice },
            Why::Coordinator
            | Why::NobodyElse
            | Why::Acted
            | Why::ActedWhileAway { .. }
            | Why::Assigned { .. }
            | Why::Referred { .. }
            | Why::PolicyOwner
            | Why::NoPolicyOwner
            | Why::Escalated
            | Why::Appeal
            | Why::Deputy { .. }
            | Why::Back { .. } => self,
        }
    }

    /// The people whom the reason names besides the responsible one.
    pub const fn names(self) -> Option<MemberId> {
        match self {
            Why::Assigned { by } | Why::Referred { by } => Some(by),
            Why::Deputy { of } => Some(of),
            Why::Back { from } => Some(from),
            Why::TeamManager { .. }
            | Why::LevelAbove { .. }
            | Why::Route { .. }
            | Why::Coordinator
            | Why::NobodyElse
            | Why::Acted
            | Why::ActedWhileAway { .. }
            | Why::PolicyOwner
            | Why::NoPolicyOwner
            | Why::Escalated
            | Why::Appeal => None,
        }
    }
}

/// Who answers for a question of policy: a policy owner, one who did not decide against the idea before one who did, never
/// its author; while they are away whoever stands in; where none is named, the coordinator, said openly.
pub fn policy_owner(policy: &Policy, author: MemberId, decided_by: MemberId) -> Charge {
    let owners = policy.people(&policy.policy_owners);
    let chosen = policy.choose(&owners, &[author, decided_by]).or_else(|| policy.choose(&owners, &[author]));
    if let Some((owner, _)) = chosen {
        return present(policy, owner, Why::PolicyOwner, &[author]);
    }
    if let Some(role) = policy.policy_owners.roles.first()
        && policy.holders.get(role).is_none_or(Vec::is_empty)
    {
        return Charge { waiting_role: Some(*role), ..coordinator(policy, &[author]) };
    }
    match coordinator(policy, &[author]) {
        Charge { why: Why::Coordinator, responsible, .. } => Charge::of(responsible, Why::NoPolicyOwner),
        other => other,
    }
}

/// A coordinator, while all are away whoever stands in; `except` begins with the author.
pub(super) fn coordinator(policy: &Policy, except: &[MemberId]) -> Charge {
    let people = policy.people(&policy.coordinators);
    let chosen = policy.choose(&people, except).map(|(m, _)| m);
    let owner = || Some(policy.owner).filter(|o| people.is_empty() && !except.contains(o));
    let chosen = chosen.or_else(owner);
    match chosen {
        Some(chosen) => present(policy, chosen, Why::Coordinator, except),
        // Everybody who could is excluded: the scheme's own people first, and said openly.
        None => Charge::of(people.first().copied().unwrap_or(policy.owner), Why::NobodyElse),
    }
}

/// The people of each level above and including the item's team, the coordinators last. Those who left still mark the
/// level that they stood on.
fn ladder(policy: &Policy, team: TeamId) -> Vec<Vec<MemberId>> {
    let everybody = |staffing: &Staffing| {
        let holders = staffing.roles.iter().filter_map(|r| policy.holders.get(r)).flatten();
        let mut people: Vec<MemberId> = Vec::new();
        for member in staffing.members.iter().chain(holders) {
            if !people.contains(member) {
                people.push(*member);
            }
        }
        people
    };
    let mut levels: Vec<Vec<MemberId>> =
        policy.levels(team).into_iter().filter(|t| !t.removed).map(|t| everybody(&t.managers)).collect();
    let coordinators = policy.people(&policy.coordinators);
    levels.push(if coordinators.is_empty() { vec![policy.owner] } else { coordinators });
    levels
}

/// The next level above somebody: of the first level above on which there is anybody, one who is neither they nor one of
/// `except`. None at the top.
pub fn next_above(policy: &Policy, team: TeamId, below: MemberId, except: &[MemberId]) -> Option<MemberId> {
    let ladder = ladder(policy, team);
    let at = level_of(policy, team, below);
    let except: Vec<MemberId> = except.iter().copied().chain([below]).collect();
    ladder.iter().skip(at + 1).find_map(|level| policy.choose(level, &except)).map(|(m, _)| m)
}

/// Who is told, and then takes over, when somebody of this team does not do what they took upon themselves: the next level
/// above them, for those who manage nothing the team's own manager. None at the top.
pub fn above(policy: &Policy, team: TeamId, below: MemberId) -> Option<MemberId> {
    let ladder = ladder(policy, team);
    let from = ladder.iter().rposition(|level| level.contains(&below)).map_or(0, |at| at + 1);
    let next = ladder.iter().skip(from).find_map(|level| policy.choose(level, &[below])).map(|(m, _)| m)?;
    policy.stand_in(next).filter(|d| *d != below).or(Some(next))
}

/// The team itself while it stands; else the first level above that does, else the first team of all.
pub fn standing(policy: &Policy, team: TeamId) -> TeamId {
    let first = || policy.teams.iter().find(|t| !t.removed);
    policy.levels(team).into_iter().find(|t| !t.removed).or_else(first).map_or(team, |t| t.id)
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
    escalation(policy, s).map(|charge| charge.responsible)
}

/// Who answers for this item when its responsible person does not; while the next level is away, whoever stands in. None at
/// the top.
pub(super) fn escalation(policy: &Policy, s: &Suggestion) -> Option<Charge> {
    // A deputy stands where the one stands whom they stand in for.
    let mut below = if let Why::Deputy { of } = s.why { of } else { s.responsible };
    let except: Vec<MemberId> = excluded(s).into_iter().chain([s.responsible]).collect();
    loop {
        let next = next_above(policy, s.team, below, &except)?;
        match policy.stand_in(next) {
            Some(there) if !except.contains(&there) => {
                return Some(present(policy, next, Why::Escalated, &except));
            }
            // Away, and nobody else stands in than the very one who does not answer, or who may not: further up.
            Some(_) | None => below = next,
        }
    }
}

/// This person for that reason; while they are away whoever stands in, unless that is one of `except`.
fn present(policy: &Policy, member: MemberId, why: Why, except: &[MemberId]) -> Charge {
    match policy.stand_in(member) {
        Some(deputy) if deputy != member && !except.contains(&deputy) => {
            Charge::of(deputy, Why::Deputy { of: member })
        }
        Some(_) | None => Charge::of(member, why),
    }
}

/// Who may not answer for this item: its author (nobody decides on their own idea), and on an appeal whoever declined.
pub(super) fn excluded(s: &Suggestion) -> Vec<MemberId> {
    let mut except = vec![s.author];
    if s.appealed {
        except.extend(s.declined_by);
    }
    except
}

/// Who decides on an appeal: the next level up; where there is none, another coordinator, the owner, or another manager of
/// the team. Never the one who declined; none if there is nobody else at all.
pub fn appeal_to(policy: &Policy, s: &Suggestion, declined_by: MemberId) -> Option<MemberId> {
    let not_they = |m: &MemberId| *m != declined_by && *m != s.author && !policy.left.contains(m);
    next_above(policy, s.team, declined_by, &[s.author])
        .or_else(|| policy.people(&policy.coordinators).into_iter().find(not_they))
        .or_else(|| Some(policy.owner).filter(not_they))
        .or_else(|| ladder(policy, s.team).into_iter().rev().flatten().find(not_they))
}

/// The same, and rather a manager of another team than the one who declined; none if nobody else answers for anything.
pub fn appeal_goes_on_to(policy: &Policy, s: &Suggestion, declined_by: MemberId) -> Option<MemberId> {
    let managers = || policy.teams.iter().filter(|t| !t.removed).flat_map(|t| policy.people(&t.managers));
    let able = |m: &MemberId| *m != declined_by && *m != s.author;
    appeal_to(policy, s, declined_by).or_else(|| managers().find(able))
}
