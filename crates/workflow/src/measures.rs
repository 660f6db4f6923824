//! What the ledger says of a period, and what debriefs came to ([`looked_back`], [`Queries::looked_back`]).
//!
//! The ledger: `/measures`, the digest's line and `/my` all come from [`Queries::promise`].
//!
//! *Promise kept* = responses given in time ÷ (given in time + given late + overdue now). A response counts in the period in
//! which it was given, early ones too, so that each counts once; what is open and past its time counts as overdue now. What
//! an author owes, and what the system does on a date, is no part of the promise ([`RequirementKind::is_promised`]).
//!
//! [`Queries::promise`]: crate::ports::Queries::promise
//! [`Queries::looked_back`]: crate::ports::Queries::looked_back

use std::collections::BTreeMap;

use kaizen_domain::debrief::{Debrief, Mark, Stage};
use kaizen_domain::suggestion::Suggestion;
use kaizen_domain::{Instant, MemberId, RequirementKind, RequirementState, TeamId, Text};

/// Which entries of the ledger are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counting {
    /// Only of this team.
    pub team: Option<TeamId>,
    /// Only what this member owes, or owed at last.
    pub member: Option<MemberId>,
    /// Given after this time …
    pub since: Instant,
    /// … and not after this one; what was due before it and is open is overdue.
    pub until: Instant,
}

/// Required responses, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// Given in the period, in time.
    pub in_time: u64,
    /// Given in the period, late.
    pub late: u64,
    /// Open, and past its time.
    pub overdue: u64,
    /// Open, the overdue ones included.
    pub open: u64,
}

impl Kept {
    /// Everything that the share of the promise is taken of.
    pub const fn promised(&self) -> u64 {
        self.in_time + self.late + self.overdue
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Kept) -> Kept {
        Kept {
            in_time: self.in_time + other.in_time,
            late: self.late + other.late,
            overdue: self.overdue + other.overdue,
            open: self.open + other.open,
        }
    }
}

/// The count of one kind in one team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptLine {
    /// Whose work the ideas are about.
    pub team: TeamId,
    /// What was owed.
    pub kind: RequirementKind,
    /// How many.
    pub kept: Kept,
}

/// The promise, over all of these lines.
pub fn promise(lines: &[KeptLine]) -> Kept {
    sum(lines, |l| l.kind.is_promised())
}

/// The lines that are meant, added up.
pub fn sum(lines: &[KeptLine], meant: impl Fn(&KeptLine) -> bool) -> Kept {
    lines.iter().filter(|l| meant(l)).fold(Kept::default(), |all, l| all.and(l.kept))
}

/// What was looked back on in a period, and what became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LookedBack {
    /// Debriefs that were closed in the period, with something in them.
    pub held: u64,
    /// Items of these that became ideas.
    pub escalated: u64,
    /// Lessons that were kept in the period, whatever became of them.
    pub kept: u64,
    /// Lessons that briefings show now.
    pub shown: u64,
    /// Of these, those that at least one reader marks as used.
    pub used: u64,
}

/// The definition, on states in memory. Whose they are does not matter: there are no measures of persons.
pub fn looked_back<'a>(debriefs: impl IntoIterator<Item = &'a Debrief>, of: &Counting) -> LookedBack {
    let within = |at: Instant| of.since < at && at <= of.until;
    let mut all = LookedBack::default();
    for d in debriefs.into_iter().filter(|d| of.team.is_none_or(|t| t == d.team)) {
        all = all.and(held(d, of));
        // Briefings are for a kind of work; without one a lesson stays in its debrief.
        for item in d.items.iter().filter(|i| d.kind.is_some() && i.text != Text::Erased) {
            let Some(lesson) = &item.lesson else { continue };
            all.kept += u64::from(within(lesson.kept_at));
            all.shown += u64::from(!lesson.retired);
            all.used += u64::from(!lesson.retired && lesson.count(Mark::Used) > 0);
        }
    }
    all
}

/// What one debrief adds to what was held and escalated.
pub fn held(d: &Debrief, of: &Counting) -> LookedBack {
    let closed = match d.stage {
        Stage::Closed { at, .. } => of.since < at && at <= of.until,
        Stage::Started => false,
    };
    if !closed || (d.items.is_empty() && d.actions.is_empty()) {
        return LookedBack::default();
    }
    let escalated = d.items.iter().filter(|i| i.suggestion.is_some()).count();
    LookedBack { held: 1, escalated: escalated as u64, ..LookedBack::default() }
}

impl LookedBack {
    /// Both together.
    #[must_use]
    pub const fn and(self, other: LookedBack) -> LookedBack {
        LookedBack {
            held: self.held + other.held,
            escalated: self.escalated + other.escalated,
            kept: self.kept + other.kept,
            shown: self.shown + other.shown,
            used: self.used + other.used,
        }
    }
}

/// The definition, on states in memory: what a store counts with a statement of its own. In the order of teams and kinds.
pub fn count<'a>(items: impl IntoIterator<Item = &'a Suggestion>, of: &Counting) -> Vec<KeptLine> {
    let mut lines: BTreeMap<(TeamId, RequirementKind), Kept> = BTreeMap::new();
    for s in items.into_iter().filter(|s| of.team.is_none_or(|t| t == s.team)) {
        for entry in s.ledger.iter().filter(|e| of.member.is_none_or(|m| m == e.by)) {
            let kept = match entry.state {
                RequirementState::Fulfilled { at } if of.since < at && at <= of.until => {
                    let late = u64::from(at > entry.due);
                    Kept { in_time: 1 - late, late, ..Kept::default() }
                }
                RequirementState::Open => {
                    Kept { open: 1, overdue: u64::from(entry.due < of.until), ..Kept::default() }
                }
                RequirementState::Fulfilled { .. }
                | RequirementState::Paused { .. }
                | RequirementState::Waived { .. } => continue,
            };
            let line = lines.entry((s.team, entry.kind)).or_default();
            *line = line.and(kept);
        }
    }
    lines.into_iter().map(|((team, kind), kept)| KeptLine { team, kind, kept }).collect()
}
