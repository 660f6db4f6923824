//! Accepted, and then the plan changes: once by the manager, a second time with the next level, or it cannot be done.

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(a_new_date_and_then_a_stop);

async fn a_new_date_and_then_a_stop(w: &mut World) {
    let idea = w.suggest("sam", "A rail at the back stairs").await;
    w.press("mara", idea, "Acknowledge").await;
    w.slash_at(idea, "mara", "idea accept", json!({ "reason": "Somebody will fall", "owner": "ines", "due": "2 weeks" })).await;

    let reply = w.slash_at(idea, "ines", "idea replan", json!({ "reason": "The rail is not here yet" })).await;
    snap!(reply.text(), @"");
    let later = |due: &str| json!({ "reason": "The rail is not here yet", "due": due });
    let reply = w.slash_at(idea, "ines", "idea replan", later("3 weeks")).await;
    snap!(reply.text(), @"");
    snap!(w.last_post(idea), @"");
    let reply = w.slash_at(idea, "mara", "idea replan", later("5 weeks")).await;
    snap!(reply.text(), @"");
    let reply = w.slash_at(idea, "cleo", "idea replan", later("5 weeks")).await;
    snap!(reply.text(), @"");
    let reply = w.slash_at(idea, "ines", "idea replan", json!({ "reason": "No rail fits", "stop": true })).await;
    snap!(reply.text(), @"");
    // It was never looked into: it cannot be declined now without a finding either.
    let reply = w.slash_at(idea, "mara", "idea decline", json!({ "reason": "No rail fits these stairs, sadly." })).await;
    assert!(reply.text().contains("a finding is missing"), "{}", reply.text());
}
