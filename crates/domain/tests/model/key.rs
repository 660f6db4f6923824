//! Which lives are the same: text and absolute time are abstracted. What rules read stays; times stay as how far off they are,
//! in days; what is only told (reasons, histories, entries of the ledger that have ended) goes.

use std::collections::BTreeSet;

use kaizen_domain::ledger::LadderStep;
use kaizen_domain::suggestion::stage::Plan;
use kaizen_domain::suggestion::{Stage, StageName, TimerRule, planned_timer};
use kaizen_domain::{Instant, MemberId, Policy, Requirement, RequirementKind};

use crate::moves::Life;

/// How far off, in days: exact while it is near.
type Off = i8;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Owed {
    kind: RequirementKind,
    by: MemberId,
    step: LadderStep,
    due: Off,
}

/// What makes two lives the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    stage: StageName,
    back_to: Option<StageName>,
    implementer: Option<MemberId>,
    review_ahead: bool,
    over: Option<Off>,
    people: (MemberId, Option<MemberId>, Option<MemberId>, Option<MemberId>, Option<MemberId>),
    had_before: BTreeSet<MemberId>,
    with_author: i64,
    looked_at: bool,
    appealed: bool,
    open_checks: u8,
    decision_due: Option<Off>,
    open: Option<Owed>,
    paused: Option<Owed>,
    next: Option<(TimerRule, Off)>,
    answered: bool,
    absorbed: bool,
    at_work: bool,
}

fn off(at: Instant, now: Instant) -> Off {
    let days = (at - now).num_hours().div_euclid(24);
    match days {
        ..-3 => -4,
        -3..=3 => i8::try_from(days).unwrap_or(0),
        4..=7 => 7,
        8..=14 => 14,
        _ => 15,
    }
}

impl Key {
    pub(crate) fn of(life: &Life, policy: &Policy) -> Key {
        let (s, now) = (&life.state, life.now);
        let owed =
            |r: &Requirement| Owed { kind: r.kind, by: r.by, step: r.ladder.step, due: off(r.due, now) };
        let mut key = Key {
            stage: s.stage.name(),
            back_to: None,
            implementer: None,
            review_ahead: false,
            over: None,
            people: (s.responsible, s.investigator, s.deferred_by, s.replanned_by, s.declined_by),
            had_before: s.had_before.iter().copied().collect(),
            // In working days, begun ones counted.
            with_author: (s.with_author_seconds + 28_799).div_euclid(28_800).min(6),
            looked_at: s.findings > 0,
            appealed: s.appealed,
            open_checks: s.open_checks,
            decision_due: s.decision_due.map(|d| off(d, now)),
            open: s.open_requirement().map(owed),
            paused: s.paused_requirement().map(owed),
            next: planned_timer(s, policy, now).map(|t| (t.rule, off(t.at, now))),
            answered: false,
            absorbed: !s.absorbed.is_empty(),
            at_work: policy.calendar(s.team).is_working(now),
        };
        match &s.stage {
            Stage::AwaitingInformation { back_to, .. } => key.back_to = Some(back_to.name()),
            Stage::Accepted { implementer, plan, .. } => {
                key.implementer = Some(*implementer);
                key.review_ahead = matches!(plan, Plan::Trial { review: Some(review), .. } if *review > now);
            }
            Stage::Implemented { implementer, .. } => {
                key.implementer = Some(*implementer);
                key.answered = s.answers.keys().any(|m| m != implementer);
            }
            Stage::Declined { appeal_until, .. } => key.over = Some(off(*appeal_until, now)),
            Stage::Merged { at, .. } => key.over = Some(off(*at, now)),
            Stage::Submitted
            | Stage::Acknowledged { .. }
            | Stage::Investigating
            | Stage::Verified { .. }
            | Stage::Deferred { .. }
            | Stage::Withdrawn { .. } => {}
        }
        key
    }
}
