//! Many ideas fall due in the same minute: each reminder and each escalation once, though a process dies in the middle and,
//! on PostgreSQL, two of them share the work.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use kaizen_domain::ledger::LadderStep;
use kaizen_domain::suggestion::protocol::Submission;
use kaizen_domain::{ChannelId, GuildId, UserId};
use kaizen_storage::Database;
use kaizen_tests::Base;
use kaizen_tests::base::{Fresh, quick};
use kaizen_tests::hospital::{GUILD, WARD_3, WORKSPACE, person};
use kaizen_tests::world::{PATIENCE, World, apply_workspace};
use kaizen_workflow::clock::{Clock, ManualClock, pause};
use kaizen_workflow::digest::Schedule;
use kaizen_workflow::engine::Engine;
use kaizen_workflow::outbox::Job;
use kaizen_workflow::ports::{Ask, Loaded, Outbox, Person, Queries, Sent, Store};

/// How many ideas.
const MANY: u32 = 120;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_once_on_sqlite() {
    Box::pin(each_once(Base::Sqlite)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_once_with_two_processes() {
    Box::pin(each_once(Base::Postgres)).await;
}

async fn each_once(base: Base) {
    let fresh = Fresh::make(base).await;
    let db = fresh.open(quick()).await;
    apply_workspace(&db, WORKSPACE).await;
    let clock = Arc::new(ManualClock::at(World::monday()));
    let one = engine(&db, &clock);
    for n in 1..=MANY {
        suggest(&one, n).await;
    }
    // Half of the time, and then the due time.
    let half = World::monday() + TimeDelta::days(1);
    let due = World::monday() + TimeDelta::days(2);
    fall_due(base, &fresh, &clock, half).await;
    expect_histories(&db, &["submitted", "reminded"]).await;
    fall_due(base, &fresh, &clock, due).await;
    expect_histories(&db, &["submitted", "reminded", "reminded", "next_level_told"]).await;
    let told = reminders(&db).await;
    for n in 1..=MANY {
        // Mara twice: halfway and late. Noor, the next level, once.
        let once = BTreeMap::from([(LadderStep::Halfway, 1), (LadderStep::Late, 2)]);
        assert_eq!(told.get(&n), Some(&once), "K-{n}");
    }
    db.close().await;
}

fn engine(db: &Database, clock: &Arc<ManualClock>) -> Engine {
    let store: Arc<dyn Store> = Arc::new(db.clone());
    let queries: Arc<dyn Queries> = Arc::new(db.clone());
    let schedule = Schedule::parse(Schedule::DEFAULT).expect("the default can be read");
    Engine::new(store, queries, Arc::clone(clock) as Arc<dyn Clock>, schedule)
}

async fn suggest(engine: &Engine, n: u32) {
    let ask = Ask {
        guild: GuildId(GUILD),
        person: Person { user: UserId(person("sam")), name: "sam".to_owned(), roles: vec![], admin: false },
        request: Some(format!("suggest-{n}")),
        item: None,
        other: None,
        named: vec![],
    };
    let make = |loaded: &Loaded| {
        Ok(Submission {
            idea: format!("Idea {n}"),
            proposal: None,
            benefit: None,
            area: None,
            team: loaded.policy.team_named("Ward 3").expect("a team").id,
            for_name: None,
            done: false,
            source: None,
        })
    };
    engine.submit(&ask, ChannelId(WARD_3), make).await.expect("it is recorded");
}

/// Everything falls due at once. A process begins, and dies in the middle; others go on.
async fn fall_due(base: Base, fresh: &Fresh, clock: &Arc<ManualClock>, at: DateTime<Utc>) {
    clock.set(at);
    let dying = fresh.open(quick()).await;
    let running = tokio::spawn({
        let engine = engine(&dying, clock);
        async move { engine.run_due().await }
    });
    let all = MANY as usize;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let left = dying.due(at, MANY).await.expect("the database answers").len();
        if left < all {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "nothing fires");
        pause(Duration::from_millis(1)).await;
    }
    running.abort();
    // Nothing of it runs any more; what it had begun to commit ends by itself.
    drop(running.await);
    dying.close().await;

    let one = fresh.open(quick()).await;
    if base == Base::Postgres {
        let two = fresh.open(quick()).await;
        let (first, second) = (engine(&one, clock), engine(&two, clock));
        let (a, b) = tokio::join!(first.run_due(), second.run_due());
        for swept in [a, b] {
            assert_eq!(swept.expect("the database answers").failed, 0);
        }
        two.close().await;
    } else {
        engine(&one, clock).run_due().await.expect("the database answers");
    }
    assert_eq!(one.due(at, MANY).await.expect("the database answers"), [], "nothing stays due");
    one.close().await;
}

async fn expect_histories(db: &Database, expected: &[&str]) {
    let workspace = db.workspace(GuildId(GUILD)).await.expect("the database answers").expect("a workspace");
    for n in 1..=MANY {
        let steps = db.history(workspace.id, kaizen_domain::Number(n)).await.expect("the database answers");
        let facts: Vec<&str> = steps.iter().map(|s| s.event.fact.as_str()).collect();
        assert_eq!(facts, expected, "K-{n}");
    }
}

/// How often each idea stands in a reminder, by what is said of it.
async fn reminders(db: &Database) -> BTreeMap<u32, BTreeMap<LadderStep, u32>> {
    let mut told: BTreeMap<u32, BTreeMap<LadderStep, u32>> = BTreeMap::new();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while told.values().flat_map(BTreeMap::values).sum::<u32>() < 3 * MANY {
        assert!(tokio::time::Instant::now() < deadline, "not all of them are there: {told:?}");
        for claimed in db.claim("a test", 1000, Duration::from_secs(600)).await.expect("the database answers")
        {
            // What comes after it for the same person waits until it is sent.
            db.delivered(&claimed, &Sent::Nothing).await.expect("the database answers");
            if let Job::Reminders { entries, .. } = claimed.job {
                for entry in entries {
                    *told.entry(entry.number.0).or_default().entry(entry.step).or_default() += 1;
                }
            }
        }
        pause(Duration::from_millis(20)).await;
    }
    told
}
