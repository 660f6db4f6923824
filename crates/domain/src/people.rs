//! Who acts.

use serde::{Deserialize, Serialize};

use crate::ids::{MemberId, RoleId};

/// Who sends a command. Rights are looked up in the policy, never carried in a button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person, with what the platform says of them at this moment.
    Member(ActingMember),
    /// A timer.
    System,
}

/// A person at the moment of acting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActingMember {
    /// Who.
    pub id: MemberId,
    /// The roles that the platform says they hold now.
    pub roles: Vec<RoleId>,
    /// May they manage the community on the platform (owner or administrator)?
    pub admin: bool,
}

impl Actor {
    /// The member's id, if a person acts.
    pub fn member(&self) -> Option<MemberId> {
        match self {
            Actor::Member(m) => Some(m.id),
            Actor::System => None,
        }
    }

    /// As an event names them.
    pub fn who(&self) -> Who {
        match self {
            Actor::Member(m) => Who::Member(m.id),
            Actor::System => Who::System,
        }
    }
}

/// Who did something, as the history keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// A person.
    Member(MemberId),
    /// A person who is not named anywhere: in a debrief without names, or beside an answer to "does it work?".
    Nameless,
    /// A timer.
    System,
}
