//! A trial: tried, looked at on its review date, adopted.
//!
//! ```text
//! mara   /idea accept as:trial trial-hypothesis:… trial-measure:… trial-review:6 weeks
//! ines   /idea implemented            → the outcome is due on the review date
//! mara   /idea outcome effect:partly  → checked once more
//! ```

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(tried_and_looked_at);

async fn tried_and_looked_at(w: &mut World) {
    let idea = w.suggest("sam", "Hand over at the bedside instead of in the office").await;
    w.press("mara", idea, "Acknowledge").await;
    let menu = w.press("mara", idea, "Decide").await;
    let form = w.press_on("mara", menu.message(), "Trial").await;
    snap!(form.text(), @"");
    let fields = json!({
        "reason": "Worth six weeks", "trial-hypothesis": "Fewer things are forgotten",
        "trial-measure": "Questions after the handover", "trial-review": "6 weeks", "due": "1 week"
    });
    let reply = w.fill("mara", &form, fields).await;
    snap!(reply.text(), @"");
    snap!(w.last_post(idea), @"");

    let reply = w.slash_at(idea, "mara", "idea implemented", json!({ "what-changed": "We hand over at the bedside" })).await;
    snap!(reply.text(), @"");

    // Mara carried it out: she records no outcome before somebody else has answered.
    let options = json!({ "effect": "worked", "note": "I like it" });
    let reply = w.slash_at(idea, "mara", "idea outcome", options).await;
    snap!(reply.text(), @"");
    w.slash_at(idea, "ines", "idea feedback", json!({ "works": "partly", "note": "Not at night" })).await;
    snap!(w.last_post(idea), @"");

    let options = json!({ "effect": "partly", "note": "Fine by day, not at night" });
    let reply = w.slash_at(idea, "mara", "idea outcome", options.clone()).await;
    snap!(reply.text(), @"");
    w.slash_at(idea, "mara", "idea outcome", options.clone()).await;
    // Twice without a clear answer: the third one is the coordinator's.
    let reply = w.slash_at(idea, "mara", "idea outcome", options.clone()).await;
    snap!(reply.text(), @"");
    w.slash_at(idea, "cleo", "idea outcome", options).await;
    assert_eq!(w.history(idea.0).await.last(), Some(&"outcome_verified"));
}
