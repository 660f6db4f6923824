//! Copies of a database, and what a database that was restored from one has to know before it serves.
//!
//! A copy says of itself when it was made (a note). Whoever starts on it finds the note: everything that waits to be sent may
//! have been sent after the copy was made, so it is looked for first. The installation gets another name, because the platform
//! takes two messages with one nonce for one, and the numbers of the outbox's rows leap ahead, because reminders are found by
//! them: neither may be taken for one that was sent after the copy was made. The numbers of ideas and debriefs leap ahead as
//! well: cards of the days that are lost still stand, and their buttons name them.

use std::path::{Path, PathBuf};

use kaizen_domain::WorkspaceId;
use kaizen_workflow::ids;
use kaizen_workflow::leaps::{self, Leaps};
use kaizen_workflow::ports::StoreError;
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr};

use crate::database::Database;
use crate::outbox::is_postgres;
use crate::sql::{OrFault, Row, Sql, fault, json};

/// The note of a copy: when it was made.
pub const RESTORED_FROM: &str = "restored_from";

/// The key of the advisory lock of those who make a restored database ready ("backup" in ASCII).
const LOCK: i64 = 0x6261_636b_7570;

/// As long ago as no nonce is remembered by the platform.
const LONG_AGO: i64 = 24 * 60 * 60 * 1_000_000;

/// Which rows of the outbox may have been sent before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// All that wait.
    All,
    /// Digests: there is one for each week, whenever it is made.
    Digests,
}

/// Held by the one process that makes a database ready, until it is dropped. On SQLite there is no other.
#[derive(Debug)]
pub struct Alone(Option<DatabaseTransaction>);

impl Alone {
    /// The next process may go on.
    pub async fn done(self) {
        if let Some(txn) = self.0 {
            // It holds nothing but the lock, which goes either way.
            let _ = txn.rollback().await;
        }
    }
}

/// Why a copy of an SQLite database could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The database refuses.
    #[error("the database cannot be copied: {0}")]
    Database(#[from] DbErr),
    /// The copy is not whole.
    #[error("the copy is not whole: {0}")]
    NotWhole(String),
}

impl Database {
    /// SQLite: writes a consistent copy into `file`, which is empty, while others go on writing; with nothing in it that was
    /// erased. It says of itself that it was made at `at`.
    ///
    /// # Errors
    /// When the database or the disk refuses, or the copy does not pass SQLite's own check.
    pub async fn copy_into(&self, file: &Path, at: &str) -> Result<(), CopyError> {
        let name = file.to_string_lossy().into_owned();
        Sql::new("VACUUM INTO ").value(name).run(self.writer()).await?;
        let file: PathBuf = file.to_owned();
        let mut connect = ConnectOptions::new("sqlite://");
        connect.sqlx_logging(false).max_connections(1).map_sqlx_sqlite_opts(move |sqlite| {
            sqlite.filename(&file).create_if_missing(false).pragma("journal_mode", "DELETE")
        });
        let copy = sea_orm::Database::connect(connect).await?;
        let checked = async {
            let row = Sql::new("PRAGMA integrity_check").one(&copy).await?;
            let said = row.map(|row| row.try_get_by_index::<String>(0)).transpose()?.unwrap_or_default();
            if said != "ok" {
                return Err(CopyError::NotWhole(said));
            }
            Sql::new("INSERT INTO notes (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
                .values([RESTORED_FROM.into(), at.into()])
                .run(&copy)
                .await?;
            Ok(())
        };
        let checked = checked.await;
        copy.close().await?;
        checked
    }

    /// PostgreSQL: the schema that our tables are in.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn schema(&self) -> Result<String, StoreError> {
        let row = Sql::new("SELECT current_schema()::text AS name").one(self.aside()).await.or_fault()?;
        let row = row.ok_or(StoreError::Conflict)?;
        Row::of(&row, "pg_namespace", "current").get("name")
    }

    /// Waits until no other process makes this database ready.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn alone(&self) -> Result<Alone, StoreError> {
        if self.inner.backend != DbBackend::Postgres {
            return Ok(Alone(None));
        }
        let txn = self.writer().begin().await.or_fault()?;
        for sql in ["SET LOCAL statement_timeout = 0", &format!("SELECT pg_advisory_xact_lock({LOCK})")] {
            txn.execute_unprepared(sql).await.map_err(fault)?;
        }
        Ok(Alone(Some(txn)))
    }

    /// When the copy was made that this database was restored from; none once [`Database::is_ready_again`] was said.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn restored_from(&self) -> Result<Option<String>, StoreError> {
        self.read_note(RESTORED_FROM).await
    }

    /// What waits may have been sent: it is looked for before it is sent. Leases of the processes from before are gone.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn doubt_outbox(&self, doubt: Doubt) -> Result<(), StoreError> {
        let kinds = match doubt {
            Doubt::All => "",
            Doubt::Digests => " AND kind = 'digest'",
        };
        let most = if is_postgres(self.writer()) { "GREATEST" } else { "MAX" };
        Sql::new(&format!(
            "UPDATE outbox SET begun_at = {} - {LONG_AGO}, attempts = {most}(attempts, 1), lease_until = NULL, lease_by = NULL
             WHERE status = 'pending'{kinds}",
            self.clock()
        ))
        .run(self.writer())
        .await
        .or_fault()?;
        Ok(())
    }

    /// Numbers that are given from now on were never given before: those of deliveries, of which nonces are made, and those of
    /// ideas and debriefs, which buttons name ([`leaps`]).
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn leap_ahead(&self) -> Result<(), StoreError> {
        let leap = ids::leap();
        let sql = if is_postgres(self.writer()) {
            format!(
                "SELECT setval(pg_get_serial_sequence('outbox', 'id'), nextval(pg_get_serial_sequence('outbox', 'id')) + {leap})"
            )
        } else {
            format!("UPDATE sqlite_sequence SET seq = seq + {leap} WHERE name = 'outbox'")
        };
        self.writer().execute_unprepared(&sql).await.or_fault()?;
        let rows = Sql::new("SELECT id, next_number, next_debrief FROM workspaces ORDER BY id");
        for row in rows.all(self.writer()).await.or_fault()? {
            let row = Row::of(&row, "workspaces", "leap");
            let workspace = WorkspaceId(row.get("id")?);
            let (ideas, debriefs) =
                (leaps::leap(row.get("next_number")?), leaps::leap(row.get("next_debrief")?));
            // Written down first: a gap that is known and not there harms nobody.
            let name = Leaps::note(workspace);
            let mut known = Leaps::of_note(self.read_note(&name).await?.as_deref());
            known.ideas.push(ideas);
            known.debriefs.push(debriefs);
            self.write_note(&name, &json(&known, "notes", "value")?).await?;
            Sql::new("UPDATE workspaces SET next_number = $1, next_debrief = $2 WHERE id = $3")
                .values([ideas.1.into(), debriefs.1.into(), workspace.0.into()])
                .run(self.writer())
                .await
                .or_fault()?;
        }
        Ok(())
    }

    /// Everything is done that a restored database needs before it serves.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_ready_again(&self) -> Result<(), StoreError> {
        Sql::new("DELETE FROM notes WHERE name = ")
            .value(RESTORED_FROM)
            .run(self.writer())
            .await
            .or_fault()?;
        Ok(())
    }
}
