//! Clocks that cannot be played, and quiet: examples that a person can follow. The model check tries everything else.

use chrono::TimeDelta;

use super::protocol::{Command, Event, Fact, ReferTo, TimerRule};
use super::tests::{CLEO, INES, Life, MARA, NOOR, OTTO, SAM, accept, finding, member, monday, question};
use super::{authors_wait, next_timer, planned_timer, replay};
use crate::ledger::LadderStep;
use crate::policy::Area;
use crate::rejection::Rejection;
use crate::{Actor, Instant, Wait};

fn due(life: &Life) -> Instant {
    life.state.open_requirement().expect("something is owed").due
}

fn next(life: &Life) -> Instant {
    next_timer(&life.state, &life.policy).expect("something happens next").at
}

fn waited(life: &Life) -> TimeDelta {
    let calendar = life.policy.calendar(life.state.team);
    authors_wait(&life.events, &calendar, life.policy.times.answer, life.now)
}

fn answer() -> Command {
    Command::Answer { text: "All four".into() }
}

#[test]
fn expect_all_questions_together_to_stop_the_clock_for_the_authors_time_once() {
    let mut life = Life::new();
    life.does(MARA, &Command::Acknowledge);
    let decision = due(&life);
    // Three working days, then two, then three that no longer count.
    for (days, later) in [(3, 3), (4, 7), (3, 7)] {
        life.does(MARA, &question());
        life.now += TimeDelta::days(days);
        life.does(SAM, &answer());
        assert_eq!(due(&life), decision + TimeDelta::days(later), "after {days} more days");
    }
    // Ten days of which seven were working days and a weekend lay between: five of them with the author.
    assert_eq!(waited(&life), TimeDelta::hours(8 * 8 - 5 * 8));
}

/// The question that was asked at this moment reaches the author, or does not.
fn delivery(life: &mut Life, asked_at: Instant, delivered: bool) -> Vec<Fact> {
    let events = life.try_to(&Actor::System, &Command::QuestionDelivery { asked_at, delivered }).unwrap();
    events.into_iter().map(|e| e.fact).collect()
}

#[test]
fn expect_the_clock_to_stand_still_only_while_the_author_has_the_question() {
    let mut life = Life::new();
    life.does(MARA, &Command::Acknowledge);
    let decision = due(&life);
    life.does(MARA, &question());
    let (asked_at, answer_due) = (life.now, due(&life));
    assert_eq!(delivery(&mut life, asked_at, true), [], "at once: nothing to say");
    // The platform was down for a day: the author's time begins later, and so does the standing still.
    life.now += TimeDelta::days(1);
    assert!(matches!(delivery(&mut life, asked_at, true)[..], [Fact::QuestionDelivered { .. }]));
    assert_eq!(due(&life), answer_due + TimeDelta::days(1));
    assert_eq!(delivery(&mut life, asked_at, true), [], "said once");
    assert_eq!(delivery(&mut life, asked_at, false), [], "they have it");
    life.now += TimeDelta::days(2);
    life.does(SAM, &answer());
    assert_eq!(due(&life), decision + TimeDelta::days(2), "two of three days lay with the author");
    assert_eq!(waited(&life), TimeDelta::hours(8));
    assert_eq!(replay(&life.events), Some(life.state));
}

#[test]
fn expect_a_question_that_cannot_be_delivered_to_go_back_and_to_stop_no_clock() {
    let mut life = Life::new();
    life.does(MARA, &Command::Acknowledge);
    let (decision, before) = (due(&life), next(&life));
    life.does(MARA, &question());
    let asked_at = life.now;
    life.now += TimeDelta::hours(5);
    assert_eq!(delivery(&mut life, asked_at - TimeDelta::hours(1), false), [], "of another question");
    assert!(matches!(delivery(&mut life, asked_at, false)[..], [Fact::QuestionReturned { .. }]));
    assert_eq!(life.state.stage.name(), crate::suggestion::StageName::Acknowledged);
    assert_eq!((due(&life), next(&life)), (decision, before));
    assert_eq!(waited(&life), TimeDelta::hours(5));
    assert_eq!(delivery(&mut life, asked_at, false), []);
    assert_eq!(replay(&life.events), Some(life.state));
}

#[test]
fn expect_a_question_to_put_off_no_step_that_is_late() {
    let mut life = Life::new();
    life.does(MARA, &Command::Acknowledge);
    life.wait_until(due_of(&life));
    assert_eq!(life.state.open_requirement().unwrap().ladder.step, LadderStep::Late);
    let before = next(&life);
    life.does(MARA, &question());
    life.now += TimeDelta::hours(2);
    life.does(SAM, &answer());
    // Two hours lay with the author: so much later, and no more, the next level takes it over.
    assert_eq!(next(&life), before + TimeDelta::hours(2));
}

fn due_of(life: &Life) -> Instant {
    due(life)
}

#[test]
fn expect_another_implementer_to_put_off_no_step_that_is_late() {
    let mut life = Life::new();
    life.does(MARA, &Command::Acknowledge).does(MARA, &accept());
    let late = due(&life) + TimeDelta::days(1);
    life.wait_until(late);
    let before = next(&life);
    let other =
        Command::Replan { reason: "On leave".into(), implementer: Some(MARA), due: None, stop: false };
    life.does(INES, &other);
    assert_eq!(next(&life), before);
}

