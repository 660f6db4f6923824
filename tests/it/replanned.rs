//! Accepted, and then the plan changes: once by the manager, a second time with the next level, or it cannot be done.

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(a_new_date_and_then_a_stop);

async fn a_new_date_and_then_a_stop(w: &mut World) {
    let idea = w.suggest("sam", "A rail at the back stairs").await;
    w.press("mara", idea, "Acknowledge").await;
    w.slash_at(
        idea,
        "mara",
        "idea accept",
        json!({ "reason": "Somebody will fall", "owner": "ines", "due": "2 weeks" }),
    )
    .await;

    let reply =
        w.slash_at(idea, "ines", "idea replan", json!({ "reason": "The rail is not here yet" })).await;
    snap!(reply.text(), @r"
    Nothing would change. Give a new `due` date, a new `owner`, or `stop` if it cannot be done.
    This is what you typed, so that it is not lost:
    **reason**:
    > The rail is not here yet
    ");
    let later = |due: &str| json!({ "reason": "The rail is not here yet", "due": due });
    let reply = w.slash_at(idea, "ines", "idea replan", later("3 weeks")).await;
    snap!(reply.text(), @"Recorded: the new plan of [K-1]. @ines carries it out by Mon 7 Dec 17:00.");
    snap!(w.last_post(idea), @r"
    @ines changed the plan: @ines carries it out by Mon 7 Dec 17:00.
    **Why**:
    > The rail is not here yet
    Next: @ines carries it out by Mon 7 Dec 17:00.
    -# K-1 · 4
    ");
    let reply = w.slash_at(idea, "mara", "idea replan", later("5 weeks")).await;
    snap!(reply.text(), @r"
    Its date has been moved once already; a second new date is for @noor to grant. `/idea assign` hands it to them, or say with `/idea replan` and `stop` that it cannot be done.
    This is what you typed, so that it is not lost:
    **reason**:
    > The rail is not here yet
    **due**:
    > 5 weeks
    ");
    let reply = w.slash_at(idea, "cleo", "idea replan", later("5 weeks")).await;
    snap!(reply.text(), @"Recorded: the new plan of [K-1]. @ines carries it out by Mon 21 Dec 17:00.");
    let reply =
        w.slash_at(idea, "ines", "idea replan", json!({ "reason": "No rail fits", "stop": true })).await;
    snap!(reply.text(), @r"
    Recorded: [K-1] cannot be done as planned, and is looked into again. Thank you for saying so.
    Next: @mara decides by Mon 23 Nov 10:00.
    ");
    // It was never looked into: it cannot be declined now without a finding either.
    let reply = w
        .slash_at(idea, "mara", "idea decline", json!({ "reason": "No rail fits these stairs, sadly." }))
        .await;
    assert!(reply.text().contains("a finding is missing"), "{}", reply.text());
}
