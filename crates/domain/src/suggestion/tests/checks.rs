//! Does it work? Asked when the check is due and after twelve weeks, answered by nobody in particular, recorded, reopened.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::Absence;
use crate::ids::RoleId;
use crate::people::Who;
use crate::rejection::Party;
use crate::suggestion::check::{Answers, LAST_QUESTION, LastQuestion};
use crate::suggestion::protocol::DirectReason;
use crate::suggestion::{Stage, TimerRule, authors_wait};

fn says(works: Works) -> Command {
    Command::GiveFeedback { works, note: None }
}

fn counted(works: u32, partly: u32, not: u32) -> Answers {
    Answers { works, partly, not }
}

/// When the item's next timer is, and what it does.
fn next(life: &Life) -> Option<(TimerRule, Instant)> {
    next_timer(&life.state, &life.policy).map(|t| (t.rule, t.at))
}

/// Thirty days later: people have just been asked.
fn asked() -> Life {
    let mut life = Life::in_stage(StageName::Implemented);
    let due = life.state.open_requirement().unwrap().due;
    let facts = life.wait_until(due);
    assert!(matches!(facts.as_slice(), [Fact::CheckAsked { .. }]), "{facts:?}");
    life
}

/// Twelve weeks later, after the first check said that it works: people have just been asked once more.
fn asked_again() -> Life {
    let mut life = asked();
    life.does(MARA, &outcome(Effect::Worked));
    let (rule, at) = next(&life).unwrap();
    assert_eq!(rule, TimerRule::LastQuestion);
    let facts = life.wait_until(at);
    assert!(matches!(facts.as_slice(), [Fact::LastAsked { .. }]), "{facts:?}");
    life
}

