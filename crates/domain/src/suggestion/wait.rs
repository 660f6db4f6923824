//! How long the author has waited: a measure that nobody can set back.
//!
//! The rule (domain, "The clocks cannot be played"): from the first day to the answer, in working time, minus only the time
//! that questions lay with the author, and of that no more than the author's time once. What opens the question again (an
//! appeal, a reopening, "it cannot be done", "it did not work") begins another period; the periods are summed. A deferral is
//! no answer: the author goes on waiting.

use chrono::TimeDelta;

use super::protocol::{Event, Fact};
use crate::Instant;
use crate::calendar::{Calendar, Wait};
use crate::ledger::RequirementKind;

/// What the author has waited by `until`, in working time of the team. `answer` is how long an author may take to answer.
pub fn authors_wait<'a>(
    history: impl IntoIterator<Item = &'a Event>,
    calendar: &Calendar,
    answer: Wait,
    until: Instant,
) -> TimeDelta {
    let mut waited = Waited {
        calendar,
        answer,
        sum: TimeDelta::zero(),
        lay: TimeDelta::zero(),
        first: None,
        since: None,
        asked: None,
    };
    for event in history {
        waited.take(event);
    }
    waited.pause(until);
    waited.end(until);
    (waited.sum - waited.lay).max(TimeDelta::zero())
}

struct Waited<'a> {
    calendar: &'a Calendar,
    answer: Wait,
    /// Of the periods that are over.
    sum: TimeDelta,
    /// With the author, of these.
    lay: TimeDelta,
    /// The first day, that of an older idea that was merged into this one included.
    first: Option<Instant>,
    /// The present period.
    since: Option<Instant>,
    /// The present question.
    asked: Option<Instant>,
}

impl Waited<'_> {
    fn take(&mut self, event: &Event) {
        let at = event.at;
        match &event.fact {
            Fact::Submitted { .. } => {
                self.first = Some(at);
                self.since = Some(at);
            }
            Fact::Absorbed { submitted_at, .. } => {
                if let Some(first) = self.first.filter(|first| submitted_at < first) {
                    self.sum += self.calendar.working_between(*submitted_at, first);
                    self.first = Some(*submitted_at);
                }
            }
            // That day was the other one's.
            Fact::Separated { submitted_at, .. } => {
                if let Some(first) = self.first.filter(|first| submitted_at > first) {
                    self.sum -= self.calendar.working_between(first, *submitted_at);
                    self.first = Some(*submitted_at);
                }
            }
            Fact::Asked { .. } | Fact::QuestionDelivered { .. } => self.asked = Some(at),
            Fact::Answered { owed, .. }
            | Fact::AnswerTimedOut { owed, .. }
            | Fact::QuestionReturned { owed, .. } => {
                // A question that could not be delivered lay with nobody.
                if matches!(event.fact, Fact::QuestionReturned { .. }) {
                    self.asked = None;
                }
                self.pause(at);
                if owed.kind == RequirementKind::OutcomeCheck {
                    self.end(at);
                }
            }
            // What was mended already needs to be seen, and no decision.
            Fact::Acknowledged { owed, .. } | Fact::FindingAdded { owed: Some(owed), .. }
                if owed.kind == RequirementKind::OutcomeCheck =>
            {
                self.end(at);
            }
            Fact::Accepted { .. } | Fact::Declined { .. } => self.end(at),
            Fact::Withdrawn { .. } | Fact::MergedInto { .. } => {
                self.pause(at);
                self.end(at);
            }
            Fact::Appealed { .. }
            | Fact::Reopened { .. }
            | Fact::ReopenedByAnswers { .. }
            | Fact::Stopped { .. }
            | Fact::OutcomeFailed { .. } => {
                self.since = self.since.or(Some(at));
            }
            Fact::Acknowledged { .. }
            | Fact::FindingAdded { .. }
            | Fact::Assigned { .. }
            | Fact::Referred { .. }
            | Fact::Deferred { .. }
            | Fact::Resumed { .. }
            | Fact::Replanned { .. }
            | Fact::Implemented { .. }
            | Fact::OutcomeVerified { .. }
            | Fact::OutcomeOpen { .. }
            | Fact::CheckAsked { .. }
            | Fact::LastAsked { .. }
            | Fact::LastQuestionOver
            | Fact::FeedbackGiven { .. }
            | Fact::Edited { .. }
            | Fact::Redacted
            | Fact::Supported
            | Fact::SupportTakenBack
            | Fact::Followed
            | Fact::Unfollowed
            | Fact::Reminded { .. }
            | Fact::NextLevelTold { .. }
            | Fact::DueMoved { .. }
            | Fact::Transferred { .. }
            | Fact::Rerouted { .. }
            | Fact::PlacedAnew { .. } => {}
        }
    }

    fn end(&mut self, at: Instant) {
        if let Some(since) = self.since.take() {
            self.sum += self.calendar.working_between(since, at);
        }
    }

    fn pause(&mut self, at: Instant) {
        if let Some(asked) = self.asked.take() {
            let most = self.calendar.working_between(asked, self.calendar.after(asked, self.answer));
            self.lay = (self.lay + self.calendar.working_between(asked, at)).min(most.max(self.lay));
        }
    }
}
