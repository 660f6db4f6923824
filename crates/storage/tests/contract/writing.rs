//! Loading and committing.

use std::collections::BTreeSet;

use kaizen_domain::ledger::LadderStep;
use kaizen_domain::suggestion::{Command, Fact, Notice};
use kaizen_domain::{ChannelId, MemberId, Number, RequirementKind, RoleId, Staffing, TeamId, Text};
use kaizen_workflow::digest::{DigestContent, DigestLine, DigestNumbers, DigestSays};
use kaizen_workflow::outbox::{Job, Posting};
use kaizen_workflow::ports::{
    Ask, DueDigest, Founding, ItemRef, Outbox, Queries, Sent, Store, StoreError, StoredDigest,
};

use crate::support::*;

pub(crate) async fn expect_one_workspace_and_one_member_each_however_many_come_at_once(world: World) {
    let handles = [world.db.clone(), world.another().await];
    let mut coming = tokio::task::JoinSet::new();
    for n in 0..24_u64 {
        let db = handles[usize::try_from(n % 2).unwrap()].clone();
        coming.spawn(async move { db.load(&ask(person("sam", 100 + n % 3, &[]))).await.unwrap() });
    }
    let loaded = coming.join_all().await;
    let workspaces: BTreeSet<i64> = loaded.iter().map(|l| l.workspace.0).collect();
    let members: BTreeSet<MemberId> = loaded.iter().map(|l| l.actor.id).collect();
    assert_eq!((workspaces.len(), members.len()), (1, 3));
    let policy = &loaded[0].policy;
    assert_eq!(policy.teams[0].name, "Everyone");
    assert!(members.contains(&policy.owner));
    assert_eq!(world.db.workspaces().await.unwrap().len(), 1);
}

pub(crate) async fn expect_the_first_person_to_stand_in_for_the_owner(world: World) {
    let db = &world.db;
    let loaded = db.load(&ask(sam())).await.unwrap();
    assert_eq!(loaded.policy.owner, loaded.actor.id);
    let other = world.another().await;
    let founded =
        other.found(&Founding { guild: GUILD, name: "Ward 3\0".into(), owner: cleo().user }).await.unwrap();
    assert_eq!((founded.id, founded.name.as_str(), founded.removed), (loaded.workspace, "Ward 3", false));
    let again = db.load(&ask(cleo())).await.unwrap();
    assert_eq!(again.policy.owner, again.actor.id);
    assert_eq!(again.policy.version, 2);
    // Nothing changes when the same is said again.
    let same =
        other.found(&Founding { guild: GUILD, name: "Ward 3".into(), owner: cleo().user }).await.unwrap();
    assert_eq!(same.policy.version, 2);
}

pub(crate) async fn expect_names_and_roles_brought_up_to_date(world: World) {
    let db = &world.db;
    let workspace = found(db).await;
    let other = world.another().await;
    let mut policy = (*db.workspace(GUILD).await.unwrap().unwrap().policy).clone();
    policy.teams[0].managers = Staffing { members: vec![], roles: vec![RoleId(31)] };
    let version = policy.version;
    let saved = db.save_policy(workspace, policy).await.unwrap();
    assert_eq!(saved.version, version + 1);
    assert!(saved.holders.is_empty());

    let loaded = db.load(&ask(person("mara", 12, &[31, 99]))).await.unwrap();
    assert_eq!(loaded.actor.roles, [RoleId(31), RoleId(99)]);
    assert_eq!(loaded.policy.holders[&RoleId(31)], [loaded.actor.id]);
    // Another process sees it too; a role that no setting names changes nothing.
    let seen = other.load(&ask(sam())).await.unwrap();
    assert_eq!(seen.policy.holders[&RoleId(31)], [loaded.actor.id]);
    assert!(!seen.policy.holders.contains_key(&RoleId(99)));
    let gone = other.load(&ask(person("Mara!", 12, &[]))).await.unwrap();
    assert!(gone.policy.holders.is_empty());
    assert!(db.load(&ask(sam())).await.unwrap().policy.holders.is_empty());
    // People who are only named become members, once, and lose nothing.
    let named = Ask { named: vec![person("noor", 14, &[]), person("Mara!", 12, &[])], ..ask(sam()) };
    let first = db.load(&named).await.unwrap();
    assert_eq!(first.named[1], loaded.actor.id);
    assert_eq!(db.load(&named).await.unwrap().named, first.named);
    assert_eq!(member(db, workspace, &person("", 14, &[])).await, first.named[0]);
    let raw = world.raw().await;
    assert_eq!(
        raw.strings("SELECT name FROM members WHERE user_id IN (12, 14) ORDER BY user_id").await,
        ["Mara!", "noor"]
    );
}

