//! The whole life of an idea, by buttons and forms.
//!
//! ```text
//! sam    /suggest idea:The supply room has no labels
//! mara   [Acknowledge]  [Add finding]  [Decide] → [Accept]
//! ines   [Implemented]
//! sam    [It works]
//! mara   [Record outcome] → [Worked]
//! ```

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(from_the_idea_to_its_outcome);

async fn from_the_idea_to_its_outcome(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    snap!(w.card(idea), @"");
    snap!(w.last_post(idea), @"");
    assert_eq!(w.dm_count("sam"), 0, "nobody is told of their own step");

    let reply = w.press("mara", idea, "Acknowledge").await;
    assert!(reply.private());
    snap!(reply.text(), @"");
    snap!(w.last_dm("sam"), @"");

    let form = w.press("mara", idea, "Add finding").await;
    snap!(form.text(), @"");
    let reply = w.fill("mara", &form, json!({ "text": "Counted: 14 searches a week, 3 minutes each" })).await;
    snap!(reply.text(), @"");

    let menu = w.press("mara", idea, "Decide").await;
    snap!(menu.text(), @"");
    let form = w.press_on("mara", menu.message(), "Accept").await;
    snap!(form.text(), @"");
    let reply = w
        .fill("mara", &form, json!({ "reason": "Cheap, and it saves an hour a week", "due": "2 weeks", "loop": "practice" }))
        .await;
    snap!(reply.text(), @"");
    snap!(w.card(idea), @"");
    snap!(w.last_dm("sam"), @"");

    let reply = w.slash_at(idea, "mara", "idea replan", json!({ "reason": "Ines has the label printer", "owner": "ines" })).await;
    snap!(reply.text(), @"");
    let form = w.press("ines", idea, "Implemented").await;
    let reply = w.fill("ines", &form, json!({ "what-changed": "Every shelf has a label" })).await;
    snap!(reply.text(), @"");
    snap!(w.card(idea), @"");
    snap!(w.last_dm("sam"), @"");

    let reply = w.press("sam", idea, "It works").await;
    snap!(reply.text(), @"");
    w.advance("30 days").await;
    snap!(w.last_dm("mara"), @"");
    let menu = w.press("mara", idea, "Record outcome").await;
    snap!(menu.text(), @"");
    let form = w.press_on("mara", menu.message(), "Worked").await;
    let fields = json!({
        "note": "Searches counted for a week", "benefit": "time", "before": "42", "after": "6", "unit": "minutes a week"
    });
    let reply = w.fill("mara", &form, fields).await;
    snap!(reply.text(), @"");
    snap!(w.card(idea), @"");
    snap!(w.last_dm("sam"), @"");
    snap!(w.thread(idea).join("\n---\n"), @"");
    assert_eq!(
        w.history(idea.0).await,
        [
            "submitted", "acknowledged", "finding_added", "accepted", "replanned", "implemented", "feedback_given",
            "reminded", "outcome_verified"
        ]
    );
}
