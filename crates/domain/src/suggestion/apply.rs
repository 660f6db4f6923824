//! Events back to state and ledger. Nothing is decided here: whoever is responsible and when something is due stands in
//! the events.

use super::check::{Answered, Answers, LastQuestion};
use super::protocol::{Charge, Event, Fact, Pause};
use super::stage::{Decision, Outcome, Stage, Suggestion, Verdict};
use crate::Instant;
use crate::ids::MemberId;
use crate::ledger::{Ladder, LadderStep, Owed, Requirement, RequirementKind, RequirementState};
use crate::people::Who;
use crate::suggestion::protocol::Effect;

/// The state after one more event; `None` where the event does not follow from the state (a history that was tampered
/// with, or cut).
pub fn apply(state: Option<Suggestion>, event: &Event) -> Option<Suggestion> {
    let at = event.at;
    let Some(mut s) = state else { return begin(event) };
    let actor = match event.by {
        Who::Member(m) => Some(m),
        Who::Nameless | Who::System => None,
    };
    s.answered = Answered::default();
    match &event.fact {
        Fact::Submitted { .. } => return None,
        Fact::Acknowledged { charge, owed } => {
            s.take_charge(charge);
            s.close(at, End::Fulfilled);
            s.stage = if owed.kind == RequirementKind::OutcomeCheck {
                s.done_already(at)
            } else {
                (s.decision_due, s.decision_counted) = (Some(owed.due), owed.counted);
                Stage::Acknowledged { by: actor?, at }
            };
            s.open(at, owed);
        }
        Fact::FindingAdded { text: _, charge, owed } => {
            s.take_charge(charge);
            s.findings += 1;
            s.investigator = s.investigator.or(actor);
            let done = owed.is_some_and(|owed| owed.kind == RequirementKind::OutcomeCheck);
            if let Some(owed) = owed {
                s.close(at, End::Fulfilled);
                if !done {
                    (s.decision_due, s.decision_counted) = (Some(owed.due), owed.counted);
                }
                s.open(at, owed);
            }
            s.stage = if done { s.done_already(at) } else { Stage::Investigating };
        }
        Fact::Asked { question, charge, decision_due, decision_counted, owed } => {
            s.take_charge(charge);
            if s.owes(RequirementKind::Acknowledgement) {
                s.close(at, End::Fulfilled);
                let (kind, by) = (RequirementKind::Decision, s.responsible);
                s.open(at, &Owed { kind, by, due: *decision_due, counted: *decision_counted });
                s.stage = Stage::Acknowledged { by: actor?, at };
            }
            (s.decision_due, s.decision_counted) = (Some(*decision_due), *decision_counted);
            s.close(at, End::Paused);
            let back_to = Box::new(s.stage.clone());
            s.stage = Stage::AwaitingInformation {
                question: question.clone(),
                asked_by: actor?,
                asked_at: at,
                reached_at: None,
                back_to,
            };
            s.open(at, owed);
        }
        Fact::Answered { text: _, owed, pause } => s.answered(at, End::Fulfilled, owed, *pause)?,
        Fact::AnswerTimedOut { owed, pause } => s.answered(at, End::Waived, owed, *pause)?,
        Fact::QuestionDelivered { owed } => {
            let Stage::AwaitingInformation { reached_at, .. } = &mut s.stage else { return None };
            *reached_at = Some(at);
            s.hand_over(owed, LadderStep::None, at)?;
        }
        Fact::QuestionReturned { owed, pause } => s.answered(at, End::Waived, owed, Some(*pause))?,
        Fact::Assigned { reason: _, charge, owed } => {
            s.take_charge(charge);
            s.hand_over(owed, LadderStep::None, at)?;
        }
        Fact::Referred { reason: _, charge, owed, decision_due, decision_counted } => {
            if decision_due.is_some() {
                (s.decision_due, s.decision_counted) = (*decision_due, *decision_counted);
                let had = [Some(s.responsible), actor, Some(charge.responsible)];
                for member in had.into_iter().flatten() {
                    if !s.had_before.contains(&member) {
                        s.had_before.push(member);
                    }
                }
            }
            s.take_charge(charge);
            let end = if s.owes(RequirementKind::Acknowledgement) { End::Fulfilled } else { End::Waived };
            s.close(at, end);
            s.stage = Stage::Submitted;
            s.open(at, owed);
        }
        Fact::Accepted {
            how,
            rationale,
            changes,
            norm_before,
            norm_after,
            plan,
            charge,
            owed,
            second_look,
            question,
        } => {
            s.take_charge(charge);
            s.second_look = second_look.or(s.second_look);
            s.policy_question = question.or(s.policy_question);
            s.close(at, End::Fulfilled);
            let verdict = Verdict::Accepted {
                how: *how,
                changes: *changes,
                norm_before: norm_before.clone(),
                norm_after: norm_after.clone(),
            };
            s.decision = Some(Decision { verdict, by: actor?, at, rationale: rationale.clone() });
            s.carries_out_for = None;
            s.stage = Stage::Accepted { implementer: owed.by, due: owed.due, plan: plan.clone() };
            s.open(at, owed);
        }
        Fact::Declined { class, rationale, charge, appeal_until, second_look, question } => {
            s.take_charge(charge);
            s.second_look = second_look.or(s.second_look);
            s.policy_question = question.or(s.policy_question);
            s.close(at, End::Fulfilled);
            s.declined_by = actor;
            s.decision = Some(Decision {
                verdict: Verdict::Declined { class: *class },
                by: actor?,
                at,
                rationale: rationale.clone(),
            });
            s.stage = Stage::Declined { at, appeal_until: *appeal_until };
        }
        Fact::Deferred { rationale, until, charge, owed } => {
            s.take_charge(charge);
            s.close(at, End::Fulfilled);
            s.deferred_by = actor;
            s.decision = Some(Decision {
                verdict: Verdict::Deferred { until: *until },
                by: actor?,
                at,
                rationale: rationale.clone(),
            });
            s.stage = Stage::Deferred { until: *until };
            s.open(at, owed);
        }
        Fact::Resumed { owed } => {
            s.close(at, End::Fulfilled);
            (s.decision_due, s.decision_counted) = (Some(owed.due), owed.counted);
            s.stage = Stage::Investigating;
            s.open(at, owed);
        }
        Fact::Replanned { reason: _, plan_due, owed, date_moved, ladder_goes_on } => {
            let Stage::Accepted { implementer, due, plan: _ } = &mut s.stage else { return None };
            *due = *plan_due;
            if *implementer != owed.by {
                *implementer = owed.by;
                s.carries_out_for = None;
            }
            if *date_moved {
                s.replanned_by = actor;
            }
            // In histories of the first version another implementer put the next step of the ladder off.
            let step = if *date_moved || *ladder_goes_on {
                LadderStep::None
            } else {
                s.open_requirement()?.ladder.step
            };
            s.hand_over(owed, step, at)?;
        }
        Fact::Stopped { reason: _, owed } => {
            s.close(at, End::Waived);
            (s.decision_due, s.decision_counted) = (Some(owed.due), owed.counted);
            s.stage = Stage::Investigating;
            s.open(at, owed);
        }
        Fact::Implemented { what_changed, implementer, owed, checks_anew } => {
            s.close(at, End::Fulfilled);
            s.clear_answers();
            if *checks_anew {
                s.open_checks = 0;
            }
            s.stage = Stage::Implemented {
                implementer: *implementer,
                what_changed: what_changed.clone(),
                at,
                asked: false,
            };
            s.open(at, owed);
        }
        Fact::CheckAsked { owed } => {
            let Stage::Implemented { asked, .. } = &mut s.stage else { return None };
            *asked = true;
            s.hand_over(owed, LadderStep::None, at)?;
            s.climb(LadderStep::None, at)?;
        }
        Fact::OutcomeVerified { effect, note, benefits, answers, last_question } => {
            s.close(at, End::Fulfilled);
            s.outcome = Some(Outcome {
                effect: *effect,
                by: actor?,
                at,
                note: note.clone(),
                benefits: benefits.clone(),
                answers: *answers,
            });
            let last_question = last_question.map_or(LastQuestion::Never, |at| LastQuestion::Planned { at });
            s.stage = Stage::Verified { at, last_question };
        }
        Fact::OutcomeOpen { effect, note, benefits, charge, owed, answers, asks_anew } => {
            s.take_charge(charge);
            s.close(at, End::Fulfilled);
            s.open_checks = s.open_checks.saturating_add(1);
            s.outcome = Some(Outcome {
                effect: *effect,
                by: actor?,
                at,
                note: note.clone(),
                benefits: benefits.clone(),
                answers: *answers,
            });
            if *asks_anew {
                s.clear_answers();
                if let Stage::Implemented { asked, .. } = &mut s.stage {
                    *asked = false;
                }
            }
            s.open(at, owed);
        }
        Fact::OutcomeFailed { note, benefits, charge, owed, answers } => {
            s.take_charge(charge);
            s.close(at, End::Fulfilled);
            s.outcome = Some(Outcome {
                effect: Effect::DidNotWork,
                by: actor?,
                at,
                note: note.clone(),
                benefits: benefits.clone(),
                answers: *answers,
            });
            (s.decision_due, s.decision_counted) = (Some(owed.due), owed.counted);
            s.stage = Stage::Investigating;
            s.open(at, owed);
        }
        Fact::LastAsked { until } => {
            let Stage::Verified { last_question, .. } = &mut s.stage else { return None };
            *last_question = LastQuestion::Asked { until: *until };
            s.clear_answers();
        }
        Fact::LastQuestionOver => {
            let Stage::Verified { last_question, .. } = &mut s.stage else { return None };
            *last_question = LastQuestion::Over;
        }
        Fact::ReopenedByAnswers { answers: _, charge, owed } => {
            s.take_charge(charge);
            // What was mended already does not work: from here on a decision is owed, as for every other idea.
            s.done = false;
            s.begin_round(at, owed);
        }
        Fact::FeedbackGiven { works, note: _ } => match event.by {
            Who::Nameless => s.counted_answers = s.counted_answers.and(*works),
            Who::Member(member) => {
                s.named_answers.insert(member, *works);
            }
            Who::System => return None,
        },
        Fact::Appealed { reason: _, charge, owed } => {
            s.take_charge(charge);
            s.appealed = true;
            s.begin_round(at, owed);
        }
        Fact::Reopened { reason: _, came_back_from: _, leaves: _, charge, owed } => {
            s.take_charge(charge);
            s.begin_round(at, owed);
        }
        Fact::Edited { idea, proposal, benefit } => {
            (s.idea, s.proposal, s.benefit) = (idea.clone(), proposal.clone(), benefit.clone());
        }
        Fact::Withdrawn { reason } => {
            s.close_all(at);
            s.stage = Stage::Withdrawn { reason: reason.clone() };
        }
        Fact::MergedInto { into } => {
            s.close_all(at);
            s.stage = Stage::Merged { into: *into, at };
        }
        Fact::Absorbed { from, supporters, followers, submitted_at } => {
            s.absorbed.push(*from);
            s.submitted_at = s.submitted_at.min(*submitted_at);
            let author = s.author;
            join(&mut s.supporters, supporters, author);
            join(&mut s.followers, followers, author);
        }
        Fact::Separated { from, via, supporters, followers, submitted_at } => {
            if via.is_none() {
                s.absorbed.retain(|number| number != from);
            }
            s.submitted_at = *submitted_at;
            s.supporters.retain(|m| !supporters.contains(m));
            s.followers.retain(|m| !followers.contains(m));
        }
        Fact::Redacted => {}
        Fact::Supported => s.supporters.push(actor?),
        Fact::SupportTakenBack => s.supporters.retain(|m| Some(*m) != actor),
        Fact::Followed => s.followers.push(actor?),
        Fact::Unfollowed => s.followers.retain(|m| Some(*m) != actor),
        Fact::Reminded { step, .. } => s.climb(*step, at)?,
        Fact::NextLevelTold { .. } => s.climb(LadderStep::Late, at)?,
        Fact::Transferred { from: _, charge, owed } => {
            s.take_charge(charge);
            s.hand_over(owed, LadderStep::Transferred, at)?;
        }
        Fact::DueMoved { entry, kind, before: _, due } => s.move_due(*entry, *kind, *due)?,
        Fact::PlacedAnew { from, owed: _ } => s.left_place = Some(*from),
        Fact::Rerouted { from: _, because: _, charge, owed, work: _, carries_out_for } => {
            s.take_charge(charge);
            s.hand_over(owed, LadderStep::None, at)?;
            s.carries_out_for = *carries_out_for;
        }
    }
    Some(s)
}

