use std::sync::Arc;

use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::Submission;
use kaizen_domain::{ChannelId, MemberId, UserId};
use kaizen_storage::{Database, Options};
use kaizen_workflow::clock::ManualClock;
use kaizen_workflow::digest::Schedule;
use kaizen_workflow::engine::Engine;
use kaizen_workflow::ports::{Ask, Founding, ItemRef, Person};

use super::*;

const GUILD: GuildId = GuildId(1000);

fn ask(user: u64, item: Option<Number>) -> Ask {
    let person =
        Person { user: UserId(user), name: format!("person {user}"), roles: Vec::new(), admin: false };
    Ask {
        guild: GUILD,
        person,
        request: None,
        item: item.map(ItemRef::Number),
        other: None,
        named: Vec::new(),
    }
}

/// mara (1) owns the workspace; sam (2) had two ideas, one of them acknowledged.
async fn ward() -> Database {
    let database = Database::open("sqlite::memory:", Options::default()).await.unwrap();
    database.migrate().await.unwrap();
    database.found(&Founding { guild: GUILD, name: "Ward".to_owned(), owner: UserId(1) }).await.unwrap();
    let clock = Arc::new(ManualClock::at("2026-11-16T10:00:00Z".parse().unwrap()));
    let store: Arc<Database> = Arc::new(database.clone());
    let engine = Engine::new(
        Arc::<Database>::clone(&store),
        store,
        clock,
        Schedule::parse(Schedule::DEFAULT).unwrap(),
    );
    for idea in ["Label the drawers", "A second trolley"] {
        let make = |loaded: &kaizen_workflow::ports::Loaded| {
            Ok(Submission {
                idea: idea.to_owned(),
                proposal: None,
                benefit: None,
                area: None,
                team: loaded.policy.teams[0].id,
                for_name: None,
                done: false,
                source: None,
            })
        };
        engine.submit(&ask(2, None), ChannelId(7), make).await.unwrap();
    }
    engine.execute(&ask(1, Some(Number(1))), |_, _| Ok(Command::Acknowledge)).await.unwrap();
    database
}

#[tokio::test]
async fn expect_nothing_to_differ_in_what_the_engine_wrote() {
    let database = ward().await;
    let audit = verify(&database, &database).await.unwrap();
    assert_eq!(audit, Audit { workspaces: 1, items: 2, events: 3, differences: Vec::new() });
}

#[tokio::test]
async fn expect_every_kind_of_tampering_found() {
    let database = ward().await;
    let workspace = database.workspace(GUILD).await.unwrap().unwrap();
    let steps = database.history(workspace.id, Number(1)).await.unwrap();
    let (_, stored) = database.load_item(workspace.id, Number(1)).await.unwrap().unwrap();
    let row = stored.suggestion;
    assert_eq!(compare(&steps, &row), [""; 0]);

    assert_eq!(
        compare(&steps[1..], &row),
        ["step 1 is missing (found 2)", "its history does not make a suggestion"],
        "a step is gone"
    );
    assert!(
        compare(&steps[..1], &row)[0].starts_with("its history replayed gives another "),
        "the last step is gone"
    );
    let other = Suggestion { responsible: MemberId(99), ..row.clone() };
    assert_eq!(compare(&steps, &other), ["its history replayed gives another responsible than the row"]);
    let mut silent = row.clone();
    silent.ledger.clear();
    assert_eq!(
        compare(&steps, &silent),
        [
            "its history replayed gives another ledger than the row",
            "0 open required responses where there should be 1"
        ]
    );

    let mut lines = by_number(database.ledger(workspace.id, None).await.unwrap()).remove(&Number(1)).unwrap();
    assert_eq!(ledger_differs(&row.ledger, &lines), None);
    lines[1].state = "fulfilled".to_owned();
    assert_eq!(
        ledger_differs(&row.ledger, &lines).as_deref(),
        Some("entry 2 of the ledger (decision) differs from the row")
    );
    lines.pop();
    assert_eq!(
        ledger_differs(&row.ledger, &lines).as_deref(),
        Some("1 entries in the ledger where there should be 2")
    );
}

#[test]
fn expect_gaps_named() {
    assert_eq!(gaps([1, 2, 3].into_iter(), "number", &[]), None);
    assert_eq!(gaps([1, 3].into_iter(), "number", &[]).as_deref(), Some("number 2 is missing (found 3)"));
    assert_eq!(gaps([2].into_iter(), "number", &[]).as_deref(), Some("number 1 is missing (found 2)"));
    // What a restored backup leapt over is no gap, once or twice; anything else beside it is.
    let leaps = [(3, 1004), (1004, 2506)];
    assert_eq!(gaps([1, 2, 1004, 1005].into_iter(), "number", &leaps), None);
    assert_eq!(gaps([1, 2, 2506].into_iter(), "number", &leaps), None);
    let found = |numbers: &[i64]| gaps(numbers.iter().copied(), "number", &leaps);
    assert_eq!(found(&[1, 2, 3, 4]), None, "leapt over, and not left out after all");
    assert_eq!(found(&[1, 1004]).as_deref(), Some("number 2 is missing (found 1004)"));
    assert_eq!(found(&[1, 2, 1005]).as_deref(), Some("number 1004 is missing (found 1005)"));
    assert_eq!(found(&[1, 2, 1003]).as_deref(), Some("number 3 is missing (found 1003)"));
    assert_eq!(gaps([1, 1].into_iter(), "number", &[]).as_deref(), Some("number 2 is missing (found 1)"));
}