#[test]
fn expect_referrals_to_go_up_and_never_back() {
    let refer = |to| Command::Refer { to, reason: "Beyond my budget".into() };
    let mut life = Life::new();
    life.now += TimeDelta::days(1);
    let down = Rejection::NotAbove { to: OTTO, next: Some(NOOR) };
    assert_eq!(life.try_to(&member(MARA), &refer(ReferTo::Member(OTTO))), Err(down));
    life.does(MARA, &refer(ReferTo::NextLevel));
    let back = Rejection::NotAbove { to: MARA, next: Some(CLEO) };
    assert_eq!(life.try_to(&member(NOOR), &refer(ReferTo::Member(MARA))), Err(back));
    // The clock of the decision began with the first of them, though nobody has acknowledged it.
    let decision = life.state.decision_due.expect("it has begun");
    life.now += TimeDelta::days(1);
    life.does(NOOR, &refer(ReferTo::NextLevel));
    life.now += TimeDelta::days(1);
    life.does(CLEO, &Command::Acknowledge);
    assert_eq!(due(&life), decision);
    assert_eq!(life.try_to(&member(CLEO), &refer(ReferTo::NextLevel)), Err(Rejection::NobodyAbove));
}

#[test]
fn expect_the_authors_wait_to_go_on_through_everything_but_an_answer() {
    let mut life = Life::new();
    life.now += TimeDelta::days(1);
    life.does(MARA, &Command::Refer { to: ReferTo::NextLevel, reason: "Beyond my budget".into() });
    life.does(NOOR, &Command::Assign { to: MARA, reason: "It is in yours".into() }).does(MARA, &finding());
    assert_eq!(waited(&life), TimeDelta::hours(8));
    let until = life.now + TimeDelta::days(14);
    life.does(MARA, &Command::Defer { rationale: "After the move".into(), until });
    life.now = until;
    assert_eq!(waited(&life), TimeDelta::hours(8 + 80), "a deferral is no answer");
    life.does(MARA, &finding()).does(MARA, &accept());
    life.now += TimeDelta::days(7);
    assert_eq!(waited(&life), TimeDelta::hours(88), "accepted: that is the answer");
    let stop = Command::Replan { reason: "No money".into(), implementer: None, due: None, stop: true };
    life.does(MARA, &stop);
    life.now += TimeDelta::days(1);
    assert_eq!(waited(&life), TimeDelta::hours(96), "a new period, added to the first");
}

/// Saturday, eleven at night: the program comes back after a week.
fn saturday_night() -> Instant {
    "2026-11-28T23:00:00Z".parse().unwrap()
}

#[test]
fn expect_nobody_reminded_at_night_after_a_week_off() {
    let mut life = Life::new();
    life.now = saturday_night();
    assert_eq!(life.try_to(&Actor::System, &Command::RunDue), Ok(vec![]));
    let planned = planned_timer(&life.state, &life.policy, life.now).unwrap();
    assert_eq!(planned.at, "2026-11-30T09:00:00Z".parse::<Instant>().unwrap());
    assert!(super::is_planned(&life.state, &life.policy, planned.at));
    assert!(!super::is_planned(&life.state, &life.policy, saturday_night()));
    life.now = planned.at;
    assert_eq!(life.try_to(&Actor::System, &Command::RunDue).unwrap().len(), 2, "mara reminded, noor told");
}

#[test]
fn expect_dates_in_plain_time_to_wait_for_the_working_day() {
    let mut life = Life::new();
    life.does(MARA, &Command::Acknowledge);
    let saturday = monday() + TimeDelta::days(12);
    let Command::Accept { how, rationale, implementer, changes, norm, trial, .. } = accept() else {
        unreachable!("that is what it is")
    };
    let accept = Command::Accept { how, rationale, implementer, due: Some(saturday), changes, norm, trial };
    life.does(MARA, &accept);
    life.wait_until(saturday - TimeDelta::hours(1));
    let timer = next_timer(&life.state, &life.policy).unwrap();
    assert_eq!((timer.rule, due(&life)), (TimerRule::Late, saturday));
    assert_eq!(timer.at, "2026-11-30T09:00:00Z".parse::<Instant>().unwrap());
}

#[test]
fn expect_what_is_urgent_to_speak_at_any_hour() {
    let mut life = Life::new();
    life.policy.urgent = vec![Area("equipment".into())];
    life.now = saturday_night();
    assert_eq!(life.try_to(&Actor::System, &Command::RunDue).unwrap().len(), 2);
    // And so does what was promised within hours, night and day.
    let mut life = Life::new();
    life.policy.times.acknowledge = Wait::Calendar { seconds: 5 };
    life.now = saturday_night();
    assert_eq!(life.try_to(&Actor::System, &Command::RunDue).unwrap().len(), 2);
}

/// Written by the first version: nothing in it says how long a question lay with the author, nor when the decision is due
/// after a referral. It is read as it was then.
const FIRST_VERSION: &str = include_str!("../../tests/fixtures/history-of-the-first-version.json");

#[test]
fn expect_the_first_versions_history_to_give_the_first_versions_state() {
    let stored: serde_json::Value = serde_json::from_str(FIRST_VERSION).unwrap();
    let events: Vec<Event> = serde_json::from_value(stored["events"].clone()).unwrap();
    let row: super::Suggestion = serde_json::from_value(stored["state"].clone()).unwrap();
    assert!(events.iter().any(|e| matches!(e.fact, Fact::Answered { pause: None, .. })));
    assert!(events.iter().any(|e| matches!(e.fact, Fact::Referred { decision_due: None, .. })));
    assert!(events.iter().any(|e| matches!(e.fact, Fact::Replanned { ladder_goes_on: false, .. })));
    assert_eq!(replay(&events), Some(row));
}
