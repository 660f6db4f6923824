//! Debriefs: row, history, ledger and lessons in one transaction; kinds of work; briefings, however many lessons there are.

use std::time::Instant as Moment;

use kaizen_domain::debrief::{
    self, Column, Command, DebriefNumber, Fact, Mark, Piece, Starting, Template, WorkKind,
};
use kaizen_domain::suggestion::{Origin, forgetting};
use kaizen_domain::{Instant, Number, TeamId, Text, Who, WorkspaceId};
use kaizen_storage::Database;
use kaizen_workflow::debriefs::{
    DebriefChange, DebriefCommit, DebriefJob, DebriefRef, DebriefStep, Debriefs, PieceRedaction,
    StoredDebrief,
};
use kaizen_workflow::digest::DigestContent;
use kaizen_workflow::erasing::{Erased, Erasure, Erasures};
use kaizen_workflow::forgetting::Forgetting;
use kaizen_workflow::measures::{self, Counting, LookedBack};
use kaizen_workflow::outbox::Job;
use kaizen_workflow::ports::{
    Ask, DueDigest, ItemCommit, Loaded, Outbox, Person, Queries, Store, StoreError,
};

use crate::support::*;
use crate::writing::digest;

/// Lessons of one kind of work in the test of its speed.
const MANY: i64 = 100_000;

fn kind(typed: &str) -> WorkKind {
    WorkKind::read(typed).unwrap()
}

fn prepared(before: Option<&StoredDebrief>, events: Vec<debrief::Event>, loaded: &Loaded) -> DebriefCommit {
    let state = before.map(|b| b.debrief.clone());
    let after = events.iter().fold(state, debrief::apply).unwrap();
    let reaction = debrief::react(&after, &events, &loaded.policy);
    DebriefCommit {
        number: before.map(|b| b.number),
        expected: before.map_or(0, |b| b.version),
        place: None,
        after,
        events,
        notices: reaction.notices,
        timer: reaction.timer,
        channel: Some(CHANNEL),
        redact: None,
    }
}

fn change(loaded: &Loaded, debrief: DebriefCommit, now: Instant) -> DebriefChange {
    DebriefChange { workspace: loaded.workspace, request: None, now, debrief, suggestions: Vec::new() }
}

async fn start(db: &Database, of: &str, nameless: bool) -> (WorkspaceId, DebriefNumber) {
    let loaded = db.load(&ask(sam())).await.unwrap();
    let team = loaded.policy.teams[0].id;
    let (work, kind) = ("Hill Street".into(), Some(kind(of)));
    let typed = Starting { work, kind, template: Template::Review, nameless, team };
    let event = debrief::start(&typed, &actor(&loaded.actor), &loaded.policy, at(0)).unwrap();
    let commit = prepared(None, vec![event], &loaded);
    let done = db.commit_debrief(&change(&loaded, commit, at(0))).await.unwrap();
    (loaded.workspace, done.number)
}

async fn stored(db: &Database, workspace: WorkspaceId, number: DebriefNumber) -> StoredDebrief {
    db.load_debrief(workspace, DebriefRef::Number(number)).await.unwrap().unwrap()
}

/// What a command makes of a debrief, with the ideas that come out of it, not yet committed.
async fn made(
    db: &Database,
    who: Person,
    number: DebriefNumber,
    command: &Command,
    now: Instant,
) -> DebriefChange {
    let loaded = db.load(&ask(who)).await.unwrap();
    let item = stored(db, loaded.workspace, number).await;
    let events = debrief::decide(&item.debrief, command, &actor(&loaded.actor), &loaded.policy, now).unwrap();
    let mut suggestions: Vec<ItemCommit> = Vec::new();
    for event in &events {
        let Fact::Closed { escalated, .. } = &event.fact else { continue };
        for escalated in escalated {
            let said = item.debrief.item(escalated.item).unwrap();
            let event = kaizen_domain::suggestion::from_debrief(
                said,
                (number, item.debrief.team),
                &loaded.policy,
                now,
            );
            let after = kaizen_domain::suggestion::apply(None, &event).unwrap();
            let mut idea = new_item(&loaded, "x", now);
            (idea.after, idea.events) = (after, vec![event]);
            suggestions.push(idea);
        }
    }
    let commit = prepared(Some(&item), events, &loaded);
    DebriefChange { suggestions, ..change(&loaded, commit, now) }
}

async fn act(db: &Database, who: Person, number: DebriefNumber, command: Command, now: Instant) {
    db.commit_debrief(&made(db, who, number, &command, now).await).await.unwrap();
}

fn lesson(text: &str) -> Command {
    Command::AddLesson { text: text.into() }
}

fn escalated(text: &str) -> Command {
    Command::AddItem { column: Column::Escalate, text: text.into(), source: None }
}

