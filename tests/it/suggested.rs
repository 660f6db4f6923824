//! The ways to suggest: by option, by form, from a message that somebody wrote, for a colleague, already mended.
//!
//! ```text
//! sam    /suggest                          → the form *Suggest an improvement*
//! ines   sam's message → Suggest improvement
//! sam    /suggest idea:… done:yes          → an acknowledgement and an outcome check are owed, no decision
//! ```

use kaizen_tests::{World, idea_of, snap, story};
use serde_json::json;

story!(by_form);
story!(from_a_message);
story!(already_mended);

async fn by_form(w: &mut World) {
    let form =
        w.slash("sam", "suggest", json!({ "area": "equipment", "for-name": "Jo from the kitchen" })).await;
    snap!(form.text(), @"");
    let fields =
        json!({ "idea": "The trolley squeaks", "proposal": "Oil it every month", "benefit": "Sleep" });
    let reply = w.fill("sam", &form, fields).await;
    let idea = idea_of(&reply);
    snap!(w.card(idea), @"");
    snap!(w.last_post(idea), @"");
    let reply = w.slash("sam", "suggest", json!({ "idea": "A bell", "team": "Nowhere" })).await;
    snap!(reply.text(), @"");
    let reply = w.slash("sam", "suggest", json!({ "idea": "A bell", "area": "weather" })).await;
    snap!(reply.text(), @"");
}

async fn from_a_message(w: &mut World) {
    let text = "Somebody should really do something about the squeaking trolley, it wakes everybody at six";
    let said = w.sim.person("sam").say("ward-3", text).await.expect("sam may write here");
    let form = w.on_message("ines", &said, "Suggest improvement").await;
    snap!(form.text(), @"");
    let idea = idea_of(&w.fill("ines", &form, json!({ "proposal": "Oil it" })).await);
    assert!(w.card(idea).contains("Author: @ines"), "whoever suggests it is its author: {}", w.card(idea));
    snap!(w.last_post(idea), @"");
    let form = w.on_message("sam", &said, "Suggest improvement").await;
    let own = idea_of(&w.fill("sam", &form, json!({})).await);
    assert!(w.last_post(own).contains("It came from a message in #ward-3."), "{}", w.last_post(own));

    // Longer than the field: the rest stands in the next one.
    let long = "The trolley squeaks in the corridor at night. ".repeat(30);
    let said = w.sim.person("sam").say("ward-3", &long).await.expect("sam may write here");
    let form = w.on_message("sam", &said, "Suggest improvement").await;
    let idea = idea_of(&w.fill("sam", &form, json!({})).await);
    let stored = w.stored(idea.0).await.suggestion;
    let written = |text: &kaizen_domain::Text| {
        text.written().unwrap_or_default().chars().filter(|c| *c != '…').collect::<String>()
    };
    let both = format!(
        "{} {}",
        written(&stored.idea).trim(),
        stored.proposal.as_ref().map(written).unwrap_or_default().trim()
    );
    assert_eq!(
        both.split_whitespace().collect::<Vec<_>>(),
        long.split_whitespace().collect::<Vec<_>>(),
        "nothing is cut"
    );

    // In its thread a message can be recorded as a finding.
    let said = w
        .sim
        .person("mara")
        .say(w.thread_id(own), "I oiled it: it still squeaks")
        .await
        .expect("mara may write here");
    let reply = w.on_message("mara", &said, "Record as finding").await;
    snap!(reply.text(), @"");
    assert!(w.last_post(own).contains("it still squeaks"));
}

async fn already_mended(w: &mut World) {
    let reply = w.slash("sam", "suggest", json!({ "idea": "We labelled the shelves", "done": true })).await;
    let idea = idea_of(&reply);
    snap!(w.card(idea), @"");
    let reply = w.press("mara", idea, "Acknowledge").await;
    snap!(reply.text(), @"");
    w.advance("20 days").await;
    snap!(w.card(idea), @"");
}
