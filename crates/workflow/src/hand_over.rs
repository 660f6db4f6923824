//! From a commit straight into the courier's hand: what is to be sent about a new idea is leased to this process in the
//! commit itself, and goes to its courier with the idea as it was written. That spares the claim, and reading again what is
//! in memory. Only a courier that has nothing else to do takes it; otherwise, and in all other processes, rows are claimed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kaizen_domain::suggestion::Event;
use tokio::sync::mpsc;

use crate::outbox::Claimed;
use crate::ports::Shown;

/// So many ideas may lie between commits and the courier.
const BETWEEN: usize = 4;

/// To whom a commit leases what is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lessee {
    /// The courier's name among those that share the database.
    pub worker: Arc<str>,
    /// For how long.
    pub lease: Duration,
}

/// What is to be sent about a new idea, in order, leased.
#[derive(Debug)]
pub(crate) struct Handed {
    /// The rows.
    pub(crate) claims: Vec<Claimed>,
    /// The idea as it was written; none where it could not be shown, then it is read.
    pub(crate) shown: Option<Shown>,
    /// Its history so far, from 1.
    pub(crate) events: Vec<Event>,
}

/// The place between commits and this process's courier.
#[derive(Debug, Default)]
pub(crate) struct HandOver {
    courier: Mutex<Option<(Lessee, mpsc::Sender<Handed>)>>,
    free: AtomicBool,
}

/// A place that a commit has taken; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) lessee: Lessee,
    permit: mpsc::OwnedPermit<Handed>,
}

impl HandOver {
    /// A courier begins to take what is handed over.
    pub(crate) fn begin(&self, lessee: Lessee) -> mpsc::Receiver<Handed> {
        let (give, take) = mpsc::channel(BETWEEN);
        *self.courier.lock().unwrap_or_else(PoisonError::into_inner) = Some((lessee, give));
        take
    }

    /// Says whether the courier has nothing older to send. Until it says so it gets nothing.
    pub(crate) fn set_free(&self, free: bool) {
        self.free.store(free, Ordering::Relaxed);
    }

    /// A place for what a commit is about to write, if a courier waits for it.
    pub(crate) fn take(&self) -> Option<Taken> {
        if !self.free.load(Ordering::Relaxed) {
            return None;
        }
        let courier = self.courier.lock().unwrap_or_else(PoisonError::into_inner);
        let (lessee, give) = courier.as_ref()?;
        let permit = give.clone().try_reserve_owned().ok()?;
        Some(Taken { lessee: lessee.clone(), permit })
    }
}

impl Taken {
    /// Hands it over. A courier that stopped meanwhile lets the lease end.
    pub(crate) fn give(self, handed: Handed) {
        self.permit.send(handed);
    }
}
