//! The first schema: workspaces and members, suggestions with history, ledger and timers, the outbox and what it sent,
//! digests, search.
//!
//! Times are microseconds since 1970 in UTC, on both databases: the same order and the same precision. Ids of the platform
//! are its 64 bits. JSON is text: nothing is looked up inside it, and PostgreSQL's `jsonb` refuses characters that people
//! can type. Everything belongs to a workspace, and every key begins with it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000001_spine"
    }
}

/// What both databases understand; `{id}` is a key that the database counts up.
const TABLES: &[&str] = &[
    // The settings without what is known of role holders; `people_version` moves when that changes.
    "CREATE TABLE workspaces (
        id {id},
        guild_id BIGINT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        owner_known BOOLEAN NOT NULL,
        removed BOOLEAN NOT NULL,
        next_number BIGINT NOT NULL,
        policy_version BIGINT NOT NULL,
        people_version BIGINT NOT NULL,
        policy TEXT NOT NULL
    )",
    // The only place where a platform's id of a person stands. Erased people have neither id nor name.
    "CREATE TABLE members (
        id {id},
        workspace_id BIGINT NOT NULL REFERENCES workspaces (id),
        user_id BIGINT,
        name TEXT,
        roles TEXT NOT NULL,
        UNIQUE (workspace_id, user_id)
    )",
    // The state is the truth for reading; the columns beside it are for finding.
    "CREATE TABLE suggestions (
        workspace_id BIGINT NOT NULL REFERENCES workspaces (id),
        number BIGINT NOT NULL,
        version BIGINT NOT NULL,
        last_seq BIGINT NOT NULL,
        stage TEXT NOT NULL,
        is_open BOOLEAN NOT NULL,
        team_id BIGINT NOT NULL,
        author_id BIGINT NOT NULL REFERENCES members (id),
        area TEXT,
        responsible_id BIGINT NOT NULL REFERENCES members (id),
        owed_by BIGINT REFERENCES members (id),
        owed_kind TEXT,
        due_at BIGINT,
        submitted_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (workspace_id, number)
    )",
    "CREATE INDEX suggestions_by_team ON suggestions (workspace_id, team_id, updated_at)",
    "CREATE INDEX suggestions_by_author ON suggestions (workspace_id, author_id, number)",
    "CREATE INDEX suggestions_by_responsible ON suggestions (workspace_id, responsible_id, number)",
    "CREATE INDEX suggestions_by_owed ON suggestions (workspace_id, owed_by, due_at)",
    // Who supports or follows what.
    "CREATE TABLE interests (
        workspace_id BIGINT NOT NULL,
        member_id BIGINT NOT NULL REFERENCES members (id),
        number BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, member_id, number),
        FOREIGN KEY (workspace_id, number) REFERENCES suggestions (workspace_id, number)
    )",
    "CREATE INDEX interests_by_item ON interests (workspace_id, number)",
    "CREATE TABLE events (
        workspace_id BIGINT NOT NULL REFERENCES workspaces (id),
        kind TEXT NOT NULL,
        number BIGINT NOT NULL,
        seq BIGINT NOT NULL,
        at BIGINT NOT NULL,
        actor TEXT NOT NULL,
        member_id BIGINT REFERENCES members (id),
        fact TEXT NOT NULL,
        format BIGINT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (workspace_id, kind, number, seq)
    )",
    "CREATE TABLE required_responses (
        workspace_id BIGINT NOT NULL REFERENCES workspaces (id),
        kind TEXT NOT NULL,
        number BIGINT NOT NULL,
        entry BIGINT NOT NULL,
        owed TEXT NOT NULL,
        member_id BIGINT NOT NULL REFERENCES members (id),
        opened_at BIGINT NOT NULL,
        due_at BIGINT NOT NULL,
        state TEXT NOT NULL,
        state_at BIGINT,
        step TEXT NOT NULL,
        step_at BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, kind, number, entry)
    )",
    "CREATE TABLE timers (
        workspace_id BIGINT NOT NULL REFERENCES workspaces (id),
        kind TEXT NOT NULL,
        number BIGINT NOT NULL,
        at BIGINT NOT NULL,
        rule TEXT NOT NULL,
        PRIMARY KEY (workspace_id, kind, number)
    )",
    "CREATE INDEX timers_by_time ON timers (at)",
    // Its times are the database's clock. `after_open` names the order key whose `open` row must be through first.
    "CREATE TABLE outbox (
        id {id},
        workspace_id BIGINT NOT NULL REFERENCES workspaces (id),
        number BIGINT,
        kind TEXT NOT NULL,
        job TEXT NOT NULL,
        order_key TEXT NOT NULL,
        merge_key TEXT,
        after_open TEXT,
        status TEXT NOT NULL,
        available_at BIGINT NOT NULL,
        attempts BIGINT NOT NULL,
        fence BIGINT NOT NULL,
        revision BIGINT NOT NULL,
        lease_until BIGINT,
        lease_by TEXT,
        begun_at BIGINT,
        created_at BIGINT NOT NULL,
        delivered_at BIGINT,
        error TEXT
    )",
    "CREATE INDEX outbox_by_time ON outbox (available_at, id) WHERE status = 'pending'",
    "CREATE INDEX outbox_by_lease ON outbox (lease_until) WHERE status = 'pending' AND lease_until IS NOT NULL",
    "CREATE INDEX outbox_by_order ON outbox (workspace_id, order_key, id) WHERE status <> 'delivered'",
    "CREATE UNIQUE INDEX outbox_by_merge ON outbox (workspace_id, merge_key) WHERE status = 'pending'",
    "CREATE INDEX outbox_by_item ON outbox (workspace_id, number) WHERE status = 'pending'",
    "CREATE INDEX outbox_by_trouble ON outbox (workspace_id, order_key) WHERE kind = 'trouble'",
    "CREATE INDEX outbox_by_delivery ON outbox (delivered_at) WHERE status = 'delivered'",
    "CREATE TABLE cards (
        workspace_id BIGINT NOT NULL,
        number BIGINT NOT NULL,
        channel_id BIGINT NOT NULL,
        message_id BIGINT NOT NULL,
        thread_id BIGINT,
        last_sent_at BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, number),
        UNIQUE (workspace_id, thread_id),
        FOREIGN KEY (workspace_id, number) REFERENCES suggestions (workspace_id, number)
    )",
    "CREATE TABLE postings (
        id {id},
        workspace_id BIGINT NOT NULL,
        number BIGINT NOT NULL,
        seq BIGINT NOT NULL,
        direct_to BIGINT REFERENCES members (id),
        direct_reason TEXT,
        channel_id BIGINT NOT NULL,
        message_id BIGINT NOT NULL,
        FOREIGN KEY (workspace_id, number) REFERENCES suggestions (workspace_id, number)
    )",
    "CREATE INDEX postings_by_item ON postings (workspace_id, number, id)",
    "CREATE TABLE requests (
        workspace_id BIGINT NOT NULL REFERENCES workspaces (id),
        request_id TEXT NOT NULL,
        number BIGINT NOT NULL,
        first_seq BIGINT NOT NULL,
        events BIGINT NOT NULL,
        at BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, request_id)
    )",
    "CREATE INDEX requests_by_time ON requests (at)",
    "CREATE TABLE digest_plan (
        workspace_id BIGINT NOT NULL REFERENCES workspaces (id),
        team_id BIGINT NOT NULL,
        next_at BIGINT NOT NULL,
        last_at BIGINT,
        PRIMARY KEY (workspace_id, team_id)
    )",
    "CREATE INDEX digest_plan_by_time ON digest_plan (next_at)",
    "CREATE TABLE digests (
        workspace_id BIGINT NOT NULL REFERENCES workspaces (id),
        team_id BIGINT NOT NULL,
        at BIGINT NOT NULL,
        content TEXT NOT NULL,
        channel_id BIGINT,
        message_id BIGINT,
        PRIMARY KEY (workspace_id, team_id, at)
    )",
    "CREATE TABLE notes (
        name TEXT NOT NULL PRIMARY KEY,
        value TEXT NOT NULL
    )",
];

