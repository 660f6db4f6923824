//! A calendar has changed: the open items of its teams are counted anew, each in a transaction of its own. They were marked
//! with the settings, so that whatever stops the program, the rest is done when it is back.

use kaizen_domain::Actor;
use kaizen_domain::suggestion::{self, Command};
use tracing::warn;

use crate::clock::Clock;
use crate::engine::{Swept, prepare, replayed};
use crate::ports::{Commit, Recount, Store, StoreError};

/// How many marked items one look fetches.
const SWEEP: u32 = 200;
/// How often an item is tried again that somebody else changes at the same moment.
const TRIES: u32 = 4;

/// Counts every marked item anew. One that fails stays marked and holds up no other.
pub(crate) async fn run(store: &dyn Store, clock: &dyn Clock, swept: &mut Swept) -> Result<(), StoreError> {
    loop {
        let marked = store.recounts(SWEEP).await?;
        let (mut counted, full) = (0, marked.len() == SWEEP as usize);
        for recount in marked {
            match one(store, clock, recount).await {
                Ok(true) => counted += 1,
                Ok(false) => {}
                Err(error) => {
                    warn!(item = recount.number.0, %error, "an item could not be counted anew and stays marked");
                    swept.failed += 1;
                }
            }
        }
        swept.recounted += counted;
        if !full || counted == 0 {
            return Ok(());
        }
    }
}

/// The mark goes after the change: an item that is looked at twice, after a crash or by two processes, has nothing to move
/// the second time.
async fn one(store: &dyn Store, clock: &dyn Clock, recount: Recount) -> Result<bool, StoreError> {
    for _ in 0..TRIES {
        let now = clock.now();
        let Some((policy, item)) = store.load_item(recount.workspace, recount.number).await? else {
            store.recounted(recount).await?;
            return Ok(true);
        };
        let decided = suggestion::decide(&item.suggestion, &Command::CountAnew, &Actor::System, &policy, now);
        let events = decided.unwrap_or_else(|rejection| {
            warn!(item = recount.number.0, ?rejection, "an item was not to be counted anew");
            Vec::new()
        });
        if events.is_empty() {
            store.recounted(recount).await?;
            return Ok(true);
        }
        let after = replayed(&item.suggestion, &events)?;
        let change = prepare(Some(&item), after, events, &policy);
        let commit = Commit { workspace: recount.workspace, request: None, now, items: vec![change] };
        match store.commit(&commit).await {
            Ok(_) => {
                store.recounted(recount).await?;
                return Ok(true);
            }
            Err(StoreError::Conflict) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(false)
}
