//! A team whose manager is a role: its holders are those seen with it; until one is, the coordinator answers and the role is
//! mentioned.

use kaizen_tests::hospital::{GUILD, SURGEONS};
use kaizen_tests::{World, idea_of, snap, story};
use serde_json::json;

story!(the_first_holder_takes_it);

async fn the_first_holder_takes_it(w: &mut World) {
    w.slash("cleo", "kaizen team edit", json!({ "name": "Theatre", "managers": "surgeons" })).await;
    let theatre = json!({ "idea": "A clock that can be seen from the table", "team": "Theatre" });
    let reply = w.slash("sam", "suggest", theatre.clone()).await;
    snap!(reply.text(), @"");
    let idea = idea_of(&reply);
    snap!(w.last_post(idea), @"");
    let reply = w.press("otto", idea, "Acknowledge").await;
    assert!(
        reply.text().starts_with("To acknowledge it is for"),
        "otto is no manager any more: {}",
        reply.text()
    );

    w.sim.set_role(GUILD, "rita", SURGEONS, true);
    let reply = w.press("rita", idea, "Acknowledge").await;
    snap!(reply.text(), @"");
    assert!(w.card(idea).contains("Responsible: @rita"), "{}", w.card(idea));
    // Now she is known.
    let next = idea_of(&w.slash("sam", "suggest", theatre).await);
    assert!(w.card(next).contains("Responsible: @rita"), "{}", w.card(next));
    // Without the role she is refused again, whatever the card says.
    w.sim.set_role(GUILD, "rita", SURGEONS, false);
    let reply = w.press("rita", next, "Acknowledge").await;
    snap!(reply.text(), @"");
}
