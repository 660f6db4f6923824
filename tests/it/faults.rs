//! A bad day: the platform refuses, breaks, repeats itself and hangs up; the database is slow; processes come and go. What was
//! confirmed is there, once; what follows from it was told, once; and in the end everything is sent.

use std::net::SocketAddr;
use std::time::Duration;

use discord_sim::{Fault, FaultRule, GatewayMood, Sim, SimConfig, Strictness};
use kaizen_domain::{GuildId, Number};
use kaizen_tests::checker::Allowed;
use kaizen_tests::hospital::{GUILD, seed};
use kaizen_tests::process::Program;
use kaizen_tests::scene::{DRAINED_WITHIN, Scene, unlimited};
use kaizen_tests::world::PATIENCE;
use kaizen_tests::{Base, postgres};
use kaizen_workflow::clock::{Clock, SystemClock, pause};
use kaizen_workflow::ports::{Commit, ItemCommit, Queries, Store, StoreError};
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kaizen-under-test");
/// Between two deeds of a person.
const REST: Duration = Duration::from_millis(60);
/// "Interaction has already been acknowledged": the answer to the twin of an event, or to a repeated answer.
const ANSWERED: u64 = 40060;
/// "Unknown interaction": our answer came too late.
const TOO_LATE: u64 = 10062;
/// "A thread has already been created for this message": an earlier try took effect.
const THREAD_STANDS: u64 = 160_004;

macro_rules! on_both {
    ($name:ident) => {
        mod $name {
            use super::Base;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                Box::pin(super::$name(Base::Sqlite)).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                Box::pin(super::$name(Base::Postgres)).await;
            }
        }
    };
}

on_both!(requests_fail);
on_both!(the_gateway_breaks);
on_both!(the_database_is_slow);

/// Every fourth request meets a fault, before or after it took effect, and each event comes up to three times.
async fn requests_fail(base: Base) {
    let scene = Scene::set(base, PROGRAM, unlimited()).await;
    let program = scene.start().await;
    for (fault, fraction) in [
        (Fault::Status(429), 0.05),
        (Fault::Status(500), 0.03),
        (Fault::Status(503), 0.03),
        (Fault::CutBefore, 0.04),
        (Fault::CutAfter, 0.04),
        (Fault::StatusAfter(502), 0.04),
        (Fault::DelayAfter(Duration::from_millis(300)), 0.04),
    ] {
        scene.sim.fault(FaultRule::fraction(fault, fraction));
    }
    scene.sim.deliver_events_up_to(3);
    let load = scene.work(REST);
    pause(Duration::from_secs(4)).await;
    load.stop().await;
    scene.sim.clear_faults();
    scene.drain(DRAINED_WITHIN).await;
    program.kill().await;
    let allowed = Allowed { codes: vec![ANSWERED, TOO_LATE, THREAD_STANDS], ..Allowed::default() };
    scene.check(allowed, 20).await;
}

/// The connection is dropped, closed, called invalid and asked to come again, while people work.
async fn the_gateway_breaks(base: Base) {
    let scene = Scene::set(base, PROGRAM, unlimited()).await;
    let program = scene.start().await;
    let load = scene.work(REST);
    let breaks: [fn(&Sim); 5] = [
        Sim::drop_gateway,
        |sim| sim.invalidate_session(true),
        |sim| sim.close_gateway(4000),
        Sim::ask_to_reconnect,
        |sim| sim.invalidate_session(false),
    ];
    for break_it in breaks {
        pause(Duration::from_millis(500)).await;
        let (connections, ..) = scene.sim.connections();
        break_it(&scene.sim);
        scene
            .until(|sim| sim.connections().0 > connections && sim.read(discord_sim::World::bot_online))
            .await;
    }
    pause(Duration::from_millis(500)).await;
    load.stop().await;
    scene.drain(DRAINED_WITHIN).await;
    program.kill().await;
    // A session that is resumed gets again what it may have had: an answer can be late, or given before.
    let allowed = Allowed { codes: vec![ANSWERED, TOO_LATE], ..Allowed::default() };
    scene.check(allowed, 20).await;
}

