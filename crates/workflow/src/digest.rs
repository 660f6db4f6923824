//! The weekly digest of a team: what it says, as data; the texts are the chat's.

use kaizen_domain::debrief::DebriefNumber;
use kaizen_domain::suggestion::Fact;
use kaizen_domain::suggestion::protocol::{AcceptAs, Benefit, Effect};
use kaizen_domain::{Instant, MemberId, Number, RequirementKind, RequirementState, Text};
use serde::{Deserialize, Serialize};

use crate::measures::{self, Counting};
use crate::ports::{CardPlace, Listed, Queries, Step, Store, StoreError, Workspace};

/// Lessons that one digest tells of; more are in the briefings.
const LESSONS: u32 = 50;

/// What one digest says. Stored with the post, so that a repeated try says the same; redaction reaches it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DigestContent {
    /// The team's name.
    pub team: String,
    /// Begin of the period.
    pub since: Instant,
    /// End of the period.
    pub until: Instant,
    /// What was implemented: whose idea, what changed.
    pub thanks: Vec<DigestLine>,
    /// Decisions and their reasons.
    pub decisions: Vec<DigestLine>,
    /// New ideas.
    pub new: Vec<DigestLine>,
    /// Waiting for an answer, oldest first.
    pub waiting: Vec<DigestLine>,
    /// Outcomes verified, with benefits.
    pub outcomes: Vec<DigestLine>,
    /// What was kept for the next ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lessons: Vec<DigestLesson>,
    /// The line of numbers.
    pub numbers: DigestNumbers,
}

/// An item in a digest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DigestLine {
    /// Which.
    pub number: Number,
    /// The idea.
    pub idea: Text,
    /// Who suggested it.
    pub author: MemberId,
    /// Where its card is.
    pub card: Option<CardPlace>,
    /// What is said about it.
    pub says: DigestSays,
}

/// A lesson in a digest. Nobody is named with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DigestLesson {
    /// Of which debrief.
    pub debrief: DebriefNumber,
    /// Its item's place there.
    pub item: u32,
    /// For which kind of work.
    pub kind: String,
    /// What was learnt.
    pub text: Text,
    /// Where the debrief stands.
    pub place: Option<CardPlace>,
}

/// What a digest says about an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "says", rename_all = "snake_case")]
pub enum DigestSays {
    /// It was implemented.
    Implemented {
        /// What changed.
        what_changed: Text,
    },
    /// It was accepted, as a trial or not.
    Accepted {
        /// As a trial?
        trial: bool,
        /// Why.
        rationale: Text,
    },
    /// It was declined.
    Declined {
        /// Why.
        rationale: Text,
    },
    /// It was deferred.
    Deferred {
        /// Why.
        rationale: Text,
        /// Until when.
        until: Instant,
    },
    /// Its author asked for a second look: one story, whoever decided what.
    SecondLook {
        /// Why it was declined, where that falls into the same period.
        first: Option<Text>,
        /// What the second look came to; none while it goes on.
        came_to: Option<Box<DigestSays>>,
    },
    /// It is new.
    New,
    /// It waits.
    Waiting {
        /// For what.
        kind: RequirementKind,
        /// Due.
        due: Instant,
        /// Is it late?
        late: bool,
    },
    /// Its outcome was verified.
    Verified {
        /// What came of it.
        effect: Effect,
        /// What was measured.
        note: Text,
        /// Benefits.
        benefits: Vec<Benefit>,
    },
}

impl DigestSays {
    /// How many decisions it tells of.
    fn decisions(&self) -> u32 {
        match self {
            DigestSays::Accepted { .. } | DigestSays::Declined { .. } | DigestSays::Deferred { .. } => 1,
            DigestSays::SecondLook { first, came_to } => {
                u32::from(first.is_some()) + came_to.as_deref().map_or(0, DigestSays::decisions)
            }
            DigestSays::Implemented { .. }
            | DigestSays::New
            | DigestSays::Waiting { .. }
            | DigestSays::Verified { .. } => 0,
        }
    }
}

