//! The life of a debrief as a person can follow it, and what is refused.

use chrono::TimeDelta;
use serde_json::json;

use super::protocol::{Command, Event, Fact, Mark, Refusal, Starting, limits};
use super::stage::{Column, Debrief, Stage, Template};
use super::{
    Piece, WorkKind, apply, decide, kind, may_read, next_timer, planned_timer, react, replay, start,
};
use crate::ids::{MemberId, Number};
use crate::ledger::RequirementState;
use crate::rejection::{Field, Rejection};
use crate::suggestion::protocol::{Because, Word};
use crate::suggestion::tests::{CLEO, INES, MARA, NOOR, OTTO, SAM, member, monday, policy};
use crate::suggestion::{Origin, from_debrief};
use crate::{ActingMember, Actor, Instant, Policy, TeamId, Text, Who};

struct Life {
    policy: Policy,
    now: Instant,
    events: Vec<Event>,
    state: Debrief,
}

impl Life {
    fn new(nameless: bool) -> Life {
        Life::of(Template::Review, nameless)
    }

    fn of(template: Template, nameless: bool) -> Life {
        let policy = policy();
        let typed = Starting {
            work: "  Home visit \n in Hill Street ".into(),
            kind: Some(WorkKind::read("Home visits").unwrap()),
            template,
            nameless,
            team: TeamId(1),
        };
        let event = start(&typed, &member(SAM), &policy, monday()).unwrap();
        let state = apply(None, &event).unwrap();
        Life { policy, now: monday(), events: vec![event], state }
    }

    fn try_to(&self, actor: &Actor, command: &Command) -> Result<Vec<Event>, Rejection> {
        decide(&self.state, command, actor, &self.policy, self.now)
    }

    fn take(&mut self, events: Vec<Event>) -> &mut Life {
        for event in events {
            self.state = apply(Some(self.state.clone()), &event).expect("it follows");
            self.events.push(event);
        }
        assert_eq!(replay(&self.events).as_ref(), Some(&self.state));
        self
    }

    fn does(&mut self, who: MemberId, command: &Command) -> &mut Life {
        let events = self.try_to(&member(who), command).unwrap();
        self.take(events)
    }

    fn refusal(&self, who: MemberId, command: &Command) -> Refusal {
        match self.try_to(&member(who), command) {
            Err(Rejection::Debrief(refusal)) => refusal,
            other => panic!("{other:?}"),
        }
    }

    /// Everything that is due until then, at its time, as the program does it.
    fn wait_until(&mut self, until: Instant) -> Vec<&'static str> {
        let mut happened = Vec::new();
        for _ in 0..200 {
            let Some(at) = planned_timer(&self.state, &self.policy, self.now).filter(|at| *at <= until)
            else {
                self.now = until;
                return happened;
            };
            self.now = at.max(self.now);
            let events = self.try_to(&Actor::System, &Command::RunDue).unwrap();
            happened.extend(events.iter().map(|e| e.fact.as_str()));
            self.take(events);
        }
        panic!("it never ends: {happened:?}");
    }
}

fn add(column: Column, text: &str) -> Command {
    Command::AddItem { column, text: text.into(), source: None }
}

fn close() -> Command {
    Command::Close { summary: None }
}

fn action(owner: MemberId, due: Instant) -> Command {
    Command::AddAction { text: "Print the form".into(), owner, due }
}

