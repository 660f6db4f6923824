//! The whole life of an idea, by buttons and forms.
//!
//! ```text
//! sam    /suggest idea:The supply room has no labels
//! mara   [Acknowledge]  [Add finding]  [Decide] → [Accept]
//! ines   [Implemented]
//! sam    [It works]
//! mara   [Record outcome] → [Worked]
//! ```

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(from_the_idea_to_its_outcome);

async fn from_the_idea_to_its_outcome(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    snap!(w.card(idea), @r"
    K-1 · Submitted
    The supply room has no labels
    Author: @sam
    Stage: Submitted: it waits for a first answer
    Responsible: @mara (manages Ward 3)
    Due: an acknowledgement from @mara, by Wed 18 Nov 10:00
    Supporters: none yet
    K-1
    [Acknowledge] [Add finding] [Ask author] [Refer] [Me too] [Follow]
    ");
    snap!(w.last_post(idea), @r"
    @sam suggests:
    > The supply room has no labels
    Next: @mara acknowledges it by Wed 18 Nov 10:00.
    -# K-1 · 1
    (pings mara)
    ");
    assert_eq!(w.dm_count("sam"), 0, "nobody is told of their own step");

    let reply = w.press("mara", idea, "Acknowledge").await;
    assert!(reply.private());
    snap!(reply.text(), @r"
    Recorded: [K-1] is acknowledged, and its author knows.
    Next: @mara decides by Mon 30 Nov 10:00.
    You can decide at once, or look into it first: `/idea accept`, `/idea finding`, `/idea ask`.
    ");
    snap!(w.last_dm("sam"), @r"
    News of your idea [K-1]: The supply room has no labels
    @mara has seen it and takes it seriously.
    Next: @mara decides by Mon 30 Nov 10:00.
    Thank you for it. You will hear what is decided, and why.
    -# K-1 · 2
    ");

    let form = w.press("mara", idea, "Add finding").await;
    snap!(form.text(), @r"
    Form: Add a finding · K-1
    - What did you look at, and what did you find? ★
    ");
    let reply = w.fill("mara", &form, json!({ "text": "Counted: 14 searches a week, 3 minutes each" })).await;
    snap!(reply.text(), @r"
    Recorded: your finding on [K-1]. It is in the thread.
    Next: @mara decides by Mon 30 Nov 10:00.
    When you are ready: `/idea accept`, `/idea decline` or `/idea defer`, or the button **Decide** on the card.
    ");

    let menu = w.press("mara", idea, "Decide").await;
    snap!(menu.text(), @"
    What do you decide on [K-1]? The supply room has no labels
    A short form opens; the author reads your reason.
    [Accept] [Trial] [Decline] [Defer]
    ");
    let form = w.press_on("mara", menu.message(), "Accept").await;
    snap!(form.text(), @r"
    Form: Accept · K-1
    - Why is it a good idea? ★
    - Done by when?
    - What does it change?
    - Policy only: the norm before, in one line
    - Policy only: the norm after, in one line
    ");
    let reply = w
        .fill(
            "mara",
            &form,
            json!({ "reason": "Cheap, and it saves an hour a week", "due": "2 weeks", "loop": "practice" }),
        )
        .await;
    snap!(reply.text(), @r"
    Recorded: [K-1] is accepted. @mara carries it out, and its author is told why.
    Next: @mara carries it out by Mon 30 Nov 17:00.
    Once it is done: `/idea implemented`. If the plan changes: `/idea replan`.
    ");
    snap!(w.card(idea), @r"
    K-1 · Accepted
    The supply room has no labels
    Author: @sam
    Stage: Accepted: it is going to be done
    Responsible: @mara (manages Ward 3)
    Due: the implementation from @mara, by Mon 30 Nov 17:00
    Supporters: none yet
    Decision: Accepted as suggested; it changes how we work (@mara)
    Cheap, and it saves an hour a week
    K-1
    [Implemented] [Me too] [Follow]
    ");
    snap!(w.last_dm("sam"), @r"
    News of your idea [K-1]: The supply room has no labels
    @mara accepted it as suggested. It changes how we work.
    **Why**:
    > Cheap, and it saves an hour a week
    Next: @mara carries it out by Mon 30 Nov 17:00.
    Well seen, and thank you. You will hear when it is done.
    -# K-1 · 4
    ");

    let reply = w
        .slash_at(
            idea,
            "mara",
            "idea replan",
            json!({ "reason": "Ines has the label printer", "owner": "ines" }),
        )
        .await;
    snap!(reply.text(), @"Recorded: the new plan of [K-1]. @ines carries it out by Mon 30 Nov 17:00.");
    let form = w.press("ines", idea, "Implemented").await;
    let reply = w.fill("ines", &form, json!({ "what-changed": "Every shelf has a label" })).await;
    snap!(reply.text(), @r"
    Recorded: [K-1] is implemented. Author and supporters are told, and asked whether it works.
    Next: on Wed 16 Dec 10:00 those who work with it are asked whether it helps; then @mara records the outcome.
    ");
    snap!(w.card(idea), @r"
    K-1 · Implemented
    The supply room has no labels
    Author: @sam
    Stage: Implemented: it was done; does it help?
    Responsible: @mara (manages Ward 3)
    Due: the outcome check from @mara, after those who work with it are asked on Wed 16 Dec 10:00
    Supporters: none yet
    Decision: Accepted as suggested; it changes how we work (@mara)
    Cheap, and it saves an hour a week
    What changed: @ines
    Every shelf has a label
    K-1
    [Record outcome] [It works] [Partly] [It does not] [Follow]
    ");
    snap!(w.last_dm("sam"), @r"
    News of your idea [K-1]: The supply room has no labels
    @ines carried it out.
    **What changed**:
    > Every shelf has a label
    Next: on Wed 16 Dec 10:00 those who work with it are asked whether it helps; then @mara records the outcome.
    This changed because of you; thank you. Does it work for you? Say so on the card, or with `/idea feedback` in its thread.
    -# K-1 · 6
    ");

    let reply = w.press("sam", idea, "It works").await;
    snap!(reply.text(), @"Counted for [K-1]: It works. Thank you. Nobody can see who answered what; only the count is kept, so it cannot be changed.");
    w.advance("30 days").await;
    snap!(w.last_dm("mara"), @"
    **Waiting**
    [K-1] The supply room has no labels: the outcome check from you, due Wed 23 Dec 10:00.
    A short answer is better than a late one. `/my` shows everything that is yours; `/idea assign` hands on what you cannot take.
    -# K-1 · ref.
    ");
    let menu = w.press("mara", idea, "Record outcome").await;
    snap!(menu.text(), @r#"
    What came of [K-1]? The supply room has no labels
    "Does it work?" 1 answer. What was said is shown from 3 answers on, so that nobody's can be told apart.
    A short form opens. An honest *did not work* is as useful as a *worked*.
    [Worked] [Partly] [Did not work] [Cannot tell]
    "#);
    let form = w.press_on("mara", menu.message(), "Worked").await;
    let fields = json!({
        "note": "Searches counted for a week", "benefit": "time", "before": "42", "after": "6", "unit": "minutes a week"
    });
    let reply = w.fill("mara", &form, fields).await;
    snap!(reply.text(), @"Recorded: the outcome of [K-1]: it worked. It is closed; on Mon 8 Feb those who work with it are asked once more.");
    snap!(w.card(idea), @r#"
    K-1 · Verified
    The supply room has no labels
    Author: @sam
    Stage: Verified: it was done, and its effect was checked
    Supporters: none yet
    Decision: Accepted as suggested; it changes how we work (@mara)
    Cheap, and it saves an hour a week
    Outcome: Worked (@mara)
    Searches counted for a week
    "Does it work?" 1 answer. What was said is shown from 3 answers on, so that nobody's can be told apart
    Benefits: time from 42 to 6 minutes a week.
    K-1
    "#);
    snap!(w.last_dm("sam"), @r#"
    News of your idea [K-1]: The supply room has no labels
    @mara recorded the outcome: it worked.
    **What was measured**:
    > Searches counted for a week
    Benefits: time from 42 to 6 minutes a week.
    "Does it work?" 1 answer. What was said is shown from 3 answers on, so that nobody's can be told apart.
    Thank you. The next idea is welcome: `/suggest`.
    -# K-1 · 9
    "#);
    snap!(w.thread(idea).join("\n---\n"), @r#"
    @sam suggests:
    > The supply room has no labels
    Next: @mara acknowledges it by Wed 18 Nov 10:00.
    -# K-1 · 1
    (pings mara)
    ---
    @mara has seen it and takes it seriously.
    Next: @mara decides by Mon 30 Nov 10:00.
    -# K-1 · 2
    ---
    @mara looked into it and found:
    > Counted: 14 searches a week, 3 minutes each
    The decision is still due by Mon 30 Nov 10:00.
    -# K-1 · 3
    ---
    @mara accepted it as suggested. It changes how we work.
    **Why**:
    > Cheap, and it saves an hour a week
    Next: @mara carries it out by Mon 30 Nov 17:00.
    -# K-1 · 4
    ---
    @mara changed the plan: @ines carries it out now; the date stays.
    **Why**:
    > Ines has the label printer
    Next: @ines carries it out by Mon 30 Nov 17:00.
    -# K-1 · 5
    (pings ines)
    ---
    @ines carried it out.
    **What changed**:
    > Every shelf has a label
    Does it work? Whoever works with it can say so on the card, or with `/idea feedback`.
    Next: on Wed 16 Dec 10:00 those who work with it are asked whether it helps; then @mara records the outcome.
    -# K-1 · 6
    ---
    It has been in place for a while: **does it work?** Those who work with it are asked.
    One answer each. Nobody, not even Kaizen, can see who answered what: only the count is kept, so an answer cannot be changed.
    Next: @mara records whether it helps, by Wed 23 Dec 10:00.
    -# K-1 · 8
    [It works] [Partly] [It does not]
    (pings mara)
    ---
    @mara recorded the outcome: it worked.
    **What was measured**:
    > Searches counted for a week
    Benefits: time from 42 to 6 minutes a week.
    "Does it work?" 1 answer. What was said is shown from 3 answers on, so that nobody's can be told apart.
    It is closed, with thanks to @sam for the idea and to everybody who carried it. On Mon 8 Feb those who work with it are asked once more whether it works.
    -# K-1 · 9
    "#);
    assert_eq!(
        w.history(idea.0).await,
        [
            "submitted",
            "acknowledged",
            "finding_added",
            "accepted",
            "replanned",
            "implemented",
            "feedback_given",
            "check_asked",
            "outcome_verified"
        ]
    );
}
