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
    snap!(form.text(), @r"
    Form: Ask the author · K-1
    - What do you need to know? ★
    ");
    let reply = w.fill("mara", &form, json!({ "question": "Which shelves?" })).await;
    snap!(reply.text(), @r"
    Recorded: your question on [K-1]. @sam is told.
    Next: @sam answers by Mon 23 Nov 10:00. Until then the decision waits.
    ");
    snap!(w.last_dm("sam"), @r"
    Somebody needs your answer on [K-1]: The supply room has no labels
    @mara asks the author:
    > Which shelves?
    Next: @sam answers by Mon 23 Nov 10:00. Until then the decision waits.
    You can answer in its thread, with `/idea answer` or the button **Answer** on the card. If the time runs out it is not closed; it goes on without your answer.
    -# K-1 · 3
    ");
    snap!(w.card(idea), @r"
    K-1 · Awaiting information
    The supply room has no labels
    Author: @sam
    Stage: Awaiting information: a question is with the author
    Responsible: @mara (manages Ward 3)
    Due: an answer to a question from @sam, by Mon 23 Nov 10:00
    Supporters: none yet
    Question to the author: @mara asks:
    Which shelves?
    K-1
    [Answer] [Me too] [Follow]
    ");

    let reply = w.press("ines", idea, "Answer").await;
    snap!(reply.text(), @"To answer the question is for @sam (the author). @mara is responsible for it now. You can support it with **Me too**, follow it, or write in its thread; everybody reads that there.");

    w.advance("2 working days").await;
    let form = w.press("sam", idea, "Answer").await;
    let reply = w.fill("sam", &form, json!({ "text": "All four" })).await;
    snap!(reply.text(), @r"
    Recorded: your answer on [K-1]. Thank you; the decision's clock runs again.
    Next: @mara decides by Wed 2 Dec 10:00.
    You are told of every step.
    ");
    snap!(w.last_post(idea), @r"
    @sam answers:
    > All four
    Next: @mara decides by Wed 2 Dec 10:00.
    -# K-1 · 4
    (pings mara)
    ");
    let later = w.stored(idea.0).await.suggestion.open_requirement().map(|r| r.due);
    assert_eq!(later, due.map(|due| due + chrono::TimeDelta::days(2)), "the clock stood still for two days");
}

async fn asked_and_not_answered(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.slash("mara", "idea ask", json!({ "number": "K-1", "question": "Which shelves?" })).await;
    let told = w.dm_count("sam");
    w.advance("3 working days").await;
    snap!(w.last_dm("sam"), @r"
    **Coming up**
    [K-1] The supply room has no labels: an answer to a question from you, due Mon 23 Nov 10:00.
    A short answer is better than a late one. `/my` shows everything that is yours; `/idea assign` hands on what you cannot take.
    -# K-1 · reminder 
    ");
    assert_eq!(w.dm_count("sam"), told + 1, "one reminder at half of the time");
    w.advance("3 working days").await;
    snap!(w.last_dm("sam"), @r"
    News of your idea [K-1]: The supply room has no labels
    The question has had no answer in time. It is not closed: it goes on without one, and an answer is still welcome.
    Next: @mara decides by Mon 7 Dec 10:00.
    If you still have an answer, write it in the thread; it will be read.
    -# K-1 · 4
    ");
    snap!(w.last_post(idea), @r"
    The question has had no answer in time. It is not closed: it goes on without one, and an answer is still welcome.
    Next: @mara decides by Mon 7 Dec 10:00.
    -# K-1 · 4
    (pings mara)
    ");
    assert_eq!(w.history(idea.0).await, ["submitted", "asked", "reminded", "answer_timed_out"]);
    assert!(w.buttons(idea).contains(&"Decide".to_owned()), "a question counts as the acknowledgement");
}
