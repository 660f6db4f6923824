//! The bot is removed from the community and added again: nothing is sent meanwhile, nothing is lost.

use kaizen_tests::hospital::{BOT_PERMISSIONS, GUILD};
use kaizen_tests::{World, story};
use kaizen_workflow::clock::Clock;

story!(removed_and_added_again);

async fn removed_and_added_again(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    let sent = w.sim.global_calls();
    w.settles = false;
    w.sim.remove_bot(GUILD);
    w.until(async || w.workspace().await.is_some_and(|w| w.removed)).await;
    w.advance("4 working days").await;
    assert_eq!(w.sim.global_calls(), sent, "nothing is sent to a community that we were removed from");
    assert_eq!(w.history(idea.0).await, ["submitted"], "nobody is passed over while nothing can reach them");

    w.sim.add_bot(GUILD, BOT_PERMISSIONS);
    w.until(async || w.workspace().await.is_some_and(|w| !w.removed)).await;
    w.settles = true;
    w.jump_to(w.clock.now()).await;
    assert_eq!(w.history(idea.0).await, ["submitted", "reminded", "next_level_told"]);
    assert_eq!((w.dm_count("mara"), w.dm_count("noor")), (1, 1));
    assert!(w.last_post(idea).contains("@noor has been asked to help"), "{}", w.last_post(idea));
    let has_commands = |w: &discord_sim::World| !w.commands(Some(GUILD)).is_empty();
    w.sim
        .wait_until(has_commands, kaizen_tests::world::PATIENCE)
        .await
        .expect("the commands are there again");
    w.press("mara", idea, "Acknowledge").await;
    assert_eq!(w.cards(idea).len(), 1);
}
