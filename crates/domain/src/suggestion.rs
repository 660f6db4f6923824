//! A suggestion's life: from a sentence typed in chat to a checked outcome.
//!
//! [`stage`]: where it stands, with the data that is valid there. [`protocol`]: commands, facts and notices.
//! [`rights`]: who may do what where. [`routing`]: who becomes responsible, and why. [`moving`]: what moves
//! when people leave, are away or are back. [`decide`](mod@decide): is it allowed, and what follows.
//! [`check`]: does it work? `recount`: due times after a change of calendar. [`apply`](mod@apply): events back to state and ledger. [`merge`](mod@merge): what undoing
//! a merge gives back. [`react`](mod@react): who is told, and when something happens next.
//! [`wait`]: what the author has waited.

pub mod apply;
pub mod check;
pub mod decide;
pub mod forgetting;
pub mod merge;
pub mod moving;
pub mod protocol;
pub mod react;
mod recount;
pub mod rights;
pub mod routing;
pub mod stage;
pub mod wait;

pub use apply::{apply, replay};
pub use check::{Answered, Answers, LastQuestion};
pub use decide::{decide, from_debrief, question_policy, submit};
pub use protocol::{
    AcceptAs, ActionName, Change, Command, DeclineClass, DirectReason, Effect, Event, Fact, Loop, Notice,
    Timer, TimerRule, Works,
};
pub use react::{Reaction, is_planned, next_timer, planned_timer, react};
pub use rights::{may, possible};
pub use stage::{Decision, Origin, Outcome, Plan, SecondLook, Stage, StageName, Suggestion, Verdict};
pub use wait::authors_wait;

#[cfg(test)]
mod clocks;
#[cfg(test)]
pub(crate) mod tests;
