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

/// What came of looking for a thread that can be closed.
enum Room {
    /// One is closed.
    Made,
    /// All of them are needed.
    None,
    /// The platform did not say. It may say when to ask again.
    Unknown { after: Option<Duration> },
}

/// That there was no room for another thread: the word that others take until then.
pub(super) struct NoRoom {
    /// Whoever was tried more often than this looks anew.
    attempts: u32,
    until: Instant,
    wait: Duration,
}

impl Courier {
    /// Too many threads are open: the one of something that has ended in which nothing was said for longest is closed. Where
    /// there is none, the coordinator is told. For how long must this wait now?
    ///
    /// A thousand threads are long to read. One at a time does so, and where it made no room the others take its word for a
    /// while, unless somebody has them tried again.
    pub(super) async fn make_room(&self, claim: &Claimed) -> Result<Duration, StoreError> {
        let mut full = self.full.lock().await;
        if let Some(word) = full.get(&claim.workspace)
            && claim.attempts <= word.attempts
            && Instant::now() < word.until
        {
            return Ok(word.wait);
        }
        let (wait, holds) = match self.close_oldest(claim.workspace).await? {
            Room::Made => {
                full.remove(&claim.workspace);
                return Ok(Duration::ZERO);
            }
            Room::None => (ROOM_AGAIN, FULL),
            Room::Unknown { after } => {
                let wait = after.unwrap_or(SOON);
                (wait, wait.min(FULL))
            }
        };
        full.insert(
            claim.workspace,
            NoRoom { attempts: claim.attempts, until: Instant::now() + holds, wait },
        );
        Ok(wait)
    }

    async fn close_oldest(&self, workspace: WorkspaceId) -> Result<Room, StoreError> {
        let Some(workspace) = self.workspace(workspace, false).await? else { return Ok(Room::None) };
        let closed = match self.notifier.open_threads(workspace.guild).await {
            Ok(open) => match self.outbox.ended_among(workspace.id, &open).await?.first() {
                Some(oldest) => self.notifier.close_thread(workspace.guild, *oldest).await.map(|()| true),
                None => Ok(false),
            },
            Err(error) => Err(error),
        };
        match closed {
            Ok(true) => {
                metrics::counter!("kaizen_threads_closed_total").increment(1);
                return Ok(Room::Made);
            }
            Ok(false) => {}
            // Now is not the time; that says nothing of whether there is room.
            Err(DeliveryError::Later { after, why }) => {
                warn!(why, "no open thread could be closed; it is tried again soon");
                return Ok(Room::Unknown { after });
            }
            // Whatever is sent next finds out the same, and ends the work.
            Err(DeliveryError::Revoked) => return Ok(Room::Unknown { after: Some(Duration::from_secs(1)) }),
            // Where we may not close one, people may.
            Err(error @ (DeliveryError::Never { .. } | DeliveryError::NoRoom { .. })) => {
                warn!(%error, "no open thread could be closed");
            }
        }
        self.outbox.report(workspace.id, Trouble::ThreadsFull).await?;
        Ok(Room::None)
    }
}