/// Row and tables are what the history gives.
async fn expect_agreement(db: &Database, workspace: WorkspaceId, number: DebriefNumber) {
    let history = db.debrief_history(workspace, number).await.unwrap();
    assert!(history.iter().map(|s| s.seq).eq(1..=i64::try_from(history.len()).unwrap()));
    let row = stored(db, workspace, number).await.debrief;
    assert_eq!(debrief::replay(history.iter().map(|s| &s.event)), Some(row.clone()));
    let ledger = db.debrief_ledger(workspace, number).await.unwrap();
    let lines: Vec<_> = ledger.lines.iter().map(|l| (l.entry, l.by, l.due)).collect();
    assert_eq!(lines, row.ledger.iter().map(|r| (r.entry, r.by, r.due)).collect::<Vec<_>>());
    let policy = db.workspace_by_id(workspace).await.unwrap().unwrap().policy;
    assert_eq!(ledger.timer, debrief::next_timer(&row, &policy));
}

pub(crate) async fn expect_a_debrief_and_its_ideas_in_one_change(world: World) {
    let db = &world.db;
    found(db).await;
    let (_, first) = suggest(db, "An idea before").await;
    assert_eq!(first, Number(1));
    let (workspace, number) = start(db, "Home visits", false).await;
    assert_eq!(number, DebriefNumber(1));
    act(db, mara(), number, escalated("A second key"), at(1)).await;
    act(db, mara(), number, escalated("A torch"), at(1)).await;
    let loaded = db.load(&ask(sam())).await.unwrap();
    let action = Command::AddAction { text: "Print".into(), owner: loaded.actor.id, due: at(6000) };
    act(db, sam(), number, action, at(2)).await;
    // Of two who close it at the same moment one does.
    let one = made(db, sam(), number, &Command::Close { summary: None }, at(3)).await;
    let other = made(db, mara(), number, &Command::Close { summary: None }, at(3)).await;
    let done = db.commit_debrief(&one).await.unwrap();
    assert!(matches!(db.commit_debrief(&other).await, Err(StoreError::Conflict)));
    assert_eq!(done.suggestions, [Number(2), Number(3)]);
    assert_eq!(db.numbers(workspace).await.unwrap(), [Number(1), Number(2), Number(3)], "none is lost");
    let row = stored(db, workspace, number).await.debrief;
    assert_eq!(
        row.items.iter().map(|i| i.suggestion).collect::<Vec<_>>(),
        [Some(Number(2)), Some(Number(3))]
    );
    let idea = db.find(workspace, Number(3)).await.unwrap().unwrap().suggestion;
    assert_eq!(idea.origin, Some(Origin::Debrief(number)));
    expect_agreement(db, workspace, number).await;
    // The action is in the ledger that the promise is counted from.
    let of = Counting { team: None, member: Some(loaded.actor.id), since: at(0), until: at(7000) };
    let kept = db.promise(workspace, &of).await.unwrap();
    let actions = kept.iter().find(|l| l.kind == kaizen_domain::RequirementKind::Action).unwrap();
    assert_eq!((actions.kept.open, actions.kept.overdue), (1, 1));
    let mine = db.actions_of(workspace, loaded.actor.id).await.unwrap();
    assert_eq!(mine.iter().map(|a| (a.number, a.entry)).collect::<Vec<_>>(), [(number, 1)]);
    let due = db.due(at(100_000), 10).await.unwrap();
    assert!(
        due.iter().any(|d| d.item.kind == kaizen_domain::ItemKind::Debrief && d.item.number.0 == number.0)
    );
}

pub(crate) async fn expect_no_row_to_lead_to_whoever_adds_without_a_name(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, number) = start(db, "Night shifts", true).await;
    db.load(&ask(mara())).await.unwrap();
    let raw = world.raw().await;
    let before = raw.count("requests").await;
    act(db, mara(), number, escalated("Too few of us"), at(1)).await;
    act(db, mara(), number, lesson("Ask early"), at(1)).await;
    let history = db.debrief_history(workspace, number).await.unwrap();
    assert!(history[1..].iter().all(|s| s.event.by == Who::Nameless));
    assert_eq!(raw.count("requests").await, before);
    let her = member(db, workspace, &mara()).await;
    let named = raw
        .strings(&format!(
            "SELECT fact FROM events WHERE kind = 'debrief' AND (member_id = {0} OR body LIKE '%:{0}}}%' OR body LIKE '%:{0},%')",
            her.0
        ))
        .await;
    assert_eq!(named, Vec::<String>::new());
    act(db, sam(), number, Command::Close { summary: None }, at(3)).await;
    let idea = db.find(workspace, Number(1)).await.unwrap().unwrap().suggestion;
    assert_eq!(idea.origin, Some(Origin::Nameless));
    assert_eq!(raw.count("debrief_ideas").await, 0, "nothing leads from the idea to the debrief");
    let jobs: Vec<String> = raw.strings("SELECT job FROM outbox WHERE job LIKE '%debrief%'").await;
    assert!(!jobs.is_empty() && jobs.iter().all(|j| !j.contains(&format!("\"mention\":{}", her.0))));
}

