//! Search that knows stems and typing mistakes.
//!
//! Rows that are there keep format 0 and are found by their words until the program has made them anew, after it started. A
//! program of the version before goes on writing such rows meanwhile; those are made anew at the next start.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261125_000040_search"
    }
}

/// `{compare}`: by bytes, whatever the database's language; `{rowid}`: the key is the table.
const TABLES: &[&str] = &[
    "ALTER TABLE search_texts ADD COLUMN format BIGINT NOT NULL DEFAULT 0",
    "CREATE INDEX search_texts_to_renew ON search_texts (workspace_id, number) WHERE format = 0",
    // Every term of a workspace's ideas, under itself and without each of its letters: words that differ by one letter meet
    // here.
    "CREATE TABLE search_near (
        workspace_id BIGINT NOT NULL REFERENCES workspaces (id),
        near TEXT {compare} NOT NULL,
        term TEXT {compare} NOT NULL,
        PRIMARY KEY (workspace_id, near, term)
    ){rowid}",
];

#[expect(elided_lifetimes_in_paths, reason = "the trait leaves it out, and its macro wants the same here")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let (compare, rowid) = match manager.get_database_backend() {
            DbBackend::Postgres => ("COLLATE \"C\"", ""),
            _ => ("", " WITHOUT ROWID"),
        };
        for sql in TABLES {
            db.execute_unprepared(&sql.replace("{compare}", compare).replace("{rowid}", rowid)).await?;
        }
        Ok(())
    }
}