#[test]
fn expect_a_named_debrief_from_start_to_ideas() {
    let mut life = Life::new(false);
    assert_eq!(life.state.work, Text::Written("Home visit in Hill Street".into()));
    life.does(INES, &add(Column::Well, "The handover")).does(INES, &add(Column::Escalate, "A second key"));
    assert_eq!(life.state.participants, [SAM, INES]);
    life.does(OTTO, &Command::Join);
    assert_eq!(life.try_to(&member(OTTO), &Command::Join), Ok(vec![]), "once is enough");
    let events = life.try_to(&member(OTTO), &close()).unwrap();
    let Fact::Closed { escalated, .. } = &events[0].fact else { panic!("{events:?}") };
    assert_eq!((escalated.len(), escalated[0].item, escalated[0].suggestion), (1, 2, Number::NEXT));
    let numbered = Event { fact: events[0].fact.clone().numbered(&[Number(7)]), ..events[0].clone() };
    life.take(vec![numbered]);
    assert_eq!(life.state.items[1].suggestion, Some(Number(7)));
    assert_eq!(next_timer(&life.state, &life.policy), None);
    assert!(matches!(life.refusal(INES, &close()), Refusal::Closed { by: Who::Member(OTTO), .. }));
    assert!(matches!(life.refusal(INES, &add(Column::Well, "Late")), Refusal::Closed { .. }));
}

#[test]
fn expect_nobody_named_by_what_is_added_to_a_nameless_debrief() {
    let mut life = Life::new(true);
    let source = crate::suggestion::stage::SourceMessage {
        channel: crate::ChannelId(1),
        message: crate::MessageId(2),
        own: true,
    };
    let item =
        Command::AddItem { column: Column::Escalate, text: "Too few of us".into(), source: Some(source) };
    life.does(INES, &item).does(INES, &Command::AddLesson { text: "Ask early".into() });
    life.does(INES, &add(Column::Well, "Tea"));
    life.does(SAM, &Command::KeepLesson { item: 3 });
    assert_eq!(life.state.participants, [SAM], "to add something makes nobody a participant");
    let written = serde_json::to_value((&life.events[1..], &life.state)).unwrap();
    let ines = json!(INES.0);
    fn names(value: &serde_json::Value, id: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::Array(all) => all.iter().any(|v| names(v, id)),
            serde_json::Value::Object(fields) => fields
                .iter()
                .any(|(k, v)| (k == "member" || k == "author" || k == "by") && v == id || names(v, id)),
            _ => false,
        }
    }
    assert!(!names(&written, &ines), "{written:#}");
    assert!(life.state.items.iter().all(|i| i.source.is_none()), "a message would lead to its writer");
    // What comes of it has the coordinator as contact, and shows no origin.
    let event =
        from_debrief(&life.state.items[0], (super::DebriefNumber(1), TeamId(1)), &life.policy, life.now);
    let idea = crate::suggestion::apply(None, &event).unwrap();
    assert_eq!((event.by, idea.author, idea.origin), (Who::Nameless, CLEO, Some(Origin::Nameless)));
    assert_eq!(idea.responsible, MARA);
    assert!(!serde_json::to_string(&event).unwrap().contains("debrief"));
}

#[test]
fn expect_an_escalation_to_find_somebody_even_where_the_team_is_gone() {
    let mut life = Life::new(false);
    life.does(INES, &add(Column::Escalate, "A second key"));
    let item = life.state.items[0].clone();
    let with = |policy: &Policy| {
        let event = from_debrief(&item, (super::DebriefNumber(1), TeamId(1)), policy, monday());
        crate::suggestion::apply(None, &event).unwrap()
    };
    assert_eq!((with(&life.policy).author, with(&life.policy).responsible), (INES, MARA));
    assert_eq!(with(&life.policy).origin, Some(Origin::Debrief(super::DebriefNumber(1))));
    let mut gone = life.policy.clone();
    gone.teams.iter_mut().find(|t| t.id == TeamId(1)).unwrap().removed = true;
    let idea = with(&gone);
    assert_eq!(idea.responsible, NOOR, "the level above");
    assert!(gone.team(idea.team).is_some_and(|t| !t.removed));
    for team in &mut gone.teams {
        team.managers = crate::Staffing::default();
    }
    assert_eq!(with(&gone).responsible, CLEO, "at last the coordinator");
}