pub(crate) async fn expect_a_request_about_a_debrief_to_be_handled_once(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, number) = start(db, "Home visits", false).await;
    let adding = made(db, mara(), number, &escalated("A key"), at(1)).await;
    let adding = DebriefChange { request: Some("r1".into()), ..adding };
    let done = db.commit_debrief(&adding).await.unwrap();
    let again = made(db, mara(), number, &escalated("A key"), at(1)).await;
    let again = DebriefChange { request: Some("r1".into()), ..again };
    let Err(StoreError::AlreadyHandled(handled)) = db.commit_debrief(&again).await else {
        panic!("it is done")
    };
    assert_eq!((handled.number.0, handled.first_seq, handled.events), (number.0, done.first_seq, 1));
    assert_eq!(stored(db, workspace, number).await.debrief.items.len(), 1);
    let loaded = db.load(&Ask { request: Some("r1".into()), ..ask(mara()) }).await.unwrap();
    assert_eq!(loaded.handled, Some(handled));
}

pub(crate) async fn expect_panels_to_merge_and_threads_to_be_known(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, number) = start(db, "Home visits", false).await;
    for n in 0..5 {
        act(db, mara(), number, escalated(&format!("Thing {n}")), at(1)).await;
    }
    let jobs = deliver_all(db).await;
    let panels = jobs
        .iter()
        .filter(|j| matches!(j, Job::Debrief { about: kaizen_workflow::debriefs::DebriefJob::Panel, .. }));
    assert_eq!(panels.count(), 1, "{jobs:?}");
    assert!(matches!(
        jobs[0],
        Job::Debrief { about: kaizen_workflow::debriefs::DebriefJob::Open { .. }, .. }
    ));
    let place = stored(db, workspace, number).await.place.unwrap();
    let thread = DebriefRef::Thread(place.thread.unwrap());
    assert_eq!(db.load_debrief(workspace, thread).await.unwrap().unwrap().number, number);
    assert_eq!(db.load_debrief(WorkspaceId(workspace.0 + 1), thread).await.unwrap(), None, "nothing crosses");
    assert_eq!(db.depth().await.unwrap().pending, 0);
}

/// Words leave one item of a debrief, as the engine does it.
async fn redact(db: &Database, number: DebriefNumber, item: u32, words: &[&str], now: Instant) {
    redact_piece(db, number, Piece::Item(item), words, now).await;
}

async fn redact_piece(db: &Database, number: DebriefNumber, piece: Piece, words: &[&str], now: Instant) {
    let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
    let command = Command::Redact { piece, words: words.clone() };
    let mut change = made(db, sam(), number, &command, now).await;
    change.debrief.after = change.debrief.after.map_piece(piece, &|t| t.without(&words));
    change.debrief.redact = Some(PieceRedaction { piece, words });
    db.commit_debrief(&change).await.unwrap();
}

fn rewritten(jobs: &[Job]) -> Vec<(u32, i64)> {
    let mut found: Vec<(u32, i64)> = jobs
        .iter()
        .filter_map(|job| match job {
            Job::Debrief { debrief, about: DebriefJob::Rewrite { seq, .. } } => Some((debrief.0, *seq)),
            _ => None,
        })
        .collect();
    found.sort_unstable();
    found
}

