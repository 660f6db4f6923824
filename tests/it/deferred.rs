//! Deferred until a date, on which it is taken up again by itself; a second time is the next level's to decide.

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(deferred_and_taken_up_again);

async fn deferred_and_taken_up_again(w: &mut World) {
    let idea = w.suggest("sam", "Paint the corridor in calm colours").await;
    w.press("mara", idea, "Acknowledge").await;
    let menu = w.press("mara", idea, "Decide").await;
    let form = w.press_on("mara", menu.message(), "Defer").await;
    snap!(form.text(), @r"
    Form: Defer · K-1
    - Why not now? ★
    - Until when? ★
    ");
    let reply = w.fill("mara", &form, json!({ "reason": "After the move", "until": "14 December" })).await;
    snap!(reply.text(), @r"
    Recorded: [K-1] is deferred until Mon 14 Dec. Its author reads your reason.
    Next: it is taken up again on Mon 14 Dec 17:00; a new finding brings it back earlier.
    ");
    snap!(w.card(idea), @r"
    K-1 · Deferred
    Paint the corridor in calm colours
    Author: @sam
    Stage: Deferred: it is taken up again on a date
    Responsible: @mara (manages Ward 3)
    Due: taking it up again from @mara, by Mon 14 Dec 17:00
    Supporters: none yet
    Decision: Deferred until Mon 14 Dec (@mara)
    After the move
    K-1
    ");
    w.advance("5 weeks").await;
    assert!(w.thread(idea).iter().any(|p| p.contains("taken up again")), "{:?}", w.thread(idea));
    snap!(w.last_dm("sam"), @r"
    News of your idea [K-1]: Paint the corridor in calm colours
    It was deferred until today, and is taken up again.
    Next: @mara decides by Tue 22 Dec 09:00.
    You will hear what is decided, and why.
    -# K-1 · 4
    ");
    let options = json!({ "reason": "The move is late", "until": "4 weeks" });
    let reply = w.slash_at(idea, "mara", "idea defer", options.clone()).await;
    snap!(reply.text(), @r"
    [K-1] has been deferred once already; a second time is for @noor to decide. `/idea refer` hands it to them, or decide now.
    This is what you typed, so that it is not lost:
    **reason**:
    > The move is late
    **until**:
    > 4 weeks
    ");
    let reply = w.slash_at(idea, "noor", "idea defer", options.clone()).await;
    snap!(reply.text(), @r"
    To defer it is for @mara (the responsible person). You can support it with **Me too**, follow it, or write in its thread; everybody reads that there.
    This is what you typed, so that it is not lost:
    **reason**:
    > The move is late
    **until**:
    > 4 weeks
    ");
    let reply = w.slash_at(idea, "cleo", "idea defer", options).await;
    snap!(reply.text(), @r"
    Recorded: [K-1] is deferred until Mon 18 Jan. Its author reads your reason.
    Next: it is taken up again on Mon 18 Jan 17:00; a new finding brings it back earlier.
    ");
    // A new finding brings it back earlier.
    w.slash_at(idea, "cleo", "idea finding", json!({ "text": "The painters are here next week" })).await;
    assert!(w.buttons(idea).contains(&"Decide".to_owned()));
}
