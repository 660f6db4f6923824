//! Sam takes no direct messages: the thread mentions them instead.

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(mentioned_in_the_thread);

async fn mentioned_in_the_thread(w: &mut World) {
    w.expected_statuses.push(403);
    w.sim.close_dms("sam", true);
    w.sim.close_dms("mara", true);
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.press("mara", idea, "Acknowledge").await;
    assert_eq!(w.dm_count("sam"), 0);
    let mention =
        w.thread(idea).into_iter().find(|post| post.contains("(pings sam)")).expect("sam is mentioned");
    snap!(mention, @r"
    @sam News of your idea [K-1]: The supply room has no labels
    @mara has seen it and takes it seriously.
    Next: @mara decides by Mon 30 Nov 10:00.
    Thank you for it. You will hear what is decided, and why.
    -# K-1 · 2
    (pings sam)
    ");
    w.slash_at(idea, "mara", "idea finding", json!({ "text": "Counted" })).await;
    let mentions = w.thread(idea).iter().filter(|p| p.contains("(pings sam)")).count();
    assert_eq!(mentions, 2, "once for each step");
    // Reminders, too.
    w.advance("6 working days").await;
    snap!(w.last_post(idea), @r"
    @mara **Coming up**
    [K-1] The supply room has no labels: a decision from you, due Mon 30 Nov 10:00.
    A short answer is better than a late one. `/my` shows everything that is yours; `/idea assign` hands on what you cannot take.
    -# K-1 · ref. 
    (pings mara)
    ");
    // Open again: messages come again (at the latest after a while; a new start looks at once).
    w.sim.close_dms("sam", false);
    w.restart().await;
    w.slash_at(idea, "mara", "idea accept", json!({ "reason": "Cheap" })).await;
    assert_eq!(w.dm_count("sam"), 1);
}
