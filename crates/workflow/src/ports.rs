//! What the engine needs from the outside, shaped by what it asks for: load, commit, find, list, claim, deliver.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kaizen_domain::debrief::DebriefNumber;
use kaizen_domain::suggestion::stage::StageName;
use kaizen_domain::suggestion::{Answered, Event, Notice, Suggestion, Timer};
use kaizen_domain::{
    ActingMember, Area, ChannelId, GuildId, Instant, ItemKey, Load, MemberId, MessageId, Number, Policy,
    RequirementKind, RoleId, TeamId, Text, Times, UserId, WorkspaceId,
};
use serde::{Deserialize, Serialize};

use crate::digest::{DigestContent, DigestLesson};
use crate::forgetting::{Forgetting, Known};
use crate::hand_over::Lessee;
use crate::measures::{Counting, KeptLine, LookedBack};
use crate::outbox::{Claimed, DeadLetter, Job, OutboxDepth, Posting, Trouble};

/// Why the database could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the same thing: load again.
    #[error("changed meanwhile")]
    Conflict,
    /// This request was handled before; here is what it did.
    #[error("this request was handled before")]
    AlreadyHandled(Handled),
    /// The database cannot be reached, is locked, full or read-only. Nothing was saved.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What is stored cannot be read.
    #[error("{table}.{column} of row {row} cannot be read: {why}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Which row.
        row: String,
        /// Why.
        why: String,
    },
}

/// What an earlier run of the same request did: references only, never text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handled {
    /// The item that it changed.
    pub number: Number,
    /// The first event that it wrote; none if it changed nothing.
    pub first_seq: i64,
    /// How many.
    pub events: i64,
}

/// A person as the platform names them at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The platform's id.
    pub user: UserId,
    /// The name that they show.
    pub name: String,
    /// Roles held now.
    pub roles: Vec<RoleId>,
    /// May they manage the community?
    pub admin: bool,
}

/// Which item is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemRef {
    /// The one with this number.
    Number(Number),
    /// The one whose thread this is.
    Thread(ChannelId),
}

/// Trip one: all that a decision needs.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Where.
    pub guild: GuildId,
    /// Who acts. Unknown people become members here.
    pub person: Person,
    /// The platform's id of the request, the key of "handled before?".
    pub request: Option<String>,
    /// The item that it concerns.
    pub item: Option<ItemRef>,
    /// A second item (the target of a merge).
    pub other: Option<Number>,
    /// Other people who are named. Unknown ones become members here. Roles and `admin` of these are ignored.
    pub named: Vec<Person>,
}

/// The answer to trip one.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its settings.
    pub policy: Arc<Policy>,
    /// The person who acts, as a member.
    pub actor: ActingMember,
    /// The item, if there is one.
    pub item: Option<Stored>,
    /// The second one.
    pub other: Option<Stored>,
    /// The other people, as members, in the order of [`Ask::named`].
    pub named: Vec<MemberId>,
    /// What an earlier run of this request did.
    pub handled: Option<Handled>,
}

/// A suggestion as it stands in the database.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its number.
    pub number: Number,
    /// Its version: one more with each commit.
    pub version: i64,
    /// The state.
    pub suggestion: Suggestion,
    /// Where its card is, once posted.
    pub card: Option<CardPlace>,
}

/// Where a card and its thread are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardPlace {
    /// The channel of the card.
    pub channel: ChannelId,
    /// The card.
    pub message: MessageId,
    /// The thread, once started.
    pub thread: Option<ChannelId>,
}

/// Trip two: one transaction.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Where.
    pub workspace: WorkspaceId,
    /// The request that this answers; committed with it.
    pub request: Option<String>,
    /// When.
    pub now: Instant,
    /// Everything that changes; all of it or nothing. At most one item is new; [`Number::NEXT`] in the states and events of
    /// the others stands for its number.
    pub items: Vec<ItemCommit>,
}

