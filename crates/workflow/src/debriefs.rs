//! Debriefs: what the engine needs of the database for them, and how a command on one is carried out. The same two trips as
//! for ideas; closing one is a single change with the ideas that come out of it.

mod ports;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use kaizen_domain::debrief::{self, Command, Event, Fact, Notice, Starting};
use kaizen_domain::suggestion;
use kaizen_domain::{Actor, ChannelId, GuildId, Instant, Policy, Rejection, WorkspaceId};
use tracing::error;

pub use ports::{
    ActionLine, Briefing, DebriefChange, DebriefCommit, DebriefCommitted, DebriefJob, DebriefLedger,
    DebriefMaterial, DebriefRef, DebriefShown, DebriefStep, Debriefs, LessonLine, PieceRedaction,
    StoredDebrief,
};

use crate::engine::{Engine, Failure, broken, prepare};
use crate::ports::{Ask, Handled, ItemCommit, Loaded, StoreError, Workspace};

/// How often a command is tried again after a conflict: a whole group adds at the same moment.
const TRIES: u32 = 12;

/// So many requests to nameless debriefs are remembered, in memory only.
const REMEMBERED: usize = 10_000;

/// Why a debrief is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Its timer fired.
    Timer,
    /// Somebody who owes an action of it left; nothing is written where nobody else could take it.
    SomebodyLeft,
}

/// What a command did.
#[derive(Debug, Clone)]
pub struct DebriefDone {
    /// The debrief after it.
    pub shown: DebriefShown,
    /// What happened, in order; empty where nothing had to change.
    pub events: Vec<Event>,
    /// This request had been carried out before; nothing was done now.
    pub repeated: bool,
}

/// Requests that added to nameless debriefs. Nothing of them may be stored, but the platform can send one twice; who sent it
/// is not in here, and it ends with the process.
#[derive(Debug, Default)]
pub(crate) struct Unnamed(Mutex<VecDeque<String>>);

impl Unnamed {
    /// Takes note; false if it is there already.
    fn first(&self, request: &str) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.iter().rev().any(|k| k == request) {
            return false;
        }
        if known.len() >= REMEMBERED {
            known.pop_front();
        }
        known.push_back(request.to_owned());
        true
    }

    /// It was not carried out after all.
    fn again(&self, request: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|k| k != request);
    }
}

impl Engine {
    /// The same, with debriefs.
    #[must_use]
    pub fn with_debriefs(mut self, debriefs: Arc<dyn Debriefs>) -> Self {
        self.debriefs = Some(debriefs);
        self
    }

    /// What is stored of debriefs.
    ///
    /// # Errors
    /// A rejection where this program keeps none.
    pub fn debriefs(&self) -> Result<&dyn Debriefs, Failure> {
        self.debriefs
            .as_deref()
            .ok_or(Failure::Rejected(Rejection::NotInThisVersion { what: "/debrief" }, None))
    }

    /// Starts a debrief. `make` builds it from what was loaded (the team, by default).
    ///
    /// # Errors
    /// A rejection, or a fault of ours. Nothing is recorded then.
    pub async fn start_debrief(
        &self,
        ask: &Ask,
        channel: ChannelId,
        make: impl Fn(&Loaded) -> Result<Starting, Rejection> + Send,
    ) -> Result<DebriefDone, Failure> {
        let debriefs = self.debriefs()?;
        for _ in 0..TRIES {
            let now = self.clock().now();
            let loaded = self.load(ask).await?;
            if let Some(handled) = loaded.handled {
                return self.debrief_again(ask, &loaded, handled).await;
            }
            let mut typed = make(&loaded).map_err(refused)?;
            if let Some(kind) = &typed.kind {
                // The word that people know it by.
                let known = debriefs.find_kind(loaded.workspace, &kind.folded).await;
                typed.kind = known.map_err(|e| Failure::internal(&e))?.or(typed.kind);
            }
            let actor = Actor::Member(loaded.actor.clone());
            let event = debrief::start(&typed, &actor, &loaded.policy, now).map_err(refused)?;
            let Some(after) = debrief::apply(None, &event) else {
                return Err(Failure::internal(&broken("a start did not make a debrief")));
            };
            let mut commit = prepared(None, after, vec![event], &loaded.policy);
            commit.channel = Some(channel);
            let change = DebriefChange {
                workspace: loaded.workspace,
                request: ask.request.clone(),
                now,
                debrief: commit,
                suggestions: Vec::new(),
            };
            if let Some(done) = self.commit_debrief(ask, &loaded, change).await? {
                return Ok(done);
            }
        }
        Err(refused(Rejection::ChangedMeanwhile))
    }

