//! Where a suggestion stands. Each stage carries the data that is valid there, and no other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::check::{Answered, Answers, LastQuestion};
use super::protocol::{AcceptAs, Benefit, DeclineClass, Effect, Loop, Works};
use super::routing::Why;
use crate::Instant;
use crate::debrief::DebriefNumber;
use crate::ids::{ChannelId, MemberId, MessageId, Number, RoleId, TeamId};
use crate::ledger::{Counted, Requirement, RequirementKind, RequirementState};
use crate::policy::Area;
use crate::text::Text;

/// An idea for improvement with all that is needed to decide on the next step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// Whose work it is about; fixed at submission.
    pub team: TeamId,
    /// Who suggested it. (Anonymous authors become another variant of an enum here.)
    pub author: MemberId,
    /// What could work better.
    pub idea: Text,
    /// What the author suggests, where they filled the form.
    pub proposal: Option<Text>,
    /// What it would help, where they said so.
    pub benefit: Option<Text>,
    /// What it is about.
    pub area: Option<Area>,
    /// For a colleague without chat access: their name.
    pub for_name: Option<Text>,
    /// Staff mended it themselves: an acknowledgement and an outcome check are owed, no decision.
    pub done: bool,
    /// The chat message that it was made from.
    pub source: Option<SourceMessage>,
    /// When it was submitted: what the author waits for counts from here, always.
    pub submitted_at: Instant,
    /// Where it stands.
    pub stage: Stage,
    /// The one person who answers for it. In closed stages: who did last.
    pub responsible: MemberId,
    /// Why them.
    pub why: Why,
    /// A role of which no holder is known yet: mentioned beside the responsible coordinator; its first holder to
    /// acknowledge takes the item.
    pub waiting_role: Option<RoleId>,
    /// For whom a deputy carries it out, while they are away.
    #[serde(default)]
    pub carries_out_for: Option<MemberId>,
    /// Who recorded the first finding.
    pub investigator: Option<MemberId>,
    /// How many findings there are.
    pub findings: u32,
    /// When the decision is due, once the acknowledgement set it; kept through referrals.
    pub decision_due: Option<Instant>,
    /// What that was counted from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_counted: Option<Counted>,
    /// For how long, over all questions, the manager's clock stood still: never longer than the author's time once.
    #[serde(default)]
    pub with_author_seconds: i64,
    /// Between whom it was referred in this round: it does not come back to any of them by a referral.
    #[serde(default)]
    pub had_before: Vec<MemberId>,
    /// Who deferred it last: the next deferral is for a level above them.
    pub deferred_by: Option<MemberId>,
    /// Who moved the implementation date last: the next move is for a level above them.
    pub replanned_by: Option<MemberId>,
    /// Outcome checks that ended in *partly* or *cannot tell*.
    pub open_checks: u8,
    /// The one appeal has been used.
    pub appealed: bool,
    /// What the second look came to; none while no appeal has been decided.
    #[serde(default)]
    pub second_look: Option<SecondLook>,
    /// The item in which the policy owner is asked about the policy in question, once there is one.
    #[serde(default)]
    pub policy_question: Option<Number>,
    /// This item puts a question of policy to its owner: which idea raised it.
    #[serde(default)]
    pub questions: Option<Number>,
    /// Where it comes from, if not from its author alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Who declined it, for ever excluded from deciding on the appeal.
    pub declined_by: Option<MemberId>,
    /// The latest decision, kept in every later stage.
    pub decision: Option<Decision>,
    /// The latest outcome.
    pub outcome: Option<Outcome>,
    /// The ledger of required responses, oldest first. Exactly one is open while the item is.
    pub ledger: Vec<Requirement>,
    /// Who says "me too", in order of coming.
    pub supporters: Vec<MemberId>,
    /// Who wants to be told.
    pub followers: Vec<MemberId>,
    /// What was answered to the present question "does it work?", as a count.
    #[serde(default)]
    pub counted_answers: Answers,
    /// The same as the first version kept it, by name; empty in all that began since.
    #[serde(default, rename = "answers", skip_serializing_if = "BTreeMap::is_empty")]
    pub named_answers: BTreeMap<MemberId, Works>,
    /// Who has answered, for the one who acts. Read anew for each command, no part of the state.
    #[serde(skip)]
    pub answered: Answered,
    /// Ideas that were merged into this one.
    pub absorbed: Vec<Number>,
    /// The channel or thread that it left last, because that is gone: it leaves none twice.
    #[serde(default)]
    pub left_place: Option<ChannelId>,
}

/// What the second look at a refusal came to (domain: "overturned or upheld, with reasons").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondLook {
    /// The next level declined it as well.
    Upheld,
    /// The next level accepted what had been declined.
    Overturned,
}

/// Where a suggestion comes from that nobody typed as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// An item of a debrief that was escalated; its author said it there.
    Debrief(DebriefNumber),
    /// A note that carries no name. It shows no origin; its author here is its contact, who did not write it.
    Nameless,
}

