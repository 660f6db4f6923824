//! The schema itself: migrating, versions, and the rules that every table follows.

use std::collections::BTreeSet;

use kaizen_storage::{Database, OpenError};
use kaizen_workflow::ports::Store;

use crate::support::*;

pub(crate) async fn expect_two_processes_to_migrate_at_once(world: World) {
    let (url, _folder) = world.empty();
    let first = Database::open(&url, options()).await.unwrap();
    let second = Database::open(&url, options()).await.unwrap();
    let third = first.clone();
    let (a, b, c) = tokio::join!(first.migrate(), second.migrate(), third.migrate());
    a.unwrap();
    b.unwrap();
    c.unwrap();
    first.check_schema().await.unwrap();
    first.load(&ask(sam())).await.unwrap();
    second.migrate().await.unwrap();
}

pub(crate) async fn expect_a_newer_schema_refused(world: World) {
    world
        .raw()
        .await
        .run("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_later', 0)")
        .await;
    let newer = |e: &OpenError| matches!(e, OpenError::Newer(name) if name == "m29990101_000001_later");
    assert!(newer(&world.db.migrate().await.unwrap_err()));
    assert!(newer(&world.another().await.check_schema().await.unwrap_err()));
}

pub(crate) async fn expect_an_older_schema_named(world: World) {
    let (url, _folder) = world.empty();
    let db = Database::open(&url, options()).await.unwrap();
    assert!(matches!(db.check_schema().await, Err(OpenError::NotMigrated(missing)) if missing > 0));
    for url in ["mysql://x", "", "kaizen.db", "sqlite:"] {
        assert!(matches!(Database::open(url, options()).await, Err(OpenError::Address)), "{url}");
    }
    let gone = Database::open("postgres://nobody@127.0.0.1:1/none", options()).await;
    assert!(matches!(gone, Err(OpenError::Unreachable(_))));
    let temporary = Database::open("sqlite::memory:", options()).await.unwrap();
    temporary.migrate().await.unwrap();
    temporary.load(&ask(sam())).await.unwrap();
}

/// Every table has a primary key; what belongs to a workspace names it first in each key and index that names it at all;
/// times end in `at` and are whole numbers; and both databases have the same tables and columns.
pub(crate) async fn expect_tables_built_by_the_rules(world: World) {
    let raw = world.raw().await;
    let postgres = world.db.kind() == "postgres";
    let columns: Vec<(String, String, String)> = raw
        .strings(if postgres {
            "SELECT table_name || '/' || column_name || '/' || data_type FROM information_schema.columns
             WHERE table_schema = 'public' ORDER BY 1"
        } else {
            "SELECT m.name || '/' || c.name || '/' || lower(c.type) FROM sqlite_master m, pragma_table_info(m.name) c
             WHERE m.type = 'table' ORDER BY 1"
        })
        .await
        .iter()
        .map(|line| {
            let mut parts = line.split('/').map(str::to_owned);
            (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap())
        })
        .filter(|(table, ..)| !table.starts_with("sqlite_") && !table.starts_with("search_index") && table != "seaql_migrations")
        .collect();
    let indexes: Vec<(String, Vec<String>)> = raw
        .strings(if postgres {
            "SELECT t.relname || '/' || string_agg(a.attname, ',' ORDER BY k.place) FROM pg_index i
             JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
             CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k (number, place)
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number GROUP BY i.indexrelid, t.relname"
        } else {
            "SELECT m.name || '/' || (SELECT group_concat(x.name) FROM pragma_index_info(i.name) x)
             FROM sqlite_master m, pragma_index_list(m.name) i WHERE m.type = 'table'"
        })
        .await
        .iter()
        .map(|line| {
            let (table, names) = line.split_once('/').unwrap();
            (table.to_owned(), names.split(',').map(str::to_owned).collect())
        })
        .collect();
    let keyed: BTreeSet<String> = raw
        .strings(if postgres {
            "SELECT table_name FROM information_schema.table_constraints
             WHERE constraint_type = 'PRIMARY KEY' AND table_schema = 'public'"
        } else {
            "SELECT DISTINCT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.pk > 0"
        })
        .await
        .into_iter()
        .collect();
    let tables: BTreeSet<&str> = columns.iter().map(|(t, ..)| t.as_str()).collect();
    assert!(tables.len() >= 14, "{tables:?}");
    for table in &tables {
        assert!(keyed.contains(*table), "{table} has no primary key");
        let scoped = columns.iter().any(|(t, c, _)| t == table && c == "workspace_id");
        assert!(
            scoped || ["workspaces", "notes", "erasures"].contains(table),
            "{table} belongs to no workspace"
        );
        let first = indexes.iter().any(|(t, names)| t == table && names[0] == "workspace_id");
        assert!(!scoped || first, "{table} cannot be read by its workspace");
    }
    for (table, names) in &indexes {
        let place = names.iter().position(|n| n == "workspace_id");
        assert!(place.is_none_or(|p| p == 0), "an index of {table} names the workspace late: {names:?}");
    }
    for (table, column, kind) in &columns {
        if column == "at"
            || column.ends_with("_at")
            || column.ends_with("_until")
            || column.ends_with("_id") && column != "request_id"
        {
            assert_eq!(kind, "bigint", "{table}.{column}");
        }
    }
}

pub(crate) async fn expect_one_run_on_an_sqlite_file(world: World) {
    let other = world.another().await;
    world.db.lock_exclusively().unwrap();
    world.db.clone().lock_exclusively().unwrap();
    if world.db.kind() == "postgres" {
        other.lock_exclusively().unwrap();
        return;
    }
    assert!(matches!(other.lock_exclusively(), Err(OpenError::InUse(_))));
    let World { url: _, db, _folder: _keep } = world;
    drop(db);
    other.lock_exclusively().unwrap();
}
