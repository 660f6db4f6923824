//! Somebody asks to be forgotten: what that means is shown first, and done in one transaction.

use std::sync::Arc;

use kaizen_domain::debrief;
use kaizen_domain::suggestion::{self, Event, Suggestion, forgetting};
use kaizen_domain::{
    ActingMember, Actor, GuildId, Instant, MemberId, Number, Policy, Rejection, Text, UserId, WorkspaceId,
};

use crate::engine::{Engine, Failure};
use crate::erasing::{Told, is_no_news};
use crate::ids;
use crate::ports::{ItemCommit, StoreError, Stored};

/// How often it is tried again after a conflict.
const TRIES: u32 = 4;

/// Somebody who is known here, without being made known by asking.
#[derive(Debug, Clone)]
pub struct Known {
    /// Where.
    pub workspace: WorkspaceId,
    /// Who.
    pub member: MemberId,
    /// The settings.
    pub policy: Arc<Policy>,
}

/// What is kept of a person, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footprint {
    /// Who.
    pub member: MemberId,
    /// Texts of theirs that go, or went.
    pub texts: usize,
    /// Of these, the ones that stand in debriefs.
    pub in_debriefs: usize,
    /// Ideas of theirs.
    pub ideas: usize,
    /// Of these, the ones that are taken back: nobody has decided on them yet.
    pub taken_back: Vec<Number>,
    /// What they answer for or carry out, and somebody else does from then on.
    pub handed_over: Vec<Number>,
    /// Actions of debriefs that they owe, and somebody else does from then on.
    pub actions: usize,
    /// They own the community: its id for them stays, as that of the last who answers.
    pub owner: bool,
}

/// One transaction: everything that goes and moves.
#[derive(Debug, Clone)]
pub struct Forgetting {
    /// Where.
    pub workspace: WorkspaceId,
    /// Who.
    pub member: MemberId,
    /// Who owns the community from now on, where they did: a member without a name, who gets the platform's id.
    pub heir: Option<MemberId>,
    /// The settings without them; `version` is the one that was read.
    pub policy: Policy,
    /// When.
    pub now: Instant,
    /// The name of this erasure, for the journal.
    pub name: String,
    /// Every item that they touched or are named in, without their words.
    pub items: Vec<ItemCommit>,
}

impl Engine {
    /// What is kept of this person; none if nothing is. Changes nothing.
    ///
    /// # Errors
    /// A fault of ours.
    pub async fn footprint(&self, guild: GuildId, user: UserId) -> Result<Option<Footprint>, Failure> {
        for _ in 0..TRIES {
            let known = self.store().known(guild, user).await.map_err(|e| Failure::internal(&e))?;
            let Some(known) = known else { return Ok(None) };
            match self.farewell(&known, None).await {
                Ok((footprint, _)) => return Ok(Some(footprint)),
                Err(StoreError::Conflict) => {}
                Err(e) => return Err(Failure::internal(&e)),
            }
        }
        Err(Failure::Rejected(Rejection::ChangedMeanwhile, None))
    }

    /// Has this person forgotten, if they are still the member whom they were asked about; none if they are not known (any
    /// more).
    ///
    /// # Errors
    /// A rejection, or a fault of ours. Nothing is changed then.
    pub async fn forget(
        &self,
        guild: GuildId,
        user: UserId,
        member: MemberId,
    ) -> Result<Option<Footprint>, Failure> {
        let (mut heir, name) = (None, ids::unique());
        for _ in 0..TRIES {
            let known = self.store().known(guild, user).await.map_err(|e| Failure::internal(&e))?;
            let Some(known) = known else { return Ok(None) };
            let actor = ActingMember { id: known.member, roles: Vec::new(), admin: false };
            forgetting::may_forget(&Actor::Member(actor), member).map_err(|r| Failure::Rejected(r, None))?;
            match self.carry_out_forgetting(&known, &mut heir, &name, Told::Now).await {
                Ok(footprint) => {
                    self.keep_journal().await;
                    self.outbox_nudge().notify_one();
                    self.timer_nudge().notify_one();
                    return Ok(Some(footprint));
                }
                Err(StoreError::Conflict) => {}
                Err(e) => return Err(Failure::internal(&e)),
            }
        }
        Err(Failure::Rejected(Rejection::ChangedMeanwhile, None))
    }

