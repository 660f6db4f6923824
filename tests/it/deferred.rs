//! Deferred until a date, on which it is taken up again by itself; a second time is the next level's to decide.

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(deferred_and_taken_up_again);

async fn deferred_and_taken_up_again(w: &mut World) {
    let idea = w.suggest("sam", "Paint the corridor in calm colours").await;
    w.press("mara", idea, "Acknowledge").await;
    let menu = w.press("mara", idea, "Decide").await;
    let form = w.press_on("mara", menu.message(), "Defer").await;
    snap!(form.text(), @"");
    let reply = w.fill("mara", &form, json!({ "reason": "After the move", "until": "14 December" })).await;
    snap!(reply.text(), @"");
    snap!(w.card(idea), @"");
    w.advance("5 weeks").await;
    assert!(w.thread(idea).iter().any(|p| p.contains("taken up again")), "{:?}", w.thread(idea));
    snap!(w.last_dm("sam"), @"");
    let options = json!({ "reason": "The move is late", "until": "4 weeks" });
    let reply = w.slash_at(idea, "mara", "idea defer", options.clone()).await;
    snap!(reply.text(), @"");
    let reply = w.slash_at(idea, "noor", "idea defer", options.clone()).await;
    snap!(reply.text(), @"");
    let reply = w.slash_at(idea, "cleo", "idea defer", options).await;
    snap!(reply.text(), @"");
    // A new finding brings it back earlier.
    w.slash_at(idea, "cleo", "idea finding", json!({ "text": "The painters are here next week" })).await;
    assert!(w.buttons(idea).contains(&"Decide".to_owned()));
}
