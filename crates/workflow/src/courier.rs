//! The courier: claims rows of the outbox, gathers what they need, has them sent, and writes down how it ended.
//!
//! Never a transaction across a call to the platform. A row costs one claim (shared by up to [`BATCH`] rows), the reading
//! of its material, one mark before sending and one after.

use std::sync::Arc;
use std::time::Duration;

use kaizen_domain::{MemberId, Number, WorkspaceId};
use tokio::sync::{Semaphore, broadcast, watch};
use tokio::task::JoinSet;
use tracing::{error, warn};

use crate::clock::pause;
use crate::engine::{Engine, members_of};
use crate::outbox::{Claimed, Job, Material, Posted, ReminderEntry};
use crate::ports::{DeliveryError, Notifier, Outbox, People, Sent, Shown, Step, StoreError, Workspace};

/// Rows claimed in one go.
const BATCH: u32 = 32;
/// Rows sent at the same time; the platform's own limits are the notifier's business.
const AT_ONCE: usize = 16;
/// How long a claimed row is ours. Longer than any send may take, retries of the notifier included.
const LEASE: Duration = Duration::from_secs(60);
/// The longest time between two looks, whatever the database said about the next due row.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);
/// A row is given up after this many tries: with the backoff below, after about a day.
const MOST_TRIES: u32 = 40;

/// Sends what the outbox holds.
#[derive(Clone)]
pub struct Courier {
    outbox: Arc<dyn Outbox>,
    engine: Engine,
    notifier: Arc<dyn Notifier>,
    name: Arc<str>,
    posted: broadcast::Sender<Posted>,
}

/// Why the courier stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It was asked to.
    Asked,
    /// The platform refuses our token.
    Revoked,
}

impl Courier {
    /// A courier of this process; `name` is its name among those that share the database.
    pub fn new(outbox: Arc<dyn Outbox>, engine: Engine, notifier: Arc<dyn Notifier>, name: &str) -> Self {
        Courier { outbox, engine, notifier, name: name.into(), posted: broadcast::Sender::new(256) }
    }

    /// Cards as they are posted by this process: for answers that wait for their link.
    pub fn posted(&self) -> broadcast::Receiver<Posted> {
        self.posted.subscribe()
    }

    /// Sends until asked to stop; what is being sent then is finished.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) -> Stopped {
        let nudge = Arc::clone(self.engine.outbox_nudge());
        while !*stop.borrow() {
            let sleep = match self.send_due(&stop).await {
                Ok(Round { revoked: true, .. }) => return Stopped::Revoked,
                Ok(Round { claimed: 0, .. }) => match self.outbox.next_due_in().await {
                    Ok(next) => next.unwrap_or(LONGEST_SLEEP).clamp(Duration::from_millis(5), LONGEST_SLEEP),
                    Err(_) => Duration::from_secs(1),
                },
                Ok(_) => continue,
                Err(error) => {
                    warn!(%error, "the outbox cannot be read; trying again");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                () = nudge.notified() => {}
                () = pause(sleep) => {}
                _ = stop.changed() => {}
            }
        }
        Stopped::Asked
    }

