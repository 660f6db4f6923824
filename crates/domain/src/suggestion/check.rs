//! Does it work? What those say who work with what was done, at the outcome check and once more after twelve weeks.
//!
//! Answers are private to the count. A history holds what was answered and never by whom ([`crate::Who::Nameless`]); who has
//! answered the present question is known apart from it, without what ([`Answered`]), only so that each counts once, and is
//! forgotten when the question ends. Few answers are not shown one by one, since they could be told apart.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::protocol::{Fact, Works};
use super::stage::{Stage, Suggestion};
use crate::Instant;
use crate::ids::MemberId;

/// So many answers are needed before they are shown by what they say, and before they weigh against what was recorded.
pub const ENOUGH: u32 = 3;

/// When the last question comes, after what was done.
pub const LAST_QUESTION: TimeDelta = TimeDelta::weeks(12);

/// What was answered to one question, by nobody in particular.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Answers {
    /// "It works."
    pub works: u32,
    /// "Partly."
    pub partly: u32,
    /// "It does not."
    pub not: u32,
}

impl Answers {
    /// One more.
    #[must_use]
    pub const fn and(mut self, works: Works) -> Answers {
        let n = match works {
            Works::Yes => &mut self.works,
            Works::Partly => &mut self.partly,
            Works::No => &mut self.not,
        };
        *n = n.saturating_add(1);
        self
    }

    /// How many said this.
    pub const fn of(self, works: Works) -> u32 {
        match works {
            Works::Yes => self.works,
            Works::Partly => self.partly,
            Works::No => self.not,
        }
    }

    /// How many answered.
    pub const fn total(self) -> u32 {
        self.works.saturating_add(self.partly).saturating_add(self.not)
    }

    /// Has nobody answered?
    pub fn is_empty(&self) -> bool {
        *self == Answers::default()
    }

    /// May they be shown by what they say?
    pub const fn may_be_shown(self) -> bool {
        self.total() >= ENOUGH
    }

    /// Do more than half of at least three say that it does not work?
    pub const fn say_no(self) -> bool {
        self.total() >= ENOUGH && self.not > self.total() / 2
    }
}

/// Who has answered the present question, as far as the one who acts needs it. It is no part of the item: whoever loads the
/// item for a command reads it anew, from where it stands without what was answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answered {
    /// Whoever acts has.
    pub own: bool,
    /// Somebody else has.
    pub others: bool,
}

/// How the last question of a verified idea stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastQuestion {
    /// It was verified before there was one.
    #[default]
    Never,
    /// It comes.
    Planned {
        /// When.
        at: Instant,
    },
    /// People are asked.
    Asked {
        /// Until when their answers count.
        until: Instant,
    },
    /// It is over, and the outcome stands.
    Over,
}

/// When the last question comes for what was done at `done`, if its outcome is recorded now: after twelve weeks; where those
/// are over, because the outcome stayed open for so long, after another check's time (`again`).
pub(super) fn last_question_at(done: Instant, now: Instant, again: Instant) -> Instant {
    let at = done + LAST_QUESTION;
    if at > now { at } else { again }
}

impl Fact {
    /// Does the question whether it works end with it, or begin anew? Who has answered is forgotten then.
    pub const fn ends_question(&self) -> bool {
        match self {
            Fact::Implemented { .. }
            | Fact::OutcomeVerified { .. }
            | Fact::OutcomeOpen { asks_anew: true, .. }
            | Fact::OutcomeFailed { .. }
            | Fact::LastAsked { .. }
            | Fact::LastQuestionOver
            | Fact::ReopenedByAnswers { .. }
            | Fact::Reopened { .. }
            | Fact::MergedInto { .. } => true,
            Fact::OutcomeOpen { asks_anew: false, .. }
            | Fact::CheckAsked { .. }
            | Fact::Submitted { .. }
            | Fact::Acknowledged { .. }
            | Fact::FindingAdded { .. }
            | Fact::Asked { .. }
            | Fact::Answered { .. }
            | Fact::AnswerTimedOut { .. }
            | Fact::QuestionDelivered { .. }
            | Fact::QuestionReturned { .. }
            | Fact::Assigned { .. }
            | Fact::Referred { .. }
            | Fact::Accepted { .. }
            | Fact::Declined { .. }
            | Fact::Deferred { .. }
            | Fact::Resumed { .. }
            | Fact::Replanned { .. }
            | Fact::Stopped { .. }
            | Fact::FeedbackGiven { .. }
            | Fact::Appealed { .. }
            | Fact::Edited { .. }
            | Fact::Withdrawn { .. }
            | Fact::Absorbed { .. }
            | Fact::Separated { .. }
            | Fact::PlacedAnew { .. }
            | Fact::Redacted
            | Fact::Supported
            | Fact::SupportTakenBack
            | Fact::Followed
            | Fact::Unfollowed
            | Fact::Reminded { .. }
            | Fact::NextLevelTold { .. }
            | Fact::DueMoved { .. }
            | Fact::Transferred { .. }
            | Fact::Rerouted { .. } => false,
        }
    }
}

impl Suggestion {
    /// What was answered to the present (or, once it is over, the latest) question.
    pub fn answers(&self) -> Answers {
        self.named_answers.values().fold(self.counted_answers, |all, works| all.and(*works))
    }

    /// Has this member, who acts, answered the present question?
    pub fn has_answered(&self, member: MemberId) -> bool {
        self.answered.own || self.named_answers.contains_key(&member)
    }

    /// Has somebody besides this member, who acts, answered the present question?
    pub fn others_answered(&self, member: MemberId) -> bool {
        self.answered.others || self.named_answers.keys().any(|m| *m != member)
    }

    /// Do answers to "does it work?" count now?
    pub const fn takes_answers(&self) -> bool {
        match self.stage {
            Stage::Implemented { .. } | Stage::Verified { last_question: LastQuestion::Asked { .. }, .. } => {
                true
            }
            Stage::Verified { .. }
            | Stage::Submitted
            | Stage::Acknowledged { .. }
            | Stage::Investigating
            | Stage::AwaitingInformation { .. }
            | Stage::Accepted { .. }
            | Stage::Declined { .. }
            | Stage::Deferred { .. }
            | Stage::Merged { .. }
            | Stage::Withdrawn { .. } => false,
        }
    }

    /// Has it ended, with nobody asked about it just now? Then nothing is expected in its thread.
    pub fn is_at_rest(&self) -> bool {
        !self.is_open()
            && !matches!(self.stage, Stage::Verified { last_question: LastQuestion::Asked { .. }, .. })
    }

    /// Were people asked in the present outcome check?
    pub const fn check_asked(&self) -> bool {
        matches!(self.stage, Stage::Implemented { asked: true, .. })
    }

    /// Nobody has answered yet.
    pub(super) fn clear_answers(&mut self) {
        self.named_answers.clear();
        self.counted_answers = Answers::default();
    }
}
