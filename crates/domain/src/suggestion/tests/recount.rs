//! The calendar changes: what moves, what stays.

use super::*;
use crate::Wait;
use crate::ledger::Counted;

/// Wednesday, 18 November 2026, ten o'clock: when the acknowledgement is due.
fn wednesday() -> Instant {
    monday() + TimeDelta::days(2)
}

impl Life {
    fn holiday(&mut self, day: &str) -> &mut Self {
        for team in &mut self.policy.teams {
            team.calendar.holidays.insert(day.parse().unwrap(), "");
        }
        self
    }

    fn open_due(&self) -> Instant {
        self.state.open_requirement().unwrap().due
    }

    /// Counts anew, twice: the second time nothing moves. What moved, as (entry, from, to).
    fn recounted(&mut self) -> Vec<(Option<u32>, Instant, Instant)> {
        let events = self.try_to(&Actor::System, &Command::CountAnew).unwrap();
        assert_eq!(self.try_to(&Actor::System, &Command::CountAnew), Ok(vec![]));
        assert_eq!(replay(&self.events).as_ref(), Some(&self.state));
        let moved = events.into_iter().map(|e| match e.fact {
            Fact::DueMoved { entry, before, due, .. } => (entry, before, due),
            other => panic!("{other:?}"),
        });
        moved.collect()
    }
}

#[test]
fn expect_a_holiday_to_move_what_is_due() {
    let mut life = Life::new();
    assert_eq!(life.recounted(), []);
    let thursday = wednesday() + TimeDelta::days(1);
    assert_eq!(life.holiday("2026-11-17").recounted(), [(Some(1), wednesday(), thursday)]);
    assert_eq!(life.open_due(), thursday);
    // And back.
    life.policy = policy();
    assert_eq!(life.recounted(), [(Some(1), thursday, wednesday())]);
}

#[test]
fn expect_a_move_told_in_the_thread_if_it_is_to_another_day() {
    let tell = |change: &dyn Fn(&mut Calendar)| {
        let mut life = Life::new();
        for team in &mut life.policy.teams {
            change(&mut team.calendar);
        }
        let before = life.state.clone();
        let events = life.try_to(&Actor::System, &Command::CountAnew).unwrap();
        react(Some(&before), &life.state, &events, &life.policy).notices
    };
    let later = tell(&|c| c.holidays.insert("2026-11-17".parse().unwrap(), ""));
    assert_eq!(later, [Notice::Card, Notice::Post { event: 0, mention: None, mention_role: None }]);
    // From Tuesday on work begins at eleven: an hour later is no news.
    let same_day = tell(&|c| c.from = chrono::NaiveTime::from_hms_opt(11, 0, 0).unwrap());
    assert_eq!(same_day, [Notice::Card]);
    let weekend = tell(&|c| c.days = [true, false, false, true, true, true, true]);
    assert!(matches!(weekend[1], Notice::Post { mention: None, .. }));
}

#[test]
fn expect_an_earlier_time_to_ask_whoever_owes_it_and_to_leave_a_working_day() {
    let mut life = Life::new();
    for day in ["2026-11-17", "2026-11-18", "2026-11-19"] {
        life.holiday(day);
    }
    life.recounted();
    let monday_after = monday() + TimeDelta::days(7);
    assert_eq!(life.open_due(), monday_after);
    // On Thursday evening the three days turn out to be working days: counted from the beginning it would be late since
    // Wednesday.
    life.now = "2026-11-19T18:00:00Z".parse().unwrap();
    life.policy = policy();
    let before = life.state.clone();
    let events = life.try_to(&Actor::System, &Command::CountAnew).unwrap();
    assert_eq!(life.open_due(), "2026-11-23T09:00:00Z".parse::<Instant>().unwrap());
    let notices = react(Some(&before), &life.state, &events, &life.policy).notices;
    assert_eq!(notices, [Notice::Card], "still Monday");
    life.now = "2026-11-17T12:00:00Z".parse().unwrap();
    let before = life.state.clone();
    let events = life.try_to(&Actor::System, &Command::CountAnew).unwrap();
    assert_eq!(life.open_due(), "2026-11-18T12:00:00Z".parse::<Instant>().unwrap());
    let notices = react(Some(&before), &life.state, &events, &life.policy).notices;
    assert!(
        notices.contains(&Notice::Post { event: 0, mention: Some(MARA), mention_role: None }),
        "{notices:?}"
    );
}

#[test]
fn expect_what_is_late_to_stay_late() {
    let mut life = Life::new();
    life.now = wednesday();
    assert_eq!(life.holiday("2026-11-18").recounted(), []);
    let mut life = Life::new();
    life.now = wednesday() - TimeDelta::seconds(1);
    assert_eq!(life.holiday("2026-11-18").recounted().len(), 1);
}

