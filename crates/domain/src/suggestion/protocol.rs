//! What can be asked of a suggestion (commands), what happened (facts), and who is told (notices).

use serde::{Deserialize, Serialize};

use super::check::Answers;
use super::merge::{Separation, Via};
use super::routing::Why;
use super::stage::{Origin, Plan, SecondLook, SourceMessage};
use crate::Instant;
use crate::ids::{ChannelId, MemberId, Number, RoleId, TeamId};
use crate::ledger::{Counted, LadderStep, Owed, RequirementKind};
use crate::people::Who;
use crate::policy::Area;
use crate::text::Text;

/// A new idea, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// What could work better: 1 to [`limits::IDEA`] characters.
    pub idea: String,
    /// What the author suggests.
    pub proposal: Option<String>,
    /// What it would help.
    pub benefit: Option<String>,
    /// What it is about.
    pub area: Option<Area>,
    /// Whose work it is about.
    pub team: TeamId,
    /// For a colleague without chat access.
    pub for_name: Option<String>,
    /// Already mended by those who suggest it.
    pub done: bool,
    /// The message that it was made from.
    pub source: Option<SourceMessage>,
}

/// How long texts may be, in characters.
pub mod limits {
    /// An idea (the domain's rule).
    pub const IDEA: usize = 1000;
    /// Any other text of a person: what fits a form's field and a message.
    pub const TEXT: usize = 1500;
    /// One line: a norm, a unit, a name.
    pub const LINE: usize = 200;
    /// The shortest rationale of a refusal (the domain's rule).
    pub const DECLINE_RATIONALE: usize = 20;
    /// A deferral ends within this many days (the domain's six months).
    pub const DEFER_DAYS: i64 = 183;
    /// A date of implementation or review lies within this many days.
    pub const PLAN_DAYS: i64 = 731;
    /// Outcome checks that may end in *partly* or *cannot tell* before the coordinator decides.
    pub const OPEN_CHECKS: u8 = 2;
    /// Words to redact in one go.
    pub const REDACT_WORDS: usize = 50;
}

/// What can be asked of a suggestion that exists. Texts are as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the domain's table of actions documents them, by these names")]
pub enum Command {
    Acknowledge,
    AddFinding {
        text: String,
    },
    Ask {
        question: String,
    },
    Answer {
        text: String,
    },
    Assign {
        to: MemberId,
        reason: String,
    },
    Refer {
        to: ReferTo,
        reason: String,
    },
    Accept {
        how: AcceptAs,
        rationale: String,
        implementer: Option<MemberId>,
        due: Option<Instant>,
        changes: Loop,
        norm: Option<(String, String)>,
        trial: TrialPlan,
    },
    Decline {
        class: DeclineClass,
        rationale: String,
    },
    Defer {
        rationale: String,
        until: Instant,
    },
    Replan {
        reason: String,
        implementer: Option<MemberId>,
        due: Option<Instant>,
        stop: bool,
    },
    RecordImplementation {
        what_changed: String,
    },
    RecordOutcome {
        effect: Effect,
        note: String,
        benefits: Vec<BenefitTyped>,
    },
    GiveFeedback {
        works: Works,
        note: Option<String>,
    },
    Appeal {
        reason: String,
    },
    Edit {
        idea: String,
        proposal: Option<String>,
        benefit: Option<String>,
    },
    Withdraw {
        reason: Option<String>,
    },
    /// `target` is what storage knows of the other idea.
    Merge {
        into: MergeTarget,
    },
    /// The other side of a merge, on the target: never sent by a person.
    Absorb {
        from: Number,
        supporters: Vec<MemberId>,
        followers: Vec<MemberId>,
        submitted_at: Instant,
    },
    /// The other side of undoing a merge, on the target and on what it was merged into: never sent by a person.
    Separate(Separation),
    Redact {
        words: Vec<String>,
    },
    Reopen {
        reason: String,
        came_back_from: Option<Number>,
    },
    Support,
    Follow,
    /// Timers: what the ledger says is due at `now`. Never sent by a person.
    RunDue,
    /// The team's calendar has changed: what was counted by it is counted anew. Never sent by a person.
    CountAnew,
    /// Somebody left, is away or back, or the settings changed: what is with the wrong person moves. Never sent by a person.
    Settle,
    /// What became of the question that was asked then: the author has it, or it could not be delivered. Never sent by a person.
    QuestionDelivery {
        asked_at: Instant,
        delivered: bool,
    },
    /// The channel or thread in which it was shown is gone: it goes on elsewhere. Never sent by a person.
    PlaceAnew {
        from: ChannelId,
    },
}

