//! The schema of Kaizen, one file a migration, for SQLite and PostgreSQL.
//!
//! To add one: a file `mYYYYMMDD_NNNNNN_<what>.rs`, a line in [`Migrator::migrations`]. A released migration is never
//! edited, and each is safe while the program before it still runs.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};

mod m20261123_000001_spine;
mod m20261125_000010_recounts;
mod m20261125_000020_people;
mod m20261125_000030_second_look;
mod m20261125_000040_search;
mod m20261125_000070_answered;
mod m20261125_000080_erasures;
mod m20261125_000100_debriefs;
mod m20261126_000110_lessons_counted;

/// The ordered list.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_spine::Migration),
            Box::new(m20261125_000010_recounts::Migration),
            Box::new(m20261125_000020_people::Migration),
            Box::new(m20261125_000030_second_look::Migration),
            Box::new(m20261125_000040_search::Migration),
            Box::new(m20261125_000070_answered::Migration),
            Box::new(m20261125_000080_erasures::Migration),
            Box::new(m20261125_000100_debriefs::Migration),
            Box::new(m20261126_000110_lessons_counted::Migration),
        ]
    }
}

/// How a database's schema compares with this program's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// The same.
    Current,
    /// Migrations are missing; so many.
    Behind(usize),
    /// It has a migration that this program does not know: a newer program made it.
    Newer(String),
}

/// The key of the advisory lock under which PostgreSQL databases are migrated ("kaizen" in ASCII).
const LOCK: i64 = 0x6b61_697a_656e;

/// Compares a database's schema with this program's.
///
/// # Errors
/// When the database does not answer.
pub async fn compare<C: ConnectionTrait>(db: &C) -> Result<Schema, DbErr> {
    let known: Vec<String> = Migrator::migrations().iter().map(|m| m.name().to_owned()).collect();
    let table = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'"
        }
        _ => "SELECT 'found' AS name WHERE to_regclass('seaql_migrations') IS NOT NULL",
    };
    let statement = |sql: &str| sea_orm::Statement::from_string(db.get_database_backend(), sql);
    if db.query_one_raw(statement(table)).await?.is_none() {
        return Ok(Schema::Behind(known.len()));
    }
    let mut applied = Vec::new();
    for row in db.query_all_raw(statement("SELECT version FROM seaql_migrations ORDER BY version")).await? {
        applied.push(row.try_get_by_index::<String>(0)?);
    }
    if let Some(newer) = applied.iter().find(|a| !known.contains(a)) {
        return Ok(Schema::Newer(newer.clone()));
    }
    match known.len() - applied.len() {
        0 => Ok(Schema::Current),
        missing => Ok(Schema::Behind(missing)),
    }
}

/// Applies what is missing, inside the caller's transaction (on SQLite an immediate one), so that of two processes one
/// waits for the other and then finds nothing to do.
///
/// # Errors
/// When the database does not answer, or refuses a statement.
pub async fn up(txn: &DatabaseTransaction) -> Result<(), DbErr> {
    if txn.get_database_backend() == DbBackend::Postgres {
        // Neither waiting for another process nor building an index is bound to the time of an ordinary statement.
        txn.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
        txn.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    }
    Migrator::up(txn, None).await
}
