//! What the engine asks of the database for debriefs, shaped like the rest of the ports: load, commit, find, list.

use std::sync::Arc;

use async_trait::async_trait;
use kaizen_domain::debrief::{Debrief, DebriefNumber, Event, Notice, Piece, Refusal, WorkKind};
use kaizen_domain::{
    ChannelId, GuildId, Instant, MemberId, MessageId, Number, Policy, Rejection, RequirementKind, Text,
    UserId, WorkspaceId,
};
use serde::{Deserialize, Serialize};

use crate::outbox::{Job, ReminderEntry};
use crate::ports::{CardPlace, ItemCommit, LedgerLine, Listed, People, StoreError};

/// Which debrief is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DebriefRef {
    /// The one with this number.
    Number(DebriefNumber),
    /// The one whose thread this is.
    Thread(ChannelId),
}

impl DebriefRef {
    /// Why there is nothing to show.
    pub const fn not_found(self) -> Rejection {
        Rejection::Debrief(match self {
            DebriefRef::Number(number) => Refusal::NoSuchDebrief(number),
            DebriefRef::Thread(_) => Refusal::WhichDebrief,
        })
    }
}

/// A debrief as it stands in the database.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDebrief {
    /// Its number.
    pub number: DebriefNumber,
    /// Its version: one more with each commit.
    pub version: i64,
    /// The state.
    pub debrief: Debrief,
    /// Where its panel and its thread are, once posted.
    pub place: Option<CardPlace>,
}

/// A debrief with all that is needed to show it.
#[derive(Debug, Clone)]
pub struct DebriefShown {
    /// The community.
    pub guild: GuildId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its settings.
    pub policy: Arc<Policy>,
    /// The debrief.
    pub item: StoredDebrief,
    /// Everybody named in it and its events at hand.
    pub people: People,
}

/// One step of a debrief's history.
#[derive(Debug, Clone, PartialEq)]
pub struct DebriefStep {
    /// Its place, from 1.
    pub seq: i64,
    /// What happened.
    pub event: Event,
}

impl DebriefStep {
    /// In place of a step: the briefing that the thread begins with.
    pub const BRIEFING: i64 = 0;
    /// In place of a step: a message that reminds of its actions.
    pub const REMINDER: i64 = -1;
}

/// One transaction: a debrief, and the ideas that come out of it.
#[derive(Debug, Clone)]
pub struct DebriefChange {
    /// Where.
    pub workspace: WorkspaceId,
    /// The request that this answers; none where whoever asked is named nowhere.
    pub request: Option<String>,
    /// When.
    pub now: Instant,
    /// The debrief. [`Number::NEXT`] in its facts stands for the numbers of `suggestions`, in order.
    pub debrief: DebriefCommit,
    /// New ideas.
    pub suggestions: Vec<ItemCommit>,
}

/// What becomes of the debrief.
#[derive(Debug, Clone)]
pub struct DebriefCommit {
    /// Its number; none for a new one.
    pub number: Option<DebriefNumber>,
    /// The version that was loaded; 0 for a new one.
    pub expected: i64,
    /// Where it stands on the platform.
    pub place: Option<CardPlace>,
    /// The state after.
    pub after: Debrief,
    /// What happened.
    pub events: Vec<Event>,
    /// Who is told.
    pub notices: Vec<Notice>,
    /// When something happens next; replaces what was there.
    pub timer: Option<Instant>,
    /// Where the panel of a new one goes.
    pub channel: Option<ChannelId>,
    /// Words that are taken out of something in it, and of everything that quotes that.
    pub redact: Option<PieceRedaction>,
}

/// Words that are taken out of something in a debrief.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PieceRedaction {
    /// Out of what.
    pub piece: Piece,
    /// The words, trimmed.
    pub words: Vec<String>,
}

/// What a commit made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebriefCommitted {
    /// Its number.
    pub number: DebriefNumber,
    /// Its new version.
    pub version: i64,
    /// The place of its first new event in its history.
    pub first_seq: i64,
    /// The numbers of the new ideas, in order.
    pub suggestions: Vec<Number>,
}

/// An open action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionLine {
    /// Of which debrief.
    pub number: DebriefNumber,
    /// Its entry in the ledger.
    pub entry: u32,
    /// What is to be done.
    pub text: Text,
    /// Which piece of work it came out of.
    pub work: Text,
    /// By whom.
    pub by: MemberId,
    /// By when.
    pub due: Instant,
    /// Where the debrief stands on the platform.
    pub place: Option<CardPlace>,
}

/// A lesson as a briefing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LessonLine {
    /// Of which debrief.
    pub number: DebriefNumber,
    /// Its item's place there.
    pub item: u32,
    /// What was learnt.
    pub text: Text,
    /// Since when it is kept.
    pub kept_at: Instant,
    /// How many readers used it.
    pub used: u32,
    /// Where the debrief stands on the platform.
    pub place: Option<CardPlace>,
}