#[test]
fn expect_actions_to_climb_the_ladder_that_ideas_climb() {
    let mut life = Life::new(false);
    let due = monday() + TimeDelta::days(4);
    life.does(SAM, &action(INES, due)).does(SAM, &close());
    let happened = life.wait_until(due + TimeDelta::days(30));
    assert_eq!(
        happened[..6],
        ["reminded", "reminded", "next_level_told", "transferred", "reminded", "next_level_told"]
    );
    let told: Vec<MemberId> = life
        .events
        .iter()
        .filter_map(|e| match e.fact {
            Fact::NextLevelTold { told, .. } | Fact::Transferred { to: told, .. } => Some(told),
            _ => None,
        })
        .collect();
    assert_eq!(told[..4], [MARA, MARA, NOOR, NOOR]);
    let open = life.state.open_actions().next().unwrap().clone();
    assert_eq!((open.by, open.due), (CLEO, due), "the date stays; at the top it is repeated");
    // Whoever has it, the facilitator, managers and coordinators say that it is done; once.
    assert_eq!(life.refusal(INES, &Command::Done { action: 1 }), Refusal::NotYourAction { owner: CLEO });
    life.does(MARA, &Command::Done { action: 1 });
    assert!(matches!(life.state.ledger[0].state, RequirementState::Fulfilled { .. }));
    assert_eq!(life.refusal(MARA, &Command::Done { action: 1 }), Refusal::ActionDone);
    assert_eq!(next_timer(&life.state, &life.policy), None);
}

#[test]
fn expect_an_action_of_somebody_who_left_to_move_and_of_somebody_away_to_go_to_the_deputy() {
    let mut life = Life::new(false);
    let due = monday() + TimeDelta::days(4);
    life.does(SAM, &action(INES, due));
    let left = Policy { left: [INES].into(), ..life.policy.clone() };
    life.policy = left;
    life.now = due;
    let events = life.try_to(&Actor::System, &Command::RunDue).unwrap();
    assert!(
        events.iter().any(|e| e.fact == Fact::Transferred { from: INES, to: MARA, entry: 1, left: true }),
        "{events:?}"
    );
    assert_eq!(life.refusal(SAM, &action(INES, due + TimeDelta::days(1))), Refusal::OwnerLeft(INES));
}

/// Who is told of an action that went from ines to mara by itself, as events and settings are.
fn told_of_moving(left: bool, policy: &Policy) -> Vec<(MemberId, Word)> {
    let mut life = Life::new(false);
    life.does(SAM, &action(INES, monday() + TimeDelta::days(4)));
    let fact = Fact::Transferred { from: INES, to: MARA, entry: 1, left };
    let events = vec![Event { at: life.now, by: Who::System, fact }];
    life.take(events.clone());
    let told = react(&life.state, &events, policy).notices.into_iter().filter_map(|notice| match notice {
        super::Notice::Reminder { to, owed_by, entry: 1, about, .. } => {
            assert_eq!(owed_by, MARA);
            Some((to, about))
        }
        _ => None,
    });
    told.collect()
}

#[test]
fn expect_whoever_loses_an_action_and_whoever_has_it_now_to_be_told() {
    let policy = policy();
    let came = |because| (MARA, Word::Came { from: INES, because });
    let went = |to, because| (to, Word::Went { from: INES, to: MARA, because });
    let unanswered = Because::Unanswered;
    assert_eq!(told_of_moving(false, &policy), [came(unanswered), went(INES, unanswered)]);
    // Who left is not told; the coordinator is, as with ideas.
    let gone = Policy { left: [INES].into(), ..policy.clone() };
    assert_eq!(told_of_moving(true, &gone), [came(Because::Left), went(CLEO, Because::Left)]);
    assert_eq!(told_of_moving(true, &policy), [came(Because::Forgotten), went(CLEO, Because::Forgotten)]);
    assert_eq!(told_of_moving(false, &gone), [came(unanswered)], "nobody is written to who is not there");
}

