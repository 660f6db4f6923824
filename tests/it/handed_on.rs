//! Referred to the next level, assigned to somebody else: the author's wait goes on counting.
//!
//! ```text
//! mara   [Refer] Beyond my budget      → noor acknowledges anew; the decision stays due when it was
//! noor   /idea assign to:otto reason:… → otto has it, due when it was
//! ```

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(referred_and_assigned);

async fn referred_and_assigned(w: &mut World) {
    let idea = w.suggest("sam", "A second blood pressure monitor").await;
    w.press("mara", idea, "Acknowledge").await;
    let due = w.stored(idea.0).await.suggestion.open_requirement().map(|r| r.due);
    let form = w.press("mara", idea, "Refer").await;
    snap!(form.text(), @"");
    let reply = w.fill("mara", &form, json!({ "reason": "Beyond my budget" })).await;
    snap!(reply.text(), @"");
    snap!(w.last_post(idea), @"");
    snap!(w.last_dm("sam"), @"");
    w.press("noor", idea, "Acknowledge").await;
    let stored = w.stored(idea.0).await.suggestion;
    assert_eq!(stored.open_requirement().map(|r| r.due), due, "the decision stays due when it was");

    let reply = w.slash_at(idea, "noor", "idea assign", json!({ "to": "otto", "reason": "Theatre has a spare one" })).await;
    snap!(reply.text(), @"");
    snap!(w.last_post(idea), @"");
    assert_eq!(w.stored(idea.0).await.suggestion.open_requirement().map(|r| r.due), due, "assigning moves no due time");

    for (to, why) in [("sam", "its author"), ("ines", "no manager"), ("otto", "has it already")] {
        let before = w.stored(idea.0).await;
        let reply = w.slash_at(idea, "otto", "idea assign", json!({ "to": to, "reason": "Please" })).await;
        assert_eq!(w.stored(idea.0).await, before, "{why}: {}", reply.text());
    }
    let reply = w.slash_at(idea, "otto", "idea refer", json!({ "reason": "A policy", "policy": true })).await;
    snap!(reply.text(), @"");
}
