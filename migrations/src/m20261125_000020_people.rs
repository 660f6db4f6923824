//! When a workspace's people are to be looked at: at once after a change of the settings or of who holds a role, at the end
//! of an absence, and in a roll call each working day. How much each manager has, so that several share fairly.

use sea_orm_migration::prelude::*;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261125_000020_people"
    }
}

const STATEMENTS: &[&str] = &[
    // `revision` moves with each change; `next_at` is 0 while a change has not been looked at, none while nothing is planned.
    // `roll_call_at` is none until the first one is planned.
    "CREATE TABLE people_plan (
        workspace_id BIGINT NOT NULL PRIMARY KEY REFERENCES workspaces (id),
        revision BIGINT NOT NULL,
        next_at BIGINT,
        roll_call_at BIGINT
    )",
    "CREATE INDEX people_plan_by_time ON people_plan (next_at)",
    "CREATE INDEX people_plan_by_roll_call ON people_plan (roll_call_at)",
    "INSERT INTO people_plan (workspace_id, revision, next_at, roll_call_at)
        SELECT id, 1, 0, NULL FROM workspaces",
    "CREATE INDEX suggestions_open_by_responsible ON suggestions (workspace_id, responsible_id) WHERE is_open",
];

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