/// The state that a whole history gives; `None` if it is empty or does not hold together.
pub fn replay<'a>(events: impl IntoIterator<Item = &'a Event>) -> Option<Suggestion> {
    let mut state = None;
    for event in events {
        state = Some(apply(state, event)?);
    }
    state
}

fn begin(event: &Event) -> Option<Suggestion> {
    let Fact::Submitted {
        team,
        author,
        idea,
        proposal,
        benefit,
        area,
        for_name,
        done,
        source,
        charge,
        owed,
        questions,
        origin,
    } = &event.fact
    else {
        return None;
    };
    let mut s = Suggestion {
        team: *team,
        author: *author,
        idea: idea.clone(),
        proposal: proposal.clone(),
        benefit: benefit.clone(),
        area: area.clone(),
        for_name: for_name.clone(),
        done: *done,
        source: *source,
        submitted_at: event.at,
        stage: Stage::Submitted,
        responsible: charge.responsible,
        why: charge.why,
        waiting_role: charge.waiting_role,
        carries_out_for: None,
        investigator: None,
        findings: 0,
        decision_due: None,
        with_author_seconds: 0,
        had_before: Vec::new(),
        decision_counted: None,
        deferred_by: None,
        replanned_by: None,
        open_checks: 0,
        appealed: false,
        second_look: None,
        policy_question: None,
        questions: *questions,
        origin: *origin,
        declined_by: None,
        decision: None,
        outcome: None,
        ledger: Vec::new(),
        supporters: Vec::new(),
        followers: Vec::new(),
        counted_answers: Answers::default(),
        named_answers: std::collections::BTreeMap::new(),
        answered: Answered::default(),
        absorbed: Vec::new(),
        left_place: None,
    };
    s.open(event.at, owed);
    Some(s)
}

