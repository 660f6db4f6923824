//! The rules of a suggestion's life: the whole matrix of stages, actions and people as one snapshot, and what must hold
//! after any sequence of commands.

mod checks;
mod people;
mod recount;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::protocol::{
    AcceptAs, ActionName, Command, DeclineClass, Effect, Event, Fact, Loop, MergeTarget, Notice, ReferTo,
    Submission, TrialPlan, Works,
};
use super::stage::{StageName, Suggestion};
use super::{
    Answered, LastQuestion, Stage, apply, check, decide, next_timer, planned_timer, react, replay, submit,
};
use crate::ledger::{LadderStep, RequirementKind, RequirementState};
use crate::policy::{Area, Policy, Staffing, Team, Times};
use crate::rejection::Rejection;
use crate::text::Text;
use crate::{ActingMember, Actor, Calendar, Instant, MemberId, Number, TeamId};

pub(crate) const SAM: MemberId = MemberId(1);
pub(crate) const MARA: MemberId = MemberId(2);
pub(crate) const NOOR: MemberId = MemberId(3);
pub(crate) const CLEO: MemberId = MemberId(4);
pub(crate) const OTTO: MemberId = MemberId(5);
pub(crate) const INES: MemberId = MemberId(6);
const PEOPLE: [(MemberId, &str); 6] = [
    (SAM, "sam (author)"),
    (MARA, "mara (manager)"),
    (NOOR, "noor (next level)"),
    (CLEO, "cleo (coordinator)"),
    (OTTO, "otto (other team)"),
    (INES, "ines (implementer)"),
];

fn named(member: MemberId) -> Staffing {
    Staffing { members: vec![member], roles: vec![] }
}

pub(crate) fn policy() -> Policy {
    let team = |id, name: &str, manager, parent| Team {
        id: TeamId(id),
        name: name.into(),
        channel: None,
        managers: named(manager),
        members_role: None,
        parent,
        calendar: Calendar::office(chrono_tz::Europe::London),
        removed: false,
    };
    Policy {
        version: 1,
        owner: CLEO,
        coordinators: named(CLEO),
        policy_owners: Staffing::default(),
        times: Times::default(),
        areas: Area::defaults(),
        urgent: vec![],
        teams: vec![
            team(1, "Ward 3", MARA, Some(TeamId(2))),
            team(2, "Hospital", NOOR, None),
            team(3, "Theatre", OTTO, None),
        ],
        routes: vec![],
        holders: std::collections::BTreeMap::new(),
        absences: Vec::new(),
        left: std::collections::BTreeSet::new(),
        gone: std::collections::BTreeSet::new(),
        loads: std::collections::BTreeMap::new(),
    }
}

pub(crate) fn member(id: MemberId) -> Actor {
    Actor::Member(ActingMember { id, roles: vec![], admin: false })
}

/// Monday, 16 November 2026, ten o'clock.
pub(crate) fn monday() -> Instant {
    "2026-11-16T10:00:00Z".parse().unwrap()
}

fn idea() -> Submission {
    Submission {
        idea: "Put the spare batteries next to the hoists".into(),
        proposal: None,
        benefit: None,
        area: Some(Area("equipment".into())),
        team: TeamId(1),
        for_name: None,
        done: false,
        source: None,
    }
}

/// An idea with its history, moved along by commands.
pub(super) struct Life {
    pub(super) events: Vec<Event>,
    pub(super) state: Suggestion,
    pub(super) now: Instant,
    pub(super) policy: Policy,
    /// Who has answered the present question "does it work?", as storage keeps it.
    pub(super) voted: Vec<MemberId>,
}

impl Life {
    pub(super) fn new() -> Life {
        Life::by(SAM, TimeDelta::zero())
    }

    /// Of somebody else, so much later.
    pub(super) fn by(author: MemberId, later: TimeDelta) -> Life {
        let (policy, now) = (policy(), monday() + later);
        let event = submit(&idea(), &member(author), &policy, now).unwrap();
        Life { state: apply(None, &event).unwrap(), events: vec![event], now, policy, voted: vec![] }
    }

