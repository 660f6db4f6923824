//! What was asked of the REST interface, for checkers that look from outside.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::ids::real_now;

/// How much is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recording {
    /// Every call with its bodies.
    Full,
    /// Every call without bodies.
    Calls,
    /// Numbers only: for load benches.
    Counters,
}

/// One REST call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Real time of arrival.
    pub at: DateTime<Utc>,
    /// Time since the local Discord started, monotonic.
    pub since_start: Duration,
    /// `GET`, `POST` …
    pub method: String,
    /// The route with its variables unfilled: `/channels/{channel}/messages`.
    pub route: &'static str,
    /// The path as called, without `/api/v10`.
    pub path: String,
    /// What was answered; 0 when the connection was cut.
    pub status: u16,
    /// Counts against the bot's 50 requests a second (interaction answers do not).
    pub counts_globally: bool,
    /// The fault that was played, if one was.
    pub fault: Option<&'static str>,
    /// Did it take effect (or would a read have been answered)?
    pub effective: bool,
    /// What was sent.
    pub request: Value,
    /// What was answered.
    pub response: Value,
}

/// The calls, and their numbers.
#[derive(Debug)]
pub(crate) struct Journal {
    pub(crate) recording: Recording,
    pub(crate) started: Instant,
    pub(crate) calls: Vec<Call>,
    /// By method, route and status.
    pub(crate) counters: BTreeMap<(String, &'static str, u16), u64>,
    pub(crate) global_calls: u64,
}

impl Journal {
    pub(crate) fn new(recording: Recording) -> Self {
        Journal {
            recording,
            started: Instant::now(),
            calls: Vec::new(),
            counters: BTreeMap::new(),
            global_calls: 0,
        }
    }

    pub(crate) fn note(&mut self, entry: &Entry<'_>) {
        *self.counters.entry((entry.method.to_owned(), entry.route, entry.status)).or_default() += 1;
        self.global_calls += u64::from(entry.counts_globally);
        let bodies = match self.recording {
            Recording::Counters => return,
            Recording::Calls => false,
            Recording::Full => true,
        };
        self.calls.push(Call {
            at: real_now(),
            since_start: self.started.elapsed(),
            method: entry.method.to_owned(),
            route: entry.route,
            path: entry.path.to_owned(),
            status: entry.status,
            counts_globally: entry.counts_globally,
            fault: entry.fault,
            effective: entry.effective,
            request: if bodies { entry.request.clone() } else { Value::Null },
            response: if bodies { entry.response.clone() } else { Value::Null },
        });
    }
}

/// A call to be noted.
pub(crate) struct Entry<'a> {
    pub(crate) method: &'a str,
    pub(crate) route: &'static str,
    pub(crate) path: &'a str,
    pub(crate) status: u16,
    pub(crate) counts_globally: bool,
    pub(crate) fault: Option<&'static str>,
    pub(crate) effective: bool,
    pub(crate) request: &'a Value,
    pub(crate) response: &'a Value,
}
