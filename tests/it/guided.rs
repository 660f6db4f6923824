//! The guided set-up: team, channel, managers, times, coordinators, each step saved at once.

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(step_by_step, nothing);

async fn step_by_step(w: &mut World) {
    let guide = w.slash("cleo", "kaizen setup", json!({})).await;
    assert!(guide.private());
    snap!(guide.text(), @r"
    Everything works already; the better this fits, the sooner ideas reach the right person. You are setting up Everyone.
    Teams (1)
    - **Everyone** · no channel yet (where the command is used) · managers: nobody yet · Mon-Fri 09:00-17:00, UTC
    For everybody
    Coordinators: @cleo (owns this community, since nobody is named)
    Policy owners: nobody yet
    A first answer within 2 working days, a decision within 10 working days, an author's answer within 5 working days; carried out within 30 days unless a date is set; checked 30 days later. Late for 2 working days: the next level takes over.
    Areas: safety, quality, time, cost, wellbeing, equipment, information, other
    [Name] [Channel] [Managers] [Times] [Digest] [Coordinators] [Done]
    ");
    let guide = guide.message().clone();
    let button = |w: &World, nth: usize| w.sim.message(guide.id).expect("the guide").buttons()[nth].clone();
    let name = button(w, 0);
    let form = w.press_on("cleo", &guide, &name).await;
    snap!(form.text(), @r"
    Form: The team's name
    - What is the team called? ★: Everyone
    ");
    let reply = w.fill("cleo", &form, json!({ "name": "Ward 3" })).await;
    snap!(reply.text(), @r"
    Where do the ideas of Ward 3 go? A text channel gets a card with a thread for each idea; a forum gets a post.
    [Back to the overview]
    ");
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
    snap!(reply.text(), @r"
    Who answers for the ideas of Ward 3? For a role instead of people: `/kaizen team edit` with `managers`.
    [Back to the overview]
    ");
    let managers = select(w);
    let sent = w.sim.person("cleo").select(&guide, &managers, &["mara"]).await.expect("she can be chosen");
    let reply = w.reply(sent).await;
    snap!(reply.text(), @r"
    Everything works already; the better this fits, the sooner ideas reach the right person. You are setting up Ward 3.
    Teams (1)
    - **Ward 3** · #ward-3 · managers: @mara · Mon-Fri 09:00-17:00, UTC
    For everybody
    Coordinators: @cleo (owns this community, since nobody is named)
    Policy owners: nobody yet
    A first answer within 2 working days, a decision within 10 working days, an author's answer within 5 working days; carried out within 30 days unless a date is set; checked 30 days later. Late for 2 working days: the next level takes over.
    Areas: safety, quality, time, cost, wellbeing, equipment, information, other
    [Name] [Channel] [Managers] [Times] [Digest] [Coordinators] [Done]
    ");
    let reply = w.slash("cleo", "kaizen team list", json!({})).await;
    snap!(reply.text(), @r"
    `/kaizen team add` and `/kaizen team edit` change this; `/kaizen setup` gives a team another name.
    Teams (1)
    - **Ward 3** · #ward-3 · managers: @mara · Mon-Fri 09:00-17:00, UTC
    ");
    let idea = w.suggest("sam", "The supply room has no labels").await;
    assert!(w.card(idea).contains("Responsible: @mara (manages Ward 3)"), "{}", w.card(idea));
}
