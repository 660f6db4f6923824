//! Referred to the next level, assigned to somebody else: the author's wait goes on counting.
//!
//! ```text
//! mara   [Refer] Beyond my budget      → noor acknowledges anew; the decision stays due when it was
//! noor   /idea assign to:otto reason:… → otto has it, due when it was
//! ```

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(referred_and_assigned);

async fn referred_and_assigned(w: &mut World) {
    let idea = w.suggest("sam", "A second blood pressure monitor").await;
    w.press("mara", idea, "Acknowledge").await;
    let due = w.stored(idea.0).await.suggestion.open_requirement().map(|r| r.due);
    let form = w.press("mara", idea, "Refer").await;
    snap!(form.text(), @r"
    Form: Refer to the next level · K-1
    - Why is it beyond your authority? ★
    ");
    let reply = w.fill("mara", &form, json!({ "reason": "Beyond my budget" })).await;
    snap!(reply.text(), @r"
    Recorded: [K-1] is referred to @noor, who is told.
    Next: @noor acknowledges it by Wed 18 Nov 10:00.
    ");
    snap!(w.last_post(idea), @r"
    @mara referred it to @noor, because it is theirs to decide.
    **Why**:
    > Beyond my budget
    Next: @noor acknowledges it by Wed 18 Nov 10:00.
    -# K-1 · 3
    (pings noor)
    ");
    snap!(w.last_dm("sam"), @r"
    News of your idea [K-1]: A second blood pressure monitor
    @mara referred it to @noor, because it is theirs to decide.
    **Why**:
    > Beyond my budget
    Next: @noor acknowledges it by Wed 18 Nov 10:00.
    Your wait goes on counting from the day on which you suggested it. You need not do anything.
    -# K-1 · 3
    ");
    w.press("noor", idea, "Acknowledge").await;
    let stored = w.stored(idea.0).await.suggestion;
    assert_eq!(stored.open_requirement().map(|r| r.due), due, "the decision stays due when it was");

    let reply = w
        .slash_at(idea, "noor", "idea assign", json!({ "to": "otto", "reason": "Theatre has a spare one" }))
        .await;
    snap!(reply.text(), @r"
    Recorded: [K-1] is with @otto now, who is told.
    Next: @otto decides by Mon 30 Nov 10:00.
    ");
    snap!(w.last_post(idea), @r"
    @noor assigned it to @otto.
    **Why**:
    > Theatre has a spare one
    Next: @otto decides by Mon 30 Nov 10:00.
    -# K-1 · 5
    (pings otto)
    ");
    assert_eq!(
        w.stored(idea.0).await.suggestion.open_requirement().map(|r| r.due),
        due,
        "assigning moves no due time"
    );

    for (to, why) in [("sam", "its author"), ("ines", "no manager"), ("otto", "has it already")] {
        let before = w.stored(idea.0).await;
        let reply = w.slash_at(idea, "otto", "idea assign", json!({ "to": to, "reason": "Please" })).await;
        assert_eq!(w.stored(idea.0).await, before, "{why}: {}", reply.text());
    }
    let reply = w.slash_at(idea, "otto", "idea refer", json!({ "reason": "A policy", "policy": true })).await;
    snap!(reply.text(), @r"
    No policy owner is named in this community yet. A coordinator can name one; until then refer it to the next level.
    This is what you typed, so that it is not lost:
    **reason**:
    > A policy
    ");
}
