//! A question to the author: the manager's clock stands still until the answer, or until the author's time is over.
//!
//! ```text
//! mara   [Ask author] Which shelves?
//! sam    [Answer] All four
//! ```

use discord_sim::{Fault, FaultRule, permission};
use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(asked_and_answered);
story!(asked_and_not_answered);
story!(asked_and_heard_of_late);
story!(asked_and_never_heard_of);

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
    A short answer is better than a late one. `/my` shows everything that is yours.
    -# K-1 · ref. 
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

/// The platform takes no direct messages for a day: the author's time, and the standing still, begin when they have it.
async fn asked_and_heard_of_late(w: &mut World) {
    w.expected_statuses.push(503);
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.settles = false;
    w.sim.fault(FaultRule::fraction(Fault::Status(503), 1.0).when(|t| t.path.starts_with("/users/")));
    w.slash("mara", "idea ask", json!({ "number": "K-1", "question": "Which shelves?" })).await;
    let decision = w.stored(idea.0).await.suggestion.decision_due;
    w.advance("1 working days").await;
    w.sim.clear_faults();
    w.until(async || w.history(idea.0).await == ["submitted", "asked", "question_delivered"]).await;
    w.settles = true;
    w.settle().await;
    assert_eq!(w.dm_count("sam"), 1);
    assert!(w.card(idea).contains("from @sam, by Tue 24 Nov 10:00"), "{}", w.card(idea));
    w.advance("2 working days").await;
    w.slash("sam", "idea answer", json!({ "number": "K-1", "text": "All four" })).await;
    let later = w.stored(idea.0).await.suggestion.decision_due;
    assert_eq!(later, decision.map(|due| due + chrono::TimeDelta::days(2)), "two of three days lay with sam");
    let shown = w.slash("sam", "idea show", json!({ "number": "K-1" })).await;
    assert!(shown.text().contains("@sam waited 8 working hours for an answer so far"), "{}", shown.text());
}

/// Sam takes no direct messages, and nothing can be posted in the thread: it goes back to mara, and her clock never stood still.
async fn asked_and_never_heard_of(w: &mut World) {
    w.expected_statuses.push(403);
    w.sim.close_dms("sam", true);
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.press("mara", idea, "Acknowledge").await;
    let due = w.stored(idea.0).await.suggestion.open_requirement().map(|r| r.due);
    w.settles = false;
    w.sim.deny_bot("ward-3", permission::SEND_MESSAGES_IN_THREADS);
    w.slash("mara", "idea ask", json!({ "number": "K-1", "question": "Which shelves?" })).await;
    let back = ["submitted", "acknowledged", "asked", "question_returned"];
    w.until(async || w.history(idea.0).await == back).await;
    assert_eq!(w.stored(idea.0).await.suggestion.open_requirement().map(|r| r.due), due);
    w.until(async || kaizen_workflow::ports::Outbox::depth(&w.db).await.is_ok_and(|d| d.dead == 3)).await;
    w.settles = true;
    w.sim.deny_bot("ward-3", 0);
    let check = w.slash("cleo", "kaizen check", json!({})).await;
    w.press_on("cleo", check.message(), "Try again").await;
    let posts = w.thread(idea);
    let told = posts.iter().find(|p| p.contains("could not be delivered")).expect("mara is told");
    snap!(told, @r"
    The question could not be delivered to the author, neither by direct message nor by a mention here. So no clock stood still for it, and it goes on without an answer. To ask once more, wait until they can be reached.
    Next: @mara decides by Mon 30 Nov 10:00.
    -# K-1 · 4
    (pings mara)
    ");
}