pub(crate) async fn expect_words_gone_from_one_item_and_all_that_quotes_it(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, first) = start(db, "Home visits", false).await;
    act(db, sam(), first, lesson("Xylograph Leo rings twice"), at(0)).await;
    let other = Command::AddItem { column: Column::Well, text: "Leo laughed".into(), source: None };
    act(db, sam(), first, other, at(2)).await;
    let edit = Command::EditItem { item: 1, text: "Little xylograph Leo rings twice".into() };
    act(db, sam(), first, edit, at(3)).await;
    act(db, sam(), first, Command::Close { summary: None }, at(4)).await;
    // A thread of such work that began with the lesson, one of other work.
    let (_, second) = start(db, "home visit", false).await;
    let (_, third) = start(db, "Night shift", false).await;
    act(db, mara(), third, lesson("Leo sleeps"), at(5)).await;
    let sent = deliver_all(db).await;
    assert!(rewritten(&sent).is_empty(), "{sent:?}");
    let brief = |of: &str| {
        let kind = kind(of);
        async move { db.briefing(workspace, &kind, (0, 10), None).await.unwrap().lessons }
    };
    assert_eq!(brief("home visit").await.len(), 1);

    redact(db, first, 1, &["xylograph", "leo"], at(6)).await;
    expect_agreement(db, workspace, first).await;
    let row = stored(db, workspace, first).await.debrief;
    assert_eq!(row.items[0].text, Text::Written("Little [removed] [removed] rings twice".into()));
    assert_eq!(row.items[1].text, Text::Written("Leo laughed".into()));
    let lessons = brief("home visit").await;
    assert_eq!(lessons[0].text, Text::Written("Little [removed] [removed] rings twice".into()));
    let raw = world.raw().await;
    for (table, column) in [("debriefs", "state"), ("events", "body"), ("lessons", "body"), ("outbox", "job")]
    {
        for text in raw.strings(&format!("SELECT {column} FROM {table}")).await {
            assert!(!text.to_lowercase().contains("xylograph"), "{table}.{column}: {text}");
        }
    }
    // Item, correction and summary, and the briefing elsewhere: the first was sent with its lesson, and nothing of the others'.
    let again = rewritten(&deliver_all(db).await);
    let briefings = if again.contains(&(second.0, DebriefStep::BRIEFING)) { 1 } else { 0 };
    assert_eq!(briefings, 1, "{again:?}");
    let posts: Vec<i64> = again.iter().filter(|(n, _)| *n == first.0).map(|(_, seq)| *seq).collect();
    assert_eq!(posts, [2, 5, 6], "{again:?}");
    assert!(!again.iter().any(|(n, _)| *n == third.0), "{again:?}");
    // What was taken out is known by its places only, and has a name.
    let erasures = db.erasures().await.unwrap();
    let [Erasure { erased: Erased::ItemWords { debrief, item: 1, places, .. }, .. }] = &erasures[..] else {
        panic!("{erasures:?}")
    };
    assert_eq!((*debrief, places.len()), (first, 4), "two words in two steps");
    // Nothing is left of it: then it is no lesson, and nothing that readers say brings it back.
    redact(db, first, 1, &["Little", "rings", "twice"], at(7)).await;
    expect_agreement(db, workspace, first).await;
    assert_eq!(stored(db, workspace, first).await.debrief.items[0].text, Text::Erased);
    assert!(brief("home visit").await.is_empty());
    deliver_all(db).await;
}

pub(crate) async fn expect_words_gone_from_title_summary_and_actions(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, first) = start(db, "Home visits", false).await;
    let owner = db.load(&ask(sam())).await.unwrap().actor.id;
    let action = |text: &str| Command::AddAction { text: text.into(), owner, due: at(6000) };
    act(db, sam(), first, action("Ask Xylograph's mother"), at(0)).await;
    act(db, sam(), first, action("Print the plan"), at(2)).await;
    act(db, sam(), first, Command::Close { summary: Some("A day with Xylograph".into()) }, at(3)).await;
    let (_, second) = start(db, "home visit", false).await;
    deliver_all(db).await;
    let renamed = |jobs: &[Job]| jobs.iter().filter(|j| is_about(j, first, &DebriefJob::Rename)).count();
    let posts = |jobs: &[Job]| rewritten(jobs);

    redact_piece(db, first, Piece::Action(1), &["xylograph"], at(4)).await;
    let jobs = deliver_all(db).await;
    // Its own post and the summary's, and the briefing elsewhere; the thread keeps its name.
    let wanted = [(first.0, 2), (first.0, 4), (second.0, DebriefStep::BRIEFING)];
    assert_eq!((posts(&jobs), renamed(&jobs)), (wanted.to_vec(), 0), "{jobs:?}");
    redact_piece(db, first, Piece::Summary, &["Xylograph"], at(5)).await;
    let jobs = deliver_all(db).await;
    assert_eq!((posts(&jobs), renamed(&jobs)), (vec![(first.0, 4)], 0), "{jobs:?}");
    redact_piece(db, first, Piece::Title, &["Hill"], at(6)).await;
    let jobs = deliver_all(db).await;
    assert_eq!((posts(&jobs), renamed(&jobs)), (Vec::new(), 1), "{jobs:?}");

    expect_agreement(db, workspace, first).await;
    let row = stored(db, workspace, first).await.debrief;
    let said = [Piece::Title, Piece::Summary, Piece::Action(1), Piece::Action(2)];
    let said: Vec<&str> = said.iter().map(|p| row.says(*p).unwrap().written().unwrap()).collect();
    assert_eq!(
        said,
        ["[removed] Street", "A day with [removed]", "Ask [removed]'s mother", "Print the plan"]
    );
    let raw = world.raw().await;
    for (table, column) in [("debriefs", "state"), ("events", "body"), ("outbox", "job")] {
        for text in raw.strings(&format!("SELECT {column} FROM {table} WHERE number = 1")).await {
            assert!(!text.to_lowercase().contains("xylograph"), "{table}.{column}: {text}");
        }
    }
    let erasures = db.erasures().await.unwrap();
    let pieces: Vec<Piece> = erasures
        .iter()
        .filter_map(|e| match &e.erased {
            Erased::DebriefWords { piece, places, .. } if places.len() == 1 => Some(*piece),
            _ => None,
        })
        .collect();
    assert_eq!(pieces, [Piece::Action(1), Piece::Summary, Piece::Title], "{erasures:?}");
}

