//! What was done, and what came of it: its implementation, its checks, and the last question.

use super::super::check::{LastQuestion, last_question_at};
use super::super::protocol::{Benefit, BenefitTyped, Effect, Fact, limits};
use super::super::stage::{Plan, Stage};
use super::{Case, optional, written};
use crate::ids::MemberId;
use crate::ledger::{Owed, RequirementKind};
use crate::people::Actor;
use crate::rejection::{Field, Rejection};

impl Case<'_> {
    /// The outcome check of what was just done.
    pub(super) fn check(&self, by: MemberId) -> Owed {
        self.owed(RequirementKind::OutcomeCheck, by, self.policy.times.outcome_check)
    }

    pub(super) fn implemented(&self, what_changed: &str) -> Result<Fact, Rejection> {
        let Stage::Accepted { implementer, plan, .. } = &self.s.stage else {
            return Err(Rejection::ChangedMeanwhile);
        };
        let review = match plan {
            Plan::Trial { review, .. } => review.filter(|r| *r > self.now),
            Plan::Implement { .. } => None,
        };
        let (kind, by) = (RequirementKind::OutcomeCheck, self.s.responsible);
        let owed = match review {
            Some(due) => Owed { kind, by, due, counted: None },
            None => self.check(by),
        };
        Ok(Fact::Implemented {
            what_changed: written(Field::WhatChanged, what_changed, limits::TEXT)?,
            implementer: *implementer,
            owed,
            checks_anew: true,
        })
    }

    pub(super) fn outcome(
        &self,
        effect: Effect,
        note: &str,
        typed: &[BenefitTyped],
    ) -> Result<Vec<Fact>, Rejection> {
        let Stage::Implemented { at: done, .. } = &self.s.stage else {
            return Err(Rejection::ChangedMeanwhile);
        };
        let note = written(Field::Note, note, limits::TEXT)?;
        let benefits = typed.iter().map(benefit).collect::<Result<Vec<_>, _>>()?;
        let charge = self.acting_charge();
        let by = charge.responsible;
        let answers = self.s.answers();
        let again = self.after(self.policy.times.outcome_check);
        let last_question = Some(last_question_at(*done, self.now, again));
        Ok(match effect {
            Effect::Worked => {
                let verified = Fact::OutcomeVerified { effect, note, benefits, answers, last_question };
                let reopened = answers.say_no().then(|| self.reopened_by_answers());
                [Some(verified), reopened].into_iter().flatten().collect()
            }
            Effect::DidNotWork => {
                let owed = self.owed(RequirementKind::Decision, by, self.policy.times.decide);
                vec![Fact::OutcomeFailed { note, benefits, charge, owed, answers }]
            }
            Effect::Partly | Effect::CannotTell if self.s.open_checks < limits::OPEN_CHECKS => {
                let owed = self.check(by);
                vec![Fact::OutcomeOpen { effect, note, benefits, charge, owed, answers, asks_anew: true }]
            }
            // Checked twice without a clear answer: now the coordinator decides.
            Effect::Partly | Effect::CannotTell => {
                if matches!(self.actor, Actor::Member(m) if self.policy.is_coordinator(m)) {
                    return Ok(vec![Fact::OutcomeVerified {
                        effect,
                        note,
                        benefits,
                        answers,
                        last_question,
                    }]);
                }
                let charge = super::super::routing::coordinator(self.policy, &[self.s.author]);
                let by = charge.responsible;
                let owed = self.owed(RequirementKind::OutcomeCheck, by, self.policy.times.decide_again);
                vec![Fact::OutcomeOpen { effect, note, benefits, charge, owed, answers, asks_anew: false }]
            }
        })
    }

    /// Those who work with it say that it does not work, whatever was recorded.
    fn reopened_by_answers(&self) -> Fact {
        let charge = self.charge_anew();
        let by = charge.responsible;
        let owed = self.owed(RequirementKind::Acknowledgement, by, self.policy.times.acknowledge);
        Fact::ReopenedByAnswers { answers: self.s.answers(), charge, owed }
    }

    /// Twelve weeks after it was done: people are asked once more, and when they had time to answer, their answers count.
    pub(super) fn last_question(&self) -> Vec<Fact> {
        let Stage::Verified { last_question, .. } = &self.s.stage else { return vec![] };
        match last_question {
            LastQuestion::Planned { .. } => {
                vec![Fact::LastAsked { until: self.after(self.policy.times.answer) }]
            }
            LastQuestion::Asked { .. } if self.s.answers().say_no() => vec![self.reopened_by_answers()],
            LastQuestion::Asked { .. } => vec![Fact::LastQuestionOver],
            LastQuestion::Never | LastQuestion::Over => vec![],
        }
    }
}

fn benefit(typed: &BenefitTyped) -> Result<Benefit, Rejection> {
    let line = |field, typed: &Option<String>| optional(field, typed.as_deref(), limits::LINE);
    Ok(Benefit {
        kind: typed.kind,
        before: line(Field::BenefitBefore, &typed.before)?,
        after: line(Field::BenefitAfter, &typed.after)?,
        unit: line(Field::BenefitUnit, &typed.unit)?,
    })
}