    pub(super) fn try_to(&mut self, by: &Actor, command: &Command) -> Result<Vec<Event>, Rejection> {
        let mut seen = self.state.clone();
        seen.answered = Answered {
            own: self.voted.iter().any(|m| by.member() == Some(*m)),
            others: self.voted.iter().any(|m| by.member() != Some(*m)),
        };
        let events = decide(&seen, command, by, &self.policy, self.now)?;
        for event in &events {
            if event.fact.ends_question() {
                self.voted.clear();
            }
            if matches!(event.fact, Fact::FeedbackGiven { .. }) {
                self.voted.extend(by.member());
            }
            self.state = apply(Some(self.state.clone()), event).expect("events follow from the state");
            self.events.push(event.clone());
        }
        Ok(events)
    }

    pub(super) fn does(&mut self, by: MemberId, command: &Command) -> &mut Self {
        self.try_to(&member(by), command).unwrap_or_else(|r| panic!("{command:?} by {by:?}: {r:?}"));
        self
    }

    /// Lets time pass, one due step after the other, as the sweep does.
    pub(super) fn wait_until(&mut self, until: Instant) -> Vec<Fact> {
        let mut facts = Vec::new();
        while let Some(timer) = planned_timer(&self.state, &self.policy, self.now).filter(|t| t.at <= until) {
            self.now = self.now.max(timer.at);
            let events = self.try_to(&Actor::System, &Command::RunDue).unwrap();
            assert!(
                !events.is_empty(),
                "a timer that is due does something: {timer:?} {:?}",
                self.state.ledger
            );
            facts.extend(events.into_iter().map(|e| e.fact));
        }
        self.now = until;
        facts
    }

    fn in_stage(stage: StageName) -> Life {
        let mut life = Life::new();
        match stage {
            StageName::Submitted => {}
            StageName::Acknowledged => {
                life.does(MARA, &Command::Acknowledge);
            }
            StageName::Investigating => {
                life.does(MARA, &finding());
            }
            StageName::AwaitingInformation => {
                life.does(MARA, &question());
            }
            StageName::Accepted => {
                life.does(MARA, &Command::Acknowledge).does(MARA, &accept());
            }
            StageName::Implemented => {
                life.does(MARA, &Command::Acknowledge).does(MARA, &accept()).does(INES, &implemented());
            }
            StageName::Verified => {
                life.does(MARA, &Command::Acknowledge)
                    .does(MARA, &accept())
                    .does(INES, &implemented())
                    .does(MARA, &outcome(Effect::Worked));
            }
            StageName::Declined => {
                life.does(MARA, &finding()).does(MARA, &decline());
            }
            StageName::Deferred => {
                life.does(MARA, &finding());
                let defer = defer(life.now);
                life.does(MARA, &defer);
            }
            StageName::Merged => {
                life.does(MARA, &merge());
            }
            StageName::Withdrawn => {
                life.does(SAM, &Command::Withdraw { reason: None });
            }
        }
        assert_eq!(life.state.stage.name(), stage);
        life
    }
}

pub(super) fn finding() -> Command {
    Command::AddFinding { text: "Counted: 14 searches a week".into() }
}
pub(super) fn question() -> Command {
    Command::Ask { question: "Which hoists?".into() }
}
pub(super) fn accept() -> Command {
    Command::Accept {
        how: AcceptAs::AsSuggested,
        rationale: "Cheap and quick".into(),
        implementer: Some(INES),
        due: None,
        changes: Loop::Practice,
        norm: None,
        trial: TrialPlan::default(),
    }
}
fn decline() -> Command {
    Command::Decline {
        class: DeclineClass::NotFeasible,
        rationale: "The hoists have no room for a box.".into(),
    }
}
fn defer(now: Instant) -> Command {
    Command::Defer { rationale: "After the move".into(), until: now + TimeDelta::days(30) }
}
fn implemented() -> Command {
    Command::RecordImplementation { what_changed: "A box on each hoist".into() }
}
fn outcome(effect: Effect) -> Command {
    Command::RecordOutcome { effect, note: "Searches counted for a week".into(), benefits: vec![] }
}
fn merge() -> Command {
    let target = MergeTarget {
        number: Number(1),
        itself: false,
        takes_more: true,
        circle: false,
        goes_on_in: None,
        submitted_at: monday() - TimeDelta::days(3),
    };
    Command::Merge { into: target }
}