fn is_about(job: &Job, number: DebriefNumber, wanted: &DebriefJob) -> bool {
    matches!(job, Job::Debrief { debrief, about } if *debrief == number && about == wanted)
}

pub(crate) async fn expect_reminders_of_actions_in_flight_to_lose_only_what_they_say_of_them(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, one) = start(db, "Home visits", false).await;
    let (_, two) = start(db, "Home visits", false).await;
    let to = member(db, workspace, &mara()).await;
    let action = |text: &str| Command::AddAction { text: text.into(), owner: to, due: at(6000) };
    act(db, sam(), one, action("Ask Leo"), at(1)).await;
    act(db, sam(), two, action("Print it"), at(1)).await;
    deliver_all(db).await;
    for number in [one, two] {
        let mut told = made(db, mara(), number, &Command::Join, at(2)).await;
        let about = kaizen_domain::suggestion::protocol::Word::Due;
        let step = kaizen_domain::ledger::LadderStep::Halfway;
        told.debrief.notices = vec![debrief::Notice::Reminder { to, owed_by: to, entry: 1, step, about }];
        db.commit_debrief(&told).await.unwrap();
    }
    let flying = claim(db).await.remove(0);
    assert!(matches!(&flying.job, Job::Reminders { entries, .. } if entries.len() == 2), "{flying:?}");
    assert!(db.begin(&flying).await.unwrap());
    redact_piece(db, one, Piece::Action(1), &["Leo"], at(3)).await;
    assert!(db.delivered(&flying, &sent(&flying)).await.unwrap());
    let cleared = |jobs: Vec<Job>| -> Vec<(u32, i64)> {
        rewritten(&jobs).into_iter().filter(|(_, seq)| *seq == DebriefStep::REMINDER).collect()
    };
    assert_eq!(cleared(deliver_all(db).await), [(one.0, DebriefStep::REMINDER)]);
    // What was sent before is found by its place; both wait for one another, since they change the same message.
    for number in [one, two] {
        redact_piece(db, number, Piece::Action(1), &["a", "i"], at(4)).await;
    }
    let first: Vec<Job> = claim(db).await.into_iter().map(|c| c.job).collect();
    assert_eq!(cleared(first), [(one.0, DebriefStep::REMINDER)], "and the other after it");
    // Title and items stand in no reminder.
    let waiting = db.depth().await.unwrap().pending;
    redact_piece(db, two, Piece::Title, &["Hill"], at(5)).await;
    assert_eq!(
        db.depth().await.unwrap().pending,
        waiting + 2,
        "a post and the name; the panel waits already"
    );
}