#[test]
fn expect_an_action_with_nobody_else_left_to_stay_and_the_owner_to_have_it_before_that() {
    let mut life = Life::new(false);
    life.does(SAM, &action(INES, monday() + TimeDelta::days(4))).does(SAM, &close());
    let owner = life.policy.owner;
    let everybody = [SAM, INES, MARA, NOOR, CLEO, OTTO];
    life.policy.left = everybody.into_iter().filter(|m| *m != owner).collect();
    let events = life.try_to(&Actor::System, &Command::RunDue).unwrap();
    if owner != INES {
        assert!(matches!(&events[..], [Event { fact: Fact::Transferred { to, .. }, .. }] if *to == owner));
    }
    life.take(events);
    life.policy.left.insert(owner);
    assert_eq!(life.try_to(&Actor::System, &Command::RunDue), Ok(vec![]), "nothing to write down");
}

#[test]
fn expect_three_actions_with_dates_ahead_and_no_more() {
    let mut life = Life::new(false);
    let past = life.try_to(&member(SAM), &action(INES, monday()));
    assert_eq!(past, Err(Rejection::DateInPast(Field::Due)));
    let far = life.try_to(&member(SAM), &action(INES, monday() + TimeDelta::days(367)));
    assert!(matches!(far, Err(Rejection::DateTooFar { .. })));
    for day in 1..=3 {
        life.does(SAM, &action(INES, monday() + TimeDelta::days(day)));
    }
    assert_eq!(life.refusal(SAM, &action(INES, monday() + TimeDelta::days(4))), Refusal::EnoughActions);
    let open = vec![1, 2, 3];
    let unknown = Refusal::NoSuchAction { typed: "4".into(), open };
    assert_eq!(life.refusal(SAM, &Command::Done { action: 4 }), unknown);
    assert_eq!(life.refusal(OTTO, &action(INES, monday() + TimeDelta::days(4))), Refusal::NotTakingPart);
}

#[test]
fn expect_an_open_debrief_to_be_reminded_after_a_day_and_closed_after_a_week_with_what_it_has() {
    let mut life = Life::new(false);
    life.does(INES, &add(Column::Escalate, "A second key"));
    assert_eq!(life.wait_until(monday() + TimeDelta::days(6)), ["close_reminded"]);
    let happened = life.wait_until(monday() + TimeDelta::days(8));
    assert_eq!(happened, ["closed"]);
    let Stage::Closed { at, by, .. } = life.state.stage else { panic!("it is closed") };
    assert_eq!((at, by), (monday() + TimeDelta::days(7), Who::System));
    assert_eq!(life.state.items[0].suggestion, Some(Number::NEXT), "what was escalated goes on");
    // A program that was down all the while reminds of nothing that is over.
    let mut life = Life::new(false);
    life.now = monday() + TimeDelta::days(14);
    let events = life.try_to(&Actor::System, &Command::RunDue).unwrap();
    assert_eq!(events.iter().map(|e| e.fact.as_str()).collect::<Vec<_>>(), ["closed"]);
    // Nobody is woken at night.
    let mut life = Life::new(false);
    life.now = monday() + TimeDelta::hours(38);
    assert_eq!(life.try_to(&Actor::System, &Command::RunDue), Ok(vec![]));
    assert_eq!(planned_timer(&life.state, &life.policy, life.now), Some(monday() + TimeDelta::hours(47)));
}

#[test]
fn expect_two_readers_to_retire_a_lesson_and_use_to_rank_it() {
    let mut life = Life::new(false);
    life.does(INES, &Command::AddLesson { text: "Ring twice".into() }).does(INES, &close());
    let mark = |mark| Command::MarkLesson { item: 1, mark };
    let rank = |life: &Life| life.state.items[0].lesson.as_ref().unwrap().rank();
    let new = rank(&life);
    life.does(OTTO, &mark(Mark::Used));
    assert_eq!(rank(&life) - new, 30 * 86_400);
    assert_eq!(life.try_to(&member(OTTO), &mark(Mark::Used)), Ok(vec![]), "once each");
    life.does(OTTO, &mark(Mark::NoLongerTrue)).does(OTTO, &mark(Mark::NotRelevant));
    assert_eq!(rank(&life) - new, -10 * 86_400, "the latest word counts");
    life.does(OTTO, &mark(Mark::NoLongerTrue));
    assert!(!life.state.items[0].lesson.as_ref().unwrap().retired, "one is not enough, however often");
    life.does(NOOR, &mark(Mark::NoLongerTrue));
    assert!(life.state.items[0].lesson.as_ref().unwrap().retired);
    assert_eq!(life.refusal(CLEO, &mark(Mark::Used)), Refusal::NoLesson);
}

