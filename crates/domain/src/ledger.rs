//! The ledger of required responses: what is owed, by whom, by when, and how it ended. Nothing is ever deleted
//! from it; *late* is computed from it and never stored.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::Instant;
use crate::calendar::{Calendar, Wait};
use crate::ids::MemberId;

/// What is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequirementKind {
    /// "We have seen it": default 2 working days.
    Acknowledgement,
    /// A reasoned decision: default 10 working days after the acknowledgement.
    Decision,
    /// The author's answer to a question: default 5 working days.
    Answer,
    /// The change itself: the date that the manager set.
    Implementation,
    /// Has it helped? default 30 days after the implementation.
    OutcomeCheck,
    /// Taking a deferred idea up again, on its date. The system fulfils it.
    Resumption,
    /// What somebody took upon themself in a debrief: by the date that the group set.
    Action,
}

impl RequirementKind {
    /// Every kind, in the order of an idea's life.
    pub const ALL: [RequirementKind; 7] = [
        Self::Acknowledgement,
        Self::Decision,
        Self::Answer,
        Self::Implementation,
        Self::OutcomeCheck,
        Self::Resumption,
        Self::Action,
    ];

    /// Is it part of what is promised to those who suggest? An author's own answer is not, nor what the system does on a date.
    pub const fn is_promised(self) -> bool {
        match self {
            Self::Acknowledgement
            | Self::Decision
            | Self::Implementation
            | Self::OutcomeCheck
            | Self::Action => true,
            Self::Answer | Self::Resumption => false,
        }
    }

    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledgement => "acknowledgement",
            Self::Decision => "decision",
            Self::Answer => "answer",
            Self::Implementation => "implementation",
            Self::OutcomeCheck => "outcome_check",
            Self::Resumption => "resumption",
            Self::Action => "action",
        }
    }
}

/// A new entry of the ledger, as events carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// What.
    pub kind: RequirementKind,
    /// By whom.
    pub by: MemberId,
    /// By when.
    pub due: Instant,
    /// What the due time was counted from; none for a date that a person set, and for what was written before this was
    /// kept: such a due time never moves by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<Counted>,
}

/// How a due time came about: which wait, from when. With it a changed calendar gives the due time anew
/// ([`crate::suggestion::Command::CountAnew`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// When the wait began.
    pub from: Instant,
    /// How long it is: what was promised then, whatever the times are now.
    pub wait: Wait,
    /// For how long the clock stood still since, in microseconds: working time for waits in working time, plain time for
    /// plain ones.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub stood_still: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(n: &i64) -> bool {
    *n == 0
}

impl Counted {
    /// A wait that begins now.
    pub const fn new(from: Instant, wait: Wait) -> Counted {
        Counted { from, wait, stood_still: 0 }
    }

    /// When it is over, by this calendar.
    pub fn due(&self, calendar: &Calendar) -> Instant {
        later(
            calendar,
            self.wait,
            calendar.after(self.from, self.wait),
            TimeDelta::microseconds(self.stood_still),
        )
    }

    /// The same after the clock stood still once more.
    #[must_use]
    pub fn stood_still_for(self, time: TimeDelta) -> Counted {
        let more = time.num_microseconds().unwrap_or(0).max(0);
        Counted { stood_still: self.stood_still.saturating_add(more), ..self }
    }
}

/// A due time moved on by what the clock stood still: by working time for waits in working time.
pub(crate) fn later(calendar: &Calendar, wait: Wait, due: Instant, stood_still: TimeDelta) -> Instant {
    match wait {
        Wait::Calendar { .. } => due + stood_still.max(TimeDelta::zero()),
        Wait::WorkingDays { .. } | Wait::WorkingHours { .. } => calendar.advance(due, stood_still),
    }
}

/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// Its place in the item's ledger, from 1.
    pub entry: u32,
    /// What is owed.
    pub kind: RequirementKind,
    /// By whom, now.
    pub by: MemberId,
    /// Since when.
    pub opened_at: Instant,
    /// By when.
    pub due: Instant,
    /// What the due time was counted from; none for a date that a person set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<Counted>,
    /// Open, or how it ended.
    pub state: RequirementState,
    /// How far reminders and escalation have come.
    pub ladder: Ladder,
}

/// How an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequirementState {
    /// Owed now. Every open item has exactly one.
    Open,
    /// Its clock stands still while a question lies with the author.
    Paused {
        /// Since when.
        since: Instant,
    },
    /// Given.
    Fulfilled {
        /// When. Late, if after `due`.
        at: Instant,
    },
    /// No longer owed, because the item went another way (withdrawn, merged, author's time over).
    Waived {
        /// When.
        at: Instant,
    },
}

/// Which step of reminders and escalation has been taken last, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// The last step.
    pub step: LadderStep,
    /// When it was taken.
    pub at: Instant,
}

/// The steps, in order. After `Transferred` it begins again at `Late` one level higher; at the top `Late` repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LadderStep {
    /// Nothing yet.
    None,
    /// Reminded at half of the time.
    Halfway,
    /// Due: the one who owes it was reminded, and the next level told.
    Late,
    /// The next level has become responsible.
    Transferred,
}

/// What reminders and escalation do next with an open entry, whatever it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    /// Remind at half of the time.
    Halfway,
    /// Remind, and tell the next level.
    Late,
    /// The next level becomes responsible; at the top: remind again.
    Escalate,
}

impl Requirement {
    /// A new entry at the end of a ledger.
    pub fn opened(ledger: &[Requirement], owed: &Owed, at: Instant) -> Requirement {
        let entry = u32::try_from(ledger.len()).unwrap_or(u32::MAX).saturating_add(1);
        Requirement {
            entry,
            kind: owed.kind,
            by: owed.by,
            opened_at: at,
            due: owed.due,
            counted: owed.counted,
            state: RequirementState::Open,
            ladder: Ladder { step: LadderStep::None, at },
        }
    }

    /// The next step of the ladder and its time, `again` being the time between two steps once it is late.
    pub fn next_rung(&self, calendar: &Calendar, again: Wait) -> (Instant, Rung) {
        match self.ladder.step {
            LadderStep::None => {
                let halfway = calendar.halfway(self.ladder.at.max(self.opened_at), self.due);
                if halfway < self.due { (halfway, Rung::Halfway) } else { (self.due, Rung::Late) }
            }
            LadderStep::Halfway => (self.due, Rung::Late),
            LadderStep::Late => (calendar.after(self.ladder.at, again), Rung::Escalate),
            LadderStep::Transferred => (calendar.after(self.ladder.at, again), Rung::Late),
        }
    }

    /// Was it, or is it, not given in time?
    pub fn is_late(&self, now: Instant) -> bool {
        match self.state {
            RequirementState::Open => now > self.due,
            RequirementState::Fulfilled { at } => at > self.due,
            RequirementState::Paused { .. } | RequirementState::Waived { .. } => false,
        }
    }
}
