//! Nothing is set up: the bot has just been invited, and sam has an idea.
//!
//! ```text
//! sam    /suggest idea:The kettle leaks            (in #lobby)
//!        → recorded; cleo, who owns the community, has it
//! cleo   [Acknowledge]
//! ```

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(an_idea_is_never_refused, nothing);

async fn an_idea_is_never_refused(w: &mut World) {
    let reply = w.slash_in("lobby", "sam", "suggest", json!({ "idea": "The kettle leaks" })).await;
    assert!(reply.private());
    snap!(reply.text(), @r"
    Thank you. Your idea is recorded as **K-1**. You find it in [K-1].
    @cleo (coordinates the scheme) has it now. Next: @cleo acknowledges it within 2 working days, by Wed 18 Nov 10:00.
    You are told of every step. You can change it with `/idea edit`, or take it back with `/idea withdraw`.
    ");
    let idea = kaizen_tests::idea_of(&reply);
    assert_eq!(
        w.card_message(idea).channel_id,
        kaizen_tests::hospital::LOBBY,
        "the card stands where the command was used"
    );
    snap!(w.card(idea), @r"
    K-1 · Submitted
    The kettle leaks
    Author: @sam
    Stage: Submitted: it waits for a first answer
    Responsible: @cleo (coordinates the scheme)
    Due: an acknowledgement from @cleo, by Wed 18 Nov 10:00
    Supporters: none yet
    K-1
    [Acknowledge] [Add finding] [Ask author] [Refer] [Me too] [Follow]
    ");
    snap!(w.last_post(idea), @r"
    @sam suggests:
    > The kettle leaks
    Next: @cleo acknowledges it by Wed 18 Nov 10:00.
    -# K-1 · 1
    (pings cleo)
    ");

    let reply = w.press("sam", idea, "Acknowledge").await;
    snap!(reply.text(), @"To acknowledge it is for @cleo (the responsible person). It is your own idea: you are told of every step, and everybody reads what you write in its thread.");
    let reply = w.press("cleo", idea, "Acknowledge").await;
    snap!(reply.text(), @r"
    Recorded: [K-1] is acknowledged, and its author knows.
    Next: @cleo decides by Mon 30 Nov 10:00.
    You can decide at once, or look into it first: `/idea accept`, `/idea finding`, `/idea ask`.
    ");

    // What the owner has to set up is said, and the way to it.
    let reply = w.slash("cleo", "kaizen check", json!({})).await;
    snap!(reply.text(), @r"
    3 things to look at:
    What to mend, and how
    - Nobody is named as coordinator, so the owner of this community is. `/kaizen setup` → **Coordinators** names somebody.
    - Everyone has no channel: its cards go where the command was used, and it gets no digest. `/kaizen team edit` with `channel` gives it one.
    - Everyone has no manager: the level above answers, and at last the coordinator. `/kaizen team edit` with `managers` names somebody.
    ");
    let reply = w.slash("sam", "kaizen setup", json!({})).await;
    snap!(reply.text(), @"The set-up is for coordinators and for those who may manage this community. Ask one of them; your ideas are welcome all the same.");
}

story!(an_appeal_where_nobody_else_is_named, nothing);

async fn an_appeal_where_nobody_else_is_named(w: &mut World) {
    let idea = w.suggest("sam", "The kettle leaks").await;
    w.slash_at(idea, "cleo", "idea finding", json!({ "text": "It is the lid" })).await;
    let decline = json!({ "reason": "A new one comes in spring anyway." });
    let reply = w.slash_at(idea, "cleo", "idea decline", decline).await;
    // Nobody is promised what cannot be kept, and whoever can mend it is told how.
    snap!(reply.text(), @"Recorded: [K-1] is declined. Its author reads your reason, and can appeal until Mon 30 Nov 10:00. Nobody else is named here yet who could decide then; a coordinator names somebody with `/kaizen roles add`.");
    snap!(w.last_post(idea), @r"
    @cleo decided against it.
    **Why**:
    > A new one comes in spring anyway.
    @sam can appeal until Mon 30 Nov 10:00 with `/idea appeal`. Nobody else is named here yet who could decide then; a coordinator names somebody with `/kaizen roles add`.
    -# K-1 · 3
    ");
    snap!(w.last_dm("sam"), @r"
    News of your idea [K-1]: The kettle leaks
    @cleo decided against it.
    **Why**:
    > A new one comes in spring anyway.
    Thank you for the idea all the same. If you see it differently, you can appeal within 14 days, until Mon 30 Nov 10:00, with `/idea appeal` in its thread. Nobody else is named here yet who could decide then; a coordinator names somebody with `/kaizen roles add`.
    -# K-1 · 3
    ");
    let appeal = json!({ "reason": "Spring is far off" });
    let reply = w.slash_at(idea, "sam", "idea appeal", appeal.clone()).await;
    snap!(reply.text(), @r"
    Whoever declined an idea does not decide on its appeal, and nobody else is named here yet who could. A coordinator can name somebody, with `/kaizen roles add` or `/kaizen team edit`; then try again. You can appeal until Mon 30 Nov 10:00. What you write in its thread is read in any case.
    This is what you typed, so that it is not lost:
    **reason**:
    > Spring is far off
    ");
    assert!(w.card(idea).starts_with("K-1 · Declined"), "nothing changed: {}", w.card(idea));

    // Once somebody is named it goes to them, and never back to Cleo.
    w.slash("cleo", "kaizen roles add", json!({ "part": "coordinator", "who": "noor" })).await;
    let reply = w.slash_at(idea, "sam", "idea appeal", appeal).await;
    snap!(reply.text(), @r"
    Recorded: your appeal on [K-1]. @noor looks at it with fresh eyes, and decides.
    Next: @noor acknowledges it by Wed 18 Nov 10:00.
    You are told of every step.
    ");
    let reply = w.press("cleo", idea, "Acknowledge").await;
    snap!(reply.text(), @"Whoever declined an idea does not decide on its appeal; somebody else looks at it with fresh eyes.");
    w.press("noor", idea, "Acknowledge").await;
    let reply = w.slash_at(idea, "noor", "idea accept", json!({ "reason": "The lid is dangerous" })).await;
    assert!(reply.text().contains("is accepted"), "{}", reply.text());
}

story!(the_owner_sets_up_a_team_in_chat, nothing);

async fn the_owner_sets_up_a_team_in_chat(w: &mut World) {
    let options = json!({
        "name": "Ward 3", "channel": "ward-3", "managers": "mara", "timezone": "Europe/London",
        "working-hours": "Mon-Fri 09:00-17:00"
    });
    let reply = w.slash("cleo", "kaizen team add", options).await;
    snap!(reply.text(), @r"
    Recorded: the team Ward 3 is there. `/kaizen check` looks for what is still missing.
    - **Ward 3** · #ward-3 · managers: @mara · Mon-Fri 09:00-17:00, Europe/London
    ");
    let idea = w.suggest("sam", "The supply room has no labels").await;
    assert_eq!(w.card_message(idea).channel_id, kaizen_tests::hospital::WARD_3);
    assert!(w.card(idea).contains("Responsible: @mara (manages Ward 3)"), "{}", w.card(idea));

    for (options, why) in [
        (json!({ "name": "ward 3" }), "a name that is taken"),
        (json!({ "name": "Ward 4", "parent": "Nowhere" }), "an unknown parent"),
        (json!({ "name": "Ward 4", "timezone": "Mars/Base" }), "an unknown zone"),
        (json!({ "name": "Ward 4", "working-hours": "17:00-09:00" }), "hours that end before they begin"),
    ] {
        let before = w.workspace().await.map(|w| w.policy);
        let reply = w.slash("cleo", "kaizen team add", options).await;
        assert_eq!(w.workspace().await.map(|w| w.policy), before, "{why}: {}", reply.text());
    }
    let reply = w.slash("mara", "kaizen team add", json!({ "name": "Mine" })).await;
    snap!(reply.text(), @r"
    The set-up is for coordinators and for those who may manage this community. Ask one of them; your ideas are welcome all the same.
    This is what you typed, so that it is not lost:
    **name**:
    > Mine
    ");
}

story!(a_channel_without_threads, nothing);

/// In a voice channel one can type a command, but no thread can stand there.
async fn a_channel_without_threads(w: &mut World) {
    w.sim.make_voice("lobby");
    // What waits for a place waits longer than a story does.
    w.settles = false;
    let reply = w.slash_in("lobby", "sam", "suggest", json!({ "idea": "The kettle leaks" })).await;
    let idea = kaizen_tests::idea_of(&reply);
    w.until(async || w.dm_count("cleo") > 0).await;
    assert!(w.cards(idea).is_empty(), "no card without a thread");
    snap!(w.last_dm("cleo"), @r"
    Somebody used Kaizen in #lobby (<https://discord.com/channels/1000/2009>): a channel of this kind has no threads, so there is no room for a card there.
    To mend it: give the team a text channel or a forum of its own with `/kaizen team edit` and `channel`.
    Nothing is lost: what could not be sent is kept. `/kaizen check` looks at everything, and sends it again with **Try again**.
    ");
    // The team gets a channel, and what was kept is sent there.
    let channel = json!({ "name": "Everyone", "channel": "ward-3" });
    w.slash("cleo", "kaizen team edit", channel).await;
    let check = w.slash("cleo", "kaizen check", json!({})).await;
    w.settles = true;
    w.press_on("cleo", check.message(), "Try again").await;
    assert_eq!(w.card_message(idea).channel_id, kaizen_tests::hospital::WARD_3);
    assert!(w.last_post(idea).contains("The kettle leaks"), "{}", w.last_post(idea));
    assert_eq!(w.dm_count("cleo"), 1, "told once");
}