/// One aggregate of a [`Commit`].
#[derive(Debug, Clone)]
pub struct ItemCommit {
    /// Its number; none for a new one, which takes the workspace's next.
    pub number: Option<Number>,
    /// The version that was loaded; 0 for a new one.
    pub expected: i64,
    /// The state after.
    pub after: Suggestion,
    /// What happened.
    pub events: Vec<Event>,
    /// Who is told; becomes rows of the outbox.
    pub notices: Vec<Notice>,
    /// When something happens next; replaces what was there.
    pub timer: Option<Timer>,
    /// Words that leave row, events, search and posts.
    pub redact: Vec<String>,
    /// Where the card goes if the team has no channel: where the command was used.
    pub channel: Option<ChannelId>,
    /// Who answered "does it work?" with it: kept apart from what they answered, until the question ends.
    pub answered_by: Option<MemberId>,
}

impl ItemCommit {
    /// The same with the number that the new item of the commit was given.
    #[must_use]
    pub fn with_next(self, next: Number) -> ItemCommit {
        let named = |e: Event| Event { fact: e.fact.with_next(next), ..e };
        ItemCommit {
            after: self.after.with_next(next),
            events: self.events.into_iter().map(named).collect(),
            ..self
        }
    }

    /// Does it name the new item of the commit?
    pub fn names_next(&self) -> bool {
        self.events.iter().any(|e| e.fact.question() == Some(Number::NEXT))
    }
}

/// What a commit made of each item, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// For each item.
    pub items: Vec<CommittedItem>,
}

/// One item of [`Committed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommittedItem {
    /// Its number.
    pub number: Number,
    /// Its new version.
    pub version: i64,
    /// The place of its first new event in its history (from 1).
    pub first_seq: i64,
}

/// A workspace, found or made.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// The platform's id.
    pub guild: GuildId,
    /// Its name on the platform.
    pub name: String,
    /// Its settings.
    pub policy: Arc<Policy>,
    /// The bot was removed; nothing is sent until it is back.
    pub removed: bool,
}

/// What is known of a community when it is first seen.
#[derive(Debug, Clone)]
pub struct Founding {
    /// The platform's id.
    pub guild: GuildId,
    /// Its name.
    pub name: String,
    /// Who owns it.
    pub owner: UserId,
}

/// A timer that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueItem {
    /// Where.
    pub workspace: WorkspaceId,
    /// Which item.
    pub item: ItemKey,
    /// Since when.
    pub at: Instant,
}

/// An item whose due times are to be counted anew, since the calendar of its team has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recount {
    /// Where.
    pub workspace: WorkspaceId,
    /// Which item.
    pub number: Number,
    /// The version of the settings that changed the calendar.
    pub version: i64,
}

/// A team whose digest is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueDigest {
    /// Where.
    pub workspace: WorkspaceId,
    /// Whose.
    pub team: TeamId,
    /// The time for which it was planned.
    pub at: Instant,
    /// The time of the one before; none for the first.
    pub last: Option<Instant>,
}

/// When a workspace's people are to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeoplePlan {
    /// Where.
    pub workspace: WorkspaceId,
    /// Which change of the settings, or of who holds a role, it belongs to.
    pub revision: i64,
    /// When something may have to move; long past after a change.
    pub next: Option<Instant>,
    /// When the roll call is; none if it is not planned yet.
    pub roll_call: Option<Instant>,
}

/// Is somebody in a community?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// They are, as this person.
    Here(Person),
    /// They left, or never were.
    Gone,
}

/// The platform cannot be asked now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the platform cannot be asked who is there: {0}")]
pub struct CannotAsk(pub String);

/// Asks the platform who is in a community.
#[async_trait]
pub trait Directory: Send + Sync + 'static {
    /// Is this person there?
    ///
    /// # Errors
    /// When the platform does not answer, or does not let us ask.
    async fn find(&self, guild: GuildId, user: UserId) -> Result<Presence, CannotAsk>;
}