/// The numbers of a digest, all of this team.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestNumbers {
    /// Ideas of the period.
    pub ideas: u32,
    /// Decisions of the period.
    pub decisions: u32,
    /// Open now.
    pub open: u32,
    /// Responses given in the period in time ([`crate::measures`]).
    pub in_time: u32,
    /// Given late.
    pub late: u32,
    /// Overdue now.
    pub overdue: u32,
    /// Debriefs that were closed in the period ([`crate::measures::looked_back`]).
    #[serde(default)]
    pub debriefs: u32,
    /// Items of these that became ideas.
    #[serde(default)]
    pub escalated: u32,
    /// Median working minutes to acknowledgement of what fell due in the period, open ones at their age so far.
    pub acknowledgement_median_minutes: Option<u32>,
}

/// When digests are posted: a cron expression, read in each team's zone.
#[derive(Debug, Clone)]
pub struct Schedule(croner::Cron);

impl Schedule {
    /// Monday at nine.
    pub const DEFAULT: &'static str = "0 9 * * MON";

    /// Reads an expression with five fields.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(expression: &str) -> Result<Self, String> {
        use std::str::FromStr;
        croner::Cron::from_str(expression).map(Schedule).map_err(|e| e.to_string())
    }

    /// The first time after `now` in this zone; none if the expression never comes true.
    pub fn next(&self, now: Instant, zone: chrono_tz::Tz) -> Option<Instant> {
        self.0
            .find_next_occurrence(&now.with_timezone(&zone), false)
            .ok()
            .map(|at| at.with_timezone(&chrono::Utc))
    }

    /// The first time after `now` that is not the one of `planned` once more. A team whose zone was changed on the day of
    /// its digest would have a second one, a few hours after the first; of two times that are that close the later counts.
    pub fn following(&self, planned: Instant, now: Instant, zone: chrono_tz::Tz) -> Option<Instant> {
        let next = self.next(now, zone)?;
        match self.next(next, zone) {
            Some(after) if (next - planned) * 2 < after - next => Some(after),
            Some(_) | None => Some(next),
        }
    }

    /// The latest time before `now` in this zone; none within the last year.
    pub fn last(&self, now: Instant, zone: chrono_tz::Tz) -> Option<Instant> {
        [8, 35, 366].into_iter().find_map(|days| {
            let mut last = None;
            let mut at = now - chrono::TimeDelta::days(days);
            while let Some(next) = self.next(at, zone).filter(|next| *next < now && *next > at) {
                (last, at) = (Some(next), next);
            }
            last
        })
    }
}

/// Plans what is not planned, and puts what is due into the outbox, each once. After a time in which nothing ran, one
/// digest is posted that covers all of it.
pub(crate) async fn run_due(
    store: &dyn Store,
    queries: &dyn Queries,
    schedule: &Schedule,
    now: Instant,
) -> Result<u32, StoreError> {
    let mut posted = 0;
    for due in store.due_digests(now).await? {
        let Some(workspace) = store.workspace_by_id(due.workspace).await? else { continue };
        // Removed teams stay known. Theirs is planned on and on without a post, so that it does not stay due for ever.
        let Some(team) = workspace.policy.team(due.team) else { continue };
        let Some(next) = schedule.following(due.at, now, team.calendar.zone) else { continue };
        let content = if team.removed {
            None
        } else {
            Some(gather(queries, &workspace, team, period(due.last, due.at), now).await?)
        };
        let posts = content.is_some();
        if store.plan_digest(due, next, content).await? && posts {
            posted += 1;
        }
    }
    for workspace in store.workspaces().await? {
        for team in workspace.policy.teams.iter().filter(|t| !t.removed) {
            if let Some(next) = schedule.next(now, team.calendar.zone) {
                store.plan_missing_digests(workspace.id, team.id, next).await?;
            }
        }
    }
    Ok(posted)
}

