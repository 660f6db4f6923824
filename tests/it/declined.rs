//! Declined: never without a finding, always with a reason; appealed once; decided anew by somebody else.
//!
//! ```text
//! mara   [Decide] → [Decline]     → a finding is missing
//! mara   [Add finding], [Decide] → [Decline]
//! sam    [Appeal]                 → noor decides, not mara
//! noor   accepts
//! ```

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(declined_appealed_and_accepted_by_the_next_level);
story!(no_appeal_after_fourteen_days, sqlite);

async fn declined_appealed_and_accepted_by_the_next_level(w: &mut World) {
    let idea = w.suggest("sam", "Put the spare batteries next to the hoists").await;
    w.press("mara", idea, "Acknowledge").await;
    let refused = w.press("otto", idea, "Decide").await;
    assert!(refused.text().starts_with("To decide is for @mara"), "{}", refused.text());
    let menu = w.press("mara", idea, "Decide").await;
    snap!(menu.text(), @"
    What do you decide on [K-1]? Put the spare batteries next to the hoists
    A short form opens; the author reads your reason.
    **Decline** needs at least one finding first: nothing is declined that nobody looked at.
    [Accept] [Trial] [Decline] [Defer] [Add finding]
    ");
    let missing = w.press_on("mara", menu.message(), "Decline").await;
    snap!(missing.text(), @r"
    Nothing is declined that nobody looked at: a finding is missing. Add one first with `/idea finding` or **Add finding**, then decide.
    [Add finding]
    ");
    let form = w.press_on("mara", missing.message(), "Add finding").await;
    w.fill("mara", &form, json!({ "text": "The hoists have no room for a box" })).await;

    let reply = w.slash_at(idea, "mara", "idea decline", json!({ "reason": "No room." })).await;
    snap!(reply.text(), @r"
    *the reason* needs at least 20 characters: somebody took the trouble to write, and will read it.
    This is what you typed, so that it is not lost:
    **reason**:
    > No room.
    ");
    let menu = w.press("mara", idea, "Decide").await;
    let form = w.press_on("mara", menu.message(), "Decline").await;
    snap!(form.text(), @r"
    Form: Decline · K-1
    - Why not? What could be done instead? ★
    - Which kind of reason?
    ");
    let fields = json!({ "reason": "The hoists have no room for a box; the cupboard is two steps away.", "class": "not feasible" });
    let reply = w.fill("mara", &form, fields).await;
    snap!(reply.text(), @"Recorded: [K-1] is declined. Its author reads your reason, and can appeal until Mon 30 Nov 10:00.");
    snap!(w.card(idea), @r"
    K-1 · Declined
    Put the spare batteries next to the hoists
    Author: @sam
    Stage: Declined: it will not be done; the reason is below
    Supporters: none yet
    Decision: Declined: not feasible (@mara)
    The hoists have no room for a box; the cupboard is two steps away.
    K-1
    [Appeal] [Follow]
    ");
    snap!(w.last_dm("sam"), @r"
    News of your idea [K-1]: Put the spare batteries next to the hoists
    @mara decided against it: not feasible.
    **Why**:
    > The hoists have no room for a box; the cupboard is two steps away.
    Thank you for the idea all the same. If you see it differently, you can appeal within 14 days, until Mon 30 Nov 10:00, with `/idea appeal` in its thread. Somebody else decides then.
    -# K-1 · 4
    ");

    let reply = w.press("ines", idea, "Appeal").await;
    snap!(reply.text(), @"To appeal is for @sam (the author). You can follow it with `/idea follow`.");
    let form = w.press("sam", idea, "Appeal").await;
    let reply = w.fill("sam", &form, json!({ "reason": "There is room on the left side" })).await;
    snap!(reply.text(), @r"
    Recorded: your appeal on [K-1]. @noor looks at it with fresh eyes, and decides.
    Next: @noor acknowledges it by Wed 18 Nov 10:00.
    You are told of every step.
    ");
    snap!(w.last_post(idea), @r"
    @sam appeals. @noor looks at it with fresh eyes, and decides.
    **Why**:
    > There is room on the left side
    Next: @noor acknowledges it by Wed 18 Nov 10:00.
    -# K-1 · 5
    (pings noor)
    ");

    let told = w.dm_count("mara");
    assert!(
        w.last_dm("mara").contains("Everybody who suggests may ask for a second look once"),
        "{}",
        w.last_dm("mara")
    );
    let reply = w.press("mara", idea, "Acknowledge").await;
    snap!(reply.text(), @"Whoever declined an idea does not decide on its appeal; somebody else looks at it with fresh eyes.");
    w.press("noor", idea, "Acknowledge").await;
    let reply =
        w.slash_at(idea, "noor", "idea accept", json!({ "reason": "Sam is right", "owner": "ines" })).await;
    snap!(reply.text(), @r"
    Recorded: [K-1] is accepted. @ines carries it out, and its author is told why.
    Next: @ines carries it out by Wed 16 Dec 10:00.
    Once it is done: `/idea implemented`. If the plan changes: `/idea replan`.
    ");
    assert_eq!(w.dm_count("mara"), told + 1, "mara hears of the end, and of no step between");
    snap!(w.last_dm("mara"), @r"
    A second look at what you decided on [K-1]: Put the spare batteries next to the hoists
    @noor accepted it as suggested after a second look; the first decision is **overturned**. It changes this case.
    **Why**:
    > Sam is right
    Next: @ines carries it out by Wed 16 Dec 10:00.
    What you found was there for the second look, and helped. Thank you for looking into it first.
    -# K-1 · 7
    ");
    snap!(w.card(idea), @r"
    K-1 · Accepted
    Put the spare batteries next to the hoists
    Author: @sam
    Stage: Accepted: it is going to be done
    Responsible: @noor (decides on the appeal)
    Due: the implementation from @ines, by Wed 16 Dec 10:00
    Supporters: none yet
    Decision: Accepted as suggested; the refusal was **overturned** after an appeal (@noor)
    Sam is right
    K-1
    [Implemented] [Me too] [Follow]
    ");
    snap!(w.thread(idea).join("\n---\n"), @r"
    @sam suggests:
    > Put the spare batteries next to the hoists
    Next: @mara acknowledges it by Wed 18 Nov 10:00.
    -# K-1 · 1
    (pings mara)
    ---
    @mara has seen it and takes it seriously.
    Next: @mara decides by Mon 30 Nov 10:00.
    -# K-1 · 2
    ---
    @mara looked into it and found:
    > The hoists have no room for a box
    The decision is still due by Mon 30 Nov 10:00.
    -# K-1 · 3
    ---
    @mara decided against it: not feasible.
    **Why**:
    > The hoists have no room for a box; the cupboard is two steps away.
    @sam can appeal until Mon 30 Nov 10:00 with `/idea appeal`. Somebody else decides then.
    -# K-1 · 4
    ---
    @sam appeals. @noor looks at it with fresh eyes, and decides.
    **Why**:
    > There is room on the left side
    Next: @noor acknowledges it by Wed 18 Nov 10:00.
    -# K-1 · 5
    (pings noor)
    ---
    @noor has seen it and takes it seriously.
    Next: @noor decides by Mon 30 Nov 10:00.
    -# K-1 · 6
    ---
    @noor accepted it as suggested after a second look; the first decision is **overturned**. It changes this case.
    **Why**:
    > Sam is right
    Next: @ines carries it out by Wed 16 Dec 10:00.
    -# K-1 · 7
    (pings ines)
    ");

    let reply = w.press("otto", idea, "Implemented").await;
    assert!(reply.text().starts_with("To record what changed is for"), "{}", reply.text());
    // Monday's digest tells one story, not two decisions.
    let digest = w.slash("mara", "digest preview", json!({})).await;
    let told = digest.text();
    assert!(told.contains("2 decisions"), "every decision counts: {told}");
    let decisions = told.split("New ideas").next().unwrap_or_default();
    let decisions = decisions.split_once("Decisions").map(|(_, rest)| rest.to_owned()).unwrap_or_default();
    snap!(decisions, @r"
    , and why (1)
    - **Declined, appealed, and accepted on a second look**: [K-1] Put the spare batteries next to the hoists
      First: The hoists have no room for a box; the cupboard is two steps away.
      Then: Sam is right
    ");
}

async fn no_appeal_after_fourteen_days(w: &mut World) {
    let idea = w.suggest("sam", "Put the spare batteries next to the hoists").await;
    w.slash_at(idea, "mara", "idea finding", json!({ "text": "No room" })).await;
    w.slash_at(idea, "mara", "idea decline", json!({ "reason": "The hoists have no room for a box." })).await;
    w.advance("15 days").await;
    let reply = w.slash_at(idea, "sam", "idea appeal", json!({ "reason": "There is room" })).await;
    snap!(reply.text(), @r"
    An appeal was possible until Mon 30 Nov 10:00. If something new has come up, `/suggest` is open to you, or a coordinator can reopen it.
    This is what you typed, so that it is not lost:
    **reason**:
    > There is room
    ");
    assert_eq!(w.history(idea.0).await, ["submitted", "finding_added", "declined"]);
}