    /// One try. `heir` is made once, where one is needed; `name` is that of the erasure.
    pub(crate) async fn carry_out_forgetting(
        &self,
        known: &Known,
        heir: &mut Option<MemberId>,
        name: &str,
        told: Told,
    ) -> Result<Footprint, StoreError> {
        if heir.is_none() && known.policy.owner == known.member {
            *heir = Some(self.store().nameless_member(known.workspace).await?);
        }
        let (footprint, mut forgetting) = self.farewell(known, *heir).await?;
        name.clone_into(&mut forgetting.name);
        for item in &mut forgetting.items {
            // Who answers from now on may be somebody else than before: that is said in any case.
            if told == Told::Already && !footprint.handed_over.iter().any(|n| Some(*n) == item.number) {
                item.notices.retain(is_no_news);
            }
        }
        self.store().forget(&forgetting).await?;
        Ok(footprint)
    }

    async fn farewell(
        &self,
        known: &Known,
        heir: Option<MemberId>,
    ) -> Result<(Footprint, Forgetting), StoreError> {
        let (member, now) = (known.member, self.clock().now());
        let owner = known.policy.owner == member;
        let policy = forgetting::without(&known.policy, member, heir.unwrap_or(member));
        let mut footprint = Footprint {
            member,
            texts: 0,
            in_debriefs: 0,
            ideas: 0,
            taken_back: Vec::new(),
            handed_over: Vec::new(),
            actions: 0,
            owner,
        };
        let mut items = Vec::new();
        for number in self.store().concerned(known.workspace, member).await? {
            let Some((_, item)) = self.store().load_item(known.workspace, number).await? else { continue };
            let history = self.queries().history(known.workspace, number).await?;
            let history: Vec<Event> = history.into_iter().map(|step| step.event).collect();
            footprint.texts += forgetting::texts_by(&history, member);
            footprint.ideas += usize::from(item.suggestion.author == member);
            let commit = without_them(&item, &history, member, &policy, now)?;
            for event in &commit.events {
                if matches!(event.fact, suggestion::Fact::Withdrawn { .. }) {
                    footprint.taken_back.push(number);
                } else {
                    footprint.handed_over.push(number);
                }
            }
            items.push(commit);
        }
        if let Ok(debriefs) = self.debriefs() {
            for number in debriefs.debriefs_of(known.workspace, member).await? {
                let history = debriefs.debrief_history(known.workspace, number).await?;
                let history: Vec<debrief::Event> = history.into_iter().map(|step| step.event).collect();
                footprint.in_debriefs += debrief::texts_by(&history, member);
                let state = debrief::replay(&history);
                footprint.actions += state.map_or(0, |d| debrief::farewell(&d, member, &policy, now).len());
            }
            footprint.texts += footprint.in_debriefs;
        }
        let name = String::new();
        let forgetting = Forgetting { workspace: known.workspace, member, heir, policy, now, name, items };
        Ok((footprint, forgetting))
    }
}

/// The item without this person's words, and what happens to it when they go.
fn without_them(
    item: &Stored,
    history: &[Event],
    member: MemberId,
    policy: &Policy,
    now: Instant,
) -> Result<ItemCommit, StoreError> {
    let before = suggestion::replay(&forgetting::forgotten(history, member));
    let before = before.ok_or_else(|| differs(item.number))?;
    // Nothing but words may have changed; else the item changed between two looks, or its history does not give it.
    let bare = |s: &Suggestion| s.clone().map_texts(&|_| Text::Erased);
    if bare(&before) != bare(&item.suggestion) {
        let whole = suggestion::replay(history).is_some_and(|s| bare(&s) == bare(&before));
        return Err(if whole { StoreError::Conflict } else { differs(item.number) });
    }
    let events = forgetting::farewell(&before, member, policy, now);
    let mut after = before.clone();
    for event in &events {
        after = suggestion::apply(Some(after), event).ok_or_else(|| differs(item.number))?;
    }
    let reaction = suggestion::react(Some(&before), &after, &events, policy);
    let notices = forgetting::notices(&after, reaction.notices, member);
    Ok(ItemCommit {
        number: Some(item.number),
        expected: item.version,
        after,
        events,
        notices,
        timer: reaction.timer,
        redact: Vec::new(),
        channel: None,
        answered_by: None,
    })
}

fn differs(number: Number) -> StoreError {
    StoreError::Corrupt {
        table: "suggestions",
        column: "state",
        row: number.to_string(),
        why: "it is not what its history gives; see `kaizen audit verify`".into(),
    }
}
