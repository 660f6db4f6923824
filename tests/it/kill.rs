//! The program is killed (`kill -9`) at random moments while people work, and started again. Nothing that was confirmed is
//! lost, nothing is told twice, and in the end everything is sent.
//!
//! `KAIZEN_KILLS=200 KAIZEN_SEED=7 cargo test -p kaizen-tests kill` kills more often, with the chances of another run.

use std::time::Duration;

use kaizen_tests::checker::Allowed;
use kaizen_tests::scene::{DRAINED_WITHIN, Scene, unlimited};
use kaizen_tests::{Base, from_environment};
use kaizen_workflow::clock::pause;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// How often the program is killed on each database, unless `KAIZEN_KILLS` says otherwise.
const KILLS: u64 = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_on_sqlite() {
    Box::pin(killed_again_and_again(Base::Sqlite)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_on_postgres() {
    Box::pin(killed_again_and_again(Base::Postgres)).await;
}

async fn killed_again_and_again(base: Base) {
    let scene = Scene::set(base, env!("CARGO_BIN_EXE_kaizen-under-test"), unlimited()).await;
    let mut moments = StdRng::seed_from_u64(scene.seed);
    let mut program = scene.start().await;
    let load = scene.work(Duration::from_millis(30));
    for _ in 0..from_environment("KAIZEN_KILLS").unwrap_or(KILLS) {
        pause(Duration::from_millis(moments.random_range(50..1500))).await;
        program.kill().await;
        scene.until(|sim| !sim.read(discord_sim::World::bot_online)).await;
        program = scene.start().await;
    }
    pause(Duration::from_millis(500)).await;
    load.stop().await;
    scene.drain(DRAINED_WITHIN).await;
    program.kill().await;
    scene.check(Allowed::default(), 20).await;
}