fn edit(text: &str) -> Command {
    Command::EditItem { item: 1, text: text.into() }
}

fn redact_piece(piece: Piece, words: &[&str]) -> Command {
    Command::Redact { piece, words: words.iter().map(|w| (*w).to_owned()).collect() }
}

fn redact(words: &[&str]) -> Command {
    redact_piece(Piece::Item(1), words)
}

#[test]
fn expect_an_item_said_better_by_whoever_added_it_while_it_is_under_way() {
    let mut life = Life::new(false);
    life.does(INES, &add(Column::Badly, "Nobody had a key"));
    for other in [SAM, MARA, CLEO, OTTO] {
        assert_eq!(life.refusal(other, &edit("It rained")), Refusal::NotYourItem { nameless: false });
    }
    assert_eq!(life.try_to(&member(INES), &edit(" \u{2060} ")), Err(Rejection::Empty(Field::Item)));
    let long = life.try_to(&member(INES), &edit(&"x".repeat(1001)));
    assert_eq!(long, Err(Rejection::TooLong { field: Field::Item, limit: limits::ITEM, has: 1001 }));
    assert_eq!(life.try_to(&member(INES), &edit("  Nobody had a key ")), Ok(vec![]), "it says so already");
    let missing = Command::EditItem { item: 2, text: "It rained".into() };
    assert_eq!(life.refusal(INES, &missing), Refusal::NoSuchItem(2));
    life.does(INES, &Command::KeepLesson { item: 1 }).does(INES, &edit("Only Sam had a key"));
    let item = &life.state.items[0];
    assert_eq!(item.text, Text::Written("Only Sam had a key".into()));
    assert!(item.lesson.is_some(), "it stays a lesson");
    assert_eq!(life.events.last().unwrap().fact.lesson(), Some(1), "and its row follows");
    life.does(SAM, &close());
    assert!(matches!(life.refusal(INES, &edit("It rained")), Refusal::Closed { .. }));
    // Where nobody is named, nothing shows whose an item is.
    let mut life = Life::new(true);
    life.does(INES, &add(Column::Badly, "Nobody had a key"));
    for who in [INES, SAM, CLEO] {
        assert_eq!(life.refusal(who, &edit("It rained")), Refusal::NotYourItem { nameless: true });
    }
}

#[test]
fn expect_words_taken_out_by_author_facilitator_managers_and_coordinators() {
    for (nameless, closed) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut life = Life::new(nameless);
        life.does(INES, &add(Column::Badly, "Leo had no key"));
        if closed {
            life.does(SAM, &close());
        }
        for who in [SAM, MARA, CLEO] {
            let events = life.try_to(&member(who), &redact(&["Leo"])).unwrap();
            let facts: Vec<&Fact> = events.iter().map(|e| &e.fact).collect();
            assert_eq!(facts, [&Fact::ItemRedacted { item: 1 }]);
            assert_eq!(events[0].by, Who::Member(who));
            let notices = react(&life.state, &events, &life.policy).notices;
            use super::Notice::{Panel, Post, Rewrite};
            assert_eq!(notices, [Post { event: 0, mention: None }, Panel, Rewrite { piece: Piece::Item(1) }]);
        }
        assert_eq!(life.try_to(&member(INES), &redact(&["Leo"])).is_ok(), !nameless, "{nameless}");
        assert_eq!(life.refusal(OTTO, &redact(&["Leo"])), Refusal::MayNotRedact { nameless });
        assert_eq!(life.try_to(&member(SAM), &redact(&[" "])), Err(Rejection::Empty(Field::Words)));
        let missing = redact_piece(Piece::Item(2), &["Leo"]);
        assert_eq!(life.refusal(SAM, &missing), Refusal::NoSuchItem(2));
        assert_eq!(life.refusal(OTTO, &missing), Refusal::MayNotRedact { nameless });
    }
}