pub(crate) async fn expect_numbers_without_gap_from_two_processes(world: World) {
    let handles = [world.db.clone(), world.another().await];
    let loaded = world.db.load(&ask(sam())).await.unwrap();
    let mut coming = tokio::task::JoinSet::new();
    for n in 0..50 {
        let (db, loaded) = (handles[n % 2].clone(), loaded.clone());
        coming.spawn(async move {
            let mut change =
                commit(loaded.workspace, at(0), vec![new_item(&loaded, &format!("idea {n}"), at(0))]);
            change.request = Some(format!("r{n}"));
            // Every fifth is refused after it took a number: it was handled before.
            if n % 5 == 0 {
                db.commit(&change).await.unwrap();
                assert!(matches!(db.commit(&change).await, Err(StoreError::AlreadyHandled(_))));
                return;
            }
            db.commit(&change).await.unwrap();
        });
    }
    coming.join_all().await;
    let numbers = world.db.numbers(loaded.workspace).await.unwrap();
    assert_eq!(numbers, (1..=50).map(Number).collect::<Vec<_>>());
}

pub(crate) async fn expect_a_conflict_when_the_version_moved(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, number) = suggest(db, "one").await;
    let (loaded, item) = load(db, mara(), number).await;
    let support = commit(workspace, at(1), vec![change(&loaded, &item, &Command::Support, at(1))]);
    let done = db.commit(&support).await.unwrap();
    assert_eq!((done.items[0].version, done.items[0].first_seq), (2, 2));
    assert!(matches!(db.commit(&support).await, Err(StoreError::Conflict)));
    assert_eq!(db.history(workspace, number).await.unwrap().len(), 2);
}

pub(crate) async fn expect_a_request_to_be_handled_once(world: World) {
    let (db, other) = (&world.db, world.another().await);
    found(db).await;
    let loaded = db.load(&ask(sam())).await.unwrap();
    let mut change_once = commit(loaded.workspace, at(0), vec![new_item(&loaded, "one", at(0))]);
    change_once.request = Some("request 1".into());
    // The same request at the same time in two processes.
    let (a, b) = tokio::join!(db.commit(&change_once), other.commit(&change_once));
    let (done, refused) = if a.is_ok() { (a, b) } else { (b, a) };
    let done = done.unwrap().items[0];
    let Err(StoreError::AlreadyHandled(handled)) = refused else { panic!("{refused:?}") };
    assert_eq!((handled.number, handled.first_seq, handled.events), (done.number, 1, 1));
    assert_eq!(
        db.load(&Ask { request: Some("request 1".into()), ..ask(sam()) }).await.unwrap().handled,
        Some(handled)
    );
    assert_eq!(
        db.load(&Ask { request: Some("request 2".into()), ..ask(sam()) }).await.unwrap().handled,
        None
    );
    assert_eq!(world.raw().await.count("events").await, 1);

    // On an item that exists, where the version has moved by that very request.
    let (loaded, item) = load(db, mara(), done.number).await;
    let mut support = commit(loaded.workspace, at(1), vec![change(&loaded, &item, &Command::Support, at(1))]);
    support.request = Some("request 3".into());
    db.commit(&support).await.unwrap();
    let again = db.commit(&support).await;
    assert!(matches!(again, Err(StoreError::AlreadyHandled(h)) if h.first_seq == 2), "{again:?}");
}

pub(crate) async fn expect_two_items_or_none(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, first) = suggest(db, "one").await;
    let (_, second) = suggest(db, "two").await;
    let (loaded, one) = load(db, mara(), first).await;
    let (_, two) = load(db, mara(), second).await;
    let both = |two_version| {
        let mut items = vec![
            change(&loaded, &two, &Command::Support, at(1)),
            change(&loaded, &one, &Command::Support, at(1)),
            new_item(&loaded, "three", at(1)),
        ];
        items[0].expected = two_version;
        let mut change = commit(workspace, at(1), items);
        change.request = Some("both".into());
        change
    };
    let raw = world.raw().await;
    let before = (raw.count("events").await, raw.count("outbox").await);
    assert!(matches!(db.commit(&both(7)).await, Err(StoreError::Conflict)));
    assert_eq!(
        (raw.count("events").await, raw.count("outbox").await, raw.count("requests").await),
        (before.0, before.1, 0)
    );
    assert_eq!(db.find(workspace, first).await.unwrap().unwrap(), one);

    let done = db.commit(&both(two.version)).await.unwrap();
    let numbers: Vec<Number> = done.items.iter().map(|i| i.number).collect();
    assert_eq!(numbers, [second, first, Number(3)]);
    // The second item is loaded beside the first.
    let loaded = db
        .load(&Ask { item: Some(ItemRef::Number(first)), other: Some(second), ..ask(mara()) })
        .await
        .unwrap();
    assert_eq!(loaded.item.unwrap().version, 2);
    assert_eq!(loaded.other.unwrap().number, second);
}