/// Somebody else works in the database for a second or two, again and again, and changes nothing in the end.
async fn the_database_is_slow(base: Base) {
    let scene = Scene::set(base, PROGRAM, unlimited()).await;
    let program = scene.start().await;
    let request = suggested(&scene).await;
    let load = scene.work(REST);
    for table in ["suggestions", "outbox", "suggestions"] {
        pause(Duration::from_millis(700)).await;
        match base {
            Base::Sqlite => hold_the_file(&scene, &request).await,
            Base::Postgres => {
                let address = scene.fresh.url.split('?').next().unwrap_or_default();
                let name = address.rsplit('/').next().unwrap_or_default().to_owned();
                // One table at a time: with two of them this would itself be one side of a deadlock, since deliveries are written down
                // in the outbox first and commits in the suggestions first, and whichever the server ends may be this one.
                let lock =
                    format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE; SELECT pg_sleep(1.5); COMMIT");
                let held =
                    tokio::task::spawn_blocking(move || postgres::cluster().execute_in(&name, &lock)).await;
                held.expect("the lock was held");
            }
        }
    }
    pause(Duration::from_millis(300)).await;
    load.stop().await;
    scene.drain(DRAINED_WITHIN).await;
    program.kill().await;
    let allowed = Allowed { codes: vec![ANSWERED, TOO_LATE], ..Allowed::default() };
    scene.check(allowed, 10).await;
}

/// Two processes get every event, on one PostgreSQL; one is killed in the middle of a burst, and comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_do_the_work_once() {
    let scene = Scene::set(Base::Postgres, PROGRAM, unlimited()).await;
    let first = scene.start().await;
    let second = scene.start().await;
    let load = scene.work(Duration::from_millis(20));
    pause(Duration::from_secs(2)).await;
    first.kill().await;
    pause(Duration::from_secs(1)).await;
    let third = scene.start().await;
    pause(Duration::from_secs(1)).await;
    load.stop().await;
    scene.drain(DRAINED_WITHIN).await;
    second.kill().await;
    third.kill().await;
    // Whoever is second to answer is told so.
    scene.check(Allowed { codes: vec![ANSWERED], ..Allowed::default() }, 20).await;
}

/// An idea by itself, for tests that need one; gives the id of the request.
async fn suggested(scene: &Scene) -> String {
    let sent = scene.sim.person("sam").slash("ward-3", "suggest", json!({ "idea": "A quiet hour" })).await;
    let exchange = sent.expect("the client sends it");
    let text = exchange.text().await.expect("an answer");
    assert!(text.contains("recorded as **K-1**"), "{text}");
    exchange.interaction_id().to_string()
}

/// Holds SQLite's only place for writing: a change of many items, which finds at its very end that its request was
/// handled before, and is rolled back.
async fn hold_the_file(scene: &Scene, request: &str) {
    let found = scene.db.workspace(GuildId(GUILD)).await.expect("the database answers");
    let workspace = found.expect("there is a workspace").id;
    let stored =
        scene.db.find(workspace, Number(1)).await.expect("the database answers").expect("there is K-1");
    let first = scene
        .db
        .step(workspace, Number(1), 1)
        .await
        .expect("the database answers")
        .expect("it has a history");
    let item = ItemCommit {
        number: None,
        expected: 0,
        after: stored.suggestion,
        events: vec![first.event],
        notices: Vec::new(),
        timer: None,
        redact: Vec::new(),
        answered_by: None,
        channel: None,
    };
    let items = vec![item; 4000];
    let commit = Commit { workspace, request: Some(request.to_owned()), now: SystemClock.now(), items };
    let began = std::time::Instant::now();
    let refused = scene.db.commit(&commit).await;
    assert!(matches!(refused, Err(StoreError::AlreadyHandled(_))), "{refused:?}");
    println!("the file was held for {:?}", began.elapsed());
}

