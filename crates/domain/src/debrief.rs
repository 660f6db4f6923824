//! A debrief: what a group learns from a piece of work, kept for the next people who do such work.
//!
//! The same files as a suggestion has: [`stage`]: where it stands. [`protocol`]: commands, facts and notices. [`kind`]: kinds
//! of work, folded so that case and plural do not part them. [`piece`]: what carries words. [`decide`](mod@decide): is it allowed, and what follows.
//! [`apply`](mod@apply): events back to state and ledger. [`react`](mod@react): who is told, and when something happens next.
//!
//! What it shares with suggestions is not here: the ledger and its ladder ([`crate::ledger`]), calendars, levels
//! ([`crate::suggestion::routing`]), texts and who acts.

pub mod apply;
pub mod decide;
pub mod kind;
pub mod piece;
pub mod protocol;
pub mod react;
pub mod stage;

pub use apply::{apply, replay};
pub use decide::{decide, farewell, may_merge_kinds, may_read, start, texts_by};
pub use kind::WorkKind;
pub use piece::Piece;
pub use protocol::{Command, DebriefNumber, Event, Fact, Mark, Notice, Refusal, Starting};
pub use react::{Reaction, next_timer, planned_timer, react};
pub use stage::{Action, Column, Debrief, Item, Lesson, Stage, Template};

#[cfg(test)]
mod tests;