    /// Carries out a command on a debrief. `make` builds it from what was loaded.
    ///
    /// # Errors
    /// A rejection, or a fault of ours. Nothing is recorded then.
    pub async fn change_debrief(
        &self,
        ask: &Ask,
        which: DebriefRef,
        make: impl Fn(&Loaded, &StoredDebrief) -> Result<Command, Rejection> + Send,
    ) -> Result<DebriefDone, Failure> {
        let debriefs = self.debriefs()?;
        let mut unnamed: Option<&str> = None;
        for _ in 0..TRIES {
            let now = self.clock().now();
            let loaded = self.load(ask).await?;
            if let Some(handled) = loaded.handled {
                return self.debrief_again(ask, &loaded, handled).await;
            }
            let found = debriefs.load_debrief(loaded.workspace, which).await;
            let Some(item) = found.map_err(|e| Failure::internal(&e))? else {
                return Err(refused(which.not_found()));
            };
            let outcome = make(&loaded, &item).and_then(|command| {
                let actor = Actor::Member(loaded.actor.clone());
                let events = debrief::decide(&item.debrief, &command, &actor, &loaded.policy, now)?;
                Ok((events, PieceRedaction::of(command)))
            });
            let (events, redact) = match outcome {
                Ok(decided) => decided,
                Err(rejection) => {
                    if let Some(request) = unnamed {
                        self.unnamed.again(request);
                    }
                    return Err(refused(rejection));
                }
            };
            if events.is_empty() {
                let shown = self.debrief_shown(ask.guild, &loaded, item, &[]).await?;
                return Ok(DebriefDone { shown, events, repeated: false });
            }
            // Of whoever is not named nothing is written, the request's own id included: it is the platform's, which knows them.
            let nameless = events.iter().any(|e| e.by == kaizen_domain::Who::Nameless);
            let request = ask.request.as_deref().filter(|_| nameless);
            if unnamed.is_none()
                && let Some(request) = request
            {
                if !self.unnamed.first(request) {
                    let shown = self.debrief_shown(ask.guild, &loaded, item, &[]).await?;
                    return Ok(DebriefDone { shown, events: Vec::new(), repeated: true });
                }
                unnamed = Some(request);
            }
            let mut change = changed(&item, events, &loaded.policy, (loaded.workspace, now))
                .map_err(|e| Failure::internal(&e))?;
            if let Some(redaction) = redact {
                if !self.says(&loaded, &item, &redaction).await? {
                    return Err(refused(Rejection::Debrief(debrief::Refusal::WordsNotFound)));
                }
                change.debrief = redaction.out_of(change.debrief);
            }
            let change = DebriefChange { request: ask.request.clone().filter(|_| !nameless), ..change };
            match self.commit_debrief(ask, &loaded, change).await {
                Ok(Some(done)) => return Ok(done),
                Ok(None) => {}
                Err(failure) => {
                    if let Some(request) = unnamed {
                        self.unnamed.again(request);
                    }
                    return Err(failure);
                }
            }
        }
        if let Some(request) = unnamed {
            self.unnamed.again(request);
        }
        Err(refused(Rejection::ChangedMeanwhile))
    }

    /// Does one of the words stand there, or did it?
    async fn says(
        &self,
        loaded: &Loaded,
        item: &StoredDebrief,
        redaction: &PieceRedaction,
    ) -> Result<bool, Failure> {
        let history = self.debriefs()?.debrief_history(loaded.workspace, item.number).await;
        let history = history.map_err(|e| Failure::internal(&e))?;
        Ok(history.into_iter().any(|step| {
            let fact = step.event.fact;
            redaction.clean(fact.clone()) != fact
        }))
    }

    /// A debrief with everything that is needed to show it.
    ///
    /// # Errors
    /// A fault of ours.
    pub async fn debrief_shown(
        &self,
        guild: GuildId,
        loaded: &Loaded,
        item: StoredDebrief,
        events: &[Event],
    ) -> Result<DebriefShown, Failure> {
        // Whoever owes something is needed: are they there?
        self.look_up(loaded.workspace, item.debrief.open_actions().map(|r| r.by));
        let policy = Arc::clone(&loaded.policy);
        let shown = self.show_debrief((guild, loaded.workspace), policy, item, events).await;
        shown.map_err(|e| Failure::internal(&e))
    }

