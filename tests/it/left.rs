//! Somebody left the community: noticed in the roll call of a working day, or as soon as they are needed. What was theirs moves
//! to whoever is there, and the coordinator hears of it once.

use kaizen_tests::hospital::GUILD;
use kaizen_tests::{LookedBack, World, story};
use serde_json::json;

story!(noticed_in_the_roll_call);
story!(noticed_when_somebody_presses_a_button);
story!(an_action_goes_on);
story!(told_by_the_platform_where_that_is_enabled);
story!(a_team_that_is_removed);
story!(the_owner_hands_the_community_on, nothing);

async fn noticed_in_the_roll_call(w: &mut World) {
    // Asked for mara, the platform says that she is not there.
    w.expected_statuses.push(404);
    let first = w.suggest("sam", "The supply room has no labels").await;
    let second = w.suggest("ines", "A clock that can be seen from the desk").await;
    let due = w.stored(first.0).await.suggestion.open_requirement().map(|r| r.due);
    w.look_around().await;
    let before = w.dm_count("cleo");
    w.sim.remove_member(GUILD, "mara");
    w.advance("24h").await;
    w.look_around().await;
    for idea in [first, second] {
        assert!(w.card(idea).contains("Responsible: @noor"), "{}", w.card(idea));
        assert!(
            w.thread(idea).iter().any(|p| p.contains("@mara is no longer here. @noor answers for it now."))
        );
    }
    let after = w.stored(first.0).await.suggestion;
    assert_eq!(after.open_requirement().map(|r| r.due), due, "the due time stays");
    assert_eq!(w.dm_count("cleo"), before + 1, "the coordinator is told once of both");
    let told = w.last_dm("cleo");
    assert!(told.contains("K-1") && told.contains("K-2") && told.contains("@noor has it now"), "{told}");
    assert!(w.dms("noor").iter().any(|dm| dm.starts_with("**Yours now**")), "{:?}", w.dms("noor"));
    let check = w.slash("cleo", "kaizen check", json!({})).await;
    assert!(check.text().contains("Everybody who managed Ward 3 has left"), "{}", check.text());

    // Who comes back gets nothing back by itself, and is known again.
    w.sim.add_member(GUILD, "mara", &[]);
    w.slash("mara", "my", json!({})).await;
    w.look_around().await;
    assert!(w.card(first).contains("Responsible: @noor"), "{}", w.card(first));
    let third = w.suggest("sam", "A hook for the keys").await;
    assert!(w.card(third).contains("Responsible: @mara"), "{}", w.card(third));
}

/// What somebody promised in a debrief goes on with the same date, weeks before it would have been due.
async fn an_action_goes_on(w: &mut World) {
    w.expected_statuses.push(404);
    w.slash("sam", "debrief start", json!({ "work": "Fire drill" })).await;
    let debrief = LookedBack(1);
    let options = json!({ "text": "Print the plan", "owner": "ines", "due": "in 4 weeks" });
    w.slash_at(debrief, "sam", "debrief action", options).await;
    // Closed, so that nothing of its own is due before the action is.
    w.slash_at(debrief, "sam", "debrief close", json!({})).await;
    w.look_around().await;
    w.sim.remove_member(GUILD, "ines");
    w.advance("24h").await;
    w.look_around().await;
    assert!(w.card(debrief).contains("Print the plan · @mara"), "{}", w.card(debrief));
    let moved = "@ines has left; @mara has this action now: Print the plan";
    let posts = w.thread(debrief);
    assert_eq!(posts.iter().filter(|p| p.contains(moved)).count(), 1, "{posts:#?}");
    let told = w.last_dm("mara");
    assert!(told.starts_with("**Yours now**\n[D-1]("), "{told}");
    assert!(told.contains("Print the plan: @ines is no longer here. It is an action from you now"), "{told}");
    let told = w.last_dm("cleo");
    assert!(told.contains("Print the plan: @mara has this action now. @ines is no longer here."), "{told}");
}

async fn noticed_when_somebody_presses_a_button(w: &mut World) {
    // Asked for mara, the platform says that she is not there.
    w.expected_statuses.push(404);
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.look_around().await;
    w.sim.remove_member(GUILD, "mara");
    // An hour later nobody takes it for granted that she is there.
    w.advance("61m").await;
    w.press("ines", idea, "Me too").await;
    w.look_around().await;
    assert!(w.card(idea).contains("Responsible: @noor"), "{}", w.card(idea));
    let facts = w.history(idea.0).await.join(" ");
    assert_eq!(facts, "submitted supported rerouted");
    let shown = w.slash("sam", "idea show", json!({ "number": idea.to_string() })).await;
    assert!(shown.text().contains("@noor has it: manages Hospital, the next level."), "{}", shown.text());
}

async fn told_by_the_platform_where_that_is_enabled(w: &mut World) {
    // Asked for mara, the platform says that she is not there.
    w.expected_statuses.push(404);
    w.sim.allow_intents(1 << 1);
    w.stop_program().await;
    w.environment.push(("KAIZEN__DISCORD__MEMBER_EVENTS".to_owned(), "true".to_owned()));
    w.start_program().await;
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.look_around().await;
    w.sim.remove_member(GUILD, "mara");
    w.until(async || w.history(idea.0).await.contains(&"rerouted")).await;
    w.look_around().await;
    assert!(w.card(idea).contains("Responsible: @noor"), "{}", w.card(idea));
}

async fn a_team_that_is_removed(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    let reply = w.slash("cleo", "kaizen team remove", json!({ "name": "Ward 3" })).await;
    assert!(reply.text().contains("move to whoever answers for them now"), "{}", reply.text());
    w.look_around().await;
    assert!(w.card(idea).contains("Responsible: @noor"), "{}", w.card(idea));
    let post = w.last_post(idea);
    assert!(
        post.starts_with("The team for which @mara answered was removed. @noor answers for it now."),
        "{post}"
    );
    assert!(w.last_dm("mara").starts_with("**With somebody else now**"), "{}", w.last_dm("mara"));
}

async fn the_owner_hands_the_community_on(w: &mut World) {
    let idea = w.suggest("sam", "The kettle leaks").await;
    assert!(w.card(idea).contains("Responsible: @cleo"), "{}", w.card(idea));
    w.sim.hand_guild_on(GUILD, "rita");
    w.until(async || w.history(idea.0).await.contains(&"rerouted")).await;
    w.look_around().await;
    assert!(w.card(idea).contains("Responsible: @rita"), "{}", w.card(idea));
}
