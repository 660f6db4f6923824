//! Who has answered the present question "does it work?" of an idea, so that each answer counts once. What they answered is
//! nowhere but in the count; no time stands here, and the rows go when the question ends.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261125_000070_answered"
    }
}

const TABLE: &str = "CREATE TABLE answered (
    workspace_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    member_id BIGINT NOT NULL REFERENCES members (id),
    PRIMARY KEY (workspace_id, number, member_id),
    FOREIGN KEY (workspace_id, number) REFERENCES suggestions (workspace_id, number)
)";

#[expect(elided_lifetimes_in_paths, reason = "the trait leaves it out, and its macro wants the same here")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Rows that lie in the order of people, not of coming, as far as the database lets us say so.
        let order = match manager.get_database_backend() {
            DbBackend::Sqlite => " WITHOUT ROWID",
            _ => "",
        };
        manager.get_connection().execute_unprepared(&format!("{TABLE}{order}")).await?;
        Ok(())
    }
}