#[test]
fn expect_people_asked_when_the_check_is_due_and_the_outcome_owed_after_they_had_time() {
    let mut life = Life::in_stage(StageName::Implemented);
    let implemented = life.now;
    let due = life.state.open_requirement().unwrap().due;
    assert_eq!(due, implemented + TimeDelta::days(30));
    assert!(
        life.wait_until(due - TimeDelta::hours(1)).is_empty(),
        "until then there is nothing to remind of"
    );
    life.does(OTTO, &Command::Support).does(INES, &Command::Follow);
    let before = life.state.clone();
    life.now = due;
    let events = life.try_to(&Actor::System, &Command::RunDue).unwrap();
    let open = life.state.open_requirement().unwrap().clone();
    assert_eq!((open.kind, open.by), (RequirementKind::OutcomeCheck, MARA));
    assert_eq!(open.due, due + TimeDelta::days(7), "five working days");
    assert_eq!(life.state.ledger.iter().filter(|r| r.kind == RequirementKind::OutcomeCheck).count(), 1);

    let notices = react(Some(&before), &life.state, &events, &life.policy).notices;
    let direct: Vec<_> = notices
        .iter()
        .filter_map(|n| match n {
            Notice::Direct { to, reason, .. } => Some((*to, *reason)),
            _ => None,
        })
        .collect();
    assert_eq!(direct, [(SAM, DirectReason::Author), (OTTO, DirectReason::Following)]);
    assert!(notices.contains(&Notice::Post { event: 0, mention: Some(MARA), mention_role: None }));
    assert!(notices.iter().any(|n| matches!(n, Notice::Reminder { to: MARA, owed_by: MARA, .. })));
    assert!(life.try_to(&Actor::System, &Command::RunDue).unwrap().is_empty(), "asked once");

    // From there on like everything that is owed.
    let steps: Vec<String> = life
        .wait_until(due + TimeDelta::days(30))
        .iter()
        .map(|f| match f {
            Fact::Reminded { to, step, .. } => format!("reminded {} {step:?}", to.0),
            Fact::NextLevelTold { told, .. } => format!("told {}", told.0),
            Fact::Transferred { charge, .. } => format!("transferred {}", charge.responsible.0),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        steps[..6],
        ["reminded 2 Halfway", "reminded 2 Late", "told 3", "transferred 3", "reminded 3 Late", "told 4"]
    );
}

#[test]
fn expect_answers_to_be_counted_once_each_and_kept_with_nobodys_name() {
    let mut life = asked();
    life.does(SAM, &says(Works::No)).does(INES, &says(Works::Yes));
    for again in [Works::No, Works::Yes] {
        assert_eq!(life.try_to(&member(SAM), &says(again)), Err(Rejection::AnsweredAlready));
    }
    assert_eq!(life.state.answers(), counted(1, 0, 1));
    let given = |e: &&Event| matches!(e.fact, Fact::FeedbackGiven { .. });
    let given: Vec<&Event> = life.events.iter().filter(given).collect();
    assert_eq!(given.len(), 2);
    for event in given {
        assert_eq!(event.by, Who::Nameless);
        let json = serde_json::to_string(event).unwrap();
        assert!(!json.contains("member"), "{json}");
    }
    // Neither does the row: the same two answers of others give the same row.
    let mut other = asked();
    other.does(MARA, &says(Works::Yes)).does(NOOR, &says(Works::No));
    let row = |life: &Life| serde_json::to_string(&life.state).unwrap();
    assert_eq!(row(&life), row(&other));
    assert_eq!(replay(&life.events), Some(life.state));
}

#[test]
fn expect_those_who_work_with_it_to_answer_and_nobody_else() {
    let mut life = asked();
    let refused = |life: &mut Life, who| match life.try_to(&member(who), &says(Works::Yes)) {
        Err(Rejection::NotAllowed { who, .. }) => assert_eq!(who, [Party::WorksWithIt]),
        other => panic!("{other:?}"),
    };
    refused(&mut life, OTTO);
    life.does(OTTO, &Command::Support).does(OTTO, &says(Works::Partly));
    life.does(NOOR, &says(Works::Yes));
    // Where the team has a role, those who hold it are the team, besides its managers and those above.
    let mut life = asked();
    life.policy.teams[0].members_role = Some(RoleId(77));
    refused(&mut life, INES);
    let ines = Actor::Member(ActingMember { id: INES, roles: vec![RoleId(77)], admin: false });
    life.try_to(&ines, &says(Works::Yes)).unwrap();
    life.does(MARA, &says(Works::Yes)).does(SAM, &says(Works::Yes));
    assert_eq!(life.state.answers().total(), 3);
    // Whoever holds the role of another team belongs there.
    let mut life = asked();
    life.policy.teams[2].members_role = Some(RoleId(78));
    let elsewhere = Actor::Member(ActingMember { id: INES, roles: vec![RoleId(78)], admin: false });
    assert!(life.try_to(&elsewhere, &says(Works::Yes)).is_err());
}

#[test]
fn expect_more_than_half_of_at_least_three() {
    for (answers, shown, say_no) in [
        (counted(0, 0, 2), false, false),
        (counted(1, 0, 1), false, false),
        (counted(0, 0, 3), true, true),
        (counted(1, 0, 2), true, true),
        (counted(1, 1, 2), true, false),
        (counted(2, 0, 2), true, false),
        (counted(0, 2, 3), true, true),
        (counted(3, 0, 0), true, false),
    ] {
        assert_eq!((answers.may_be_shown(), answers.say_no()), (shown, say_no), "{answers:?}");
    }
}

#[test]
fn expect_the_last_question_twelve_weeks_after_it_was_done() {
    let mut life = asked();
    let Stage::Implemented { at: done, .. } = life.state.stage else { panic!("{:?}", life.state.stage) };
    life.does(SAM, &says(Works::Yes)).does(MARA, &outcome(Effect::Worked));
    assert_eq!(life.state.outcome.as_ref().unwrap().answers, counted(1, 0, 0));
    let refused = Rejection::NotAskedNow { again: Some(done + LAST_QUESTION) };
    assert_eq!(life.try_to(&member(INES), &says(Works::No)), Err(refused));
    assert_eq!(next(&life), Some((TimerRule::LastQuestion, done + LAST_QUESTION)));
    assert_eq!(life.state.open_requirement(), None, "nothing is owed");
    life.wait_until(done + LAST_QUESTION);
    // Everybody answers anew.
    assert_eq!(life.state.answers(), counted(0, 0, 0));
    life.does(SAM, &says(Works::Yes));
    let (rule, until) = next(&life).unwrap();
    assert_eq!((rule, until), (TimerRule::CountAnswers, done + LAST_QUESTION + TimeDelta::days(7)));
    let facts = life.wait_until(until);
    assert_eq!(facts, [Fact::LastQuestionOver]);
    assert_eq!((life.state.stage.name(), next(&life)), (StageName::Verified, None));
    assert_eq!(life.state.answers(), counted(1, 0, 0), "they are shown beside the record");
    assert_eq!(life.try_to(&member(INES), &says(Works::No)), Err(Rejection::NotAskedNow { again: None }));
}

#[test]
fn expect_a_record_after_twelve_weeks_to_be_asked_about_a_month_later() {
    let mut life = asked();
    life.now += TimeDelta::days(70);
    life.does(MARA, &outcome(Effect::Worked));
    assert_eq!(next(&life), Some((TimerRule::LastQuestion, life.now + TimeDelta::days(30))));
}

#[test]
fn expect_the_last_answers_to_reopen_and_the_ladder_to_run_again() {
    let mut life = asked_again();
    life.does(SAM, &says(Works::No)).does(INES, &says(Works::No)).does(NOOR, &says(Works::Yes));
    assert_eq!(life.state.stage.name(), StageName::Verified, "everybody has time to answer");
    let (_, until) = next(&life).unwrap();
    life.now = until;
    let before = life.state.clone();
    let events = life.try_to(&Actor::System, &Command::RunDue).unwrap();
    assert!(
        matches!(events.as_slice(), [Event { by: Who::System, fact: Fact::ReopenedByAnswers { answers, .. }, .. }]
            if *answers == counted(1, 0, 2)),
        "{events:?}"
    );
    assert_eq!((life.state.stage.name(), life.state.responsible), (StageName::Submitted, MARA));
    assert!(life.state.owes(RequirementKind::Acknowledgement));
    let told: Vec<_> = react(Some(&before), &life.state, &events, &life.policy).notices;
    assert!(told.contains(&Notice::Post { event: 0, mention: Some(MARA), mention_role: None }));
    assert!(told.iter().any(|n| matches!(n, Notice::Direct { to: SAM, .. })));
    let facts = life.wait_until(until + TimeDelta::days(10));
    assert!(facts.iter().any(|f| matches!(f, Fact::Transferred { .. })), "{facts:?}");
    // The author waits again, and what was waited before stays.
    let calendar = life.policy.calendar(life.state.team);
    let wait = |at| authors_wait(&life.events, &calendar, life.policy.times.answer, at);
    assert!(wait(life.now) > wait(until));
}

#[test]
fn expect_half_or_too_few_answers_to_leave_the_outcome() {
    for answers in [
        vec![(SAM, Works::No), (INES, Works::No)],
        vec![(SAM, Works::No), (INES, Works::No), (NOOR, Works::Yes), (MARA, Works::Partly)],
        vec![(SAM, Works::No), (INES, Works::Yes), (NOOR, Works::Yes)],
        vec![],
    ] {
        let mut life = asked_again();
        for (who, works) in &answers {
            life.does(*who, &says(*works));
        }
        let (_, until) = next(&life).unwrap();
        assert_eq!(life.wait_until(until), [Fact::LastQuestionOver], "{answers:?}");
    }
}

#[test]
fn expect_a_record_against_the_answers_to_open_it_at_once() {
    let mut life = asked();
    life.does(SAM, &says(Works::No)).does(INES, &says(Works::No)).does(NOOR, &says(Works::No));
    life.does(MARA, &outcome(Effect::Worked));
    assert_eq!((life.state.stage.name(), life.state.responsible), (StageName::Submitted, MARA));
    assert_eq!(life.state.outcome.as_ref().unwrap().answers, counted(0, 0, 3));
    // Whoever records what they say is not contradicted.
    let mut life = asked();
    life.does(SAM, &says(Works::No)).does(INES, &says(Works::No)).does(NOOR, &says(Works::No));
    life.does(MARA, &outcome(Effect::DidNotWork));
    assert_eq!(life.state.stage.name(), StageName::Investigating);
}

#[test]
fn expect_each_implementation_to_begin_its_checks_anew() {
    let mut life = Life::in_stage(StageName::Implemented);
    life.does(MARA, &outcome(Effect::Partly)).does(MARA, &outcome(Effect::CannotTell));
    assert_eq!(life.state.open_checks, 2);
    life.does(MARA, &outcome(Effect::DidNotWork)).does(MARA, &accept()).does(INES, &implemented());
    assert_eq!(life.state.open_checks, 0);
    life.does(MARA, &outcome(Effect::Partly));
    assert_eq!(life.state.responsible, MARA, "not the coordinator's yet");
}

#[test]
fn expect_another_check_to_ask_anew_and_the_coordinator_to_have_the_answers() {
    let mut life = asked();
    life.does(SAM, &says(Works::Partly)).does(MARA, &outcome(Effect::Partly));
    assert_eq!(life.state.answers(), counted(0, 0, 0));
    assert_eq!(life.state.outcome.as_ref().unwrap().answers, counted(0, 1, 0));
    let (rule, at) = next(&life).unwrap();
    assert_eq!(rule, TimerRule::AskWhetherItWorks);
    life.wait_until(at);
    life.does(SAM, &says(Works::Partly)).does(MARA, &outcome(Effect::Partly));
    let (_, at) = next(&life).unwrap();
    life.wait_until(at);
    life.does(SAM, &says(Works::No)).does(MARA, &outcome(Effect::CannotTell));
    assert_eq!((life.state.responsible, life.state.answers()), (CLEO, counted(0, 0, 1)));
    assert_eq!(next(&life).map(|(rule, _)| rule), Some(TimerRule::Halfway), "nobody is asked a fourth time");
    assert_eq!(life.try_to(&member(SAM), &says(Works::No)), Err(Rejection::AnsweredAlready));
    life.does(CLEO, &outcome(Effect::Partly));
    assert_eq!(life.state.stage.name(), StageName::Verified);
}

#[test]
fn expect_an_implementer_to_record_only_after_somebody_else_has_answered() {
    let mut life = Life::new();
    life.does(MARA, &Command::Acknowledge);
    let Command::Accept { how, rationale, due, changes, norm, trial, .. } = accept() else {
        unreachable!("that is what it is")
    };
    life.does(MARA, &Command::Accept { how, rationale, implementer: Some(MARA), due, changes, norm, trial });
    life.does(MARA, &implemented());
    life.does(MARA, &says(Works::Yes));
    let alone = Err(Rejection::ImplementerAlone);
    assert_eq!(life.try_to(&member(MARA), &outcome(Effect::Worked)), alone);
    life.does(SAM, &says(Works::Yes)).does(MARA, &outcome(Effect::Worked));
}

fn mended() -> Life {
    let policy = policy();
    let event = submit(&Submission { done: true, ..idea() }, &member(SAM), &policy, monday()).unwrap();
    Life { state: apply(None, &event).unwrap(), events: vec![event], now: monday(), policy, voted: vec![] }
}

#[test]
fn expect_what_was_mended_already_to_owe_no_decision_when_it_is_asked_about() {
    let waited = |life: &Life| {
        let calendar = life.policy.calendar(life.state.team);
        authors_wait(&life.events, &calendar, life.policy.times.answer, life.now)
    };
    let owes_only_a_check = |life: &Life| {
        assert_eq!(life.state.stage.name(), StageName::Implemented);
        let open = life.state.open_requirement().unwrap();
        assert_eq!(
            (open.kind, open.by, open.due),
            (RequirementKind::OutcomeCheck, MARA, life.now + TimeDelta::days(30))
        );
        assert_eq!((life.state.paused_requirement(), life.state.decision_due), (None, None));
        assert_eq!(replay(&life.events), Some(life.state.clone()));
    };
    let mut life = mended();
    life.does(MARA, &question());
    life.now += TimeDelta::days(1);
    life.does(SAM, &Command::Answer { text: "The left one".into() });
    owes_only_a_check(&life);
    let before = waited(&life);
    life.now += TimeDelta::days(3);
    assert_eq!(waited(&life), before, "it has been seen: the author waits no longer");

    let mut life = mended();
    life.does(MARA, &question());
    let (_, at) = {
        life.wait_until(monday() + TimeDelta::days(3));
        next(&life).unwrap()
    };
    let facts = life.wait_until(at);
    assert!(matches!(facts.as_slice(), [Fact::AnswerTimedOut { .. }]), "{facts:?}");
    owes_only_a_check(&life);

    let mut life = mended();
    life.does(MARA, &finding());
    owes_only_a_check(&life);

    // A question after it did not work is about a decision.
    life.does(MARA, &outcome(Effect::DidNotWork)).does(MARA, &question());
    life.does(SAM, &Command::Answer { text: "The left one".into() });
    assert!(life.state.owes(RequirementKind::Decision));
}

#[test]
fn expect_what_was_mended_and_does_not_work_to_owe_a_decision_when_it_is_reopened() {
    let mut life = mended();
    life.does(MARA, &Command::Acknowledge);
    life.does(SAM, &says(Works::No)).does(INES, &says(Works::No)).does(NOOR, &says(Works::No));
    life.does(MARA, &outcome(Effect::Worked)).does(MARA, &Command::Acknowledge);
    assert!(life.state.owes(RequirementKind::Decision));
}

#[test]
fn expect_a_deputy_to_record_and_a_reopened_idea_never_with_somebody_who_left() {
    let mut life = Life::in_stage(StageName::Implemented);
    let due = life.state.open_requirement().unwrap().due;
    life.policy.absences = vec![Absence {
        member: MARA,
        deputy: NOOR,
        by: MARA,
        since: life.now,
        until: due + TimeDelta::days(20),
    }];
    let facts = life.wait_until(due);
    assert!(matches!(facts.last(), Some(Fact::CheckAsked { owed }) if owed.by == NOOR), "{facts:?}");
    life.does(NOOR, &outcome(Effect::Worked));

    let mut life = asked_again();
    life.does(SAM, &says(Works::No)).does(INES, &says(Works::No)).does(NOOR, &says(Works::No));
    life.policy.left.insert(MARA);
    life.policy.left.insert(SAM);
    let (_, until) = next(&life).unwrap();
    life.wait_until(until);
    assert_eq!((life.state.stage.name(), life.state.responsible), (StageName::Submitted, NOOR));
}

#[test]
fn expect_a_merged_idea_to_keep_its_answers_and_to_take_no_more() {
    let mut life = asked();
    life.does(SAM, &says(Works::Yes)).does(MARA, &merge());
    assert_eq!(life.state.answers(), counted(1, 0, 0));
    assert!(matches!(life.try_to(&member(INES), &says(Works::Yes)), Err(Rejection::WrongStage { .. })));
    // Into a verified one whose last question is open: it stays open, and the ones who came are no answers.
    let mut life = asked_again();
    life.does(SAM, &says(Works::Yes));
    let absorb = Command::Absorb {
        from: Number(9),
        supporters: vec![OTTO],
        followers: vec![],
        submitted_at: monday(),
    };
    life.try_to(&Actor::System, &absorb).unwrap();
    life.does(OTTO, &says(Works::No));
    assert_eq!(life.state.answers(), counted(1, 0, 1));
    assert_eq!(next(&life).map(|(rule, _)| rule), Some(TimerRule::CountAnswers));
}

#[test]
fn expect_a_week_of_downtime_to_give_people_their_time_all_the_same() {
    let mut life = asked();
    life.does(MARA, &outcome(Effect::Worked));
    let (_, at) = next(&life).unwrap();
    life.now = at + TimeDelta::days(21);
    life.try_to(&Actor::System, &Command::RunDue).unwrap();
    let Stage::Verified { last_question: LastQuestion::Asked { until }, .. } = life.state.stage else {
        panic!("{:?}", life.state.stage)
    };
    assert_eq!(until, life.now + TimeDelta::days(7));
    assert!(life.try_to(&Actor::System, &Command::RunDue).unwrap().is_empty());
}

/// What the version before wrote: answers by name, no last question, nothing that says whether people were asked.
#[test]
fn expect_what_was_stored_before_to_be_read_and_to_count() {
    let mut life = Life::in_stage(StageName::Implemented);
    for (who, works) in [(SAM, Works::No), (INES, Works::No)] {
        let event =
            Event { at: life.now, by: Who::Member(who), fact: Fact::FeedbackGiven { works, note: None } };
        life.state = apply(Some(life.state.clone()), &event).unwrap();
        life.events.push(event);
    }
    let mut json = serde_json::to_value(&life.state).unwrap();
    assert_eq!(json["answers"], serde_json::json!({ "1": "it does not", "6": "it does not" }));
    json.as_object_mut().unwrap().remove("counted_answers");
    json["stage"].as_object_mut().unwrap().remove("asked");
    assert_eq!(serde_json::from_value::<Suggestion>(json).unwrap(), life.state);
    assert_eq!(life.try_to(&member(SAM), &says(Works::Yes)), Err(Rejection::AnsweredAlready));
    life.does(NOOR, &says(Works::Yes));
    assert_eq!(life.state.answers(), counted(1, 0, 2));

    let verified = r#"{"stage":"verified","at":"2026-11-16T10:00:00Z"}"#;
    let verified: Stage = serde_json::from_str(verified).unwrap();
    assert!(matches!(verified, Stage::Verified { last_question: LastQuestion::Never, .. }));
    let outcome = r#"{"fact":"outcome_open","effect":"partly","note":{"written":"x"},"benefits":[],"charge":{"responsible":2,"why":{"why":"acted"},"waiting_role":null},"owed":{"kind":"outcome_check","by":2,"due":"2026-12-07T10:00:00Z"}}"#;
    let outcome: Fact = serde_json::from_str(outcome).unwrap();
    assert!(matches!(outcome, Fact::OutcomeOpen { asks_anew: false, .. }), "{outcome:?}");
    let implemented = r#"{"fact":"implemented","what_changed":{"written":"x"},"implementer":2,"owed":{"kind":"outcome_check","by":2,"due":"2026-12-07T10:00:00Z"}}"#;
    let implemented: Fact = serde_json::from_str(implemented).unwrap();
    assert!(matches!(implemented, Fact::Implemented { checks_anew: false, .. }), "{implemented:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever is pressed, by whom and how often: the first answer of each counts, and what is decided is decided by them.
    #[test]
    fn expect_the_first_answer_of_each_to_count(
        presses in proptest::collection::vec((0..PEOPLE.len(), 0..3_usize), 0..20),
        last in any::<bool>(),
    ) {
        let mut life = if last { asked_again() } else { asked() };
        let mut first = std::collections::BTreeMap::new();
        for (person, works) in presses {
            let (who, works) = (PEOPLE[person].0, Works::ALL[works]);
            let result = life.try_to(&member(who), &says(works));
            if who == OTTO {
                prop_assert!(result.is_err(), "he works elsewhere");
            } else {
                prop_assert_eq!(result.is_ok(), !first.contains_key(&who));
                first.entry(who).or_insert(works);
            }
        }
        let expected = first.values().fold(Answers::default(), |all, works| all.and(*works));
        prop_assert_eq!(life.state.answers(), expected);
        prop_assert_eq!(replay(&life.events), Some(life.state.clone()));
        let no = first.values().filter(|w| **w == Works::No).count();
        let reopens = first.len() >= 3 && 2 * no > first.len();
        if last {
            let (_, until) = next(&life).unwrap();
            life.wait_until(until);
        } else {
            life.does(MARA, &outcome(Effect::Worked));
        }
        let expected = if reopens { StageName::Submitted } else { StageName::Verified };
        prop_assert_eq!(life.state.stage.name(), expected);
    }
}
