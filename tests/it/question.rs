//! A question to the author: the manager's clock stands still until the answer, or until the author's time is over.
//!
//! ```text
//! mara   [Ask author] Which shelves?
//! sam    [Answer] All four
//! ```

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(asked_and_answered);
story!(asked_and_not_answered);

async fn asked_and_answered(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.press("mara", idea, "Acknowledge").await;
    let due = w.stored(idea.0).await.suggestion.open_requirement().map(|r| r.due);
    let form = w.press("mara", idea, "Ask author").await;
    snap!(form.text(), @"");
    let reply = w.fill("mara", &form, json!({ "question": "Which shelves?" })).await;
    snap!(reply.text(), @"");
    snap!(w.last_dm("sam"), @"");
    snap!(w.card(idea), @"");

    let reply = w.press("ines", idea, "Answer").await;
    snap!(reply.text(), @"");

    w.advance("2 working days").await;
    let form = w.press("sam", idea, "Answer").await;
    let reply = w.fill("sam", &form, json!({ "text": "All four" })).await;
    snap!(reply.text(), @"");
    snap!(w.last_post(idea), @"");
    let later = w.stored(idea.0).await.suggestion.open_requirement().map(|r| r.due);
    assert_eq!(later, due.map(|due| due + chrono::TimeDelta::days(2)), "the clock stood still for two days");
}

async fn asked_and_not_answered(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.slash("mara", "idea ask", json!({ "number": "K-1", "question": "Which shelves?" })).await;
    let told = w.dm_count("sam");
    w.advance("3 working days").await;
    snap!(w.last_dm("sam"), @"");
    assert_eq!(w.dm_count("sam"), told + 1, "one reminder at half of the time");
    w.advance("3 working days").await;
    snap!(w.last_dm("sam"), @"");
    snap!(w.last_post(idea), @"");
    assert_eq!(w.history(idea.0).await, ["submitted", "asked", "reminded", "answer_timed_out"]);
    assert!(w.buttons(idea).contains(&"Decide".to_owned()), "a question counts as the acknowledgement");
}
