//! What can be asked of a debrief (commands), what happened (facts), who is told (notices), and why not (refusals).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::kind::WorkKind;
use super::piece::Piece;
use super::stage::{Column, Template};
use crate::Instant;
use crate::ids::{MemberId, NotANumber, Number, TeamId};
use crate::ledger::{LadderStep, Owed};
use crate::people::Who;
use crate::suggestion::protocol::Word;
use crate::suggestion::stage::SourceMessage;
use crate::text::Text;

/// How long texts may be, how many there may be, and how long a debrief stays open.
pub mod limits {
    /// An item: it may become an idea.
    pub const ITEM: usize = crate::suggestion::protocol::limits::IDEA;
    /// The title of a piece of work.
    pub const WORK: usize = 100;
    /// A summary.
    pub const SUMMARY: usize = crate::suggestion::protocol::limits::TEXT;
    /// Items of one debrief.
    pub const ITEMS: usize = 200;
    /// Actions of one debrief (the domain's rule: what a group takes upon itself it can also do).
    pub const ACTIONS: usize = 3;
    /// Readers who retire a lesson by saying that it is no longer true.
    pub const RETIRE: usize = 2;
    /// An action lies within this many days.
    pub const ACTION_DAYS: i64 = 366;
    /// The facilitator is reminded of an open debrief after this many days.
    pub const REMIND_DAYS: i64 = 1;
    /// It is closed with what it has after this many days.
    pub const CLOSE_DAYS: i64 = 7;
}

/// The number of a debrief in its workspace, shown as `D-7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DebriefNumber(pub u32);

impl fmt::Display for DebriefNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "D-{}", self.0)
    }
}

impl FromStr for DebriefNumber {
    type Err = NotANumber;

    fn from_str(s: &str) -> Result<Self, NotANumber> {
        let s = s.trim();
        let digits = s.strip_prefix(['D', 'd']).map_or(s, |rest| rest.strip_prefix('-').unwrap_or(rest));
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotANumber);
        }
        digits.parse().ok().filter(|n| *n > 0).map(DebriefNumber).ok_or(NotANumber)
    }
}

/// A new debrief, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Starting {
    /// Which piece of work.
    pub work: String,
    /// The kind of work.
    pub kind: Option<WorkKind>,
    /// What the group asks itself.
    pub template: Template,
    /// Items carry no author.
    pub nameless: bool,
    /// Whose work it was.
    pub team: TeamId,
}

/// What can be asked of a debrief that exists. Texts are as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the chat contract documents them, by these names")]
pub enum Command {
    Join,
    AddItem {
        column: Column,
        text: String,
        source: Option<SourceMessage>,
    },
    AddLesson {
        text: String,
    },
    KeepLesson {
        item: u32,
    },
    EditItem {
        item: u32,
        text: String,
    },
    /// Takes words out of something that was typed, and of everything that quotes it.
    Redact {
        piece: Piece,
        words: Vec<String>,
    },
    AddAction {
        text: String,
        owner: MemberId,
        due: Instant,
    },
    Done {
        action: u32,
    },
    Close {
        summary: Option<String>,
    },
    MarkLesson {
        item: u32,
        mark: Mark,
    },
    /// Timers: what is due at `now`. Never sent by a person.
    RunDue,
}

words! {
    /// What a reader says of a lesson.
    Mark {
        /// It was of use.
        Used = "used",
        /// Not for this work.
        NotRelevant = "not relevant",
        /// The world has changed.
        NoLongerTrue = "no longer true",
    }
}

/// One entry of a debrief's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Instant,
    /// Who; nobody, where a nameless debrief was added to.
    pub by: Who,
    /// What.
    pub fact: Fact,
}

/// The format of stored facts; see [`crate::suggestion::protocol::EVENT_FORMAT`].
pub const EVENT_FORMAT: i32 = 1;

