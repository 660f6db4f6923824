//! How much we may ask of the platform, and when: the global limit, the buckets that it announces in its answers, the
//! global stop, and the brake before too many refused requests get the address banned.
//!
//! Time is monotonic ([`tokio::time::Instant`]); a wall clock that jumps changes nothing.
//! Source of the rules: <https://discord.com/developers/docs/topics/rate-limits>.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::limits;

/// Buckets that nobody used for this long are forgotten.
const IDLE: Duration = Duration::from_mins(2);
/// Idle buckets are looked for each time that this many have been added.
const SWEEP_EVERY: usize = 256;
/// Refused requests are counted in slices of this length.
const SLICE: Duration = Duration::from_secs(10);
/// At this many refused requests everything but answers to people stops.
const BRAKE_AT: u32 = limits::INVALID_REQUESTS / 2;
/// At this many refused requests everything stops.
const STOP_AT: u32 = limits::INVALID_REQUESTS / 10 * 9;

/// Which kind of request it is, as the platform counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Counts against the global limit, and has a bucket.
    Common,
    /// Answers to interactions: apart from the global limit, and never kept by token.
    Interaction,
}

/// What a bucket is looked up by: never an interaction's id or token, so that the number of buckets stays bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RouteKey {
    /// Method and path with placeholders.
    pub template: &'static str,
    /// The major parameter: guild, channel or application; 0 if there is none.
    pub major: u64,
}

/// What an answer says about limits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RateHeaders {
    /// `X-RateLimit-Bucket`.
    pub bucket: Option<String>,
    /// `X-RateLimit-Limit`.
    pub limit: Option<u32>,
    /// `X-RateLimit-Remaining`.
    pub remaining: Option<u32>,
    /// `X-RateLimit-Reset-After`.
    pub reset_after: Option<Duration>,
}

/// What a 429 says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TooMany {
    /// How long to wait.
    pub retry_after: Duration,
    /// Does it stop every route?
    pub global: bool,
    /// Is it a limit that others used up (`X-RateLimit-Scope: shared`)? Those are not counted against us.
    pub shared: bool,
}

/// The request may not be sent in the time that the caller can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("our own limit: not before {wait:?} from now ({why})")]
pub struct Held {
    /// How long it would have to wait, at least.
    pub wait: Duration,
    /// Which limit holds it.
    pub why: &'static str,
}

