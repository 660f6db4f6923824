//! The pure rules of Kaizen. No I/O, no database, no chat, no clock, no random: `now` is an argument.
//!
//! A command comes in with the state that it concerns, the [`Actor`] and the [`Policy`] of the workspace;
//! [`suggestion::decide()`] answers with events or with a [`Rejection`]; [`suggestion::apply()`] alone rebuilds the
//! state and its ledger from events; [`suggestion::react()`] says who must be told and when something happens next.
//!
//! The words are those of the product's domain: Suggestion, Required response, Finding, Decision, Outcome.

#[macro_use]
mod words;

pub mod absence;
pub mod calendar;
pub mod debrief;
pub mod export;
pub mod ids;
pub mod ledger;
pub mod people;
pub mod policy;
pub mod rejection;
pub mod settings;
pub mod suggestion;
pub mod text;

pub use absence::Absence;
pub use calendar::{Calendar, Wait};
pub use ids::{
    ChannelId, GuildId, ItemKey, ItemKind, MemberId, MessageId, Number, RoleId, TeamId, UserId, WorkspaceId,
};
pub use ledger::{Owed, Requirement, RequirementKind, RequirementState};
pub use people::{ActingMember, Actor, Who};
pub use policy::{Area, Choice, Load, Policy, Route, Staffing, Team, Times};
pub use rejection::Rejection;
pub use text::Text;

/// An instant, always in UTC and never finer than a microsecond (what both databases keep).
pub type Instant = chrono::DateTime<chrono::Utc>;
