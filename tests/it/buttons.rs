//! Buttons work for ever, and grant nothing: after a restart, in old messages, forged.

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(old_buttons_still_work);
story!(a_stale_button_says_what_happened);
story!(forged_buttons_do_nothing, sqlite);

async fn old_buttons_still_work(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    let menu_of_mara = {
        w.press("mara", idea, "Acknowledge").await;
        w.press("mara", idea, "Decide").await
    };
    w.restart().await;
    let form = w.press_on("mara", menu_of_mara.message(), "Accept").await;
    w.restart().await;
    let reply = w.fill("mara", &form, json!({ "reason": "Cheap" })).await;
    assert!(reply.text().starts_with("Recorded: [K-1] is accepted."), "{}", reply.text());
    w.press("ines", idea, "Me too").await;
    assert!(w.card(idea).contains("Supporters: 1"));
}

async fn a_stale_button_says_what_happened(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.press("mara", idea, "Acknowledge").await;
    let before = w.stored(idea.0).await;
    let edits = w.card_message(idea).history.len();
    // Noor's screen still shows the card as it was.
    let reply = w.press_forged("mara", idea, "k1:acknowledge:1:0").await;
    assert!(reply.private());
    snap!(reply.text(), @"
    The card has moved on: already acknowledged by @mara, Mon 16 Nov 10:00.
    [K-1] is **Acknowledged** (it has been seen; a decision comes next), so nobody can acknowledge it now. What can be done:
    - @mara (the responsible person): add a finding `/idea finding`, ask the author `/idea ask`, accept it `/idea accept`, defer it `/idea defer`, refer it `/idea refer`, assign it to somebody else `/idea assign`, merge it `/idea merge`
    - @sam (the author): edit it `/idea edit`, withdraw it `/idea withdraw`
    - everybody: support it `/idea support`
    ");
    assert_eq!(w.stored(idea.0).await.suggestion, before.suggestion);
    assert_eq!(w.card_message(idea).history.len(), edits + 1, "the card is brought up to date");

    let form = w.press("mara", idea, "Decide").await;
    let form = w.press_on("mara", form.message(), "Accept").await;
    w.slash_at(idea, "mara", "idea accept", json!({ "reason": "Cheap" })).await;
    let reply = w.fill("mara", &form, json!({ "reason": "It saves an hour a week" })).await;
    snap!(reply.text(), @"
    The card has moved on: already accepted by @mara, Mon 16 Nov 10:00.
    [K-1] is **Accepted** (it is going to be done), so nobody can accept it now. What can be done:
    - @mara (the responsible person): assign it to somebody else `/idea assign`, change its plan `/idea replan`, merge it `/idea merge`
    - @mara (whoever carries it out): record what changed `/idea implemented`
    - everybody: support it `/idea support`
    This is what you typed, so that it is not lost:
    **reason**:
    > It saves an hour a week
    ");
}

async fn forged_buttons_do_nothing(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    let before = w.stored(idea.0).await;
    for forged in [
        "k1:acknowledge:999:0",
        "k1:acknowledge:1:99",
        "k2:acknowledge:1:0",
        "k1:acknowledge:1:0:1",
        "k1:fire:1:0",
        "k1:acknowledge:-1:0",
        "k1:acknowledge:99999999999999999999:0",
        "k1:merge:1:1",
        "k1:merge:1:77",
        "k1:history:1:4294967295",
        "k1:list:4294967295:any:9:9:1:9",
        "k1:setup:coordinators-chosen:1",
        "k1:setup:managers:99",
        "k1:try-again",
        "'; DROP TABLE suggestions; --",
        "\u{202E}k1",
        " ",
    ] {
        for who in ["otto", "sam"] {
            let reply = w.press_forged(who, idea, forged).await;
            assert!(reply.private(), "{forged}");
            assert!(!reply.text().is_empty(), "{forged}");
            assert_eq!(w.stored(idea.0).await, before, "{forged} by {who}: {}", reply.text());
        }
    }
    let policy = w.workspace().await.map(|w| w.policy);
    let reply = w.press_forged("otto", idea, "k1:setup:name:1").await;
    snap!(reply.text(), @"The set-up is for coordinators and for those who may manage this community. Ask one of them; your ideas are welcome all the same.");
    assert_eq!(w.workspace().await.map(|w| w.policy), policy);
    let reply = w.press_forged("otto", idea, "k1:acknowledge:1:0").await;
    snap!(reply.text(), @"To acknowledge it is for @mara (the responsible person). You can support it with **Me too**, follow it, or write in its thread; everybody reads that there.");
}