/// Aggregates: load, commit; settings; timers.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Trip one. An unknown community is a workspace from here on; until its owner is known ([`Store::found`]) the first
    /// person seen stands in.
    async fn load(&self, ask: &Ask) -> Result<Loaded, StoreError>;

    /// Trip two: rows, events, ledger, timers, outbox rows and request id in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where a version moved; [`StoreError::AlreadyHandled`] where the request id is known.
    async fn commit(&self, commit: &Commit) -> Result<Committed, StoreError>;

    /// The same, and what is to be sent about a new idea is leased to `lessee` at once, where nothing stands before it: the
    /// rows, in order. None where they wait in the outbox as usual.
    ///
    /// # Errors
    /// Those of [`Store::commit`].
    async fn commit_for(
        &self,
        commit: &Commit,
        lessee: &Lessee,
    ) -> Result<(Committed, Vec<Claimed>), StoreError>;

    /// Makes the workspace known with its name and owner, or brings both up to date; ends "removed".
    async fn found(&self, founding: &Founding) -> Result<Workspace, StoreError>;

    /// The bot was removed from the community: nothing is sent there until it is back.
    async fn removed(&self, guild: GuildId) -> Result<(), StoreError>;

    /// All workspaces.
    async fn workspaces(&self) -> Result<Vec<Workspace>, StoreError>;

    /// One workspace by the platform's id.
    async fn workspace(&self, guild: GuildId) -> Result<Option<Workspace>, StoreError>;

    /// One workspace by ours.
    async fn workspace_by_id(&self, id: WorkspaceId) -> Result<Option<Workspace>, StoreError>;

    /// Replaces the settings if `policy.version` is still the stored one; returns them with the next version. Open items
    /// of teams whose calendar changed are marked to be counted anew ([`Store::recounts`]); of channels that are gone since, the
    /// coordinator is told. Digest times of new teams are
    /// planned with `next_digest`.
    async fn save_policy(&self, workspace: WorkspaceId, policy: Policy) -> Result<Arc<Policy>, StoreError>;

    /// How long responses may take in a new workspace.
    fn usual_times(&self) -> Times;

    /// Makes members of people of whom only the platform's id is known (a workspace file), in the same order.
    async fn members(&self, workspace: WorkspaceId, users: &[UserId]) -> Result<Vec<MemberId>, StoreError>;

    /// One suggestion, for a timer.
    async fn load_item(
        &self,
        workspace: WorkspaceId,
        number: Number,
    ) -> Result<Option<(Arc<Policy>, Stored)>, StoreError>;

    /// One suggestion and one step of its history, in one trip: for a message about that step.
    async fn load_step(
        &self,
        workspace: WorkspaceId,
        number: Number,
        seq: i64,
    ) -> Result<Option<(Arc<Policy>, Stored, Step)>, StoreError>;

    /// Puts the card of an item into the outbox ([`crate::outbox::Job::Card`], one pending row an item): somebody pressed a
    /// button on one that shows an old state. Nothing happens for an unknown number.
    async fn refresh_card(&self, workspace: WorkspaceId, number: Number) -> Result<(), StoreError>;

    /// Timers due at `now`, the newest first: after a time in which nothing ran, that is the news.
    async fn due(&self, now: Instant, limit: u32) -> Result<Vec<DueItem>, StoreError>;

    /// Items to count anew. Their timers are not due until [`Store::recounted`].
    async fn recounts(&self, limit: u32) -> Result<Vec<Recount>, StoreError>;

    /// The item was counted anew by the settings of that version, or later ones.
    async fn recounted(&self, recount: Recount) -> Result<(), StoreError>;

    /// When the next timer or digest is due; long ago, where something is to be counted anew.
    async fn next_due(&self) -> Result<Option<Instant>, StoreError>;

    /// Teams without a planned digest, and digests due at `now`.
    async fn due_digests(&self, now: Instant) -> Result<Vec<DueDigest>, StoreError>;

    /// Plans the team's next digest at `next`; with `post`, the digest that was planned for `due.at` is stored and put into
    /// the outbox in the same transaction. False if another process was first.
    async fn plan_digest(
        &self,
        due: DueDigest,
        next: Instant,
        post: Option<DigestContent>,
    ) -> Result<bool, StoreError>;

    /// Teams that have no planned digest yet.
    async fn plan_missing_digests(
        &self,
        workspace: WorkspaceId,
        team: TeamId,
        next: Instant,
    ) -> Result<(), StoreError>;

    /// Workspaces whose people are to be looked at: after a change of the settings or of who holds a role, at the end of an
    /// absence, for the roll call, or because no roll call is planned yet.
    async fn people_due(&self, now: Instant) -> Result<Vec<PeoplePlan>, StoreError>;

    /// What was due is done; there is something to do again at `next`. False if the settings changed meanwhile.
    async fn plan_people(&self, plan: &PeoplePlan, next: Option<Instant>) -> Result<bool, StoreError>;

    /// Moves the roll call from where it is planned. False if another process was first.
    async fn move_roll_call(
        &self,
        workspace: WorkspaceId,
        from: Option<Instant>,
        to: Instant,
    ) -> Result<bool, StoreError>;

    /// Open items with a number above `after`, in order.
    async fn open_items(
        &self,
        workspace: WorkspaceId,
        after: Number,
        limit: u32,
    ) -> Result<Vec<Stored>, StoreError>;

    /// How much each of these has. [`Store::load`] gives it with the settings, where somebody shares a responsibility.
    async fn loads(
        &self,
        workspace: WorkspaceId,
        members: &[MemberId],
    ) -> Result<BTreeMap<MemberId, Load>, StoreError>;

    /// Has this member answered the present question "does it work?", and has somebody else? What they answered is in nobody's
    /// row.
    async fn answered(
        &self,
        workspace: WorkspaceId,
        number: Number,
        member: MemberId,
    ) -> Result<Answered, StoreError>;

    /// Brings a member's name and roles up to date with what the platform says of them; people who are not known stay so.
    async fn see(&self, workspace: WorkspaceId, policy: &Policy, person: &Person) -> Result<(), StoreError>;

    /// Forgets request ids and delivered outbox rows that are older than `before`; returns how many rows went.
    async fn purge(&self, before: Instant) -> Result<u64, StoreError>;

    /// Who somebody is here, without making a member of them; none if they are not known.
    async fn known(&self, guild: GuildId, user: UserId) -> Result<Option<Known>, StoreError>;

    /// Every item that a member wrote in, answers or answered for, or is named in.
    async fn concerned(&self, workspace: WorkspaceId, member: MemberId) -> Result<Vec<Number>, StoreError>;

    /// A new member with neither id nor name.
    async fn nameless_member(&self, workspace: WorkspaceId) -> Result<MemberId, StoreError>;

    /// Has somebody forgotten, in one transaction: their words go from events, rows, search and stored digests, their id and
    /// name from their row; what they owed and what everybody sees of it changes with it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where anything that it was made from has changed.
    async fn forget(&self, forgetting: &Forgetting) -> Result<(), StoreError>;

    /// Answers if the database does.
    async fn ping(&self) -> Result<(), StoreError>;

    /// A small named value of this installation (the registered commands' fingerprint, the demo's clock).
    async fn note(&self, name: &str) -> Result<Option<String>, StoreError>;

    /// Sets it.
    async fn set_note(&self, name: &str, value: &str) -> Result<(), StoreError>;
}