/// FTS5 beside the folded text. `secure-delete` takes erased words out of the index at once.
const SEARCH_SQLITE: &[&str] = &[
    "CREATE TABLE search_texts (
        id INTEGER PRIMARY KEY,
        workspace_id BIGINT NOT NULL,
        number BIGINT NOT NULL,
        idea TEXT NOT NULL,
        rest TEXT NOT NULL,
        UNIQUE (workspace_id, number),
        FOREIGN KEY (workspace_id, number) REFERENCES suggestions (workspace_id, number)
    )",
    "CREATE VIRTUAL TABLE search_index USING fts5 (idea, rest, content = 'search_texts', content_rowid = 'id',
        tokenize = 'unicode61 remove_diacritics 2')",
    "INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1)",
    "CREATE TRIGGER search_texts_inserted AFTER INSERT ON search_texts BEGIN
        INSERT INTO search_index (rowid, idea, rest) VALUES (new.id, new.idea, new.rest);
    END",
    "CREATE TRIGGER search_texts_deleted AFTER DELETE ON search_texts BEGIN
        INSERT INTO search_index (search_index, rowid, idea, rest) VALUES ('delete', old.id, old.idea, old.rest);
    END",
    "CREATE TRIGGER search_texts_updated AFTER UPDATE ON search_texts BEGIN
        INSERT INTO search_index (search_index, rowid, idea, rest) VALUES ('delete', old.id, old.idea, old.rest);
        INSERT INTO search_index (rowid, idea, rest) VALUES (new.id, new.idea, new.rest);
    END",
];

/// The words are folded and split before they get here, the same way as for SQLite, so no extension is needed
/// (`unaccent` and `pg_trgm` cannot be created everywhere).
const SEARCH_POSTGRES: &[&str] = &[
    "CREATE TABLE search_texts (
        workspace_id BIGINT NOT NULL,
        number BIGINT NOT NULL,
        terms TSVECTOR NOT NULL,
        PRIMARY KEY (workspace_id, number),
        FOREIGN KEY (workspace_id, number) REFERENCES suggestions (workspace_id, number)
    )",
    "CREATE INDEX search_texts_by_terms ON search_texts USING GIN (terms)",
];

#[expect(elided_lifetimes_in_paths, reason = "the trait leaves it out, and its macro wants the same here")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let (id, search) = match manager.get_database_backend() {
            DbBackend::Postgres => ("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", SEARCH_POSTGRES),
            _ => ("INTEGER PRIMARY KEY AUTOINCREMENT", SEARCH_SQLITE),
        };
        for sql in TABLES.iter().chain(search) {
            db.execute_unprepared(&sql.replace("{id}", id)).await?;
        }
        Ok(())
    }
}
