//! The loops that run beside the gateway and the courier: timers, and the forgetting of what is no longer needed.
//!
//! Real time decides only when to look; what is due is decided by the domain's clock.

use std::time::Duration;

use chrono::TimeDelta;
use kaizen_storage::Database;
use kaizen_workflow::clock::pause;
use kaizen_workflow::engine::Engine;
use kaizen_workflow::ports::StoreError;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// The longest time between two sweeps, whatever is planned: the clock may jump, other processes and `workspace apply`
/// plan things too.
const LONGEST: Duration = Duration::from_secs(60);
/// The shortest time between two looks, however often somebody nudges.
const SHORTEST: Duration = Duration::from_millis(250);
/// The pause after a sweep that failed.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// How often what was measured is folded into its histograms, so that it does not pile up while nobody scrapes.
const FOLD_EVERY: Duration = Duration::from_secs(15);
/// How often old rows are purged.
const PURGE_EVERY: Duration = Duration::from_secs(3600);
/// How long request ids and delivered rows are kept: far longer than the platform repeats an event.
const KEPT_DAYS: i64 = 7;

/// How many ideas are indexed anew in one transaction.
const INDEX_AT_ONCE: u32 = 25;
/// The pause between two of these, so that others come to write.
const INDEX_PAUSE: Duration = Duration::from_millis(25);

/// Fires timers and digests when they are due, until `stop`.
pub(crate) async fn timers(engine: Engine, stop: CancellationToken) {
    let mut sweep = true;
    loop {
        let wait = match look(&engine, sweep).await {
            Ok(wait) => wait,
            Err(error) => {
                warn!(%error, "timers cannot be run; trying again");
                AFTER_FAILURE
            }
        };
        sweep = tokio::select! {
            () = pause(wait) => true,
            // Many commits nudge; one look answers them all.
            () = nudged(&engine) => false,
            () = stop.cancelled() => return,
        };
    }
}

async fn nudged(engine: &Engine) {
    pause(SHORTEST).await;
    engine.timer_nudge().notified().await;
}

/// Runs what is due (with `sweep`, also plans digests that are not planned), and says how long nothing is.
async fn look(engine: &Engine, sweep: bool) -> Result<Duration, StoreError> {
    let now = engine.clock().now();
    if sweep || engine.store().next_due().await?.is_some_and(|due| due <= now) {
        let swept = engine.run_due().await?;
        if swept.failed > 0 {
            return Ok(AFTER_FAILURE);
        }
        // Something stays due though nothing failed: another process has it in hand, or it can never be done.
        let due = engine.store().next_due().await?.is_some_and(|due| due <= now);
        if due && swept.fired + swept.recounted + swept.digests + swept.moved == 0 {
            return Ok(AFTER_FAILURE);
        }
    }
    let Some(next) = engine.store().next_due().await? else { return Ok(LONGEST) };
    let wait = (next - engine.clock().now()).max(TimeDelta::zero()).to_std().unwrap_or(LONGEST);
    Ok(wait.clamp(SHORTEST, LONGEST))
}

/// Looks up who is there: in a roll call each working day, and whoever is needed, until `stop`.
pub(crate) async fn roll_calls(engine: Engine, stop: CancellationToken) {
    loop {
        if let Err(error) = engine.run_roll_calls().await {
            warn!(%error, "nobody can be looked up; trying again");
        }
        tokio::select! {
            () = pause(LONGEST) => {}
            () = async {
                // Many are needed at once; one look answers them all.
                engine.look_up_nudge().notified().await;
                pause(SHORTEST).await;
            } => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Purges old request ids and delivered rows now and then, until `stop`.
pub(crate) async fn purge(engine: Engine, stop: CancellationToken) {
    loop {
        let before = engine.clock().now() - TimeDelta::days(KEPT_DAYS);
        match engine.store().purge(before).await {
            Ok(0) => {}
            Ok(rows) => info!(rows, "old request ids and delivered rows are gone"),
            Err(error) => warn!(%error, "old rows cannot be purged; trying again"),
        }
        // What could not be added when it was erased, and what other processes erased.
        engine.keep_journal().await;
        tokio::select! {
            () = pause(PURGE_EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Brings what ideas are found by to the newest form, a few at a time, until all are or `stop`; after an upgrade there may
/// be many, and people go on meanwhile.
pub(crate) async fn index_older(database: Database, stop: CancellationToken) {
    let mut all = 0;
    loop {
        let wait = match database.index_older(INDEX_AT_ONCE).await {
            Ok(0) => break,
            Ok(some) => {
                all += some;
                INDEX_PAUSE
            }
            Err(error) => {
                warn!(%error, "ideas cannot be indexed anew; trying again");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = pause(wait) => {}
            () = stop.cancelled() => return,
        }
    }
    if all > 0 {
        info!(ideas = all, "ideas are indexed anew for the search");
    }
}

/// Folds measurements into their histograms, until `stop`.
pub(crate) async fn fold(recorder: PrometheusHandle, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = pause(FOLD_EVERY) => recorder.run_upkeep(),
            () = stop.cancelled() => return,
        }
    }
}
