//! People who leave, are away or are back; several who share; an author who manages.

use super::*;
use crate::absence;
use crate::policy::Load;
use crate::suggestion::moving::moves;
use crate::suggestion::protocol::{Because, DirectReason, Word};
use crate::suggestion::routing::{Why, route};

const LEO: MemberId = MemberId(7);

fn acting(id: MemberId) -> ActingMember {
    ActingMember { id, roles: vec![], admin: false }
}

fn in_a_week() -> Instant {
    monday() + TimeDelta::days(7)
}

/// The life goes on with other settings, and what is with the wrong person moves.
fn settle(life: &mut Life, policy: Policy) -> Vec<Fact> {
    life.policy = policy;
    let events = life.try_to(&Actor::System, &Command::Settle).unwrap();
    assert!(moves(&life.state, &life.policy, life.now).is_empty(), "a second look finds nothing");
    events.into_iter().map(|e| e.fact).collect()
}

fn away(life: &Life, member: MemberId, deputy: MemberId) -> Policy {
    absence::begin(&life.policy, &acting(member), (member, deputy), in_a_week(), life.now).unwrap()
}

fn back(life: &Life, member: MemberId) -> Policy {
    absence::end(&life.policy, &acting(member), member).unwrap()
}

fn without(life: &Life, member: MemberId) -> Policy {
    let mut policy = life.policy.clone();
    policy.left.insert(member);
    policy
}

fn owed(life: &Life) -> (MemberId, Instant) {
    let open = life.state.open_requirement().unwrap();
    (open.by, open.due)
}

#[test]
fn expect_what_is_due_with_the_deputy_and_back() {
    let mut life = Life::new();
    let due = owed(&life).1;
    let policy = away(&life, MARA, OTTO);
    let facts = settle(&mut life, policy);
    assert!(matches!(&facts[..], [Fact::Rerouted { from: MARA, because: Because::Away, work: false, .. }]));
    assert_eq!((life.state.responsible, life.state.why), (OTTO, Why::Deputy { of: MARA }));
    assert_eq!(owed(&life), (OTTO, due), "the due time stays");
    let policy = back(&life, MARA);
    settle(&mut life, policy);
    assert_eq!((life.state.responsible, life.state.why), (MARA, Why::Back { from: OTTO }));
    assert_eq!(owed(&life), (MARA, due));
}

#[test]
fn expect_each_side_told_once() {
    let mut life = Life::new();
    let before = life.state.clone();
    life.policy = away(&life, MARA, OTTO);
    let events = life.try_to(&Actor::System, &Command::Settle).unwrap();
    let told: Vec<(MemberId, Word)> = react(Some(&before), &life.state, &events, &life.policy)
        .notices
        .into_iter()
        .filter_map(|n| match n {
            Notice::Reminder { to, about, .. } => Some((to, about)),
            Notice::Card | Notice::Post { mention: None, .. } => None,
            Notice::Direct { to: SAM, .. } => None,
            other => panic!("{other:?}"),
        })
        .collect();
    let because = Because::Away;
    assert_eq!(
        told,
        [(OTTO, Word::Came { from: MARA, because }), (MARA, Word::Went { from: MARA, to: OTTO, because })]
    );
}

/// Who is told by direct message when this happens, and what: of the step, and in what is bundled.
#[derive(Debug, Default)]
struct Told {
    of_the_step: Vec<(MemberId, DirectReason)>,
    bundled: Vec<(MemberId, Word)>,
}

fn told_of(life: &mut Life, by: &Actor, command: &Command) -> Told {
    let before = life.state.clone();
    let events = life.try_to(by, command).unwrap();
    let mut told = Told::default();
    for notice in react(Some(&before), &life.state, &events, &life.policy).notices {
        match notice {
            Notice::Direct { to, reason, .. } => told.of_the_step.push((to, reason)),
            Notice::Reminder { to, about, .. } => told.bundled.push((to, about)),
            Notice::Card | Notice::Post { .. } | Notice::Rename | Notice::RewriteAll => {}
        }
    }
    told
}