fn join(into: &mut Vec<MemberId>, more: &[MemberId], author: MemberId) {
    for member in more {
        if *member != author && !into.contains(member) {
            into.push(*member);
        }
    }
}

/// How an entry of the ledger ends, or stands still.
#[derive(Clone, Copy)]
enum End {
    Fulfilled,
    Waived,
    Paused,
}

impl Suggestion {
    fn take_charge(&mut self, charge: &Charge) {
        let before = self.responsible;
        self.responsible = charge.responsible;
        self.why = charge.why;
        self.waiting_role = charge.waiting_role;
        // What the one before owed as responsible, the new one owes; what an implementer or the author owes stays theirs.
        for entry in &mut self.ledger {
            let goes_along = entry.by == before && entry.kind != RequirementKind::Answer;
            if goes_along && matches!(entry.state, RequirementState::Open | RequirementState::Paused { .. }) {
                entry.by = charge.responsible;
            }
        }
    }

    fn open(&mut self, at: Instant, owed: &Owed) {
        self.ledger.push(Requirement::opened(&self.ledger, owed, at));
    }

    fn open_entry(&mut self) -> Option<&mut Requirement> {
        self.ledger.iter_mut().rev().find(|r| r.state == RequirementState::Open)
    }

    fn close(&mut self, at: Instant, end: End) {
        if let Some(entry) = self.open_entry() {
            entry.state = match end {
                End::Fulfilled => RequirementState::Fulfilled { at },
                End::Waived => RequirementState::Waived { at },
                End::Paused => RequirementState::Paused { since: at },
            };
        }
    }