pub(crate) async fn expect_history_ledger_timer_and_row_to_agree(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, number) = suggest(db, "More hooks in the linen room").await;
    for (minutes, command) in [
        (1, Command::Acknowledge),
        (2, Command::AddFinding { text: "There is room for six".into() }),
        (3, Command::Ask { question: "Which wall?".into() }),
    ] {
        act(db, cleo(), number, command, at(minutes)).await.unwrap();
    }
    act(db, sam(), number, Command::Answer { text: "The one by the door".into() }, at(4)).await.unwrap();
    act(db, mara(), number, Command::Follow, at(5)).await.unwrap();

    let (row, from_history) = replayed(db, workspace, number).await;
    assert_eq!(row, from_history);
    let history = db.history(workspace, number).await.unwrap();
    assert_eq!(history.iter().map(|s| s.seq).collect::<Vec<_>>(), (1..=6).collect::<Vec<_>>());
    assert_eq!(history[1].event.at, at(1));
    // What is stored is the fact, character by character.
    let raw = world.raw().await;
    let bodies = raw.strings("SELECT body FROM events ORDER BY seq").await;
    let facts: Vec<String> = history.iter().map(|s| serde_json::to_string(&s.event.fact).unwrap()).collect();
    assert_eq!(bodies, facts);

    let ledger = db.ledger(workspace, None).await.unwrap();
    assert_eq!(ledger.len(), row.ledger.len());
    for (line, entry) in ledger.iter().zip(&row.ledger) {
        assert_eq!(
            (line.number, line.entry, line.kind, line.by, line.due),
            (number, entry.entry, entry.kind, entry.by, entry.due)
        );
    }
    assert_eq!(ledger[0].state, "fulfilled");
    assert_eq!(ledger[0].ended_at, Some(at(1)));
    assert_eq!(db.ledger(workspace, Some(TeamId(2))).await.unwrap(), []);
    let open = ledger.iter().filter(|l| l.state == "open").count();
    assert_eq!(open, 1);
    let policy = db.workspace(GUILD).await.unwrap().unwrap().policy;
    let timer = kaizen_domain::suggestion::next_timer(&row, &policy).unwrap();
    assert_eq!(db.next_due().await.unwrap(), Some(timer.at));
}

pub(crate) async fn expect_timers_replaced_and_removed(world: World) {
    let db = &world.db;
    found(db).await;
    assert_eq!(db.next_due().await.unwrap(), None);
    let (workspace, first) = suggest_at(db, "one", at(0)).await;
    let (_, second) = suggest_at(db, "two", at(30)).await;
    let next = db.next_due().await.unwrap().unwrap();
    assert!(db.due(at(0), 10).await.unwrap().is_empty());
    let late = next + chrono::TimeDelta::days(30);
    let due = db.due(late, 10).await.unwrap();
    assert_eq!(due.iter().map(|d| d.item.number).collect::<Vec<_>>(), [second, first], "the newest first");
    assert_eq!((due[1].workspace, due[1].at), (workspace, next));
    assert_eq!(db.due(late, 1).await.unwrap(), due[..1]);
    // A timer fires by the version of the item, and is replaced with it.
    act(db, cleo(), first, Command::RunDue, next).await.unwrap();
    assert!(db.next_due().await.unwrap().unwrap() > next);
    act(db, sam(), first, Command::Withdraw { reason: None }, at(40)).await.unwrap();
    act(db, sam(), second, Command::Withdraw { reason: None }, at(40)).await.unwrap();
    let loaded = db.load_item(workspace, first).await.unwrap().unwrap().1;
    if loaded.suggestion.is_open() {
        assert!(db.next_due().await.unwrap().is_some());
    } else {
        assert_eq!(db.next_due().await.unwrap(), None);
    }
    assert_eq!(db.load_item(workspace, Number(99)).await.unwrap().map(|l| l.1), None);
}