pub(crate) async fn expect_debriefs_and_lessons_counted_as_defined(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, first) = start(db, "Home visits", false).await;
    act(db, sam(), first, escalated("A second key"), at(1)).await;
    act(db, sam(), first, escalated("A lamp for the stairs"), at(2)).await;
    for (n, text) in (3..).zip(["Ring twice", "Take the torch", "Say who sent you"]) {
        act(db, sam(), first, lesson(text), at(n)).await;
    }
    act(db, sam(), first, Command::Close { summary: None }, at(10)).await;
    // Empty, still under way, and closed later.
    let (_, empty) = start(db, "Home visits", false).await;
    act(db, sam(), empty, Command::Close { summary: None }, at(11)).await;
    let (_, open) = start(db, "Night shift", false).await;
    act(db, sam(), open, lesson("Eat at two"), at(12)).await;
    let (_, later) = start(db, "Night shift", true).await;
    act(db, mara(), later, lesson("Sleep before"), at(13)).await;
    act(db, sam(), later, Command::Close { summary: None }, at(30)).await;
    let mark = |item, mark| Command::MarkLesson { item, mark };
    act(db, mara(), first, mark(3, Mark::Used), at(14)).await;
    act(db, cleo(), first, mark(3, Mark::Used), at(14)).await;
    act(db, mara(), first, mark(4, Mark::Used), at(14)).await;
    act(db, mara(), first, mark(4, Mark::NotRelevant), at(15)).await;
    for who in [mara(), cleo()] {
        act(db, who, first, mark(5, Mark::NoLongerTrue), at(16)).await;
    }
    let team = db.workspace_by_id(workspace).await.unwrap().unwrap().policy.teams[0].id;
    let mut states = Vec::new();
    for number in db.debrief_numbers(workspace).await.unwrap() {
        states.push(stored(db, workspace, number).await.debrief);
    }
    let counted = async |team, since, until| {
        let of = Counting { team, member: None, since: at(since), until: at(until) };
        let counted = db.looked_back(workspace, &of).await.unwrap();
        assert_eq!(counted, measures::looked_back(&states, &of), "{of:?}");
        counted
    };
    let all = LookedBack { held: 1, escalated: 2, kept: 5, shown: 4, used: 1 };
    assert_eq!(counted(None, 0, 20).await, all);
    assert_eq!(counted(Some(team), 0, 20).await, all);
    assert_eq!(counted(Some(team), 0, 60).await, LookedBack { held: 2, ..all });
    assert_eq!(
        counted(None, 10, 20).await,
        LookedBack { held: 0, escalated: 0, kept: 2, ..all },
        "the beginning is no part of it"
    );
    assert_eq!(counted(Some(TeamId(99)), 0, 60).await, LookedBack::default());
    // What a digest tells of.
    let kept = async |since, until| {
        let lessons = db.lessons_kept(workspace, team, (at(since), at(until)), 50).await.unwrap();
        lessons.into_iter().map(|l| (l.kind, l.text.written().unwrap().to_owned())).collect::<Vec<_>>()
    };
    let pair = |kind: &str, text: &str| (kind.to_owned(), text.to_owned());
    let visits = [pair("Home visits", "Ring twice"), pair("Home visits", "Take the torch")];
    assert_eq!(kept(0, 10).await, visits, "what is no longer true is not told");
    assert_eq!(kept(3, 12).await, [visits[1].clone(), pair("Night shift", "Eat at two")]);
}

/// A digest that was posted tells of a lesson; its words leave the digest as they leave the debrief.
pub(crate) async fn expect_words_of_a_lesson_gone_from_stored_digests(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, number) = start(db, "Home visits", false).await;
    act(db, sam(), number, lesson("Ring twice at Xylograph's"), at(1)).await;
    act(db, sam(), number, lesson("Xylograph sleeps"), at(1)).await;
    let team = db.workspace_by_id(workspace).await.unwrap().unwrap().policy.teams[0].id;
    let lessons = db.lessons_kept(workspace, team, (at(0), at(5)), 50).await.unwrap();
    assert_eq!(lessons.len(), 2);
    db.plan_missing_digests(workspace, team, at(10)).await.unwrap();
    let due = DueDigest { workspace, team, at: at(10), last: None };
    let content = DigestContent { lessons, ..digest(Vec::new()) };
    assert!(db.plan_digest(due, at(20), Some(content)).await.unwrap());
    deliver_all(db).await;
    redact(db, number, 1, &["Xylograph"], at(11)).await;
    let kept = db.digest(workspace, team, at(10)).await.unwrap().unwrap().content.lessons;
    let texts: Vec<_> = kept.iter().map(|l| l.text.written().unwrap_or_default()).collect();
    assert_eq!(texts, ["Ring twice at [removed]'s", "Xylograph sleeps"]);
    assert!(deliver_all(db).await.contains(&Job::Digest { team, at: at(10) }), "it is made anew");
    // Whoever said it is forgotten.
    forget(db, sam()).await;
    let kept = db.digest(workspace, team, at(10)).await.unwrap().unwrap().content.lessons;
    assert!(kept.iter().all(|l| l.text == Text::Erased), "{kept:?}");
}

pub(crate) async fn expect_a_post_of_an_item_in_flight_during_its_redaction_to_be_made_anew(world: World) {
    let db = &world.db;
    found(db).await;
    let (_, number) = start(db, "Home visits", false).await;
    // The title, while panel and thread are made.
    let opening = claim(db).await.remove(0);
    assert!(is_about(&opening.job, number, &DebriefJob::Open { channel: Some(CHANNEL) }), "{opening:?}");
    assert!(db.begin(&opening).await.unwrap());
    redact_piece(db, number, Piece::Title, &["Hill"], at(0)).await;
    assert!(db.delivered(&opening, &sent(&opening)).await.unwrap());
    let next = deliver_all(db).await;
    for wanted in [DebriefJob::Panel, DebriefJob::Rename] {
        assert_eq!(next.iter().filter(|job| is_about(job, number, &wanted)).count(), 1, "{next:?}");
    }
    act(db, mara(), number, escalated("Leo has no key"), at(1)).await;
    let flying = claim(db).await;
    for claim in &flying {
        assert!(db.begin(claim).await.unwrap());
    }
    assert!(
        flying.iter().any(|c| matches!(&c.job, Job::Debrief { about: DebriefJob::Post { seq: 3, .. }, .. }))
    );
    redact(db, number, 1, &["Leo"], at(2)).await;
    for claim in &flying {
        assert!(db.delivered(claim, &sent(claim)).await.unwrap());
    }
    let next = deliver_all(db).await;
    assert_eq!(rewritten(&next), [(number.0, 3)], "{next:?}");
    let panels = next.iter().filter(|j| matches!(j, Job::Debrief { about: DebriefJob::Panel, .. }));
    assert_eq!(panels.count(), 1, "{next:?}");
    // The same where whoever said it is forgotten meanwhile.
    act(db, mara(), number, escalated("A lamp"), at(3)).await;
    let flying = claim(db).await;
    for claim in &flying {
        assert!(db.begin(claim).await.unwrap());
    }
    forget(db, mara()).await;
    for claim in &flying {
        assert!(db.delivered(claim, &sent(claim)).await.unwrap());
    }
    let next = rewritten(&deliver_all(db).await);
    assert!(next.contains(&(number.0, 5)), "{next:?}");
}

