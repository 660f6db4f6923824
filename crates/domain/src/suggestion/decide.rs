//! Is it allowed, and what follows. Who may do what where stands in [`super::rights`]; here are the texts that an action
//! needs, and the events that it makes, with the responsible person and the due time written into them.

mod outcome;

use chrono::TimeDelta;

use super::protocol::{
    AcceptAs, Charge, Command, DeclineClass, Event, Fact, Loop, MergeTarget, Pause, ReferTo, Submission,
    TimerRule, TrialPlan, limits,
};
use super::react::{next_timer, not_before};
use super::rights::may;
use super::routing::{Why, appeal_goes_on_to, level_of, next_above, next_level, policy_owner, route};
use super::stage::{Origin, Plan, SecondLook, Stage, Suggestion};
use crate::Instant;
use crate::calendar::Wait;
use crate::ids::{ChannelId, MemberId};
use crate::ledger::{Counted, LadderStep, Owed, Requirement, RequirementKind, later};
use crate::people::{Actor, Who};
use crate::policy::Policy;
use crate::rejection::{Field, Party, Rejection};
use crate::text::Text;

/// An author who has a question within this time has it at once.
const AT_ONCE: TimeDelta = TimeDelta::minutes(1);

/// Takes a new idea.
///
/// # Errors
/// When the text is empty or too long, or the area or team is not known.
pub fn submit(typed: &Submission, actor: &Actor, policy: &Policy, now: Instant) -> Result<Event, Rejection> {
    let Some(author) = actor.member() else { return Err(Rejection::OnlyInWorkspace) };
    let team = policy
        .team(typed.team)
        .filter(|t| !t.removed)
        .ok_or_else(|| Rejection::NoSuchTeam(typed.team.0.to_string()))?;
    if let Some(area) = &typed.area
        && !policy.areas.contains(area)
    {
        let takes = policy.areas.iter().map(|a| a.0.clone()).collect();
        return Err(Rejection::NotOneOf { field: Field::Area, typed: area.0.clone(), takes });
    }
    let charge = route(policy, team.id, typed.area.as_ref(), author);
    let counted = Counted::new(now, policy.times.acknowledge);
    let owed = Owed {
        kind: RequirementKind::Acknowledgement,
        by: charge.responsible,
        due: counted.due(&team.calendar),
        counted: Some(counted),
    };
    let fact = Fact::Submitted {
        team: team.id,
        author,
        idea: written(Field::Idea, &typed.idea, limits::IDEA)?,
        proposal: optional(Field::Proposal, typed.proposal.as_deref(), limits::TEXT)?,
        benefit: optional(Field::Benefit, typed.benefit.as_deref(), limits::TEXT)?,
        area: typed.area.clone(),
        for_name: optional(Field::ForName, typed.for_name.as_deref(), limits::LINE)?,
        done: typed.done,
        source: typed.source,
        charge,
        owed,
        questions: None,
        origin: None,
    };
    Ok(Event { at: now, by: actor.who(), fact })
}

/// The question of policy that a decision on an idea raises, as an item of its own for the policy owner: in the words of the
/// idea, with its author, who is told of every step there as well. `number` is that of the idea.
pub fn question_policy(
    s: &Suggestion,
    number: crate::Number,
    actor: &Actor,
    policy: &Policy,
    now: Instant,
) -> Event {
    let decided_by = actor.member().unwrap_or(s.responsible);
    let charge = policy_owner(policy, s.author, decided_by);
    let counted = Counted::new(now, policy.times.acknowledge);
    let owed = Owed {
        kind: RequirementKind::Acknowledgement,
        by: charge.responsible,
        due: counted.due(&policy.calendar(s.team)),
        counted: Some(counted),
    };
    let fact = Fact::Submitted {
        team: s.team,
        author: s.author,
        idea: s.idea.clone(),
        proposal: s.proposal.clone(),
        benefit: s.benefit.clone(),
        area: s.area.clone(),
        for_name: None,
        done: false,
        source: None,
        charge,
        owed,
        questions: Some(number),
        origin: None,
    };
    Event { at: now, by: actor.who(), fact }
}

