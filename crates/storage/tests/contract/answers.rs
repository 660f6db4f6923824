//! Answers to "does it work?": who has answered is kept apart from what was answered, and only while it is asked.

use kaizen_domain::suggestion::protocol::{AcceptAs, Effect, Loop, TrialPlan, Works};
use kaizen_domain::suggestion::{Answered, Command, forgetting};
use kaizen_domain::{Number, WorkspaceId};
use kaizen_storage::Database;
use kaizen_workflow::forgetting::Forgetting;
use kaizen_workflow::ports::{Person, Queries, Store, StoreError};

use crate::support::*;

/// Sam's idea, carried out.
async fn in_place(db: &Database) -> (WorkspaceId, Number) {
    found(db).await;
    let (workspace, number) = suggest(db, "Put the spare batteries next to the hoists").await;
    let accept = Command::Accept {
        how: AcceptAs::AsSuggested,
        rationale: "Cheap".into(),
        implementer: None,
        due: None,
        changes: Loop::Case,
        norm: None,
        trial: TrialPlan::default(),
    };
    let implemented = Command::RecordImplementation { what_changed: "A box".into() };
    for (command, minute) in [(Command::Acknowledge, 1), (accept, 2), (implemented, 3)] {
        act(db, cleo(), number, command, at(minute)).await.unwrap();
    }
    (workspace, number)
}

fn says(works: Works) -> Command {
    Command::GiveFeedback { works, note: None }
}

async fn answered(db: &Database, workspace: WorkspaceId, number: Number, who: &Person) -> Answered {
    let member = member(db, workspace, who).await;
    db.answered(workspace, number, member).await.unwrap()
}

pub(crate) async fn expect_answers_without_names_until_the_question_ends(world: World) {
    let (workspace, number) = in_place(&world.db).await;
    let db = &world.db;
    let nobody = Answered { own: false, others: false };
    assert_eq!(answered(db, workspace, number, &sam()).await, nobody);
    act(db, sam(), number, says(Works::No), at(4)).await.unwrap();
    assert_eq!(answered(db, workspace, number, &sam()).await, Answered { own: true, others: false });
    assert_eq!(answered(db, workspace, number, &mara()).await, Answered { own: false, others: true });
    act(db, mara(), number, says(Works::Yes), at(5)).await.unwrap();
    assert_eq!(answered(db, workspace, number, &sam()).await, Answered { own: true, others: true });

    let (row, replayed) = replayed(db, workspace, number).await;
    assert_eq!(row, replayed);
    assert_eq!((row.answers().works, row.answers().not, row.answers().total()), (1, 1, 2));
    // No event names anybody, and the table of those who answered has neither an answer nor a time.
    let raw = world.raw().await;
    let named = "SELECT COALESCE(CAST(member_id AS TEXT), 'nobody') || '/' || actor FROM events WHERE fact = 'feedback_given'";
    assert_eq!(raw.strings(named).await, ["nobody/nameless", "nobody/nameless"]);
    let bodies = raw.strings("SELECT body FROM events WHERE fact = 'feedback_given'").await;
    assert!(bodies.iter().all(|body| body.contains("\"works\"") && !body.contains("member")), "{bodies:?}");
    assert_eq!(raw.count("answered").await, 2);

    // Of another idea it says nothing.
    let (_, other) = suggest(db, "Another").await;
    assert_eq!(answered(db, workspace, other, &sam()).await, nobody);
    // The next check begins with nobody.
    let outcome =
        Command::RecordOutcome { effect: Effect::Partly, note: "Half of it".into(), benefits: vec![] };
    let (loaded, mut item) = load(db, cleo(), number).await;
    item.suggestion.answered = db.answered(workspace, number, loaded.actor.id).await.unwrap();
    db.commit(&commit(workspace, at(6), vec![change(&loaded, &item, &outcome, at(6))])).await.unwrap();
    assert_eq!(answered(db, workspace, number, &sam()).await, nobody);
    assert_eq!(raw.count("answered").await, 0);
    let item = db.find(workspace, number).await.unwrap().unwrap().suggestion;
    assert_eq!((item.answers().total(), item.outcome.unwrap().answers.total()), (0, 2));
}

pub(crate) async fn expect_one_answer_of_one_who_presses_twice_at_once(world: World) {
    let (workspace, number) = in_place(&world.db).await;
    let (loaded, item) = load(&world.db, sam(), number).await;
    let press = |works| commit(workspace, at(4), vec![change(&loaded, &item, &says(works), at(4))]);
    world.db.commit(&press(Works::Yes)).await.unwrap();
    let second = world.another().await.commit(&press(Works::No)).await;
    assert!(matches!(second, Err(StoreError::Conflict)), "{second:?}");
    let item = world.db.find(workspace, number).await.unwrap().unwrap().suggestion;
    assert_eq!((item.answers().works, item.answers().total()), (1, 1));
    assert_eq!(world.raw().await.count("answered").await, 1);
}

pub(crate) async fn expect_nothing_left_of_one_who_is_forgotten_but_the_count(world: World) {
    let (workspace, number) = in_place(&world.db).await;
    let db = &world.db;
    act(db, mara(), number, says(Works::No), at(4)).await.unwrap();
    act(db, sam(), number, says(Works::Yes), at(5)).await.unwrap();
    let known = db.known(GUILD, mara().user).await.unwrap().unwrap();
    assert_eq!(db.concerned(workspace, known.member).await.unwrap(), [], "no item says that it was she");
    let policy = forgetting::without(&known.policy, known.member, known.policy.owner);
    let member = known.member;
    let gone =
        Forgetting { workspace, member, heir: None, policy, now: at(6), name: "mara".into(), items: vec![] };
    db.forget(&gone).await.unwrap();
    assert_eq!(db.answered(workspace, number, member).await.unwrap(), Answered { own: false, others: true });
    assert_eq!(world.raw().await.count("answered").await, 1);
    let (row, replayed) = replayed(db, workspace, number).await;
    assert_eq!((row.answers().works, row.answers().not), (1, 1));
    assert_eq!(row, replayed);
}