/// From the digest before to this one; a week for the first.
fn period(last: Option<Instant>, until: Instant) -> (Instant, Instant) {
    (last.unwrap_or(until - chrono::TimeDelta::weeks(1)), until)
}

/// What a team's digest says about a period.
///
/// # Errors
/// When the database does not answer.
pub async fn gather(
    queries: &dyn Queries,
    workspace: &Workspace,
    team: &kaizen_domain::Team,
    (since, until): (Instant, Instant),
    now: Instant,
) -> Result<DigestContent, StoreError> {
    let items = queries.digest_items(workspace.id, team.id, since).await?;
    let mut content = DigestContent {
        team: team.name.clone(),
        since,
        until,
        thanks: Vec::new(),
        decisions: Vec::new(),
        new: Vec::new(),
        waiting: Vec::new(),
        outcomes: Vec::new(),
        lessons: queries.lessons_kept(workspace.id, team.id, (since, until), LESSONS).await?,
        numbers: DigestNumbers::default(),
    };
    let mut minutes = Vec::new();
    for (item, steps) in &items {
        let within: Vec<&Step> = steps.iter().filter(|s| since < s.event.at && s.event.at <= until).collect();
        tell(&mut content, item, &within, now);
        count(&mut content.numbers, &mut minutes, item, team, (since, until));
    }
    let of = Counting { team: Some(team.id), member: None, since, until };
    let kept = measures::promise(&queries.promise(workspace.id, &of).await?);
    let short = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    (content.numbers.in_time, content.numbers.late, content.numbers.overdue) =
        (short(kept.in_time), short(kept.late), short(kept.overdue));
    let debriefs = queries.looked_back(workspace.id, &of).await?;
    (content.numbers.debriefs, content.numbers.escalated) = (short(debriefs.held), short(debriefs.escalated));
    content.waiting.sort_by_key(|line| match line.says {
        DigestSays::Waiting { due, .. } => due,
        _ => until,
    });
    content.numbers.acknowledgement_median_minutes = median(&mut minutes);
    Ok(content)
}