/// Whom a referral goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferTo {
    /// The next level up.
    NextLevel,
    /// A policy owner.
    PolicyOwner,
    /// The manager named, of a level above, or a policy owner.
    Member(MemberId),
}

/// What is known of the target of a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergeTarget {
    /// Its number.
    pub number: Number,
    /// It is the very item that is to be merged.
    pub itself: bool,
    /// Its stage allows it (open or verified).
    pub takes_more: bool,
    /// It is itself, directly or by way of others, merged into this one.
    pub circle: bool,
    /// It was itself merged into this one.
    pub goes_on_in: Option<Number>,
    /// When it was submitted.
    pub submitted_at: Instant,
}

/// A trial's plan as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrialPlan {
    /// What we expect.
    pub hypothesis: Option<String>,
    /// What we look at.
    pub measure: Option<String>,
    /// When we look.
    pub review: Option<Instant>,
}

/// The name of an action: what a person tried, what a person can do now. Stored in component ids and in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the domain's table of actions documents them, by these names")]
pub enum ActionName {
    Acknowledge,
    AddFinding,
    Ask,
    Answer,
    Assign,
    Refer,
    Accept,
    Decline,
    Defer,
    Replan,
    RecordImplementation,
    RecordOutcome,
    GiveFeedback,
    Appeal,
    Edit,
    Withdraw,
    Merge,
    Redact,
    Reopen,
    Support,
    Follow,
}

impl ActionName {
    /// Every action of a person on an existing suggestion.
    pub const ALL: [ActionName; 21] = [
        Self::Acknowledge,
        Self::AddFinding,
        Self::Ask,
        Self::Answer,
        Self::Assign,
        Self::Refer,
        Self::Accept,
        Self::Decline,
        Self::Defer,
        Self::Replan,
        Self::RecordImplementation,
        Self::RecordOutcome,
        Self::GiveFeedback,
        Self::Appeal,
        Self::Edit,
        Self::Withdraw,
        Self::Merge,
        Self::Redact,
        Self::Reopen,
        Self::Support,
        Self::Follow,
    ];
}

impl Command {
    /// Its name; none for what only the system sends.
    pub const fn name(&self) -> Option<ActionName> {
        Some(match self {
            Command::Acknowledge => ActionName::Acknowledge,
            Command::AddFinding { .. } => ActionName::AddFinding,
            Command::Ask { .. } => ActionName::Ask,
            Command::Answer { .. } => ActionName::Answer,
            Command::Assign { .. } => ActionName::Assign,
            Command::Refer { .. } => ActionName::Refer,
            Command::Accept { .. } => ActionName::Accept,
            Command::Decline { .. } => ActionName::Decline,
            Command::Defer { .. } => ActionName::Defer,
            Command::Replan { .. } => ActionName::Replan,
            Command::RecordImplementation { .. } => ActionName::RecordImplementation,
            Command::RecordOutcome { .. } => ActionName::RecordOutcome,
            Command::GiveFeedback { .. } => ActionName::GiveFeedback,
            Command::Appeal { .. } => ActionName::Appeal,
            Command::Edit { .. } => ActionName::Edit,
            Command::Withdraw { .. } => ActionName::Withdraw,
            Command::Merge { .. } => ActionName::Merge,
            Command::Redact { .. } => ActionName::Redact,
            Command::Reopen { .. } => ActionName::Reopen,
            Command::Support => ActionName::Support,
            Command::Follow => ActionName::Follow,
            Command::Absorb { .. }
            | Command::Separate(_)
            | Command::RunDue
            | Command::CountAnew
            | Command::Settle
            | Command::QuestionDelivery { .. }
            | Command::PlaceAnew { .. } => return None,
        })
    }
}