/// The message that a suggestion was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceMessage {
    /// Where it stands.
    pub channel: ChannelId,
    /// Which.
    pub message: MessageId,
    /// Did the author of the suggestion write it?
    pub own: bool,
}

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Stage {
    /// Nobody has answered yet.
    Submitted,
    /// Seen by a manager.
    Acknowledged {
        /// By whom.
        by: MemberId,
        /// When.
        at: Instant,
    },
    /// Somebody looked at it, or took it up again.
    Investigating,
    /// A question lies with the author.
    AwaitingInformation {
        /// The question.
        question: Text,
        /// Who asked.
        asked_by: MemberId,
        /// When.
        asked_at: Instant,
        /// When the author had it, if that was later: until then no clock stood still.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reached_at: Option<Instant>,
        /// Where it goes back to.
        back_to: Box<Stage>,
    },
    /// It will be done, or tried.
    Accepted {
        /// Who does it.
        implementer: MemberId,
        /// By when.
        due: Instant,
        /// How.
        plan: Plan,
    },
    /// It was done; whether it helps is open.
    Implemented {
        /// Who did it.
        implementer: MemberId,
        /// What changed in practice.
        what_changed: Text,
        /// When.
        at: Instant,
        /// The check fell due, and people were asked whether it works.
        #[serde(default)]
        asked: bool,
    },
    /// Done and checked.
    Verified {
        /// When the outcome was recorded.
        at: Instant,
        /// Whether it still works after twelve weeks.
        #[serde(default)]
        last_question: LastQuestion,
    },
    /// Not now, with reasons that the author reads.
    Declined {
        /// When.
        at: Instant,
        /// Until when the author may appeal.
        appeal_until: Instant,
    },
    /// Taken up again on a date.
    Deferred {
        /// When.
        until: Instant,
    },
    /// Its author and supporters follow another one.
    Merged {
        /// Which.
        into: Number,
        /// When.
        at: Instant,
    },
    /// Taken back by its author.
    Withdrawn {
        /// Why, if said.
        reason: Option<Text>,
    },
}

/// A stage without its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "documented at `Stage`")]
pub enum StageName {
    Submitted,
    Acknowledged,
    Investigating,
    AwaitingInformation,
    Accepted,
    Implemented,
    Verified,
    Declined,
    Deferred,
    Merged,
    Withdrawn,
}

impl StageName {
    /// Every stage, in the order of the domain's table.
    pub const ALL: [StageName; 11] = [
        Self::Submitted,
        Self::Acknowledged,
        Self::Investigating,
        Self::AwaitingInformation,
        Self::Accepted,
        Self::Implemented,
        Self::Verified,
        Self::Declined,
        Self::Deferred,
        Self::Merged,
        Self::Withdrawn,
    ];

    /// Open is every stage but Verified, Declined, Merged and Withdrawn.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Verified | Self::Declined | Self::Merged | Self::Withdrawn)
    }

    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Acknowledged => "acknowledged",
            Self::Investigating => "investigating",
            Self::AwaitingInformation => "awaiting_information",
            Self::Accepted => "accepted",
            Self::Implemented => "implemented",
            Self::Verified => "verified",
            Self::Declined => "declined",
            Self::Deferred => "deferred",
            Self::Merged => "merged",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The stage of a stored word; strictly one of ours.
    pub fn from_stored(word: &str) -> Option<StageName> {
        Self::ALL.into_iter().find(|s| s.as_str() == word)
    }
}

impl Stage {
    /// Which idea it goes on in, if it was merged.
    pub const fn merged_into(&self) -> Option<Number> {
        match self {
            Stage::Merged { into, .. } => Some(*into),
            Stage::Submitted
            | Stage::Acknowledged { .. }
            | Stage::Investigating
            | Stage::AwaitingInformation { .. }
            | Stage::Accepted { .. }
            | Stage::Implemented { .. }
            | Stage::Verified { .. }
            | Stage::Declined { .. }
            | Stage::Deferred { .. }
            | Stage::Withdrawn { .. } => None,
        }
    }

    /// Its name.
    pub const fn name(&self) -> StageName {
        match self {
            Stage::Submitted => StageName::Submitted,
            Stage::Acknowledged { .. } => StageName::Acknowledged,
            Stage::Investigating => StageName::Investigating,
            Stage::AwaitingInformation { .. } => StageName::AwaitingInformation,
            Stage::Accepted { .. } => StageName::Accepted,
            Stage::Implemented { .. } => StageName::Implemented,
            Stage::Verified { .. } => StageName::Verified,
            Stage::Declined { .. } => StageName::Declined,
            Stage::Deferred { .. } => StageName::Deferred,
            Stage::Merged { .. } => StageName::Merged,
            Stage::Withdrawn { .. } => StageName::Withdrawn,
        }
    }
}