#[test]
fn expect_dates_that_people_set_to_stay() {
    let accepted = |due: Option<i64>| {
        let mut life = Life::in_stage(StageName::Acknowledged);
        life.policy.times.implement = Wait::WorkingDays { days: 5 };
        let Command::Accept { how, rationale, implementer, changes, norm, trial, .. } = accept() else {
            panic!("it accepts");
        };
        let due = due.map(|days| life.now + TimeDelta::days(days));
        life.does(MARA, &Command::Accept { how, rationale, implementer, due, changes, norm, trial });
        life
    };
    for mut life in [accepted(Some(20)), Life::in_stage(StageName::Deferred)] {
        let due = life.open_due();
        let day = (due - TimeDelta::days(1)).date_naive().to_string();
        assert_eq!(life.holiday(&day).holiday(&due.date_naive().to_string()).recounted(), []);
    }
    // Without a date it is counted, and moves where it is counted in working days.
    let mut life = accepted(None);
    let due = life.open_due();
    let tomorrow = (life.now + TimeDelta::days(1)).date_naive().to_string();
    let moved = life.holiday(&tomorrow).recounted();
    assert_eq!(moved.len(), 1);
    assert!(moved[0].2 > due);
    assert!(matches!(life.state.stage, super::super::Stage::Accepted { due, .. } if due == moved[0].2));
    // A new implementer keeps the time, and what it is counted from; a new date is a date.
    life.does(
        MARA,
        &Command::Replan { reason: "away".into(), implementer: Some(OTTO), due: None, stop: false },
    );
    assert!(life.state.open_requirement().unwrap().counted.is_some());
    let day = life.now + TimeDelta::days(30);
    life.does(
        MARA,
        &Command::Replan { reason: "longer".into(), implementer: None, due: Some(day), stop: false },
    );
    assert!(life.state.open_requirement().unwrap().counted.is_none());
}

#[test]
fn expect_the_time_of_a_question_to_be_kept() {
    let mut life = Life::new();
    life.does(MARA, &Command::Acknowledge);
    let due = life.open_due();
    life.now += TimeDelta::hours(1);
    life.does(MARA, &question());
    life.now += TimeDelta::days(1);
    // While the question lies with the author both clocks move: theirs, and the one that stands still.
    let answer = life.open_due();
    let moved = life.holiday("2026-11-18").recounted();
    assert_eq!(moved.iter().map(|m| m.0).collect::<Vec<_>>(), [Some(2), Some(3)]);
    assert_eq!(life.state.decision_due, Some(due + TimeDelta::days(1)));
    assert!(life.open_due() > answer);
    life.does(SAM, &Command::Answer { text: "On the ward".into() });
    // A working day lay with the author.
    assert_eq!(life.open_due(), due + TimeDelta::days(2));
    assert_eq!(life.recounted(), []);
    life.policy = policy();
    assert_eq!(life.recounted(), [(Some(2), due + TimeDelta::days(2), due + TimeDelta::days(1))]);
}

#[test]
fn expect_the_decision_that_waits_behind_a_referral_to_move_along() {
    let mut life = Life::new();
    life.does(MARA, &Command::Acknowledge);
    let due = life.open_due();
    life.does(MARA, &Command::Refer { to: ReferTo::NextLevel, reason: "beyond my budget".into() });
    let moved = life.holiday("2026-11-17").recounted();
    assert_eq!(moved.len(), 2);
    assert_eq!(moved[1], (None, due, due + TimeDelta::days(1)));
    life.does(NOOR, &Command::Acknowledge);
    assert_eq!(life.open_due(), due + TimeDelta::days(1));
    assert_eq!(life.recounted(), []);
}

#[test]
fn expect_what_was_written_before_to_stay_readable_and_where_it_was() {
    let stored = include_str!("../fixtures/life-before-counted.json");
    let events: Vec<Event> = serde_json::from_str(stored).unwrap();
    let state = replay(&events).unwrap();
    assert_eq!(state.stage.name(), StageName::AwaitingInformation);
    assert!(state.ledger.iter().all(|r| r.counted.is_none()));
    let mut life =
        Life { state, events, now: monday() + TimeDelta::hours(3), policy: policy(), voted: vec![] };
    assert_eq!(life.holiday("2026-11-18").recounted(), []);
    life.does(SAM, &Command::Answer { text: "On the ward".into() });
    assert_eq!(life.recounted(), []);
}

#[test]
fn expect_a_wait_to_be_stored_in_plain_words() {
    let counted = Counted::new(monday(), Wait::WorkingDays { days: 2 });
    let stored = r#"{"from":"2026-11-16T10:00:00Z","wait":"2 working days"}"#;
    assert_eq!(serde_json::to_string(&counted).unwrap(), stored);
    let paused = counted.stood_still_for(TimeDelta::hours(8));
    let stored = r#"{"from":"2026-11-16T10:00:00Z","wait":"2 working days","stood_still":28800000000}"#;
    assert_eq!(serde_json::to_string(&paused).unwrap(), stored);
    assert_eq!(serde_json::from_str::<Counted>(stored).unwrap(), paused);
    assert_eq!(paused.due(&Calendar::office(chrono_tz::Europe::London)), wednesday() + TimeDelta::days(1));
}
