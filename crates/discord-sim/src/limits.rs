//! Rate limits: 50 requests a second for the bot, buckets by route and channel, 10,000 invalid requests in ten minutes.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use crate::sim::Strictness;

/// Invalid requests (401, 403, 429) that ban an address, and within which time.
const INVALID_MAX: usize = 10_000;
const INVALID_WINDOW: Duration = Duration::from_secs(600);
/// Buckets before quiet ones are looked for.
const SWEEP_AT: usize = 10_000;
/// The window of the global limit.
const GLOBAL_WINDOW: Duration = Duration::from_secs(1);

/// How many calls a route takes in a time, for each value of its main variable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    pub(crate) name: &'static str,
    pub(crate) calls: u32,
    pub(crate) per: Duration,
}

/// The state of a bucket, for the headers.
#[derive(Debug, Clone)]
pub(crate) struct BucketState {
    pub(crate) id: String,
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    pub(crate) reset_after: Duration,
}

/// Whether a call may go on.
#[derive(Debug)]
pub(crate) enum Verdict {
    Go(Option<BucketState>),
    Wait { after: Duration, global: bool, bucket: Option<BucketState> },
    Banned,
}

#[derive(Debug)]
struct Window {
    since: Instant,
    used: u32,
}

/// The counters.
#[derive(Debug)]
pub(crate) struct Limiter {
    pub(crate) global_per_second: Option<u32>,
    pub(crate) buckets_on: bool,
    global: Window,
    buckets: HashMap<(&'static str, String), Window>,
    /// Forget quiet buckets when there are this many.
    sweep_at: usize,
    invalid: VecDeque<Instant>,
}

impl Limiter {
    pub(crate) fn new(strictness: &Strictness) -> Self {
        Limiter {
            global_per_second: strictness.global_limit,
            buckets_on: strictness.buckets,
            global: Window { since: Instant::now(), used: 0 },
            buckets: HashMap::new(),
            sweep_at: SWEEP_AT,
            invalid: VecDeque::new(),
        }
    }

    /// Counts a call. `global` says whether it counts against the bot's global limit.
    pub(crate) fn admit(&mut self, allowance: Allowance, key: &str, global: bool) -> Verdict {
        let now = Instant::now();
        self.forget_old_invalid(now);
        if self.invalid.len() >= INVALID_MAX {
            return Verdict::Banned;
        }
        let bucket = match self.take(allowance, key, now) {
            Ok(state) => state,
            Err((after, state)) => return Verdict::Wait { after, global: false, bucket: Some(state) },
        };
        if let (true, Some(limit)) = (global, self.global_per_second) {
            let spent = now.duration_since(self.global.since);
            if spent >= GLOBAL_WINDOW {
                self.global = Window { since: now, used: 0 };
            }
            if self.global.used >= limit {
                let after = GLOBAL_WINDOW.saturating_sub(now.duration_since(self.global.since));
                return Verdict::Wait { after, global: true, bucket };
            }
            self.global.used += 1;
        }
        Verdict::Go(bucket)
    }

    fn take(
        &mut self,
        allowance: Allowance,
        key: &str,
        now: Instant,
    ) -> Result<Option<BucketState>, (Duration, BucketState)> {
        if !self.buckets_on {
            return Ok(None);
        }
        if self.buckets.len() >= self.sweep_at {
            self.buckets.retain(|_, window| now.duration_since(window.since) < Duration::from_secs(60));
            self.sweep_at = SWEEP_AT.max(self.buckets.len() * 2);
        }
        let window =
            self.buckets.entry((allowance.name, key.to_owned())).or_insert(Window { since: now, used: 0 });
        if now.duration_since(window.since) >= allowance.per {
            *window = Window { since: now, used: 0 };
        }
        let reset_after = allowance.per.saturating_sub(now.duration_since(window.since));
        let exhausted = window.used >= allowance.calls;
        window.used += u32::from(!exhausted);
        let state = BucketState {
            id: bucket_id(allowance.name),
            limit: allowance.calls,
            remaining: allowance.calls - window.used,
            reset_after,
        };
        if exhausted { Err((reset_after, state)) } else { Ok(Some(state)) }
    }

    /// Counts what Discord counts as invalid: 401, 403 and 429 (but not a shared limit's).
    pub(crate) fn note_status(&mut self, status: u16) {
        if matches!(status, 401 | 403 | 429) {
            let now = Instant::now();
            self.forget_old_invalid(now);
            self.invalid.push_back(now);
        }
    }

    pub(crate) fn invalid_requests(&self) -> usize {
        self.invalid.len()
    }

    fn forget_old_invalid(&mut self, now: Instant) {
        while self.invalid.front().is_some_and(|at| now.duration_since(*at) > INVALID_WINDOW) {
            self.invalid.pop_front();
        }
    }
}

/// A bucket's name as opaque as Discord's.
fn bucket_id(name: &str) -> String {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    format!("{:016x}{:016x}", hasher.finish(), hasher.finish().rotate_left(17))
}
