//! Faults on demand: what real networks and a real Discord do to a bot on a bad day.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// Answered with this status at once, without effect: 429, 500, 502, 503.
    Status(u16),
    /// The connection is cut before the request takes effect.
    CutBefore,
    /// The request takes effect; the connection is cut instead of an answer.
    CutAfter,
    /// The request takes effect; the answer is this status all the same (as gateways in front of Discord do).
    StatusAfter(u16),
    /// The request waits this long before it is looked at; if the client gives up meanwhile, it has no effect.
    Delay(Duration),
    /// The request takes effect at once; the answer comes this much later, too late for an impatient client.
    DelayAfter(Duration),
}

impl Fault {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Fault::Status(_) => "status",
            Fault::CutBefore => "cut before",
            Fault::CutAfter => "cut after",
            Fault::StatusAfter(_) => "status after",
            Fault::Delay(_) => "delay",
            Fault::DelayAfter(_) => "delay after",
        }
    }
}

/// The request that a fault could hit.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// `GET`, `POST` …
    pub method: &'a str,
    /// `/channels/{channel}/messages` …
    pub route: &'static str,
    /// The path as called, without `/api/v10`.
    pub path: &'a str,
}

/// Picks requests.
pub type Picks = Arc<dyn Fn(&Target<'_>) -> bool + Send + Sync>;

/// When a fault is played.
#[derive(Clone)]
pub struct FaultRule {
    fault: Fault,
    picks: Option<Picks>,
    left: Option<u32>,
    fraction: Option<f64>,
}

impl FaultRule {
    /// The fault hits the next `count` requests.
    #[must_use]
    pub fn next(fault: Fault, count: u32) -> Self {
        FaultRule { fault, picks: None, left: Some(count), fraction: None }
    }

    /// The fault hits this fraction (0 to 1) of requests, by the seeded random, until faults are cleared.
    #[must_use]
    pub fn fraction(fault: Fault, fraction: f64) -> Self {
        FaultRule { fault, picks: None, left: None, fraction: Some(fraction) }
    }

    /// Only requests that `picks` picks are hit, or counted. It must not call the [`crate::Sim`].
    #[must_use]
    pub fn when(mut self, picks: impl Fn(&Target<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.picks = Some(Arc::new(picks));
        self
    }
}

impl std::fmt::Debug for FaultRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FaultRule")
            .field("fault", &self.fault)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

/// How the gateway treats new connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GatewayMood {
    /// As it should.
    #[default]
    Well,
    /// Refuses to be connected to.
    Refusing,
    /// Accepts the connection and never answers the upgrade.
    Silent,
    /// Upgrades and never says hello.
    Deaf,
}

/// The faults that are set.
pub(crate) struct Faults {
    rules: Vec<FaultRule>,
    random: StdRng,
    pub(crate) gateway: GatewayMood,
    pub(crate) events_at_most: u32,
    duplicate_interactions: u32,
}

impl Default for Faults {
    fn default() -> Self {
        Faults {
            rules: Vec::new(),
            random: StdRng::seed_from_u64(0),
            gateway: GatewayMood::Well,
            events_at_most: 1,
            duplicate_interactions: 0,
        }
    }
}

impl Faults {
    pub(crate) fn add(&mut self, rule: FaultRule) {
        self.rules.push(rule);
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
        self.gateway = GatewayMood::Well;
        self.events_at_most = 1;
        self.duplicate_interactions = 0;
    }

    pub(crate) fn seed(&mut self, seed: u64) {
        self.random = StdRng::seed_from_u64(seed);
    }

    pub(crate) fn duplicate_next_interactions(&mut self, count: u32) {
        self.duplicate_interactions += count;
    }

    /// The fault for a request, if one is due.
    pub(crate) fn pick(&mut self, target: &Target<'_>) -> Option<Fault> {
        for rule in &mut self.rules {
            if rule.left == Some(0) || rule.picks.as_ref().is_some_and(|picks| !picks(target)) {
                continue;
            }
            if rule.fraction.is_some_and(|fraction| self.random.random::<f64>() >= fraction) {
                continue;
            }
            if let Some(left) = &mut rule.left {
                *left -= 1;
            }
            let fault = rule.fault;
            self.rules.retain(|rule| rule.left != Some(0));
            return Some(fault);
        }
        None
    }

    /// How often an event is delivered.
    pub(crate) fn copies_of_event(&mut self, name: &str) -> u32 {
        if name == "INTERACTION_CREATE" && self.duplicate_interactions > 0 {
            self.duplicate_interactions -= 1;
            return 2;
        }
        match self.events_at_most {
            0 | 1 => 1,
            most => self.random.random_range(1..=most),
        }
    }
}
