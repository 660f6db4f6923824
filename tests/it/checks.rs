//! Does it work? Asked when the outcome check falls due and once more after twelve weeks; each answer counts once, and nobody
//! sees whose it is. Where those who work with it say that it does not work, it is open again.
//!
//! ```text
//! 30 days      the thread, the author, the supporters: does it work?   [It works] [Partly] [It does not]
//! mara         [Record outcome] → [Worked]
//! 12 weeks     does it still work?
//! sam, ines    [It does not]
//! a week later it is open again, with mara
//! ```

use discord_sim::Message;
use kaizen_domain::suggestion::Fact;
use kaizen_domain::{Number, Who};
use kaizen_tests::{Idea, World, idea_of, snap, story};
use kaizen_workflow::ports::Queries;
use serde_json::json;

story!(asked_recorded_asked_again_and_reopened);
story!(escalated_while_nobody_records);
story!(recorded_against_the_answers);
story!(mended_already_and_asked_about);
story!(answers_of_people_who_go);
story!(buttons_that_no_longer_count);

/// Sam's idea, which ines carried out.
async fn in_place(w: &mut World) -> Idea {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.press("mara", idea, "Acknowledge").await;
    w.slash_at(idea, "mara", "idea accept", json!({ "reason": "Cheap", "owner": "ines" })).await;
    w.slash_at(idea, "ines", "idea implemented", json!({ "what-changed": "Every shelf has a label" })).await;
    idea
}

/// The newest post in the thread on which somebody can answer.
fn asking(w: &World, idea: Idea) -> Message {
    let posts = w.sim.messages(w.thread_id(idea));
    posts.into_iter().rev().find(|m| m.buttons().contains(&"It works".to_owned())).expect("people were asked")
}

/// Records that it worked, by the button on the card.
async fn records(w: &mut World, who: &str, idea: Idea) -> String {
    let menu = w.press(who, idea, "Record outcome").await;
    let form = w.press_on(who, menu.message(), "Worked").await;
    w.fill(who, &form, json!({ "note": "Searches counted for a week" })).await.text().to_owned()
}

/// In the history nobody stands beside an answer.
async fn expect_answers_of_nobody(w: &World, idea: Idea, answers: usize) {
    let workspace = w.workspace().await.expect("there is a workspace").id;
    let history = w.db.history(workspace, Number(idea.0)).await.expect("the database answers");
    let given = history.iter().filter(|step| matches!(step.event.fact, Fact::FeedbackGiven { .. }));
    assert!(given.clone().all(|step| step.event.by == Who::Nameless));
    assert_eq!(given.count(), answers);
}