words! {
    /// How an idea is accepted.
    AcceptAs {
        /// As it stands.
        AsSuggested = "as suggested",
        /// With changes that the rationale names.
        WithChanges = "with changes",
        /// As a trial, with a hypothesis, a measure and a review date.
        Trial = "trial",
    }
    /// What a decision changes (double-loop learning).
    Loop {
        /// This case only.
        Case = "case",
        /// How we work.
        Practice = "practice",
        /// A norm, policy or objective.
        Policy = "policy",
    }
    /// The classes of reasons to decline.
    DeclineClass {
        /// It exists.
        AlreadyInPlace = "already in place",
        /// It cannot be done.
        NotFeasible = "not feasible",
        /// Costs more than it brings.
        CostsMore = "costs more than it brings",
        /// A policy stands against it.
        ConflictsWithPolicy = "conflicts with policy",
        /// Not ours to change.
        OutsideOurReach = "outside our reach",
        /// A grievance, safeguarding: the rationale says where.
        BelongsElsewhere = "belongs elsewhere",
        /// Another reason.
        Other = "other",
    }
    /// What came of an idea.
    Effect {
        /// It did what it should.
        Worked = "worked",
        /// In part.
        Partly = "partly",
        /// It did not.
        DidNotWork = "did not work",
        /// Too early, or not measurable.
        CannotTell = "cannot tell",
    }
    /// "Does it work?"
    Works {
        /// Yes.
        Yes = "it works",
        /// In part.
        Partly = "partly",
        /// No.
        No = "it does not",
    }
    /// Kinds of benefit.
    BenefitKind {
        /// Time saved.
        Time = "time",
        /// Money saved.
        Cost = "cost",
        /// Better work.
        Quality = "quality",
        /// Fewer harms.
        Safety = "safety",
        /// People are better.
        Wellbeing = "wellbeing",
        /// Less waste.
        Environment = "environment",
    }
}

/// A benefit as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenefitTyped {
    /// Of which kind.
    pub kind: BenefitKind,
    /// Before the change.
    pub before: Option<String>,
    /// After it.
    pub after: Option<String>,
    /// The unit of both.
    pub unit: Option<String>,
}

/// A benefit as recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Benefit {
    /// Of which kind.
    pub kind: BenefitKind,
    /// Before the change.
    pub before: Option<Text>,
    /// After it.
    pub after: Option<Text>,
    /// The unit of both.
    pub unit: Option<Text>,
}

impl Benefit {
    pub(super) fn map_texts(&mut self, f: &dyn Fn(&Text) -> Text) {
        for t in [&mut self.before, &mut self.after, &mut self.unit].into_iter().flatten() {
            *t = f(t);
        }
    }
}

/// One entry of an item's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Instant,
    /// Who.
    pub by: Who,
    /// What, with why.
    pub fact: Fact,
}

/// The format of stored facts. It grows by one whenever a stored fact would be read differently; fixtures keep every
/// released one readable.
pub const EVENT_FORMAT: i32 = 1;

/// How long the manager's clock stood still while a question lay with the author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// So long, in the time in which decisions are measured.
    pub seconds: i64,
    /// The ladder goes on as if its last step had been taken at this time.
    pub ladder_at: Instant,
}

/// Why an item moved by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// They are away; their deputy stands in.
    Away,
    /// Whoever it belongs to is back.
    Back,
    /// They left the community.
    Left,
    /// They no longer have what made it theirs: a team, a role, a route.
    NotInCharge,
    /// Their team was removed.
    TeamRemoved,
    /// It was their own idea, and now there is somebody else to decide.
    OwnIdea,
    /// No answer came in time, so whoever stands above answers for it.
    Unanswered,
    /// They asked to be forgotten.
    Forgotten,
}

/// A change of the one who answers for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Who answers for it now.
    pub responsible: MemberId,
    /// Why them.
    pub why: Why,
    /// A role to mention beside them, of which no holder is known.
    pub waiting_role: Option<RoleId>,
}

