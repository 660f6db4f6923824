//! Who runs the scheme, and who owns its policies.

use crate::ids::{MemberId, RoleId};
use crate::policy::{Policy, Staffing};
use crate::rejection::Rejection;

/// A part that people play in the whole workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Runs the scheme, and is the last stop of every escalation.
    Coordinator,
    /// Owns policies and norms.
    PolicyOwner,
}

impl Part {
    /// All of them.
    pub const ALL: &'static [Part] = &[Part::Coordinator, Part::PolicyOwner];

    /// The word that people type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Part::Coordinator => "coordinator",
            Part::PolicyOwner => "policy owner",
        }
    }

    /// Who plays it.
    pub const fn of(self, policy: &Policy) -> &Staffing {
        match self {
            Part::Coordinator => &policy.coordinators,
            Part::PolicyOwner => &policy.policy_owners,
        }
    }

    const fn of_mut(self, policy: &mut Policy) -> &mut Staffing {
        match self {
            Part::Coordinator => &mut policy.coordinators,
            Part::PolicyOwner => &mut policy.policy_owners,
        }
    }
}

/// A person or a role of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// This person.
    Member(MemberId),
    /// Whoever holds this role.
    Role(RoleId),
}

impl Staffing {
    fn names(&self, who: Who) -> bool {
        match who {
            Who::Member(m) => self.members.contains(&m),
            Who::Role(r) => self.roles.contains(&r),
        }
    }
}

/// One more coordinator or policy owner.
///
/// # Errors
/// When they are named already.
pub fn add_to(policy: &Policy, part: Part, who: Who) -> Result<Policy, Rejection> {
    if part.of(policy).names(who) {
        return Err(Rejection::PartTheirs { part });
    }
    let mut policy = policy.clone();
    match who {
        Who::Member(m) => part.of_mut(&mut policy).members.push(m),
        Who::Role(r) => part.of_mut(&mut policy).roles.push(r),
    }
    Ok(policy)
}

/// They are no longer coordinator or policy owner. What they answer for stays with them until it is assigned.
///
/// # Errors
/// When they are not named, or are the last coordinator.
pub fn remove_from(policy: &Policy, part: Part, who: Who) -> Result<Policy, Rejection> {
    if !part.of(policy).names(who) {
        return Err(Rejection::PartNotTheirs { part });
    }
    let mut policy = policy.clone();
    let staffing = part.of_mut(&mut policy);
    match who {
        Who::Member(m) => staffing.members.retain(|other| *other != m),
        Who::Role(r) => staffing.roles.retain(|other| *other != r),
    }
    if part == Part::Coordinator && staffing.is_empty() {
        return Err(Rejection::LastCoordinator);
    }
    Ok(policy)
}
