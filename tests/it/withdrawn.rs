//! Withdrawn by its author, reopened by the coordinator, edited, declined, reopened with what it came back from.

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(withdrawn_and_reopened);
story!(edited_before_the_decision);

async fn withdrawn_and_reopened(w: &mut World) {
    let idea = w.suggest("sam", "Knock before entering the quiet room").await;
    let reply = w.slash_at(idea, "mara", "idea withdraw", json!({})).await;
    snap!(reply.text(), @"");
    let reply = w.slash_at(idea, "sam", "idea withdraw", json!({ "reason": "There is a sign already" })).await;
    snap!(reply.text(), @"");
    snap!(w.card(idea), @"");
    snap!(w.last_post(idea), @"");
    assert!(w.buttons(idea).is_empty());

    let again = w.suggest("ines", "Nobody reads the sign at the quiet room").await;
    let options = json!({ "number": "K-1", "reason": "It came up again", "came-back-from": again.to_string() });
    let reply = w.slash("mara", "idea reopen", options.clone()).await;
    snap!(reply.text(), @"");
    let reply = w.slash("cleo", "idea reopen", options).await;
    snap!(reply.text(), @"");
    snap!(w.last_post(idea), @"");
    snap!(w.last_dm("sam"), @"");
    assert_eq!(w.history(idea.0).await, ["submitted", "withdrawn", "reopened"]);
}

async fn edited_before_the_decision(w: &mut World) {
    let idea = w.suggest("sam", "Label the shelfs").await;
    let due = w.stored(idea.0).await.suggestion.open_requirement().map(|r| r.due);
    w.advance("2h").await;
    let form = w.slash_at(idea, "sam", "idea edit", json!({})).await;
    snap!(form.text(), @"");
    let reply = w.fill("sam", &form, json!({ "idea": "Label the shelves", "proposal": "Large letters" })).await;
    snap!(reply.text(), @"");
    snap!(w.last_post(idea), @"");
    assert!(w.card(idea).contains("Label the shelves"));
    let thread = w.sim.channel(w.thread_id(idea)).expect("a thread").name;
    assert_eq!(thread, "K-1 Label the shelves");
    assert_eq!(w.stored(idea.0).await.suggestion.open_requirement().map(|r| r.due), due, "editing moves no due time");
    let history = w.slash_at(idea, "ines", "idea history", json!({})).await;
    snap!(history.text(), @"");

    let reply = w.slash_at(idea, "ines", "idea edit", json!({})).await;
    snap!(reply.text(), @"");
    w.press("mara", idea, "Acknowledge").await;
    w.slash_at(idea, "mara", "idea accept", json!({ "reason": "Yes" })).await;
    let reply = w.slash_at(idea, "sam", "idea edit", json!({})).await;
    snap!(reply.text(), @"");
}