/// Puts an item into the sections that its steps of the period, and its present stage, ask for.
fn tell(content: &mut DigestContent, item: &Listed, steps: &[&Step], now: Instant) {
    let line = |says| DigestLine {
        number: item.number,
        idea: item.suggestion.idea.clone(),
        author: item.suggestion.author,
        card: item.card,
        says,
    };
    let mut decisions: Vec<DigestSays> = Vec::new();
    for step in steps {
        match &step.event.fact {
            Fact::Submitted { .. } => content.new.push(line(DigestSays::New)),
            Fact::Implemented { what_changed, .. } => {
                content.thanks.push(line(DigestSays::Implemented { what_changed: what_changed.clone() }));
            }
            Fact::Accepted { how, rationale, second_look, .. } => {
                let (trial, rationale) = (*how == AcceptAs::Trial, rationale.clone());
                decide(&mut decisions, DigestSays::Accepted { trial, rationale }, second_look.is_some());
            }
            Fact::Declined { rationale, second_look, .. } => {
                let says = DigestSays::Declined { rationale: rationale.clone() };
                decide(&mut decisions, says, second_look.is_some());
            }
            Fact::Deferred { rationale, until, .. } => {
                let says = DigestSays::Deferred { rationale: rationale.clone(), until: *until };
                decide(&mut decisions, says, false);
            }
            Fact::Appealed { .. } => appeal(&mut decisions),
            Fact::OutcomeVerified { effect, note, benefits, .. } => {
                content.outcomes.push(line(DigestSays::Verified {
                    effect: *effect,
                    note: note.clone(),
                    benefits: benefits.clone(),
                }));
            }
            Fact::Acknowledged { .. }
            | Fact::FindingAdded { .. }
            | Fact::Asked { .. }
            | Fact::Answered { .. }
            | Fact::AnswerTimedOut { .. }
            | Fact::Assigned { .. }
            | Fact::Referred { .. }
            | Fact::Resumed { .. }
            | Fact::Replanned { .. }
            | Fact::Stopped { .. }
            | Fact::OutcomeOpen { .. }
            | Fact::OutcomeFailed { .. }
            | Fact::CheckAsked { .. }
            | Fact::LastAsked { .. }
            | Fact::LastQuestionOver
            | Fact::ReopenedByAnswers { .. }
            | Fact::FeedbackGiven { .. }
            | Fact::Edited { .. }
            | Fact::Withdrawn { .. }
            | Fact::MergedInto { .. }
            | Fact::Absorbed { .. }
            | Fact::Separated { .. }
            | Fact::Redacted
            | Fact::Reopened { .. }
            | Fact::Supported
            | Fact::SupportTakenBack
            | Fact::Followed
            | Fact::Unfollowed
            | Fact::Reminded { .. }
            | Fact::NextLevelTold { .. }
            | Fact::DueMoved { .. }
            | Fact::Transferred { .. }
            | Fact::Rerouted { .. }
            | Fact::QuestionDelivered { .. }
            | Fact::QuestionReturned { .. }
            | Fact::PlacedAnew { .. } => {}
        }
    }
    // Every decision of the period counts, also one that an appeal replaced.
    content.numbers.decisions += decisions.iter().map(DigestSays::decisions).sum::<u32>();
    content.decisions.extend(decisions.into_iter().map(line));
    // Answers that the author waits for, and whatever else was promised and is late, until it is given.
    if let Some(owed) = item.suggestion.open_requirement()
        && (matches!(owed.kind, RequirementKind::Acknowledgement | RequirementKind::Decision)
            || (owed.kind.is_promised() && owed.is_late(now)))
    {
        content.waiting.push(line(DigestSays::Waiting {
            kind: owed.kind,
            due: owed.due,
            late: owed.is_late(now),
        }));
    }
}

/// One more decision on an item: the end of a second look that has begun, or `again` one that began in an earlier period.
fn decide(decisions: &mut Vec<DigestSays>, says: DigestSays, again: bool) {
    match decisions.last_mut() {
        Some(DigestSays::SecondLook { came_to, .. }) if came_to.is_none() => *came_to = Some(Box::new(says)),
        _ if again => decisions.push(DigestSays::SecondLook { first: None, came_to: Some(Box::new(says)) }),
        _ => decisions.push(says),
    }
}

/// A second look begins: the refusal is the beginning of its story.
fn appeal(decisions: &mut Vec<DigestSays>) {
    let first = match decisions.pop() {
        Some(DigestSays::Declined { rationale }) => Some(rationale),
        Some(other) => {
            decisions.push(other);
            None
        }
        None => None,
    };
    decisions.push(DigestSays::SecondLook { first, came_to: None });
}

/// Adds an item to the line of numbers; the promise is counted by the ledger ([`crate::measures`]).
fn count(
    numbers: &mut DigestNumbers,
    minutes: &mut Vec<u32>,
    item: &Listed,
    team: &kaizen_domain::Team,
    (since, until): (Instant, Instant),
) {
    let s = &item.suggestion;
    let within = |at: Instant| since < at && at <= until;
    numbers.ideas += u32::from(within(s.submitted_at));
    numbers.open += u32::from(s.is_open());
    for entry in &s.ledger {
        if entry.kind == RequirementKind::Acknowledgement && within(entry.due) {
            let end = match entry.state {
                RequirementState::Fulfilled { at } | RequirementState::Waived { at } => at,
                RequirementState::Open | RequirementState::Paused { .. } => until,
            };
            let waited = team.calendar.working_between(entry.opened_at, end).num_minutes();
            minutes.push(u32::try_from(waited).unwrap_or(u32::MAX));
        }
    }
}

