//! A debrief: started, added to by buttons and commands, closed; what was escalated becomes ideas, what was learnt stands in
//! the next briefing.
//!
//! ```text
//! sam    /debrief start work:… kind:home visit      → a panel with its thread
//! ines   the panel → Went badly                      → a form, then the panel and the thread
//! sam    /debrief close summary:…                    → the summary, and K-1
//! ```

use kaizen_tests::{LookedBack, World, story};
use serde_json::json;

story!(from_start_to_summary);

const FIRST: LookedBack = LookedBack(1);

async fn start(w: &mut World, options: serde_json::Value) -> String {
    w.slash("sam", "debrief start", options).await.text().to_owned()
}

async fn from_start_to_summary(w: &mut World) {
    let answer = start(w, json!({ "work": "Home visit in Hill Street", "kind": "Home visits" })).await;
    assert!(answer.starts_with("**D-1** is started."), "{answer}");
    let form = w.press("ines", FIRST, "Went badly").await;
    let reply = w.fill("ines", &form, json!({ "text": "Nobody had the key" })).await;
    assert!(
        reply.private() && reply.text().starts_with("Added to **D-1** under **Went badly**"),
        "{}",
        reply.text()
    );
    let options = json!({ "what": "escalate", "text": "The key box needs a second key" });
    w.slash_at(FIRST, "ines", "debrief add", options).await;
    let panel = w.card(FIRST);
    assert!(panel.contains("Went badly (1)") && panel.contains("• Nobody had the key"), "{panel}");
    assert!(panel.contains("2 people take part"), "{panel}");
    let posts = w.thread(FIRST);
    assert!(
        posts.iter().any(|p| p.starts_with("@ines · **Went badly**\n> Nobody had the key")),
        "{posts:#?}"
    );
    let form = w.press("sam", FIRST, "Close").await;
    let closed = w.fill("sam", &form, json!({ "summary": "Calm all the same" })).await;
    assert!(closed.text().contains("now the idea **K-1**"), "{}", closed.text());
    let summary = w.last_post(FIRST);
    assert!(
        summary.contains("@sam closed this debrief") && summary.contains("> Calm all the same"),
        "{summary}"
    );
    assert!(summary.contains("The key box needs a second key · now **K-1**"), "{summary}");
    assert!(w.buttons(FIRST).is_empty());
    let card = w.card(kaizen_tests::Idea(1));
    assert!(card.contains("The key box needs a second key") && card.contains("Author: @ines"), "{card}");
    let refused =
        w.slash_at(FIRST, "ines", "debrief add", json!({ "what": "well", "text": "The tea" })).await;
    assert!(refused.text().contains("was closed on"), "{}", refused.text());
}