    /// Sends everything that may be sent now, and waits for what becomes due within `patience`: for tests, and for the end
    /// of a one-off command.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn drain(&self, patience: Duration) -> Result<(), StoreError> {
        let (_keep, stop) = watch::channel(false);
        loop {
            if self.send_due(&stop).await?.claimed > 0 {
                continue;
            }
            match self.outbox.next_due_in().await? {
                Some(wait) if wait <= patience => {
                    pause(wait.max(Duration::from_millis(2))).await;
                }
                _ => return Ok(()),
            }
        }
    }

    /// Claims a batch and sends it, several rows at a time.
    async fn send_due(&self, stop: &watch::Receiver<bool>) -> Result<Round, StoreError> {
        let claims = self.outbox.claim(&self.name, BATCH, LEASE).await?;
        let mut round = Round { claimed: claims.len(), revoked: false };
        let permits = Arc::new(Semaphore::new(AT_ONCE));
        let mut sending = JoinSet::new();
        for claim in claims {
            let (courier, permits, stop) = (self.clone(), Arc::clone(&permits), stop.clone());
            sending.spawn(async move {
                // The semaphore is never closed; without a permit there is nothing to wait for.
                let _permit = permits.acquire_owned().await.ok();
                // Asked to stop: what has not begun is left to its lease.
                if *stop.borrow() { Ok(false) } else { courier.send(claim).await }
            });
        }
        while let Some(result) = sending.join_next().await {
            match result {
                Ok(Ok(revoked)) => round.revoked |= revoked,
                Ok(Err(error)) => warn!(%error, "a delivery could not be written down; its lease will end"),
                Err(error) => error!(%error, "a delivery ended badly; its lease will end"),
            }
        }
        Ok(round)
    }

    /// Sends one row. True if the platform refuses our token.
    async fn send(&self, claim: Claimed) -> Result<bool, StoreError> {
        let material = match self.material(&claim).await {
            Ok(material) => material,
            Err(error @ StoreError::Corrupt { .. }) => {
                error!(row = claim.id, %error, "an outbox row cannot be read; given up");
                self.outbox.give_up(&claim, &error.to_string(), None).await?;
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        if matches!(material, Material::Nothing) {
            self.outbox.delivered(&claim, &Sent::Nothing).await?;
            return Ok(false);
        }
        if !self.outbox.begin(&claim).await? {
            return Ok(false);
        }
        let outcome = self.notifier.deliver(&claim, &material).await;
        match outcome {
            Ok(sent) => {
                let kept = self.outbox.delivered(&claim, &sent).await?;
                if let (true, Some(number), Sent::Opened(place) | Sent::Card(place)) =
                    (kept, claim.job.number(), sent)
                {
                    // Nobody may be waiting for it.
                    let _ = self.posted.send((claim.workspace, number, place));
                }
                metrics::counter!("kaizen_deliveries_total", "result" => "delivered").increment(1);
            }
            Err(DeliveryError::Later { after, why }) if claim.attempts < MOST_TRIES => {
                self.outbox.retry(&claim, after.unwrap_or_else(|| backoff(claim.attempts)), &why).await?;
                metrics::counter!("kaizen_deliveries_total", "result" => "later").increment(1);
            }
            Err(DeliveryError::Later { why, .. }) => self.give_up(&claim, &why, None).await?,
            Err(DeliveryError::Never { why, trouble }) => {
                self.give_up(&claim, &why, trouble.map(Job::Trouble)).await?
            }
            Err(DeliveryError::Revoked) => {
                self.outbox.retry(&claim, Duration::from_secs(1), "the platform refuses our token").await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn give_up(&self, claim: &Claimed, why: &str, note: Option<Job>) -> Result<(), StoreError> {
        warn!(
            row = claim.id,
            attempts = claim.attempts,
            why,
            "a delivery was given up; it is kept and can be retried"
        );
        metrics::counter!("kaizen_deliveries_total", "result" => "given_up").increment(1);
        self.outbox.give_up(claim, why, note).await?;
        Ok(())
    }

    /// Everything that a row needs to be rendered, read when it is sent: an erased word is never sent.
    async fn material(&self, claim: &Claimed) -> Result<Material, StoreError> {
        let Some(workspace) = self.engine.store().workspace_by_id(claim.workspace).await? else {
            return Ok(Material::Nothing);
        };
        match &claim.job {
            Job::Open { number, channel } => {
                let Some(shown) = self.shown(&workspace, *number, &[]).await? else {
                    return Ok(Material::Nothing);
                };
                let home = workspace.policy.team(shown.item.suggestion.team).and_then(|t| t.channel);
                Ok(Material::Open { shown, channel: home.or(*channel) })
            }
            Job::Card { number } => Ok(match self.shown(&workspace, *number, &[]).await? {
                // Not posted yet: opening it will show the newest state.
                Some(shown) if shown.item.card.is_some() => Material::Card { shown },
                _ => Material::Nothing,
            }),
            Job::Rename { number } => Ok(match self.shown(&workspace, *number, &[]).await? {
                Some(shown) if shown.item.card.is_some_and(|c| c.thread.is_some()) => {
                    Material::Rename { shown }
                }
                _ => Material::Nothing,
            }),
            Job::Post { number, seq, mention, mention_role } => {
                let Some((step, shown)) = self.step(&workspace, *number, *seq).await? else {
                    return Ok(Material::Nothing);
                };
                let mention = self.user(claim.workspace, *mention).await?;
                Ok(Material::Post {
                    shown,
                    seq: *seq,
                    event: step.event,
                    mention,
                    mention_role: *mention_role,
                })
            }
            Job::Direct { number, seq, to, reason } => {
                let Some((step, shown)) = self.step(&workspace, *number, *seq).await? else {
                    return Ok(Material::Nothing);
                };
                let user = self.user(claim.workspace, Some(*to)).await?;
                Ok(Material::Direct {
                    shown,
                    seq: *seq,
                    event: step.event,
                    to: user,
                    member: *to,
                    reason: *reason,
                })
            }
            Job::Reminders { to, entries } => {
                // Only what is still owed by the same person, and of each the newest step: what was passed is no news.
                let mut lines: Vec<(ReminderEntry, Shown)> = Vec::new();
                for entry in entries {
                    let Some(shown) = self.shown(&workspace, entry.number, &[]).await? else { continue };
                    let owed = shown.item.suggestion.open_requirement();
                    if owed.is_some_and(|r| r.kind == entry.kind && r.by == entry.owed_by) {
                        lines.retain(|(earlier, _)| earlier.number != entry.number);
                        lines.push((*entry, shown));
                    }
                }
                if lines.is_empty() {
                    return Ok(Material::Nothing);
                }
                Ok(Material::Reminders {
                    to: self.user(claim.workspace, Some(*to)).await?,
                    member: *to,
                    lines,
                })
            }
            Job::Rewrite { posting } => {
                let Some(posting) = self.outbox.posting(claim.workspace, *posting).await? else {
                    return Ok(Material::Nothing);
                };
                let step = self.step(&workspace, posting.number, posting.seq).await?;
                Ok(step.map_or(Material::Nothing, |(step, shown)| Material::Rewrite {
                    shown,
                    posting,
                    event: step.event,
                }))
            }
            Job::Digest { team, at } => {
                let Some(content) = self.outbox.digest(claim.workspace, *team, *at).await? else {
                    return Ok(Material::Nothing);
                };
                let lines =
                    [&content.thanks, &content.decisions, &content.new, &content.waiting, &content.outcomes];
                let named: Vec<MemberId> = lines.into_iter().flatten().map(|l| l.author).collect();
                let people = self.engine.queries().people(claim.workspace, &named).await?;
                let channel = workspace.policy.team(*team).and_then(|t| t.channel);
                Ok(Material::Digest { guild: workspace.guild, channel, content, people })
            }
            Job::Trouble(trouble) => {
                let to = self.user(claim.workspace, Some(workspace.policy.coordinator(&[]))).await?;
                Ok(Material::Trouble { guild: workspace.guild, to, trouble: trouble.clone() })
            }
        }
    }

    async fn user(
        &self,
        workspace: WorkspaceId,
        member: Option<MemberId>,
    ) -> Result<Option<kaizen_domain::UserId>, StoreError> {
        let Some(member) = member else { return Ok(None) };
        let people: People = self.engine.queries().people(workspace, &[member]).await?;
        Ok(people.user(member))
    }

    async fn step(
        &self,
        workspace: &Workspace,
        number: Number,
        seq: i64,
    ) -> Result<Option<(Step, Shown)>, StoreError> {
        let history = self.engine.queries().history(workspace.id, number).await?;
        let Some(step) = history.into_iter().find(|s| s.seq == seq) else { return Ok(None) };
        let shown = self.shown(workspace, number, std::slice::from_ref(&step.event)).await?;
        Ok(shown.map(|shown| (step, shown)))
    }

    async fn shown(
        &self,
        workspace: &Workspace,
        number: Number,
        events: &[kaizen_domain::suggestion::Event],
    ) -> Result<Option<Shown>, StoreError> {
        let queries = self.engine.queries();
        let Some(item) = queries.find(workspace.id, number).await? else { return Ok(None) };
        let people =
            queries.people(workspace.id, &members_of(&item.suggestion, events, &workspace.policy)).await?;
        Ok(Some(Shown {
            guild: workspace.guild,
            workspace: workspace.id,
            policy: Arc::clone(&workspace.policy),
            item,
            people,
        }))
    }
}

/// What one look at the outbox did.
struct Round {
    claimed: usize,
    revoked: bool,
}

/// How long to wait after the n-th failed try: doubling from a second, an hour at the most.
fn backoff(attempts: u32) -> Duration {
    Duration::from_secs(1 << attempts.clamp(1, 12).saturating_sub(1)).min(Duration::from_secs(3600))
}