/// What happened. Responsible person and due time are in here, so that [`super::apply()`] alone rebuilds row and ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
#[expect(missing_docs, reason = "past tense of the domain's actions; fields carry the words of `Suggestion`")]
pub enum Fact {
    Submitted {
        team: TeamId,
        author: MemberId,
        idea: Text,
        proposal: Option<Text>,
        benefit: Option<Text>,
        area: Option<Area>,
        for_name: Option<Text>,
        done: bool,
        source: Option<SourceMessage>,
        charge: Charge,
        owed: Owed,
        /// It puts a question of policy to its owner: which idea raised it.
        #[serde(default)]
        questions: Option<Number>,
        /// Where it comes from, if not from its author alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<Origin>,
    },
    Acknowledged {
        charge: Charge,
        owed: Owed,
    },
    /// Ends an acknowledgement or a deferral where one was still open; `owed` is then the decision. `charge` where a
    /// manager or the coordinator became responsible by acting.
    FindingAdded {
        text: Text,
        charge: Charge,
        owed: Option<Owed>,
    },
    /// Counts as acknowledgement; the decision's clock (if it has begun or begins here) stands still.
    Asked {
        question: Text,
        charge: Charge,
        decision_due: Instant,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decision_counted: Option<Counted>,
        owed: Owed,
    },
    /// Back to where it came from; the decision is due by the working time that the answer took later.
    Answered {
        text: Text,
        owed: Owed,
        #[serde(default)]
        pause: Option<Pause>,
    },
    AnswerTimedOut {
        owed: Owed,
        #[serde(default)]
        pause: Option<Pause>,
    },
    /// The author has the question only now: their time, and the standing still of the manager's clock, begin here.
    QuestionDelivered {
        owed: Owed,
    },
    /// The question could not be delivered: back to where it came from, and no clock stood still.
    QuestionReturned {
        owed: Owed,
        pause: Pause,
    },
    Assigned {
        reason: Text,
        charge: Charge,
        owed: Owed,
    },
    /// A new acknowledgement is owed; the decision's due time stays, or begins here if there was none.
    Referred {
        reason: Text,
        charge: Charge,
        owed: Owed,
        #[serde(default)]
        decision_due: Option<Instant>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decision_counted: Option<Counted>,
    },
    Accepted {
        how: AcceptAs,
        rationale: Text,
        changes: Loop,
        norm_before: Option<Text>,
        norm_after: Option<Text>,
        plan: Plan,
        charge: Charge,
        owed: Owed,
        /// It decides an appeal.
        #[serde(default)]
        second_look: Option<SecondLook>,
        /// The item in which the policy owner is asked for the norm that this decision changes.
        #[serde(default)]
        question: Option<Number>,
    },
    Declined {
        class: DeclineClass,
        rationale: Text,
        charge: Charge,
        appeal_until: Instant,
        /// It decides an appeal.
        #[serde(default)]
        second_look: Option<SecondLook>,
        /// The item in which the policy owner is asked about the policy that stands against it.
        #[serde(default)]
        question: Option<Number>,
    },
    Deferred {
        rationale: Text,
        until: Instant,
        charge: Charge,
        owed: Owed,
    },
    Resumed {
        owed: Owed,
    },
    /// A new implementer or date.
    Replanned {
        reason: Text,
        plan_due: Instant,
        owed: Owed,
        date_moved: bool,
        /// Another implementer puts off no step of the ladder.
        #[serde(default)]
        ladder_goes_on: bool,
    },
    /// It cannot be done: back to investigating.
    Stopped {
        reason: Text,
        owed: Owed,
    },
    Implemented {
        what_changed: Text,
        implementer: MemberId,
        owed: Owed,
        /// What was checked before was another implementation: checks begin anew. (In the first version they did not.)
        #[serde(default)]
        checks_anew: bool,
    },
    /// The outcome check is due: people are asked whether it works, and the outcome is owed once they had time to answer.
    CheckAsked {
        owed: Owed,
    },
    /// Verified.
    OutcomeVerified {
        effect: Effect,
        note: Text,
        benefits: Vec<Benefit>,
        /// What those said who work with it.
        #[serde(default)]
        answers: Answers,
        /// When they are asked once more.
        #[serde(default)]
        last_question: Option<Instant>,
    },
    /// *Partly* or *cannot tell*: another check is owed.
    OutcomeOpen {
        effect: Effect,
        note: Text,
        benefits: Vec<Benefit>,
        charge: Charge,
        owed: Owed,
        #[serde(default)]
        answers: Answers,
        /// People are asked anew in the next check; not where only the coordinator's word is missing.
        #[serde(default)]
        asks_anew: bool,
    },
    /// *Did not work*: back to investigating.
    OutcomeFailed {
        note: Text,
        benefits: Vec<Benefit>,
        charge: Charge,
        owed: Owed,
        #[serde(default)]
        answers: Answers,
    },
    /// Twelve weeks later: people are asked once more whether it works.
    LastAsked {
        /// Until when their answers count.
        until: Instant,
    },
    /// Their answers do not speak against what was recorded.
    LastQuestionOver,
    /// What was recorded, and what those say who work with it, differ: it is open again.
    ReopenedByAnswers {
        answers: Answers,
        charge: Charge,
        owed: Owed,
    },
    FeedbackGiven {
        works: Works,
        note: Option<Text>,
    },
    Appealed {
        reason: Text,
        charge: Charge,
        owed: Owed,
    },
    Edited {
        idea: Text,
        proposal: Option<Text>,
        benefit: Option<Text>,
    },
    Withdrawn {
        reason: Option<Text>,
    },
    MergedInto {
        into: Number,
    },
    Absorbed {
        from: Number,
        supporters: Vec<MemberId>,
        followers: Vec<MemberId>,
        submitted_at: Instant,
    },
    /// Another one goes its own way again: those who came with it leave, the day is the one that it would have been.
    Separated {
        from: Number,
        /// It came by way of this one, which stays.
        via: Option<Via>,
        supporters: Vec<MemberId>,
        followers: Vec<MemberId>,
        submitted_at: Instant,
    },
    /// Words are gone from row, events, search, card and posts. Which ones is not kept.
    Redacted,
    Reopened {
        reason: Text,
        came_back_from: Option<Number>,
        /// It had been merged into this one, which it leaves.
        #[serde(default)]
        leaves: Option<Number>,
        charge: Charge,
        owed: Owed,
    },
    Supported,
    SupportTakenBack,
    Followed,
    Unfollowed,
    /// A reminder went to the one who owes the response.
    Reminded {
        to: MemberId,
        kind: RequirementKind,
        step: LadderStep,
    },
    /// Late: the next level was told.
    NextLevelTold {
        told: MemberId,
        kind: RequirementKind,
    },
    /// It moved by itself, because of what became of somebody. No due time changes.
    Rerouted {
        /// Who had it until now.
        from: MemberId,
        /// What became of them.
        because: Because,
        charge: Charge,
        /// What is owed now, and by whom: unchanged where only the one who answers for it changed.
        owed: Owed,
        /// The carrying out moved, not the answering for it.
        #[serde(default)]
        work: bool,
        /// For whom the deputy carries it out.
        #[serde(default)]
        carries_out_for: Option<MemberId>,
    },
    /// Later still: the next level answers for it now. The due time stays.
    Transferred {
        from: MemberId,
        charge: Charge,
        owed: Owed,
    },
    /// The team's calendar has changed, so what is owed is due at another time. One fact for each entry that moved.
    DueMoved {
        /// Which entry; none for the decision's due time that is kept while something else is owed first.
        entry: Option<u32>,
        kind: RequirementKind,
        before: Instant,
        due: Instant,
    },
    /// The channel or thread in which it was shown is gone, so it goes on elsewhere; whoever owes something is told there.
    PlacedAnew {
        from: ChannelId,
        /// What is owed, unchanged.
        owed: Owed,
    },
}

