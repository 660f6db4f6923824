//! The platform lets a community have only so many open threads. What has ended is closed when it ends; beyond the limit the oldest of
//! what has ended are closed first, some at once; and where everything is under way, the coordinator hears of it once, with what to do.

use discord_sim::{Fault, FaultRule};
use kaizen_tests::{Idea, Item, LookedBack, World, story};
use kaizen_workflow::ports::Outbox;
use serde_json::json;

story!(closed_when_it_ends);
story!(the_oldest_of_what_has_ended_make_room);
story!(where_none_may_be_closed_the_coordinator_hears_of_it);
story!(a_platform_that_is_away_for_a_moment_is_not_a_full_one);
story!(with_everything_under_way_the_coordinator_hears_of_it_once);

fn is_open(w: &World, what: impl Item) -> bool {
    let thread = w.thread_id(what);
    w.sim.read(|world| world.channel(thread).is_some_and(|thread| !thread.archived))
}

async fn closed_when_it_ends(w: &mut World) {
    let (idea, other) = (w.suggest("sam", "A hook for the keys").await, w.suggest("sam", "A lamp").await);
    w.slash("sam", "debrief start", json!({ "work": "Hill Street" })).await;
    w.slash_at(idea, "sam", "idea withdraw", json!({ "reason": "There is one" })).await;
    w.slash_at(LookedBack(1), "sam", "debrief close", json!({})).await;
    assert!(is_open(w, idea) && is_open(w, LookedBack(1)), "everybody reads how it ended");
    w.advance("61m").await;
    w.sim.archive_quiet_threads();
    assert!(!is_open(w, idea) && !is_open(w, LookedBack(1)));
    assert!(is_open(w, other), "what goes on stays open");
    // What goes on after all is open again.
    w.slash("cleo", "idea reopen", json!({ "number": "1", "reason": "It fell down" })).await;
    assert!(is_open(w, idea));
}

async fn the_oldest_of_what_has_ended_make_room(w: &mut World) {
    w.expected_statuses.push(400);
    let mut ended = Vec::new();
    for n in 1..=11 {
        let idea = w.suggest("sam", &format!("Number {n}")).await;
        w.slash_at(idea, "sam", "idea withdraw", json!({})).await;
        ended.push(idea);
    }
    let open = w.suggest("ines", "Under way").await;
    w.sim.person("ines").say(w.thread_id(ended[0]), "Thank you all the same").await.expect("it can be said");
    w.sim.allow_open_threads(12);
    let looks =
        |w: &World| w.sim.journal().iter().filter(|call| call.path.ends_with("/threads/active")).count();
    let before = looks(w);
    let new = w.suggest("ines", "One more").await;
    assert!(is_open(w, new) && is_open(w, open));
    assert!(w.last_post(new).contains("One more"), "{}", w.last_post(new));
    let still_open: Vec<Idea> = ended.iter().copied().filter(|idea| is_open(w, *idea)).collect();
    assert_eq!(still_open, [ended[0]], "in the others nothing was said for longer");
    // The next ones find their room without another look at all threads.
    for n in 1..=9 {
        let next = w.suggest("ines", &format!("And {n}")).await;
        assert!(is_open(w, next));
    }
    assert!(is_open(w, ended[0]));
    assert_eq!(looks(w), before + 1);
    assert_eq!(w.dm_count("cleo"), 0, "nobody has to do anything");
}

