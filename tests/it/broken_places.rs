//! What people do to channels: deleted, closed to the bot, cards deleted, threads archived. Nothing is lost, and the coordinator
//! reads what to mend, where and how.

use discord_sim::permission;
use kaizen_tests::hospital::{BOT_PERMISSIONS, GUILD, HOSPITAL, LOBBY};
use kaizen_tests::world::PATIENCE;
use kaizen_tests::{World, snap, story};
use kaizen_workflow::ports::Outbox;
use serde_json::json;

story!(a_permission_is_missing);
story!(the_channel_is_deleted);
story!(the_channel_is_deleted_while_nobody_listens);
story!(the_only_channel_is_deleted);
story!(the_forum_is_deleted);
story!(the_thread_is_deleted);
story!(the_thread_is_locked);
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
    let other = w.suggest("ines", "The hoists need batteries").await;
    w.slash("mara", "idea finding", json!({ "number": "K-2", "text": "Counted" })).await;
    w.slash("mara", "idea decline", json!({ "number": "K-2", "reason": "There are batteries in store B" }))
        .await;
    w.sim.delete_channel("ward-3");
    w.until(async || w.history(idea.0).await == ["submitted", "placed_anew"]).await;
    w.settle().await;
    // What is open goes on in the channel of the team above, and whoever owes the next response is told there.
    assert_eq!(w.card_message(idea).channel_id, HOSPITAL);
    snap!(w.last_post(idea), @r"
    The place where this idea stood is gone, so it goes on here. Nothing of it is lost: `/idea history` shows every step.
    Next: @mara acknowledges it by Wed 18 Nov 10:00.
    -# K-1 · 2
    (pings mara)
    ");
    assert_eq!(w.history(other.0).await, ["submitted", "finding_added", "declined"], "closed ideas stay");
    snap!(w.last_dm("cleo"), @r"
    A channel that Kaizen posts to was deleted: <#2003> (<https://discord.com/channels/1000/2003>).
    The open ideas that were there go on in #hospital now, each in a thread of its own, where whoever owes the next response is told. To give the team a channel of its own again: `/kaizen team edit` with `channel`.
    Nothing is lost: what could not be sent is kept. `/kaizen check` looks at everything, and sends it again with **Try again**.
    ");
    let told = w.dm_count("cleo");
    let reply = w.press("mara", idea, "Acknowledge").await;
    assert!(reply.text().contains("is acknowledged"), "{}", reply.text());
    assert!(w.card(idea).contains("Stage: Acknowledged"));
    assert_eq!(w.cards(idea).len(), 1);
    let check = w.slash_in("lobby", "cleo", "kaizen check", json!({})).await;
    snap!(check.text(), @r"
    1 thing to look at:
    What to mend, and how
    - The channel of Ward 3, <#2003>, was deleted; its ideas go on in #hospital. `/kaizen team edit` with `channel` gives it one of its own again.
    ");
    // New ideas of the team go there too, until it has a channel of its own again.
    let reply =
        w.slash_in("lobby", "sam", "suggest", json!({ "idea": "Label the keys", "team": "Ward 3" })).await;
    assert_eq!(w.card_message(kaizen_tests::idea_of(&reply)).channel_id, HOSPITAL);
    w.slash_in("lobby", "cleo", "kaizen team edit", json!({ "name": "Ward 3", "channel": "lobby" })).await;
    let third =
        w.slash_in("lobby", "sam", "suggest", json!({ "idea": "Mark the exits", "team": "Ward 3" })).await;
    assert_eq!(w.card_message(kaizen_tests::idea_of(&third)).channel_id, LOBBY);
    assert_eq!(w.dm_count("cleo"), told, "told once");
}

/// The program was down when it happened: the next thing that is sent there finds out, and everything else moves too.
async fn the_channel_is_deleted_while_nobody_listens(w: &mut World) {
    w.expected_statuses.push(404);
    let idea = w.suggest("sam", "The supply room has no labels").await;
    let other = w.suggest("ines", "The hoists need batteries").await;
    w.stop_program().await;
    w.sim.delete_channel("ward-3");
    w.start_program().await;
    assert_eq!(w.history(other.0).await, ["submitted"]);
    w.slash_in("lobby", "mara", "idea acknowledge", json!({ "number": "K-1" })).await;
    w.until(async || w.history(other.0).await == ["submitted", "placed_anew"]).await;
    w.settle().await;
    for idea in [idea, other] {
        assert_eq!(w.card_message(idea).channel_id, HOSPITAL);
    }
    assert!(w.card(idea).contains("Stage: Acknowledged"));
    assert!(w.last_post(other).contains("goes on here"), "{}", w.last_post(other));
    assert!(w.last_dm("cleo").contains("go on in #hospital"), "{}", w.last_dm("cleo"));
    assert_eq!(w.dm_count("cleo"), 1, "told once");
}

/// No team above has a channel: it waits, and goes on as soon as there is one.
async fn the_only_channel_is_deleted(w: &mut World) {
    w.expected_statuses.push(404);
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.settles = false;
    w.sim.delete_channel("hospital");
    // What comes after one another is handled side by side: by the time of this answer the first is known.
    w.slash_in("lobby", "cleo", "kaizen check", json!({})).await;
    w.sim.delete_channel("ward-3");
    let reply = w.slash_in("lobby", "mara", "idea acknowledge", json!({ "number": "K-1" })).await;
    assert!(reply.text().contains("is acknowledged"), "{}", reply.text());
    let told = |world: &discord_sim::World| !world.dms(kaizen_tests::hospital::person("cleo")).is_empty();
    w.sim.wait_until(told, PATIENCE).await.expect("the coordinator is told");
    w.until(async || w.db.depth().await.is_ok_and(|d| d.dead == 2 && d.pending == 0)).await;
    let check = w.slash_in("lobby", "cleo", "kaizen check", json!({})).await;
    assert!(check.text().contains("no team above has one"), "{}", check.text());
    w.settles = true;
    w.slash_in("lobby", "cleo", "kaizen team edit", json!({ "name": "Ward 3", "channel": "lobby" })).await;
    w.until(async || w.history(idea.0).await == ["submitted", "acknowledged", "placed_anew"]).await;
    w.press_on("cleo", check.message(), "Try again").await;
    assert_eq!(w.card_message(idea).channel_id, LOBBY);
    assert_eq!(w.cards(idea).len(), 1);
    assert!(w.card(idea).contains("Stage: Acknowledged"));
}

async fn the_forum_is_deleted(w: &mut World) {
    w.expected_statuses.extend([403, 404]);
    w.slash("cleo", "kaizen team edit", json!({ "name": "Ward 3", "channel": "ideas" })).await;
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.sim.delete_channel("ideas");
    w.until(async || w.history(idea.0).await == ["submitted", "placed_anew"]).await;
    w.settle().await;
    assert_eq!(w.card_message(idea).channel_id, HOSPITAL);
    assert!(w.last_post(idea).contains("@mara"), "{}", w.last_post(idea));
}

async fn the_thread_is_deleted(w: &mut World) {
    w.expected_statuses.extend([400, 404]);
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.slash("mara", "idea ask", json!({ "number": "K-1", "question": "Which shelves?" })).await;
    w.sim.delete_channel(w.thread_id(idea));
    w.until(async || w.history(idea.0).await == ["submitted", "asked", "placed_anew"]).await;
    w.settle().await;
    // Under one message the platform allows one thread, ever: card and thread are made anew, and sam, whose answer is owed, is told.
    let cards = w.cards(idea);
    assert_eq!(cards.len(), 2);
    assert!(newest_in(w, &cards[1]).contains("(pings sam)"), "{}", newest_in(w, &cards[1]));
    w.slash_in("lobby", "sam", "idea answer", json!({ "number": "K-1", "text": "All four" })).await;
    assert!(newest_in(w, &cards[1]).contains("All four"), "{}", newest_in(w, &cards[1]));
    assert_eq!(w.cards(idea).len(), 2);
}

/// A thread that is locked, and that we may not open: nobody can go on there.
async fn the_thread_is_locked(w: &mut World) {
    w.expected_statuses.extend([400, 403]);
    let idea = w.suggest("sam", "The supply room has no labels").await;
    let closed = w.suggest("ines", "The hoists need batteries").await;
    w.slash("ines", "idea withdraw", json!({ "number": "K-2" })).await;
    w.sim.set_bot_permissions(GUILD, BOT_PERMISSIONS & !permission::MANAGE_THREADS);
    w.sim.archive_thread(w.thread_id(idea), true, true);
    w.sim.archive_thread(w.thread_id(closed), true, true);
    w.slash("mara", "idea finding", json!({ "number": "K-1", "text": "Counted" })).await;
    let cards = w.cards(idea);
    assert_eq!(cards.len(), 2);
    assert!(newest_in(w, &cards[1]).contains("Counted"), "{}", newest_in(w, &cards[1]));
    assert_eq!(w.cards(closed).len(), 1);
}

/// The newest post in the thread of a card.
fn newest_in(w: &World, card: &discord_sim::Message) -> String {
    let posts = w.sim.messages(card.thread.expect("it has a thread"));
    w.shown(posts.last().expect("the thread has a post"))
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
