//! Who is told, and when something happens next.

use chrono::TimeDelta;

use super::check::LastQuestion;
use super::protocol::{Because, DirectReason, Event, Fact, Notice, Timer, TimerRule, Word};
use super::stage::{Stage, Suggestion};
use crate::Instant;
use crate::calendar::Wait;
use crate::ids::MemberId;
use crate::ledger::{LadderStep, RequirementKind, Rung};
use crate::people::Who;
use crate::policy::Policy;

/// What follows from events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// Who is told; each once.
    pub notices: Vec<Notice>,
    /// When something happens next by itself.
    pub timer: Option<Timer>,
}

/// What follows from the events that led from `before` (none: it is new) to `after`.
/// The timer is that of the events' own moment.
pub fn react(before: Option<&Suggestion>, after: &Suggestion, events: &[Event], policy: &Policy) -> Reaction {
    let mut notices = Vec::new();
    for (index, event) in events.iter().enumerate() {
        Telling { before, after, policy, index, event, notices: &mut notices }.tell();
    }
    let timer = match events.last() {
        Some(last) => planned_timer(after, policy, last.at),
        None => next_timer(after, policy),
    };
    Reaction { notices, timer }
}

/// The telling of one event.
struct Telling<'a> {
    before: Option<&'a Suggestion>,
    after: &'a Suggestion,
    policy: &'a Policy,
    index: usize,
    event: &'a Event,
    notices: &'a mut Vec<Notice>,
}

