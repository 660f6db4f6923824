//! What was erased, without saying it: compared with the journal outside of the database at each start.

use sea_orm_migration::prelude::*;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261125_000080_erasures"
    }
}

// It belongs to no workspace: what the journal knows of a community that is not here must count as seen, too.
const STATEMENTS: &[&str] = &["CREATE TABLE erasures (
        name TEXT NOT NULL PRIMARY KEY,
        at BIGINT NOT NULL,
        erased TEXT NOT NULL
    )"];

#[expect(elided_lifetimes_in_paths, reason = "the trait leaves it out, and its macro wants the same here")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for sql in STATEMENTS {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }
}
