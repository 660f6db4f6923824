//! Declined: never without a finding, always with a reason; appealed once; decided anew by somebody else.
//!
//! ```text
//! mara   [Decide] → [Decline]     → a finding is missing
//! mara   [Add finding], [Decide] → [Decline]
//! sam    [Appeal]                 → noor decides, not mara
//! noor   accepts
//! ```

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(declined_appealed_and_accepted_by_the_next_level);
story!(no_appeal_after_fourteen_days, sqlite);

async fn declined_appealed_and_accepted_by_the_next_level(w: &mut World) {
    let idea = w.suggest("sam", "Put the spare batteries next to the hoists").await;
    w.press("mara", idea, "Acknowledge").await;
    let menu = w.press("mara", idea, "Decide").await;
    snap!(menu.text(), @"");
    let missing = w.press_on("mara", menu.message(), "Decline").await;
    snap!(missing.text(), @"");
    let form = w.press_on("mara", missing.message(), "Add finding").await;
    w.fill("mara", &form, json!({ "text": "The hoists have no room for a box" })).await;

    let reply = w.slash_at(idea, "mara", "idea decline", json!({ "reason": "No room." })).await;
    snap!(reply.text(), @"");
    let menu = w.press("mara", idea, "Decide").await;
    let form = w.press_on("mara", menu.message(), "Decline").await;
    snap!(form.text(), @"");
    let fields = json!({ "reason": "The hoists have no room for a box; the cupboard is two steps away.", "class": "not feasible" });
    let reply = w.fill("mara", &form, fields).await;
    snap!(reply.text(), @"");
    snap!(w.card(idea), @"");
    snap!(w.last_dm("sam"), @"");

    let reply = w.press("ines", idea, "Appeal").await;
    snap!(reply.text(), @"");
    let form = w.press("sam", idea, "Appeal").await;
    let reply = w.fill("sam", &form, json!({ "reason": "There is room on the left side" })).await;
    snap!(reply.text(), @"");
    snap!(w.last_post(idea), @"");

    let reply = w.press("mara", idea, "Acknowledge").await;
    snap!(reply.text(), @"");
    w.press("noor", idea, "Acknowledge").await;
    let reply = w.slash_at(idea, "noor", "idea accept", json!({ "reason": "Sam is right", "owner": "ines" })).await;
    snap!(reply.text(), @"");
    snap!(w.card(idea), @"");
    snap!(w.thread(idea).join("\n---\n"), @"");
}

async fn no_appeal_after_fourteen_days(w: &mut World) {
    let idea = w.suggest("sam", "Put the spare batteries next to the hoists").await;
    w.slash_at(idea, "mara", "idea finding", json!({ "text": "No room" })).await;
    w.slash_at(idea, "mara", "idea decline", json!({ "reason": "The hoists have no room for a box." })).await;
    w.advance("15 days").await;
    let reply = w.slash_at(idea, "sam", "idea appeal", json!({ "reason": "There is room" })).await;
    snap!(reply.text(), @"");
    assert_eq!(w.history(idea.0).await, ["submitted", "finding_added", "declined"]);
}