/// An item of a debrief that was escalated, as an idea with the normal promise. A named item has its own author; of one without
/// a name the coordinator is the contact, and nothing says where it comes from. It always finds somebody: a team that was
/// removed meanwhile gives it to the level above, and at last to the coordinator, said openly.
pub fn from_debrief(
    escalated: &crate::debrief::Item,
    (number, team): (crate::debrief::DebriefNumber, crate::TeamId),
    policy: &Policy,
    now: Instant,
) -> Event {
    let team = super::routing::standing(policy, team);
    let author = escalated.author.unwrap_or_else(|| policy.coordinator(&[]));
    let charge = route(policy, team, None, author);
    let counted = Counted::new(now, policy.times.acknowledge);
    let owed = Owed {
        kind: RequirementKind::Acknowledgement,
        by: charge.responsible,
        due: counted.due(&policy.calendar(team)),
        counted: Some(counted),
    };
    let fact = Fact::Submitted {
        team,
        author,
        idea: escalated.text.clone(),
        proposal: None,
        benefit: None,
        area: None,
        for_name: None,
        done: false,
        source: escalated.author.and(escalated.source),
        charge,
        owed,
        questions: None,
        origin: Some(escalated.author.map_or(Origin::Nameless, |_| Origin::Debrief(number))),
    };
    let by = escalated.author.map_or(Who::Nameless, Who::Member);
    Event { at: now, by, fact }
}

/// What the command does to the suggestion. No events: nothing had to change.
///
/// # Errors
/// Why it is refused. Nothing has changed then.
pub fn decide(
    s: &Suggestion,
    command: &Command,
    actor: &Actor,
    policy: &Policy,
    now: Instant,
) -> Result<Vec<Event>, Rejection> {
    if let Some(action) = command.name() {
        let Actor::Member(_) = actor else { return Err(Rejection::UnknownCommand) };
        may(s, action, actor, policy, now)?;
    }
    let case = Case { s, actor, policy, now };
    // Whoever is reminded must be the one who owes it: what is with the wrong person moves first, and is looked at again.
    if *command == Command::RunDue {
        let moved = settled(s, policy, now);
        if !moved.is_empty() {
            return Ok(moved);
        }
    }
    let facts = match command {
        Command::Acknowledge => vec![case.acknowledge()],
        Command::AddFinding { text } => vec![case.add_finding(text)?],
        Command::Ask { question } => vec![case.ask(question)?],
        Command::Answer { text } => vec![case.answer(text)?],
        Command::Assign { to, reason } => vec![case.assign(*to, reason)?],
        Command::Refer { to, reason } => vec![case.refer(*to, reason)?],
        Command::Accept { how, rationale, implementer, due, changes, norm, trial } => {
            let (how, changes) = (*how, *changes);
            vec![case.accept(&Acceptance {
                how,
                rationale,
                implementer: *implementer,
                due: *due,
                changes,
                norm,
                trial,
            })?]
        }
        Command::Decline { class, rationale } => vec![case.decline(*class, rationale)?],
        Command::Defer { rationale, until } => vec![case.defer(rationale, *until)?],
        Command::Replan { reason, implementer, due, stop } => {
            vec![case.replan(reason, *implementer, *due, *stop)?]
        }
        Command::RecordImplementation { what_changed } => vec![case.implemented(what_changed)?],
        Command::RecordOutcome { effect, note, benefits } => case.outcome(*effect, note, benefits)?,
        Command::GiveFeedback { works, note } => {
            let note = optional(Field::Note, note.as_deref(), limits::TEXT)?;
            vec![Fact::FeedbackGiven { works: *works, note }]
        }
        Command::Appeal { reason } => vec![case.appeal(reason)?],
        Command::Edit { idea, proposal, benefit } => {
            case.edit(idea, proposal.as_deref(), benefit.as_deref())?
        }
        Command::Withdraw { reason } => {
            vec![Fact::Withdrawn { reason: optional(Field::Reason, reason.as_deref(), limits::TEXT)? }]
        }
        Command::Merge { into } => vec![case.merge(into)?],
        Command::Absorb { from, supporters, followers, submitted_at } => vec![Fact::Absorbed {
            from: *from,
            supporters: supporters.clone(),
            followers: followers.clone(),
            submitted_at: *submitted_at,
        }],
        Command::Separate(separation) => vec![Fact::Separated {
            from: separation.from,
            via: separation.via,
            supporters: separation.supporters.clone(),
            followers: separation.followers.clone(),
            submitted_at: separation.submitted_at,
        }],
        Command::Redact { words } => {
            redactable(words)?;
            vec![Fact::Redacted]
        }
        Command::Reopen { reason, came_back_from } => vec![case.reopen(reason, *came_back_from)?],
        Command::Support => {
            let supports = actor.member().is_some_and(|m| s.supporters.contains(&m));
            vec![if supports { Fact::SupportTakenBack } else { Fact::Supported }]
        }
        Command::Follow => {
            let follows = actor.member().is_some_and(|m| s.followers.contains(&m));
            vec![if follows { Fact::Unfollowed } else { Fact::Followed }]
        }
        Command::RunDue => case.run_due(),
        Command::CountAnew => super::recount::count_anew(s, policy, now),
        Command::Settle => vec![],
        Command::QuestionDelivery { asked_at, delivered } => case.question_delivery(*asked_at, *delivered),
        Command::PlaceAnew { from } => case.place_anew(*from),
    };
    let mut events: Vec<Event> =
        facts.into_iter().map(|fact| Event { at: now, by: by(actor, &fact), fact }).collect();
    // At every use it is looked whether the ones who owe it now are there; what a person just handed to somebody who is away
    // goes on to the deputy.
    let after = events.iter().try_fold(s.clone(), |s, event| super::apply(Some(s), event));
    events.extend(after.map(|after| settled(&after, policy, now)).unwrap_or_default());
    Ok(events)
}