    fn close_all(&mut self, at: Instant) {
        for entry in &mut self.ledger {
            if matches!(entry.state, RequirementState::Open | RequirementState::Paused { .. }) {
                entry.state = RequirementState::Waived { at };
            }
        }
    }

    /// Back from the author: the answer's entry ends, the decision's goes on with a later due time.
    fn answered(&mut self, at: Instant, end: End, owed: &Owed, pause: Option<Pause>) -> Option<()> {
        let Stage::AwaitingInformation { back_to, .. } = &self.stage else { return None };
        self.stage = (**back_to).clone();
        self.close(at, end);
        self.with_author_seconds += pause.map_or(0, |p| p.seconds);
        if owed.kind == RequirementKind::OutcomeCheck {
            // Mended already: the question was the acknowledgement, and no decision is owed.
            self.close_all(at);
            (self.decision_due, self.decision_counted) = (None, None);
            self.stage = self.done_already(at);
            self.open(at, owed);
            return Some(());
        }
        (self.decision_due, self.decision_counted) = (Some(owed.due), owed.counted);
        let paused =
            self.ledger.iter_mut().rev().find(|r| matches!(r.state, RequirementState::Paused { .. }))?;
        paused.state = RequirementState::Open;
        paused.due = owed.due;
        paused.counted = owed.counted;
        paused.by = owed.by;
        // What stood still is put on at the end; a reminder that was given and what was late stay so. (Histories of the
        // first version do not say how long that was: there the ladder went on from here.)
        paused.ladder.at = pause.map_or(at, |p| p.ladder_at);
        Some(())
    }