    pub(crate) async fn show_debrief(
        &self,
        (guild, workspace): (GuildId, WorkspaceId),
        policy: Arc<Policy>,
        item: StoredDebrief,
        events: &[Event],
    ) -> Result<DebriefShown, StoreError> {
        let named = debrief::react::named(&item.debrief, events);
        let people = self.queries.people(workspace, &named).await?;
        Ok(DebriefShown { guild, workspace, policy, item, people })
    }

    /// Words leave something in a debrief once more, after a restore. People heard of it then; what quotes it is made anew.
    pub(crate) fn piece_without_words(
        &self,
        item: &StoredDebrief,
        workspace: &Workspace,
        redaction: PieceRedaction,
        now: Instant,
    ) -> Result<DebriefChange, StoreError> {
        let fact = Fact::redacted(redaction.piece);
        let events = vec![Event { at: now, by: Actor::System.who(), fact }];
        let mut change = changed(item, events, &workspace.policy, (workspace.id, now))?;
        change.debrief = redaction.out_of(change.debrief);
        change.debrief.notices.retain(is_no_news);
        Ok(change)
    }

    /// Does what is due of a debrief, which is read anew: done twice, or by two processes, it is done once. Where nothing is,
    /// its timer waits until the team is at work, if it is the timer that fired.
    pub(crate) async fn fire_debrief(
        &self,
        (workspace_id, number): (WorkspaceId, debrief::DebriefNumber),
        why: Why,
        now: Instant,
    ) -> Result<bool, StoreError> {
        let Some(debriefs) = self.debriefs.as_deref() else { return Ok(false) };
        for _ in 0..TRIES {
            let Some(workspace) = self.store.workspace_by_id(workspace_id).await? else {
                return Ok(false);
            };
            let found = debriefs.load_debrief(workspace_id, DebriefRef::Number(number)).await?;
            let Some(item) = found else { return Ok(false) };
            let policy = workspace.policy;
            let decided = debrief::decide(&item.debrief, &Command::RunDue, &Actor::System, &policy, now);
            let events = match decided {
                Ok(events) => events,
                Err(rejection) => {
                    error!(debrief = number.0, ?rejection, "a timer was refused");
                    return Ok(false);
                }
            };
            let quiet = events.is_empty();
            if quiet && why == Why::SomebodyLeft {
                return Ok(false);
            }
            let mut change = changed(&item, events, &policy, (workspace_id, now))?;
            if quiet {
                // The team is not at work: it waits until then. Or another process was first.
                change.debrief.timer = debrief::planned_timer(&item.debrief, &policy, now);
            }
            match debriefs.commit_debrief(&change).await {
                Ok(_) => return Ok(true),
                Err(StoreError::Conflict) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(false)
    }

    /// Commits; `None` after a conflict, when the caller should load again.
    async fn commit_debrief(
        &self,
        ask: &Ask,
        loaded: &Loaded,
        change: DebriefChange,
    ) -> Result<Option<DebriefDone>, Failure> {
        match self.debriefs()?.commit_debrief(&change).await {
            Ok(committed) => {
                self.outbox_nudge().notify_one();
                self.timer_nudge().notify_one();
                if change.debrief.redact.is_some() {
                    self.keep_journal().await;
                }
                let numbered = |e: Event| Event { fact: e.fact.numbered(&committed.suggestions), ..e };
                let events: Vec<Event> = change.debrief.events.into_iter().map(numbered).collect();
                let mut debrief = change.debrief.after;
                for event in &events {
                    if let Fact::Closed { escalated, .. } = &event.fact {
                        debrief = debrief.numbered(escalated);
                    }
                }
                let stored = StoredDebrief {
                    number: committed.number,
                    version: committed.version,
                    debrief,
                    place: change.debrief.place,
                };
                let shown = self.debrief_shown(ask.guild, loaded, stored, &events).await?;
                Ok(Some(DebriefDone { shown, events, repeated: false }))
            }
            Err(StoreError::Conflict) => Ok(None),
            Err(StoreError::AlreadyHandled(handled)) => {
                self.debrief_again(ask, loaded, handled).await.map(Some)
            }
            Err(e) => Err(Failure::internal(&e)),
        }
    }

    /// The answer to a request that was carried out before.
    async fn debrief_again(
        &self,
        ask: &Ask,
        loaded: &Loaded,
        handled: Handled,
    ) -> Result<DebriefDone, Failure> {
        let (debriefs, number) = (self.debriefs()?, debrief::DebriefNumber(handled.number.0));
        let find = async {
            let item = debriefs.load_debrief(loaded.workspace, DebriefRef::Number(number)).await?;
            let history = debriefs.debrief_history(loaded.workspace, number).await?;
            Ok::<_, StoreError>((item, history))
        };
        let (item, history) = find.await.map_err(|e| Failure::internal(&e))?;
        let Some(item) = item else { return Err(refused(DebriefRef::Number(number).not_found())) };
        let range = handled.first_seq..handled.first_seq + handled.events;
        let events: Vec<Event> =
            history.into_iter().filter(|s| range.contains(&s.seq)).map(|s| s.event).collect();
        let shown = self.debrief_shown(ask.guild, loaded, item, &events).await?;
        Ok(DebriefDone { shown, events, repeated: true })
    }
}

/// Panel and messages change, and nobody is told anything.
const fn is_no_news(notice: &Notice) -> bool {
    match notice {
        Notice::Panel | Notice::Rename | Notice::Rewrite { .. } => true,
        Notice::Post { .. } | Notice::Direct { .. } | Notice::Reminder { .. } | Notice::Briefing => false,
    }
}

const fn refused(rejection: Rejection) -> Failure {
    Failure::Rejected(rejection, None)
}

/// What events do to a debrief, with the ideas that come out of it when it closes.
fn changed(
    item: &StoredDebrief,
    events: Vec<Event>,
    policy: &Policy,
    (workspace, now): (WorkspaceId, Instant),
) -> Result<DebriefChange, StoreError> {
    let mut after = item.debrief.clone();
    for event in &events {
        let applied = debrief::apply(Some(after), event);
        after = applied.ok_or_else(|| broken("an event that does not follow"))?;
    }
    let mut suggestions: Vec<ItemCommit> = Vec::new();
    for event in &events {
        let Fact::Closed { escalated, .. } = &event.fact else { continue };
        for escalated in escalated {
            let said =
                item.debrief.item(escalated.item).ok_or_else(|| broken("an item that is not there"))?;
            let event = suggestion::from_debrief(said, (item.number, item.debrief.team), policy, now);
            let made = suggestion::apply(None, &event)
                .ok_or_else(|| broken("an item of a debrief did not make a suggestion"))?;
            let mut commit = prepare(None, made, vec![event], policy);
            commit.channel = item.place.map(|p| p.channel);
            suggestions.push(commit);
        }
    }
    let debrief = prepared(Some(item), after, events, policy);
    Ok(DebriefChange { workspace, request: None, now, debrief, suggestions })
}

fn prepared(
    before: Option<&StoredDebrief>,
    after: debrief::Debrief,
    events: Vec<Event>,
    policy: &Policy,
) -> DebriefCommit {
    let reaction = debrief::react(&after, &events, policy);
    DebriefCommit {
        number: before.map(|b| b.number),
        expected: before.map_or(0, |b| b.version),
        place: before.and_then(|b| b.place),
        after,
        events,
        notices: reaction.notices,
        timer: reaction.timer,
        channel: None,
        redact: None,
    }
}

impl PieceRedaction {
    /// What a command takes out, if it does.
    fn of(command: Command) -> Option<PieceRedaction> {
        let Command::Redact { piece, words } = command else { return None };
        let words = words.iter().map(|w| w.trim().to_owned()).filter(|w| !w.is_empty());
        Some(PieceRedaction { piece, words: words.collect() })
    }

    /// A fact without the words.
    #[must_use]
    pub fn clean(&self, fact: Fact) -> Fact {
        fact.map_piece(self.piece, &|text| text.without(&self.words))
    }

    /// The commit in which they go.
    pub(crate) fn out_of(self, commit: DebriefCommit) -> DebriefCommit {
        let after = commit.after.map_piece(self.piece, &|text| text.without(&self.words));
        DebriefCommit { after, redact: Some(self), ..commit }
    }
}