/// Who did it, as the history keeps it.
fn by(actor: &Actor, fact: &Fact) -> Who {
    if matches!(fact, Fact::FeedbackGiven { .. }) {
        Who::Nameless
    } else if matches!(fact, Fact::ReopenedByAnswers { .. }) {
        Who::System
    } else {
        actor.who()
    }
}

/// What moves by itself.
fn settled(s: &Suggestion, policy: &Policy, now: Instant) -> Vec<Event> {
    let moved = super::moving::moves(s, policy, now).into_iter();
    moved.map(|fact| Event { at: now, by: Actor::System.who(), fact }).collect()
}

/// The text of a required field.
///
/// # Errors
/// When nothing readable is in it, or it is too long.
pub fn written(field: Field, typed: &str, limit: usize) -> Result<Text, Rejection> {
    optional(field, Some(typed), limit)?.ok_or(Rejection::Empty(field))
}

/// The text of an optional field; what is only white space, control or invisible characters counts as nothing.
///
/// # Errors
/// When it is too long.
pub fn optional(field: Field, typed: Option<&str>, limit: usize) -> Result<Option<Text>, Rejection> {
    let Some(typed) = typed else { return Ok(None) };
    let kept: String = typed.chars().filter(|c| *c == '\n' || *c == '\t' || !c.is_control()).collect();
    let kept = kept.trim();
    if !kept.chars().any(is_visible) {
        return Ok(None);
    }
    let has = kept.chars().count();
    if has > limit {
        return Err(Rejection::TooLong { field, limit, has });
    }
    Ok(Some(Text::Written(kept.to_owned())))
}

/// Does a character leave anything to see? Marks that only direct or join others do not.
fn is_visible(c: char) -> bool {
    !c.is_whitespace()
        && !c.is_control()
        && !matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Words to be taken out, one each.
pub(crate) fn redactable(words: &[String]) -> Result<(), Rejection> {
    let field = Field::Words;
    let words: Vec<&str> = words.iter().map(|w| w.trim()).filter(|w| w.chars().any(is_visible)).collect();
    if words.is_empty() {
        return Err(Rejection::Empty(field));
    }
    if words.len() > limits::REDACT_WORDS {
        return Err(Rejection::TooLong { field, limit: limits::REDACT_WORDS, has: words.len() });
    }
    match words.iter().map(|w| w.chars().count()).max() {
        Some(has) if has > limits::IDEA => Err(Rejection::TooLong { field, limit: limits::IDEA, has }),
        _ => Ok(()),
    }
}

/// How an idea is accepted, as typed.
struct Acceptance<'a> {
    how: AcceptAs,
    rationale: &'a str,
    implementer: Option<MemberId>,
    due: Option<Instant>,
    changes: Loop,
    norm: &'a Option<(String, String)>,
    trial: &'a TrialPlan,
}

/// One command in its circumstances.
struct Case<'a> {
    s: &'a Suggestion,
    actor: &'a Actor,
    policy: &'a Policy,
    now: Instant,
}