/// The middle value; the lower of the two in the middle.
fn median(values: &mut [u32]) -> Option<u32> {
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::America::New_York;
    use chrono_tz::Europe::London;

    fn at(s: &str) -> Instant {
        s.parse().unwrap()
    }

    fn written(text: &str) -> Text {
        Text::Written(text.into())
    }

    #[test]
    fn expect_a_second_look_to_be_one_story() {
        let declined = || DigestSays::Declined { rationale: written("No room") };
        let accepted = || DigestSays::Accepted { trial: false, rationale: written("There is room") };
        let count = |told: &[DigestSays]| told.iter().map(DigestSays::decisions).sum::<u32>();
        // All of it in one period, after a decision of another kind.
        let deferred =
            || DigestSays::Deferred { rationale: written("In June"), until: at("2026-12-01T09:00:00Z") };
        let mut told = Vec::new();
        decide(&mut told, deferred(), false);
        decide(&mut told, declined(), false);
        appeal(&mut told);
        decide(&mut told, accepted(), true);
        let whole =
            DigestSays::SecondLook { first: Some(written("No room")), came_to: Some(Box::new(accepted())) };
        assert_eq!((told.as_slice(), count(&told)), (&[deferred(), whole][..], 3));
        // The refusal stood in an earlier digest; so did the appeal, or not.
        for appeals in [false, true] {
            let mut told = Vec::new();
            if appeals {
                appeal(&mut told);
            }
            decide(&mut told, declined(), true);
            let end = DigestSays::SecondLook { first: None, came_to: Some(Box::new(declined())) };
            assert_eq!((told.as_slice(), count(&told)), (&[end][..], 1));
        }
        // It goes on; and what follows an end is a decision of its own.
        let mut told = vec![declined()];
        appeal(&mut told);
        assert_eq!(count(&told), 1);
        assert!(matches!(told.as_slice(), [DigestSays::SecondLook { first: Some(_), came_to: None }]));
        decide(&mut told, accepted(), true);
        decide(&mut told, accepted(), false);
        assert_eq!((told.len(), count(&told)), (2, 3));
    }

    /// As it was stored before digests told of debriefs.
    const STORED: &str = r#"{"team":"Ward 3","since":"2026-11-16T09:00:00Z","until":"2026-11-23T09:00:00Z","thanks":[],"decisions":[],
        "new":[],"waiting":[],"outcomes":[],"numbers":{"ideas":1,"decisions":0,"open":1,"in_time":1,"late":0,"overdue":0,
        "acknowledgement_median_minutes":null}}"#;

    #[test]
    fn expect_digests_of_earlier_versions_to_stay_readable() {
        let content: DigestContent = serde_json::from_str(STORED).unwrap();
        assert_eq!((content.lessons.len(), content.numbers.debriefs, content.numbers.ideas), (0, 0, 1));
    }

    #[test]
    fn expect_one_digest_a_week_when_the_zone_changes_on_its_day() {
        let schedule = Schedule::parse(Schedule::DEFAULT).unwrap();
        let posted = at("2026-11-30T09:00:00Z");
        let soon = posted + chrono::TimeDelta::seconds(3);
        assert_eq!(schedule.following(posted, soon, London), Some(at("2026-12-07T09:00:00Z")));
        // Nine in New York is still to come on that day, and would be the second of the week.
        assert_eq!(schedule.next(soon, New_York), Some(at("2026-11-30T14:00:00Z")));
        assert_eq!(schedule.following(posted, soon, New_York), Some(at("2026-12-07T14:00:00Z")));
        // Down from Monday to Friday: the next is the usual one.
        assert_eq!(
            schedule.following(posted, at("2026-12-04T12:00:00Z"), London),
            Some(at("2026-12-07T09:00:00Z"))
        );
        let often = Schedule::parse("*/5 * * * *").unwrap();
        assert_eq!(
            often.following(at("2026-11-30T09:00:00Z"), soon, London),
            Some(at("2026-11-30T09:05:00Z"))
        );
    }
}