/// A change of the settings is looked at, and nothing more is planned.
async fn look_at_people(db: &kaizen_storage::Database) {
    for plan in db.people_due(at(0)).await.unwrap() {
        assert!(db.plan_people(&plan, None).await.unwrap());
    }
}

/// Each change of the settings asks for one look at the people, and is not lost behind one that began before it; several who
/// share a responsibility come with how much each of them has.
pub(crate) async fn expect_people_looked_at_after_each_change(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, number) = suggest_at(db, "one", at(0)).await;
    let due = async || -> Vec<_> {
        db.people_due(at(0)).await.unwrap().into_iter().filter(|p| p.next.is_some()).collect()
    };
    assert_eq!(due().await, []);
    let loaded = db.load(&Ask { request: Some("r1".into()), ..ask(sam()) }).await.unwrap();
    assert!(loaded.policy.loads.is_empty(), "nobody shares anything");
    let (owner, other) = (loaded.policy.owner, loaded.actor.id);
    let mut policy = (*loaded.policy).clone();
    policy.teams[0].managers.members = vec![owner, other];
    let saved = db.save_policy(workspace, policy).await.unwrap();
    let first = due().await;
    assert_eq!(db.next_due().await.unwrap(), Some(kaizen_domain::Instant::UNIX_EPOCH));
    // A second change while the first is looked at.
    db.save_policy(workspace, (*saved).clone()).await.unwrap();
    assert!(!db.plan_people(&first[0], Some(at(5))).await.unwrap());
    let second = due().await;
    assert!(db.plan_people(&second[0], Some(at(0))).await.unwrap());
    assert_eq!(db.next_due().await.unwrap(), Some(at(0)));
    for _ in 0..2 {
        let loaded = db.load(&Ask { request: Some("r2".into()), ..ask(sam()) }).await.unwrap();
        let load = |m| loaded.policy.loads.get(&m).map(|l| (l.open, l.last));
        let responsible = db.load_item(workspace, number).await.unwrap().unwrap().1.suggestion.responsible;
        let idle = if responsible == owner { other } else { owner };
        assert_eq!((load(responsible), load(idle)), (Some((1, number.0)), Some((0, 0))));
    }
    // The roll call is moved by one of two.
    assert!(db.move_roll_call(workspace, None, at(9)).await.unwrap());
    assert!(!db.move_roll_call(workspace, None, at(9)).await.unwrap());
    assert!(db.move_roll_call(workspace, Some(at(9)), at(10)).await.unwrap());
    let open = db.open_items(workspace, Number(0), 10).await.unwrap();
    assert_eq!(open.iter().map(|i| i.number).collect::<Vec<_>>(), [number]);
    assert_eq!(db.open_items(workspace, number, 10).await.unwrap(), []);
}

pub(crate) async fn expect_timers_moved_with_the_settings_that_count_them(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, number) = suggest_at(db, "one", at(0)).await;
    let before = db.next_due().await.unwrap().unwrap();
    let item = db.load_item(workspace, number).await.unwrap().unwrap().1;
    let mut policy = (*db.workspace(GUILD).await.unwrap().unwrap().policy).clone();
    policy.teams[0].calendar = kaizen_domain::Calendar::office("Pacific/Auckland".parse().unwrap());
    let saved = db.save_policy(workspace, policy).await.unwrap();
    let timer = kaizen_domain::suggestion::next_timer(&item.suggestion, &saved).unwrap();
    for recount in db.recounts(10).await.unwrap() {
        db.recounted(recount).await.unwrap();
    }
    look_at_people(db).await;
    let after = db.next_due().await.unwrap().unwrap();
    assert_eq!(after.timestamp_micros(), timer.at.timestamp_micros());
    assert_ne!(after, before);
    // By when something is owed is counted anew item by item; until then it stays as it was promised.
    assert_eq!(db.load_item(workspace, number).await.unwrap().unwrap().1, item);
    act(db, cleo(), number, Command::RunDue, after).await.unwrap();
}