/// Platform ids of members, for rendering. Erased members have none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People(pub HashMap<MemberId, UserId>);

impl People {
    /// The platform's id, if the member is still known by one.
    pub fn user(&self, member: MemberId) -> Option<UserId> {
        self.0.get(&member).copied()
    }
}

/// A suggestion with all that is needed to show it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The community.
    pub guild: GuildId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its settings.
    pub policy: Arc<Policy>,
    /// The item.
    pub item: Stored,
    /// Everybody named in it, its events at hand, and the settings.
    pub people: People,
}

/// Which items to list. Everything that is set must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// In one of these stages; empty: in any.
    pub stages: Vec<StageName>,
    /// Of this team.
    pub team: Option<TeamId>,
    /// About this.
    pub area: Option<Area>,
    /// By this author.
    pub author: Option<MemberId>,
    /// With this responsible person.
    pub responsible: Option<MemberId>,
}

/// A line of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its number.
    pub number: Number,
    /// The state.
    pub suggestion: Suggestion,
    /// Where its card is.
    pub card: Option<CardPlace>,
}

/// An idea that may say the same as a new one: what is shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    /// Its number.
    pub number: Number,
    /// What could work better.
    pub idea: Text,
    /// Is it still being worked on? Else the change was made and checked.
    pub is_open: bool,
    /// Where its card is.
    pub card: Option<CardPlace>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The lines.
    pub lines: Vec<Listed>,
    /// How many match in all.
    pub total: u64,
}