async fn where_none_may_be_closed_the_coordinator_hears_of_it(w: &mut World) {
    w.expected_statuses.extend([400, 403]);
    let first = w.suggest("sam", "One").await;
    w.slash_at(first, "sam", "idea withdraw", json!({})).await;
    w.sim.allow_open_threads(1);
    w.settles = false;
    let closing = |t: &discord_sim::Target<'_>| t.method == "PATCH" && t.route == "/channels/{channel}";
    w.sim.fault(FaultRule::fraction(Fault::Status(403), 1.0).when(closing));
    w.slash("ines", "suggest", json!({ "idea": "Two" })).await;
    w.until(async || w.dm_count("cleo") > 0).await;
    let told = w.last_dm("cleo");
    assert!(told.starts_with("This community has as many open threads as the platform allows."), "{told}");
    let second = Idea(2);
    w.until(async || !w.cards(second).is_empty()).await;
    assert!(is_open(w, first) && w.card_message(second).thread.is_none());
    // From then on it may.
    w.sim.clear_faults();
    let check = w.slash("cleo", "kaizen check", json!({})).await;
    w.settles = true;
    w.press_on("cleo", check.message(), "Try again").await;
    assert!(!is_open(w, first) && is_open(w, second));
    assert!(w.last_post(second).contains("Two"), "{}", w.last_post(second));
    assert_eq!(w.dm_count("cleo"), 1, "once");
}

async fn a_platform_that_is_away_for_a_moment_is_not_a_full_one(w: &mut World) {
    w.expected_statuses.extend([400, 503]);
    let first = w.suggest("sam", "One").await;
    w.slash_at(first, "sam", "idea withdraw", json!({})).await;
    w.sim.allow_open_threads(1);
    // As often as one look is repeated.
    w.sim.fault(FaultRule::next(Fault::Status(503), 5).when(|t| t.path.ends_with("/threads/active")));
    w.slash("ines", "suggest", json!({ "idea": "Two" })).await;
    // It has its thread within seconds, not when a full community would be looked at again.
    let second = Idea(2);
    w.until(async || w.cards(second).iter().any(|card| card.thread.is_some())).await;
    w.settle().await;
    assert!(!is_open(w, first) && is_open(w, second));
    assert!(w.last_post(second).contains("Two"), "{}", w.last_post(second));
    assert_eq!(w.dm_count("cleo"), 0, "nobody is told that it is full");
}

async fn with_everything_under_way_the_coordinator_hears_of_it_once(w: &mut World) {
    w.expected_statuses.push(400);
    let first = w.suggest("sam", "One").await;
    w.sim.allow_open_threads(1);
    // What waits for room waits longer than a story does.
    w.settles = false;
    for text in ["Two", "Three"] {
        w.slash("ines", "suggest", json!({ "idea": text })).await;
    }
    w.until(async || w.dm_count("cleo") > 0).await;
    let (second, third) = (Idea(2), Idea(3));
    w.until(async || !w.cards(third).is_empty()).await;
    assert!(w.card(second).contains("Two") && w.card(third).contains("Three"));
    let told = w.last_dm("cleo");
    assert!(told.starts_with("This community has as many open threads as the platform allows."), "{told}");
    assert!(told.contains("*Close Thread*"), "{told}");
    let check = w.slash("cleo", "kaizen check", json!({})).await;
    assert!(check.text().contains("there is hardly room for another"), "{}", check.text());
    assert_eq!(w.dm_count("cleo"), 1, "once");
    assert!(w.db.depth().await.expect("the database answers").pending > 0, "nothing is given up");
    // One ends: one of the two has its room.
    w.slash_at(first, "sam", "idea withdraw", json!({})).await;
    w.press_on("cleo", check.message(), "Try again").await;
    let threads =
        |w: &World| [second, third].into_iter().filter(|idea| w.card_message(*idea).thread.is_some()).count();
    w.until(async || threads(w) > 0).await;
    assert!(!is_open(w, first));
    assert_eq!(threads(w), 1);
    // Somebody makes room for the rest.
    w.sim.allow_open_threads(1000);
    let check = w.slash("cleo", "kaizen check", json!({})).await;
    w.settles = true;
    w.press_on("cleo", check.message(), "Try again").await;
    assert!(
        is_open(w, second) && is_open(w, third) && w.last_post(third).contains("Three"),
        "{}",
        w.last_post(third)
    );
    assert_eq!(w.dm_count("cleo"), 1, "once");
}