/// What happened. Owners and due times are in here, so that [`super::apply()`] alone rebuilds row and ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
#[expect(missing_docs, reason = "past tense of the commands; fields carry the words of `Debrief`")]
pub enum Fact {
    Started {
        team: TeamId,
        work: Text,
        kind: Option<WorkKind>,
        template: Template,
        nameless: bool,
    },
    Joined,
    ItemAdded {
        /// Its place among the items, from 1.
        item: u32,
        column: Column,
        text: Text,
        source: Option<SourceMessage>,
    },
    /// Its author says it better; what it said before stays in the history.
    ItemEdited {
        item: u32,
        text: Text,
    },
    /// Words were taken out of it: out of the events themselves.
    ItemRedacted {
        item: u32,
    },
    /// The same for what is no item: title, summary, an action.
    WordsRemoved {
        piece: Piece,
    },
    LessonKept {
        item: u32,
    },
    LessonMarked {
        item: u32,
        mark: Mark,
    },
    LessonRetired {
        item: u32,
    },
    ActionAdded {
        /// Its entry in the ledger.
        entry: u32,
        text: Text,
        owed: Owed,
        /// Who wrote it; not said in histories of the first version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        author: Option<MemberId>,
    },
    ActionDone {
        entry: u32,
    },
    Reminded {
        to: MemberId,
        entry: u32,
        step: LadderStep,
    },
    NextLevelTold {
        told: MemberId,
        entry: u32,
    },
    /// Somebody else owes the action from now on.
    Transferred {
        from: MemberId,
        to: MemberId,
        entry: u32,
        /// The one before left; else they did not answer in time.
        left: bool,
    },
    /// The facilitator was reminded that it is still open.
    CloseReminded {
        to: MemberId,
    },
    Closed {
        summary: Option<Text>,
        /// Items that became suggestions. [`Number::NEXT`] until the transaction has given the numbers.
        escalated: Vec<Escalated>,
    },
}

/// An item that became a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalated {
    /// The item's place.
    pub item: u32,
    /// The suggestion.
    pub suggestion: Number,
}

