//! Debriefs: their rows, where they stand on the platform, kinds of work, lessons, and which idea came out of which debrief.
//! History, ledger and timers are in the tables that ideas use, under the kind `debrief`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261125_000100_debriefs"
    }
}

const STATEMENTS: &[&str] = &[
    "ALTER TABLE workspaces ADD COLUMN next_debrief BIGINT NOT NULL DEFAULT 1",
    // `work_kind` is the folded word of the kind that goes on, where kinds were merged.
    "CREATE TABLE debriefs (
        workspace_id BIGINT NOT NULL REFERENCES workspaces (id),
        number BIGINT NOT NULL,
        version BIGINT NOT NULL,
        last_seq BIGINT NOT NULL,
        is_started BOOLEAN NOT NULL,
        team_id BIGINT NOT NULL,
        work_kind TEXT,
        started_at BIGINT NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (workspace_id, number)
    )",
    "CREATE INDEX debriefs_by_kind ON debriefs (workspace_id, work_kind, number)",
    "CREATE TABLE debrief_places (
        workspace_id BIGINT NOT NULL,
        number BIGINT NOT NULL,
        channel_id BIGINT NOT NULL,
        message_id BIGINT NOT NULL,
        thread_id BIGINT,
        last_sent_at BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, number),
        UNIQUE (workspace_id, thread_id),
        FOREIGN KEY (workspace_id, number) REFERENCES debriefs (workspace_id, number)
    )",
    // What was sent about a step.
    "CREATE TABLE debrief_postings (
        id {id},
        workspace_id BIGINT NOT NULL,
        number BIGINT NOT NULL,
        seq BIGINT NOT NULL,
        direct_to BIGINT REFERENCES members (id),
        channel_id BIGINT NOT NULL,
        message_id BIGINT NOT NULL,
        FOREIGN KEY (workspace_id, number) REFERENCES debriefs (workspace_id, number)
    )",
    "CREATE INDEX debrief_postings_by_item ON debrief_postings (workspace_id, number, id)",
    "CREATE TABLE work_kinds (
        workspace_id BIGINT NOT NULL REFERENCES workspaces (id),
        folded TEXT NOT NULL,
        name TEXT NOT NULL,
        goes_on_as TEXT,
        PRIMARY KEY (workspace_id, folded)
    )",
    // A projection of the debriefs for briefings: the order stands in an index.
    "CREATE TABLE lessons (
        workspace_id BIGINT NOT NULL,
        number BIGINT NOT NULL,
        item BIGINT NOT NULL,
        work_kind TEXT NOT NULL,
        rank BIGINT NOT NULL,
        kept_at BIGINT NOT NULL,
        used BIGINT NOT NULL,
        retired BOOLEAN NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (workspace_id, number, item),
        FOREIGN KEY (workspace_id, number) REFERENCES debriefs (workspace_id, number)
    )",
    "CREATE INDEX lessons_by_rank ON lessons (workspace_id, work_kind, rank, number, item) WHERE NOT retired",
    // Named items only: of one without a name nothing leads from the idea to the debrief.
    "CREATE TABLE debrief_ideas (
        workspace_id BIGINT NOT NULL,
        suggestion BIGINT NOT NULL,
        number BIGINT NOT NULL,
        work_kind TEXT,
        PRIMARY KEY (workspace_id, suggestion),
        FOREIGN KEY (workspace_id, number) REFERENCES debriefs (workspace_id, number),
        FOREIGN KEY (workspace_id, suggestion) REFERENCES suggestions (workspace_id, number)
    )",
    "CREATE INDEX debrief_ideas_by_kind ON debrief_ideas (workspace_id, work_kind, suggestion)",
];

#[expect(elided_lifetimes_in_paths, reason = "the trait leaves it out, and its macro wants the same here")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = match manager.get_database_backend() {
            DbBackend::Postgres => "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            _ => "INTEGER PRIMARY KEY AUTOINCREMENT",
        };
        for sql in STATEMENTS {
            manager.get_connection().execute_unprepared(&sql.replace("{id}", id)).await?;
        }
        Ok(())
    }
}