pub(crate) async fn expect_items_marked_when_their_calendar_changes(world: World) {
    let (db, other) = (&world.db, world.another().await);
    found(db).await;
    let (workspace, one) = suggest_at(db, "one", at(0)).await;
    let (_, two) = suggest_at(db, "two", at(0)).await;
    let (_, closed) = suggest_at(db, "closed", at(0)).await;
    act(db, sam(), closed, Command::Withdraw { reason: None }, at(1)).await.unwrap();
    let holiday = async |day: &str| {
        let mut policy = (*db.workspace(GUILD).await.unwrap().unwrap().policy).clone();
        policy.teams[0].calendar.holidays.insert(day.parse().unwrap(), "Town day");
        db.save_policy(workspace, policy).await.unwrap().version
    };
    let mut named = (*db.workspace(GUILD).await.unwrap().unwrap().policy).clone();
    named.teams[0].name = "Ward 3".into();
    db.save_policy(workspace, named).await.unwrap();
    assert_eq!(db.recounts(10).await.unwrap(), [], "another name moves nothing");

    let first = holiday("2026-11-17").await;
    let marked = other.recounts(10).await.unwrap();
    assert_eq!(
        marked.iter().map(|r| (r.number, r.version)).collect::<Vec<_>>(),
        [(one, first), (two, first)]
    );
    assert_eq!(db.recounts(1).await.unwrap().len(), 1);
    assert!(db.next_due().await.unwrap().unwrap() < at(0), "due at once");
    assert_eq!(db.due(at(100_000), 10).await.unwrap(), [], "what may move is not due before it is counted");

    act(&other, cleo(), one, Command::CountAnew, at(2)).await.unwrap();
    other.recounted(marked[0]).await.unwrap();
    assert_eq!(db.due(at(100_000), 10).await.unwrap().len(), 1);
    let (row, replayed) = replayed(db, workspace, one).await;
    assert_eq!(row, replayed);
    assert_eq!(
        row.open_requirement().unwrap().due,
        "2026-11-19T10:00:00Z".parse::<kaizen_domain::Instant>().unwrap()
    );

    // A second change while the first one is being counted is not forgotten.
    let second = holiday("2026-11-18").await;
    db.recounted(marked[1]).await.unwrap();
    let marked = db.recounts(10).await.unwrap();
    assert_eq!(
        marked.iter().map(|r| (r.number, r.version)).collect::<Vec<_>>(),
        [(one, second), (two, second)]
    );
    for recount in marked {
        db.recounted(recount).await.unwrap();
        db.recounted(recount).await.unwrap();
    }
    assert_eq!(db.recounts(10).await.unwrap(), []);
    look_at_people(db).await;
    assert!(db.next_due().await.unwrap().unwrap() > at(0));
}

pub(crate) async fn expect_settings_saved_by_one_of_two(world: World) {
    let (db, other) = (&world.db, world.another().await);
    let workspace = found(db).await;
    let policy = (*db.workspace(GUILD).await.unwrap().unwrap().policy).clone();
    let mut mine = policy.clone();
    mine.teams[0].name = "Ward 3".into();
    mine.teams[0].channel = Some(ChannelId(u64::MAX));
    let mut theirs = policy.clone();
    theirs.teams[0].name = "Ward 4".into();
    let (a, b) = tokio::join!(db.save_policy(workspace, mine), other.save_policy(workspace, theirs));
    let (saved, refused) = if a.is_ok() { (a, b) } else { (b, a) };
    let saved = saved.unwrap();
    assert!(matches!(refused, Err(StoreError::Conflict)));
    assert_eq!(saved.version, policy.version + 1);
    for handle in [db, &other] {
        let read = handle.workspace_by_id(workspace).await.unwrap().unwrap().policy;
        assert_eq!(read, saved);
        assert_eq!(handle.load(&ask(sam())).await.unwrap().policy, saved);
    }
}

pub(crate) fn digest(lines: Vec<DigestLine>) -> DigestContent {
    DigestContent {
        team: "Everyone".into(),
        since: at(-100),
        until: at(100),
        thanks: vec![],
        decisions: vec![],
        new: lines,
        waiting: vec![],
        outcomes: vec![],
        lessons: vec![],
        numbers: DigestNumbers::default(),
    }
}

fn line(number: Number, idea: &str) -> DigestLine {
    let says = DigestSays::Implemented { what_changed: Text::Written(format!("{idea} is in place")) };
    DigestLine { number, idea: Text::Written(idea.into()), author: MemberId(1), card: None, says }
}