async fn forget(db: &Database, who: Person) {
    let known = db.known(GUILD, who.user).await.unwrap().unwrap();
    let (workspace, member) = (known.workspace, known.member);
    let policy = forgetting::without(&known.policy, member, known.policy.owner);
    let (now, name) = (at(12), who.name);
    let gone = Forgetting { workspace, member, heir: None, policy, now, name, items: vec![] };
    db.forget(&gone).await.unwrap();
}

pub(crate) async fn expect_timers_of_debriefs_moved_with_the_settings_that_count_them(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, open) = start(db, "Home visits", false).await;
    let (_, closed) = start(db, "Home visits", false).await;
    let loaded = db.load(&ask(mara())).await.unwrap();
    let action = Command::AddAction { text: "Print".into(), owner: loaded.actor.id, due: at(6000) };
    act(db, sam(), closed, action, at(1)).await;
    act(db, sam(), closed, Command::Close { summary: None }, at(2)).await;
    let timer = async |number| db.debrief_ledger(workspace, number).await.unwrap().timer;
    let before = (timer(open).await, timer(closed).await);
    let due = stored(db, workspace, closed).await.debrief.ledger[0].due;
    let change = async |zone: &str, again: kaizen_domain::Wait| {
        let mut policy = (*db.workspace(GUILD).await.unwrap().unwrap().policy).clone();
        policy.teams[0].calendar = kaizen_domain::Calendar::office(zone.parse().unwrap());
        policy.times.escalate_again = again;
        db.save_policy(workspace, policy).await.unwrap();
    };
    // Another zone works at other hours: the reminder after a day, and the one at half of the time.
    change("Pacific/Auckland", kaizen_domain::Wait::WorkingDays { days: 2 }).await;
    let after = (timer(open).await, timer(closed).await);
    assert!(before.0 != after.0 && before.1 != after.1, "{before:?} {after:?}");
    for number in [open, closed] {
        expect_agreement(db, workspace, number).await;
    }
    assert_eq!(
        stored(db, workspace, closed).await.debrief.ledger[0].due,
        due,
        "a date that people set stays"
    );
    // The time between two steps of the ladder counts as well.
    act(db, cleo(), closed, Command::RunDue, at(2 * 6000 + 180)).await;
    let late = timer(closed).await;
    change("Pacific/Auckland", kaizen_domain::Wait::WorkingDays { days: 1 }).await;
    assert!(timer(closed).await < late);
    expect_agreement(db, workspace, closed).await;
}

