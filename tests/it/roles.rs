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
    snap!(reply.text(), @r"
    Thank you. Your idea is recorded as **K-1**. You find it in [K-1].
    @cleo (coordinates the scheme) has it now, until somebody of @role-31 takes it. Next: @cleo acknowledges it within 2 working days, by Wed 18 Nov 10:00.
    You are told of every step. You can change it with `/idea edit`, or take it back with `/idea withdraw`.
    ");
    let idea = idea_of(&reply);
    snap!(w.last_post(idea), @r"
    @sam suggests:
    > A clock that can be seen from the table
    Next: @cleo acknowledges it by Wed 18 Nov 10:00.
    @role-31: whoever of you acknowledges it first takes it.
    -# K-1 · 1
    (pings cleo)
    ");
    let reply = w.press("otto", idea, "Acknowledge").await;
    assert!(
        reply.text().starts_with("To acknowledge it is for"),
        "otto is no manager any more: {}",
        reply.text()
    );

    w.sim.set_role(GUILD, "rita", SURGEONS, true);
    let reply = w.press("rita", idea, "Acknowledge").await;
    snap!(reply.text(), @r"
    Recorded: [K-1] is acknowledged, and its author knows. You answer for it now.
    Next: @rita decides by Mon 30 Nov 10:00.
    You can decide at once, or look into it first: `/idea accept`, `/idea finding`, `/idea ask`.
    ");
    assert!(w.card(idea).contains("Responsible: @rita"), "{}", w.card(idea));
    // Now she is known.
    let next = idea_of(&w.slash("sam", "suggest", theatre).await);
    assert!(w.card(next).contains("Responsible: @rita"), "{}", w.card(next));
    // Without the role she manages nothing: what she acts on now is recorded, and goes to the coordinator.
    w.sim.set_role(GUILD, "rita", SURGEONS, false);
    let reply = w.press("rita", next, "Acknowledge").await;
    snap!(reply.text(), @r"
    Recorded: [K-2] is acknowledged, and its author knows. @cleo has it now. @rita is no longer in charge of this.
    Next: @cleo decides by Mon 30 Nov 10:00.
    ");
    w.look_around().await;
    assert!(w.card(idea).contains("Responsible: @cleo"), "{}", w.card(idea));
    assert!(w.last_post(idea).starts_with("@rita is no longer in charge of this. @cleo answers for it now."));
}
