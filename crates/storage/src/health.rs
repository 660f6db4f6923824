//! What `kaizen doctor` asks a database.

use kaizen_workflow::ports::StoreError;
use sea_orm::DbBackend;

use crate::database::Database;
use crate::sql::{OrFault, Row, Sql};

impl Database {
    /// Can something be written? A note is written and taken back again.
    ///
    /// # Errors
    /// When it cannot.
    pub async fn try_to_write(&self) -> Result<(), StoreError> {
        let tried = self
            .transaction(|txn| {
                Box::pin(async move {
                    Sql::new("INSERT INTO notes (name, value) VALUES ('doctor', 'was here') ON CONFLICT (name) DO UPDATE SET value = excluded.value")
                        .run(txn)
                        .await
                        .or_fault()?;
                    // An error takes it back.
                    Err::<(), _>(StoreError::Conflict)
                })
            })
            .await;
        match tried {
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(why) => Err(why),
        }
    }

    /// SQLite's `journal_mode`; none on PostgreSQL.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn journal_mode(&self) -> Result<Option<String>, StoreError> {
        if self.inner.backend == DbBackend::Postgres {
            return Ok(None);
        }
        let row = Sql::new("PRAGMA journal_mode").one(self.aside()).await.or_fault()?;
        row.map(|row| Row::of(&row, "pragma", "journal_mode").get("journal_mode")).transpose()
    }

    /// When the newest row of the outbox was written, by the database's own clock, in microseconds since 1970; none where there
    /// is none. A clock that was put back is behind it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn newest_micros(&self) -> Result<Option<i64>, StoreError> {
        let row =
            Sql::new("SELECT MAX(created_at) AS newest FROM outbox").one(self.aside()).await.or_fault()?;
        row.map_or(Ok(None), |row| Row::of(&row, "outbox", "newest").get("newest"))
    }

    /// The database's own clock, in microseconds since 1970.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn clock_micros(&self) -> Result<i64, StoreError> {
        let sql = format!("SELECT {} AS now", self.clock());
        let row = Sql::new(&sql).one(self.aside()).await.or_fault()?.ok_or(StoreError::Conflict)?;
        Row::of(&row, "clock", "now").get("now")
    }
}