/// The platform's own limits, global and by bucket, with a global limit lower than the one that we know of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_platform_limits_us() {
    let strictness = Strictness { global_limit: Some(10), ..Strictness::default() };
    let scene = Scene::set(Base::Sqlite, PROGRAM, strictness).await;
    let program = scene.start().await;
    let load = scene.work(Duration::from_millis(400));
    pause(Duration::from_secs(3)).await;
    load.stop().await;
    // Five messages in five seconds is what a channel takes.
    let in_channel = Duration::from_secs(scene.said.all().len() as u64);
    scene.drain(DRAINED_WITHIN + in_channel).await;
    program.kill().await;
    let refused = scene.sim.invalid_requests();
    assert!(refused < 100, "{refused} requests were refused: the limits are learned, not hammered");
    scene.check(Allowed { statuses: vec![429], ..Allowed::default() }, 5).await;
}

/// Nobody listens at the platform's address when the program starts; a while later somebody does, but the gateway refuses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_platform_is_away_at_the_start() {
    let mut scene = Scene::set(Base::Sqlite, PROGRAM, unlimited()).await;
    let address = scene.sim.address();
    scene.sim.stop();
    let program = scene.launch.start();
    pause(Duration::from_secs(2)).await;
    scene.sim = later(address).await;
    scene.sim.gateway_mood(GatewayMood::Refusing);
    scene.until(|sim| !sim.counters().is_empty()).await;
    pause(Duration::from_secs(1)).await;
    scene.sim.gateway_mood(GatewayMood::Well);
    scene.sim.wait_online(PATIENCE).await.unwrap_or_else(|why| panic!("{why}\n{}", scene.launch.log()));
    scene.until(|sim| !sim.read(|w| w.commands(Some(GUILD)).is_empty())).await;
    suggested(&scene).await;
    scene.drain(DRAINED_WITHIN).await;
    program.kill().await;
    scene.check(Allowed::default(), 0).await;
}

/// The local Discord at an address that was another one's.
async fn later(address: SocketAddr) -> Sim {
    let mut config = SimConfig::new(seed());
    config.addr = address;
    config.strictness = unlimited();
    Sim::start(config).await.expect("the address is free")
}

/// The program ends with the exit code for a refused token, and says what to do.
async fn expect_refused(mut program: Program, scene: &Scene) {
    let status = program.ended(PATIENCE).await;
    let log = scene.launch.log();
    assert_eq!(status.code(), Some(77), "{log}");
    assert!(
        log.contains("kaizen: Discord does not accept the bot's token: it is wrong, or it was reset."),
        "{log}"
    );
    assert!(log.contains("Developer Portal"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_token_is_tried_once() {
    let mut scene = Scene::set(Base::Sqlite, PROGRAM, unlimited()).await;
    scene.launch = scene.launch.with("KAIZEN__DISCORD__TOKEN", "another-token");
    let program = scene.launch.start();
    expect_refused(program, &scene).await;
    let refused: u64 =
        scene.sim.counters().iter().filter(|((_, status), _)| *status == 401).map(|(_, n)| *n).sum();
    assert_eq!(refused, 1, "{:?}", scene.sim.counters());
    assert_eq!(scene.sim.connections().0, 0, "the gateway was not even asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_revoked_ends_the_program() {
    let scene = Scene::set(Base::Sqlite, PROGRAM, unlimited()).await;
    let program = scene.start().await;
    suggested(&scene).await;
    scene.drain(DRAINED_WITHIN).await;
    let (_, identified, _) = scene.sim.connections();
    scene.sim.revoke_token();
    expect_refused(program, &scene).await;
    assert!(scene.sim.connections().1 <= identified + 1, "it did not try again and again");
    scene.check(Allowed { statuses: vec![401], ..Allowed::default() }, 0).await;
}
