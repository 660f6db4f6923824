//! The courier: claims rows of the outbox, gathers what they need, has them sent, and writes down how it ended.
//!
//! Never a transaction across a call to the platform. A row costs one claim (shared by several rows; it is also the mark
//! that sending begins), the reading of its material, and one mark after sending. What is slow to send holds up nothing but its own place.
//! What a commit hands over ([`crate::hand_over`]) needs neither claim nor reading.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kaizen_domain::debrief::DebriefNumber;
use kaizen_domain::suggestion::protocol::{DirectReason, Word};
use kaizen_domain::suggestion::{Event, Fact};
use kaizen_domain::{ChannelId, Instant as Moment, MemberId, Number, Policy, WorkspaceId};
use tokio::sync::{broadcast, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use tracing::{error, warn};

use crate::clock::pause;
use crate::debriefs::{DebriefJob, DebriefMaterial, DebriefRef, DebriefShown, DebriefStep};
use crate::engine::{Engine, members_of};
use crate::hand_over::{Handed, Lessee};
use crate::outbox::{Claimed, Job, Material, Posted, Posting, ReminderEntry, Trouble};
use crate::ports::{
    DeliveryError, Notifier, Outbox, People, Sent, Shown, Step, StoreError, Stored, StoredDigest, Workspace,
};

mod in_hand;
mod room;

/// Rows in hand at the same time; the platform's own limits are the notifier's business.
const AT_ONCE: usize = 16;
/// While more than this many are in hand, no others are claimed: one claim for several rows is cheaper.
const ENOUGH: usize = AT_ONCE / 2;
/// So many lessons stand in the briefing that a new debrief's thread begins with; `/brief` shows all.
const BRIEFED: u32 = 5;
/// How long a claimed row is ours, unless the lease is renewed: what a process had in hand when it died, another takes over
/// after this.
const LEASE: Duration = Duration::from_secs(15);
/// How often the leases of what is in hand are renewed.
const RENEW: Duration = Duration::from_secs(5);
/// The shortest time between two looks at an outbox in which nothing can be claimed.
const SHORTEST_SLEEP: Duration = Duration::from_millis(5);
/// The longest time between two looks, whatever the database said about the next due row.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);
/// A row is given up after this many tries, but not before [`LONGEST_WAIT`]: to wait for one's turn is no failure.
const MOST_TRIES: u32 = 40;
/// How old a row is before it can be given up because now is never the time.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// After so many tries no other place is looked for.
const MOST_PLACES: u32 = 5;

/// Sends what the outbox holds.
#[derive(Clone)]
pub struct Courier {
    outbox: Arc<dyn Outbox>,
    engine: Engine,
    notifier: Arc<dyn Notifier>,
    name: Arc<str>,
    posted: broadcast::Sender<Posted>,
    /// Workspaces seen before: which community each is never changes. Settings are read with the item.
    known: Arc<Mutex<HashMap<WorkspaceId, Workspace>>>,
    /// What came of making room for another open thread.
    full: Arc<tokio::sync::Mutex<HashMap<WorkspaceId, room::Word>>>,
}

/// How a delivery ended, as far as the courier's next step goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// As handed over: nothing in the outbox waited for it.
    Quiet,
    /// Something may be due now: the outbox is looked at.
    Look,
    /// The platform refuses our token.
    Revoked,
}

