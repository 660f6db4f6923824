//! The names of what is measured, and the gauges that are set when somebody asks.
//!
//! Counted elsewhere, as it happens: `kaizen_commands_total{command,result}` by the conversation,
//! `kaizen_acknowledgement_seconds` by the chat platform's crate. Set here, when scraped: everything else.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusRecorder};

use crate::{Gateway, Reading};

/// Commands by name and result (`ok`, `rejected`, `fault`).
pub const COMMANDS: &str = "kaizen_commands_total";
/// From the arrival of an interaction to our first answer being accepted.
pub const ACKNOWLEDGEMENT: &str = "kaizen_acknowledgement_seconds";
/// Rows of the outbox that wait.
pub const OUTBOX_DEPTH: &str = "kaizen_outbox_depth";
/// How long the oldest of them has waited.
pub const OUTBOX_AGE: &str = "kaizen_outbox_age_seconds";
/// Rows of the outbox that were given up.
pub const DEAD_LETTERS: &str = "kaizen_outbox_dead_letters";
/// How far the next timer lies behind its due time.
pub const TIMER_LAG: &str = "kaizen_timer_lag_seconds";
/// 1 for the state that the gateway is in, 0 for the others.
pub const GATEWAY: &str = "kaizen_gateway_state";
/// Requests that the platform called invalid in the last ten minutes; 10,000 ban the address.
pub const INVALID_REQUESTS: &str = "kaizen_invalid_requests";
/// 1 if the database answers.
pub const DATABASE: &str = "kaizen_database_up";

/// Upper bounds of the acknowledgement histogram, in seconds: dense around the promise of 30 ms, up to the platform's 3 s.
const ACKNOWLEDGEMENT_BUCKETS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0];

/// A recorder with our buckets and descriptions. The program installs it once; tests use it without installing.
///
/// # Errors
/// Never with these buckets; the builder's own type says it could.
pub fn recorder() -> Result<PrometheusRecorder, BuildError> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(ACKNOWLEDGEMENT.to_owned()), &ACKNOWLEDGEMENT_BUCKETS)?;
    let recorder = builder.build_recorder();
    metrics::with_local_recorder(&recorder, describe);
    Ok(recorder)
}

fn describe() {
    describe_counter!(COMMANDS, "Commands by name and result");
    describe_histogram!(ACKNOWLEDGEMENT, Unit::Seconds, "From an interaction's arrival to our first answer");
    describe_gauge!(OUTBOX_DEPTH, "Messages and edits that wait to be sent");
    describe_gauge!(OUTBOX_AGE, Unit::Seconds, "How long the oldest of them has waited");
    describe_gauge!(DEAD_LETTERS, "Messages and edits that were given up and kept");
    describe_gauge!(TIMER_LAG, Unit::Seconds, "How far the next timer lies behind its due time");
    describe_gauge!(GATEWAY, "1 for the state that the gateway is in");
    describe_gauge!(
        INVALID_REQUESTS,
        "Requests called invalid by the platform in the last ten minutes (10,000 ban us)"
    );
    describe_gauge!(DATABASE, "1 if the database answers");
}

/// Sets every gauge to a reading. What is unknown keeps no stale value: it becomes NaN.
pub(crate) fn set(reading: &Reading) {
    match &reading.outbox {
        Ok(outbox) => {
            gauge!(DATABASE).set(1.0);
            gauge!(OUTBOX_DEPTH).set(float(outbox.pending));
            gauge!(DEAD_LETTERS).set(float(outbox.dead));
            gauge!(OUTBOX_AGE).set(outbox.oldest.as_secs_f64());
        }
        Err(_) => {
            gauge!(DATABASE).set(0.0);
            for name in [OUTBOX_DEPTH, DEAD_LETTERS, OUTBOX_AGE] {
                gauge!(name).set(f64::NAN);
            }
        }
    }
    gauge!(TIMER_LAG).set(reading.timer_lag.unwrap_or(f64::NAN));
    gauge!(INVALID_REQUESTS).set(float(reading.invalid_requests));
    for state in Gateway::ALL {
        gauge!(GATEWAY, "state" => state.as_str()).set(if state == reading.gateway { 1.0 } else { 0.0 });
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count, for a gauge")]
fn float(count: u64) -> f64 {
    count as f64
}
