//! A team whose channel is a forum: the card is a post, its state a tag, its thread the post's own.

use kaizen_tests::hospital::IDEAS;
use kaizen_tests::{World, idea_of, story};
use serde_json::json;

story!(a_post_with_its_state_as_a_tag);
story!(tags_for_areas_and_tags_that_go, sqlite);
story!(a_forum_that_is_full_of_tags, sqlite);

async fn a_post_with_its_state_as_a_tag(w: &mut World) {
    // Tags need the right to manage channels; without it the posts come all the same.
    w.expected_statuses.push(403);
    w.slash("cleo", "kaizen team edit", json!({ "name": "Theatre", "channel": "ideas" })).await;
    let reply = w
        .slash(
            "sam",
            "suggest",
            json!({ "idea": "A clock that can be seen from the table", "team": "Theatre" }),
        )
        .await;
    let idea = idea_of(&reply);
    let post = w.sim.channel(w.thread_id(idea)).expect("a post");
    assert_eq!(
        (post.parent_id, post.name.as_str()),
        (Some(IDEAS), "K-1 A clock that can be seen from the table")
    );
    assert!(w.last_post(idea).contains("(pings otto)"), "{}", w.last_post(idea));
    assert!(post.applied_tags.is_empty());
    let check = w.slash("cleo", "kaizen check", json!({})).await;
    assert!(check.text().contains("Kaizen lacks **Manage Channels** there"), "{}", check.text());
    assert!(
        check.text().contains("**new**, **in progress**, **accepted**, **done**, **closed**"),
        "{}",
        check.text()
    );

    // The right is given: the next card gets its tag, and it follows the state.
    let right = kaizen_tests::hospital::BOT_PERMISSIONS | discord_sim::permission::MANAGE_CHANNELS;
    w.sim.set_bot_permissions(kaizen_tests::hospital::GUILD, right);
    w.restart().await;
    let reply = w.slash("sam", "suggest", json!({ "idea": "A softer light", "team": "Theatre" })).await;
    let light = idea_of(&reply);
    assert_eq!(tags(w, light), ["new"]);
    let check = w.slash("cleo", "kaizen check", json!({})).await;
    assert!(!check.text().contains("Manage Channels"), "{}", check.text());
    w.press("otto", light, "Acknowledge").await;
    assert_eq!(tags(w, light), ["in progress"]);
    w.slash_at(light, "otto", "idea accept", json!({ "reason": "Cheap" })).await;
    assert_eq!(tags(w, light), ["accepted"]);
    w.slash_at(light, "otto", "idea implemented", json!({ "what-changed": "A softer light" })).await;
    assert_eq!(tags(w, light), ["done"]);
    assert_eq!(w.thread(light).len(), 4);

    // Somebody deletes the whole post: it comes anew with the next step.
    w.expected_statuses.push(404);
    w.sim.delete_channel(w.thread_id(light));
    w.slash("sam", "idea feedback", json!({ "number": "K-2", "works": "it works", "note": "Much better" }))
        .await;
    let posts = w.sim.threads("ideas");
    assert_eq!(posts.iter().filter(|p| p.name.starts_with("K-2 ")).count(), 1, "{posts:?}");
}

async fn forum_of_theatre(w: &mut World) {
    let right = kaizen_tests::hospital::BOT_PERMISSIONS | discord_sim::permission::MANAGE_CHANNELS;
    w.sim.set_bot_permissions(kaizen_tests::hospital::GUILD, right);
    w.slash("cleo", "kaizen team edit", json!({ "name": "Theatre", "channel": "ideas" })).await;
}

async fn tags_for_areas_and_tags_that_go(w: &mut World) {
    forum_of_theatre(w).await;
    w.sim.set_tags("ideas", &["Ours", "New"]);
    let about = json!({ "idea": "A softer light", "team": "Theatre", "area": "wellbeing" });
    let idea = idea_of(&w.slash("sam", "suggest", about).await);
    // What was there stays; states and areas are added.
    assert_eq!(tags(w, idea), ["New", "wellbeing"]);
    let names = names(w);
    assert_eq!(names[..6], ["Ours", "New", "in progress", "accepted", "done", "closed"]);
    assert!(names.contains(&"equipment".to_owned()), "{names:?}");

    // Somebody deletes tags: they are made again with the next change of state.
    w.sim.set_tags("ideas", &["Ours"]);
    assert!(tags(w, idea).is_empty());
    w.press("otto", idea, "Acknowledge").await;
    assert_eq!(tags(w, idea), ["in progress", "wellbeing"]);
    // Also where a new post needs them.
    w.sim.set_tags("ideas", &["Ours"]);
    let about = json!({ "idea": "A clock", "team": "Theatre", "area": "time" });
    let clock = idea_of(&w.slash("sam", "suggest", about).await);
    assert_eq!(tags(w, clock), ["new", "time"]);
    w.slash_at(clock, "sam", "idea withdraw", json!({})).await;
    assert_eq!(tags(w, clock), ["closed", "time"]);
}

async fn a_forum_that_is_full_of_tags(w: &mut World) {
    forum_of_theatre(w).await;
    let many: Vec<String> = (1..=17).map(|n| format!("tag {n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    w.sim.set_tags("ideas", &many);
    let about = json!({ "idea": "A softer light", "team": "Theatre", "area": "wellbeing" });
    let idea = idea_of(&w.slash("sam", "suggest", about).await);
    assert!(tags(w, idea).is_empty());
    let check = w.slash("cleo", "kaizen check", json!({})).await;
    assert!(check.text().contains("Delete 2 tags that nobody needs"), "{}", check.text());
    // With room for the states and one area.
    w.sim.set_tags("ideas", &many[..14]);
    w.restart().await;
    w.press("otto", idea, "Acknowledge").await;
    assert_eq!(tags(w, idea), ["in progress"]);
    assert_eq!(names(w).len(), 20);
    let check = w.slash("cleo", "kaizen check", json!({})).await;
    assert!(!check.text().contains("tags that nobody needs"), "{}", check.text());
}

fn names(w: &World) -> Vec<String> {
    w.sim.channel("ideas").expect("a forum").tags.into_iter().map(|tag| tag.name).collect()
}

fn tags(w: &World, idea: kaizen_tests::Idea) -> Vec<String> {
    let post = w.sim.channel(w.thread_id(idea)).expect("a post");
    let forum = w.sim.channel("ideas").expect("a forum");
    let name = |id: &discord_sim::Id| forum.tags.iter().find(|t| t.id == *id).map(|t| t.name.clone());
    post.applied_tags.iter().filter_map(name).collect()
}
