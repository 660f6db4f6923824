//! Items whose team's calendar has changed and whose due times are still to be counted anew: written with the settings,
//! taken out once each item was looked at. `version` is that of the settings, so that a second change in the meantime is
//! not forgotten.

use sea_orm_migration::prelude::*;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261125_000010_recounts"
    }
}

const TABLE: &str = "CREATE TABLE recounts (
    workspace_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, number),
    FOREIGN KEY (workspace_id, number) REFERENCES suggestions (workspace_id, number)
)";

#[expect(elided_lifetimes_in_paths, reason = "the trait leaves it out, and its macro wants the same here")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(TABLE).await?;
        Ok(())
    }
}