fn example(action: ActionName, now: Instant) -> Command {
    let reason = || "Because it helps".to_owned();
    match action {
        ActionName::Acknowledge => Command::Acknowledge,
        ActionName::AddFinding => finding(),
        ActionName::Ask => question(),
        ActionName::Answer => Command::Answer { text: "All four".into() },
        ActionName::Assign => Command::Assign { to: OTTO, reason: reason() },
        ActionName::Refer => Command::Refer { to: ReferTo::NextLevel, reason: reason() },
        ActionName::Accept => accept(),
        ActionName::Decline => decline(),
        ActionName::Defer => defer(now),
        ActionName::Replan => Command::Replan {
            reason: reason(),
            implementer: None,
            due: Some(now + TimeDelta::days(50)),
            stop: false,
        },
        ActionName::RecordImplementation => implemented(),
        ActionName::RecordOutcome => outcome(Effect::Worked),
        ActionName::GiveFeedback => Command::GiveFeedback { works: Works::Yes, note: None },
        ActionName::Appeal => Command::Appeal { reason: reason() },
        ActionName::Edit => {
            Command::Edit { idea: "Put them on the hoists".into(), proposal: None, benefit: None }
        }
        ActionName::Withdraw => Command::Withdraw { reason: None },
        ActionName::Merge => merge(),
        ActionName::Redact => Command::Redact { words: vec!["batteries".into()] },
        ActionName::Reopen => Command::Reopen { reason: reason(), came_back_from: None },
        ActionName::Support => Command::Support,
        ActionName::Follow => Command::Follow,
    }
}

/// One line for each stage and action: what each person's try leads to.
#[test]
fn expect_the_matrix_of_stages_actions_and_people() {
    use std::fmt::Write;
    let mut matrix = String::new();
    let asked_once_more = || {
        let mut life = Life::in_stage(StageName::Verified);
        let later = life.now + check::LAST_QUESTION;
        life.wait_until(later);
        life
    };
    let mut rows: Vec<(String, Box<dyn Fn() -> Life>)> = Vec::new();
    for stage in StageName::ALL {
        rows.push((stage.as_str().to_owned(), Box::new(move || Life::in_stage(stage))));
    }
    rows.push(("verified, asked once more".to_owned(), Box::new(asked_once_more)));
    for (stage, life) in rows {
        writeln!(matrix, "## {stage}").unwrap();
        for action in ActionName::ALL {
            let mut results: Vec<(String, Vec<&str>)> = Vec::new();
            for (person, name) in PEOPLE {
                let mut life = life();
                let before = life.state.clone();
                let command = example(action, life.now);
                let result = match life.try_to(&member(person), &command) {
                    Ok(_) => format!("-> {}", life.state.stage.name().as_str()),
                    Err(refused) => {
                        assert_eq!(before, life.state, "a refused command changes nothing");
                        let refused = format!("{refused:?}");
                        refused.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
                    }
                };
                let short = name.split(' ').next().unwrap_or(name);
                match results.iter_mut().find(|(r, _)| *r == result) {
                    Some((_, people)) => people.push(short),
                    None => results.push((result, vec![short])),
                }
            }
            let line: Vec<String> =
                results.iter().map(|(r, people)| format!("{r} [{}]", people.join(" "))).collect();
            writeln!(matrix, "{action:?}: {}", line.join(" | ")).unwrap();
        }
    }
    insta::assert_snapshot!("matrix", matrix);
}

