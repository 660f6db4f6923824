//! Sending what a commit handed over: no claim, nothing to read, card and first post one after the other.

use std::pin::{Pin, pin};
use std::time::Duration;

use kaizen_domain::suggestion::Event;

use super::{Courier, Ended};
use crate::clock::pause;
use crate::hand_over::Handed;
use crate::marks::Deliveries;
use crate::outbox::{Claimed, Job, Material};
use crate::ports::{Sent, Shown, StoreError};

/// What was sent is written down together with what follows it, if that takes no longer.
const TOGETHER: Duration = Duration::from_millis(250);

impl Courier {
    /// Sends all of it in order. Where the card cannot be posted now, the rest waits in the outbox as it would have.
    pub(super) async fn send_in_hand(&self, handed: Handed) -> Result<Ended, StoreError> {
        let Handed { claims, mut shown, events } = handed;
        let (mut sent, mut all) = (Deliveries::new(), Ended::Quiet);
        let mut claims = claims.into_iter();
        while let Some(claim) = claims.next() {
            let material = match shown.as_ref().and_then(|shown| in_hand(&claim, shown, &events)) {
                Some(material) => material,
                None => {
                    // What is read is read as it is written down.
                    all = all.and(self.delivered_in_hand(&mut sent).await?);
                    match self.gathered(&claim).await? {
                        Some(material) => material,
                        None => continue,
                    }
                }
            };
            if let Job::Post { mention, .. } = &claim.job {
                self.engine.look_up(claim.workspace, *mention);
            }
            let outcome = {
                let mut delivery = pin!(self.notifier.deliver(&claim, &material));
                let soon = if sent.is_empty() { None } else { within(TOGETHER, &mut delivery).await };
                match soon {
                    Some(outcome) => outcome,
                    None => {
                        all = all.and(self.delivered_in_hand(&mut sent).await?);
                        delivery.await
                    }
                }
            };
            let opens = matches!(claim.job, Job::Open { .. });
            match outcome {
                Ok(done) => {
                    if let (true, Sent::Opened(place), Some(shown)) = (opens, &done, &mut shown) {
                        shown.item.card = Some(*place);
                    }
                    self.say_posted(&claim, &done);
                    sent.push((claim, done));
                }
                refused @ Err(_) => {
                    all = all.and(self.delivered_in_hand(&mut sent).await?);
                    all = all.and(self.ended(&claim, &material, refused).await?);
                    if opens || all == Ended::Revoked {
                        for waiting in claims {
                            self.outbox.let_go(&waiting).await?;
                        }
                        return Ok(all);
                    }
                }
            }
        }
        if sent.is_empty() {
            return Ok(all);
        }
        Ok(all.and(kept(&self.engine.marks.write(&*self.outbox, sent).await?)))
    }

    /// Writes down what was sent, in one trip.
    async fn delivered_in_hand(&self, sent: &mut Deliveries) -> Result<Ended, StoreError> {
        if sent.is_empty() {
            return Ok(Ended::Quiet);
        }
        Ok(kept(&self.outbox.delivered_all(&std::mem::take(sent)).await?))
    }
}

/// A lease that was lost: somebody else has the row.
fn kept(all: &[bool]) -> Ended {
    if all.iter().all(|kept| *kept) { Ended::Quiet } else { Ended::Look }
}

/// What becomes ready within this time.
async fn within<F: Future>(time: Duration, future: &mut Pin<&mut F>) -> Option<F::Output> {
    tokio::select! {
        biased;
        ready = future => Some(ready),
        () = pause(time) => None,
    }
}

/// What a row needs, from memory. None for anything that a new idea does not usually bring.
fn in_hand(claim: &Claimed, shown: &Shown, events: &[Event]) -> Option<Material> {
    match &claim.job {
        Job::Open { channel, .. } => {
            let home = shown.policy.home(shown.item.suggestion.team);
            Some(Material::Open { shown: shown.clone(), channel: home.or(*channel) })
        }
        Job::Post { seq, mention, mention_role, .. } if shown.item.card.is_some() => {
            let event = events.get(usize::try_from(seq - 1).ok()?)?.clone();
            let mention = match mention {
                Some(member) => Some(shown.people.user(*member)?),
                None => None,
            };
            Some(Material::Post {
                shown: shown.clone(),
                seq: *seq,
                event,
                mention,
                mention_role: *mention_role,
            })
        }
        Job::Post { .. }
        | Job::Card { .. }
        | Job::Rename { .. }
        | Job::Direct { .. }
        | Job::Reminders { .. }
        | Job::Rewrite { .. }
        | Job::Digest { .. }
        | Job::Trouble(_)
        | Job::Debrief { .. } => None,
    }
}
