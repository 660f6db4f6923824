//! Looking for what is due reads what is due, however much is planned.

use std::fmt::Write;
use std::time::Instant;

use kaizen_workflow::ports::Store;

use crate::support::{World, at, found};

/// How many of all timers are due.
const DUE: i64 = 100;

/// The timers that are due come from the index of their times, everything else from its key (of workspaces there is but one).
const ON_SQLITE: &str = "
SEARCH t USING INDEX timers_by_time (at<?)
CORRELATED SCALAR SUBQUERY 1
SEARCH r USING COVERING INDEX sqlite_autoindex_recounts_1 (workspace_id=? AND number=?)
SCAN w
USE TEMP B-TREE FOR LAST TERM OF ORDER BY";
const ON_POSTGRES: &str = "
Limit
  ->  Sort
        Sort Key: t.at DESC, t.number
        ->  Nested Loop Anti Join
              Join Filter: ((t.kind = 'suggestion'::text) AND (r.workspace_id = t.workspace_id) AND (r.number = t.number))
              ->  Nested Loop
                    Join Filter: (t.workspace_id = w.id)
                    ->  Index Scan Backward using timers_by_time on timers t
                          Index Cond: (at <= '1794823200000000'::bigint)
                    ->  Seq Scan on workspaces w
                          Filter: (NOT removed)
              ->  Seq Scan on recounts r";

/// So many timers, of which [`DUE`] are due at `at(0)` and the others within a year.
async fn planned(world: &World, many: i64) {
    let workspace = found(&world.db).await;
    let now = at(0).timestamp_micros();
    let numbers = if world.db.kind() == "postgres" {
        format!("SELECT g AS n FROM generate_series(CAST(1 AS BIGINT), {many}) g")
    } else {
        format!(
            "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {many}) SELECT n FROM g"
        )
    };
    let raw = world.raw().await;
    raw.run(&format!(
        "INSERT INTO timers (workspace_id, kind, number, at, rule)
         SELECT {}, 'suggestion', n, CASE WHEN n <= {DUE} THEN {now} - n ELSE {now} + n * 31000000 END, 'halfway'
         FROM ({numbers}) AS numbers",
        workspace.0
    ))
    .await;
    raw.run("ANALYZE").await;
}

/// The plan of the sweep's statement, as the database tells it.
async fn plan(world: &World) -> String {
    let raw = world.raw().await;
    let sql = kaizen_storage::SWEEP.replace("$1", &at(0).timestamp_micros().to_string()).replace("$2", "200");
    if world.db.kind() == "postgres" {
        raw.strings(&format!("EXPLAIN (COSTS OFF) {sql}")).await.join("\n")
    } else {
        raw.column(3, &format!("EXPLAIN QUERY PLAN {sql}")).await.join("\n")
    }
}

pub(crate) async fn expect_the_sweep_to_read_only_what_is_due(world: World) {
    planned(&world, 20_000).await;
    let due = world.db.due(at(0), 200).await.unwrap();
    assert_eq!(due.len(), usize::try_from(DUE).unwrap());
    assert!(due.is_sorted_by_key(|d| std::cmp::Reverse(d.at)), "the newest first");
    let expected = if world.db.kind() == "postgres" { ON_POSTGRES } else { ON_SQLITE };
    assert_eq!(plan(&world).await.trim(), expected.trim());
}

/// How long a look takes, as a table; not in the ordinary tests.
pub(crate) async fn measure_the_sweep_over_a_million(world: World) {
    const LOOKS: u32 = 100;
    planned(&world, 1_000_000).await;
    let mut took = Vec::new();
    for _ in 0..LOOKS {
        let began = Instant::now();
        world.db.next_due().await.unwrap();
        let due = world.db.due(at(0), 200).await.unwrap();
        took.push(began.elapsed());
        assert_eq!(due.len(), usize::try_from(DUE).unwrap());
    }
    took.sort_unstable();
    let mut said = String::new();
    for (name, at) in [("middle", took.len() / 2), ("most", took.len() - 1)] {
        write!(said, " {name} {:.2} ms", took[at].as_secs_f64() * 1000.0).unwrap();
    }
    println!("1,000,000 timers, {DUE} due, on {}:{said}", world.db.kind());
}