#[test]
fn expect_only_what_quotes_an_item_to_lose_its_words() {
    let mut life = Life::new(false);
    life.does(INES, &add(Column::Badly, "Leo had no key")).does(SAM, &add(Column::Well, "Leo laughed"));
    life.does(INES, &edit("Little Leo had no key")).does(INES, &Command::KeepLesson { item: 1 });
    life.does(SAM, &Command::KeepLesson { item: 2 }).does(SAM, &action(INES, monday() + TimeDelta::days(2)));
    life.does(SAM, &Command::Close { summary: Some("A day with Leo".into()) });
    let quoting: Vec<&str> =
        life.events.iter().filter(|e| e.fact.quotes(Piece::Item(1))).map(|e| e.fact.as_str()).collect();
    assert_eq!(quoting, ["item_added", "item_edited", "lesson_kept", "closed"]);
    let gone = |text: &Text| text.without(&["leo".to_owned()]);
    let events: Vec<Event> = life
        .events
        .iter()
        .map(|e| Event { fact: e.fact.clone().map_piece(Piece::Item(1), &gone), ..e.clone() })
        .collect();
    let row = life.state.clone().map_piece(Piece::Item(1), &gone);
    assert_eq!(replay(&events), Some(row.clone()));
    assert_eq!(row.items[0].text, Text::Written("Little [removed] had no key".into()));
    assert_eq!(row.items[1].text, Text::Written("Leo laughed".into()), "each item for itself");
}

#[test]
fn expect_words_taken_out_of_title_summary_and_actions_by_whom_they_concern() {
    use super::Notice::{Panel, Post, Rename, Rewrite};
    for nameless in [false, true] {
        let mut life = Life::new(nameless);
        life.does(INES, &Command::Join).does(OTTO, &Command::Join);
        // Otto writes it, and Ines owes it.
        life.does(OTTO, &action(INES, monday() + TimeDelta::days(2)));
        assert_eq!(life.refusal(SAM, &redact_piece(Piece::Summary, &["Leo"])), Refusal::NoSummary);
        let missing = redact_piece(Piece::Action(2), &["Leo"]);
        let none = Refusal::NoSuchAction { typed: "2".into(), open: vec![1] };
        assert_eq!(life.refusal(SAM, &missing), none);
        assert_eq!(life.refusal(OTTO, &missing), Refusal::MayNotRedact { nameless: false });
        life.does(INES, &Command::Close { summary: Some("A day with Leo".into()) });
        for (piece, may) in [
            (Piece::Title, vec![SAM, MARA, CLEO]),
            (Piece::Summary, vec![SAM, MARA, CLEO, INES]),
            (Piece::Action(1), vec![SAM, MARA, CLEO, INES, OTTO]),
        ] {
            let command = redact_piece(piece, &["Leo"]);
            for who in [SAM, MARA, CLEO, INES, OTTO, NOOR] {
                if !may.contains(&who) {
                    assert_eq!(life.refusal(who, &command), Refusal::MayNotRedact { nameless: false });
                    continue;
                }
                let events = life.try_to(&member(who), &command).unwrap();
                let facts: Vec<&Fact> = events.iter().map(|e| &e.fact).collect();
                assert_eq!(facts, [&Fact::WordsRemoved { piece }], "{who:?}");
                let mut wanted = vec![Post { event: 0, mention: None }, Panel, Rewrite { piece }];
                if piece == Piece::Title {
                    wanted.push(Rename);
                }
                assert_eq!(react(&life.state, &events, &life.policy).notices, wanted);
            }
        }
    }
}