impl Case<'_> {
    fn after(&self, wait: Wait) -> Instant {
        self.policy.calendar(self.s.team).after(self.now, wait)
    }

    /// What is owed within a wait that begins now.
    fn owed(&self, kind: RequirementKind, by: MemberId, wait: Wait) -> Owed {
        let counted = Counted::new(self.now, wait);
        Owed { kind, by, due: counted.due(&self.policy.calendar(self.s.team)), counted: Some(counted) }
    }

    /// The decision, by the time that was set when the idea was acknowledged first.
    fn decision(&self, by: MemberId) -> Owed {
        let kind = RequirementKind::Decision;
        match self.s.decision_due {
            Some(due) => Owed { kind, by, due, counted: self.s.decision_counted },
            None => self.owed(kind, by, self.policy.times.decide),
        }
    }

    /// Who answers for it after this action: the team's managers and the coordinator become responsible by acting; those
    /// who only investigate do not.
    fn acting_charge(&self) -> Charge {
        let s = self.s;
        let unchanged = Charge { responsible: s.responsible, why: s.why, waiting_role: s.waiting_role };
        match self.actor {
            Actor::Member(m) if m.id == s.responsible => Charge { waiting_role: None, ..unchanged },
            // Carries out what was decided on the appeal, but does not decide on it.
            Actor::Member(m) if s.appealed && s.declined_by == Some(m.id) => unchanged,
            Actor::Member(m) if super::rights::is(s, Party::Responsible, m, self.policy) => {
                let away = self.policy.away(m.id).map(|a| Why::ActedWhileAway { since: a.since });
                Charge::of(m.id, away.unwrap_or(Why::Acted))
            }
            Actor::Member(_) | Actor::System => unchanged,
        }
    }

    fn actor_or_responsible(&self) -> MemberId {
        self.actor.member().unwrap_or(self.s.responsible)
    }

    fn acknowledge(&self) -> Fact {
        let charge = self.acting_charge();
        let by = charge.responsible;
        let owed = if self.s.done { self.check(by) } else { self.decision(by) };
        Fact::Acknowledged { charge, owed }
    }

    fn add_finding(&self, text: &str) -> Result<Fact, Rejection> {
        let charge = self.acting_charge();
        let by = charge.responsible;
        let owed = match self.s.open_requirement().map(|r| r.kind) {
            Some(RequirementKind::Acknowledgement) if self.s.done => Some(self.check(by)),
            Some(RequirementKind::Acknowledgement) => Some(self.decision(by)),
            Some(RequirementKind::Resumption) => {
                Some(self.owed(RequirementKind::Decision, by, self.policy.times.decide_again))
            }
            _ => None,
        };
        Ok(Fact::FindingAdded { text: written(Field::Finding, text, limits::TEXT)?, charge, owed })
    }

    fn ask(&self, question: &str) -> Result<Fact, Rejection> {
        let decision = self.decision(self.s.responsible);
        Ok(Fact::Asked {
            question: written(Field::Question, question, limits::TEXT)?,
            charge: self.acting_charge(),
            decision_due: decision.due,
            decision_counted: decision.counted,
            owed: self.owed(RequirementKind::Answer, self.s.author, self.policy.times.answer),
        })
    }

    fn answer(&self, text: &str) -> Result<Fact, Rejection> {
        let text = written(Field::Answer, text, limits::TEXT)?;
        let (owed, pause) = self.resumed_decision().ok_or(Rejection::ChangedMeanwhile)?;
        Ok(Fact::Answered { text, owed, pause: Some(pause) })
    }

    /// The decision that stood still, due later by what lay with the author, and how long that was: working time for waits
    /// in working time, plain time for plain ones; over all questions no more than the author's time once, so that asking
    /// again and again puts nothing off.
    fn resumed_decision(&self) -> Option<(Owed, Pause)> {
        let Stage::AwaitingInformation { asked_at, reached_at, .. } = &self.s.stage else { return None };
        self.resumed_since(reached_at.unwrap_or(*asked_at))
    }

    /// The same for a question that lay with the author since then.
    fn resumed_since(&self, since: Instant) -> Option<(Owed, Pause)> {
        let Stage::AwaitingInformation { back_to, .. } = &self.s.stage else { return None };
        let paused: &Requirement = self.s.paused_requirement()?;
        let (calendar, times) = (self.policy.calendar(self.s.team), &self.policy.times);
        let wait = paused.counted.map_or(times.decide, |c| c.wait);
        let between = |from: Instant, to: Instant| match wait {
            Wait::Calendar { .. } => (to - from).max(TimeDelta::zero()),
            Wait::WorkingDays { .. } | Wait::WorkingHours { .. } => calendar.working_between(from, to),
        };
        let most = between(since, calendar.after(since, times.answer));
        let left = (most - TimeDelta::seconds(self.s.with_author_seconds)).max(TimeDelta::zero());
        let lay = between(since, self.now).min(left);
        let owed = Owed {
            kind: RequirementKind::Decision,
            by: paused.by,
            due: later(&calendar, wait, paused.due, lay),
            counted: paused.counted.map(|c| c.stood_still_for(lay)),
        };
        let ladder_at = later(&calendar, wait, paused.ladder.at, lay);
        // What was mended already and asked about before it was acknowledged owes no decision.
        let only_seen = self.s.done && matches!(**back_to, Stage::Acknowledged { .. });
        let owed = if only_seen { self.check(paused.by) } else { owed };
        Some((owed, Pause { seconds: lay.num_seconds(), ladder_at }))
    }

    /// A question that the author had at once needs no word. One that they had later begins to count then; one that cannot be
    /// delivered goes back to whoever asked.
    fn question_delivery(&self, asked_at: Instant, delivered: bool) -> Vec<Fact> {
        let fact = match &self.s.stage {
            Stage::AwaitingInformation { asked_at: at, reached_at: None, .. } if *at == asked_at => {
                if !delivered {
                    self.resumed_since(self.now).map(|(owed, pause)| Fact::QuestionReturned { owed, pause })
                } else if self.now - asked_at >= AT_ONCE {
                    let wait = self.policy.times.answer;
                    let owed = self.owed(RequirementKind::Answer, self.s.author, wait);
                    Some(Fact::QuestionDelivered { owed })
                } else {
                    None
                }
            }
            _ => None,
        };
        fact.into_iter().collect()
    }

    fn hand_to(&self, to: MemberId) -> Result<(), Rejection> {
        if to == self.s.responsible {
            return Err(Rejection::AlreadyTheirs(to));
        }
        if self.s.appealed && self.s.declined_by == Some(to) {
            return Err(Rejection::DeclinedItThemself);
        }
        if to == self.s.author || !self.policy.can_take(to) {
            return Err(Rejection::CannotTakeIt(to));
        }
        Ok(())
    }

    fn assign(&self, to: MemberId, reason: &str) -> Result<Fact, Rejection> {
        let reason = written(Field::Reason, reason, limits::TEXT)?;
        self.hand_to(to)?;
        let open = self.s.open_requirement().ok_or(Rejection::ChangedMeanwhile)?;
        // The author's answer stays the author's, an implementer's work theirs; all else goes along.
        let by = if open.by == self.s.responsible { to } else { open.by };
        let charge = Charge::of(to, Why::Assigned { by: self.actor_or_responsible() });
        Ok(Fact::Assigned {
            reason,
            charge,
            owed: Owed { kind: open.kind, by, due: open.due, counted: open.counted },
        })
    }

    fn refer(&self, to: ReferTo, reason: &str) -> Result<Fact, Rejection> {
        let reason = written(Field::Reason, reason, limits::TEXT)?;
        let (s, policy, by) = (self.s, self.policy, self.actor_or_responsible());
        let mut except = vec![s.author, by];
        except.extend(s.declined_by.filter(|_| s.appealed));
        except.extend(&s.had_before);
        let owners = policy.people(&policy.policy_owners);
        // A manager who acts on what lies higher up refers it from there.
        let level = |member| level_of(policy, s.team, member);
        let from = if level(s.responsible) > level(by) { s.responsible } else { by };
        let (to, why) = match to {
            ReferTo::NextLevel => (
                next_above(policy, s.team, from, &except).ok_or(Rejection::NobodyAbove)?,
                Why::Referred { by },
            ),
            ReferTo::PolicyOwner => {
                let owner = owners.iter().copied().find(|o| !except.contains(o));
                (owner.ok_or(Rejection::NoPolicyOwner)?, Why::PolicyOwner)
            }
            ReferTo::Member(to) if owners.contains(&to) => (to, Why::PolicyOwner),
            ReferTo::Member(to) => (to, Why::Referred { by }),
        };
        self.hand_to(to)?;
        // Each referral opens a new acknowledgement: they go up, and nobody gets a second one.
        let above = level(to) > level(from) || why == Why::PolicyOwner;
        if !above || s.had_before.contains(&to) {
            return Err(Rejection::NotAbove { to, next: next_above(policy, s.team, from, &except) });
        }
        let owed = self.owed(RequirementKind::Acknowledgement, to, self.policy.times.acknowledge);
        // The clock of the decision begins with the first who had it, whether they said so or not.
        let decision = self.decision(by);
        Ok(Fact::Referred {
            reason,
            charge: Charge::of(to, why),
            owed,
            decision_due: Some(decision.due),
            decision_counted: decision.counted,
        })
    }

    /// A date that somebody set: later than now, and not too far off.
    fn date(&self, field: Field, date: Instant, days: i64) -> Result<Instant, Rejection> {
        let latest = self.now + TimeDelta::days(days);
        if date <= self.now {
            Err(Rejection::DateInPast(field))
        } else if date > latest {
            Err(Rejection::DateTooFar { field, latest })
        } else {
            Ok(date)
        }
    }

    fn accept(&self, a: &Acceptance<'_>) -> Result<Fact, Rejection> {
        let rationale = written(Field::Reason, a.rationale, limits::TEXT)?;
        let norm = |typed: Option<&String>| optional(Field::Norm, typed.map(String::as_str), limits::LINE);
        let (norm_before, norm_after) = match (a.changes, a.norm) {
            (Loop::Policy, Some((before, after))) => (norm(Some(before))?, norm(Some(after))?),
            (Loop::Policy, None) | (Loop::Case | Loop::Practice, _) => (None, None),
        };
        // What was typed and says nothing is a slip; with neither typed the policy owner is asked, unless they answer here.
        let typed = a.changes == Loop::Policy && a.norm.is_some();
        if typed && (norm_before.is_none() || norm_after.is_none()) {
            return Err(Rejection::NormNeeded);
        }
        let question = if a.changes == Loop::Policy && norm_before.is_none() {
            if self.s.questions.is_some() || self.actor.member().is_some_and(|m| self.owns_policy(m)) {
                return Err(Rejection::NormNeeded);
            }
            self.question()
        } else {
            None
        };
        let due = a.due.map(|due| self.date(Field::Due, due, limits::PLAN_DAYS)).transpose()?;
        let plan = match a.how {
            AcceptAs::AsSuggested | AcceptAs::WithChanges => {
                Plan::Implement { with_changes: a.how == AcceptAs::WithChanges }
            }
            AcceptAs::Trial => Plan::Trial {
                hypothesis: optional(Field::TrialHypothesis, a.trial.hypothesis.as_deref(), limits::TEXT)?,
                measure: optional(Field::TrialMeasure, a.trial.measure.as_deref(), limits::TEXT)?,
                review: a
                    .trial
                    .review
                    .map(|r| self.date(Field::TrialReview, r, limits::PLAN_DAYS))
                    .transpose()?,
            },
        };
        let charge = self.acting_charge();
        let by = a.implementer.unwrap_or(charge.responsible);
        let kind = RequirementKind::Implementation;
        let owed = match due {
            Some(due) => Owed { kind, by, due, counted: None },
            None => self.owed(kind, by, self.policy.times.implement),
        };
        Ok(Fact::Accepted {
            how: a.how,
            rationale,
            changes: a.changes,
            norm_before,
            norm_after,
            plan,
            charge,
            owed,
            second_look: self.second_look(SecondLook::Overturned),
            question,
        })
    }

    fn decline(&self, class: DeclineClass, rationale: &str) -> Result<Fact, Rejection> {
        let rationale = written(Field::Reason, rationale, limits::TEXT)?;
        let length = rationale.written().map_or(0, |t| t.chars().count());
        if length < limits::DECLINE_RATIONALE {
            return Err(Rejection::TooShort { field: Field::Reason, needs: limits::DECLINE_RATIONALE });
        }
        Ok(Fact::Declined {
            class,
            rationale,
            charge: self.acting_charge(),
            appeal_until: self.after(self.policy.times.appeal),
            second_look: self.second_look(SecondLook::Upheld),
            question: if class == DeclineClass::ConflictsWithPolicy { self.question() } else { None },
        })
    }

    fn second_look(&self, came_to: SecondLook) -> Option<SecondLook> {
        self.s.awaits_second_look().then_some(came_to)
    }

    fn owns_policy(&self, member: MemberId) -> bool {
        self.policy.holds(&self.policy.policy_owners, member)
    }

    /// The item in which the policy owner is asked: one for each idea, and none for an answer of the policy owner's own.
    fn question(&self) -> Option<crate::Number> {
        match (self.s.questions, self.s.policy_question) {
            (Some(_), _) => None,
            (None, Some(asked)) => Some(asked),
            (None, None) => Some(crate::Number::NEXT),
        }
    }

    fn defer(&self, rationale: &str, until: Instant) -> Result<Fact, Rejection> {
        let rationale = written(Field::Reason, rationale, limits::TEXT)?;
        let until = self.date(Field::Until, until, limits::DEFER_DAYS)?;
        let charge = self.acting_charge();
        let owed =
            Owed { kind: RequirementKind::Resumption, by: charge.responsible, due: until, counted: None };
        Ok(Fact::Deferred { rationale, until, charge, owed })
    }

    fn replan(
        &self,
        reason: &str,
        implementer: Option<MemberId>,
        due: Option<Instant>,
        stop: bool,
    ) -> Result<Fact, Rejection> {
        let Stage::Accepted { implementer: present, due: present_due, .. } = &self.s.stage else {
            return Err(Rejection::ChangedMeanwhile);
        };
        let reason = written(Field::Reason, reason, limits::TEXT)?;
        if stop {
            let wait = self.policy.times.decide_again;
            let owed = self.owed(RequirementKind::Decision, self.s.responsible, wait);
            return Ok(Fact::Stopped { reason, owed });
        }
        let new_due = due
            .map(|d| self.date(Field::Due, d, limits::PLAN_DAYS))
            .transpose()?
            .filter(|d| d != present_due);
        let new_implementer = implementer.filter(|m| m != present);
        if new_due.is_none() && new_implementer.is_none() {
            return Err(Rejection::NothingToReplan);
        }
        if let (Some(_), Some(before), Actor::Member(m)) = (new_due, self.s.replanned_by, self.actor)
            && let Some(next) = super::rights::is_for_level_above(self.s, before, m, self.policy)
        {
            return Err(Rejection::SecondReplan { next });
        }
        let plan_due = new_due.unwrap_or(*present_due);
        let owed = Owed {
            kind: RequirementKind::Implementation,
            by: new_implementer.unwrap_or(*present),
            due: plan_due,
            counted: match new_due {
                Some(_) => None,
                None => self.s.open_requirement().and_then(|r| r.counted),
            },
        };
        Ok(Fact::Replanned { reason, plan_due, owed, date_moved: new_due.is_some(), ladder_goes_on: true })
    }

    /// Who answers for it when it is opened again: as if it were new, but after an appeal never the one who declined, nor
    /// somebody who only stands in for them, since it would come back to them.
    fn charge_anew(&self) -> Charge {
        let charge = match self.s.questions {
            Some(_) => policy_owner(self.policy, self.s.author, self.s.declined_by.unwrap_or(self.s.author)),
            None => route(self.policy, self.s.team, self.s.area.as_ref(), self.s.author),
        };
        let declined = self.s.appealed.then_some(self.s.declined_by).flatten();
        let theirs = |by| by == charge.responsible || charge.why == (Why::Deputy { of: by });
        match declined {
            Some(by) if theirs(by) => match appeal_goes_on_to(self.policy, self.s, by) {
                Some(other) => Charge::of(other, Why::Appeal),
                None => charge,
            },
            _ => charge,
        }
    }

    fn appeal(&self, reason: &str) -> Result<Fact, Rejection> {
        let reason = written(Field::Reason, reason, limits::TEXT)?;
        let declined_by = self.s.declined_by.unwrap_or(self.s.responsible);
        let to =
            appeal_goes_on_to(self.policy, self.s, declined_by).ok_or(Rejection::NobodyElseToAppealTo)?;
        let owed = self.owed(RequirementKind::Acknowledgement, to, self.policy.times.acknowledge);
        Ok(Fact::Appealed { reason, charge: Charge::of(to, Why::Appeal), owed })
    }

    fn edit(
        &self,
        idea: &str,
        proposal: Option<&str>,
        benefit: Option<&str>,
    ) -> Result<Vec<Fact>, Rejection> {
        let idea = written(Field::Idea, idea, limits::IDEA)?;
        let proposal = optional(Field::Proposal, proposal, limits::TEXT)?;
        let benefit = optional(Field::Benefit, benefit, limits::TEXT)?;
        let same = idea == self.s.idea && proposal == self.s.proposal && benefit == self.s.benefit;
        Ok(if same { vec![] } else { vec![Fact::Edited { idea, proposal, benefit }] })
    }

    fn merge(&self, into: &MergeTarget) -> Result<Fact, Rejection> {
        if into.itself {
            return Err(Rejection::MergeIntoItself);
        }
        if into.circle {
            return Err(Rejection::MergeCircle(into.number));
        }
        if let Some(goes_on_in) = into.goes_on_in {
            return Err(Rejection::MergeTargetMerged { target: into.number, goes_on_in });
        }
        if !into.takes_more {
            return Err(Rejection::MergeTargetClosed(into.number));
        }
        let only_author = match self.actor {
            Actor::Member(m) => {
                !super::rights::is(self.s, Party::Responsible, m, self.policy)
                    && !super::rights::is(self.s, Party::Coordinator, m, self.policy)
            }
            Actor::System => false,
        };
        if only_author && into.submitted_at > self.s.submitted_at {
            return Err(Rejection::MergeIntoYounger(into.number));
        }
        Ok(Fact::MergedInto { into: into.number })
    }

    fn reopen(&self, reason: &str, came_back_from: Option<crate::Number>) -> Result<Fact, Rejection> {
        let reason = written(Field::Reason, reason, limits::TEXT)?;
        let charge = self.charge_anew();
        let by = charge.responsible;
        let owed = self.owed(RequirementKind::Acknowledgement, by, self.policy.times.acknowledge);
        let leaves = self.s.stage.merged_into();
        Ok(Fact::Reopened { reason, came_back_from, leaves, charge, owed })
    }

    /// What the ledger says is due now: one step of it. After a time in which nothing ran, the newest step that is due is
    /// taken, and the next one counts from now, so that nobody is asked and passed over in the same minute.
    fn run_due(&self) -> Vec<Fact> {
        let Some(timer) = next_timer(self.s, self.policy) else { return vec![] };
        if timer.at > self.now || not_before(self.s, self.policy, self.now) > self.now {
            return vec![];
        }
        let Some(open) = self.s.open_requirement() else { return self.last_question() };
        let kind = open.kind;
        let late = self.now >= open.due;
        let remind = |step| Fact::Reminded { to: open.by, kind, step };
        match timer.rule {
            TimerRule::AuthorTimeOver => self.unanswered(),
            TimerRule::Resume => {
                let wait = self.policy.times.decide_again;
                vec![Fact::Resumed { owed: self.owed(RequirementKind::Decision, self.s.responsible, wait) }]
            }
            TimerRule::Halfway if late => match kind {
                RequirementKind::Answer => self.unanswered(),
                _ => self.late(open),
            },
            TimerRule::Halfway => vec![remind(LadderStep::Halfway)],
            TimerRule::Late => self.late(open),
            TimerRule::AskWhetherItWorks => {
                vec![Fact::CheckAsked { owed: self.owed(kind, open.by, self.policy.times.answer) }]
            }
            // Only what is verified has one.
            TimerRule::LastQuestion | TimerRule::CountAnswers => vec![],
            TimerRule::Escalate => match next_level(self.policy, self.s, open.by) {
                Some(next) => {
                    let escalated = super::routing::escalation(self.policy, self.s);
                    let charge = if let (Some(charge), true) = (escalated, open.by == self.s.responsible) {
                        charge
                    } else {
                        Charge {
                            responsible: self.s.responsible,
                            why: self.s.why,
                            waiting_role: self.s.waiting_role,
                        }
                    };
                    let owed = Owed { kind, by: next, due: open.due, counted: open.counted };
                    vec![Fact::Transferred { from: open.by, charge, owed }]
                }
                None => vec![remind(LadderStep::Late)],
            },
        }
    }

    /// It leaves a place once; closed ideas stay where they were.
    fn place_anew(&self, from: ChannelId) -> Vec<Fact> {
        let open = self.s.open_requirement().filter(|_| self.s.left_place != Some(from));
        let owed = |r: &Requirement| Owed { kind: r.kind, by: r.by, due: r.due, counted: r.counted };
        open.map(|open| Fact::PlacedAnew { from, owed: owed(open) }).into_iter().collect()
    }

    fn unanswered(&self) -> Vec<Fact> {
        let back = self.resumed_decision();
        back.map(|(owed, pause)| Fact::AnswerTimedOut { owed, pause: Some(pause) }).into_iter().collect()
    }

    fn late(&self, open: &Requirement) -> Vec<Fact> {
        let mut facts = vec![Fact::Reminded { to: open.by, kind: open.kind, step: LadderStep::Late }];
        if let Some(told) = next_level(self.policy, self.s, open.by) {
            facts.push(Fact::NextLevelTold { told, kind: open.kind });
        }
        facts
    }
}