impl Ended {
    /// What both together ask for.
    fn and(self, other: Ended) -> Ended {
        match (self, other) {
            (Ended::Revoked, _) | (_, Ended::Revoked) => Ended::Revoked,
            (Ended::Look, _) | (_, Ended::Look) => Ended::Look,
            (Ended::Quiet, Ended::Quiet) => Ended::Quiet,
        }
    }
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
        let posted = broadcast::Sender::new(256);
        Courier {
            outbox,
            engine,
            notifier,
            name: name.into(),
            posted,
            known: Arc::default(),
            full: Arc::default(),
        }
    }

    /// Cards as they are posted by this process: for answers that wait for their link.
    pub fn posted(&self) -> broadcast::Receiver<Posted> {
        self.posted.subscribe()
    }

    /// Sends until asked to stop; what is being sent then is finished.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) -> Stopped {
        let nudge = Arc::clone(self.engine.outbox_nudge());
        let hand_over = Arc::clone(&self.engine.hand_over);
        let mut handed = hand_over.begin(Lessee { worker: Arc::clone(&self.name), lease: LEASE });
        let mut hand = Hand::default();
        // When the outbox is looked at next.
        let mut look = Instant::now();
        // Something was being sent while it was looked at: it may have held up what was not found.
        let mut held_up = false;
        let stopped = loop {
            if *stop.borrow() {
                break Stopped::Asked;
            }
            let room = hand.sending.len() <= ENOUGH;
            if room && look <= Instant::now() {
                held_up = !hand.sending.is_empty();
                let wait = match self.take(&mut hand).await {
                    Ok(None) => {
                        hand_over.set_free(false);
                        continue;
                    }
                    Ok(Some(wait)) => wait,
                    Err(error) => {
                        warn!(%error, "the outbox cannot be read; trying again");
                        Duration::from_secs(1)
                    }
                };
                look = Instant::now() + wait;
            }
            let room = hand.sending.len() <= ENOUGH;
            hand_over.set_free(room);
            let renewal = hand.renewal();
            let sleep = look.saturating_duration_since(Instant::now());
            tokio::select! {
                Some(done) = hand.sending.join_next() => match finished(done) {
                    Ended::Quiet if !held_up => {}
                    Ended::Quiet | Ended::Look => look = Instant::now(),
                    Ended::Revoked => break Stopped::Revoked,
                },
                Some(handed) = handed.recv(), if room => self.take_over(&mut hand, handed),
                () = nudge.notified(), if room => look = Instant::now(),
                () = pause(if room { sleep } else { RENEW }) => {}
                () = renewal => self.renew(&mut hand).await,
                _ = stop.changed() => {}
            }
        };
        hand_over.set_free(false);
        handed.close();
        while let Some(handed) = handed.recv().await {
            self.take_over(&mut hand, handed);
        }
        self.finish(hand).await;
        stopped
    }

    /// Sends everything that may be sent now, and waits for what becomes due within `patience`: for tests, and for the end
    /// of a one-off command.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn drain(&self, patience: Duration) -> Result<(), StoreError> {
        let mut hand = Hand::default();
        let result = loop {
            let wait = match self.take(&mut hand).await {
                Ok(None) => continue,
                Ok(Some(wait)) => wait,
                Err(error) => break Err(error),
            };
            if !hand.sending.is_empty() {
                let renewal = hand.renewal();
                tokio::select! {
                    Some(done) = hand.sending.join_next() => drop(finished(done)),
                    () = renewal => self.renew(&mut hand).await,
                }
                continue;
            }
            match self.outbox.next_due_in().await {
                Ok(Some(next)) if next <= patience => pause(wait).await,
                Ok(_) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        self.finish(hand).await;
        result
    }

    /// Claims what there is room for, and begins to send it. How long nothing else is due; none where there may be more now.
    async fn take(&self, hand: &mut Hand) -> Result<Option<Duration>, StoreError> {
        let room = AT_ONCE.saturating_sub(hand.sending.len());
        if room == 0 {
            return Ok(Some(RENEW));
        }
        let found = self.outbox.look(&self.name, u32::try_from(room).unwrap_or(1), LEASE).await?;
        if hand.sending.is_empty() {
            hand.renewed = Instant::now();
        }
        let all = found.claimed.len() == room;
        for claim in found.claimed {
            let courier = self.clone();
            hand.sending.spawn(async move { courier.send(claim).await });
        }
        if all {
            return Ok(None);
        }
        Ok(Some(found.next.unwrap_or(LONGEST_SLEEP).clamp(SHORTEST_SLEEP, LONGEST_SLEEP)))
    }

    /// Begins to send what a commit handed over.
    fn take_over(&self, hand: &mut Hand, handed: Handed) {
        if hand.sending.is_empty() {
            hand.renewed = Instant::now();
        }
        let courier = self.clone();
        hand.sending.spawn(async move { courier.send_in_hand(handed).await });
    }

    async fn renew(&self, hand: &mut Hand) {
        hand.renewed = Instant::now();
        if let Err(error) = self.outbox.renew(&self.name, LEASE).await {
            warn!(%error, "the leases of what is being sent could not be renewed");
        }
    }

    /// What is in hand is sent, and nothing new is taken.
    async fn finish(&self, mut hand: Hand) {
        loop {
            let renewal = hand.renewal();
            tokio::select! {
                done = hand.sending.join_next() => match done {
                    Some(done) => drop(finished(done)),
                    None => return,
                },
                () = renewal => self.renew(&mut hand).await,
            }
        }
    }

    /// Sends one row.
    async fn send(&self, claim: Claimed) -> Result<Ended, StoreError> {
        let Some(material) = self.gathered(&claim).await? else { return Ok(Ended::Look) };
        // Reminders may have grown since they were claimed; everything else begins with its claim.
        if matches!(claim.job, Job::Reminders { .. }) && !self.outbox.begin(&claim).await? {
            return Ok(Ended::Look);
        }
        let outcome = self.notifier.deliver(&claim, &material).await;
        let ended = self.ended(&claim, &material, outcome).await?;
        Ok(if ended == Ended::Revoked { ended } else { Ended::Look })
    }

    /// What a row needs, read now. None where there was nothing to send, or nothing that could be read: that is written down.
    async fn gathered(&self, claim: &Claimed) -> Result<Option<Material>, StoreError> {
        let material = match self.material(claim).await {
            Ok(material) => material,
            Err(error @ StoreError::Corrupt { .. }) => {
                error!(row = claim.id, %error, "an outbox row cannot be read; given up");
                self.outbox.give_up(claim, &error.to_string(), None).await?;
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        if matches!(material, Material::Nothing) {
            self.outbox.delivered(claim, &Sent::Nothing).await?;
            return Ok(None);
        }
        Ok(Some(material))
    }

    /// Writes down how a delivery ended.
    async fn ended(
        &self,
        claim: &Claimed,
        material: &Material,
        outcome: Result<Sent, DeliveryError>,
    ) -> Result<Ended, StoreError> {
        match outcome {
            Ok(sent) => {
                if let Some(asked_at) = question(material)
                    && sent != Sent::Nothing
                {
                    self.question_delivery(claim, asked_at, true).await?;
                }
                let kept = self.outbox.delivered(claim, &sent).await?;
                if kept {
                    self.say_posted(claim, &sent);
                }
                return Ok(if kept { Ended::Quiet } else { Ended::Look });
            }
            Err(DeliveryError::Later { after, why })
                if claim.attempts < MOST_TRIES || claim.age < LONGEST_WAIT =>
            {
                self.outbox.retry(claim, after.unwrap_or_else(|| backoff(claim.attempts)), &why).await?;
                metrics::counter!("kaizen_deliveries_total", "result" => "later").increment(1);
            }
            Err(DeliveryError::Later { why, .. }) => {
                if let Some(asked_at) = question(material) {
                    self.question_delivery(claim, asked_at, false).await?;
                }
                self.give_up(claim, &why, None).await?;
            }
            Err(DeliveryError::Never { why, trouble: Some(Trouble::ChannelGone { channel, .. }) })
                if self.goes_on_elsewhere(claim, channel).await? =>
            {
                self.outbox.retry(claim, Duration::ZERO, &why).await?;
                metrics::counter!("kaizen_deliveries_total", "result" => "later").increment(1);
            }
            Err(DeliveryError::Never { why, trouble }) => {
                if let Some(asked_at) = question(material) {
                    self.question_delivery(claim, asked_at, false).await?;
                }
                self.give_up(claim, &why, trouble.map(Job::Trouble)).await?;
            }
            Err(DeliveryError::NoRoom { why }) => {
                metrics::counter!("kaizen_threads_full_total").increment(1);
                // However long it takes: it is said where it waits, and what to do.
                let after = self.make_room(claim).await?;
                self.outbox.retry(claim, after, &why).await?;
                metrics::counter!("kaizen_deliveries_total", "result" => "later").increment(1);
            }
            Err(DeliveryError::Revoked) => {
                self.outbox.retry(claim, Duration::from_secs(1), "the platform refuses our token").await?;
                return Ok(Ended::Revoked);
            }
        }
        Ok(Ended::Look)
    }

    /// Something is delivered: it is counted, and whoever waits for a card is told where it stands.
    fn say_posted(&self, claim: &Claimed, sent: &Sent) {
        if let (Some(number), Sent::Opened(place) | Sent::Card(place) | Sent::Anew { place, .. }) =
            (claim.job.number(), sent)
        {
            // Nobody may be waiting for it.
            let _ = self.posted.send((claim.workspace, number, *place));
        }
        metrics::counter!("kaizen_deliveries_total", "result" => "delivered").increment(1);
    }

    /// Has the author the question? Its delivery is no longer pending after this; said twice it changes nothing.
    async fn question_delivery(
        &self,
        claim: &Claimed,
        asked_at: Moment,
        delivered: bool,
    ) -> Result<(), StoreError> {
        let Some(number) = claim.job.number() else { return Ok(()) };
        self.engine.question_delivery((claim.workspace, number), asked_at, delivered).await
    }

    /// A channel turned out to be gone while nobody told us: is there another now for what was to be sent?
    async fn goes_on_elsewhere(&self, claim: &Claimed, channel: ChannelId) -> Result<bool, StoreError> {
        let Some(workspace) = self.workspace(claim.workspace, false).await? else { return Ok(false) };
        self.engine.channel_gone(workspace.guild, channel).await?;
        let Some(number) = claim.job.number() else { return Ok(false) };
        let Some((policy, item)) = self.engine.store().load_item(workspace.id, number).await? else {
            return Ok(false);
        };
        let home = policy.home(item.suggestion.team).filter(|home| *home != channel);
        Ok(home.is_some() && claim.attempts < MOST_PLACES)
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
        let by_settings = matches!(claim.job, Job::Digest { .. } | Job::Trouble(_));
        let Some(workspace) = self.workspace(claim.workspace, by_settings).await? else {
            return Ok(Material::Nothing);
        };
        match &claim.job {
            Job::Open { number, channel } => {
                let Some(shown) = self.shown(&workspace, *number).await? else {
                    return Ok(Material::Nothing);
                };
                let home = shown.policy.home(shown.item.suggestion.team);
                Ok(Material::Open { shown, channel: home.or(*channel) })
            }
            Job::Card { number } => Ok(match self.shown(&workspace, *number).await? {
                // Not posted yet: opening it will show the newest state.
                Some(shown) if shown.item.card.is_some() => Material::Card { shown },
                _ => Material::Nothing,
            }),
            Job::Rename { number } => Ok(match self.shown(&workspace, *number).await? {
                Some(shown) if shown.item.card.is_some_and(|c| c.thread.is_some()) => {
                    Material::Rename { shown }
                }
                _ => Material::Nothing,
            }),
            Job::Post { number, seq, mention, mention_role } => {
                let Some((step, shown)) = self.step(&workspace, *number, *seq).await? else {
                    return Ok(Material::Nothing);
                };
                self.engine.look_up(claim.workspace, *mention);
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
            Job::Reminders { to, entries, .. } => {
                self.engine.look_up(claim.workspace, [*to]);
                // Only what is still owed by the same person, and of each the newest step: what was passed is no news.
                let mut lines: Vec<(ReminderEntry, Shown)> = Vec::new();
                let actions = self.actions(&workspace, entries).await?;
                for entry in entries.iter().filter(|e| e.action.is_none()) {
                    let Some(mut shown) = self.shown(&workspace, entry.number).await? else { continue };
                    let owed = shown.item.suggestion.open_requirement();
                    if owed.is_some_and(|r| r.kind == entry.kind && r.by == entry.owed_by) {
                        if let Some(others) = entry.about.names() {
                            shown
                                .people
                                .0
                                .extend(self.engine.queries().people(workspace.id, &others).await?.0);
                        }
                        let due = |entry: &ReminderEntry| entry.about == Word::Due;
                        lines.retain(|(earlier, _)| {
                            earlier.number != entry.number || due(earlier) != due(entry)
                        });
                        lines.push((*entry, shown));
                    }
                }
                if lines.is_empty() && actions.is_empty() {
                    return Ok(Material::Nothing);
                }
                Ok(Material::Reminders {
                    to: self.user(claim.workspace, Some(*to)).await?,
                    member: *to,
                    lines,
                    actions,
                })
            }
            Job::Rewrite { posting, .. } => {
                let Some(posting) = self.outbox.posting(claim.workspace, *posting).await? else {
                    return Ok(Material::Nothing);
                };
                if posting.seq == Posting::REMINDER {
                    return Ok(Material::Clear { guild: workspace.guild, posting });
                }
                let step = self.step(&workspace, posting.number, posting.seq).await?;
                Ok(step.map_or(Material::Nothing, |(step, shown)| Material::Rewrite {
                    shown,
                    posting,
                    event: step.event,
                }))
            }
            Job::Digest { team, at } => {
                let stored = self.outbox.digest(claim.workspace, *team, *at).await?;
                let Some(StoredDigest { content, posted }) = stored else { return Ok(Material::Nothing) };
                let lines =
                    [&content.thanks, &content.decisions, &content.new, &content.waiting, &content.outcomes];
                let named: Vec<MemberId> = lines.into_iter().flatten().map(|l| l.author).collect();
                let people = self.engine.queries().people(claim.workspace, &named).await?;
                let channel = workspace.policy.home(*team);
                Ok(Material::Digest { guild: workspace.guild, channel, posted, content, people })
            }
            Job::Debrief { debrief, about } => self.of_debrief(&workspace, *debrief, about).await,
            Job::Trouble(trouble) => {
                let to = self.user(claim.workspace, Some(workspace.policy.coordinator(&[]))).await?;
                Ok(Material::Trouble { guild: workspace.guild, to, trouble: trouble.clone() })
            }
        }
    }

    /// Of these reminders the actions that are still owed by the same person, of each the newest step.
    async fn actions(
        &self,
        workspace: &Workspace,
        entries: &[ReminderEntry],
    ) -> Result<Vec<(ReminderEntry, DebriefShown)>, StoreError> {
        let mut actions: Vec<(ReminderEntry, DebriefShown)> = Vec::new();
        for (entry, action) in entries.iter().filter_map(|e| Some((e, e.action?))) {
            let Ok(debriefs) = self.engine.debriefs() else { continue };
            let number = DebriefRef::Number(DebriefNumber(entry.number.0));
            let Some(item) = debriefs.load_debrief(workspace.id, number).await? else { continue };
            let owed = item.debrief.open_actions().any(|r| r.entry == action && r.by == entry.owed_by);
            if owed {
                let of = (workspace.guild, workspace.id);
                let policy = Arc::clone(&workspace.policy);
                let mut shown = self.engine.show_debrief(of, policy, item, &[]).await?;
                if let Some(others) = entry.about.names() {
                    shown.people.0.extend(self.engine.queries().people(workspace.id, &others).await?.0);
                }
                let due = |entry: &ReminderEntry| entry.about == Word::Due;
                actions.retain(|(earlier, _)| {
                    (earlier.number, earlier.action) != (entry.number, entry.action)
                        || due(earlier) != due(entry)
                });
                actions.push((*entry, shown));
            }
        }
        Ok(actions)
    }

    /// What a row about a debrief needs.
    async fn of_debrief(
        &self,
        workspace: &Workspace,
        number: DebriefNumber,
        job: &DebriefJob,
    ) -> Result<Material, StoreError> {
        let Ok(debriefs) = self.engine.debriefs() else { return Ok(Material::Nothing) };
        let found = debriefs.load_debrief(workspace.id, DebriefRef::Number(number)).await?;
        // Settings as they are now: whose channel it is may have changed.
        let (Some(item), Some(now)) = (found, self.workspace(workspace.id, true).await?) else {
            return Ok(Material::Nothing);
        };
        let step = match job {
            DebriefJob::Rewrite { seq: DebriefStep::BRIEFING | DebriefStep::REMINDER, .. } => None,
            DebriefJob::Post { seq, .. }
            | DebriefJob::Direct { seq, .. }
            | DebriefJob::Rewrite { seq, .. } => {
                let history = debriefs.debrief_history(workspace.id, number).await?;
                history.into_iter().find(|step| step.seq == *seq)
            }
            DebriefJob::Open { .. } | DebriefJob::Panel | DebriefJob::Rename | DebriefJob::Briefing => None,
        };
        let events: Vec<_> = step.iter().map(|s| s.event.clone()).collect();
        let mut shown =
            self.engine.show_debrief((workspace.guild, workspace.id), now.policy, item, &events).await?;
        Ok(match (job, step) {
            (DebriefJob::Open { channel }, _) => {
                Material::Debrief(DebriefMaterial::Open { channel: *channel, shown })
            }
            // Not posted yet: opening it will show the newest state.
            (DebriefJob::Panel, _) if shown.item.place.is_none() => Material::Nothing,
            (DebriefJob::Panel, _) => Material::Debrief(DebriefMaterial::Panel { shown }),
            (DebriefJob::Rename, _) => Material::Debrief(DebriefMaterial::Rename { shown }),
            (DebriefJob::Rewrite { seq: DebriefStep::REMINDER, channel, message, .. }, _) => {
                Material::Debrief(DebriefMaterial::Clear { shown, at: (*channel, *message) })
            }
            (DebriefJob::Post { seq, mention }, Some(step)) => {
                let mention = self.user(workspace.id, *mention).await?;
                Material::Debrief(DebriefMaterial::Post { shown, seq: *seq, event: step.event, mention })
            }
            (DebriefJob::Direct { seq, to }, Some(step)) => {
                self.engine.look_up(workspace.id, [*to]);
                let to = self.user(workspace.id, Some(*to)).await?;
                Material::Debrief(DebriefMaterial::Direct { shown, seq: *seq, event: step.event, to })
            }
            (DebriefJob::Rewrite { seq, direct, channel, message }, Some(step)) => {
                let (seq, direct, at, event) = (*seq, *direct, (*channel, *message), step.event);
                Material::Debrief(DebriefMaterial::Rewrite { shown, seq, event, direct, at })
            }
            (DebriefJob::Briefing | DebriefJob::Rewrite { seq: DebriefStep::BRIEFING, .. }, _) => {
                let at = match job {
                    DebriefJob::Rewrite { channel, message, .. } => Some((*channel, *message)),
                    DebriefJob::Open { .. }
                    | DebriefJob::Panel
                    | DebriefJob::Rename
                    | DebriefJob::Post { .. }
                    | DebriefJob::Direct { .. }
                    | DebriefJob::Briefing => None,
                };
                let Some(kind) = shown.item.debrief.kind.clone() else { return Ok(Material::Nothing) };
                let briefing = debriefs.briefing(workspace.id, &kind, (0, BRIEFED), Some(number)).await?;
                if briefing.is_empty() && at.is_none() {
                    return Ok(Material::Nothing);
                }
                let owners: Vec<MemberId> = briefing.actions.iter().map(|a| a.by).collect();
                shown.people.0.extend(self.engine.queries().people(workspace.id, &owners).await?.0);
                Material::Debrief(DebriefMaterial::Briefing { shown, briefing, at })
            }
            (DebriefJob::Post { .. } | DebriefJob::Direct { .. } | DebriefJob::Rewrite { .. }, None) => {
                Material::Nothing
            }
        })
    }

    /// The workspace; as it is now only with `fresh`.
    async fn workspace(&self, id: WorkspaceId, fresh: bool) -> Result<Option<Workspace>, StoreError> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let (false, Some(workspace)) = (fresh, known().get(&id)) {
            return Ok(Some(workspace.clone()));
        }
        let found = self.engine.store().workspace_by_id(id).await?;
        if let Some(workspace) = &found {
            known().insert(id, workspace.clone());
        }
        Ok(found)
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
        let Some((policy, item, step)) = self.engine.store().load_step(workspace.id, number, seq).await?
        else {
            return Ok(None);
        };
        let shown = self.named(workspace, policy, item, std::slice::from_ref(&step.event)).await?;
        Ok(Some((step, shown)))
    }

    async fn shown(&self, workspace: &Workspace, number: Number) -> Result<Option<Shown>, StoreError> {
        let Some((policy, item)) = self.engine.store().load_item(workspace.id, number).await? else {
            return Ok(None);
        };
        self.named(workspace, policy, item, &[]).await.map(Some)
    }

    /// An item with everybody who is named in it.
    async fn named(
        &self,
        workspace: &Workspace,
        policy: Arc<Policy>,
        item: Stored,
        events: &[Event],
    ) -> Result<Shown, StoreError> {
        let named = members_of(&item.suggestion, events, &policy);
        let people = self.engine.queries().people(workspace.id, &named).await?;
        Ok(Shown { guild: workspace.guild, workspace: workspace.id, policy, item, people })
    }
}

/// When the question was asked that this brings to the author.
fn question(material: &Material) -> Option<Moment> {
    match material {
        Material::Direct { event: Event { at, fact: Fact::Asked { .. }, .. }, reason, .. }
            if *reason == DirectReason::Owes =>
        {
            Some(*at)
        }
        _ => None,
    }
}

/// What is being sent.
struct Hand {
    sending: JoinSet<Result<Ended, StoreError>>,
    /// When the leases were renewed last.
    renewed: Instant,
}

impl Default for Hand {
    fn default() -> Self {
        Hand { sending: JoinSet::new(), renewed: Instant::now() }
    }
}

impl Hand {
    /// Waits until the leases must be renewed; for ever while nothing is in hand.
    fn renewal(&self) -> impl Future<Output = ()> + use<> {
        let at = (!self.sending.is_empty()).then_some(self.renewed + RENEW);
        async move {
            match at {
                Some(at) => pause(at.saturating_duration_since(Instant::now())).await,
                None => std::future::pending().await,
            }
        }
    }
}

/// A delivery ended.
fn finished(done: Result<Result<Ended, StoreError>, JoinError>) -> Ended {
    match done {
        Ok(Ok(ended)) => ended,
        Ok(Err(error)) => {
            warn!(%error, "a delivery could not be written down; its lease will end");
            Ended::Look
        }
        Err(error) => {
            error!(%error, "a delivery ended badly; its lease will end");
            Ended::Look
        }
    }
}

/// How long to wait after the n-th failed try: doubling from a second, an hour at the most.
fn backoff(attempts: u32) -> Duration {
    Duration::from_secs(1 << attempts.clamp(1, 12).saturating_sub(1)).min(Duration::from_secs(3600))
}
