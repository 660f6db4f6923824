//! What somebody may take with them: everybody their own, a manager their teams', whoever may set up the whole workspace.
//! Reports of critical incidents are in none of these.

use crate::ids::TeamId;
use crate::people::{ActingMember, Actor};
use crate::policy::Policy;

/// What an export may hold, besides the person's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Nothing else.
    Own,
    /// The ideas and debriefs of these teams.
    Teams(Vec<TeamId>),
    /// All ideas and debriefs of the workspace.
    Workspace,
}

impl Reach {
    /// Does it hold what belongs to this team?
    pub fn holds(&self, team: TeamId) -> bool {
        match self {
            Reach::Own => false,
            Reach::Teams(teams) => teams.contains(&team),
            Reach::Workspace => true,
        }
    }
}

/// How far this person's export reaches now.
pub fn reach(policy: &Policy, member: &ActingMember) -> Reach {
    if policy.may_set_up(&Actor::Member(member.clone())) {
        return Reach::Workspace;
    }
    let teams: Vec<TeamId> =
        policy.teams.iter().map(|team| team.id).filter(|team| policy.is_manager(*team, member)).collect();
    if teams.is_empty() { Reach::Own } else { Reach::Teams(teams) }
}