impl Fact {
    /// The word under which it is stored beside its JSON; the same as the JSON's tag.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Fact::Submitted { .. } => "submitted",
            Fact::Acknowledged { .. } => "acknowledged",
            Fact::FindingAdded { .. } => "finding_added",
            Fact::Asked { .. } => "asked",
            Fact::Answered { .. } => "answered",
            Fact::AnswerTimedOut { .. } => "answer_timed_out",
            Fact::QuestionDelivered { .. } => "question_delivered",
            Fact::QuestionReturned { .. } => "question_returned",
            Fact::Assigned { .. } => "assigned",
            Fact::Referred { .. } => "referred",
            Fact::Accepted { .. } => "accepted",
            Fact::Declined { .. } => "declined",
            Fact::Deferred { .. } => "deferred",
            Fact::Resumed { .. } => "resumed",
            Fact::Replanned { .. } => "replanned",
            Fact::Stopped { .. } => "stopped",
            Fact::Implemented { .. } => "implemented",
            Fact::OutcomeVerified { .. } => "outcome_verified",
            Fact::OutcomeOpen { .. } => "outcome_open",
            Fact::OutcomeFailed { .. } => "outcome_failed",
            Fact::FeedbackGiven { .. } => "feedback_given",
            Fact::CheckAsked { .. } => "check_asked",
            Fact::LastAsked { .. } => "last_asked",
            Fact::LastQuestionOver => "last_question_over",
            Fact::ReopenedByAnswers { .. } => "reopened_by_answers",
            Fact::Appealed { .. } => "appealed",
            Fact::Edited { .. } => "edited",
            Fact::Withdrawn { .. } => "withdrawn",
            Fact::MergedInto { .. } => "merged_into",
            Fact::Absorbed { .. } => "absorbed",
            Fact::Separated { .. } => "separated",
            Fact::Redacted => "redacted",
            Fact::Reopened { .. } => "reopened",
            Fact::Supported => "supported",
            Fact::SupportTakenBack => "support_taken_back",
            Fact::Followed => "followed",
            Fact::Unfollowed => "unfollowed",
            Fact::Reminded { .. } => "reminded",
            Fact::NextLevelTold { .. } => "next_level_told",
            Fact::Transferred { .. } => "transferred",
            Fact::DueMoved { .. } => "due_moved",
            Fact::Rerouted { .. } => "rerouted",
            Fact::PlacedAnew { .. } => "placed_anew",
        }
    }

    /// The item that puts a question of policy to its owner, where this fact opened or named one.
    pub const fn question(&self) -> Option<Number> {
        match self {
            Fact::Accepted { question, .. } | Fact::Declined { question, .. } => *question,
            _ => None,
        }
    }

    /// The same with [`Number::NEXT`] replaced by the number that the new item of the same change was given.
    #[must_use]
    pub fn with_next(mut self, next: Number) -> Self {
        if let Fact::Accepted { question, .. } | Fact::Declined { question, .. } = &mut self
            && *question == Some(Number::NEXT)
        {
            *question = Some(next);
        }
        self
    }

    /// The entry of the policy register that this fact makes: the norm before and after.
    pub const fn norm(&self) -> Option<(&Text, &Text)> {
        match self {
            Fact::Accepted {
                changes: Loop::Policy,
                norm_before: Some(before),
                norm_after: Some(after),
                ..
            } => Some((before, after)),
            _ => None,
        }
    }

    /// Who answers for the item after it, where it says so.
    pub const fn charge(&self) -> Option<&Charge> {
        match self {
            Fact::Submitted { charge, .. }
            | Fact::Acknowledged { charge, .. }
            | Fact::FindingAdded { charge, .. }
            | Fact::Asked { charge, .. }
            | Fact::Assigned { charge, .. }
            | Fact::Referred { charge, .. }
            | Fact::Accepted { charge, .. }
            | Fact::Declined { charge, .. }
            | Fact::Deferred { charge, .. }
            | Fact::OutcomeOpen { charge, .. }
            | Fact::OutcomeFailed { charge, .. }
            | Fact::Appealed { charge, .. }
            | Fact::Reopened { charge, .. }
            | Fact::ReopenedByAnswers { charge, .. }
            | Fact::Transferred { charge, .. }
            | Fact::Rerouted { charge, .. } => Some(charge),
            Fact::Answered { .. }
            | Fact::AnswerTimedOut { .. }
            | Fact::QuestionDelivered { .. }
            | Fact::QuestionReturned { .. }
            | Fact::Resumed { .. }
            | Fact::Replanned { .. }
            | Fact::Stopped { .. }
            | Fact::Implemented { .. }
            | Fact::OutcomeVerified { .. }
            | Fact::FeedbackGiven { .. }
            | Fact::CheckAsked { .. }
            | Fact::LastAsked { .. }
            | Fact::LastQuestionOver
            | Fact::Edited { .. }
            | Fact::Withdrawn { .. }
            | Fact::MergedInto { .. }
            | Fact::Absorbed { .. }
            | Fact::Separated { .. }
            | Fact::Redacted
            | Fact::Supported
            | Fact::SupportTakenBack
            | Fact::Followed
            | Fact::Unfollowed
            | Fact::Reminded { .. }
            | Fact::NextLevelTold { .. }
            | Fact::DueMoved { .. }
            | Fact::PlacedAnew { .. } => None,
        }
    }

    /// What is owed after it, where it says so.
    pub const fn owed(&self) -> Option<&Owed> {
        match self {
            Fact::Submitted { owed, .. }
            | Fact::Acknowledged { owed, .. }
            | Fact::FindingAdded { owed: Some(owed), .. }
            | Fact::Asked { owed, .. }
            | Fact::Answered { owed, .. }
            | Fact::AnswerTimedOut { owed, .. }
            | Fact::QuestionDelivered { owed }
            | Fact::QuestionReturned { owed, .. }
            | Fact::Assigned { owed, .. }
            | Fact::Referred { owed, .. }
            | Fact::Accepted { owed, .. }
            | Fact::Deferred { owed, .. }
            | Fact::Resumed { owed }
            | Fact::Replanned { owed, .. }
            | Fact::Stopped { owed, .. }
            | Fact::Implemented { owed, .. }
            | Fact::OutcomeOpen { owed, .. }
            | Fact::OutcomeFailed { owed, .. }
            | Fact::Appealed { owed, .. }
            | Fact::Reopened { owed, .. }
            | Fact::ReopenedByAnswers { owed, .. }
            | Fact::CheckAsked { owed }
            | Fact::Transferred { owed, .. }
            | Fact::Rerouted { owed, .. }
            | Fact::PlacedAnew { owed, .. } => Some(owed),
            Fact::FindingAdded { owed: None, .. }
            | Fact::Declined { .. }
            | Fact::OutcomeVerified { .. }
            | Fact::FeedbackGiven { .. }
            | Fact::LastAsked { .. }
            | Fact::LastQuestionOver
            | Fact::Edited { .. }
            | Fact::Withdrawn { .. }
            | Fact::MergedInto { .. }
            | Fact::Absorbed { .. }
            | Fact::Separated { .. }
            | Fact::Redacted
            | Fact::Supported
            | Fact::SupportTakenBack
            | Fact::Followed
            | Fact::Unfollowed
            | Fact::Reminded { .. }
            | Fact::NextLevelTold { .. }
            | Fact::DueMoved { .. } => None,
        }
    }

    /// Every text of a person in it, changed by `f`.
    #[must_use]
    pub fn map_texts(mut self, f: &dyn Fn(&Text) -> Text) -> Self {
        let one = |t: &mut Text| *t = f(t);
        let opt = |t: &mut Option<Text>| {
            if let Some(t) = t {
                *t = f(t);
            }
        };
        match &mut self {
            Fact::Submitted { idea, proposal, benefit, for_name, .. } => {
                one(idea);
                opt(proposal);
                opt(benefit);
                opt(for_name);
            }
            Fact::Edited { idea, proposal, benefit } => {
                one(idea);
                opt(proposal);
                opt(benefit);
            }
            Fact::FindingAdded { text, .. } | Fact::Answered { text, .. } => one(text),
            Fact::Asked { question, .. } => one(question),
            Fact::Assigned { reason, .. }
            | Fact::Referred { reason, .. }
            | Fact::Replanned { reason, .. }
            | Fact::Stopped { reason, .. }
            | Fact::Appealed { reason, .. }
            | Fact::Reopened { reason, .. } => one(reason),
            Fact::Accepted { rationale, norm_before, norm_after, plan, .. } => {
                one(rationale);
                opt(norm_before);
                opt(norm_after);
                plan.map_texts(f);
            }
            Fact::Declined { rationale, .. } | Fact::Deferred { rationale, .. } => one(rationale),
            Fact::Implemented { what_changed, .. } => one(what_changed),
            Fact::OutcomeVerified { note, benefits, .. }
            | Fact::OutcomeOpen { note, benefits, .. }
            | Fact::OutcomeFailed { note, benefits, .. } => {
                one(note);
                for b in benefits {
                    b.map_texts(f);
                }
            }
            Fact::FeedbackGiven { note, .. } => opt(note),
            Fact::Withdrawn { reason } => opt(reason),
            Fact::Acknowledged { .. }
            | Fact::AnswerTimedOut { .. }
            | Fact::QuestionDelivered { .. }
            | Fact::QuestionReturned { .. }
            | Fact::Resumed { .. }
            | Fact::CheckAsked { .. }
            | Fact::LastAsked { .. }
            | Fact::LastQuestionOver
            | Fact::ReopenedByAnswers { .. }
            | Fact::MergedInto { .. }
            | Fact::Absorbed { .. }
            | Fact::Separated { .. }
            | Fact::Redacted
            | Fact::Supported
            | Fact::SupportTakenBack
            | Fact::Followed
            | Fact::Unfollowed
            | Fact::Reminded { .. }
            | Fact::NextLevelTold { .. }
            | Fact::Transferred { .. }
            | Fact::DueMoved { .. }
            | Fact::Rerouted { .. }
            | Fact::PlacedAnew { .. } => {}
        }
        self
    }
}