#[test]
fn expect_whoever_takes_it_over_and_whoever_had_it_told() {
    let mut life = Life::new();
    life.now = life.state.open_requirement().unwrap().due;
    life.try_to(&Actor::System, &Command::RunDue).unwrap();
    life.now = crate::suggestion::next_timer(&life.state, &life.policy).unwrap().at;
    let Told { of_the_step: direct, bundled } = told_of(&mut life, &Actor::System, &Command::RunDue);
    let because = Because::Unanswered;
    assert_eq!(life.state.responsible, NOOR);
    assert_eq!(direct, [(SAM, DirectReason::Author)]);
    let went = Word::Went { from: MARA, to: NOOR, because };
    assert_eq!(bundled, [(NOOR, Word::Came { from: MARA, because }), (MARA, went)]);
}

#[test]
fn expect_whoever_declined_told_of_the_second_look_and_how_it_ends() {
    let appeal = Command::Appeal { reason: "There is room on the left side".into() };
    let (author, before) = ((SAM, DirectReason::Author), (MARA, DirectReason::DecidedBefore));
    let appealed = || {
        let mut life = Life::in_stage(StageName::Declined);
        let direct = told_of(&mut life, &member(SAM), &appeal).of_the_step;
        assert_eq!(direct, [before]);
        life
    };
    let mut life = appealed();
    let direct = told_of(&mut life, &member(NOOR), &Command::Acknowledge).of_the_step;
    assert_eq!(direct, [author], "of the beginning and the end only");
    let direct = told_of(&mut life, &member(NOOR), &accept()).of_the_step;
    assert_eq!(direct, [author, before]);
    let mut life = appealed();
    life.does(NOOR, &finding());
    let direct = told_of(&mut life, &member(NOOR), &decline()).of_the_step;
    assert_eq!(direct, [author, before]);
    // Whatever comes later is no part of it.
    life.does(CLEO, &Command::Reopen { reason: "New hoists came".into(), came_back_from: None });
    let direct = told_of(&mut life, &member(SAM), &Command::Withdraw { reason: None }).of_the_step;
    assert_eq!(direct, []);
    let mut life = appealed();
    let direct = told_of(&mut life, &member(SAM), &Command::Withdraw { reason: None }).of_the_step;
    assert_eq!(direct, [before]);
    // Who left hears nothing.
    let mut life = Life::in_stage(StageName::Declined);
    life.policy = without(&life, MARA);
    let direct = told_of(&mut life, &member(SAM), &appeal).of_the_step;
    assert_eq!(direct, []);
}

/// Found by the model check, eight steps deep: the deputy of whoever declined got it, and then it came back to them.
#[test]
fn expect_what_is_reopened_after_an_appeal_with_nobody_who_stands_in_for_whoever_declined() {
    let mut life = Life::in_stage(StageName::Declined);
    life.does(SAM, &Command::Appeal { reason: "There is room on the left side".into() })
        .does(SAM, &Command::Withdraw { reason: None });
    life.policy = away(&life, MARA, INES);
    life.does(CLEO, &Command::Reopen { reason: "New hoists came".into(), came_back_from: None });
    assert_eq!((life.state.responsible, life.state.why), (NOOR, Why::Appeal));
    let policy = back(&life, MARA);
    assert_eq!(settle(&mut life, policy), []);
    // Nor with them where they stand in for whoever decides.
    life.does(SAM, &Command::Withdraw { reason: None });
    life.policy = away(&life, NOOR, MARA);
    life.does(CLEO, &Command::Reopen { reason: "New hoists came".into(), came_back_from: None });
    assert_ne!(life.state.responsible, MARA);
}

/// The same: everybody above has left, so a manager of another team decides rather than the coordinator who declined.
#[test]
fn expect_what_is_reopened_after_an_appeal_with_somebody_else_while_there_is_anybody() {
    let mut life = Life::in_stage(StageName::Investigating);
    life.does(CLEO, &decline())
        .does(SAM, &Command::Appeal { reason: "There is room on the left side".into() })
        .does(SAM, &Command::Withdraw { reason: None });
    life.policy.left.extend([MARA, NOOR]);
    life.does(CLEO, &Command::Reopen { reason: "New hoists came".into(), came_back_from: None });
    assert_eq!((life.state.responsible, life.state.why), (OTTO, Why::Appeal));
}

