//! Two ideas that say the same: merged from the confirmation of the second, or by command; undone within 14 days.
//!
//! ```text
//! ines   /suggest idea:No labels in the supply room
//!        → recorded as K-2; it may be close to K-1            [Merge into K-1]
//! ```

use kaizen_tests::{World, idea_of, snap, story};
use serde_json::json;

story!(merged_from_the_confirmation);
story!(merged_by_command, sqlite);

async fn merged_from_the_confirmation(w: &mut World) {
    let first = w.suggest("sam", "The supply room has no labels").await;
    w.press("rita", first, "Me too").await;
    let confirmation = w.slash("ines", "suggest", json!({ "idea": "No labels in the supply room" })).await;
    snap!(confirmation.text(), @r"
    Thank you. Your idea is recorded as **K-2**. You find it in [K-2].
    @mara (manages Ward 3) has it now. Next: @mara acknowledges it by Wed 18 Nov 10:00.
    You are told of every step. You can change it with `/idea edit`, or take it back with `/idea withdraw`.
    It may be close to these; if it is the same, merging counts your voice there:
    - [K-1] The supply room has no labels
    [Merge into K-1]
    ");
    let second = idea_of(&confirmation);
    w.press("otto", second, "Me too").await;

    let reply = w.press_on("ines", confirmation.message(), "Merge into K-1").await;
    snap!(reply.text(), @r"
    Recorded: [K-2] goes on as **K-1**, with its author, supporters and followers.
    If that was a mistake: `/idea reopen` undoes it.
    ");
    snap!(w.card(second), @r"
    K-2 · Merged
    No labels in the supply room
    Author: @ines
    Stage: Merged: it goes on in another idea
    Goes on as: **K-1**
    Supporters: 1
    K-2
    ");
    snap!(w.last_post(second), @r"
    @ines merged it into **K-1**. Whoever suggested, supported or followed it follows that one now.
    Everything goes on in **K-1**.
    -# K-2 · 3
    ");
    snap!(w.last_post(first), @r"
    **K-2** was merged into this one, with 2 supporters.
    -# K-1 · 3
    ");
    assert!(w.card(first).contains("Supporters: 3"), "rita, ines, otto: {}", w.card(first));

    // Ines and otto follow the first one now.
    w.slash_at(first, "mara", "idea finding", json!({ "text": "Counted: 14 searches a week" })).await;
    w.slash_at(first, "mara", "idea accept", json!({ "reason": "Cheap" })).await;
    snap!(w.last_dm("ines"), @r"
    News of an idea that you support or follow, [K-1]: The supply room has no labels
    @mara accepted it as suggested. It changes this case.
    **Why**:
    > Cheap
    Next: @mara carries it out by Wed 16 Dec 10:00.
    `/idea follow` in its thread ends these messages.
    -# K-1 · 5
    ");
    assert!(w.last_dm("otto").contains("[K-1]"));

    let reply = w
        .slash("ines", "idea reopen", json!({ "number": "K-2", "reason": "Mine is about the cupboard" }))
        .await;
    snap!(reply.text(), @r"
    Recorded: [K-2] is open again. @mara has it now.
    Next: @mara acknowledges it by Wed 18 Nov 10:00.
    ");
    assert_eq!(w.history(second.0).await, ["submitted", "supported", "merged_into", "reopened"]);
}

async fn merged_by_command(w: &mut World) {
    let first = w.suggest("sam", "The supply room has no labels").await;
    w.advance("1h").await;
    let second = w.suggest("ines", "A clock that can be seen from the desk").await;
    let merge = |number: &str, into: &str| json!({ "number": number, "into": into });
    let reply = w.slash("sam", "idea merge", merge("K-1", "K-2")).await;
    snap!(reply.text(), @"Authors can merge their idea into an older one, and K-2 is younger. The responsible person or a coordinator can merge them.");
    let reply = w.slash("sam", "idea merge", merge("K-1", "K-1")).await;
    snap!(reply.text(), @"An idea cannot be merged into itself. Choose the other one as `into`.");
    let reply = w.slash("otto", "idea merge", merge("K-2", "K-1")).await;
    snap!(reply.text(), @"To merge it is for @mara (the responsible person), @cleo (the coordinator) or @ines (the author). You can support it with **Me too**, follow it, or write in its thread; everybody reads that there.");
    let reply = w.slash("sam", "idea merge", merge("K-1", "K-9")).await;
    snap!(reply.text(), @"There is no idea K-9 here. `/idea search` finds ideas by their words.");
    w.slash("mara", "idea merge", merge("K-2", "K-1")).await;
    let reply = w.slash("mara", "idea merge", merge("K-1", "K-2")).await;
    snap!(reply.text(), @"K-2 has itself been merged into this one, so that would go round in a circle.");
    w.slash_at(first, "sam", "idea withdraw", json!({})).await;
    w.advance("15 days").await;
    let reply = w.slash("ines", "idea reopen", json!({ "number": "K-2", "reason": "Too late" })).await;
    snap!(reply.text(), @"Its author could reopen it until Mon 30 Nov 11:00. A coordinator still can.");
    assert_eq!(w.history(second.0).await, ["submitted", "merged_into"]);
}