#[test]
fn expect_each_piece_to_lose_its_words_and_no_other() {
    let mut life = Life::new(false);
    life.does(INES, &add(Column::Badly, "The key")).does(SAM, &action(INES, monday() + TimeDelta::days(2)));
    life.does(SAM, &action(INES, monday() + TimeDelta::days(3))).does(SAM, &Command::Done { action: 1 });
    life.wait_until(monday() + TimeDelta::days(2));
    life.does(SAM, &Command::Close { summary: Some("The key".into()) });
    let quoting = |piece| -> Vec<&str> {
        life.events.iter().filter(|e| e.fact.quotes(piece)).map(|e| e.fact.as_str()).collect()
    };
    assert_eq!(quoting(Piece::Title), ["close_reminded"]);
    assert_eq!(quoting(Piece::Summary), ["closed"]);
    assert_eq!(quoting(Piece::Action(1)), ["action_added", "action_done", "closed"]);
    assert_eq!(quoting(Piece::Action(2)), ["action_added", "closed"]);
    let before: Vec<(Piece, Text)> = life.state.pieces().map(|(piece, text)| (piece, text.clone())).collect();
    assert_eq!(before.len(), 5, "{before:?}");
    for (piece, _) in &before {
        let gone = |_: &Text| Text::Erased;
        let clean = |e: &Event| Event { fact: e.fact.clone().map_piece(*piece, &gone), ..e.clone() };
        let events: Vec<Event> = life.events.iter().map(clean).collect();
        let row = life.state.clone().map_piece(*piece, &gone);
        assert_eq!(replay(&events), Some(row.clone()), "{piece}");
        for (other, text) in &before {
            let left = row.says(*other).unwrap();
            assert_eq!(left, if other == piece { &Text::Erased } else { text }, "{other} without {piece}");
        }
    }
}

#[test]
fn expect_nothing_said_of_a_lesson_whose_words_are_gone() {
    let mut life = Life::new(false);
    life.does(INES, &Command::AddLesson { text: "Ring twice".into() });
    life.does(INES, &add(Column::Well, "The tea"));
    for item in &mut life.state.items {
        item.text = Text::Erased;
    }
    let mark = Command::MarkLesson { item: 1, mark: Mark::Used };
    assert_eq!(life.refusal(OTTO, &mark), Refusal::NoLesson);
    assert_eq!(life.refusal(INES, &Command::KeepLesson { item: 2 }), Refusal::ItemErased);
    // Who may not hears so, whatever the item.
    assert_eq!(life.refusal(OTTO, &Command::KeepLesson { item: 9 }), Refusal::NotTakingPart);
    assert_eq!(life.refusal(INES, &Command::KeepLesson { item: 9 }), Refusal::NoSuchItem(9));
}

#[test]
fn expect_headings_of_the_template_and_texts_that_fit() {
    let life = Life::of(Template::AfterAction, false);
    let wrong = life.refusal(INES, &add(Column::Well, "Tea"));
    assert_eq!(wrong, Refusal::OtherHeadings { takes: Template::AfterAction.columns() });
    assert!(life.try_to(&member(INES), &add(Column::NextTime, "Tea first")).is_ok());
    let long = life.try_to(&member(INES), &add(Column::Happened, &"x".repeat(4000)));
    assert_eq!(long, Err(Rejection::TooLong { field: Field::Item, limit: limits::ITEM, has: 4000 }));
    let empty = life.try_to(&member(INES), &add(Column::Happened, " \u{200B} "));
    assert_eq!(empty, Err(Rejection::Empty(Field::Item)));
    let mut life = Life::new(false);
    for n in 0..limits::ITEMS {
        life.does(INES, &add(Column::Well, &format!("Item {n}")));
    }
    assert_eq!(life.refusal(INES, &add(Column::Well, "x")), Refusal::Full { limit: limits::ITEMS });
}

#[test]
fn expect_a_debrief_read_by_who_took_part_its_team_and_the_coordinator() {
    let mut life = Life::new(false);
    let acting = |id| ActingMember { id, roles: vec![], admin: false };
    let reads = |life: &Life, who| may_read(&life.state, &acting(who), &life.policy);
    assert_eq!([SAM, MARA, CLEO, OTTO].map(|who| reads(&life, who)), [true, true, true, false]);
    life.does(OTTO, &Command::Join);
    assert!(reads(&life, OTTO));
}

