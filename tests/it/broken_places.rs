//! What people do to channels: deleted, closed to the bot, cards deleted, threads archived. Nothing is lost, and the coordinator
//! reads what to mend, where and how.

use discord_sim::permission;
use kaizen_tests::world::PATIENCE;
use kaizen_tests::{World, snap, story};
use kaizen_workflow::ports::Outbox;
use serde_json::json;

story!(a_permission_is_missing);
story!(the_channel_is_deleted);
story!(the_card_is_deleted);
story!(the_thread_is_archived);

async fn a_permission_is_missing(w: &mut World) {
    w.expected_statuses.push(403);
    w.settles = false;
    w.sim.deny_bot("ward-3", permission::SEND_MESSAGES);
    let reply = w.slash("sam", "suggest", json!({ "idea": "The supply room has no labels" })).await;
    snap!(reply.text(), @r"
    Thank you. Your idea is recorded as **K-1**. You find it in #ward-3.
    @mara (manages Ward 3) has it now. Next: @mara acknowledges it within 2 working days, by Wed 18 Nov 10:00.
    You are told of every step. You can change it with `/idea edit`, or take it back with `/idea withdraw`.
    ");
    let idea = kaizen_tests::idea_of(&reply);
    assert!(w.cards(idea).is_empty());
    let told = |world: &discord_sim::World| !world.dms(kaizen_tests::hospital::person("cleo")).is_empty();
    w.sim.wait_until(told, PATIENCE).await.expect("the coordinator is told");
    snap!(w.last_dm("cleo"), @r"
    Kaizen may not do something that it needs in #ward-3 (<https://discord.com/channels/1000/2003>): the permission **Send Messages** is missing.
    To mend it: open the channel's settings, then *Permissions*, choose Kaizen's role, and allow **Send Messages**.
    Nothing is lost: what could not be sent is kept. `/kaizen check` looks at everything, and sends it again with **Try again**.
    ");
    let told = w.dm_count("cleo");
    // The card was given up, and its first post waits behind it; the word to the coordinator is sent.
    let depth = async || w.db.depth().await.map(|d| (d.dead, d.pending)).ok();
    w.until(async || depth().await == Some((1, 1))).await;

    let check = w.slash("cleo", "kaizen check", json!({})).await;
    snap!(check.text(), @r"
    1 message could not be sent and is kept. Mend what is below, then press **Try again**.
    1 thing to look at:
    What to mend, and how
    - In #ward-3, the channel of Ward 3, Kaizen lacks **Send Messages**. Open the channel's settings, then *Permissions*, choose Kaizen's role, and allow it.
    [Try again]
    ");
    let reply = w.slash("sam", "kaizen check", json!({})).await;
    assert!(reply.text().starts_with("The set-up is for coordinators"), "{}", reply.text());

    w.sim.deny_bot("ward-3", 0);
    w.settles = true;
    let reply = w.press_on("cleo", check.message(), "Try again").await;
    snap!(reply.text(), @"1 message is sent again now. If something is still missing, it comes back to `/kaizen check`.");
    assert_eq!(w.cards(idea).len(), 1, "it is there now");
    assert_eq!(w.thread(idea).len(), 1);
    assert_eq!(w.dm_count("cleo"), told, "told once");
    let check = w.slash("cleo", "kaizen check", json!({})).await;
    snap!(check.text(), @"Nothing is wrong or missing.");
}

async fn the_channel_is_deleted(w: &mut World) {
    w.expected_statuses.push(404);
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.sim.delete_channel("ward-3");
    let reply = w.slash_in("lobby", "mara", "idea acknowledge", json!({ "number": "K-1" })).await;
    assert!(reply.text().contains("is acknowledged"), "{}", reply.text());
    snap!(w.last_dm("cleo"), @r"
    A channel that Kaizen posts to can no longer be reached: <#2003> (<https://discord.com/channels/1000/2003>). It was deleted, or hidden from Kaizen.
    To mend it: let Kaizen see it again, or give the team another channel with `/kaizen team edit`.
    Nothing is lost: what could not be sent is kept. `/kaizen check` looks at everything, and sends it again with **Try again**.
    ");
    let check = w.slash_in("lobby", "cleo", "kaizen check", json!({})).await;
    snap!(check.text(), @r"
    2 messages could not be sent and are kept. Mend what is below, then press **Try again**.
    1 thing to look at:
    What to mend, and how
    - The channel of Ward 3, <#2003>, is gone or hidden from Kaizen. Allow *View Channel* there, or choose another: `/kaizen team edit` with `channel`.
    [Try again]
    ");
    w.slash_in("lobby", "cleo", "kaizen team edit", json!({ "name": "Ward 3", "channel": "lobby" })).await;
    w.press_on("cleo", check.message(), "Try again").await;
    assert_eq!(
        w.card_message(idea).channel_id,
        kaizen_tests::hospital::LOBBY,
        "the card stands in the new channel"
    );
    assert!(w.card(idea).contains("Stage: Acknowledged"));
}

async fn the_card_is_deleted(w: &mut World) {
    w.expected_statuses.push(404);
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.sim.delete_message(w.card_message(idea).id);
    w.slash("mara", "idea acknowledge", json!({ "number": "K-1" })).await;
    let card = w.card_message(idea);
    assert!(w.card(idea).contains("Stage: Acknowledged"), "posted anew, as it is now");
    w.press_on("ines", &card, "Me too").await;
    assert!(w.card(idea).contains("Supporters: 1"));
}

async fn the_thread_is_archived(w: &mut World) {
    w.expected_statuses.push(400);
    let idea = w.suggest("sam", "The supply room has no labels").await;
    let thread = w.thread_id(idea);
    w.sim.archive_thread(thread, true, false);
    w.press("mara", idea, "Acknowledge").await;
    assert!(w.last_post(idea).contains("takes it seriously"));
    w.sim.archive_thread(thread, true, true);
    w.slash("mara", "idea finding", json!({ "number": "K-1", "text": "Counted" })).await;
    assert!(w.last_post(idea).contains("Counted"), "a locked thread is opened, where we may");
    w.sim.delete_channel(thread);
    w.expected_statuses.push(404);
    w.slash("mara", "idea ask", json!({ "number": "K-1", "question": "Which shelves?" })).await;
    // Under one message the platform allows one thread, ever: card and thread are made anew.
    let cards = w.cards(idea);
    assert_eq!(cards.len(), 2);
    assert!(w.shown(&cards[1]).contains("Which shelves?"), "{}", w.shown(&cards[1]));
    assert!(cards[1].thread.is_some());
}
