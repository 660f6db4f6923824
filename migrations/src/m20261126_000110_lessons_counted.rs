//! What is counted of lessons stands in an index, and so does when debriefs were closed and whose they are: digests and measures
//! read neither all lessons' words nor all debriefs' histories.

use sea_orm_migration::prelude::*;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261126_000110_lessons_counted"
    }
}

const STATEMENTS: &[&str] = &[
    "CREATE INDEX lessons_counted ON lessons (workspace_id, kept_at, number, retired, used)",
    "CREATE INDEX debriefs_by_team ON debriefs (workspace_id, team_id, number)",
    "CREATE INDEX debriefs_closed ON events (workspace_id, at, number) WHERE kind = 'debrief' AND fact = 'closed'",
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
