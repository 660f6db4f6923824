//! The platform delivers each event up to three times: everything is recorded once, and everybody is told once.

use kaizen_tests::{World, story};
use serde_json::json;

story!(recorded_once);

async fn recorded_once(w: &mut World) {
    // The second answer to one interaction is refused (40060).
    w.expected_statuses.push(400);
    w.sim.seed_faults(7);
    w.sim.deliver_events_up_to(3);
    for n in 1..=10 {
        let idea = w.suggest("sam", &format!("Idea number {n}")).await;
        assert_eq!(idea.0, n);
        w.press("mara", idea, "Acknowledge").await;
        w.slash_at(idea, "mara", "idea finding", json!({ "text": "Looked at" })).await;
        w.press("ines", idea, "Me too").await;
        assert_eq!(w.history(n).await, ["submitted", "acknowledged", "finding_added", "supported"]);
    }
    assert_eq!(w.dm_count("sam"), 20, "one message for each step of the manager");
    for n in 1..=10 {
        assert_eq!(w.thread(kaizen_tests::Idea(n)).len(), 3);
    }
    let workspace = w.workspace().await.expect("a workspace").id;
    let numbers =
        kaizen_workflow::ports::Queries::numbers(&w.db, workspace).await.expect("the database answers");
    assert_eq!(numbers.len(), 10);
}