impl Telling<'_> {
    fn tell(mut self) {
        let s = self.after;
        match &self.event.fact {
            Fact::Submitted { charge, .. } => {
                self.card();
                self.notices.push(Notice::Post {
                    event: self.index,
                    mention: Some(charge.responsible),
                    mention_role: charge.waiting_role,
                });
            }
            Fact::Acknowledged { .. } | Fact::FindingAdded { .. } => {
                self.card();
                self.post(None);
                self.author(DirectReason::Author);
            }
            Fact::Asked { .. } => {
                self.card();
                self.post(None);
                self.author(DirectReason::Owes);
            }
            Fact::Answered { .. } => {
                self.card();
                self.post(Some(s.responsible));
            }
            Fact::QuestionDelivered { .. } => self.card(),
            Fact::QuestionReturned { .. } => {
                self.card();
                self.post(Some(s.responsible));
            }
            Fact::AnswerTimedOut { .. } | Fact::Resumed { .. } => {
                self.card();
                self.post(Some(s.responsible));
                self.author(DirectReason::Author);
            }
            Fact::Assigned { .. } | Fact::Referred { .. } => {
                self.card();
                self.post(s.open_requirement().map(|r| r.by).filter(|m| *m != s.author));
                self.author(DirectReason::Author);
            }
            Fact::Transferred { from, owed, .. } => {
                self.card();
                self.post(Some(owed.by).filter(|m| *m != s.author));
                self.author(DirectReason::Author);
                self.taken_over(*from, owed.by);
            }
            Fact::CheckAsked { owed } => {
                self.card();
                self.post(Some(owed.by));
                self.ask_those_who_work_with_it();
                let (to, kind, step) = (owed.by, owed.kind, LadderStep::None);
                let about = Word::Due;
                self.notices.push(Notice::Reminder { to, owed_by: to, kind, step, about });
            }
            Fact::LastAsked { .. } => {
                self.card();
                self.post(None);
                self.ask_those_who_work_with_it();
            }
            Fact::LastQuestionOver => {
                self.card();
                self.post(None);
            }
            Fact::Appealed { .. } | Fact::Reopened { .. } | Fact::ReopenedByAnswers { .. } => {
                self.card();
                self.post(Some(s.responsible));
                self.author(DirectReason::Author);
                if matches!(self.event.fact, Fact::Appealed { .. }) {
                    self.decided_before();
                }
                self.following();
            }
            Fact::Accepted { owed, .. } => {
                self.card();
                self.post(Some(owed.by));
                self.author(DirectReason::Author);
                self.decided_before();
                self.following();
            }
            Fact::Replanned { owed, .. } => {
                self.card();
                self.post(Some(owed.by));
                self.author(DirectReason::Author);
            }
            Fact::Stopped { .. } => {
                self.card();
                self.post(Some(s.responsible));
                self.author(DirectReason::Author);
            }
            Fact::Declined { .. } => {
                self.card();
                self.post(None);
                self.author(DirectReason::Author);
                self.decided_before();
                self.following();
            }
            Fact::Deferred { .. }
            | Fact::Implemented { .. }
            | Fact::OutcomeVerified { .. }
            | Fact::OutcomeFailed { .. } => {
                self.card();
                self.post(None);
                self.author(DirectReason::Author);
                self.following();
            }
            Fact::OutcomeOpen { charge, .. } => {
                self.card();
                self.post(
                    Some(charge.responsible).filter(|m| self.before.is_some_and(|b| b.responsible != *m)),
                );
                self.author(DirectReason::Author);
                self.following();
            }
            Fact::FeedbackGiven { note: Some(_), .. } => {
                self.card();
                self.post(None);
            }
            Fact::FeedbackGiven { note: None, .. } | Fact::Supported | Fact::SupportTakenBack => self.card(),
            Fact::Edited { .. } => {
                self.card();
                self.post(None);
                self.notices.push(Notice::Rename);
            }
            Fact::Withdrawn { .. } => {
                self.card();
                self.post(self.before.map(|b| b.responsible));
                self.decided_before();
                self.following();
            }
            Fact::MergedInto { .. } => {
                self.card();
                self.post(None);
                self.author(DirectReason::Author);
                self.decided_before();
                self.following();
            }
            Fact::Absorbed { .. } | Fact::Separated { .. } => {
                self.card();
                self.post(None);
            }
            Fact::Redacted => {
                self.card();
                self.post(None);
                self.notices.push(Notice::Rename);
                self.notices.push(Notice::RewriteAll);
            }
            Fact::Followed | Fact::Unfollowed => {}
            Fact::Reminded { to, kind, step } => {
                let (to, owed_by, kind, step) = (*to, *to, *kind, *step);
                self.notices.push(Notice::Reminder { to, owed_by, kind, step, about: Word::Due });
            }
            Fact::NextLevelTold { told, kind } => {
                let owed_by = s.open_requirement().map_or(s.responsible, |r| r.by);
                self.notices.push(Notice::Reminder {
                    to: *told,
                    owed_by,
                    kind: *kind,
                    step: LadderStep::Late,
                    about: Word::Due,
                });
                self.post(None);
                self.card();
            }
            Fact::DueMoved { entry, before, due, .. } => self.due_moved(*entry, *before, *due),
            Fact::PlacedAnew { owed, .. } => {
                self.card();
                self.post(Some(owed.by));
            }
            Fact::Rerouted { from, because, .. } => {
                self.card();
                self.post(None);
                self.author(DirectReason::Author);
                self.rerouted(*from, *because);
            }
        }
    }

    /// Whoever has it now and whoever had it get one message for all that moved; when somebody left, the coordinator too.
    fn rerouted(&mut self, from: MemberId, because: Because) {
        let s = self.after;
        let Some(open) = s.open_requirement() else { return };
        let (owed_by, kind, step) = (open.by, open.kind, LadderStep::None);
        let to = match &self.event.fact {
            Fact::Rerouted { owed, work: true, .. } => owed.by,
            _ => s.responsible,
        };
        let mut word = |to, about| self.notices.push(Notice::Reminder { to, owed_by, kind, step, about });
        word(to, Word::Came { from, because });
        let went = Word::Went { from, to, because };
        let coordinator = self.policy.coordinator(&[]);
        match because {
            Because::Left | Because::Forgotten if coordinator != to => word(coordinator, went),
            Because::Left | Because::Forgotten => {}
            Because::Away
            | Because::Back
            | Because::NotInCharge
            | Because::TeamRemoved
            | Because::OwnIdea
            | Because::Unanswered => {
                if !self.policy.left.contains(&from) {
                    word(from, went);
                }
            }
        }
    }

    /// Whoever has it now is told what to do, whoever had it that it is off their list. The author hears of it as author.
    fn taken_over(&mut self, from: MemberId, to: MemberId) {
        let s = self.after;
        let Some(open) = s.open_requirement() else { return };
        let (owed_by, kind, step) = (open.by, open.kind, LadderStep::None);
        let because = Because::Unanswered;
        let mut word = |to, about| self.notices.push(Notice::Reminder { to, owed_by, kind, step, about });
        word(to, Word::Came { from, because });
        if from != s.author && !self.policy.left.contains(&from) {
            word(from, Word::Went { from, to, because });
        }
    }

    /// Whoever declined it hears that somebody asks for a second look, and how that ended.
    fn decided_before(&mut self) {
        let Some(before) = self.before else { return };
        let ends = before.awaits_second_look();
        let begins = matches!(self.event.fact, Fact::Appealed { .. });
        let declined_by = before.declined_by.filter(|m| !self.policy.left.contains(m));
        if let Some(declined_by) = declined_by.filter(|_| begins || ends) {
            self.direct(declined_by, DirectReason::DecidedBefore);
        }
    }

    fn actor(&self) -> Option<MemberId> {
        match self.event.by {
            Who::Member(m) => Some(m),
            Who::Nameless | Who::System => None,
        }
    }

    fn card(&mut self) {
        if !self.notices.contains(&Notice::Card) {
            self.notices.push(Notice::Card);
        }
    }

    /// A post in the thread; whoever acts is not pinged by their own step.
    fn post(&mut self, mention: Option<MemberId>) {
        let mention = mention.filter(|m| Some(*m) != self.actor());
        self.notices.push(Notice::Post { event: self.index, mention, mention_role: None });
    }

    fn direct(&mut self, to: MemberId, reason: DirectReason) {
        let told =
            |n: &Notice| matches!(n, Notice::Direct { event, to: t, .. } if *event == self.index && *t == to);
        if Some(to) != self.actor() && !self.notices.iter().any(told) {
            self.notices.push(Notice::Direct { event: self.index, to, reason });
        }
    }

    /// People plan by the day: a move within the same day of the team is on the card and in the history only. The thread
    /// hears of another day, and whoever owes it is asked there if it is an earlier one. Nobody gets a direct message: a
    /// holiday moves many ideas at once and changes nothing about any of them.
    fn due_moved(&mut self, entry: Option<u32>, before: Instant, due: Instant) {
        self.card();
        let zone = self.policy.calendar(self.after.team).zone;
        let day = |at: Instant| at.with_timezone(&zone).date_naive();
        let owed_now = self.after.open_requirement().filter(|r| Some(r.entry) == entry);
        if let Some(open) = owed_now.filter(|_| day(before) != day(due)) {
            self.post(Some(open.by).filter(|_| due < before));
        }
    }

    fn author(&mut self, reason: DirectReason) {
        self.direct(self.after.author, reason);
    }

    /// Does it work? The author and those who support it are asked by name, the team in the thread.
    fn ask_those_who_work_with_it(&mut self) {
        self.author(DirectReason::Author);
        for member in &self.after.supporters {
            self.direct(*member, DirectReason::Following);
        }
    }

    fn following(&mut self) {
        for member in self.after.supporters.iter().chain(&self.after.followers) {
            self.direct(*member, DirectReason::Following);
        }
    }
}

