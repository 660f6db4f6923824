//! Nobody answers: reminders at half of the time and at the due time, then the next level is told, then it answers for it, up
//! to the coordinator, who is asked until there is an answer. What falls due together for one person is one message.

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(up_the_ladder_and_round_again);
story!(one_step_after_a_week_off);

async fn up_the_ladder_and_round_again(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.suggest("ines", "A clock that can be seen from the desk").await;
    assert_eq!(w.dm_count("mara"), 0, "mara was mentioned in the threads");

    w.advance("1 working days").await;
    assert_eq!(w.dm_count("mara"), 1, "half of the time: one message for both ideas");
    snap!(w.last_dm("mara"), @"");
    w.advance("1 working days").await;
    assert_eq!((w.dm_count("mara"), w.dm_count("noor")), (2, 1), "due: mara once more, and noor");
    snap!(w.last_dm("mara"), @"");
    snap!(w.last_dm("noor"), @"");
    snap!(w.last_post(idea), @"");

    w.advance("2 working days").await;
    snap!(w.last_post(idea), @"");
    assert!(w.card(idea).contains("Responsible: @noor"), "{}", w.card(idea));
    snap!(w.last_dm("sam"), @"");

    w.advance("6 working days").await;
    assert!(w.card(idea).contains("Responsible: @cleo"), "{}", w.card(idea));
    let before = w.dm_count("cleo");
    w.advance("2 working days").await;
    assert_eq!(w.dm_count("cleo"), before + 1, "at the top it is repeated");
    w.advance("2 working days").await;
    assert_eq!(w.dm_count("cleo"), before + 2);
    snap!(w.last_dm("cleo"), @"");
    let facts = w.history(idea.0).await.join(" ");
    snap!(facts, @"");

    let reply = w.slash("cleo", "my", json!({})).await;
    snap!(reply.text(), @"");
    w.press("cleo", idea, "Acknowledge").await;
    let told = w.dm_count("cleo");
    w.advance("4 working days").await;
    assert!(!w.dms("cleo")[told..].iter().any(|m| m.contains("[K-1] The supply room has no labels: an acknowledgement")));
}

async fn one_step_after_a_week_off(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.stop_program().await;
    w.clock.advance(chrono::TimeDelta::days(14));
    w.start_program().await;
    w.jump_to(World::monday() + chrono::TimeDelta::days(14)).await;
    assert_eq!(w.history(idea.0).await, ["submitted", "reminded", "next_level_told"], "the newest step alone");
    assert_eq!((w.dm_count("mara"), w.dm_count("noor")), (1, 1));
    w.jump_to(World::monday() + chrono::TimeDelta::days(14)).await;
    assert_eq!((w.dm_count("mara"), w.dm_count("noor")), (1, 1), "each reminder once");
}