/// What concerns one member.
#[derive(Debug, Clone, PartialEq)]
pub struct Mine {
    /// What they owe, earliest due first.
    pub owe: Vec<Listed>,
    /// Their own open ideas, oldest first.
    pub wait: Vec<Listed>,
    /// What they follow or support, newest first.
    pub follow: Vec<Listed>,
}

/// One step of an item's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its place, from 1.
    pub seq: i64,
    /// What happened.
    pub event: Event,
}

/// A required response as the ledger table holds it, for measures and audits.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerLine {
    /// The item.
    pub number: Number,
    /// Its place in the item's ledger.
    pub entry: u32,
    /// What.
    pub kind: RequirementKind,
    /// Whose.
    pub by: MemberId,
    /// Due.
    pub due: Instant,
    /// `open`, `paused`, `fulfilled` or `waived`.
    pub state: String,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

/// A decision that changed policy, as the policy register holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterLine {
    /// The idea that was decided on.
    pub number: Number,
    /// The decision's place in its history.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// Who decided.
    pub by: MemberId,
    /// The norm until then.
    pub norm_before: Text,
    /// The norm from then on.
    pub norm_after: Text,
}

/// An entry of the policy register with the ideas that led there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterEntry {
    /// The entry.
    pub line: RegisterLine,
    /// Where the card of the idea that was decided on is.
    pub card: Option<CardPlace>,
    /// The ideas that led there beside it: the one that raised the question, and those that were merged into it.
    pub led_by: Vec<(Number, Option<CardPlace>)>,
}

/// A page of the policy register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterPage {
    /// The entries, newest first.
    pub entries: Vec<RegisterEntry>,
    /// How many there are in all.
    pub total: u64,
}

/// Reading, each query scoped to one workspace.
#[async_trait]
pub trait Queries: Send + Sync + 'static {
    /// One item.
    async fn find(&self, workspace: WorkspaceId, number: Number) -> Result<Option<Stored>, StoreError>;
    /// The item whose thread this is.
    async fn in_thread(
        &self,
        workspace: WorkspaceId,
        thread: ChannelId,
    ) -> Result<Option<Number>, StoreError>;
    /// Does any card stand in this channel?
    async fn any_in_channel(&self, workspace: WorkspaceId, channel: ChannelId) -> Result<bool, StoreError>;
    /// Its history, oldest first.
    async fn history(&self, workspace: WorkspaceId, number: Number) -> Result<Vec<Step>, StoreError>;
    /// One step of it.
    async fn step(
        &self,
        workspace: WorkspaceId,
        number: Number,
        seq: i64,
    ) -> Result<Option<Step>, StoreError>;
    /// A page of items, newest first, pages from 0.
    async fn list(
        &self,
        workspace: WorkspaceId,
        filter: &ListFilter,
        page: u32,
        size: u32,
    ) -> Result<Page, StoreError>;
    /// Full-text search, best first.
    async fn search(&self, workspace: WorkspaceId, text: &str, limit: u32)
    -> Result<Vec<Listed>, StoreError>;
    /// Open or verified items whose idea shares words with `text`, best first, without `except`.
    async fn similar(
        &self,
        workspace: WorkspaceId,
        text: &str,
        except: Option<Number>,
        limit: u32,
    ) -> Result<Vec<Alike>, StoreError>;
    /// What concerns a member.
    async fn mine(&self, workspace: WorkspaceId, member: MemberId) -> Result<Mine, StoreError>;
    /// Platform ids; kept in memory by the implementation.
    async fn people(&self, workspace: WorkspaceId, members: &[MemberId]) -> Result<People, StoreError>;
    /// The names by which members are known here; erased members have none.
    async fn names(
        &self,
        workspace: WorkspaceId,
        members: &[MemberId],
    ) -> Result<BTreeMap<MemberId, String>, StoreError>;
    /// Items of a team that changed in a period or are open: what a digest is made of.
    async fn digest_items(
        &self,
        workspace: WorkspaceId,
        team: TeamId,
        since: Instant,
    ) -> Result<Vec<(Listed, Vec<Step>)>, StoreError>;
    /// The ledger of a workspace, or of one team.
    async fn ledger(
        &self,
        workspace: WorkspaceId,
        team: Option<TeamId>,
    ) -> Result<Vec<LedgerLine>, StoreError>;
    /// A page of the policy register, newest first, pages from 0.
    async fn register(
        &self,
        workspace: WorkspaceId,
        page: u32,
        size: u32,
    ) -> Result<RegisterPage, StoreError>;
    /// The whole policy register, in the order of numbers and steps (audits).
    async fn register_lines(&self, workspace: WorkspaceId) -> Result<Vec<RegisterLine>, StoreError>;
    /// The ledger counted by team and kind, in that order: what [`crate::measures::count`] says, from one statement.
    async fn promise(&self, workspace: WorkspaceId, of: &Counting) -> Result<Vec<KeptLine>, StoreError>;
    /// Debriefs and their lessons, counted: what [`crate::measures::looked_back`] says.
    async fn looked_back(&self, workspace: WorkspaceId, of: &Counting) -> Result<LookedBack, StoreError>;
    /// Lessons of a team that were kept in a period and are shown in briefings, the oldest first, at most `limit`.
    async fn lessons_kept(
        &self,
        workspace: WorkspaceId,
        team: TeamId,
        period: (Instant, Instant),
        limit: u32,
    ) -> Result<Vec<DigestLesson>, StoreError>;
    /// Items of which a promised response is overdue at `now`, the longest first.
    async fn overdue(
        &self,
        workspace: WorkspaceId,
        team: Option<TeamId>,
        now: Instant,
        limit: u32,
    ) -> Result<Vec<Listed>, StoreError>;
    /// Every number in use, in order (audits).
    async fn numbers(&self, workspace: WorkspaceId) -> Result<Vec<Number>, StoreError>;
}

