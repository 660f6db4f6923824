//! What an author can do with their own idea: take it back (a coordinator can open it again), and change its words until it is
//! decided.

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(withdrawn_and_reopened);
story!(edited_before_the_decision);

async fn withdrawn_and_reopened(w: &mut World) {
    let idea = w.suggest("sam", "Knock before entering the quiet room").await;
    let reply = w.slash_at(idea, "mara", "idea withdraw", json!({})).await;
    snap!(reply.text(), @"To withdraw it is for @sam (the author). @mara is responsible for it now. You can support it with **Me too**, follow it, or write in its thread; everybody reads that there.");
    let reply =
        w.slash_at(idea, "sam", "idea withdraw", json!({ "reason": "There is a sign already" })).await;
    snap!(reply.text(), @r"
    Recorded: [K-1] is withdrawn. Thank you for saying so.
    A new idea is always welcome: `/suggest`.
    ");
    snap!(w.card(idea), @r"
    K-1 · Withdrawn
    Knock before entering the quiet room
    Author: @sam
    Stage: Withdrawn: its author took it back
    Supporters: none yet
    Withdrawn because: There is a sign already
    K-1
    ");
    snap!(w.last_post(idea), @r"
    @sam withdrew the idea.
    **Why**:
    > There is a sign already
    It is closed. A new idea is welcome at any time: `/suggest`.
    @mara, this is for you to know.
    -# K-1 · 2
    (pings mara)
    ");
    assert!(w.buttons(idea).is_empty());

    let again = w.suggest("ines", "Nobody reads the sign at the quiet room").await;
    let options =
        json!({ "number": "K-1", "reason": "It came up again", "came-back-from": again.to_string() });
    let reply = w.slash("mara", "idea reopen", options.clone()).await;
    snap!(reply.text(), @r"
    To reopen it is for @cleo (the coordinator) or @sam (the author). You can follow it with `/idea follow`.
    This is what you typed, so that it is not lost:
    **reason**:
    > It came up again
    ");
    let reply = w.slash("cleo", "idea reopen", options).await;
    snap!(reply.text(), @r"
    Recorded: [K-1] is open again. @mara has it now.
    Next: @mara acknowledges it by Wed 18 Nov 10:00.
    ");
    snap!(w.last_post(idea), @r"
    @cleo reopened it. It came back from **K-2**. @mara has it now.
    **Why**:
    > It came up again
    Next: @mara acknowledges it by Wed 18 Nov 10:00.
    -# K-1 · 3
    (pings mara)
    ");
    snap!(w.last_dm("sam"), @r"
    News of your idea [K-1]: Knock before entering the quiet room
    @cleo reopened it. It came back from **K-2**. @mara has it now.
    **Why**:
    > It came up again
    Next: @mara acknowledges it by Wed 18 Nov 10:00.
    You will hear what is decided, and why.
    -# K-1 · 3
    ");
    assert_eq!(w.history(idea.0).await, ["submitted", "withdrawn", "reopened"]);
}

async fn edited_before_the_decision(w: &mut World) {
    let idea = w.suggest("sam", "Label the shelfs").await;
    let due = w.stored(idea.0).await.suggestion.open_requirement().map(|r| r.due);
    w.advance("2h").await;
    let form = w.slash_at(idea, "sam", "idea edit", json!({})).await;
    snap!(form.text(), @r"
    Form: Edit your idea · K-1
    - What could work better? ★: Label the shelfs
    - What do you suggest?
    - What would it help?
    ");
    let reply =
        w.fill("sam", &form, json!({ "idea": "Label the shelves", "proposal": "Large letters" })).await;
    snap!(reply.text(), @r"
    Recorded: the new text of [K-1]. The old one stays in its history.
    You are told of every step.
    ");
    snap!(w.last_post(idea), @r"
    @sam edited the idea. It reads now:
    > Label the shelves
    **Suggestion**:
    > Large letters
    -# K-1 · 2
    ");
    assert!(w.card(idea).contains("Label the shelves"));
    let thread = w.sim.channel(w.thread_id(idea)).expect("a thread").name;
    assert_eq!(thread, "K-1 Label the shelves");
    assert_eq!(
        w.stored(idea.0).await.suggestion.open_requirement().map(|r| r.due),
        due,
        "editing moves no due time"
    );
    let history = w.slash_at(idea, "ines", "idea history", json!({})).await;
    snap!(history.text(), @r"
    [K-1]
    K-1 · History
    **1** · Mon 16 Nov 10:00
    @sam suggests:
    > Label the shelfs
    @mara has it: manages Ward 3.

    **2** · Mon 16 Nov 12:00
    @sam edited the idea. It reads now:
    > Label the shelves
    **Suggestion**:
    > Large letters
    ");

    let reply = w.slash_at(idea, "ines", "idea edit", json!({})).await;
    snap!(reply.text(), @"To edit it is for @sam (the author). @mara is responsible for it now. You can support it with **Me too**, follow it, or write in its thread; everybody reads that there.");
    w.press("mara", idea, "Acknowledge").await;
    w.slash_at(idea, "mara", "idea accept", json!({ "reason": "Yes" })).await;
    let reply = w.slash_at(idea, "sam", "idea edit", json!({})).await;
    snap!(reply.text(), @r"
    [K-1] is **Accepted** (it is going to be done), so nobody can edit it now. What can be done:
    - @mara (the responsible person): assign it to somebody else `/idea assign`, change its plan `/idea replan`, merge it `/idea merge`
    - @mara (whoever carries it out): record what changed `/idea implemented`
    - everybody: support it `/idea support`
    ");
}
