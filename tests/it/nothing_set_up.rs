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
    snap!(reply.text(), @"");
    let idea = kaizen_tests::idea_of(&reply);
    assert_eq!(w.card_message(idea).channel_id, kaizen_tests::hospital::LOBBY, "the card stands where the command was used");
    snap!(w.card(idea), @"");
    snap!(w.last_post(idea), @"");

    let reply = w.press("sam", idea, "Acknowledge").await;
    snap!(reply.text(), @"");
    let reply = w.press("cleo", idea, "Acknowledge").await;
    snap!(reply.text(), @"");

    // What the owner has to set up is said, and the way to it.
    let reply = w.slash("cleo", "kaizen check", json!({})).await;
    snap!(reply.text(), @"");
    let reply = w.slash("sam", "kaizen setup", json!({})).await;
    snap!(reply.text(), @"");
}

story!(the_owner_sets_up_a_team_in_chat, nothing);

async fn the_owner_sets_up_a_team_in_chat(w: &mut World) {
    let options = json!({
        "name": "Ward 3", "channel": "ward-3", "managers": "mara", "timezone": "Europe/London",
        "working-hours": "Mon-Fri 09:00-17:00"
    });
    let reply = w.slash("cleo", "kaizen team add", options).await;
    snap!(reply.text(), @"");
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
    snap!(reply.text(), @"");
}