/// The next time at which something happens to this item by itself: a projection of its ledger, replaced in each commit. It
/// lies within the working time of the team, except for what is urgent.
pub fn next_timer(s: &Suggestion, policy: &Policy) -> Option<Timer> {
    let Some(open) = s.open_requirement() else { return last_question(s, policy) };
    let calendar = policy.calendar(s.team);
    // Half of a deferral is nobody's business, and takes time to find.
    if open.kind == RequirementKind::Resumption {
        return Some(Timer { at: not_before(s, policy, open.due), rule: TimerRule::Resume });
    }
    // Until people are asked whether it works there is nothing to remind of.
    let climbing = matches!(open.ladder.step, LadderStep::Late | LadderStep::Transferred);
    if open.kind == RequirementKind::OutcomeCheck && !s.check_asked() && !climbing {
        return Some(Timer { at: not_before(s, policy, open.due), rule: TimerRule::AskWhetherItWorks });
    }
    let (at, rung) = open.next_rung(&calendar, policy.times.escalate_again);
    let timer = match (open.kind, rung) {
        (_, Rung::Halfway) => Timer { at, rule: TimerRule::Halfway },
        (RequirementKind::Answer, _) => Timer { at: open.due, rule: TimerRule::AuthorTimeOver },
        (_, Rung::Late) => Timer { at, rule: TimerRule::Late },
        (_, Rung::Escalate) => Timer { at, rule: TimerRule::Escalate },
    };
    Some(Timer { at: not_before(s, policy, timer.at), ..timer })
}

