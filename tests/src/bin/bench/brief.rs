//! `/brief` for a kind of work with very many lessons: what it takes in the process, from the request to the text, on a platform
//! that is not asked. Pages are turned as a reader would, among the first hundred lessons.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use kaizen_chat::view;
use kaizen_domain::debrief::{
    self, Column, Debrief, DebriefNumber, Event, Fact, Starting, Template, WorkKind,
};
use kaizen_domain::{Actor, GuildId, Policy, Text, UserId, WorkspaceId};
use kaizen_storage::{Database, Options};
use kaizen_tests::Base;
use kaizen_tests::base::Fresh;
use kaizen_tests::hospital::{GUILD, WORKSPACE, person};
use kaizen_tests::world::{World, apply_workspace};
use kaizen_workflow::debriefs::{DebriefChange, DebriefCommit, Debriefs};
use kaizen_workflow::ports::{Ask, Loaded, Person, Queries, Store};

/// Lessons of one debrief: as many as it takes.
const EACH: u32 = 200;
/// Lessons on a page, as the command shows them.
const PAGE: u32 = 4;
/// Pages that are turned.
const PAGES: u32 = 25;
/// How often all of them are.
const ROUNDS: u32 = 40;

/// Puts in so many lessons of one kind, and reads them.
pub(crate) async fn measure(base: Base, many: u32) -> Vec<(&'static str, String)> {
    let fresh = Fresh::make(base).await;
    let db = fresh.open(Options::default()).await;
    apply_workspace(&db, WORKSPACE).await;
    let ask = Ask {
        guild: GuildId(GUILD),
        person: Person { user: UserId(person("sam")), name: "sam".to_owned(), roles: vec![], admin: false },
        request: None,
        item: None,
        other: None,
        named: vec![],
    };
    let loaded = db.load(&ask).await.expect("the database answers");
    let began = Instant::now();
    let mut left = many;
    while left > 0 {
        fill(&db, &loaded, EACH.min(left)).await;
        left -= EACH.min(left);
    }
    let filled = began.elapsed();
    let mut took = Vec::new();
    for round in 0..ROUNDS * PAGES {
        let began = Instant::now();
        let length = read(&db, &ask, round % PAGES).await;
        took.push(began.elapsed());
        assert!(length > 0, "a briefing says something");
    }
    took.sort_unstable();
    let at = |share: usize| millis(took[(took.len() * share / 100).min(took.len() - 1)]);
    vec![
        ("lessons put in, s", format!("{:.1}", filled.as_secs_f64())),
        ("`/brief` in the process, p50 / p95 / most, ms", format!("{} / {} / {}", at(50), at(95), at(100))),
    ]
}

fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

/// What the command does: load, the kind, a page, people, text.
async fn read(db: &Database, ask: &Ask, page: u32) -> usize {
    let loaded = db.load(ask).await.expect("the database answers");
    let typed = WorkKind::read("HOME VISIT").expect("a kind");
    let kind = db.find_kind(loaded.workspace, &typed.folded).await.expect("the database answers");
    let kind = kind.expect("the kind is known");
    let found = db.briefing(loaded.workspace, &kind, (page * PAGE, PAGE), None).await;
    let briefing = found.expect("the database answers");
    assert_eq!(briefing.lessons.len(), PAGE as usize);
    let owners: Vec<_> = briefing.actions.iter().map(|a| a.by).collect();
    let people = db.people(loaded.workspace, &owners).await.expect("the database answers");
    let shown = view::debrief::brief((ask.guild, &people), (&briefing, None), page, World::monday());
    shown.text.len() + shown.cards.len()
}

/// One debrief with so many lessons, started and filled in one commit each, as far as the rules go.
async fn fill(db: &Database, loaded: &Loaded, lessons: u32) {
    let (policy, now): (&Policy, _) = (&loaded.policy, World::monday());
    let typed = Starting {
        work: "Hill Street".to_owned(),
        kind: Some(WorkKind::read("Home visits").expect("a kind")),
        template: Template::Review,
        nameless: false,
        team: policy.team_named("Ward 3").expect("a team").id,
    };
    let actor = Actor::Member(loaded.actor.clone());
    let started = debrief::start(&typed, &actor, policy, now).expect("it may be started");
    let after = debrief::apply(None, &started).expect("a debrief");
    let number = commit(db, loaded.workspace, None, (after.clone(), vec![started])).await;
    let mut events = Vec::new();
    for item in 1..=lessons {
        // One a minute, so that ranks differ, over debriefs as well.
        let at = now + TimeDelta::minutes(i64::from(number.0) * i64::from(EACH) + i64::from(item));
        let text =
            Text::Written(format!("Ring twice before you go in, and say who sent you ({number}, {item})"));
        let event = |fact| Event { at, by: actor.who(), fact };
        events.push(event(Fact::ItemAdded { item, column: Column::Lesson, text, source: None }));
        events.push(event(Fact::LessonKept { item }));
    }
    let kept = events.iter().try_fold(after, |d, e| debrief::apply(Some(d), e)).expect("they follow");
    commit(db, loaded.workspace, Some(number), (kept, events)).await;
}

async fn commit(
    db: &Database,
    workspace: WorkspaceId,
    number: Option<DebriefNumber>,
    (after, events): (Debrief, Vec<Event>),
) -> DebriefNumber {
    let debrief = DebriefCommit {
        number,
        expected: i64::from(number.is_some()),
        place: None,
        after,
        events,
        notices: Vec::new(),
        timer: None,
        channel: None,
        redact: None,
    };
    let now = World::monday();
    let change = DebriefChange { workspace, request: None, now, debrief, suggestions: Vec::new() };
    db.commit_debrief(&change).await.expect("the database takes it").number
}
