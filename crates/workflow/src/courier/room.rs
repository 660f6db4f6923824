//! Room for another open thread, where a community has as many as the platform allows it.

use std::time::Duration;

use kaizen_domain::WorkspaceId;
use tokio::time::Instant;
use tracing::warn;

use super::Courier;
use crate::outbox::{Claimed, Trouble};
use crate::ports::{DeliveryError, StoreError};

/// For how long it is believed that nothing can be closed.
const FULL: Duration = Duration::from_mins(1);
/// When there is no room: some threads close by themselves.
const ROOM_AGAIN: Duration = Duration::from_mins(15);
/// When the platform did not say whether there is room. However often a row was tried: it waited for room, nothing failed.
const SOON: Duration = Duration::from_secs(3);

/// So many are closed at once: the next ideas find their room without another look at a thousand threads.
const TOGETHER: usize = 10;

/// What came of looking for a thread that can be closed.
enum Room {
    /// One or some are closed.
    Made,
    /// All of them are needed.
    None,
    /// The platform did not say. It may say when to ask again.
    Unknown { after: Option<Duration> },
}

/// What came of the last look, for those who ask next.
pub(super) enum Word {
    /// There was no room for another thread: the word that others take until then.
    None {
        /// Whoever was tried more often than this looks anew.
        attempts: u32,
        until: Instant,
        wait: Duration,
    },
    /// There was. Whoever asked before has only to try again.
    Made(Instant),
}

impl Courier {
    /// Too many threads are open: those of something that has ended in which nothing was said for longest are closed, some at
    /// once. Where there is none, the coordinator is told. For how long must this wait now?
    ///
    /// A thousand threads are long to read. One at a time does so, and the others take its word: for a while where it made no
    /// room, unless somebody has them tried again.
    pub(super) async fn make_room(&self, claim: &Claimed) -> Result<Duration, StoreError> {
        let asked = Instant::now();
        let mut full = self.full.lock().await;
        match full.get(&claim.workspace) {
            Some(Word::Made(at)) if *at > asked => return Ok(Duration::ZERO),
            Some(Word::None { attempts, until, wait })
                if claim.attempts <= *attempts && Instant::now() < *until =>
            {
                return Ok(*wait);
            }
            Some(Word::Made(_) | Word::None { .. }) | None => {}
        }
        let (wait, holds) = match self.close_oldest(claim.workspace).await? {
            Room::Made => {
                full.insert(claim.workspace, Word::Made(Instant::now()));
                return Ok(Duration::ZERO);
            }
            Room::None => (ROOM_AGAIN, FULL),
            Room::Unknown { after } => {
                let wait = after.unwrap_or(SOON);
                (wait, wait.min(FULL))
            }
        };
        let word = Word::None { attempts: claim.attempts, until: Instant::now() + holds, wait };
        full.insert(claim.workspace, word);
        Ok(wait)
    }

    async fn close_oldest(&self, workspace: WorkspaceId) -> Result<Room, StoreError> {
        let Some(workspace) = self.workspace(workspace, false).await? else { return Ok(Room::None) };
        let (mut closed, mut failure) = (0_usize, None);
        match self.notifier.open_threads(workspace.guild).await {
            Ok(open) => {
                for ended in self.outbox.ended_among(workspace.id, &open).await?.iter().take(TOGETHER) {
                    match self.notifier.close_thread(workspace.guild, *ended).await {
                        Ok(()) => closed += 1,
                        // The others may be elsewhere, where we may close them.
                        Err(never @ DeliveryError::Never { .. }) => failure = Some(never),
                        Err(
                            other @ (DeliveryError::Later { .. }
                            | DeliveryError::NoRoom { .. }
                            | DeliveryError::Revoked),
                        ) => {
                            failure = Some(other);
                            break;
                        }
                    }
                }
            }
            Err(error) => failure = Some(error),
        }
        if closed > 0 {
            metrics::counter!("kaizen_threads_closed_total").increment(closed as u64);
            return Ok(Room::Made);
        }
        match failure {
            None => {}
            // Now is not the time; that says nothing of whether there is room.
            Some(DeliveryError::Later { after, why }) => {
                warn!(why, "no open thread could be closed; it is tried again soon");
                return Ok(Room::Unknown { after });
            }
            // Whatever is sent next finds out the same, and ends the work.
            Some(DeliveryError::Revoked) => {
                return Ok(Room::Unknown { after: Some(Duration::from_secs(1)) });
            }
            // Where we may not close one, people may.
            Some(error @ (DeliveryError::Never { .. } | DeliveryError::NoRoom { .. })) => {
                warn!(%error, "no open thread could be closed");
            }
        }
        self.outbox.report(workspace.id, Trouble::ThreadsFull).await?;
        Ok(Room::None)
    }
}
