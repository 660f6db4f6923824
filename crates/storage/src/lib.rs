//! The ports of the workflow on sea-orm, for SQLite and PostgreSQL.
//!
//! [`Database`] is all three ports. A change is one transaction (`commit.rs`); a command reads once and writes once. The
//! statements are written out and shared by both databases; what differs is in `sql.rs`, `search.rs` and the migrations.
//!
//! To add a table: a migration, its statements in the module of its aggregate, its values in `codec.rs`, and a test in the
//! contract suite (`tests/contract`), which runs on both databases.

mod answered;
mod backup;
mod batch;
mod codec;
mod commit;
mod database;
mod debriefs;
mod enqueue;
mod erasures;
mod forget;
mod health;
mod load;
mod measures;
mod outbox;
mod people;
mod pool;
mod ports;
mod queries;
mod recounts;
mod redact;
mod register;
mod search;
mod sql;
mod timers;
mod workspaces;

pub use backup::{Alone, CopyError, Doubt, RESTORED_FROM};
pub use database::{Database, Founding, OpenError, Options, OutboxTiming};
pub use debriefs::{DEBRIEFS_CLOSED, LESSONS, LESSONS_COUNTED};
pub use timers::SWEEP;
