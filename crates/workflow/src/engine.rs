//! From a request to a committed change: load, decide, commit, in that order and nothing in between.
//!
//! A new idea or a step costs two trips to the database ([`Store::load`], [`Store::commit`]) and none to the platform;
//! everything that others see is delivered afterwards by the outbox.

use std::sync::Arc;

use chrono::TimeDelta;
use kaizen_domain::debrief::DebriefNumber;
use kaizen_domain::suggestion::protocol::Submission;
use kaizen_domain::suggestion::{self, Command, Event, Notice, Stage, Suggestion};
use kaizen_domain::{
    Actor, ChannelId, Instant, ItemKind, MemberId, Number, Policy, Rejection, Text, WorkspaceId, settings,
};
use tokio::sync::{Notify, watch};
use tracing::{error, warn};

use crate::clock::Clock;
use crate::debriefs::{Debriefs, Unnamed, Why};
use crate::digest;
use crate::erasing::Journal;
use crate::hand_over::{HandOver, Handed};
use crate::ids;
use crate::marks::Marks;
use crate::ports::{
    Ask, Commit, Directory, DueItem, Handled, ItemCommit, ItemRef, Loaded, Queries, Shown, Store, StoreError,
    Stored,
};
use crate::recount;

mod people;
mod places;
mod questions;

use people::LookUps;

/// How often a command is tried again after a conflict.
const TRIES: u32 = 4;

/// Only a timer that is nearer than this wakes those that wait for the next one: they look once a minute in any case.
const SOON: TimeDelta = TimeDelta::minutes(2);

/// So many timers are fired in one transaction: the transaction costs more than an item in it, and whoever acts on one of them
/// at the same moment waits for it.
const TOGETHER: usize = 20;

/// How many due timers one look at the table fetches.
const SWEEP: u32 = 200;

/// Why a command did nothing.
#[derive(Debug)]
pub enum Failure {
    /// It was refused; with the item as it stands, where there is one.
    Rejected(Rejection, Option<Box<Shown>>),
    /// A fault of ours; operators find it by this reference.
    Internal(String),
}

impl Failure {
    /// Turns a fault of the database into words for operators, once, at the boundary. Nobody's text is in it.
    pub(crate) fn internal(error: &StoreError) -> Failure {
        let reference = ids::reference();
        error!(reference, %error, "a command could not be carried out");
        Failure::Internal(reference)
    }
}

/// What a command did.
#[derive(Debug, Clone)]
pub struct Done {
    /// The item after it.
    pub shown: Shown,
    /// What happened, in order; empty where nothing had to change.
    pub events: Vec<Event>,
    /// This request had been carried out before; nothing was done now.
    pub repeated: bool,
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Timers that fired.
    pub fired: u32,
    /// Items that were counted anew by a changed calendar.
    pub recounted: u32,
    /// Digests that were put into the outbox.
    pub digests: u32,
    /// Items whose timer could not be run; they stay due.
    pub failed: u32,
    /// Items that moved, because somebody left, is away or is back.
    pub moved: u32,
}

/// The engine.
#[derive(Clone)]
pub struct Engine {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) queries: Arc<dyn Queries>,
    clock: Arc<dyn Clock>,
    digest: digest::Schedule,
    outbox_nudge: Arc<Notify>,
    timer_nudge: Arc<Notify>,
    sweep_lag: Arc<watch::Sender<f64>>,
    pub(crate) debriefs: Option<Arc<dyn Debriefs>>,
    pub(crate) unnamed: Arc<Unnamed>,
    directory: Option<Arc<dyn Directory>>,
    pub(crate) journal: Option<Arc<dyn Journal>>,
    look_ups: Arc<LookUps>,
    pub(crate) hand_over: Arc<HandOver>,
    pub(crate) marks: Arc<Marks>,
}

impl Engine {
    /// An engine on these parts; digests by this schedule, each in its team's zone.
    pub fn new(
        store: Arc<dyn Store>,
        queries: Arc<dyn Queries>,
        clock: Arc<dyn Clock>,
        digest: digest::Schedule,
    ) -> Self {
        Engine {
            store,
            queries,
            clock,
            digest,
            outbox_nudge: Arc::new(Notify::new()),
            timer_nudge: Arc::new(Notify::new()),
            sweep_lag: Arc::new(watch::Sender::new(0.0)),
            debriefs: None,
            unnamed: Arc::default(),
            directory: None,
            journal: None,
            look_ups: Arc::default(),
            hand_over: Arc::default(),
            marks: Arc::default(),
        }
    }