/// Somebody is told. `event` is the index of the event in the batch that [`super::react()`] was given; the text is made
/// when it is sent, from the history, so that an erased word is never sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// The card shows the newest state.
    Card,
    /// The thread gets a post on this step.
    Post {
        /// Which event of the batch.
        event: usize,
        /// Who is pinged by it, if anyone: the one who owes something now.
        mention: Option<MemberId>,
        /// A role that is pinged by it.
        mention_role: Option<RoleId>,
    },
    /// A direct message on this step; if those are closed, a mention in the thread.
    Direct {
        /// Which event of the batch.
        event: usize,
        /// To whom.
        to: MemberId,
        /// Why they are told.
        reason: DirectReason,
    },
    /// What is due or late, bundled with all else that falls due for this person in the same sweep.
    Reminder {
        /// To whom.
        to: MemberId,
        /// Owed by them, or by somebody whose next level they are.
        owed_by: MemberId,
        /// What.
        kind: RequirementKind,
        /// Halfway, late, or theirs now.
        step: LadderStep,
        /// What it is about.
        about: Word,
    },
    /// The thread takes its name from the idea's new words.
    Rename,
    /// Every post and message sent about the item is rewritten from its history.
    RewriteAll,
}

/// What a bundled message to a person says of an item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum Word {
    /// It is due, or late.
    #[default]
    Due,
    /// It came to them by itself.
    Came {
        /// From whom.
        from: MemberId,
        /// Why.
        because: Because,
    },
    /// It went to somebody else by itself.
    Went {
        /// From whom.
        from: MemberId,
        /// To whom.
        to: MemberId,
        /// Why.
        because: Because,
    },
}