/// Of what is verified only the last question is still to come.
fn last_question(s: &Suggestion, policy: &Policy) -> Option<Timer> {
    let Stage::Verified { last_question, .. } = &s.stage else { return None };
    let (at, rule) = match last_question {
        LastQuestion::Planned { at } => (*at, TimerRule::LastQuestion),
        LastQuestion::Asked { until } => (*until, TimerRule::CountAnswers),
        LastQuestion::Never | LastQuestion::Over => return None,
    };
    Some(Timer { at: not_before(s, policy, at), rule })
}

/// The same as it is planned at `now`: what is due already waits for the team's working time as well.
pub fn planned_timer(s: &Suggestion, policy: &Policy, now: Instant) -> Option<Timer> {
    let timer = next_timer(s, policy)?;
    let wakes = not_before(s, policy, now);
    Some(if timer.at <= now && wakes > now { Timer { at: wakes, ..timer } } else { timer })
}

/// Is this the time of an item's next timer, as it may have been planned: its own time, or, where the team was not at work
/// then, the beginning of a later working day?
pub fn is_planned(s: &Suggestion, policy: &Policy, at: Instant) -> bool {
    let calendar = policy.calendar(s.team);
    let begins = |at: Instant| calendar.next_working(at - TimeDelta::microseconds(1)) == at;
    next_timer(s, policy).is_some_and(|timer| timer.at == at || (timer.at < at && begins(at)))
}

/// When the item may speak by itself, if it wants to at `at`: nobody is reminded at night or on a holiday, unless its area is
/// urgent or the time that was promised runs round the clock.
pub(super) fn not_before(s: &Suggestion, policy: &Policy, at: Instant) -> Instant {
    let times = &policy.times;
    let promised = s.open_requirement().and_then(|open| match (open.ladder.step, open.kind) {
        (LadderStep::Late | LadderStep::Transferred, _) => Some(times.escalate_again),
        (_, RequirementKind::Acknowledgement) => Some(times.acknowledge),
        (_, RequirementKind::Decision) => Some(times.decide),
        (_, RequirementKind::Answer) => Some(times.answer),
        (_, RequirementKind::Implementation) => Some(times.implement),
        (_, RequirementKind::OutcomeCheck) => Some(times.outcome_check),
        (_, RequirementKind::Resumption | RequirementKind::Action) => None,
    });
    if policy.is_urgent(s.area.as_ref()) || promised.is_some_and(Wait::is_round_the_clock) {
        at
    } else {
        policy.calendar(s.team).next_working(at)
    }
}

/// Everybody who is named in the item or in these events: for the names that a view needs.
pub fn named(s: &Suggestion, events: &[Event]) -> Vec<MemberId> {
    let mut members = vec![s.author, s.responsible];
    members.extend(s.investigator);
    members.extend(s.declined_by);
    members.extend(s.decision.as_ref().map(|d| d.by));
    members.extend(s.outcome.as_ref().map(|o| o.by));
    members.extend(s.ledger.iter().map(|r| r.by));
    members.extend(s.why.names());
    members.extend(s.carries_out_for);
    match &s.stage {
        Stage::Acknowledged { by, .. } => members.push(*by),
        Stage::AwaitingInformation { asked_by, .. } => members.push(*asked_by),
        Stage::Accepted { implementer, .. } | Stage::Implemented { implementer, .. } => {
            members.push(*implementer);
        }
        Stage::Submitted
        | Stage::Investigating
        | Stage::Verified { .. }
        | Stage::Declined { .. }
        | Stage::Deferred { .. }
        | Stage::Merged { .. }
        | Stage::Withdrawn { .. } => {}
    }
    for event in events {
        if let Who::Member(m) = event.by {
            members.push(m);
        }
        if let Some(charge) = event.fact.charge() {
            members.push(charge.responsible);
            members.extend(charge.why.names());
        }
        members.extend(event.fact.owed().map(|o| o.by));
        match &event.fact {
            Fact::Reminded { to, .. } => members.push(*to),
            Fact::NextLevelTold { told, .. } => members.push(*told),
            Fact::Transferred { from, .. } => members.push(*from),
            Fact::Rerouted { from, carries_out_for, .. } => {
                members.push(*from);
                members.extend(*carries_out_for);
            }
            Fact::Implemented { implementer, .. } => members.push(*implementer),
            _ => {}
        }
    }
    members
}
