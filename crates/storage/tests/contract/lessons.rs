//! What counting debriefs and lessons costs a digest and `/measures` with 100,000 lessons of 10,000 debriefs: run by hand,
//! `cargo test -p kaizen-storage --test contract lessons -- --ignored --nocapture --test-threads 1`.

use std::time::{Duration, Instant};

use kaizen_domain::debrief::{self, Starting, Template, WorkKind};
use kaizen_domain::{Instant as Moment, TeamId, WorkspaceId};
use kaizen_workflow::measures::Counting;
use kaizen_workflow::ports::{Queries, Store};

use crate::support::*;

const DEBRIEFS: u32 = 10_000;
/// Of each debrief.
const LESSONS: u32 = 10;
/// Minutes between two debriefs: they fill about four years, and a week holds some fifty.
const APART: u32 = 200;
const TIMES: usize = 21;

async fn fill(world: &World) -> (WorkspaceId, TeamId) {
    found(&world.db).await;
    let loaded = world.db.load(&ask(sam())).await.unwrap();
    let team = loaded.policy.teams[0].id;
    let typed = Starting {
        work: "Hill Street".into(),
        kind: Some(WorkKind::read("Home visits").unwrap()),
        template: Template::Review,
        nameless: false,
        team,
    };
    let event = debrief::start(&typed, &actor(&loaded.actor), &loaded.policy, at(0)).unwrap();
    let mut state = debrief::apply(None, &event).unwrap();
    for (place, column) in (0..20).zip(Template::Review.columns().iter().cycle()) {
        let text = format!(
            "What was said as number {place}, in about as many words as people take for such a thing"
        );
        let command = debrief::Command::AddItem { column: *column, text, source: None };
        let events = debrief::decide(&state, &command, &actor(&loaded.actor), &loaded.policy, at(0)).unwrap();
        state = events.iter().fold(Some(state), debrief::apply).unwrap();
    }
    // As those that the week tells of were closed.
    let close = debrief::Command::Close { summary: None };
    let now = at(60 * 24 * 703);
    let events = debrief::decide(&state, &close, &actor(&loaded.actor), &loaded.policy, now).unwrap();
    state = events.iter().fold(Some(state), debrief::apply).unwrap();
    let state = serde_json::to_string(&state).unwrap().replace('\'', "''");
    let (raw, workspace) = (world.raw().await, loaded.workspace);
    let postgres = world.db.kind() == "postgres";
    let numbers = |to: u32| {
        if postgres {
            format!("SELECT n FROM generate_series(CAST(1 AS BIGINT), {to}) AS g(n)")
        } else {
            format!(
                "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {to}) SELECT n FROM g"
            )
        }
    };
    let moment = format!("{} + n * {}", at(0).timestamp_micros(), u64::from(APART) * 60_000_000);
    let (w, all) = (workspace.0, numbers(DEBRIEFS));
    raw.run(&format!(
        "INSERT INTO work_kinds (workspace_id, folded, name) VALUES ({w}, 'home visit', 'Home visits')"
    ))
    .await;
    // Half of them are another team's.
    raw.run(&format!(
        "INSERT INTO debriefs (workspace_id, number, version, last_seq, is_started, team_id, work_kind, started_at, state)
         SELECT {w}, n, 1, 21, n < 0, {} + n % 2, 'home visit', {moment}, '{state}' FROM ({all}) AS numbers",
        team.0
    ))
    .await;
    for seq in 1..=21 {
        let fact = if seq == 21 { "closed" } else { "item_added" };
        raw.run(&format!(
            "INSERT INTO events (workspace_id, kind, number, seq, at, actor, member_id, fact, format, body)
             SELECT {w}, 'debrief', n, {seq}, {moment}, 'member', {}, '{fact}', 1,
                '{{\"fact\":\"item_added\",\"text\":{{\"written\":\"What was said, in about as many words\"}}}}'
             FROM ({all}) AS numbers",
            loaded.actor.id.0
        ))
        .await;
    }
    for item in 1..=LESSONS {
        raw.run(&format!(
            "INSERT INTO lessons ({COLUMNS})
             SELECT {w}, n, {item}, 'home visit', n * 7919 % 1000003, {moment}, n % 3, n % 10 = 0,
                '{{\"written\":\"What the next ones should know, in about as many words as people take\"}}'
             FROM ({all}) AS numbers"
        ))
        .await;
    }
    raw.run(if postgres { "VACUUM ANALYZE" } else { "ANALYZE" }).await;
    (workspace, team)
}

const COLUMNS: &str = "workspace_id, number, item, work_kind, rank, kept_at, used, retired, body";

async fn measure(world: World) {
    let (workspace, team) = fill(&world).await;
    let db = &world.db;
    let week: (Moment, Moment) = (at(60 * 24 * 700), at(60 * 24 * 707));
    for team in [None, Some(team)] {
        let of = Counting { team, member: None, since: week.0, until: week.1 };
        let mut took = Vec::new();
        for _ in 0..TIMES {
            let began = Instant::now();
            let counted = db.looked_back(workspace, &of).await.unwrap();
            took.push(began.elapsed());
            assert!(counted.held > 20 && counted.kept > 200 && counted.shown > 30_000, "{counted:?}");
        }
        say(&format!("counted for {team:?} on {}", db.kind()), took);
    }
    let mut took = Vec::new();
    for _ in 0..TIMES {
        let began = Instant::now();
        let kept = db.lessons_kept(workspace, team, week, 50).await.unwrap();
        took.push(began.elapsed());
        assert_eq!(kept.len(), 50);
    }
    say(&format!("listed for a digest on {}", db.kind()), took);
}

fn say(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    println!("{what}: middle {:?}, most {:?}", took[TIMES / 2], took[TIMES - 1]);
}

/// Neither words nor histories are read to count: the plan says so. (PostgreSQL reads small tables whole in any case; the measurement
/// above shows how it does with large ones.)
pub(crate) async fn expect_counting_to_read_indexes(world: World) {
    if world.db.kind() == "postgres" {
        return;
    }
    let raw = world.raw().await;
    for (sql, wanted) in [
        (
            kaizen_storage::DEBRIEFS_CLOSED,
            "SEARCH e USING COVERING INDEX debriefs_closed (workspace_id=? AND at>? AND at<?)",
        ),
        (kaizen_storage::LESSONS_COUNTED, "SEARCH l USING COVERING INDEX lessons_counted (workspace_id=?)"),
    ] {
        let sql = sql.replace("$1", "1").replace("$2", "0").replace("$3", "9");
        let plan = raw.plan(&format!("EXPLAIN QUERY PLAN {sql}")).await;
        assert_eq!(plan[0], wanted, "{plan:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a test"]
async fn on_sqlite() {
    Box::pin(measure(World::sqlite().await)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a test"]
async fn on_postgres() {
    Box::pin(measure(World::postgres().await)).await;
}