/// What people should know before they begin such work.
#[derive(Debug, Clone, PartialEq)]
pub struct Briefing {
    /// Which kind of work.
    pub kind: WorkKind,
    /// What is still to be done from earlier debriefs, the earliest due first.
    pub actions: Vec<ActionLine>,
    /// One page of lessons: newest and most used first.
    pub lessons: Vec<LessonLine>,
    /// There are more lessons after these.
    pub more: bool,
    /// What changed in practice since: verified ideas that came out of such debriefs, the newest first.
    pub changes: Vec<Listed>,
}

impl Briefing {
    /// Is there nothing to say yet?
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty() && self.lessons.is_empty() && self.changes.is_empty()
    }
}

/// The ledger and the timer of a debrief as the tables hold them (audits).
#[derive(Debug, Clone, PartialEq)]
pub struct DebriefLedger {
    /// The entries, in order.
    pub lines: Vec<LedgerLine>,
    /// When something happens next.
    pub timer: Option<Instant>,
}

/// Debriefs in the database, every call scoped to one workspace.
#[async_trait]
pub trait Debriefs: Send + Sync + 'static {
    /// One debrief.
    async fn load_debrief(
        &self,
        workspace: WorkspaceId,
        which: DebriefRef,
    ) -> Result<Option<StoredDebrief>, StoreError>;

    /// One transaction for the debrief's row, events, ledger, timer, lessons, outbox rows, request id, and the ideas that come
    /// out of it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where the version moved; [`StoreError::AlreadyHandled`] where the request id is known.
    async fn commit_debrief(&self, change: &DebriefChange) -> Result<DebriefCommitted, StoreError>;

    /// Its history, oldest first.
    async fn debrief_history(
        &self,
        workspace: WorkspaceId,
        number: DebriefNumber,
    ) -> Result<Vec<DebriefStep>, StoreError>;

    /// A kind of work by its folded word; of one that was merged, the one that goes on.
    async fn find_kind(&self, workspace: WorkspaceId, folded: &str) -> Result<Option<WorkKind>, StoreError>;

    /// Kinds of work whose folded word holds this, those that begin with it first.
    async fn list_kinds(
        &self,
        workspace: WorkspaceId,
        folded: &str,
        limit: u32,
    ) -> Result<Vec<WorkKind>, StoreError>;

    /// From now on one kind is the other: its debriefs, its lessons, and whatever is started under its name. False if one of
    /// the two is not there.
    async fn merge_kinds(
        &self,
        workspace: WorkspaceId,
        from: &WorkKind,
        into: &WorkKind,
    ) -> Result<bool, StoreError>;

    /// The briefing for a kind of work: `size` lessons from the place `from`, without what debrief `except` itself holds.
    async fn briefing(
        &self,
        workspace: WorkspaceId,
        kind: &WorkKind,
        page: (u32, u32),
        except: Option<DebriefNumber>,
    ) -> Result<Briefing, StoreError>;

    /// The open actions of a member, the earliest due first.
    async fn actions_of(
        &self,
        workspace: WorkspaceId,
        member: MemberId,
    ) -> Result<Vec<ActionLine>, StoreError>;

    /// Who owes an open action, and in which debrief: each pair once, in order.
    async fn action_owners(
        &self,
        workspace: WorkspaceId,
    ) -> Result<Vec<(DebriefNumber, MemberId)>, StoreError>;

    /// Debriefs that a member wrote in, or owes or owed an action of, in order.
    async fn debriefs_of(
        &self,
        workspace: WorkspaceId,
        member: MemberId,
    ) -> Result<Vec<DebriefNumber>, StoreError>;

    /// Every number in use, in order (audits, exports).
    async fn debrief_numbers(&self, workspace: WorkspaceId) -> Result<Vec<DebriefNumber>, StoreError>;

    /// Its ledger and timer as the tables hold them (audits).
    async fn debrief_ledger(
        &self,
        workspace: WorkspaceId,
        number: DebriefNumber,
    ) -> Result<DebriefLedger, StoreError>;
}

/// One message or edit about a debrief, by reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DebriefJob {
    /// A new one: its panel, and its thread.
    Open {
        /// Where.
        channel: Option<ChannelId>,
    },
    /// The panel shows the newest state. One pending row a debrief.
    Panel,
    /// The thread takes its name from the title as it is now. One pending row a debrief.
    Rename,
    /// A post in the thread.
    Post {
        /// Which step of its history.
        seq: i64,
        /// Who is pinged.
        mention: Option<MemberId>,
    },
    /// A direct message about a step.
    Direct {
        /// Which step.
        seq: i64,
        /// To whom.
        to: MemberId,
    },
    /// The briefing for its kind of work, in its thread.
    Briefing,
    /// A message that was sent is made anew from the history: words were taken out of it.
    Rewrite {
        /// Which step it tells of; [`DebriefStep::BRIEFING`] for the briefing, [`DebriefStep::REMINDER`] for reminders.
        seq: i64,
        /// Is it a direct message?
        direct: bool,
        /// Where it stands.
        channel: ChannelId,
        /// Which message.
        message: MessageId,
    },
}