#[test]
fn expect_kinds_of_work_to_be_one_whatever_case_and_number() {
    let folded = |typed: &str| WorkKind::read(typed).unwrap().folded;
    for typed in ["Home visit", "home  VISITS", "Home-visits", " home visit "] {
        assert_eq!(folded(typed), "home visit", "{typed}");
    }
    assert_eq!(folded("Strategies"), folded("strategy"));
    assert_eq!(folded("Boxes"), folded("box"));
    assert_eq!(kind::fold("Crisis"), "crisis");
    assert_eq!(folded("Visite à domicile"), "visite à domicile");
    assert_eq!(WorkKind::read(" …! "), Err(Rejection::Empty(Field::Kind)));
    assert!(matches!(WorkKind::read(&"x".repeat(61)), Err(Rejection::TooLong { .. })));
}

#[test]
fn expect_every_fact_to_be_read_again_as_it_was_written() {
    let mut life = Life::new(false);
    life.does(INES, &add(Column::Escalate, "A key")).does(INES, &Command::KeepLesson { item: 1 });
    life.does(INES, &edit("A second key")).does(INES, &redact(&["third"]));
    life.does(SAM, &redact_piece(Piece::Title, &["third"]));
    life.does(OTTO, &Command::Join).does(OTTO, &Command::MarkLesson { item: 1, mark: Mark::Used });
    life.does(SAM, &action(INES, monday() + TimeDelta::days(2)));
    life.wait_until(monday() + TimeDelta::days(40));
    life.does(CLEO, &Command::Done { action: 1 });
    for who in [NOOR, MARA] {
        life.does(who, &Command::MarkLesson { item: 1, mark: Mark::NoLongerTrue });
    }
    let words: std::collections::BTreeSet<&str> = life.events.iter().map(|e| e.fact.as_str()).collect();
    assert_eq!(words.len(), 16, "every fact is among them: {words:?}");
    let text = serde_json::to_string(&life.events).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Event>>(&text).unwrap(), life.events);
    // Words of later versions.
    for stored in [
        r#"{"fact":"words_removed","piece":"title"}"#,
        r#"{"fact":"words_removed","piece":{"action":2}}"#,
        r#"{"fact":"item_redacted","item":3}"#,
    ] {
        let fact: Fact = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&fact).unwrap(), stored);
    }
    // The same words as in the history of the first version.
    let stored: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/fixtures/debrief-of-the-first-version.json")).unwrap();
    let events: Vec<Event> = serde_json::from_value(stored["events"].clone()).unwrap();
    let row: Debrief = serde_json::from_value(stored["state"].clone()).unwrap();
    assert_eq!(replay(&events), Some(row));
    // Erased texts leave nothing behind.
    let erased = life.state.clone().map_texts(&|_| Text::Erased);
    let left = serde_json::to_string(&erased).unwrap();
    for word in ["Hill", "key", "Print"] {
        assert!(!left.contains(word), "{word} is left");
    }
    let events =
        life.events.iter().map(|e| Event { fact: e.fact.clone().map_texts(&|_| Text::Erased), ..e.clone() });
    assert_eq!(replay(&events.collect::<Vec<_>>()), Some(erased));
}

#[test]
fn expect_whoever_owes_to_be_told_and_the_panel_to_follow() {
    let mut life = Life::new(false);
    let events = life.try_to(&member(SAM), &action(INES, monday() + TimeDelta::days(2))).unwrap();
    life.take(events.clone());
    let reaction = react(&life.state, &events, &life.policy);
    use super::Notice::{Panel, Post};
    assert_eq!(reaction.notices, [Post { event: 0, mention: Some(INES) }, Panel]);
    assert_eq!(reaction.timer, next_timer(&life.state, &life.policy));
}