/// How an accepted idea is carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "plan", rename_all = "snake_case")]
pub enum Plan {
    /// Do it.
    Implement {
        /// Not quite as suggested; the rationale says how.
        with_changes: bool,
    },
    /// Try it, and look.
    Trial {
        /// What we expect to happen.
        hypothesis: Option<Text>,
        /// What we look at to know.
        measure: Option<Text>,
        /// When we look.
        review: Option<Instant>,
    },
}

/// What was decided, by whom and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Accepted, declined or deferred.
    pub verdict: Verdict,
    /// By whom.
    pub by: MemberId,
    /// When.
    pub at: Instant,
    /// Why; the author reads it.
    pub rationale: Text,
}

/// The ways to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It will be done or tried.
    Accepted {
        /// How.
        how: AcceptAs,
        /// What it changes.
        changes: Loop,
        /// For *policy*: the norm before, in one line.
        norm_before: Option<Text>,
        /// For *policy*: the norm after.
        norm_after: Option<Text>,
    },
    /// It will not be done.
    Declined {
        /// The class of the reason.
        class: DeclineClass,
    },
    /// Later.
    Deferred {
        /// When it is taken up again.
        until: Instant,
    },
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Has it helped?
    pub effect: Effect,
    /// By whom it was recorded.
    pub by: MemberId,
    /// When.
    pub at: Instant,
    /// What was measured, and how.
    pub note: Text,
    /// Benefits, if any were given.
    pub benefits: Vec<Benefit>,
    /// What those said who work with it, until then; none where it was not kept.
    #[serde(default)]
    pub answers: Answers,
}

impl Suggestion {
    /// An appeal waits for its decision.
    pub fn awaits_second_look(&self) -> bool {
        self.appealed && self.second_look.is_none()
    }

    /// The same with [`Number::NEXT`] replaced by the number that the new item of the same change was given.
    #[must_use]
    pub fn with_next(mut self, next: Number) -> Self {
        if self.policy_question == Some(Number::NEXT) {
            self.policy_question = Some(next);
        }
        self
    }

    /// The one response that is owed now; none once it is closed.
    pub fn open_requirement(&self) -> Option<&Requirement> {
        self.ledger.iter().rev().find(|r| r.state == RequirementState::Open)
    }

    /// The decision's clock, standing still while a question lies with the author.
    pub fn paused_requirement(&self) -> Option<&Requirement> {
        self.ledger.iter().rev().find(|r| matches!(r.state, RequirementState::Paused { .. }))
    }

    /// Is it open (not Verified, Declined, Merged or Withdrawn)?
    pub fn is_open(&self) -> bool {
        self.stage.name().is_open()
    }

    /// Was a response of this kind given in the item's present round, or is it owed with nothing missing before it?
    pub fn owes(&self, kind: RequirementKind) -> bool {
        self.open_requirement().is_some_and(|r| r.kind == kind)
    }

    /// The same with every text of a person changed by `f`: for redaction and erasure. Storage applies it to row and
    /// events alike, so a new text field that is forgotten here fails the test that redacts every field.
    #[must_use]
    pub fn map_texts(mut self, f: &dyn Fn(&Text) -> Text) -> Self {
        let opt = |t: &mut Option<Text>| {
            if let Some(t) = t {
                *t = f(t);
            }
        };
        self.idea = f(&self.idea);
        opt(&mut self.proposal);
        opt(&mut self.benefit);
        opt(&mut self.for_name);
        self.stage = self.stage.map_texts(f);
        if let Some(d) = &mut self.decision {
            d.rationale = f(&d.rationale);
            if let Verdict::Accepted { norm_before, norm_after, .. } = &mut d.verdict {
                opt(norm_before);
                opt(norm_after);
            }
        }
        if let Some(o) = &mut self.outcome {
            o.note = f(&o.note);
            for b in &mut o.benefits {
                b.map_texts(f);
            }
        }
        self
    }
}

impl Stage {
    fn map_texts(mut self, f: &dyn Fn(&Text) -> Text) -> Self {
        match &mut self {
            Stage::AwaitingInformation { question, back_to, .. } => {
                *question = f(question);
                **back_to = back_to.clone().map_texts(f);
            }
            Stage::Accepted { plan, .. } => plan.map_texts(f),
            Stage::Implemented { what_changed, .. } => *what_changed = f(what_changed),
            Stage::Withdrawn { reason: Some(reason) } => *reason = f(reason),
            Stage::Withdrawn { reason: None }
            | Stage::Submitted
            | Stage::Acknowledged { .. }
            | Stage::Investigating
            | Stage::Verified { .. }
            | Stage::Declined { .. }
            | Stage::Deferred { .. }
            | Stage::Merged { .. } => {}
        }
        self
    }
}

impl Plan {
    pub(super) fn map_texts(&mut self, f: &dyn Fn(&Text) -> Text) {
        if let Plan::Trial { hypothesis, measure, review: _ } = self {
            for t in [hypothesis, measure].into_iter().flatten() {
                *t = f(t);
            }
        }
    }
}