async fn asked_recorded_asked_again_and_reopened(w: &mut World) {
    let idea = in_place(w).await;
    w.press("rita", idea, "Follow").await;
    w.slash_at(idea, "cleo", "idea support", json!({})).await;
    let (mara, rita) = (w.dm_count("mara"), w.dm_count("rita"));
    w.advance("29 days").await;
    assert_eq!(w.dm_count("mara"), mara, "until people are asked there is nothing to remind of");
    w.advance("1 days").await;
    snap!(w.shown(&asking(w, idea)), @"
    It has been in place for a while: **does it work?** Those who work with it are asked.
    One answer each. Nobody, not even Kaizen, can see who answered what: only the count is kept, so an answer cannot be changed.
    Next: @mara records whether it helps, by Wed 23 Dec 10:00.
    -# K-1 · 7
    [It works] [Partly] [It does not]
    (pings mara)
    ");
    snap!(w.last_dm("sam"), @"
    News of your idea [K-1]: The supply room has no labels
    It has been in place for a while: **does it work?** Those who work with it are asked.
    One answer each. Nobody, not even Kaizen, can see who answered what: only the count is kept, so an answer cannot be changed.
    Next: @mara records whether it helps, by Wed 23 Dec 10:00.
    Press **It works**, **Partly** or **It does not** there: [K-1]. If you have answered already, that counts.
    -# K-1 · 7
    ");
    snap!(w.last_dm("cleo"), @"
    News of an idea that you support or follow, [K-1]: The supply room has no labels
    It has been in place for a while: **does it work?** Those who work with it are asked.
    One answer each. Nobody, not even Kaizen, can see who answered what: only the count is kept, so an answer cannot be changed.
    Next: @mara records whether it helps, by Wed 23 Dec 10:00.
    Press **It works**, **Partly** or **It does not** there: [K-1]. If you have answered already, that counts.
    -# K-1 · 7
    ");
    snap!(w.last_dm("mara"), @"
    **Waiting**
    [K-1] The supply room has no labels: the outcome check from you, due Wed 23 Dec 10:00.
    A short answer is better than a late one. `/my` shows everything that is yours; `/idea assign` hands on what you cannot take.
    -# K-1 · ref.
    ");
    assert_eq!(w.dm_count("rita"), rita, "who only follows is not asked");

    let reply = w.press_on("sam", asking(w, idea).id, "It works").await;
    assert!(reply.private());
    snap!(reply.text(), @"Counted for [K-1]: It works. Thank you. Nobody can see who answered what; only the count is kept, so it cannot be changed.");
    let reply = w.press("sam", idea, "It does not").await;
    snap!(reply.text(), @"You have answered already, and each answer counts once. Nobody can see which one was yours, so it cannot be changed; what you see at work is welcome in the thread.");
    let reply = w.press_on("otto", asking(w, idea).id, "It does not").await;
    snap!(reply.text(), @"To say whether it works is for whoever works with it: its author, its supporters, its team. @mara is responsible for it now. You can support it with **Me too**, follow it, or write in its thread; everybody reads that there.");
    w.slash_at(idea, "ines", "idea feedback", json!({ "works": "partly", "note": "Not on the top shelf" }))
        .await;
    snap!(w.last_post(idea), @r#"
    Somebody who works with it writes on "does it work?":
    > Not on the top shelf
    -# K-1 · 9
    "#);
    snap!(w.card(idea), @"
    K-1 · Implemented
    The supply room has no labels
    Author: @sam
    Stage: Implemented: it was done; does it help?
    Responsible: @mara (manages Ward 3)
    Due: the outcome check from @mara, by Wed 23 Dec 10:00
    Supporters: 1
    Decision: Accepted as suggested (@mara)
    Cheap
    What changed: @ines
    Every shelf has a label
    Does it work?: 2 answers. What was said is shown from 3 answers on, so that nobody's can be told apart
    K-1
    [Record outcome] [It works] [Partly] [It does not] [Follow]
    ");
    w.press("cleo", idea, "It works").await;
    assert!(
        w.card(idea).contains("Does it work?: It works: 2 · Partly: 1 · It does not: 0"),
        "{}",
        w.card(idea)
    );
    expect_answers_of_nobody(w, idea, 3).await;

    let said = records(w, "mara", idea).await;
    snap!(said, @"Recorded: the outcome of [K-1]: it worked. It is closed; on Mon 8 Feb those who work with it are asked once more.");
    snap!(w.card(idea), @r#"
    K-1 · Verified
    The supply room has no labels
    Author: @sam
    Stage: Verified: it was done, and its effect was checked
    Supporters: 1
    Decision: Accepted as suggested (@mara)
    Cheap
    Outcome: Worked (@mara)
    Searches counted for a week
    "Does it work?" It works: 2 · Partly: 1 · It does not: 0
    K-1
    "#);
    let reply = w.press_on("noor", asking(w, idea).id, "It does not").await;
    snap!(reply.text(), @"Its outcome is recorded, so no answers are counted now. On Mon 8 Feb those who work with it are asked once more. If it does not work before that, say so in the thread: a coordinator can reopen it.");

    // The program is started anew in between; the old buttons go on working.
    let old = asking(w, idea).id;
    w.restart().await;
    w.advance("54 days").await;
    snap!(w.shown(&asking(w, idea)), @"
    Twelve weeks later, for the last time: **does it still work?** Those who work with it are asked, until Mon 15 Feb 10:00.
    One answer each. Nobody, not even Kaizen, can see who answered what: only the count is kept, so an answer cannot be changed.
    If more than half of at least three say that it does not, it is opened again.
    -# K-1 · 12
    [It works] [Partly] [It does not]
    ");
    snap!(w.last_dm("sam"), @"
    News of your idea [K-1]: The supply room has no labels
    Twelve weeks later, for the last time: **does it still work?** Those who work with it are asked, until Mon 15 Feb 10:00.
    One answer each. Nobody, not even Kaizen, can see who answered what: only the count is kept, so an answer cannot be changed.
    If more than half of at least three say that it does not, it is opened again.
    Press **It works**, **Partly** or **It does not** there: [K-1]. If you have answered already, that counts.
    -# K-1 · 12
    ");
    snap!(w.card(idea), @r#"
    K-1 · Verified
    The supply room has no labels
    Author: @sam
    Stage: Verified: it was done, and its effect was checked
    Supporters: 1
    Decision: Accepted as suggested (@mara)
    Cheap
    Twelve weeks later: does it still work?: Nobody has answered yet
    Outcome: Worked (@mara)
    Searches counted for a week
    "Does it work?" It works: 2 · Partly: 1 · It does not: 0
    K-1
    [It works] [Partly] [It does not] [Follow]
    "#);
    w.press_on("sam", old, "It does not").await;
    w.restart().await;
    let again = w.press_on("sam", asking(w, idea).id, "It does not").await;
    assert!(again.text().starts_with("You have answered already"), "{}", again.text());
    w.press("ines", idea, "It does not").await;
    w.press("noor", idea, "It works").await;
    let shown = w.slash_at(idea, "mara", "idea history", json!({})).await;
    assert!(!shown.text().contains("@noor"), "{}", shown.text());
    expect_answers_of_nobody(w, idea, 6).await;
    w.advance("5 working days").await;
    snap!(w.last_post(idea), @"
    2 of 3 who work with it say that it does not work. That counts for more than what was recorded, so it is open again. @mara has it now.
    Next: @mara acknowledges it by Wed 17 Feb 10:00.
    -# K-1 · 16
    (pings mara)
    ");
    snap!(w.last_dm("sam"), @"
    News of your idea [K-1]: The supply room has no labels
    2 of 3 who work with it say that it does not work. That counts for more than what was recorded, so it is open again. @mara has it now.
    Next: @mara acknowledges it by Wed 17 Feb 10:00.
    Nothing of it is lost: you will hear what is done about it.
    -# K-1 · 16
    ");
    snap!(w.card(idea), @r#"
    K-1 · Submitted
    The supply room has no labels
    Author: @sam
    Stage: Submitted: it waits for a first answer
    Responsible: @mara (manages Ward 3)
    Due: an acknowledgement from @mara, by Wed 17 Feb 10:00
    Supporters: 1
    Earlier decision: Accepted as suggested (@mara)
    Cheap
    Earlier outcome: Worked (@mara)
    Searches counted for a week
    "Does it work?" It works: 2 · Partly: 1 · It does not: 0
    K-1
    [Acknowledge] [Add finding] [Ask author] [Refer] [Me too] [Follow]
    "#);
    w.advance("4 working days").await;
    assert!(w.last_post(idea).contains("@noor has taken it over"), "{}", w.last_post(idea));
}

async fn escalated_while_nobody_records(w: &mut World) {
    let idea = in_place(w).await;
    w.advance("30 days").await;
    let asked = w.dm_count("mara");
    w.advance("5 working days").await;
    snap!(w.last_dm("mara"), @"
    **Waiting longer than promised**
    [K-1] The supply room has no labels: the outcome check from you, due Wed 23 Dec 10:00. @noor knows of it, and can help.
    A short answer is better than a late one. `/my` shows everything that is yours; `/idea assign` hands on what you cannot take.
    -# K-1 · ref.
    ");
    assert_eq!(w.dm_count("mara"), asked + 2, "halfway, and when it is due");
    snap!(w.last_post(idea), @"
    @noor has been asked to help with the outcome check.
    -# K-1 · 8
    ");
    w.advance("2 working days").await;
    snap!(w.last_post(idea), @"
    @noor has taken it over, so that the outcome check comes.
    Next: @noor gives the outcome check; it was due on Wed 23 Dec 10:00.
    -# K-1 · 9
    (pings noor)
    ");
    let digest = w.slash("noor", "digest preview", json!({ "team": "Ward 3" })).await;
    assert!(digest.text().contains("the outcome check **later than promised**"), "{}", digest.text());
    let mine = w.slash("noor", "my", json!({})).await;
    assert!(mine.text().contains("the outcome check from @noor"), "{}", mine.text());
    records(w, "noor", idea).await;
    assert_eq!(w.history(idea.0).await.last(), Some(&"outcome_verified"));
}

async fn recorded_against_the_answers(w: &mut World) {
    let idea = in_place(w).await;
    w.advance("30 days").await;
    for who in ["sam", "ines", "noor"] {
        w.press_on(who, asking(w, idea).id, "It does not").await;
    }
    let menu = w.press("mara", idea, "Record outcome").await;
    snap!(menu.text(), @r#"
    What came of [K-1]? The supply room has no labels
    "Does it work?" It works: 0 · Partly: 0 · It does not: 3.
    A short form opens. An honest *did not work* is as useful as a *worked*.
    [Worked] [Partly] [Did not work] [Cannot tell]
    "#);
    let said = records(w, "mara", idea).await;
    snap!(said, @"
    Recorded: the outcome of [K-1]: it worked. But 3 of 3 who work with it say that it does not work, so it is open again: @mara has it now, and everybody is told why.
    Next: @mara acknowledges it by Fri 18 Dec 10:00.
    ");
    snap!(w.last_post(idea), @"
    3 of 3 who work with it say that it does not work. That counts for more than what was recorded, so it is open again. @mara has it now.
    Next: @mara acknowledges it by Fri 18 Dec 10:00.
    -# K-1 · 10
    (pings mara)
    ");
    snap!(w.card(idea), @r#"
    K-1 · Submitted
    The supply room has no labels
    Author: @sam
    Stage: Submitted: it waits for a first answer
    Responsible: @mara (manages Ward 3)
    Due: an acknowledgement from @mara, by Fri 18 Dec 10:00
    Supporters: none yet
    Earlier decision: Accepted as suggested (@mara)
    Cheap
    Earlier outcome: Worked (@mara)
    Searches counted for a week
    "Does it work?" It works: 0 · Partly: 0 · It does not: 3
    K-1
    [Acknowledge] [Add finding] [Ask author] [Refer] [Me too] [Follow]
    "#);
    assert_eq!(w.history(idea.0).await[8..], ["outcome_verified", "reopened_by_answers"]);
    // What is done about it begins with no answers.
    w.press("mara", idea, "Acknowledge").await;
    w.slash_at(idea, "mara", "idea accept", json!({ "reason": "Larger letters", "owner": "ines" })).await;
    w.slash_at(idea, "ines", "idea implemented", json!({ "what-changed": "Larger letters" })).await;
    assert!(!w.card(idea).contains("Does it work?:"), "{}", w.card(idea));
    let reply = w.press("sam", idea, "It works").await;
    assert!(reply.text().starts_with("Counted for"), "{}", reply.text());
}

async fn mended_already_and_asked_about(w: &mut World) {
    let options = json!({ "idea": "We put labels on the shelves", "done": true });
    let idea = idea_of(&w.slash("sam", "suggest", options).await);
    w.slash_at(idea, "mara", "idea ask", json!({ "question": "On all of them?" })).await;
    let reply = w.slash_at(idea, "sam", "idea answer", json!({ "text": "On all of them" })).await;
    snap!(reply.text(), @"
    Recorded: your answer on [K-1]. Thank you; there is nothing to decide.
    Next: on Wed 16 Dec 10:00 those who work with it are asked whether it helps; then @mara records the outcome.
    You are told of every step.
    ");
    snap!(w.card(idea), @"
    K-1 · Implemented
    We put labels on the shelves
    *Already mended by those who suggest it.*
    Author: @sam
    Stage: Implemented: it was done; does it help?
    Responsible: @mara (manages Ward 3)
    Due: the outcome check from @mara, after those who work with it are asked on Wed 16 Dec 10:00
    Supporters: none yet
    What changed: @sam
    We put labels on the shelves
    K-1
    [Record outcome] [It works] [Partly] [It does not] [Follow]
    ");
    w.advance("30 days").await;
    w.press_on("ines", asking(w, idea).id, "It works").await;
    records(w, "mara", idea).await;
    assert_eq!(w.history(idea.0).await.last(), Some(&"outcome_verified"));
}

async fn answers_of_people_who_go(w: &mut World) {
    let idea = in_place(w).await;
    w.advance("30 days").await;
    for who in ["rita", "cleo", "noor"] {
        w.press(who, idea, "It does not").await;
    }
    let asked = w.slash("rita", "kaizen forget-me", json!({})).await;
    w.press_on("rita", asked.message(), "Forget me").await;
    assert!(w.card(idea).contains("It works: 0 · Partly: 0 · It does not: 3"), "{}", w.card(idea));
    // Whoever comes back after that is somebody new.
    let reply = w.press("rita", idea, "It works").await;
    assert!(reply.text().starts_with("Counted for"), "{}", reply.text());
    assert!(w.card(idea).contains("It works: 1 · Partly: 0 · It does not: 3"), "{}", w.card(idea));
}

async fn buttons_that_no_longer_count(w: &mut World) {
    let idea = in_place(w).await;
    w.press("sam", idea, "It works").await;
    let other = w.suggest("noor", "Label the drawers, too").await;
    w.slash_at(idea, "mara", "idea merge", json!({ "into": other.to_string() })).await;
    snap!(w.card(idea), @"
    K-1 · Merged
    The supply room has no labels
    Author: @sam
    Stage: Merged: it goes on in another idea
    Goes on as: **K-2**
    Supporters: none yet
    Decision: Accepted as suggested (@mara)
    Cheap
    Does it work?: 1 answer. What was said is shown from 3 answers on, so that nobody's can be told apart
    K-1
    ");
    let reply = w.press_forged("ines", idea, "k1:works:1:5").await;
    snap!(reply.text(), @"
    The card has moved on since.
    [K-1] is **Merged** (it goes on in another idea), so nobody can say whether it works now. What can be done:
    - @cleo (the coordinator): reopen it `/idea reopen`
    ");
    let gone = w.suggest("sam", "Knock before entering").await;
    w.slash_at(gone, "sam", "idea withdraw", json!({})).await;
    let reply = w.press_forged("ines", gone, "k1:works-not:3:5").await;
    snap!(reply.text(), @"
    The card has moved on since.
    [K-3] is **Withdrawn** (its author took it back), so nobody can say whether it works now. What can be done:
    - @cleo (the coordinator): reopen it `/idea reopen`
    ");
    // Undoing the merge gives back the idea, not the answers to what was done then.
    w.slash("cleo", "idea reopen", json!({ "number": idea.to_string(), "reason": "Not the same" })).await;
    let reply = w.press_forged("ines", idea, "k1:works:1:5").await;
    assert!(reply.text().contains("**Submitted**"), "{}", reply.text());
}