pub(crate) async fn expect_redaction_everywhere(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, number) = suggest(db, "Leo Brandt waits too long for the lift").await;
    let (_, other) = suggest(db, "Leo should have a quiet room").await;
    act(db, cleo(), number, Command::AddFinding { text: "I asked BRANDT and the porter".into() }, at(1))
        .await
        .unwrap();
    db.plan_missing_digests(workspace, TeamId(1), at(10)).await.unwrap();
    let due = DueDigest { workspace, team: TeamId(1), at: at(10), last: None };
    let content = digest(vec![line(number, "Leo Brandt waits"), line(other, "Leo should")]);
    assert!(db.plan_digest(due, at(20), Some(content)).await.unwrap());
    deliver_all(db).await;
    let postings = db.postings(workspace, number).await.unwrap();
    assert!(postings.len() >= 3, "{postings:?}");

    let words = vec!["leo".to_owned(), "Brandt".to_owned()];
    act(db, sam(), number, Command::Redact { words }, at(2)).await.unwrap();

    let (row, from_history) = replayed(db, workspace, number).await;
    assert_eq!(row, from_history);
    assert_eq!(row.idea, Text::Written("[removed] [removed] waits too long for the lift".into()));
    let history = db.history(workspace, number).await.unwrap();
    assert!(
        matches!(&history[1].event.fact, Fact::FindingAdded { text: Text::Written(t), .. } if t == "I asked [removed] and the porter")
    );
    let StoredDigest { content: kept, posted } =
        db.digest(workspace, TeamId(1), at(10)).await.unwrap().unwrap();
    assert!(posted.is_some(), "where it was posted is known");
    assert_eq!(kept.new[0].idea, Text::Written("[removed] [removed] waits".into()));
    assert_eq!(kept.new[1].idea, Text::Written("Leo should".into()));
    assert!(db.search(workspace, "brandt", 10).await.unwrap().is_empty());
    let leo = db.search(workspace, "leo", 10).await.unwrap();
    assert_eq!(leo.iter().map(|l| l.number).collect::<Vec<_>>(), [other]);
    assert_eq!(db.search(workspace, "lift", 10).await.unwrap().len(), 1);
    // No row of any table holds the word any more.
    let raw = world.raw().await;
    for (table, column) in
        [("suggestions", "state"), ("events", "body"), ("digests", "content"), ("outbox", "job")]
    {
        for text in raw.strings(&format!("SELECT {column} FROM {table}")).await {
            assert!(!text.to_lowercase().contains("brandt"), "{table}.{column}: {text}");
        }
    }
    // Everything that was sent is made anew, the digest included.
    let again = deliver_all(db).await;
    assert!(again.contains(&Job::Digest { team: TeamId(1), at: at(10) }), "{again:?}");
    let rewritten: BTreeSet<i64> = again
        .into_iter()
        .filter_map(|job| if let Job::Rewrite { posting, .. } = job { Some(posting) } else { None })
        .collect();
    assert_eq!(rewritten, postings.iter().map(|p| p.id).collect());
    let first = db.posting(workspace, postings[0].id).await.unwrap();
    assert_eq!(first.as_ref(), Some(&postings[0]));
}

pub(crate) async fn expect_a_post_in_flight_during_redaction_to_be_made_anew(world: World) {
    let db = &world.db;
    found(db).await;
    let (workspace, number) = suggest(db, "Leo waits too long for the lift").await;
    let open = claim(db).await;
    assert_eq!(jobs(&open), ["open"]);
    assert!(db.delivered(&open[0], &sent(&open[0])).await.unwrap());
    let flying = claim(db).await;
    assert!(jobs(&flying).contains(&"post"), "{flying:?}");
    act(db, sam(), number, Command::Redact { words: vec!["Leo".into()] }, at(1)).await.unwrap();
    for claim in &flying {
        assert!(db.delivered(claim, &sent(claim)).await.unwrap());
    }
    let postings = db.postings(workspace, number).await.unwrap();
    let next = deliver_all(db).await;
    for posting in postings.iter().filter(|p| p.seq == 1) {
        assert!(next.contains(&Job::Rewrite { posting: posting.id, shared: None }), "{next:?}");
    }
}

