//! The engine that carries a command from decision to commit, and the ports that it stands on.
//!
//! A command takes two trips to the database: [`ports::Store::load`] and [`ports::Store::commit`]; between them
//! everything is pure. Effects are rows of the outbox, written in the same transaction and delivered by
//! [`courier::Courier`] through [`ports::Notifier`]. Nothing here knows a chat platform or a database.

pub mod clock;
pub mod courier;
pub mod debriefs;
pub mod digest;
pub mod engine;
pub mod erasing;
pub mod export;
pub mod forgetting;
pub mod hand_over;
pub mod ids;
pub mod leaps;
mod marks;
pub mod measures;
mod merging;
pub mod outbox;
pub mod ports;
mod questions;
mod recount;