/// The outbox as a table with leases. Its times are the database's own clock, never the domain's.
#[async_trait]
pub trait Outbox: Send + Sync + 'static {
    /// Claims up to `limit` rows that may be sent now: none whose order key has an earlier undelivered row, none of removed
    /// workspaces. A row is claimed by one worker at a time; a lease that ran out can be claimed again with a higher fence.
    async fn claim(&self, worker: &str, limit: u32, lease: Duration) -> Result<Vec<Claimed>, StoreError>;
    /// The same, and where not all of `limit` could be claimed, how soon a row may become due, in one trip.
    async fn look(&self, worker: &str, limit: u32, lease: Duration) -> Result<Found, StoreError>;
    /// What this worker has in hand stays its own for `lease` from now.
    async fn renew(&self, worker: &str, lease: Duration) -> Result<(), StoreError>;
    /// Says that reminders are being sent: nothing is added to them any more. False if they grew since they were claimed,
    /// or if the lease was lost. Other rows begin with their claim: a later one knows that it may have taken effect.
    async fn begin(&self, claim: &Claimed) -> Result<bool, StoreError>;
    /// Delivered. With a card that changed meanwhile the row is due again after its gap. False if the lease was lost.
    async fn delivered(&self, claim: &Claimed, sent: &Sent) -> Result<bool, StoreError>;
    /// The same for several that were sent one after the other, in one trip: for each what [`Outbox::delivered`] says.
    async fn delivered_all(&self, sent: &[(Claimed, Sent)]) -> Result<Vec<bool>, StoreError>;
    /// Not sent after all: it is due again, as if it had not been claimed.
    async fn let_go(&self, claim: &Claimed) -> Result<(), StoreError>;
    /// To be tried again after `after`.
    async fn retry(&self, claim: &Claimed, after: Duration, error: &str) -> Result<bool, StoreError>;
    /// Given up: kept, counted, shown to operators, retried on demand. `note` puts word to the coordinator beside it.
    async fn give_up(&self, claim: &Claimed, error: &str, note: Option<Job>) -> Result<bool, StoreError>;
    /// Word to the coordinator, once a day of the same trouble.
    async fn report(&self, workspace: WorkspaceId, trouble: Trouble) -> Result<(), StoreError>;
    /// Of these threads those of ideas that have ended and of debriefs that are closed, in the same order.
    async fn ended_among(
        &self,
        workspace: WorkspaceId,
        threads: &[ChannelId],
    ) -> Result<Vec<ChannelId>, StoreError>;
    /// How soon a row may become due; rows that are leased count with the end of their lease.
    async fn next_due_in(&self) -> Result<Option<Duration>, StoreError>;
    /// How much waits, and for how long.
    async fn depth(&self) -> Result<OutboxDepth, StoreError>;
    /// Given-up rows.
    async fn dead_letters(&self, workspace: Option<WorkspaceId>) -> Result<Vec<DeadLetter>, StoreError>;
    /// Puts given-up rows back, and tries at once what waits for its next try: all, or those of a workspace. Returns how many.
    async fn revive(&self, workspace: Option<WorkspaceId>) -> Result<u64, StoreError>;
    /// Everything that was posted about an item.
    async fn postings(&self, workspace: WorkspaceId, number: Number) -> Result<Vec<Posting>, StoreError>;
    /// The stored digest of a job.
    async fn digest(
        &self,
        workspace: WorkspaceId,
        team: TeamId,
        at: Instant,
    ) -> Result<Option<StoredDigest>, StoreError>;
    /// One posting.
    async fn posting(&self, workspace: WorkspaceId, id: i64) -> Result<Option<Posting>, StoreError>;
}