pub(crate) async fn expect_lessons_in_their_order_and_kinds_to_become_one(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, first) = start(db, "Home visits", false).await;
    for (n, text) in ["Ring twice", "Take a torch", "Park uphill"].into_iter().enumerate() {
        act(db, mara(), first, lesson(text), at(i64::try_from(n).unwrap())).await;
    }
    let lessons = async |typed: &str| {
        let known = db.find_kind(workspace, &kind(typed).folded).await.unwrap().unwrap();
        let briefing = db.briefing(workspace, &known, (0, 10), None).await.unwrap();
        briefing.lessons.iter().map(|l| l.text.written().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        lessons("HOME VISIT").await,
        ["Park uphill", "Take a torch", "Ring twice"],
        "the newest first"
    );
    let mark = |item, mark| Command::MarkLesson { item, mark };
    act(db, sam(), first, mark(1, Mark::Used), at(5)).await;
    act(db, sam(), first, mark(2, Mark::NoLongerTrue), at(5)).await;
    act(db, mara(), first, mark(2, Mark::NoLongerTrue), at(5)).await;
    assert_eq!(lessons("home visit").await, ["Ring twice", "Park uphill"], "what was of use first");
    let known = db.find_kind(workspace, "home visit").await.unwrap().unwrap();
    let page = db.briefing(workspace, &known, (0, 1), None).await.unwrap();
    assert!(page.more && page.lessons.len() == 1 && page.lessons[0].used == 1);
    let page = db.briefing(workspace, &known, (1, 1), None).await.unwrap();
    assert!(!page.more && page.lessons.len() == 1);
    let own = db.briefing(workspace, &known, (0, 9), Some(first)).await.unwrap();
    assert!(own.is_empty(), "nobody is briefed with what they said themselves");
    // A third and a second kind go on as the first; the third by way of the second.
    let (_, second) = start(db, "House calls", false).await;
    act(db, mara(), second, lesson("Say who sent you"), at(9)).await;
    let (_, third) = start(db, "Doorstep talks", false).await;
    act(db, mara(), third, lesson("Stay outside"), at(10)).await;
    assert!(db.merge_kinds(workspace, &kind("doorstep talk"), &kind("house call")).await.unwrap());
    assert!(db.merge_kinds(workspace, &kind("house call"), &kind("home visit")).await.unwrap());
    assert!(
        !db.merge_kinds(workspace, &kind("house call"), &kind("home visit")).await.unwrap(),
        "once is enough"
    );
    assert!(!db.merge_kinds(workspace, &kind("moon landing"), &kind("home visit")).await.unwrap());
    assert_eq!(lessons("doorstep talks").await.len(), 4);
    let offered: Vec<String> =
        db.list_kinds(workspace, "", 10).await.unwrap().into_iter().map(|k| k.name).collect();
    assert_eq!(offered, ["Home visits"]);
    // What is kept later under an old word goes there as well.
    act(db, mara(), third, lesson("Bring the form"), at(11)).await;
    assert_eq!(lessons("home visit").await.len(), 5);
    for typed in ["%", "_", "\\", "' OR 1=1 --"] {
        db.list_kinds(workspace, typed, 10).await.unwrap();
    }
    for number in [first, second, third] {
        expect_agreement(db, workspace, number).await;
    }
}

/// The plan of the statement that reads a page of lessons: the index in its order, and one row of each place.
const ON_SQLITE: &str = "
SEARCH l USING INDEX lessons_by_rank (workspace_id=? AND work_kind=?)
SEARCH c USING INDEX sqlite_autoindex_debrief_places_1 (workspace_id=? AND number=?) LEFT-JOIN";
const ON_POSTGRES: &str = "Index Scan Backward using lessons_by_rank on lessons l";

pub(crate) async fn expect_a_briefing_at_once_with_a_hundred_thousand_lessons(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, number) = start(db, "Home visits", false).await;
    act(db, mara(), number, lesson("Ring twice"), at(1)).await;
    let raw = world.raw().await;
    let numbers = if db.kind() == "postgres" {
        format!("SELECT g AS n FROM generate_series(CAST(2 AS BIGINT), {MANY}) g")
    } else {
        format!(
            "WITH RECURSIVE g(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM g WHERE n < {MANY}) SELECT n FROM g"
        )
    };
    raw.run(&format!(
        "INSERT INTO lessons (workspace_id, number, item, work_kind, rank, kept_at, used, retired, body)
         SELECT {}, {}, n, 'home visit', n * 7919 % 1000003, 1794823200000000, 0, n % 10 = 0, '{{\"written\":\"Lesson\"}}'
         FROM ({numbers}) AS numbers",
        workspace.0, number.0
    ))
    .await;
    raw.run("ANALYZE").await;
    let sql = format!("{} LIMIT 5 OFFSET 0", kaizen_storage::LESSONS)
        .replace("$1", &workspace.0.to_string())
        .replace("$2", "'home visit'")
        .replace("$3", "0");
    if db.kind() == "postgres" {
        let plan = raw.strings(&format!("EXPLAIN (COSTS OFF) {sql}")).await.join("\n");
        assert!(plan.contains(ON_POSTGRES) && !plan.contains("Sort"), "{plan}");
    } else {
        let plan = raw.column(3, &format!("EXPLAIN QUERY PLAN {sql}")).await.join("\n");
        assert_eq!(plan.trim(), ON_SQLITE.trim());
    }
    let known = kind("home visit");
    let mut took = Vec::new();
    for page in 0..100 {
        let began = Moment::now();
        let briefing = db.briefing(workspace, &known, (page % 25 * 4, 4), None).await.unwrap();
        took.push(began.elapsed());
        assert!(briefing.more && briefing.lessons.len() == 4);
    }
    took.sort_unstable();
    println!(
        "{MANY} lessons on {}: middle {:?}, 95th {:?}, most {:?}",
        db.kind(),
        took[50],
        took[94],
        took[99]
    );
}
