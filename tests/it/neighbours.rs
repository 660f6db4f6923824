//! Two communities with one bot: nothing of the one is seen, counted or changed in the other.
//!
//! ```text
//! hospital   K-1 Salt on the ramp · K-2 Lamps on the ramp
//! clinic     otto (at home in both) sees neither; its first idea is K-1 as well
//! ```

use kaizen_tests::hospital::RECEPTION;
use kaizen_tests::{Idea, World, snap, story};
use serde_json::{Value, json};

story!(nothing_of_an_idea_crosses, neighbours);

/// Every command on an idea that names one, with all that it needs.
fn on(number: &str) -> Vec<(&'static str, Value)> {
    let with = |mut options: Value| {
        options["number"] = json!(number);
        options
    };
    let why = "We thought about it for a while.";
    vec![
        ("idea show", with(json!({}))),
        ("idea history", with(json!({}))),
        ("idea support", with(json!({}))),
        ("idea follow", with(json!({}))),
        ("idea acknowledge", with(json!({}))),
        ("idea finding", with(json!({ "text": why }))),
        ("idea ask", with(json!({ "question": why }))),
        ("idea answer", with(json!({ "text": why }))),
        ("idea assign", with(json!({ "to": "rita", "reason": why }))),
        ("idea refer", with(json!({ "reason": why }))),
        ("idea accept", with(json!({ "reason": why }))),
        ("idea decline", with(json!({ "reason": why }))),
        ("idea defer", with(json!({ "reason": why, "until": "2 weeks" }))),
        ("idea replan", with(json!({ "reason": why, "due": "2 weeks" }))),
        ("idea implemented", with(json!({ "what-changed": why }))),
        ("idea outcome", with(json!({ "effect": "worked", "note": why }))),
        ("idea feedback", with(json!({ "works": "it works" }))),
        ("idea appeal", with(json!({ "reason": why }))),
        ("idea edit", with(json!({}))),
        ("idea withdraw", with(json!({}))),
        ("idea redact", with(json!({}))),
        ("idea merge", with(json!({ "into": "1" }))),
        ("idea reopen", with(json!({ "reason": why }))),
    ]
}

async fn nothing_of_an_idea_crosses(w: &mut World) {
    w.suggest("sam", "Salt on the ramp").await;
    let second = w.suggest("sam", "Lamps on the ramp").await;
    assert_eq!(second, Idea(2));
    // Otto manages Theatre in the hospital, and owns the clinic.
    let reply = w.slash_in(RECEPTION, "otto", "suggest", json!({ "idea": "A bell on the ramp" })).await;
    snap!(reply.text(), @r"
    Thank you. Your idea is recorded as **K-1**. You find it in [K-1].
    @otto (wrote it themself; nobody else is left to ask) has it now. Next: @otto acknowledges it within 2 working days, by Wed 18 Nov 10:00.
    You are told of every step. You can change it with `/idea edit`, or take it back with `/idea withdraw`.
    ");

    let before = (w.stored(1).await, w.stored(2).await);
    for (command, options) in on("K-2") {
        let reply = w.slash_in(RECEPTION, "otto", command, options).await;
        assert!(reply.text().starts_with("There is no idea K-2 here."), "/{command}: {}", reply.text());
    }
    let merge = json!({ "number": "1", "into": "2" });
    let reply = w.slash_in(RECEPTION, "otto", "idea merge", merge).await;
    assert!(reply.text().starts_with("There is no idea K-2 here."), "{}", reply.text());
    // What is done to the clinic's K-1 leaves the hospital's alone, and nobody there hears of it.
    w.slash_in(RECEPTION, "rita", "idea support", json!({ "number": "1" })).await;
    w.slash_in(RECEPTION, "otto", "idea acknowledge", json!({ "number": "1" })).await;
    w.settle().await;
    assert_eq!((w.stored(1).await, w.stored(2).await), before);
    assert!(w.dms("sam").is_empty(), "{:?}", w.dms("sam"));

    // Lists, search, what is offered while somebody types, measures and digest know their own community only.
    for (command, options) in [
        ("idea list", json!({})),
        ("idea search", json!({ "text": "ramp" })),
        ("my", json!({})),
        ("digest preview", json!({})),
    ] {
        let reply = w.slash_in(RECEPTION, "otto", command, options.clone()).await;
        let text = reply.text();
        assert!(text.contains("A bell on the ramp"), "/{command}: {text}");
        assert!(!text.contains("Salt") && !text.contains("Lamps"), "/{command}: {text}");
        let reply = w.slash("sam", command, options).await;
        assert!(!reply.text().contains("bell"), "/{command}: {}", reply.text());
    }
    let offered = async |w: &World, who: &str, place: discord_sim::Place| {
        let typed = w.sim.person(who).autocomplete(place, "idea show", ("number", "ramp"), json!({})).await;
        typed.expect("choices").into_iter().map(|c| c.name).collect::<Vec<_>>()
    };
    assert_eq!(offered(w, "otto", RECEPTION.into()).await, ["K-1 · Acknowledged · A bell on the ramp"]);
    let in_the_hospital = offered(w, "otto", "ward-3".into()).await;
    assert_eq!(in_the_hospital.len(), 2, "{in_the_hospital:?}");
    assert!(in_the_hospital.iter().all(|c| !c.contains("bell")), "{in_the_hospital:?}");

    // A button of the hospital, sent from the clinic, means the clinic's own idea, which has no such step any more.
    let card = w.sim.messages(RECEPTION).into_iter().find(|m| m.thread.is_some()).expect("its card");
    let sent = w.sim.person("rita").press_raw(card.channel_id, card.id, "k1:acknowledge:2:0").await;
    let reply = w.reply(sent.expect("it can be sent")).await;
    assert!(reply.text().starts_with("There is no idea K-2 here."), "{}", reply.text());
    assert_eq!(w.stored(2).await, before.1);
}
