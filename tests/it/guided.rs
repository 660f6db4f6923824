//! The guided set-up: team, channel, managers, times, coordinators, each step saved at once.

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(step_by_step, nothing);

async fn step_by_step(w: &mut World) {
    let guide = w.slash("cleo", "kaizen setup", json!({})).await;
    assert!(guide.private());
    snap!(guide.text(), @"");
    let guide = guide.message().clone();
    let button = |w: &World, nth: usize| w.sim.message(guide.id).expect("the guide").buttons()[nth].clone();
    let name = button(w, 0);
    let form = w.press_on("cleo", &guide, &name).await;
    snap!(form.text(), @"");
    let reply = w.fill("cleo", &form, json!({ "name": "Ward 3" })).await;
    snap!(reply.text(), @"");
    let select = |w: &World| {
        let message = w.sim.message(guide.id).expect("the guide");
        let rows: Vec<_> = message
            .components
            .iter()
            .flat_map(|r| r["components"].as_array().cloned().unwrap_or_default())
            .collect();
        let found = rows.iter().find(|c| c["type"].as_u64().is_some_and(|t| t >= 3));
        found.and_then(|c| c["custom_id"].as_str()).expect("something to choose from").to_owned()
    };
    let channel = select(w);
    let sent = w.sim.person("cleo").select(&guide, &channel, &["ward-3"]).await.expect("it can be chosen");
    let reply = w.reply(sent).await;
    snap!(reply.text(), @"");
    let managers = select(w);
    let sent = w.sim.person("cleo").select(&guide, &managers, &["mara"]).await.expect("she can be chosen");
    let reply = w.reply(sent).await;
    snap!(reply.text(), @"");
    let reply = w.slash("cleo", "kaizen team list", json!({})).await;
    snap!(reply.text(), @"");
    let idea = w.suggest("sam", "The supply room has no labels").await;
    assert!(w.card(idea).contains("Responsible: @mara (manages Ward 3)"), "{}", w.card(idea));
}