impl Fact {
    /// The word that is stored.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Fact::Started { .. } => "started",
            Fact::Joined => "joined",
            Fact::ItemAdded { .. } => "item_added",
            Fact::ItemEdited { .. } => "item_edited",
            Fact::ItemRedacted { .. } => "item_redacted",
            Fact::WordsRemoved { .. } => "words_removed",
            Fact::LessonKept { .. } => "lesson_kept",
            Fact::LessonMarked { .. } => "lesson_marked",
            Fact::LessonRetired { .. } => "lesson_retired",
            Fact::ActionAdded { .. } => "action_added",
            Fact::ActionDone { .. } => "action_done",
            Fact::Reminded { .. } => "reminded",
            Fact::NextLevelTold { .. } => "next_level_told",
            Fact::Transferred { .. } => "transferred",
            Fact::CloseReminded { .. } => "close_reminded",
            Fact::Closed { .. } => "closed",
        }
    }

    /// Does it change the ledger?
    pub const fn changes_ledger(&self) -> bool {
        match self {
            Fact::ActionAdded { .. }
            | Fact::ActionDone { .. }
            | Fact::Reminded { .. }
            | Fact::NextLevelTold { .. }
            | Fact::Transferred { .. } => true,
            Fact::Started { .. }
            | Fact::Joined
            | Fact::ItemAdded { .. }
            | Fact::ItemEdited { .. }
            | Fact::ItemRedacted { .. }
            | Fact::WordsRemoved { .. }
            | Fact::LessonKept { .. }
            | Fact::LessonMarked { .. }
            | Fact::LessonRetired { .. }
            | Fact::CloseReminded { .. }
            | Fact::Closed { .. } => false,
        }
    }

    /// The lesson that it changes, by its item's place; where the item is one.
    pub const fn lesson(&self) -> Option<u32> {
        match self {
            Fact::LessonKept { item }
            | Fact::LessonMarked { item, .. }
            | Fact::LessonRetired { item }
            | Fact::ItemEdited { item, .. }
            | Fact::ItemRedacted { item } => Some(*item),
            Fact::Started { .. }
            | Fact::Joined
            | Fact::ItemAdded { .. }
            | Fact::WordsRemoved { .. }
            | Fact::ActionAdded { .. }
            | Fact::ActionDone { .. }
            | Fact::Reminded { .. }
            | Fact::NextLevelTold { .. }
            | Fact::Transferred { .. }
            | Fact::CloseReminded { .. }
            | Fact::Closed { .. } => None,
        }
    }

    /// The same with the numbers that the suggestions of the same change were given, in order.
    #[must_use]
    pub fn numbered(mut self, numbers: &[Number]) -> Fact {
        if let Fact::Closed { escalated, .. } = &mut self {
            for (escalated, number) in escalated.iter_mut().zip(numbers) {
                escalated.suggestion = *number;
            }
        }
        self
    }

    /// The same with every text of a person changed by `f`.
    #[must_use]
    pub fn map_texts(mut self, f: &dyn Fn(&Text) -> Text) -> Fact {
        match &mut self {
            Fact::Started { work: text, .. }
            | Fact::ItemAdded { text, .. }
            | Fact::ItemEdited { text, .. }
            | Fact::ActionAdded { text, .. }
            | Fact::Closed { summary: Some(text), .. } => *text = f(text),
            Fact::Joined
            | Fact::ItemRedacted { .. }
            | Fact::WordsRemoved { .. }
            | Fact::LessonKept { .. }
            | Fact::LessonMarked { .. }
            | Fact::LessonRetired { .. }
            | Fact::ActionDone { .. }
            | Fact::Reminded { .. }
            | Fact::NextLevelTold { .. }
            | Fact::Transferred { .. }
            | Fact::CloseReminded { .. }
            | Fact::Closed { summary: None, .. } => {}
        }
        self
    }

    /// That words were taken out of this.
    pub const fn redacted(piece: Piece) -> Fact {
        match piece {
            Piece::Item(item) => Fact::ItemRedacted { item },
            Piece::Title | Piece::Summary | Piece::Action(_) => Fact::WordsRemoved { piece },
        }
    }

    /// The same with the words of one piece changed by `f`: for a redaction.
    #[must_use]
    pub fn map_piece(self, piece: Piece, f: &dyn Fn(&Text) -> Text) -> Fact {
        if self.says_of(piece).is_some() { self.map_texts(f) } else { self }
    }

    /// What this piece says from here on, if that is what happened.
    pub fn says_of(&self, piece: Piece) -> Option<&Text> {
        let (said, text) = match self {
            Fact::Started { work, .. } => (Piece::Title, work),
            Fact::ItemAdded { item, text, .. } | Fact::ItemEdited { item, text } => {
                (Piece::Item(*item), text)
            }
            Fact::ActionAdded { entry, text, .. } => (Piece::Action(*entry), text),
            Fact::Closed { summary: Some(summary), .. } => (Piece::Summary, summary),
            Fact::Joined
            | Fact::ItemRedacted { .. }
            | Fact::WordsRemoved { .. }
            | Fact::LessonKept { .. }
            | Fact::LessonMarked { .. }
            | Fact::LessonRetired { .. }
            | Fact::ActionDone { .. }
            | Fact::Reminded { .. }
            | Fact::NextLevelTold { .. }
            | Fact::Transferred { .. }
            | Fact::CloseReminded { .. }
            | Fact::Closed { summary: None, .. } => return None,
        };
        (said == piece).then_some(text)
    }

    /// Does what is sent of it quote this piece? The summary's post quotes all but the title, which stands on the panel, in the
    /// thread's name and in the question whether it can be closed.
    pub fn quotes(&self, piece: Piece) -> bool {
        match self {
            Fact::ItemAdded { item, .. } | Fact::ItemEdited { item, .. } | Fact::LessonKept { item } => {
                piece == Piece::Item(*item)
            }
            Fact::ActionAdded { entry, .. }
            | Fact::ActionDone { entry }
            | Fact::Transferred { entry, .. } => piece == Piece::Action(*entry),
            Fact::CloseReminded { .. } => piece == Piece::Title,
            Fact::Closed { .. } => piece != Piece::Title,
            Fact::Started { .. }
            | Fact::Joined
            | Fact::ItemRedacted { .. }
            | Fact::WordsRemoved { .. }
            | Fact::LessonMarked { .. }
            | Fact::LessonRetired { .. }
            | Fact::Reminded { .. }
            | Fact::NextLevelTold { .. } => false,
        }
    }
}