/// What a look at the outbox found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// What was claimed.
    pub claimed: Vec<Claimed>,
    /// How soon a row may become due that could not be claimed; none where nothing waits, or where there was no room for more.
    pub next: Option<Duration>,
}

/// A digest as it was stored when it fell due.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDigest {
    /// What it says, without words that were taken out since.
    pub content: DigestContent,
    /// Where it was posted, if it was: then it is edited, not posted again.
    pub posted: Option<(ChannelId, MessageId)>,
}

/// A message that reminds of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminded {
    /// Of what.
    pub of: RemindedOf,
    /// Where it stands.
    pub channel: ChannelId,
    /// Which message.
    pub message: MessageId,
}

/// Of what a message reminds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemindedOf {
    /// An idea.
    Idea(Number),
    /// Actions of a debrief: by direct message to this person, else in its thread.
    Debrief(DebriefNumber, Option<MemberId>),
}

/// Where something was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// Card and thread stand.
    Opened(CardPlace),
    /// The card was posted anew (its message was gone) or edited.
    Card(CardPlace),
    /// A message.
    Message {
        /// Where.
        channel: ChannelId,
        /// Which.
        message: MessageId,
    },
    /// A message in the thread, for which card and thread had to be made anew.
    Anew {
        /// Where card and thread stand now.
        place: CardPlace,
        /// Where the message stands.
        channel: ChannelId,
        /// Which message.
        message: MessageId,
    },
    /// Reminders: one message for all of them, or one for each.
    Reminded(Vec<Reminded>),
    /// Nothing was to be sent (any more).
    Nothing,
}

/// Why a delivery did not happen.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Try again after this long.
    #[error("try again in {after:?}: {why}")]
    Later {
        /// How long to wait; none: the courier's own backoff.
        after: Option<Duration>,
        /// What happened, without anybody's words.
        why: String,
    },
    /// It can never work as it is: a channel is gone, a permission is missing. The coordinator is told how to mend it.
    #[error("cannot be delivered: {why}")]
    Never {
        /// What happened, for operators.
        why: String,
        /// What to tell the coordinator, if anything.
        trouble: Option<crate::outbox::Trouble>,
    },
    /// The community has as many open threads as the platform allows it.
    #[error("no room for another open thread: {why}")]
    NoRoom {
        /// What happened, for operators.
        why: String,
    },
    /// The token is no longer good: nothing can be sent.
    #[error("the platform refuses our token")]
    Revoked,
}

/// Sends one job to the platform.
#[async_trait]
pub trait Notifier: Send + Sync + 'static {
    /// Renders and sends. `claim.attempts` above 1 after [`Outbox::begin`] means that an earlier try may have taken effect.
    async fn deliver(
        &self,
        claim: &Claimed,
        material: &crate::outbox::Material,
    ) -> Result<Sent, DeliveryError>;

    /// Our open threads in this community, those in which nothing was said for longest first. None where the platform knows
    /// no limit of them.
    async fn open_threads(&self, _guild: GuildId) -> Result<Vec<ChannelId>, DeliveryError> {
        Ok(Vec::new())
    }

    /// Closes a thread: it stays readable, and whatever is posted opens it again.
    async fn close_thread(&self, _guild: GuildId, _thread: ChannelId) -> Result<(), DeliveryError> {
        Ok(())
    }
}