#[test]
fn expect_new_ideas_with_the_deputy() {
    let mut life = Life::new();
    life.policy = away(&life, MARA, OTTO);
    let event = submit(&idea(), &member(SAM), &life.policy, monday()).unwrap();
    assert_eq!(event.fact.charge().unwrap().why, Why::Deputy { of: MARA });
    // The author stands in for nobody on their own idea: the next level.
    life.policy = away(&life, MARA, SAM);
    let event = submit(&idea(), &member(SAM), &life.policy, monday()).unwrap();
    assert_eq!(event.fact.charge().unwrap().responsible, NOOR);
    let policy = life.policy.clone();
    let mut life = Life::new();
    settle(&mut life, policy);
    assert_eq!((life.state.responsible, life.state.why), (NOOR, Why::Deputy { of: MARA }));
}

#[test]
fn expect_deputies_of_deputies_and_everything_back_in_any_order() {
    for first in [MARA, OTTO] {
        let mut life = Life::new();
        let policy = away(&life, MARA, OTTO);
        settle(&mut life, policy);
        let policy = away(&life, OTTO, CLEO);
        settle(&mut life, policy);
        assert_eq!((life.state.responsible, life.state.why), (CLEO, Why::Deputy { of: MARA }));
        let policy = back(&life, first);
        settle(&mut life, policy);
        assert_eq!(life.state.responsible, first);
        let second = if first == MARA { OTTO } else { MARA };
        let policy = back(&life, second);
        settle(&mut life, policy);
        assert_eq!(life.state.responsible, MARA);
    }
}

#[test]
fn expect_whoever_acts_while_away_to_keep_it() {
    let mut life = Life::new();
    let policy = away(&life, MARA, OTTO);
    settle(&mut life, policy);
    life.now += TimeDelta::hours(1);
    life.does(MARA, &Command::Acknowledge);
    assert_eq!((life.state.responsible, life.state.why), (MARA, Why::ActedWhileAway { since: monday() }));
    let policy = life.policy.clone();
    assert!(settle(&mut life, policy).is_empty());
    // Assigned to somebody who is away it goes on to the deputy at once, and says so.
    let mut life = Life::new();
    life.does(CLEO, &Command::Assign { to: NOOR, reason: "rota".into() });
    life.policy = away(&life, MARA, OTTO);
    life.does(NOOR, &Command::Assign { to: MARA, reason: "back to you".into() });
    assert_eq!((life.state.responsible, life.state.why), (OTTO, Why::Deputy { of: MARA }));
}

#[test]
fn expect_an_implementers_work_with_their_deputy_and_back() {
    let mut life = Life::in_stage(StageName::Accepted);
    let due = owed(&life).1;
    let policy = away(&life, INES, OTTO);
    let facts = settle(&mut life, policy);
    assert!(matches!(&facts[..], [Fact::Rerouted { from: INES, work: true, .. }]));
    assert_eq!((owed(&life), life.state.responsible), ((OTTO, due), MARA));
    // Ines may still record it herself; the deputy may, too.
    assert!(
        super::super::may(
            &life.state,
            ActionName::RecordImplementation,
            &member(INES),
            &life.policy,
            life.now
        )
        .is_ok()
    );
    let policy = back(&life, INES);
    settle(&mut life, policy);
    assert_eq!(owed(&life), (INES, due));
    let policy = without(&life, INES);
    settle(&mut life, policy);
    assert_eq!(owed(&life), (MARA, due), "whoever answers for it carries it out, or finds somebody");
}