#[test]
fn expect_the_ladder_up_to_the_coordinator_and_round_again() {
    let mut life = Life::new();
    let steps: Vec<String> = life
        .wait_until(monday() + TimeDelta::days(21))
        .iter()
        .map(|f| match f {
            Fact::Reminded { to, step, .. } => format!("reminded {} {step:?}", to.0),
            Fact::NextLevelTold { told, .. } => format!("told {}", told.0),
            Fact::Transferred { charge, .. } => format!("transferred {}", charge.responsible.0),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        steps,
        [
            "reminded 2 Halfway",
            "reminded 2 Late",
            "told 3",
            "transferred 3",
            "reminded 3 Late",
            "told 4",
            "transferred 4",
            "reminded 4 Late",
            "reminded 4 Late",
            "reminded 4 Late"
        ]
    );
    assert_eq!(life.state.responsible, CLEO);
    assert!(life.state.open_requirement().unwrap().is_late(life.now));
}

#[test]
fn expect_one_step_after_a_long_time_off() {
    let mut life = Life::new();
    life.now = monday() + TimeDelta::days(14);
    let facts: Vec<Fact> =
        life.try_to(&Actor::System, &Command::RunDue).unwrap().into_iter().map(|e| e.fact).collect();
    assert!(matches!(
        facts.as_slice(),
        [Fact::Reminded { to: MARA, step: LadderStep::Late, .. }, Fact::NextLevelTold { told: NOOR, .. }]
    ));
    assert!(
        life.try_to(&Actor::System, &Command::RunDue).unwrap().is_empty(),
        "the next step counts from now"
    );
}

#[test]
fn expect_the_managers_clock_to_stand_still_while_a_question_lies_with_the_author() {
    let mut life = Life::new();
    life.does(MARA, &Command::Acknowledge);
    let due = life.state.open_requirement().unwrap().due;
    life.does(MARA, &question());
    life.now += TimeDelta::days(2);
    life.does(SAM, &Command::Answer { text: "All four".into() });
    let open = life.state.open_requirement().unwrap();
    assert_eq!((open.kind, open.by), (RequirementKind::Decision, MARA));
    // Two working days of eight hours.
    assert_eq!(open.due, due + TimeDelta::days(2));
    assert_eq!(life.state.stage.name(), StageName::Acknowledged);
}

#[test]
fn expect_an_unanswered_question_to_return_and_not_to_close() {
    let mut life = Life::new();
    life.does(MARA, &question());
    let facts = life.wait_until(monday() + TimeDelta::days(8));
    assert!(facts.iter().any(|f| matches!(f, Fact::AnswerTimedOut { .. })), "{facts:?}");
    assert!(
        facts.iter().any(|f| matches!(f, Fact::Reminded { to: SAM, kind: RequirementKind::Answer, .. })),
        "{facts:?}"
    );
    assert_eq!(life.state.stage.name(), StageName::Acknowledged);
}

#[test]
fn expect_an_appeal_to_be_decided_by_somebody_else() {
    let mut life = Life::in_stage(StageName::Declined);
    life.does(SAM, &Command::Appeal { reason: "There is room on the left side".into() });
    assert_eq!(life.state.responsible, NOOR);
    assert_eq!(life.try_to(&member(MARA), &Command::Acknowledge), Err(Rejection::DeclinedItThemself));
    life.does(NOOR, &Command::Acknowledge).does(NOOR, &accept());
    assert_eq!(life.state.stage.name(), StageName::Accepted);
}

#[test]
fn expect_an_appeal_to_find_whoever_else_answers_for_anything_and_to_say_where_nobody_does() {
    // Mara is all there is: she manages the team, coordinates, and owns the community.
    let mut life = Life::in_stage(StageName::Declined);
    life.policy.teams.truncate(1);
    life.policy.teams[0].parent = None;
    life.policy.coordinators = named(MARA);
    life.policy.owner = MARA;
    let appeal = Command::Appeal { reason: "There is room on the left side".into() };
    assert_eq!(life.try_to(&member(SAM), &appeal), Err(Rejection::NobodyElseToAppealTo));
    // Whoever manages another team is nearer than nobody.
    let mut other = life.policy.teams[0].clone();
    (other.id, other.managers) = (TeamId(77), named(OTTO));
    life.policy.teams.push(other);
    life.does(SAM, &appeal);
    assert_eq!(life.state.responsible, OTTO);
    assert_eq!(life.try_to(&member(MARA), &Command::Acknowledge), Err(Rejection::DeclinedItThemself));
    life.does(OTTO, &Command::Acknowledge).does(OTTO, &accept());
    assert_eq!(life.state.stage.name(), StageName::Accepted);
}

#[test]
fn expect_the_only_coordinator_to_reopen_what_they_declined_themself() {
    let mut life = Life::in_stage(StageName::Investigating);
    life.does(CLEO, &decline())
        .does(SAM, &Command::Appeal { reason: "There is room on the left side".into() });
    assert_ne!(life.state.responsible, CLEO);
    let by = life.state.responsible;
    life.does(by, &finding()).does(by, &decline());
    life.does(CLEO, &Command::Reopen { reason: "New hoists came".into(), came_back_from: None });
    assert_eq!(life.state.stage.name(), StageName::Submitted);
    assert_ne!(life.state.responsible, CLEO);
}

#[test]
fn expect_the_author_who_manages_the_team_to_be_routed_up() {
    let policy = policy();
    let event = submit(&idea(), &member(MARA), &policy, monday()).unwrap();
    assert_eq!(apply(None, &event).unwrap().responsible, NOOR);
    // At the very top, nobody else is left: said openly.
    let mut alone = policy;
    alone.teams.truncate(1);
    alone.teams[0].parent = None;
    alone.coordinators = named(MARA);
    let event = submit(&idea(), &member(MARA), &alone, monday()).unwrap();
    let state = apply(None, &event).unwrap();
    assert_eq!((state.responsible, state.why), (MARA, super::routing::Why::NobodyElse));
}

#[test]
fn expect_a_second_deferral_from_the_next_level_only() {
    let mut life = Life::in_stage(StageName::Deferred);
    life.does(MARA, &finding());
    let again = defer(life.now);
    assert_eq!(life.try_to(&member(MARA), &again), Err(Rejection::SecondDeferral { next: NOOR }));
    life.does(MARA, &Command::Refer { to: ReferTo::NextLevel, reason: "Later once more?".into() });
    life.does(NOOR, &finding()).does(NOOR, &again);
    life.does(NOOR, &finding());
    assert_eq!(life.try_to(&member(NOOR), &again), Err(Rejection::SecondDeferral { next: CLEO }));
    life.does(CLEO, &again);
}

#[test]
fn expect_a_second_new_date_from_the_next_level_only() {
    let mut life = Life::in_stage(StageName::Accepted);
    let mut date = 40;
    let mut later = |now: Instant| {
        date += 1;
        let due = Some(now + TimeDelta::days(date));
        Command::Replan { reason: "Parts are late".into(), implementer: None, due, stop: false }
    };
    life.does(INES, &later(monday()));
    assert_eq!(life.try_to(&member(INES), &later(monday())), Err(Rejection::SecondReplan { next: NOOR }));
    assert_eq!(life.try_to(&member(MARA), &later(monday())), Err(Rejection::SecondReplan { next: NOOR }));
    // A new implementer is not a new date.
    life.does(
        MARA,
        &Command::Replan { reason: "On leave".into(), implementer: Some(OTTO), due: None, stop: false },
    );
    life.does(MARA, &Command::Assign { to: NOOR, reason: "The date is yours to grant".into() });
    life.does(NOOR, &later(monday()));
}

#[test]
fn expect_referral_to_keep_the_decisions_due_time() {
    let mut life = Life::in_stage(StageName::Acknowledged);
    let due = life.state.open_requirement().unwrap().due;
    life.now += TimeDelta::days(1);
    life.does(MARA, &Command::Refer { to: ReferTo::NextLevel, reason: "Beyond my budget".into() });
    assert_eq!((life.state.responsible, life.state.stage.name()), (NOOR, StageName::Submitted));
    life.does(NOOR, &Command::Acknowledge);
    assert_eq!(life.state.open_requirement().unwrap().due, due);
}

#[test]
fn expect_everybody_told_once_and_nobody_of_their_own_step() {
    let mut life = Life::in_stage(StageName::Investigating);
    life.does(INES, &Command::Support).does(INES, &Command::Follow).does(MARA, &Command::Follow);
    let before = life.state.clone();
    let events = life.try_to(&member(MARA), &decline()).unwrap();
    let told: Vec<MemberId> = react(Some(&before), &life.state, &events, &life.policy)
        .notices
        .into_iter()
        .filter_map(|n| match n {
            Notice::Direct { to, .. } => Some(to),
            _ => None,
        })
        .collect();
    assert_eq!(told, [SAM, INES]);
}

#[test]
fn expect_empty_and_long_texts_refused() {
    let mut life = Life::in_stage(StageName::Investigating);
    for nothing in ["", "   ", "\u{200B}\u{2060}", "\n\t\r", "\u{202E}", "\u{3164}"] {
        assert!(
            matches!(
                life.try_to(&member(MARA), &Command::AddFinding { text: nothing.into() }),
                Err(Rejection::Empty(_))
            ),
            "{nothing:?}"
        );
    }
    let long = "🙂".repeat(6000);
    assert!(matches!(
        life.try_to(&member(MARA), &Command::AddFinding { text: long }),
        Err(Rejection::TooLong { has: 6000, .. })
    ));
}

#[test]
fn expect_no_refusal_without_a_finding_by_any_way_into_investigating() {
    let mut life = Life::in_stage(StageName::Accepted);
    let stop = Command::Replan { reason: "No money".into(), implementer: None, due: None, stop: true };
    life.does(MARA, &stop);
    assert_eq!(life.state.stage.name(), StageName::Investigating);
    assert_eq!(life.try_to(&member(MARA), &decline()), Err(Rejection::NeedsFinding));
    life.does(MARA, &finding()).does(MARA, &decline());
}

/// An idea in which every field is filled goes through every step that carries text.
#[test]
fn expect_every_field_reached_by_redaction() {
    let policy = policy();
    let some = || Some("Leo".to_owned());
    let typed =
        Submission { idea: "Leo".into(), proposal: some(), benefit: some(), for_name: some(), ..idea() };
    let event = submit(&typed, &member(SAM), &policy, monday()).unwrap();
    let state = apply(None, &event).unwrap();
    let mut life = Life { state, events: vec![event], now: monday(), policy, voted: vec![] };
    let leo = || "Leo ".repeat(8);
    life.does(MARA, &Command::AddFinding { text: leo() })
        .does(MARA, &Command::Ask { question: leo() })
        .does(SAM, &Command::Answer { text: leo() })
        .does(MARA, &Command::Assign { to: CLEO, reason: leo() })
        .does(
            CLEO,
            &Command::Accept {
                how: AcceptAs::Trial,
                rationale: leo(),
                implementer: None,
                due: None,
                changes: Loop::Policy,
                norm: Some((leo(), leo())),
                trial: TrialPlan { hypothesis: some(), measure: some(), review: None },
            },
        )
        .does(CLEO, &Command::Replan { reason: leo(), implementer: Some(INES), due: None, stop: false })
        .does(INES, &Command::RecordImplementation { what_changed: leo() })
        .does(SAM, &Command::GiveFeedback { works: Works::Yes, note: some() });
    let benefits = vec![super::protocol::BenefitTyped {
        kind: super::protocol::BenefitKind::Time,
        before: some(),
        after: some(),
        unit: some(),
    }];
    life.does(CLEO, &Command::RecordOutcome { effect: Effect::Worked, note: leo(), benefits });
    let words = ["leo".to_owned()];
    let states = serde_json::to_string(&life.state.clone().map_texts(&|t| t.without(&words))).unwrap();
    assert!(!states.contains("Leo"), "{states}");
    for event in &life.events {
        let fact = serde_json::to_string(&event.fact.clone().map_texts(&|t| t.without(&words))).unwrap();
        assert!(!fact.contains("Leo"), "{fact}");
    }
    // The redacted history still gives the redacted row: the audit holds after it.
    let redacted: Vec<Event> = life
        .events
        .iter()
        .map(|e| Event { fact: e.fact.clone().map_texts(&|t| t.without(&words)), ..e.clone() })
        .collect();
    assert_eq!(replay(&redacted), Some(life.state.map_texts(&|t| t.without(&words))));
}

#[test]
fn expect_every_text_reached_by_redaction() {
    for stage in StageName::ALL {
        let life = Life::in_stage(stage);
        let clean = |t: &Text| match t {
            Text::Written(_) => Text::Erased,
            Text::Erased => Text::Erased,
        };
        let state = serde_json::to_string(&life.state.clone().map_texts(&clean)).unwrap();
        assert!(!state.contains("written"), "{state}");
        for event in life.events {
            let fact = serde_json::to_string(&event.fact.map_texts(&clean)).unwrap();
            assert!(!fact.contains("written"), "{fact}");
        }
    }
}

/// What somebody tries in a random life.
fn any_try() -> impl Strategy<Value = (usize, usize, i64)> {
    (0..PEOPLE.len(), 0..ActionName::ALL.len() + 6, prop_oneof![Just(0_i64), 1_i64..48, 48_i64..400])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn expect_invariants_in_any_life(tries in proptest::collection::vec(any_try(), 1..40)) {
        let mut life = Life::new();
        let mut first_day = life.state.submitted_at;
        for (person, action, hours) in tries {
            let until = life.now + TimeDelta::hours(hours);
            life.wait_until(until);
            let before = life.state.clone();
            let command = match action.checked_sub(ActionName::ALL.len()) {
                None => example(ActionName::ALL[action], life.now),
                Some(0) => outcome(Effect::DidNotWork),
                Some(1) => outcome(Effect::Partly),
                Some(2) => Command::Replan { reason: "no".into(), implementer: None, due: None, stop: true },
                Some(3) => Command::Assign { to: MARA, reason: "back".into() },
                Some(4) => Command::Assign { to: CLEO, reason: "up".into() },
                Some(_) => Command::Refer { to: ReferTo::Member(NOOR), reason: "up".into() },
            };
            let result = life.try_to(&member(PEOPLE[person].0), &command);
            let s = &life.state;
            if result.is_err() {
                prop_assert_eq!(&before, s, "a refused command changes nothing");
            }
            if result.is_ok() && matches!(command, Command::Assign { .. } | Command::Edit { .. }) {
                prop_assert_eq!(before.open_requirement().unwrap().due, s.open_requirement().unwrap().due);
            }
            prop_assert_eq!(replay(&life.events), Some(s.clone()), "replay gives row and ledger");
            let open: Vec<_> = s.ledger.iter().filter(|r| r.state == RequirementState::Open).collect();
            let paused = s.ledger.iter().filter(|r| matches!(r.state, RequirementState::Paused { .. })).count();
            prop_assert_eq!(open.len(), usize::from(s.is_open()), "one open response while it is open: {:?}", &s.ledger);
            prop_assert_eq!(paused, usize::from(s.stage.name() == StageName::AwaitingInformation));
            let asks_again = matches!(
                s.stage,
                Stage::Verified { last_question: LastQuestion::Planned { .. } | LastQuestion::Asked { .. }, .. }
            );
            prop_assert_eq!(
                next_timer(s, &life.policy).is_some(),
                s.is_open() || asks_again,
                "one next time while it is open, or will be asked about"
            );
            prop_assert!(s.ledger.len() >= before.ledger.len(), "nothing leaves the ledger");
            let anew = decide(s, &Command::CountAnew, &Actor::System, &life.policy, life.now);
            prop_assert_eq!(anew, Ok(vec![]), "the same calendar gives the same due times");
            prop_assert!(s.submitted_at <= first_day, "the author's wait never begins later");
            first_day = s.submitted_at;
            prop_assert!(s.stage.name() != StageName::Declined || s.findings > 0, "none is declined without a finding");
            prop_assert!(s.responsible != SAM, "nobody decides on their own idea while there is somebody else");
            if let Some(open) = open.first() {
                prop_assert!(open.by != SAM || open.kind == RequirementKind::Answer, "{:?}", open);
            }
            for event in &life.events {
                let json = serde_json::to_string(event).unwrap();
                prop_assert_eq!(event, &serde_json::from_str::<Event>(&json).unwrap());
                let tag = format!("\"fact\":\"{}\"", event.fact.as_str());
                prop_assert!(json.contains(&tag), "{} in {}", tag, json);
            }
        }
    }
}

/// The state diagram of ARCHITECTURE.md, made from what the code does; `UPDATE_DOCS=1` writes it there.
#[test]
fn expect_the_diagram_in_the_architecture() {
    let mut edges: std::collections::BTreeMap<(StageName, StageName), Vec<String>> =
        std::collections::BTreeMap::new();
    let mut edge = |from: StageName, to: StageName, label: String| {
        let labels = edges.entry((from, to)).or_default();
        if from != to && !labels.contains(&label) {
            labels.push(label);
        }
    };
    for stage in StageName::ALL {
        for action in ActionName::ALL {
            for (person, _) in PEOPLE {
                let mut life = Life::in_stage(stage);
                let command = example(action, life.now);
                if life.try_to(&member(person), &command).is_ok() {
                    edge(stage, life.state.stage.name(), words(&format!("{action:?}")));
                }
            }
        }
        let mut life = Life::in_stage(stage);
        let until = life.now + TimeDelta::days(35);
        life.wait_until(until);
        edge(stage, life.state.stage.name(), "by itself, in time".into());
    }
    edge(StageName::Verified, StageName::Submitted, "answers after twelve weeks".into());
    edge(StageName::Accepted, StageName::Investigating, "replan: cannot be done".into());
    edge(StageName::Implemented, StageName::Investigating, "record outcome: did not work".into());

    let mut diagram = String::from("```mermaid\nstateDiagram-v2\n    [*] --> Submitted: submit\n");
    for ((from, to), labels) in edges {
        if from != to {
            diagram.push_str(&format!("    {from:?} --> {to:?}: {}\n", labels.join(", ")));
        }
    }
    diagram.push_str("```\n");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ARCHITECTURE.md");
    let text = std::fs::read_to_string(path).expect("ARCHITECTURE.md is there");
    let (begin, end) = ("<!-- diagram: made by a test of kaizen-domain -->\n", "<!-- end of the diagram -->");
    let (head, rest) = text.split_once(begin).expect("the diagram's place is marked");
    let (present, tail) = rest.split_once(end).expect("the diagram's end is marked");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{head}{begin}{diagram}{end}{tail}"))
            .expect("ARCHITECTURE.md can be written");
    } else {
        assert_eq!(present, diagram, "run the tests of kaizen-domain with UPDATE_DOCS=1");
    }
}

