//! Which lives are the same: text and absolute time are abstracted. What rules read stays; times stay as how far off they are,
//! in days; what is only told (reasons, histories, entries of the ledger that have ended) goes.

use std::collections::BTreeSet;

use kaizen_domain::ledger::LadderStep;
use kaizen_domain::suggestion::routing::Why;
use kaizen_domain::suggestion::stage::Plan;
use kaizen_domain::suggestion::{LastQuestion, Stage, StageName, TimerRule, planned_timer};
use kaizen_domain::{Instant, MemberId, Requirement, RequirementKind, TeamId};

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
    answers: (u32, u32),
    voted: BTreeSet<MemberId>,
    asked: (bool, Option<Off>),
    absorbed: bool,
    at_work: bool,
    /// What became of people and calendar, and what of it the rules read besides.
    around: Option<Around>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Around {
    away: Vec<(MemberId, MemberId)>,
    left: Vec<MemberId>,
    /// The holidays ahead.
    holidays: Vec<i64>,
    because: Because,
    carries_out_for: Option<MemberId>,
}

/// Why the responsible person has it, as far as rules ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Because {
    Manages(TeamId),
    Coordinates,
    OwnsPolicy,
    NobodyOwnsPolicy,
    NobodyElse,
    Escalated,
    StandsInFor(MemberId),
    ActedWhileAway,
    MayTakeIt,
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
    pub(crate) fn of(life: &Life) -> Key {
        let (s, now, policy) = (&life.state, life.now, &*life.policy);
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
            answers: (s.answers().total().min(3), s.answers().not.min(3)),
            voted: life.voted.clone(),
            asked: (false, None),
            absorbed: !s.absorbed.is_empty(),
            at_work: policy.calendar(s.team).is_working(now),
            around: life.around.changes.then(|| around(life)),
        };
        match &s.stage {
            Stage::AwaitingInformation { back_to, asked_at, reached_at, .. } => {
                key.back_to = Some(back_to.name());
                key.over = Some(off(reached_at.unwrap_or(*asked_at), now));
                key.review_ahead = reached_at.is_some();
            }
            Stage::Accepted { implementer, plan, .. } => {
                key.implementer = Some(*implementer);
                key.review_ahead = matches!(plan, Plan::Trial { review: Some(review), .. } if *review > now);
            }
            Stage::Implemented { implementer, asked, .. } => {
                key.implementer = Some(*implementer);
                key.asked.0 = *asked;
            }
            Stage::Verified { last_question, .. } => {
                key.asked = match last_question {
                    LastQuestion::Planned { at } => (false, Some(off(*at, now))),
                    LastQuestion::Asked { until } => (true, Some(off(*until, now))),
                    LastQuestion::Never | LastQuestion::Over => (false, None),
                };
            }
            Stage::Declined { appeal_until, .. } => key.over = Some(off(*appeal_until, now)),
            Stage::Merged { at, .. } => key.over = Some(off(*at, now)),
            Stage::Submitted
            | Stage::Acknowledged { .. }
            | Stage::Investigating
            | Stage::Deferred { .. }
            | Stage::Withdrawn { .. } => {}
        }
        key
    }
}

fn around(life: &Life) -> Around {
    let (s, policy) = (&life.state, &*life.policy);
    let today = life.now.date_naive();
    let because = match s.why {
        Why::TeamManager { team, .. } | Why::LevelAbove { team, .. } => Because::Manages(team),
        Why::Coordinator => Because::Coordinates,
        Why::PolicyOwner => Because::OwnsPolicy,
        Why::NoPolicyOwner => Because::NobodyOwnsPolicy,
        Why::NobodyElse => Because::NobodyElse,
        Why::Escalated => Because::Escalated,
        Why::Deputy { of } => Because::StandsInFor(of),
        Why::ActedWhileAway { since } if policy.away(s.responsible).is_some_and(|a| a.since == since) => {
            Because::ActedWhileAway
        }
        Why::Route { .. }
        | Why::Acted
        | Why::ActedWhileAway { .. }
        | Why::Assigned { .. }
        | Why::Referred { .. }
        | Why::Appeal
        | Why::Back { .. } => Because::MayTakeIt,
    };
    Around {
        away: policy.absences.iter().map(|a| (a.member, a.deputy)).collect(),
        left: policy.left.iter().copied().collect(),
        holidays: life.around.holidays.iter().map(|d| (*d - today).num_days().max(-1)).collect(),
        because,
        carries_out_for: s.carries_out_for,
    }
}