#[test]
fn expect_a_leaver_replaced_at_once_and_never_asked_again() {
    let mut life = Life::new();
    let due = owed(&life).1;
    let before = life.state.clone();
    life.policy = without(&life, MARA);
    let events = life.try_to(&Actor::System, &Command::Settle).unwrap();
    assert_eq!(life.state.responsible, NOOR);
    assert_eq!(owed(&life), (NOOR, due));
    let told = react(Some(&before), &life.state, &events, &life.policy).notices;
    let told: Vec<MemberId> = told
        .iter()
        .filter_map(|n| if let Notice::Reminder { to, .. } = n { Some(*to) } else { None })
        .collect();
    assert_eq!(told, [NOOR, CLEO], "whoever has it, and the coordinator");
    // What went up because of silence does not come down again.
    let mut life = Life::new();
    life.wait_until(monday() + TimeDelta::days(5));
    assert_eq!((life.state.responsible, life.state.why), (NOOR, Why::Escalated));
    let policy = without(&life, NOOR);
    settle(&mut life, policy);
    assert_eq!(life.state.responsible, CLEO);
}

#[test]
fn expect_the_team_removed_and_managers_replaced_to_move_what_is_open() {
    let mut life = Life::new();
    let policy = crate::settings::remove_team(&life.policy, TeamId(1)).unwrap();
    let facts = settle(&mut life, policy);
    assert!(matches!(&facts[..], [Fact::Rerouted { because: Because::TeamRemoved, .. }]));
    assert_eq!(life.state.responsible, NOOR);
    let mut life = Life::new();
    let mut policy = life.policy.clone();
    policy.teams[0].managers = named(OTTO);
    let facts = settle(&mut life, policy);
    assert!(matches!(&facts[..], [Fact::Rerouted { because: Because::NotInCharge, .. }]));
    assert_eq!(life.state.responsible, OTTO);
}

#[test]
fn expect_the_least_loaded_of_several_then_turns_and_never_the_author() {
    let mut policy = policy();
    policy.teams[0].managers = Staffing { members: vec![MARA, LEO], roles: vec![] };
    let load = |open, last| Load { open, last };
    let to = |policy: &Policy, author| {
        let charge = route(policy, TeamId(1), None, author);
        let Why::TeamManager { choice, .. } = charge.why else { panic!("{charge:?}") };
        (charge.responsible, choice.among, choice.fewest, choice.not_author)
    };
    policy.loads = [(MARA, load(3, 9)), (LEO, load(1, 8))].into();
    assert_eq!(to(&policy, SAM), (LEO, 2, true, false));
    policy.loads = [(MARA, load(2, 7)), (LEO, load(2, 8))].into();
    assert_eq!(to(&policy, SAM), (MARA, 2, false, false), "in turn");
    policy.loads = [(MARA, load(2, 9)), (LEO, load(2, 8))].into();
    assert_eq!(to(&policy, SAM), (LEO, 2, false, false), "in turn");
    assert_eq!(to(&policy, LEO), (MARA, 0, false, true), "the other manager, not the author");
    policy = absence::begin(&policy, &acting(LEO), (LEO, OTTO), in_a_week(), monday()).unwrap();
    assert_eq!(to(&policy, SAM).0, MARA, "who is here before who is away");
}

#[test]
fn expect_the_work_of_one_who_left_to_pass_over_a_responsible_person_who_is_away() {
    let mut life = Life::in_stage(StageName::Accepted);
    for gone in [NOOR, MARA] {
        let policy = without(&life, gone);
        settle(&mut life, policy);
    }
    // Nobody but the author stands in for cleo: the answering waits for her, the carrying out does not.
    let policy = away(&life, CLEO, SAM);
    settle(&mut life, policy);
    let due = owed(&life).1;
    let policy = without(&life, INES);
    let facts = settle(&mut life, policy);
    assert!(matches!(&facts[..], [Fact::Rerouted { from: INES, because: Because::Left, work: true, .. }]));
    assert_eq!((life.state.responsible, owed(&life)), (CLEO, (SAM, due)));
    let policy = back(&life, CLEO);
    settle(&mut life, policy);
    assert_eq!(owed(&life), (CLEO, due));
}