impl Word {
    /// Who is named besides whoever reads it.
    pub fn names(self) -> Option<[MemberId; 2]> {
        match self {
            Word::Due => None,
            Word::Came { from, .. } => Some([from, from]),
            Word::Went { from, to, .. } => Some([from, to]),
        }
    }
}

/// Why somebody gets a direct message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectReason {
    /// They suggested it.
    Author,
    /// They support or follow it.
    Following,
    /// They owe the next response now.
    Owes,
    /// They declined it, and somebody else looks at it a second time.
    DecidedBefore,
}

impl DirectReason {
    /// Every reason.
    pub const ALL: [DirectReason; 4] = [Self::Author, Self::Following, Self::Owes, Self::DecidedBefore];
}

/// The next time at which something happens to an item by itself; a projection of its ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// When.
    pub at: Instant,
    /// What.
    pub rule: TimerRule,
}

/// What a timer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerRule {
    /// Remind at half of the time.
    Halfway,
    /// Remind at the due time, and tell the next level.
    Late,
    /// The next level becomes responsible; at the top: remind again.
    Escalate,
    /// The author's time is over.
    AuthorTimeOver,
    /// A deferred idea is taken up again.
    Resume,
    /// An outcome check is due: people are asked whether it works.
    AskWhetherItWorks,
    /// Twelve weeks later they are asked once more.
    LastQuestion,
    /// The answers to the last question are counted.
    CountAnswers,
}

impl TimerRule {
    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Halfway => "halfway",
            Self::Late => "late",
            Self::Escalate => "escalate",
            Self::AuthorTimeOver => "author_time_over",
            Self::Resume => "resume",
            Self::AskWhetherItWorks => "ask_whether_it_works",
            Self::LastQuestion => "last_question",
            Self::CountAnswers => "count_answers",
        }
    }
}

/// What a command did to one suggestion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The state after it.
    pub after: super::Suggestion,
    /// What happened.
    pub events: Vec<Event>,
}
