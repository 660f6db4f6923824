//! How often a connection to the gateway may be opened.
//!
//! serenity opens one every five seconds for as long as the gateway refuses: 1,000 in 83 minutes, after which the
//! platform resets the token. Here every connection passes a brake first, and the worst case, a gateway that accepts and
//! drops us again and again, costs at most [`FREE`] and then one every [`REFILL`]: about 740 a day.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

use crate::limits;
use crate::rest::model::SessionStartLimit;

/// Connections beside the first of each shard that cost nothing but their pause.
const FREE: u32 = 20;
/// After them, one each time that this has passed.
const REFILL: Duration = Duration::from_mins(2);
/// What is left of the day's sessions is spread out once it falls below this part.
const SPARE: u32 = limits::IDENTIFIES_A_DAY / 10;
/// A resumed session costs none of the day's, but not nothing: a loop of them must end.
const RESUME_COSTS: f64 = 0.1;

/// Decides when the next connection may be opened.
#[derive(Debug)]
pub(super) struct Brake {
    shards: u32,
    /// What can still be spent.
    left: f64,
    counted: Instant,
    /// Connections opened since one was last seen to work.
    unproven: u32,
    pauses: ExponentialBackoff,
    /// What the platform said last of its own count, and when.
    limit: Option<(SessionStartLimit, Instant)>,
}

impl Brake {
    pub(super) fn new(shards: u32, now: Instant) -> Self {
        Brake {
            shards,
            left: f64::from(FREE + shards),
            counted: now,
            unproven: 0,
            pauses: pauses(),
            limit: None,
        }
    }

    /// The platform's own count.
    pub(super) fn told(&mut self, limit: SessionStartLimit, now: Instant) {
        self.limit = Some((limit, now));
    }

    /// A connection is being opened. Returns how long the next one has to wait.
    pub(super) fn passed(&mut self, now: Instant) -> Duration {
        self.refill(now);
        self.left -= 1.0;
        self.unproven += 1;
        let pause = if self.unproven > 1 { self.pauses.next().unwrap_or(REFILL) } else { Duration::ZERO };
        pause.max(self.wait(now))
    }

    /// How long the next connection has to wait, whatever came before: the day's sessions and ours are nearly used up.
    pub(super) fn wait(&mut self, now: Instant) -> Duration {
        self.refill(now);
        let ours = if self.left >= 1.0 { Duration::ZERO } else { REFILL.mul_f64(1.0 - self.left) };
        ours.max(self.platform_wait(now))
    }

    /// A session was started: the gateway works.
    pub(super) fn ready(&mut self) {
        self.unproven = 0;
        self.pauses = pauses();
    }

    /// A session was resumed.
    pub(super) fn resumed(&mut self) {
        self.ready();
        self.left = (self.left + 1.0 - RESUME_COSTS).min(self.capacity());
    }

    fn platform_wait(&self, now: Instant) -> Duration {
        let Some((limit, told)) = self.limit else { return Duration::ZERO };
        let reset = Duration::from_millis(limit.reset_after).saturating_sub(now.duration_since(told));
        let spare = SPARE.min(limit.total / 10).max(self.shards);
        if reset.is_zero() || limit.remaining > spare {
            Duration::ZERO
        } else if limit.remaining == 0 || limit.remaining < self.shards {
            reset
        } else {
            // The first connection after a start is let through; the following ones share the rest of the day.
            if self.unproven == 0 { Duration::ZERO } else { reset / limit.remaining }
        }
    }

    fn capacity(&self) -> f64 {
        f64::from(FREE + self.shards)
    }

    fn refill(&mut self, now: Instant) {
        let passed = now.duration_since(self.counted);
        self.counted = now;
        self.left = (self.left + passed.as_secs_f64() / REFILL.as_secs_f64()).min(self.capacity());
    }
}

fn pauses() -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_secs(1))
        .with_max_delay(Duration::from_mins(10))
        .without_max_times()
        .with_jitter()
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many connections a gateway sees in a day that treats each as `then` says.
    fn in_a_day(mut then: impl FnMut(&mut Brake)) -> u32 {
        let start = Instant::now();
        let mut brake = Brake::new(1, start);
        let (mut now, mut opened) = (start, 0);
        while now < start + Duration::from_hours(24) {
            opened += 1;
            // serenity itself leaves five seconds between two.
            now += brake.passed(now).max(Duration::from_secs(5));
            then(&mut brake);
        }
        opened
    }

    #[test]
    fn expect_a_gateway_that_refuses_to_cost_little() {
        let opened = in_a_day(|_| {});
        assert!((100..300).contains(&opened), "{opened}");
    }

    #[test]
    fn expect_a_gateway_that_drops_each_session_to_cost_less_than_a_days_limit() {
        let opened = in_a_day(Brake::ready);
        assert!((700..limits::IDENTIFIES_A_DAY * 3 / 4).contains(&opened), "{opened}");
    }

    #[test]
    fn expect_an_ordinary_reconnection_to_be_free() {
        let mut now = Instant::now();
        let mut brake = Brake::new(1, now);
        for _ in 0..100 {
            assert_eq!(brake.passed(now), Duration::ZERO);
            brake.ready();
            now += Duration::from_mins(10);
        }
        for _ in 0..100 {
            assert_eq!(brake.passed(now), Duration::ZERO);
            brake.resumed();
            now += Duration::from_secs(30);
        }
    }

    #[test]
    fn expect_the_platforms_own_count_to_be_kept() {
        let now = Instant::now();
        let mut brake = Brake::new(1, now);
        let hour = 3_600_000;
        brake.told(SessionStartLimit { total: 1000, remaining: 500, reset_after: hour }, now);
        assert_eq!(brake.wait(now), Duration::ZERO);
        brake.told(SessionStartLimit { total: 1000, remaining: 60, reset_after: hour }, now);
        assert_eq!(brake.wait(now), Duration::ZERO);
        assert_eq!(brake.passed(now), Duration::from_mins(1));
        brake.told(SessionStartLimit { total: 1000, remaining: 0, reset_after: hour }, now);
        assert_eq!(brake.wait(now), Duration::from_hours(1));
        assert_eq!(brake.wait(now + Duration::from_hours(2)), Duration::ZERO);
    }
}