impl DebriefJob {
    /// The jobs of a commit of this debrief, whose first new event got the place `first_seq`.
    pub fn of(commit: &DebriefCommit, debrief: DebriefNumber, first_seq: i64) -> Vec<Job> {
        let seq = |event: usize| first_seq + i64::try_from(event).unwrap_or(i64::MAX);
        let new = commit.number.is_none();
        let about = |about| Job::Debrief { debrief, about };
        let job = |notice: &Notice| {
            Some(about(match *notice {
                Notice::Panel if new => DebriefJob::Open { channel: commit.channel },
                Notice::Panel => DebriefJob::Panel,
                Notice::Rename => DebriefJob::Rename,
                Notice::Post { event, mention } => DebriefJob::Post { seq: seq(event), mention },
                Notice::Direct { event, to } => DebriefJob::Direct { seq: seq(event), to },
                Notice::Briefing => DebriefJob::Briefing,
                Notice::Reminder { to, owed_by, entry, step, about } => {
                    let (number, kind) = (Number(debrief.0), RequirementKind::Action);
                    let entry = ReminderEntry { number, owed_by, kind, step, about, action: Some(entry) };
                    return Some(Job::reminders(to, vec![entry]));
                }
                // Storage knows what was posted: it makes one [`DebriefJob::Rewrite`] for each message.
                Notice::Rewrite { .. } => return None,
            }))
        };
        commit.notices.iter().filter_map(job).collect()
    }

    /// Rows with the same key are delivered one after the other, in order of coming.
    pub fn order_key(&self, number: DebriefNumber) -> String {
        match self {
            DebriefJob::Open { .. } | DebriefJob::Post { .. } | DebriefJob::Briefing => {
                format!("d/{}/thread", number.0)
            }
            DebriefJob::Panel => format!("d/{}/card", number.0),
            DebriefJob::Rename => format!("d/{}/name", number.0),
            DebriefJob::Direct { to, .. } => format!("d/{}/dm/{}", number.0, to.0),
            // One message may tell of others as well: the same key as for ideas.
            DebriefJob::Rewrite { seq: DebriefStep::REMINDER, message, .. } => {
                format!("rewrite/message/{message}")
            }
            DebriefJob::Rewrite { message, .. } => format!("d/{}/rewrite/{message}", number.0),
        }
    }
}

/// What a job about a debrief needs to be rendered and sent.
#[derive(Debug, Clone)]
pub enum DebriefMaterial {
    /// For [`DebriefJob::Open`].
    Open {
        /// The debrief.
        shown: DebriefShown,
        /// Where the panel goes.
        channel: Option<ChannelId>,
    },
    /// For [`DebriefJob::Panel`]; the debrief's `place` says where.
    Panel {
        /// The debrief.
        shown: DebriefShown,
    },
    /// For [`DebriefJob::Rename`].
    Rename {
        /// The debrief.
        shown: DebriefShown,
    },
    /// For [`DebriefJob::Post`].
    Post {
        /// The debrief.
        shown: DebriefShown,
        /// Which step.
        seq: i64,
        /// The step.
        event: Event,
        /// Who is pinged.
        mention: Option<UserId>,
    },
    /// For [`DebriefJob::Direct`].
    Direct {
        /// The debrief.
        shown: DebriefShown,
        /// Which step.
        seq: i64,
        /// The step.
        event: Event,
        /// To whom; none if they were erased.
        to: Option<UserId>,
    },
    /// For [`DebriefJob::Rewrite`].
    Rewrite {
        /// The debrief.
        shown: DebriefShown,
        /// Which step.
        seq: i64,
        /// The step.
        event: Event,
        /// Is it a direct message?
        direct: bool,
        /// Where it stands.
        at: (ChannelId, MessageId),
    },
    /// For [`DebriefJob::Rewrite`] of reminders: what they say of this debrief's actions goes.
    Clear {
        /// The debrief.
        shown: DebriefShown,
        /// Where it stands.
        at: (ChannelId, MessageId),
    },
    /// For [`DebriefJob::Briefing`], and for [`DebriefJob::Rewrite`] of one.
    Briefing {
        /// The debrief.
        shown: DebriefShown,
        /// What it says.
        briefing: Briefing,
        /// Where it stands, if it was posted and is made anew.
        at: Option<(ChannelId, MessageId)>,
    },
}