/// The limits of one process. Cheap to share.
#[derive(Debug, Clone)]
pub struct Budget {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    /// Requests a second that this process may send.
    share: u32,
    /// When the last ones were sent, oldest first; at most `share`.
    sent: VecDeque<Instant>,
    /// Nothing goes before this moment.
    stopped_until: Option<Instant>,
    /// The bucket that the platform named for a template.
    names: HashMap<&'static str, Arc<str>>,
    buckets: HashMap<BucketKey, Bucket>,
    sweep_at: usize,
    refused: Refused,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum BucketKey {
    /// Not answered yet: by template.
    Unnamed(RouteKey),
    Named(Arc<str>, u64),
}

#[derive(Debug)]
struct Bucket {
    /// Unknown until the first answer; [`Limit::None`] if the answer named no limit.
    limit: Limit,
    remaining: u32,
    reset_at: Instant,
    in_flight: u32,
    used: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    Unknown,
    None,
    Of(u32),
}

#[derive(Debug, Default)]
struct Refused {
    slices: VecDeque<(Instant, u32)>,
}

enum Verdict {
    /// It counts in this bucket.
    Go(Option<BucketKey>),
    /// Not before this moment.
    At(Instant, &'static str),
    /// When an answer comes in.
    OnAnswer,
}

impl Budget {
    /// A budget of `share` requests a second; the platform allows [`limits::GLOBAL_PER_SECOND`] to all processes together.
    pub fn new(share: u32) -> Self {
        Budget {
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    share: share.clamp(1, limits::GLOBAL_PER_SECOND),
                    sent: VecDeque::new(),
                    stopped_until: None,
                    names: HashMap::new(),
                    buckets: HashMap::new(),
                    sweep_at: SWEEP_EVERY,
                    refused: Refused::default(),
                }),
                changed: Notify::new(),
            }),
        }
    }

    /// Waits until the request may be sent, at most until `deadline`.
    ///
    /// # Errors
    /// [`Held`] as soon as it is clear that it may not be sent before the deadline.
    pub async fn admit(&self, key: RouteKey, lane: Lane, deadline: Instant) -> Result<Admitted, Held> {
        let mut waited = false;
        loop {
            // Registered before looking, so that an answer that comes in between is not missed.
            let changed = self.shared.changed.notified();
            let verdict = self.lock().ask(key, lane, Instant::now());
            let now = Instant::now();
            match verdict {
                Verdict::Go(bucket) => {
                    if waited {
                        metrics::counter!("kaizen_discord_held_total").increment(1);
                    }
                    return Ok(Admitted { budget: self.clone(), key, lane, bucket, open: true });
                }
                Verdict::At(at, why) if at > deadline => return Err(Held { wait: at - now, why }),
                Verdict::OnAnswer if now >= deadline => {
                    return Err(Held { wait: Duration::from_secs(1), why: "bucket" });
                }
                Verdict::At(at, _) => {
                    let _ = tokio::time::timeout_at(at, changed).await;
                }
                Verdict::OnAnswer => {
                    let _ = tokio::time::timeout_at(deadline, changed).await;
                }
            }
            waited = true;
        }
    }

    /// How many requests of the last ten minutes were refused (401, 403, 429).
    pub fn refused(&self) -> u32 {
        self.lock().refused.count(Instant::now())
    }

    /// How many buckets are remembered.
    pub fn buckets(&self) -> usize {
        self.lock().buckets.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half-way; a poisoned lock holds a sound state.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to send one request. Hand the answer's headers back with [`Admitted::answered`]; dropping it without
/// (a lost connection) gives the place in the bucket free again.
#[derive(Debug)]
pub struct Admitted {
    budget: Budget,
    key: RouteKey,
    lane: Lane,
    bucket: Option<BucketKey>,
    open: bool,
}

impl Admitted {
    /// An answer came. `status` counts against the limit of refused requests; `too_many` holds what a 429 said.
    pub fn answered(mut self, status: u16, headers: &RateHeaders, too_many: Option<TooMany>) {
        self.open = false;
        let now = Instant::now();
        {
            let mut state = self.budget.lock();
            if let Some(bucket) = &self.bucket {
                state.release(bucket, now);
                state.learn(self.key, headers, now);
            }
            if matches!(status, 401 | 403 | 429) && !too_many.is_some_and(|t| t.shared) {
                state.refused.add(now);
                metrics::counter!("kaizen_discord_invalid_requests_total", "status" => status.to_string())
                    .increment(1);
            }
            metrics::gauge!("kaizen_discord_invalid_requests_window").set(state.refused.count(now));
            if let Some(too_many) = too_many {
                state.hold(self.key, self.lane, too_many, now);
            }
        }
        self.budget.shared.changed.notify_waiters();
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        if let Some(bucket) = self.bucket.as_ref().filter(|_| self.open) {
            self.budget.lock().release(bucket, Instant::now());
            self.budget.shared.changed.notify_waiters();
        }
    }
}

impl State {
    fn ask(&mut self, key: RouteKey, lane: Lane, now: Instant) -> Verdict {
        if let Some(until) = self.stopped_until {
            if now < until {
                return Verdict::At(until, "global stop");
            }
            self.stopped_until = None;
        }
        let brake = match lane {
            Lane::Common => BRAKE_AT,
            Lane::Interaction => STOP_AT,
        };
        if self.refused.count(now) >= brake {
            return Verdict::At(self.refused.falls_below(brake, now), "too many refused requests");
        }
        if lane == Lane::Interaction {
            return Verdict::Go(None);
        }

        let bucket_key = self.key_of(key);
        let bucket = self.buckets.entry(bucket_key.clone()).or_insert_with(|| Bucket::new(now));
        if let Some(wait) = bucket.holds(now) {
            return wait;
        }

        while self.sent.front().is_some_and(|at| now.duration_since(*at) >= Duration::from_secs(1)) {
            self.sent.pop_front();
        }
        if let Some(first) = self.sent.len().checked_sub(self.share as usize).and_then(|i| self.sent.get(i)) {
            return Verdict::At(*first + Duration::from_secs(1), "global limit");
        }
        self.sent.push_back(now);
        bucket.take(now);
        self.sweep(now);
        Verdict::Go(Some(bucket_key))
    }

    fn key_of(&self, key: RouteKey) -> BucketKey {
        match self.names.get(key.template) {
            Some(name) => BucketKey::Named(Arc::clone(name), key.major),
            None => BucketKey::Unnamed(key),
        }
    }

    /// A request came back, or was lost.
    fn release(&mut self, bucket: &BucketKey, now: Instant) {
        if let Some(bucket) = self.buckets.get_mut(bucket) {
            bucket.in_flight = bucket.in_flight.saturating_sub(1);
            bucket.used = now;
        }
    }

    /// What an answer says of its bucket.
    fn learn(&mut self, key: RouteKey, headers: &RateHeaders, now: Instant) {
        if let Some(name) = &headers.bucket
            && self.names.get(key.template).is_none_or(|known| **known != **name)
        {
            self.names.insert(key.template, Arc::from(name.as_str()));
        }
        let bucket_key = self.key_of(key);
        let unnamed = BucketKey::Unnamed(key);
        if bucket_key != unnamed && self.buckets.get(&unnamed).is_some_and(|b| b.in_flight == 0) {
            self.buckets.remove(&unnamed);
        }
        self.buckets.entry(bucket_key).or_insert_with(|| Bucket::new(now)).learn(headers, now);
    }

    fn hold(&mut self, key: RouteKey, lane: Lane, too_many: TooMany, now: Instant) {
        let until = now + too_many.retry_after;
        metrics::counter!("kaizen_discord_rate_limited_total", "scope" => if too_many.global { "global" } else { "bucket" }).increment(1);
        if too_many.global {
            self.stopped_until = Some(self.stopped_until.map_or(until, |u| u.max(until)));
        } else if lane == Lane::Common {
            let bucket_key = self.key_of(key);
            let bucket = self.buckets.entry(bucket_key).or_insert_with(|| Bucket::new(now));
            if bucket.limit == Limit::Unknown || bucket.limit == Limit::None {
                bucket.limit = Limit::Of(1);
            }
            bucket.remaining = 0;
            bucket.reset_at = bucket.reset_at.max(until);
        }
    }

    fn sweep(&mut self, now: Instant) {
        if self.buckets.len() < self.sweep_at {
            return;
        }
        self.buckets.retain(|_, b| b.in_flight > 0 || b.reset_at > now || now.duration_since(b.used) < IDLE);
        self.sweep_at = self.buckets.len() + SWEEP_EVERY;
        metrics::gauge!("kaizen_discord_buckets").set(u32::try_from(self.buckets.len()).unwrap_or(u32::MAX));
    }
}

impl Bucket {
    fn new(now: Instant) -> Self {
        Bucket { limit: Limit::Unknown, remaining: 0, reset_at: now, in_flight: 0, used: now }
    }

    /// Why nothing may go now, if so.
    fn holds(&mut self, now: Instant) -> Option<Verdict> {
        match self.limit {
            // Until the first answer tells the limit, one at a time.
            Limit::Unknown => (self.in_flight > 0).then_some(Verdict::OnAnswer),
            Limit::None => None,
            Limit::Of(limit) => {
                if self.remaining == 0 && now >= self.reset_at {
                    // The window is over; those still under way will count against the new one.
                    self.remaining = limit.saturating_sub(self.in_flight);
                }
                match self.remaining {
                    0 if now < self.reset_at => Some(Verdict::At(self.reset_at, "bucket")),
                    0 => Some(Verdict::OnAnswer),
                    _ => None,
                }
            }
        }
    }

    fn take(&mut self, now: Instant) {
        self.remaining = self.remaining.saturating_sub(1);
        self.in_flight += 1;
        self.used = now;
    }

    fn learn(&mut self, headers: &RateHeaders, now: Instant) {
        let (Some(limit), Some(remaining), Some(reset_after)) =
            (headers.limit, headers.remaining, headers.reset_after)
        else {
            if self.limit == Limit::Unknown {
                self.limit = Limit::None;
            }
            return;
        };
        let reset_at = now + reset_after;
        let others = remaining.saturating_sub(self.in_flight);
        let new_window = !matches!(self.limit, Limit::Of(_)) || now >= self.reset_at;
        self.remaining = if new_window { others } else { self.remaining.min(remaining) };
        if new_window || reset_at > self.reset_at {
            self.reset_at = reset_at;
        }
        self.limit = Limit::Of(limit.max(1));
    }
}

impl Refused {
    fn add(&mut self, now: Instant) {
        match self.slices.back_mut() {
            Some((start, count)) if now.duration_since(*start) < SLICE => *count += 1,
            _ => self.slices.push_back((now, 1)),
        }
    }

    fn count(&mut self, now: Instant) -> u32 {
        while self
            .slices
            .front()
            .is_some_and(|(start, _)| now.duration_since(*start) >= limits::INVALID_WINDOW + SLICE)
        {
            self.slices.pop_front();
        }
        self.slices.iter().map(|(_, count)| count).sum()
    }

    /// When fewer than `threshold` will be left.
    fn falls_below(&self, threshold: u32, now: Instant) -> Instant {
        let mut left: u32 = self.slices.iter().map(|(_, count)| count).sum();
        for (start, count) in &self.slices {
            left -= count;
            if left < threshold {
                return *start + limits::INVALID_WINDOW + SLICE;
            }
        }
        now
    }
}

#[cfg(test)]
mod tests;
