//! Names of things. Ids of ours are small integers of one workspace's database; ids of the platform are
//! its snowflakes. The two never mix: a [`MemberId`] says nothing to the platform, a [`UserId`] nothing to events.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! our_id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);
    )+};
}

macro_rules! platform_id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(s: &str) -> Result<Self, Self::Err> { s.trim().parse().map($name) }
        }
    )+};
}

our_id! {
    /// A workspace: one chat community, the tenant.
    WorkspaceId;
    /// A person of one workspace. Events and rows name people only by this.
    MemberId;
    /// A team of one workspace.
    TeamId;
}

platform_id! {
    /// The platform's id of a community (a Discord guild).
    GuildId;
    /// The platform's id of a person.
    UserId;
    /// The platform's id of a role.
    RoleId;
    /// The platform's id of a channel or thread.
    ChannelId;
    /// The platform's id of a message.
    MessageId;
}

/// The number of a suggestion in its workspace, shown as `K-12`. Starts at 1; none is used twice, none is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Number(pub u32);

impl Number {
    /// Stands for the number of the new item of the same change, which is only known inside its transaction.
    pub const NEXT: Number = Number(0);
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "K-{}", self.0)
    }
}

/// The text is no number of a suggestion: neither `12` nor `K-12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a number of a suggestion")]
pub struct NotANumber;

impl FromStr for Number {
    type Err = NotANumber;

    fn from_str(s: &str) -> Result<Self, NotANumber> {
        let s = s.trim();
        let digits = s.strip_prefix(['K', 'k']).map_or(s, |rest| rest.strip_prefix('-').unwrap_or(rest));
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotANumber);
        }
        match digits.parse() {
            Ok(n) if n > 0 => Ok(Number(n)),
            _ => Err(NotANumber),
        }
    }
}

/// What kind of item a ledger entry, a timer or an outbox row belongs to;
/// critical incidents never share these tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// An idea for improvement, `K-12`.
    Suggestion,
    /// What a group learns from a piece of work, `D-7`.
    Debrief,
}

impl ItemKind {
    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            ItemKind::Suggestion => "suggestion",
            ItemKind::Debrief => "debrief",
        }
    }
}

/// An item within its workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemKey {
    /// Its kind.
    pub kind: ItemKind,
    /// Its number.
    pub number: Number,
}

impl ItemKey {
    /// The key of a suggestion.
    pub const fn suggestion(number: Number) -> Self {
        ItemKey { kind: ItemKind::Suggestion, number }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expect_numbers_as_people_type_them() {
        for s in ["12", "K-12", "k-12", " K12 ", "k12"] {
            assert_eq!(s.parse(), Ok(Number(12)), "{s}");
        }
        for s in ["", "K-", "0", "K-0", "-12", "twelve", "99999999999", "K--1", "12 34"] {
            assert_eq!(s.parse::<Number>(), Err(NotANumber), "{s}");
        }
    }
}