/// `RecordOutcome` as `record outcome`.
fn words(name: &str) -> String {
    name.chars()
        .flat_map(|c| c.is_uppercase().then_some(' ').into_iter().chain(c.to_lowercase()))
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Stored before second looks, questions of policy and the policy register: read as if there had been none.
#[test]
fn expect_facts_of_the_first_format_readable() {
    let charge = r#"{"responsible":2,"why":{"why":"acted"},"waiting_role":null}"#;
    let declined = format!(
        r#"{{"fact":"declined","class":"conflicts with policy","rationale":{{"written":"No room"}},"charge":{charge},"appeal_until":"2026-12-07T10:00:00Z"}}"#
    );
    let fact: Fact = serde_json::from_str(&declined).unwrap();
    assert!(matches!(fact, Fact::Declined { second_look: None, question: None, .. }), "{fact:?}");
    let accepted = format!(
        r#"{{"fact":"accepted","how":"as suggested","rationale":{{"written":"Yes"}},"changes":"case","norm_before":null,"norm_after":null,"plan":{{"plan":"implement","with_changes":false}},"charge":{charge},"owed":{{"kind":"implementation","by":2,"due":"2026-12-07T10:00:00Z"}}}}"#
    );
    let fact: Fact = serde_json::from_str(&accepted).unwrap();
    assert!(matches!(fact, Fact::Accepted { second_look: None, question: None, .. }), "{fact:?}");
}

#[test]
fn expect_a_place_to_be_left_once_and_only_while_it_is_open() {
    let mut life = Life::new();
    let (before, from) = (life.state.clone(), crate::ChannelId(2003));
    let place_anew = Command::PlaceAnew { from };
    let events = life.try_to(&Actor::System, &place_anew).unwrap();
    let told = react(Some(&before), &life.state, &events, &life.policy).notices;
    assert_eq!(
        told,
        [Notice::Card, Notice::Post { event: 0, mention: Some(MARA), mention_role: None }],
        "nobody gets a direct message: a channel moves many ideas at once"
    );
    assert_eq!(life.state.ledger, before.ledger);
    assert_eq!(life.try_to(&Actor::System, &place_anew), Ok(vec![]), "two processes do it once");
    assert_eq!(
        life.try_to(&Actor::System, &Command::PlaceAnew { from: crate::ChannelId(7) }).unwrap().len(),
        1
    );
    life.does(SAM, &Command::Withdraw { reason: None });
    assert_eq!(life.try_to(&Actor::System, &place_anew), Ok(vec![]));
}