    /// The same, with somebody to ask who is there; without, people are taken to be.
    #[must_use]
    pub fn with_directory(self, directory: Arc<dyn Directory>) -> Self {
        Engine { directory: Some(directory), ..self }
    }

    /// The same, with a journal of what is erased; without, a restored backup knows again what was erased after it.
    #[must_use]
    pub fn with_journal(self, journal: Arc<dyn Journal>) -> Self {
        Engine { journal: Some(journal), ..self }
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// When digests are posted.
    pub fn digest_schedule(&self) -> &digest::Schedule {
        &self.digest
    }

    /// The queries.
    pub fn queries(&self) -> &Arc<dyn Queries> {
        &self.queries
    }

    /// Woken whenever a commit may have written outbox rows that wait to be claimed; what was handed over needs no look.
    pub fn outbox_nudge(&self) -> &Arc<Notify> {
        &self.outbox_nudge
    }

    /// Woken whenever a commit may have planned a timer for the next two minutes, or the clock was moved. Later ones are found by
    /// the look that is taken once a minute in any case.
    pub fn timer_nudge(&self) -> &Arc<Notify> {
        &self.timer_nudge
    }

    /// How many seconds behind its due time the last timer fired.
    pub fn timer_lag(&self) -> f64 {
        *self.sweep_lag.borrow()
    }

    /// Takes a new idea. `make` builds the submission from what was loaded (the team, by default).
    ///
    /// # Errors
    /// A rejection, or a fault of ours. Nothing is recorded then.
    pub async fn submit(
        &self,
        ask: &Ask,
        channel: ChannelId,
        make: impl Fn(&Loaded) -> Result<Submission, Rejection> + Send,
    ) -> Result<Done, Failure> {
        for _ in 0..TRIES {
            let now = self.clock.now();
            let loaded = self.load(ask).await?;
            if let Some(handled) = loaded.handled {
                return self.repeated(ask, &loaded, handled).await;
            }
            let actor = Actor::Member(loaded.actor.clone());
            let typed = make(&loaded).map_err(|r| Failure::Rejected(r, None))?;
            let event = suggestion::submit(&typed, &actor, &loaded.policy, now)
                .map_err(|r| Failure::Rejected(r, None))?;
            let Some(after) = suggestion::apply(None, &event) else {
                return Err(Failure::internal(&broken("a submission did not make a suggestion")));
            };
            let events = vec![event];
            let mut item = prepare(None, after, events, &loaded.policy);
            item.channel = Some(channel);
            let commit =
                Commit { workspace: loaded.workspace, request: ask.request.clone(), now, items: vec![item] };
            match self.commit(ask, &loaded, commit).await? {
                Some(done) => return Ok(done),
                None => continue,
            }
        }
        Err(Failure::Rejected(Rejection::ChangedMeanwhile, None))
    }

    /// Carries out a command on the item that `ask` names. `make` builds the command from what was loaded (people named by
    /// their platform ids are members there, dates are read in the team's zone).
    ///
    /// # Errors
    /// A rejection, or a fault of ours. Nothing is recorded then.
    pub async fn execute(
        &self,
        ask: &Ask,
        make: impl Fn(&Loaded, &Stored) -> Result<Command, Rejection> + Send,
    ) -> Result<Done, Failure> {
        let mut last = None;
        for _ in 0..TRIES {
            let now = self.clock.now();
            let loaded = self.load(ask).await?;
            if let Some(handled) = loaded.handled {
                return self.repeated(ask, &loaded, handled).await;
            }
            let Some(item) = &loaded.item else {
                return Err(Failure::Rejected(not_found(ask), None));
            };
            let outcome = make(&loaded, item).and_then(|command| {
                let actor = Actor::Member(loaded.actor.clone());
                let events = suggestion::decide(&item.suggestion, &command, &actor, &loaded.policy, now)?;
                Ok((command, events))
            });
            let (command, events) = match outcome {
                Ok(decided) => decided,
                Err(rejection) => {
                    let shown = self.shown(ask, &loaded, item.clone(), &[]).await?;
                    return Err(Failure::Rejected(rejection, Some(Box::new(shown))));
                }
            };
            if events.is_empty() {
                let shown = self.shown(ask, &loaded, item.clone(), &[]).await?;
                return Ok(Done { shown, events, repeated: false });
            }
            if let Command::Redact { words } = &command
                && !self.occurs(&loaded, item, words).await?
            {
                let shown = self.shown(ask, &loaded, item.clone(), &[]).await?;
                return Err(Failure::Rejected(Rejection::WordsNotFound, Some(Box::new(shown))));
            }
            let mut items = vec![self.follow_up(item, &loaded.policy, events, &command)?];
            if matches!(command, Command::GiveFeedback { .. }) {
                items[0].answered_by = Some(loaded.actor.id);
            }
            if let Command::Merge { .. } = command
                && let Some(target) = &loaded.other
            {
                items.push(self.absorb(item, target, &loaded.policy, now)?);
            }
            if let (Command::Reopen { .. }, Stage::Merged { into, .. }) = (&command, &item.suggestion.stage) {
                items.extend(self.separate(&loaded, item.number, *into, now).await?);
            }
            if items[0].names_next() {
                items.push(crate::questions::question(item, &loaded, now)?);
            }
            if let Command::Redact { words } = &command {
                items.extend(self.redact_along(item, &loaded, words, now).await?);
            }
            let commit = Commit { workspace: loaded.workspace, request: ask.request.clone(), now, items };
            match self.commit(ask, &loaded, commit).await? {
                Some(done) => return Ok(done),
                None => last = Some(loaded),
            }
        }
        let shown = match last {
            Some(Loaded { item: Some(ref item), .. }) => match &last {
                Some(loaded) => Some(Box::new(self.shown(ask, loaded, item.clone(), &[]).await?)),
                None => None,
            },
            _ => None,
        };
        Err(Failure::Rejected(Rejection::ChangedMeanwhile, shown))
    }

    /// Changes the workspace's settings. `change` gets the present ones and returns the new ones.
    ///
    /// # Errors
    /// A rejection, or a fault of ours. Nothing is changed then.
    pub async fn change_settings(
        &self,
        ask: &Ask,
        change: impl Fn(&Loaded) -> Result<Policy, Rejection> + Send,
    ) -> Result<Arc<Policy>, Failure> {
        self.change_policy(ask, move |loaded| {
            let actor = Actor::Member(loaded.actor.clone());
            if loaded.policy.may_set_up(&actor) { change(loaded) } else { Err(Rejection::MayNotSetUp) }
        })
        .await
    }

    /// The same for what not only those who set up may say: `change` decides who may (an absence).
    ///
    /// # Errors
    /// A rejection, or a fault of ours. Nothing is changed then.
    pub async fn change_policy(
        &self,
        ask: &Ask,
        change: impl Fn(&Loaded) -> Result<Policy, Rejection> + Send,
    ) -> Result<Arc<Policy>, Failure> {
        for _ in 0..TRIES {
            let loaded = self.load(ask).await?;
            let policy = change(&loaded).map_err(|r| Failure::Rejected(r, None))?;
            let policy = settings::keep_the_past(&loaded.policy, policy, self.clock.now());
            match self.store.save_policy(loaded.workspace, policy).await {
                Ok(saved) => {
                    self.timer_nudge.notify_one();
                    return Ok(saved);
                }
                Err(StoreError::Conflict) => {}
                Err(e) => return Err(Failure::internal(&e)),
            }
        }
        Err(Failure::Rejected(Rejection::ChangedMeanwhile, None))
    }

    /// Loads what `ask` names, without changing anything but the list of members.
    ///
    /// # Errors
    /// A fault of ours.
    pub async fn load(&self, ask: &Ask) -> Result<Loaded, Failure> {
        let mut loaded = self.store.load(ask).await.map_err(|e| Failure::internal(&e))?;
        // Whose thread it is may be about to be written down.
        if matches!(ask.item, Some(ItemRef::Thread(_)))
            && loaded.item.is_none()
            && self.marks.write_now().await
        {
            loaded = self.store.load(ask).await.map_err(|e| Failure::internal(&e))?;
        }
        self.seen(loaded.workspace, loaded.actor.id);
        if loaded.policy.left.contains(&loaded.actor.id) {
            // Whoever acts is there, whatever was known of them.
            let back = self.write_down(loaded.workspace, &[], &[loaded.actor.id]).await;
            back.map_err(|e| Failure::internal(&e))?;
            loaded = self.store.load(ask).await.map_err(|e| Failure::internal(&e))?;
        }
        // Only while people are asked is it of interest who has answered: read after the item, so that a commit finds another
        // version if somebody answers in between.
        if let Some(item) = loaded.item.as_mut().filter(|item| item.suggestion.takes_answers()) {
            let answered = self.store.answered(loaded.workspace, item.number, loaded.actor.id).await;
            item.suggestion.answered = answered.map_err(|e| Failure::internal(&e))?;
        }
        Ok(loaded)
    }

    /// An item with everything that is needed to show it.
    ///
    /// # Errors
    /// A fault of ours.
    pub async fn shown(
        &self,
        ask: &Ask,
        loaded: &Loaded,
        item: Stored,
        events: &[Event],
    ) -> Result<Shown, Failure> {
        if item.suggestion.is_open() {
            self.look_up(loaded.workspace, people::owing(&item.suggestion));
        }
        let named = members_of(&item.suggestion, events, &loaded.policy);
        let people =
            self.queries.people(loaded.workspace, &named).await.map_err(|e| Failure::internal(&e))?;
        Ok(Shown {
            guild: ask.guild,
            workspace: loaded.workspace,
            policy: Arc::clone(&loaded.policy),
            item,
            people,
        })
    }

    /// Runs everything that is due now: what a changed calendar moves, then timers, then digests. One that fails stays due
    /// and holds up no other.
    ///
    /// # Errors
    /// When the database cannot say what is due.
    pub async fn run_due(&self) -> Result<Swept, StoreError> {
        let mut swept = Swept::default();
        recount::run(&*self.store, &*self.clock, &mut swept).await?;
        // First who is there: a reminder goes to whoever owes it now.
        match self.settle_people().await {
            Ok(moved) => swept.moved = moved,
            Err(error) => {
                warn!(%error, "what is with the wrong person could not be moved and stays due");
                swept.failed += 1;
            }
        }
        loop {
            let now = self.clock.now();
            let mut due = self.store.due(now, SWEEP).await?;
            let (before, full) = (swept.fired, due.len() == SWEEP as usize);
            let debriefs: Vec<DueItem> =
                due.extract_if(.., |timer| timer.item.kind == ItemKind::Debrief).collect();
            for timer in &debriefs {
                let number = DebriefNumber(timer.item.number.0);
                let fired = self.fire_debrief((timer.workspace, number), Why::Timer, now).await;
                self.counted(timer, now, fired, &mut swept);
            }
            due.sort_by_key(|timer| timer.workspace);
            for timers in due.chunk_by(|a, b| a.workspace == b.workspace).flat_map(|w| w.chunks(TOGETHER)) {
                self.fire_together(timers, now, &mut swept).await;
            }
            let fired = swept.fired - before;
            // Timers that failed stay due: without progress another look would find the same ones.
            if !full || fired == 0 {
                break;
            }
        }
        swept.digests = digest::run_due(&*self.store, &*self.queries, &self.digest, self.clock.now()).await?;
        if swept.fired + swept.recounted + swept.digests + swept.moved > 0 {
            self.outbox_nudge.notify_one();
        }
        Ok(swept)
    }

    /// Fires timers of one workspace in one transaction. Where that cannot be (somebody else, or another process, has
    /// changed one of the items meanwhile; one cannot be read), each is fired by itself.
    async fn fire_together(&self, timers: &[DueItem], now: Instant, swept: &mut Swept) {
        if timers.len() > 1
            && let Ok(fired) = self.fire_all(timers, now).await
        {
            swept.fired += fired;
            return;
        }
        for timer in timers {
            let fired = self.fire(timer, now).await;
            self.counted(timer, now, fired, swept);
        }
    }

    fn counted(&self, timer: &DueItem, now: Instant, fired: Result<bool, StoreError>, swept: &mut Swept) {
        match fired {
            Ok(true) => {
                self.fired(timer, now);
                swept.fired += 1;
            }
            Ok(false) => {}
            Err(error) => {
                warn!(item = timer.item.number.0, %error, "a timer could not be run and stays due");
                swept.failed += 1;
            }
        }
    }

    /// All of them or none.
    async fn fire_all(&self, timers: &[DueItem], now: Instant) -> Result<u32, StoreError> {
        let (Some(first), mut items) = (timers.first(), Vec::with_capacity(timers.len())) else {
            return Ok(0);
        };
        for timer in timers {
            items.extend(self.what_is_due(timer, now).await?);
        }
        let fired = u32::try_from(items.len()).unwrap_or(u32::MAX);
        if fired > 0 {
            self.store.commit(&Commit { workspace: first.workspace, request: None, now, items }).await?;
            self.fired(first, now);
        }
        Ok(fired)
    }

    /// Fires one timer.
    async fn fire(&self, timer: &DueItem, now: Instant) -> Result<bool, StoreError> {
        for _ in 0..TRIES {
            let Some(change) = self.what_is_due(timer, now).await? else { return Ok(false) };
            let commit = Commit { workspace: timer.workspace, request: None, now, items: vec![change] };
            match self.store.commit(&commit).await {
                Ok(_) => return Ok(true),
                Err(StoreError::Conflict) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(false)
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds of lag, for a gauge")]
    fn fired(&self, timer: &DueItem, now: Instant) {
        self.sweep_lag.send_replace((now - timer.at).num_milliseconds() as f64 / 1000.0);
    }

    /// What a timer does to its item, which is read anew, so that firing twice, or by two processes, does the work once.
    /// None if there is no such item.
    async fn what_is_due(&self, timer: &DueItem, now: Instant) -> Result<Option<ItemCommit>, StoreError> {
        match timer.item.kind {
            ItemKind::Suggestion => {}
            ItemKind::Debrief => return Ok(None),
        }
        self.what_follows((timer.workspace, timer.item.number), &Command::RunDue, now).await
    }

    /// What a command that only the system sends does to its item. None if there is no such item, or nothing to move.
    async fn what_follows(
        &self,
        (workspace, number): (WorkspaceId, Number),
        command: &Command,
        now: Instant,
    ) -> Result<Option<ItemCommit>, StoreError> {
        let Some((mut policy, item)) = self.store.load_item(workspace, number).await? else {
            return Ok(None);
        };
        let sharing = policy.sharing();
        if !sharing.is_empty() && !suggestion::moving::moves(&item.suggestion, &policy, now).is_empty() {
            let loads = self.store.loads(workspace, &sharing).await?;
            policy = Arc::new(Policy { loads, ..(*policy).clone() });
        }
        let decided = suggestion::decide(&item.suggestion, command, &Actor::System, &policy, now);
        let events = match decided {
            Ok(events) => events,
            Err(rejection) => {
                error!(item = number.0, ?rejection, "a timer was refused");
                return Ok(None);
            }
        };
        if events.is_empty() && *command != Command::RunDue {
            return Ok(None);
        }
        let after = replayed(&item.suggestion, &events)?;
        let mut change = prepare(Some(&item), after, events, &policy);
        if change.events.is_empty() {
            // The team is not at work: it waits until then. Or another process was first.
            change.timer = suggestion::planned_timer(&change.after, &policy, now);
        }
        Ok(Some(change))
    }

    /// Do these words occur anywhere in the item or its history? Whoever mistypes a name must not believe it gone.
    pub(crate) async fn occurs(
        &self,
        loaded: &Loaded,
        item: &Stored,
        words: &[String],
    ) -> Result<bool, Failure> {
        let without = |t: &Text| t.without(words);
        if item.suggestion.clone().map_texts(&without) != item.suggestion {
            return Ok(true);
        }
        let history =
            self.queries.history(loaded.workspace, item.number).await.map_err(|e| Failure::internal(&e))?;
        Ok(history.into_iter().any(|s| s.event.fact.clone().map_texts(&without) != s.event.fact))
    }

    pub(crate) fn follow_up(
        &self,
        item: &Stored,
        policy: &Policy,
        events: Vec<Event>,
        command: &Command,
    ) -> Result<ItemCommit, Failure> {
        let after = replayed(&item.suggestion, &events).map_err(|e| Failure::internal(&e))?;
        let mut change = prepare(Some(item), after, events, policy);
        if let Command::Redact { words } = command {
            change.redact = words.iter().map(|w| w.trim().to_owned()).filter(|w| !w.is_empty()).collect();
            change.after = change.after.map_texts(&|t| t.without(&change.redact));
        }
        Ok(change)
    }

    /// Commits; `None` after a conflict, when the caller should load again.
    async fn commit(&self, ask: &Ask, loaded: &Loaded, commit: Commit) -> Result<Option<Done>, Failure> {
        // A new idea goes straight into the courier's hand, if that is free.
        let new = matches!(commit.items.as_slice(), [item] if item.number.is_none());
        let taken = if new { self.hand_over.take() } else { None };
        let committed = match &taken {
            Some(taken) => self.store.commit_for(&commit, &taken.lessee).await,
            None => self.store.commit(&commit).await.map(|committed| (committed, Vec::new())),
        };
        match committed {
            Ok((committed, claims)) => {
                if claims.is_empty() {
                    self.outbox_nudge.notify_one();
                }
                if commit
                    .items
                    .iter()
                    .any(|item| item.timer.is_some_and(|timer| timer.at - commit.now < SOON))
                {
                    self.timer_nudge.notify_one();
                }
                if commit.items.iter().any(|item| !item.redact.is_empty()) {
                    self.keep_journal().await;
                }
                let made = commit.items.iter().zip(&committed.items).find(|(i, _)| i.number.is_none());
                let made = made.map(|(_, at)| at.number);
                let (Some(first), Some(item)) = (committed.items.first(), commit.items.into_iter().next())
                else {
                    return Err(Failure::internal(&broken("an empty commit")));
                };
                let item = match made {
                    Some(next) => item.with_next(next),
                    None => item,
                };
                let stored = Stored {
                    number: first.number,
                    version: first.version,
                    suggestion: item.after,
                    card: loaded.item.as_ref().and_then(|i| i.card),
                };
                let shown = self.shown(ask, loaded, stored, &item.events).await;
                if let Some(taken) = taken.filter(|_| !claims.is_empty()) {
                    let (shown, events) = (shown.as_ref().ok().cloned(), item.events.clone());
                    taken.give(Handed { claims, shown, events });
                }
                Ok(Some(Done { shown: shown?, events: item.events, repeated: false }))
            }
            Err(StoreError::Conflict) => Ok(None),
            Err(StoreError::AlreadyHandled(handled)) => self.repeated(ask, loaded, handled).await.map(Some),
            Err(e) => Err(Failure::internal(&e)),
        }
    }

    /// The answer to a request that was carried out before: the item as it is now, and what the request did then.
    async fn repeated(&self, ask: &Ask, loaded: &Loaded, handled: Handled) -> Result<Done, Failure> {
        let find = async {
            let item = self.queries.find(loaded.workspace, handled.number).await?;
            let history = self.queries.history(loaded.workspace, handled.number).await?;
            Ok::<_, StoreError>((item, history))
        };
        let (item, history) = find.await.map_err(|e| Failure::internal(&e))?;
        let Some(item) = item else {
            return Err(Failure::Rejected(Rejection::NoSuchIdea(handled.number), None));
        };
        let range = handled.first_seq..handled.first_seq + handled.events;
        let events: Vec<Event> =
            history.into_iter().filter(|s| range.contains(&s.seq)).map(|s| s.event).collect();
        let shown = self.shown(ask, loaded, item, &events).await?;
        Ok(Done { shown, events, repeated: true })
    }
}

pub use crate::merging::target_of;

/// Everybody who is named in an item, in these events or in the settings, each once.
pub fn members_of(suggestion: &Suggestion, events: &[Event], policy: &Policy) -> Vec<MemberId> {
    let mut members = suggestion::react::named(suggestion, events);
    members.extend(policy.people(&policy.coordinators));
    members.push(policy.owner);
    for team in policy.levels(suggestion.team) {
        members.extend(policy.people(&team.managers));
    }
    members.sort_unstable();
    members.dedup();
    members
}

pub(crate) fn prepare(
    before: Option<&Stored>,
    after: Suggestion,
    events: Vec<Event>,
    policy: &Policy,
) -> ItemCommit {
    let reaction = suggestion::react(before.map(|b| &b.suggestion), &after, &events, policy);
    let notices: Vec<Notice> = reaction.notices;
    ItemCommit {
        number: before.map(|b| b.number),
        expected: before.map_or(0, |b| b.version),
        after,
        events,
        notices,
        timer: reaction.timer,
        redact: Vec::new(),
        channel: None,
        answered_by: None,
    }
}

pub(crate) fn replayed(before: &Suggestion, events: &[Event]) -> Result<Suggestion, StoreError> {
    let mut state = before.clone();
    for event in events {
        state =
            suggestion::apply(Some(state), event).ok_or_else(|| broken("an event that does not follow"))?;
    }
    Ok(state)
}

pub(crate) fn broken(why: &str) -> StoreError {
    StoreError::Corrupt { table: "events", column: "fact", row: "in memory".into(), why: why.into() }
}

fn not_found(ask: &Ask) -> Rejection {
    match ask.item {
        Some(crate::ports::ItemRef::Number(n)) => Rejection::NoSuchIdea(n),
        Some(crate::ports::ItemRef::Thread(_)) | None => Rejection::WhichIdea,
    }
}