/// Who is told. Rendered when it is sent, from the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The panel shows the newest state; for a new debrief it is posted, and its thread opened.
    Panel,
    /// The thread gets a post on this step.
    Post {
        /// Which event of the batch.
        event: usize,
        /// Who is pinged.
        mention: Option<MemberId>,
    },
    /// A direct message on this step; where those are closed, a mention in the thread.
    Direct {
        /// Which event of the batch.
        event: usize,
        /// To whom.
        to: MemberId,
    },
    /// What is due or late of an action, bundled with all else that falls due for this person in the same sweep.
    Reminder {
        /// To whom.
        to: MemberId,
        /// Owed by them, or by somebody whose next level they are.
        owed_by: MemberId,
        /// Which action.
        entry: u32,
        /// Halfway, late, or none where it came or went.
        step: LadderStep,
        /// It is due, it came to them, or it went to somebody else.
        about: Word,
    },
    /// The thread gets the briefing for this kind of work.
    Briefing,
    /// Words were taken out of this: everything that was sent and quotes it is made anew.
    Rewrite {
        /// Of what.
        piece: Piece,
    },
    /// The thread takes its name from the title as it is now.
    Rename,
}

/// Why something was not done, in words of a debrief. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No debrief has this number, or it is of another workspace.
    NoSuchDebrief(DebriefNumber),
    /// No number was given, and this is no debrief's thread.
    WhichDebrief,
    /// It is closed: nothing is added any more.
    Closed {
        /// By whom.
        by: Who,
        /// When.
        at: Instant,
    },
    /// Its template has other headings.
    OtherHeadings {
        /// Those that it has.
        takes: &'static [Column],
    },
    /// It holds as much as it can.
    Full {
        /// So many items.
        limit: usize,
    },
    /// Three actions are there.
    EnoughActions,
    /// The owner has left the community.
    OwnerLeft(MemberId),
    /// No item has this place.
    NoSuchItem(u32),
    /// It has no summary, or none yet.
    NoSummary,
    /// No item holds these words, or several do.
    WhichItem {
        /// What was typed.
        typed: String,
    },
    /// The words are gone.
    ItemErased,
    /// Only its author says it in other words.
    NotYourItem {
        /// Nobody is named here, so nobody can show that it is theirs.
        nameless: bool,
    },
    /// Only its author, whoever leads the debrief or owes the action, the team's managers and the coordinators take words out.
    MayNotRedact {
        /// Nobody is named here, so nobody can show that it is theirs.
        nameless: bool,
    },
    /// None of the words stands there.
    WordsNotFound,
    /// No action has this number.
    NoSuchAction {
        /// What was asked for.
        typed: String,
        /// Those that are open.
        open: Vec<u32>,
    },
    /// It was done before.
    ActionDone,
    /// Only the owner, the facilitator, the team's managers and the coordinators say that it is done.
    NotYourAction {
        /// Whose it is.
        owner: MemberId,
    },
    /// Only those who take part, the team and the coordinators.
    NotTakingPart,
    /// It is no lesson, or no longer one.
    NoLesson,
    /// There is no such kind of work yet.
    NoSuchKind {
        /// What was typed.
        typed: String,
    },
    /// A kind cannot be merged into itself.
    SameKind,
    /// Only coordinators merge kinds.
    CoordinatorsMerge,
}