    /// Where an idea stands that was mended by those who suggest it, once it has been seen.
    fn done_already(&self, at: Instant) -> Stage {
        Stage::Implemented { implementer: self.author, what_changed: self.idea.clone(), at, asked: false }
    }

    /// The open entry is owed by somebody else, or by another date; the entry itself goes on.
    fn hand_over(&mut self, owed: &Owed, step: LadderStep, at: Instant) -> Option<()> {
        if let Stage::Accepted { implementer, .. } = &mut self.stage
            && *implementer != owed.by
        {
            *implementer = owed.by;
            self.carries_out_for = None;
        }
        let entry = self.open_entry()?;
        entry.by = owed.by;
        entry.due = owed.due;
        entry.counted = owed.counted;
        if step != LadderStep::None {
            entry.ladder = Ladder { step, at };
        } else if entry.ladder.step != LadderStep::None && at < entry.due {
            entry.ladder = Ladder { step: LadderStep::None, at };
        }
        Some(())
    }

    fn climb(&mut self, step: LadderStep, at: Instant) -> Option<()> {
        self.open_entry()?.ladder = Ladder { step, at };
        Some(())
    }

    /// An entry (or the decision's due time, kept for later) is due at another time; what it is counted from stays.
    fn move_due(&mut self, entry: Option<u32>, kind: RequirementKind, due: Instant) -> Option<()> {
        if let Some(number) = entry {
            self.ledger.iter_mut().find(|r| r.entry == number)?.due = due;
        }
        match (kind, &mut self.stage) {
            (RequirementKind::Decision, _) => self.decision_due = Some(due),
            (RequirementKind::Implementation, Stage::Accepted { due: planned, .. }) => *planned = due,
            _ => {}
        }
        Some(())
    }

    /// After an appeal or a reopening everything is owed anew; what happened before stays in the ledger.
    fn begin_round(&mut self, at: Instant, owed: &Owed) {
        self.close_all(at);
        self.stage = Stage::Submitted;
        (self.decision_due, self.decision_counted) = (None, None);
        self.had_before.clear();
        self.open_checks = 0;
        self.open(at, owed);
    }
}
