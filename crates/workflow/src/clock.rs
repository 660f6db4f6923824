//! Where the time comes from. Everything but leases asks a [`Clock`].

use std::sync::Mutex;

use chrono::{TimeDelta, Timelike, Utc};
use kaizen_domain::Instant;

/// A source of the present.
pub trait Clock: Send + Sync + 'static {
    /// Now, in whole microseconds: what both databases keep.
    fn now(&self) -> Instant;
}

/// The machine's clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Instant {
        whole_microseconds(Utc::now())
    }
}

/// A clock that stands still until it is moved: for tests.
#[derive(Debug)]
pub struct ManualClock(Mutex<Instant>);

impl ManualClock {
    /// A clock that shows `start`.
    pub fn at(start: Instant) -> Self {
        ManualClock(Mutex::new(whole_microseconds(start)))
    }

    /// Moves it forward (or back, for the tests of clocks that jump).
    pub fn advance(&self, by: TimeDelta) {
        let mut now = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *now += by;
    }

    /// Sets it.
    pub fn set(&self, to: Instant) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = whole_microseconds(to);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A running clock that is ahead of another by an amount that can be changed: the demo's.
pub struct ShiftedClock {
    base: SystemClock,
    ahead: Mutex<TimeDelta>,
}

impl ShiftedClock {
    /// Ahead of the machine's clock by this much.
    pub fn ahead_by(ahead: TimeDelta) -> Self {
        ShiftedClock { base: SystemClock, ahead: Mutex::new(ahead) }
    }

    /// How far it is ahead.
    pub fn ahead(&self) -> TimeDelta {
        *self.ahead.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Moves it to `to` if that is later, and says how far ahead it now is.
    pub fn move_to(&self, to: Instant) -> TimeDelta {
        let mut ahead = self.ahead.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *ahead = (*ahead).max(to - self.base.now());
        *ahead
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Instant {
        self.base.now() + self.ahead()
    }
}

/// Waits in real time: for loops that poll, never for rules.
#[expect(clippy::disallowed_methods, reason = "the one place that sleeps")]
pub async fn pause(time: std::time::Duration) {
    tokio::time::sleep(time).await;
}

fn whole_microseconds(at: Instant) -> Instant {
    let nanos = at.nanosecond();
    at.with_nanosecond(nanos - nanos % 1000).unwrap_or(at)
}