#[test]
fn expect_no_circles_no_absent_deputies_and_no_strange_dates() {
    let policy = policy();
    let begin = |policy: &Policy, by, who, deputy, until| {
        absence::begin(policy, &acting(by), (who, deputy), until, monday())
    };
    let until = in_a_week();
    assert_eq!(begin(&policy, MARA, MARA, MARA, until), Err(Rejection::OwnDeputy));
    assert!(matches!(begin(&policy, MARA, MARA, OTTO, monday()), Err(Rejection::DateInPast(_))));
    let far = monday() + TimeDelta::days(367);
    assert!(matches!(begin(&policy, MARA, MARA, OTTO, far), Err(Rejection::DateTooFar { .. })));
    assert_eq!(begin(&policy, OTTO, MARA, OTTO, until), Err(Rejection::NotTheirAbsence(MARA)));
    assert!(begin(&policy, NOOR, MARA, OTTO, until).is_ok(), "the next level");
    assert!(begin(&policy, CLEO, NOOR, OTTO, until).is_ok(), "the coordinator");
    let away = begin(&policy, MARA, MARA, OTTO, until).unwrap();
    assert_eq!(begin(&away, OTTO, OTTO, MARA, until), Err(Rejection::DeputyCircle { deputy: MARA }));
    assert_eq!(begin(&away, SAM, SAM, MARA, until), Err(Rejection::DeputyAway { deputy: MARA, until }));
    let longer = begin(&away, OTTO, OTTO, NOOR, until).unwrap();
    assert_eq!(begin(&longer, NOOR, NOOR, MARA, until), Err(Rejection::DeputyCircle { deputy: MARA }));
    assert_eq!(absence::end(&policy, &acting(MARA), MARA), Err(Rejection::NotAway(MARA)));
    // Circles that are stored all the same end somewhere.
    let mut circle = longer;
    circle.absences.push(crate::Absence { member: NOOR, deputy: MARA, since: monday(), until, by: NOOR });
    assert_eq!(circle.stand_in(MARA), None);
    let event = submit(&idea(), &member(SAM), &circle, monday()).unwrap();
    assert_eq!(event.fact.charge().unwrap().responsible, CLEO);
}

#[test]
fn expect_whoever_declined_to_carry_it_out_after_the_appeal_but_not_to_decide() {
    let mut life = Life::in_stage(StageName::Declined);
    life.does(SAM, &Command::Appeal { reason: "There is room".into() });
    assert_eq!(life.try_to(&member(MARA), &Command::Acknowledge), Err(Rejection::DeclinedItThemself));
    let mara = Command::Accept {
        how: AcceptAs::AsSuggested,
        rationale: "There is room".into(),
        implementer: Some(MARA),
        due: None,
        changes: Loop::Practice,
        norm: None,
        trial: TrialPlan::default(),
    };
    life.does(NOOR, &Command::Acknowledge).does(NOOR, &mara).does(MARA, &implemented());
    life.does(SAM, &Command::GiveFeedback { works: Works::No, note: None });
    life.does(MARA, &outcome(Effect::DidNotWork));
    assert_eq!(life.state.responsible, NOOR, "the decision stays with whoever decided on the appeal");
    assert_eq!(life.try_to(&member(MARA), &decline()), Err(Rejection::DeclinedItThemself));
}