pub(crate) async fn expect_reminders_in_flight_during_redaction_to_lose_only_what_they_say_of_it(
    world: World,
) {
    let db = &world.db;
    let workspace = found(db).await;
    let to = member(db, workspace, &mara()).await;
    let about = kaizen_domain::suggestion::protocol::Word::Due;
    let (kind, step) = (RequirementKind::Acknowledgement, LadderStep::Halfway);
    let reminder = || Notice::Reminder { to, owed_by: to, kind, step, about };
    let (_, one) = suggest(db, "Leo waits too long for the lift").await;
    let (_, two) = suggest(db, "A clock that can be seen from the desk").await;
    deliver_all(db).await;
    tell(db, one, vec![reminder()]).await.unwrap();
    tell(db, two, vec![reminder()]).await.unwrap();
    let flying = claim(db).await.remove(0);
    assert!(db.begin(&flying).await.unwrap());
    act(db, sam(), one, Command::Redact { words: vec!["Leo".into()] }, at(1)).await.unwrap();
    let Sent::Reminded(places) = sent(&flying) else { panic!("{:?}", flying.job) };
    assert!(db.delivered(&flying, &sent(&flying)).await.unwrap());
    let reminded = |postings: Vec<Posting>| {
        let mut all = postings.into_iter().filter(|p| p.seq == Posting::REMINDER);
        all.next().expect("it is written down")
    };
    let (of_one, of_two) = (
        reminded(db.postings(workspace, one).await.unwrap()),
        reminded(db.postings(workspace, two).await.unwrap()),
    );
    let rewritten = |jobs: Vec<Job>| -> Vec<Job> {
        jobs.into_iter().filter(|job| matches!(job, Job::Rewrite { shared: Some(_), .. })).collect()
    };
    let shared = Some(places[0].message);
    assert_eq!(rewritten(deliver_all(db).await), [Job::Rewrite { posting: of_one.id, shared }]);
    // What was sent before is found by its place; both wait for one another, since they change the same message.
    for number in [one, two] {
        act(db, sam(), number, Command::Redact { words: vec!["the".into()] }, at(2)).await.unwrap();
    }
    let first: Vec<Job> = claim(db).await.into_iter().map(|c| c.job).collect();
    assert_eq!(rewritten(first), [Job::Rewrite { posting: of_one.id, shared }], "and {of_two:?} after it");
}

pub(crate) async fn expect_a_caller_who_leaves_to_break_nothing(world: World) {
    let db = &world.db;
    let loaded = db.load(&ask(sam())).await.unwrap();
    for n in 0..40_u32 {
        let change = commit(loaded.workspace, at(0), vec![new_item(&loaded, "one", at(0))]);
        let db = db.clone();
        let mut going = Box::pin(async move { db.commit(&change).await });
        // Polled a few times, then dropped.
        for _ in 0..n % 8 {
            let polled = futures_poll(going.as_mut()).await;
            if polled {
                break;
            }
        }
        drop(going);
    }
    // Whatever of these was committed, was committed whole; the connections are as good as new.
    let (workspace, number) = suggest(db, "the last").await;
    let numbers = db.numbers(workspace).await.unwrap();
    // Some may have been committed after the last one began: what was begun is finished without its caller.
    assert!(numbers.contains(&number));
    let last = u32::try_from(numbers.len()).unwrap();
    assert_eq!(numbers, (1..=last).map(Number).collect::<Vec<_>>(), "none is lost");
    for n in numbers {
        assert_eq!(db.history(workspace, n).await.unwrap().len(), 1);
    }
}

/// One connection is kept at hand between statements: nobody may wait for it in vain.
pub(crate) async fn expect_all_who_come_at_once_to_have_their_turn(world: World) {
    let db = &world.db;
    let workspace = found(db).await;
    let mut all = tokio::task::JoinSet::new();
    for n in 0..24_u32 {
        let db = db.clone();
        all.spawn(async move {
            for _ in 0..8 {
                let (_, number) = suggest(&db, &format!("Shelf {n}")).await;
                assert!(db.find(workspace, number).await.unwrap().is_some());
                act(&db, sam(), number, Command::Withdraw { reason: None }, at(1)).await.unwrap();
                db.similar(workspace, "shelves", Some(number), 3).await.unwrap();
                // Beside it, where reading may take long.
                db.search(workspace, "shelf", 3).await.unwrap();
            }
        });
    }
    while let Some(done) = all.join_next().await {
        done.unwrap();
    }
    assert_eq!(db.numbers(workspace).await.unwrap().len(), 24 * 8);
}

/// Polls once; true if it is done.
async fn futures_poll<F: Future>(mut future: std::pin::Pin<&mut F>) -> bool {
    let polled =
        std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context).is_ready()))
            .await;
    tokio::task::yield_now().await;
    polled
}

