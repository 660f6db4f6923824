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
    snap!(form.text(), @r"
    Form: Accept as a trial · K-1
    - Why is it worth a trial? ★
    - What do you expect to happen?
    - What do you look at to know?
    - When do you look at it?
    - In place by when?
    ");
    let fields = json!({
        "reason": "Worth six weeks", "trial-hypothesis": "Fewer things are forgotten",
        "trial-measure": "Questions after the handover", "trial-review": "6 weeks", "due": "1 week"
    });
    let reply = w.fill("mara", &form, fields).await;
    snap!(reply.text(), @r"
    Recorded: [K-1] is accepted. @mara carries it out, and its author is told why.
    Next: @mara carries it out by Mon 23 Nov 17:00.
    Once it is done: `/idea implemented`. If the plan changes: `/idea replan`.
    ");
    snap!(w.last_post(idea), @r"
    @mara accepted it as a trial. It changes this case.
    **Why**:
    > Worth six weeks
    **What we expect**:
    > Fewer things are forgotten
    **What we look at**:
    > Questions after the handover
    We look at it together on Mon 28 Dec.
    Next: @mara carries it out by Mon 23 Nov 17:00.
    -# K-1 · 3
    ");

    let reply = w
        .slash_at(idea, "mara", "idea implemented", json!({ "what-changed": "We hand over at the bedside" }))
        .await;
    snap!(reply.text(), @r"
    Recorded: [K-1] is implemented. Author and supporters are told, and asked whether it works.
    Next: on Mon 28 Dec 17:00 those who work with it are asked whether it helps; then @mara records the outcome.
    ");

    // Mara carried it out: she records no outcome before somebody else has answered.
    let options = json!({ "effect": "worked", "note": "I like it" });
    let reply = w.slash_at(idea, "mara", "idea outcome", options).await;
    snap!(reply.text(), @r"
    Somebody else should have a look first. Once one other person has said whether it works (`/idea feedback`), you can record the outcome.
    This is what you typed, so that it is not lost:
    **note**:
    > I like it
    ");
    w.slash_at(idea, "ines", "idea feedback", json!({ "works": "partly", "note": "Not at night" })).await;
    snap!(w.last_post(idea), @r#"
    Somebody who works with it writes on "does it work?":
    > Not at night
    -# K-1 · 5
    "#);

    let options = json!({ "effect": "partly", "note": "Fine by day, not at night" });
    let reply = w.slash_at(idea, "mara", "idea outcome", options.clone()).await;
    snap!(reply.text(), @r"
    Recorded: the outcome of [K-1] so far: it worked in part. It is checked once more.
    Next: on Wed 16 Dec 10:00 those who work with it are asked whether it helps; then @mara records the outcome.
    ");
    // Each check asks anew.
    let partly = json!({ "works": "partly" });
    w.slash_at(idea, "ines", "idea feedback", partly.clone()).await;
    w.slash_at(idea, "mara", "idea outcome", options.clone()).await;
    w.slash_at(idea, "ines", "idea feedback", partly).await;
    // Twice without a clear answer: the third one is the coordinator's.
    let reply = w.slash_at(idea, "mara", "idea outcome", options.clone()).await;
    snap!(reply.text(), @r"
    Recorded: the outcome of [K-1] so far: it worked in part. It is checked once more.
    Next: on Mon 23 Nov 10:00 those who work with it are asked whether it helps; then @cleo records the outcome.
    ");
    w.slash_at(idea, "cleo", "idea outcome", options).await;
    assert_eq!(w.history(idea.0).await.last(), Some(&"outcome_verified"));
}