#[test]
fn expect_what_was_stored_before_people_could_be_away() {
    let charge: super::super::protocol::Charge = serde_json::from_str(
        r#"{"responsible":2,"why":{"why":"team_manager","team":1},"waiting_role":null}"#,
    )
    .unwrap();
    assert_eq!(charge.why, Why::TeamManager { team: TeamId(1), choice: crate::Choice::default() });
    let why: Why = serde_json::from_str(r#"{"why":"route"}"#).unwrap();
    assert_eq!(why, Why::Route { choice: crate::Choice::default() });
    let mut state = serde_json::to_value(&Life::new().state).unwrap();
    state.as_object_mut().unwrap().remove("carries_out_for").unwrap();
    let read: Suggestion = serde_json::from_value(state).unwrap();
    assert_eq!(Life::new().state, read);
    let mut settings = serde_json::to_value(policy()).unwrap();
    for new in ["absences", "left"] {
        settings.as_object_mut().unwrap().remove(new).unwrap();
    }
    assert_eq!(serde_json::from_value::<Policy>(settings).unwrap(), policy());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever people do, whoever leaves, is away or is back: an open item is with somebody who is there.
    #[test]
    fn expect_somebody_there_whatever_becomes_of_people(
        tries in proptest::collection::vec((any_try(), 0..4_usize, 0..PEOPLE.len(), 0..PEOPLE.len()), 1..30)
    ) {
        let mut life = Life::new();
        let submitted = life.state.submitted_at;
        for ((person, action, hours), what, who, other) in tries {
            let until = life.now + TimeDelta::hours(hours);
            life.wait_until(until);
            let (who, other) = (PEOPLE[who].0, PEOPLE[other].0);
            let policy = match what {
                0 if who != life.policy.owner => {
                    let mut policy = without(&life, who);
                    policy.absences.retain(|a| a.member != who);
                    Some(policy)
                }
                1 => absence::begin(&life.policy, &acting(who), (who, other), life.now + TimeDelta::days(3), life.now).ok(),
                2 => {
                    let mut policy = life.policy.clone();
                    policy.left.remove(&who);
                    policy.absences.retain(|a| a.member != who);
                    Some(policy)
                }
                _ => None,
            };
            if let Some(policy) = policy {
                let due = life.state.open_requirement().map(|r| r.due);
                if life.state.is_open() {
                    settle(&mut life, policy);
                } else {
                    life.policy = policy;
                }
                prop_assert_eq!(due, life.state.open_requirement().map(|r| r.due), "no due time moves");
            }
            let actor = PEOPLE[person].0;
            if !life.policy.left.contains(&actor) {
                let command = example(ActionName::ALL[action % ActionName::ALL.len()], life.now);
                let _ = life.try_to(&member(actor), &command);
            }
            let s = &life.state;
            prop_assert_eq!(replay(&life.events), Some(s.clone()));
            prop_assert!(s.submitted_at <= submitted);
            if let Some(open) = s.open_requirement() {
                prop_assert!(!life.policy.left.contains(&s.responsible), "{:?} {:?}", s.responsible, s.why);
                let theirs = open.kind == RequirementKind::Answer;
                prop_assert!(theirs || !life.policy.left.contains(&open.by), "{:?}", open);
                prop_assert!(next_timer(s, &life.policy).is_some());
            }
        }
    }
}

#[test]
fn expect_nothing_to_bounce_back_from_somebody_whose_deputy_did_not_answer() {
    let mut life = Life::new();
    let policy = away(&life, NOOR, MARA);
    settle(&mut life, policy);
    life.wait_until(owed(&life).1);
    let next = crate::suggestion::routing::next_level(&life.policy, &life.state, MARA);
    assert_eq!(next, Some(CLEO), "noor is away, and mara stands in for her");
}

#[test]
fn expect_no_reminder_again_for_what_is_handed_on_in_the_minute_of_its_due_time() {
    let mut life = Life::new();
    life.wait_until(owed(&life).1);
    life.now = owed(&life).1;
    assert_eq!(life.state.open_requirement().unwrap().ladder.step, crate::ledger::LadderStep::Late);
    life.does(MARA, &Command::Assign { to: OTTO, reason: "He has the time".into() });
    assert_eq!(life.try_to(&Actor::System, &Command::RunDue), Ok(vec![]), "the next level was told already");
}

#[test]
fn expect_whoever_decides_on_an_appeal_after_somebody_left_to_be_there() {
    let mut life = Life::new();
    let decline = Command::Decline {
        class: crate::suggestion::DeclineClass::NotFeasible,
        rationale: "There is no room beside the hoists".into(),
    };
    life.does(MARA, &finding()).does(CLEO, &decline);
    life.does(SAM, &Command::Appeal { reason: "There is, I measured".into() });
    assert_eq!(life.state.responsible, NOOR);
    let policy = away(&life, MARA, INES);
    settle(&mut life, policy);
    let policy = without(&life, NOOR);
    settle(&mut life, policy);
    assert_eq!((life.state.responsible, life.state.why), (INES, Why::Deputy { of: MARA }));
    let mut policy = without(&life, MARA);
    policy.absences.clear();
    settle(&mut life, policy);
    assert_eq!(life.state.responsible, OTTO, "a manager of another team rather than the one who declined");
}
