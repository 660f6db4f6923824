//! Writing down what was sent: while ideas come one soon after the other, of several in one trip.
//!
//! What was sent and is not written down yet would, after a crash, be looked for on the platform by whoever takes over; so it
//! may wait for a moment. Whoever looks for an idea by its thread meanwhile has it written down now ([`Marks::write_now`]).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use tracing::warn;

use crate::clock::pause;
use crate::outbox::Claimed;
use crate::ports::{Outbox, Sent, StoreError};

/// So much lies between two trips; what comes later than that after the last one is written down at once.
const GAP: Duration = Duration::from_millis(250);

/// What was sent of one idea, in order.
pub(crate) type Deliveries = Vec<(Claimed, Sent)>;

/// What was sent and waits to be written down.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    board: Mutex<Board>,
    hurry: Notify,
}

#[derive(Debug, Default)]
struct Board {
    waiting: Vec<Waiting>,
    /// Somebody has taken on to write down what waits.
    taken_on: bool,
    /// When the last trip began.
    last: Option<Instant>,
}

#[derive(Debug)]
struct Waiting {
    sent: Deliveries,
    /// For each whether the lease was still held. Where that could not be written down together, it comes back.
    answer: oneshot::Sender<Result<Vec<bool>, Deliveries>>,
}

impl Marks {
    /// Writes down what was sent of one idea, with what else waits for that: for each whether the lease was still held.
    ///
    /// # Errors
    /// When the database does not answer; the leases end then.
    pub(crate) async fn write(&self, outbox: &dyn Outbox, sent: Deliveries) -> Result<Vec<bool>, StoreError> {
        let (answer, answered) = oneshot::channel();
        let (is_first, last) = {
            let mut board = self.board();
            board.waiting.push(Waiting { sent, answer });
            (!std::mem::replace(&mut board.taken_on, true), board.last)
        };
        if is_first {
            if let Some(rest) = last.and_then(|last| GAP.checked_sub(last.elapsed())) {
                tokio::select! {
                    () = pause(rest) => {}
                    () = self.hurry.notified() => {}
                }
            }
            let waiting = {
                let mut board = self.board();
                board.taken_on = false;
                board.last = Some(Instant::now());
                std::mem::take(&mut board.waiting)
            };
            write_together(outbox, waiting).await;
        }
        match answered.await {
            Ok(Ok(kept)) => Ok(kept),
            Ok(Err(sent)) => outbox.delivered_all(&sent).await,
            Err(gone) => Err(StoreError::Unavailable(gone.into())),
        }
    }

    /// Has written down now what waits for it. Was there anything?
    pub(crate) async fn write_now(&self) -> bool {
        let (answer, answered) = oneshot::channel();
        {
            let mut board = self.board();
            if board.waiting.is_empty() {
                return false;
            }
            board.waiting.push(Waiting { sent: Vec::new(), answer });
        }
        self.hurry.notify_one();
        answered.await.is_ok()
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One trip for all of them; each gets its own part of the answer.
async fn write_together(outbox: &dyn Outbox, waiting: Vec<Waiting>) {
    let (mut together, mut answers) = (Deliveries::new(), Vec::with_capacity(waiting.len()));
    for Waiting { sent, answer } in waiting {
        answers.push((sent.len(), answer));
        together.extend(sent);
    }
    let mut kept = match outbox.delivered_all(&together).await {
        Ok(kept) => Ok(kept.into_iter()),
        Err(error) => {
            warn!(%error, "what was sent could not be written down together");
            Err(together.into_iter())
        }
    };
    for (count, answer) in answers {
        // Nobody may be waiting for it any more.
        let _ = answer.send(match &mut kept {
            Ok(kept) => Ok(kept.take(count).collect()),
            Err(sent) => Err(sent.take(count).collect()),
        });
    }
}
