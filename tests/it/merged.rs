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
story!(undone_by_a_coordinator);
story!(a_chain_undone_in_its_middle);
story!(a_target_that_closes_meanwhile, sqlite);

async fn merged_from_the_confirmation(w: &mut World) {
    let first = w.suggest("sam", "The supply room has no labels").await;
    w.press("rita", first, "Me too").await;
    let confirmation = w.slash("ines", "suggest", json!({ "idea": "No labels in the supply room" })).await;
    snap!(confirmation.text(), @r"
    Thank you. Your idea is recorded as **K-2**. You find it in [K-2].
    @mara (manages Ward 3) has it now. Next: @mara acknowledges it within 2 working days, by Wed 18 Nov 10:00.
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
    Recorded: [K-2] is open again. It is no longer merged into **K-1**, and takes its supporters and followers along. @mara has it now.
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
    snap!(reply.text(), @r"
    Its author could reopen it until Mon 30 Nov 11:00. A coordinator still can.
    This is what you typed, so that it is not lost:
    **reason**:
    > Too late
    ");
    assert_eq!(w.history(second.0).await, ["submitted", "merged_into"]);
}

async fn undone_by_a_coordinator(w: &mut World) {
    let first = w.suggest("sam", "The supply room has no labels").await;
    w.press("rita", first, "Me too").await;
    w.advance("1h").await;
    let second = w.suggest("ines", "The linen cupboard has no labels").await;
    for who in ["rita", "otto"] {
        w.press(who, second, "Me too").await;
    }
    w.press("noor", second, "Follow").await;
    w.slash_at(second, "mara", "idea merge", json!({ "into": "K-1" })).await;
    assert!(w.card(first).contains("Supporters: 3"), "rita, ines, otto: {}", w.card(first));
    assert!(w.card(first).contains("Merged into it: K-2"), "{}", w.card(first));
    // Otto presses it himself: off, and on again. From now on he is there on his own.
    w.press("otto", first, "Me too").await;
    w.press("otto", first, "Me too").await;

    let reason = json!({ "number": "K-2", "reason": "The cupboard is not the supply room" });
    let reply = w.slash("otto", "idea reopen", reason.clone()).await;
    snap!(reply.text(), @r"
    To reopen it is for @cleo (the coordinator) or @ines (the author). You can follow it with `/idea follow`.
    This is what you typed, so that it is not lost:
    **reason**:
    > The cupboard is not the supply room
    ");
    let reply = w.slash("cleo", "idea reopen", reason.clone()).await;
    snap!(reply.text(), @r"
    Recorded: [K-2] is open again. It is no longer merged into **K-1**, and takes its supporters and followers along. @mara has it now.
    Next: @mara acknowledges it by Wed 18 Nov 11:00.
    ");
    snap!(w.last_post(first), @r"
    **K-2** goes its own way again, and 1 supporter with it.
    -# K-1 · 6
    ");
    snap!(w.last_post(second), @r"
    @cleo reopened it. It is no longer merged into **K-1**. @mara has it now.
    **Why**:
    > The cupboard is not the supply room
    Next: @mara acknowledges it by Wed 18 Nov 11:00.
    -# K-2 · 6
    (pings mara)
    ");
    assert!(w.card(first).contains("Supporters: 2"), "rita and otto: {}", w.card(first));
    assert!(!w.card(first).contains("Merged into it"), "{}", w.card(first));
    assert!(w.card(second).contains("Supporters: 2"), "rita and otto: {}", w.card(second));
    let reply = w.slash("cleo", "idea reopen", reason).await;
    snap!(reply.text(), @r"
    [K-2] is **Submitted** (it waits for a first answer), so nobody can reopen it now. What can be done:
    - @mara (the responsible person): acknowledge it `/idea acknowledge`, add a finding `/idea finding`, ask the author `/idea ask`, refer it `/idea refer`, assign it to somebody else `/idea assign`, merge it `/idea merge`
    - @ines (the author): edit it `/idea edit`, withdraw it `/idea withdraw`
    - everybody: support it `/idea support`
    This is what you typed, so that it is not lost:
    **reason**:
    > The cupboard is not the supply room
    ");

    // Ines and noor hear nothing of the first one any more.
    w.slash_at(first, "mara", "idea finding", json!({ "text": "Counted: 14 searches a week" })).await;
    w.slash_at(first, "mara", "idea accept", json!({ "reason": "Cheap" })).await;
    assert!(w.last_dm("otto").contains("accepted it"), "{}", w.last_dm("otto"));
    for who in ["ines", "noor"] {
        assert!(!w.last_dm(who).contains("accepted it"), "{who}: {}", w.last_dm(who));
    }
    assert_eq!(
        w.history(first.0).await,
        [
            "submitted",
            "supported",
            "absorbed",
            "support_taken_back",
            "supported",
            "separated",
            "finding_added",
            "accepted"
        ]
    );
    // It can be merged again.
    w.slash_at(second, "mara", "idea merge", json!({ "into": "K-1" })).await;
    assert!(w.card(first).contains("Supporters: 3"), "{}", w.card(first));
}

async fn a_chain_undone_in_its_middle(w: &mut World) {
    let mut ideas = Vec::new();
    for (who, what) in [("sam", "A hook"), ("ines", "Two hooks"), ("otto", "Three hooks")] {
        ideas.push(w.suggest(who, what).await);
        w.advance("1h").await;
    }
    w.press("rita", ideas[0], "Me too").await;
    w.slash_at(ideas[0], "cleo", "idea merge", json!({ "into": "K-2" })).await;
    w.slash_at(ideas[1], "cleo", "idea merge", json!({ "into": "K-3" })).await;
    // Sam, rita and ines came to the last one.
    assert!(w.card(ideas[2]).contains("Supporters: 3"), "{}", w.card(ideas[2]));
    let reply = w.slash("cleo", "idea merge", json!({ "number": "K-3", "into": "K-1" })).await;
    snap!(reply.text(), @"K-1 has itself been merged: it goes on as K-2. Merge into that one instead.");
    let reply = w.slash("cleo", "idea merge", json!({ "number": "K-3", "into": "K-2" })).await;
    snap!(reply.text(), @"K-2 has itself been merged into this one, so that would go round in a circle.");

    w.slash("cleo", "idea reopen", json!({ "number": "K-1", "reason": "One is enough there" })).await;
    snap!(w.last_post(ideas[1]), @r"
    **K-1** goes its own way again, and 2 supporters with it.
    -# K-2 · 4
    ");
    snap!(w.last_post(ideas[2]), @r"
    **K-1**, which had come here by way of **K-2**, goes its own way again, and 2 supporters with it.
    -# K-3 · 3
    ");
    assert!(w.card(ideas[2]).contains("Supporters: 1"), "ines: {}", w.card(ideas[2]));
    assert!(w.card(ideas[2]).contains("Merged into it: K-2"), "{}", w.card(ideas[2]));
    assert!(w.card(ideas[0]).contains("Supporters: 1"), "rita: {}", w.card(ideas[0]));
}

async fn a_target_that_closes_meanwhile(w: &mut World) {
    let first = w.suggest("sam", "The supply room has no labels").await;
    w.advance("1h").await;
    let confirmation = w.slash("ines", "suggest", json!({ "idea": "No labels in the supply room" })).await;
    w.slash_at(first, "sam", "idea withdraw", json!({})).await;
    let reply = w.press_on("ines", confirmation.message(), "Merge into K-1").await;
    snap!(reply.text(), @"K-1 is closed and takes nothing more. A coordinator can reopen it first, with `/idea reopen`.");
    assert_eq!(w.history(idea_of(&confirmation).0).await, ["submitted"]);
}
