//! A team's calendar has changed (zone, days, hours, holidays): what is owed is due at another time.
//!
//! The wait that was promised is counted anew, from the same beginning, by the calendar as it is now. It cannot be
//! played: a date that a person set stays (it was not counted), what is late already stays late, what the author waits
//! for goes on counting from the first day, and days that have passed stay what they were
//! ([`crate::settings::keep_the_past`]). And it comes upon nobody overnight: an earlier due time leaves a working day.

use super::protocol::Fact;
use super::stage::Suggestion;
use crate::Instant;
use crate::calendar::{Calendar, Wait};
use crate::ledger::{Counted, Requirement, RequirementKind, RequirementState};
use crate::policy::Policy;

/// A due time that moves earlier leaves at least this much.
const NOTICE: Wait = Wait::WorkingDays { days: 1 };

/// What moves; nothing if everything is due when the calendar says, so that counting twice moves once.
pub(super) fn count_anew(s: &Suggestion, policy: &Policy, now: Instant) -> Vec<Fact> {
    let calendar = policy.calendar(s.team);
    let entry = |r: &Requirement| {
        let since = match r.state {
            RequirementState::Open => now,
            RequirementState::Paused { since } => since,
            RequirementState::Fulfilled { .. } | RequirementState::Waived { .. } => return None,
        };
        let due = moved(&calendar, r.counted?, r.due, since)?;
        Some(Fact::DueMoved { entry: Some(r.entry), kind: r.kind, before: r.due, due })
    };
    let mut facts: Vec<Fact> = s.ledger.iter().filter_map(entry).collect();
    facts.extend(kept(s, &calendar, now));
    facts
}

/// After a referral the acknowledgement is owed first, and the decision's due time is kept for later.
fn kept(s: &Suggestion, calendar: &Calendar, now: Instant) -> Option<Fact> {
    if !s.owes(RequirementKind::Acknowledgement) {
        return None;
    }
    let before = s.decision_due?;
    let due = moved(calendar, s.decision_counted?, before, now)?;
    Some(Fact::DueMoved { entry: None, kind: RequirementKind::Decision, before, due })
}

/// Where a due time is now, if it is elsewhere; `since` is from when on it can move.
fn moved(calendar: &Calendar, counted: Counted, before: Instant, since: Instant) -> Option<Instant> {
    if before <= since {
        return None;
    }
    let due = counted.due(calendar).max(before.min(calendar.after(since, NOTICE)));
    (due != before).then_some(due)
}