pub(crate) async fn expect_any_text_to_be_kept_as_typed(world: World) {
    let db = &world.db;
    found(db).await;
    let loaded = db.load(&ask(person("zero \0 🧹 \u{202e}rtl", 11, &[]))).await.unwrap();
    for text in [
        "nul \0 inside",
        "🧹🧹🧹",
        "\u{202e}right to left",
        "'; DROP TABLE events; --",
        "{\"fact\":\"x\"} $1 ?1 %s",
        "\u{1}\u{7f}\r\n\t x",
    ] {
        let mut item = new_item(&loaded, "placeholder", at(0));
        let text = Text::Written(format!("{text}{}", "ü".repeat(6_000)));
        let fill = |_: &Text| text.clone();
        item.after = item.after.map_texts(&fill);
        for event in &mut item.events {
            event.fact = event.fact.clone().map_texts(&fill);
        }
        let done = db.commit(&commit(loaded.workspace, at(0), vec![item])).await.unwrap();
        let (row, from_history) = replayed(db, loaded.workspace, done.items[0].number).await;
        assert_eq!(row.idea, text);
        assert_eq!(from_history, row);
    }
}

pub(crate) async fn expect_digests_planned_once_by_two_processes(world: World) {
    let (db, other) = (&world.db, world.another().await);
    let workspace = found(db).await;
    let team = TeamId(1);
    for handle in [db, &other, db] {
        handle.plan_missing_digests(workspace, team, at(10)).await.unwrap();
    }
    assert_eq!(db.next_due().await.unwrap(), Some(at(10)));
    assert_eq!(db.due_digests(at(9)).await.unwrap(), []);
    let due = DueDigest { workspace, team, at: at(10), last: None };
    assert_eq!(db.due_digests(at(10)).await.unwrap(), [due]);
    let content = digest(vec![line(Number(1), "hooks")]);
    let (a, b) = tokio::join!(
        db.plan_digest(due, at(100), Some(content.clone())),
        other.plan_digest(due, at(100), Some(content.clone()))
    );
    assert!(a.unwrap() != b.unwrap(), "one of the two is first");
    assert_eq!(world.raw().await.count("digests").await, 1);
    let stored = StoredDigest { content, posted: None };
    assert_eq!(db.digest(workspace, team, at(10)).await.unwrap(), Some(stored));
    assert_eq!(db.digest(workspace, team, at(11)).await.unwrap(), None);
    assert_eq!(deliver_all(db).await, [Job::Digest { team, at: at(10) }]);
    assert_eq!(
        db.due_digests(at(100)).await.unwrap(),
        [DueDigest { at: at(100), last: Some(at(10)), ..due }]
    );
    // A digest that is only planned anew posts nothing and covers no time.
    assert!(
        db.plan_digest(DueDigest { at: at(100), last: Some(at(10)), ..due }, at(200), None).await.unwrap()
    );
    assert_eq!(
        db.due_digests(at(200)).await.unwrap(),
        [DueDigest { at: at(200), last: Some(at(10)), ..due }]
    );
    assert_eq!(deliver_all(db).await, []);
}

pub(crate) async fn expect_old_requests_and_deliveries_purged(world: World) {
    let db = &world.db;
    let loaded = db.load(&ask(sam())).await.unwrap();
    let mut change = commit(loaded.workspace, at(0), vec![new_item(&loaded, "one", at(0))]);
    change.request = Some("old".into());
    db.commit(&change).await.unwrap();
    change.request = Some("new".into());
    change.now = at(60);
    db.commit(&change).await.unwrap();
    let raw = world.raw().await;
    assert_eq!(db.purge(at(60)).await.unwrap(), 1);
    assert_eq!(raw.strings("SELECT request_id FROM requests").await, ["new"]);
    let waiting = raw.count("outbox").await;
    assert_eq!(db.purge(at(60)).await.unwrap(), 0);
    assert_eq!(raw.count("outbox").await, waiting);
    let delivered = deliver_all(db).await.len();
    // Deliveries are dated by the database's clock.
    let tomorrow = "2100-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(db.purge(tomorrow).await.unwrap(), 1 + u64::try_from(delivered).unwrap());
    assert_eq!(raw.count("outbox").await, 0);
    assert_eq!(raw.count("events").await, 2);
}

pub(crate) async fn expect_nothing_saved_without_a_database(world: World) {
    let db = world.another().await;
    let loaded = db.load(&ask(sam())).await.unwrap();
    db.ping().await.unwrap();
    db.close().await;
    let change = commit(loaded.workspace, at(0), vec![new_item(&loaded, "one", at(0))]);
    assert!(matches!(db.commit(&change).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(db.load(&ask(sam())).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(db.ping().await, Err(StoreError::Unavailable(_))));
    assert_eq!(world.db.numbers(loaded.workspace).await.unwrap(), []);
}
