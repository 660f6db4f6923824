//! The weekly digest: Monday at nine in the team's channel, once, whatever was down and however many processes run.

use chrono::{DateTime, TimeDelta, Utc};
use kaizen_tests::{Idea, LookedBack, World, snap, story};
use kaizen_workflow::digest;
use kaizen_workflow::ports::Queries;
use serde_json::json;

story!(once_a_week);
story!(once_after_being_down_at_nine);
story!(once_with_two_processes, postgres);
story!(debriefs_and_lessons);

fn next_monday_at_nine() -> DateTime<Utc> {
    World::monday() + TimeDelta::days(7) - TimeDelta::hours(1)
}

fn digests(w: &World, channel: &str) -> Vec<String> {
    w.channel(channel).into_iter().filter(|m| m.contains("the week in ideas")).collect()
}

async fn once_a_week(w: &mut World) {
    let labels = w.suggest("sam", "The supply room has no labels").await;
    w.press("mara", labels, "Acknowledge").await;
    w.slash_at(labels, "mara", "idea accept", json!({ "reason": "Cheap, and it saves an hour a week" }))
        .await;
    w.slash_at(labels, "mara", "idea implemented", json!({ "what-changed": "Every shelf has a label" }))
        .await;
    let hoists = w.suggest("ines", "Put the spare batteries next to the hoists").await;
    w.slash_at(hoists, "mara", "idea finding", json!({ "text": "No room" })).await;
    w.slash_at(hoists, "mara", "idea decline", json!({ "reason": "The hoists have no room for a box." }))
        .await;
    w.suggest("rita", "A clock that can be seen from the desk").await;
    assert!(digests(w, "ward-3").is_empty());

    let reply = w.slash("mara", "digest preview", json!({})).await;
    assert!(reply.private());
    snap!(reply.text(), @r"
    **Ward 3: the week in ideas**, Mon 16 Nov to Mon 16 Nov
    -# 3 new ideas · 2 decisions · 2 open · promise kept: 5 of 5 answers in time
    Thanks (1)
    - Thank you, @sam: [K-1] The supply room has no labels
      What changed: Every shelf has a label
    Decisions, and why (2)
    - **Accepted**: [K-1] The supply room has no labels
      Cheap, and it saves an hour a week
    - **Declined**: [K-2] Put the spare batteries next to the hoists
      The hoists have no room for a box.
    New ideas (3)
    - [K-1] The supply room has no labels, from @sam
    - [K-2] Put the spare batteries next to the hoists, from @ines
    - [K-3] A clock that can be seen from the desk, from @rita
    Waiting for an answer (1)
    - [K-3] A clock that can be seen from the desk: a first answer by Wed 18 Nov
    ");
    let reply = w.slash("sam", "digest preview", json!({})).await;
    snap!(reply.text(), @"This is for those who manage the team, or one above it, and for the coordinators. `/my` shows everything that is yours.");

    w.advance_to(next_monday_at_nine() - TimeDelta::seconds(1)).await;
    assert!(digests(w, "ward-3").is_empty());
    // What `kaizen digest --team "Ward 3" --dry-run` gathers is what is posted.
    let workspace = w.workspace().await.expect("a workspace");
    let team = workspace.policy.team_named("Ward 3").expect("a team");
    let week = (next_monday_at_nine() - TimeDelta::weeks(1), next_monday_at_nine());
    w.clock.set(next_monday_at_nine());
    let dry = digest::gather(&w.db, &workspace, team, week, next_monday_at_nine())
        .await
        .expect("the database answers");
    let authors: Vec<_> = [&dry.thanks, &dry.decisions, &dry.new, &dry.waiting]
        .into_iter()
        .flatten()
        .map(|l| l.author)
        .collect();
    let people = w.db.people(workspace.id, &authors).await.expect("the database answers");
    let dry = kaizen_chat::view::digest::digest(workspace.guild, &dry, &people);

    w.advance_to(next_monday_at_nine()).await;
    let posted = digests(w, "ward-3");
    assert_eq!(posted.len(), 1);
    snap!(posted[0], @r"
    **Ward 3: the week in ideas**, Mon 16 Nov to Mon 23 Nov
    -# 3 new ideas · 2 decisions · 2 open · promise kept: 5 of 6 answers in time · first answer after less than a working minute (median)
    Thanks (1)
    - Thank you, @sam: [K-1] The supply room has no labels
      What changed: Every shelf has a label
    Decisions, and why (2)
    - **Accepted**: [K-1] The supply room has no labels
      Cheap, and it saves an hour a week
    - **Declined**: [K-2] Put the spare batteries next to the hoists
      The hoists have no room for a box.
    New ideas (3)
    - [K-1] The supply room has no labels, from @sam
    - [K-2] Put the spare batteries next to the hoists, from @ines
    - [K-3] A clock that can be seen from the desk, from @rita
    Waiting for an answer (1)
    - [K-3] A clock that can be seen from the desk: a first answer **later than promised**, since Wed 18 Nov
    ");
    let raw = w
        .sim
        .messages("ward-3")
        .into_iter()
        .find(|m| m.ephemeral_for.is_none() && m.content.contains("the week in ideas"))
        .expect("it is posted");
    assert_eq!(raw.content, dry.text);
    let bodies: Vec<&str> = raw.embeds.iter().filter_map(|e| e["description"].as_str()).collect();
    assert_eq!(bodies, dry.cards.iter().map(|c| c.body.as_str()).collect::<Vec<_>>());
    assert!(raw.pinged.is_empty(), "a digest pings nobody");
    assert_eq!(digests(w, "theatre").len(), 1);
    snap!(digests(w, "theatre")[0], @r"
    **Theatre: the week in ideas**, Mon 16 Nov to Mon 23 Nov
    A quiet week: no new ideas, and nothing waits. What got in your way this week? `/suggest` takes a minute.
    -# 0 new ideas · 0 decisions · 0 open
    ");

    w.advance_to(next_monday_at_nine() + TimeDelta::days(6)).await;
    assert_eq!(digests(w, "ward-3").len(), 1, "once a week");
    w.advance_to(next_monday_at_nine() + TimeDelta::days(7)).await;
    assert_eq!(digests(w, "ward-3").len(), 2);
}

async fn once_after_being_down_at_nine(w: &mut World) {
    w.suggest("sam", "The supply room has no labels").await;
    w.jump_to(World::monday() + TimeDelta::hours(1)).await;
    w.stop_program().await;
    // Two Mondays pass.
    w.clock.set(next_monday_at_nine() + TimeDelta::days(9));
    w.start_program().await;
    w.jump_to(next_monday_at_nine() + TimeDelta::days(9)).await;
    let posted = digests(w, "ward-3");
    assert_eq!(posted.len(), 1, "one digest covers all of it: {posted:?}");
    w.restart().await;
    w.jump_to(next_monday_at_nine() + TimeDelta::days(10)).await;
    assert_eq!(digests(w, "ward-3").len(), 1);
    w.jump_to(next_monday_at_nine() + TimeDelta::days(14)).await;
    assert_eq!(digests(w, "ward-3").len(), 2);
}

async fn once_with_two_processes(w: &mut World) {
    w.stop_program().await;
    w.environment = vec![("KAIZEN__DISCORD__SHARDS".to_owned(), "0/2".to_owned())];
    w.start_program().await;
    let other = w.another_program(&[("KAIZEN__DISCORD__SHARDS".to_owned(), "1/2".to_owned())]).await;
    w.suggest("sam", "The supply room has no labels").await;
    for week in 0..3 {
        w.clock.set(next_monday_at_nine() + TimeDelta::weeks(week));
        let (here, there) = tokio::join!(w.app().run_due_now(), other.run_due_now());
        here.and(there).expect("the database answers");
        w.settle().await;
        for channel in ["ward-3", "hospital", "theatre"] {
            assert_eq!(i64::try_from(digests(w, channel).len()), Ok(week + 1), "week {week}, #{channel}");
        }
    }
    assert!(other.stop().await);
}

/// What was looked back on stands in the team's digest and in the measures: lessons in the words of the group, and counts.
async fn debriefs_and_lessons(w: &mut World) {
    let debrief = LookedBack(1);
    w.slash("sam", "debrief start", json!({ "work": "Hill Street", "kind": "Home visits" })).await;
    let add = json!({ "what": "escalate", "text": "A second key" });
    w.slash_at(debrief, "ines", "debrief add", add).await;
    for text in ["Ring twice before you go in", "Leonhard's dog bites"] {
        w.slash_at(debrief, "ines", "debrief lesson", json!({ "text": text })).await;
    }
    w.slash_at(debrief, "sam", "debrief close", json!({})).await;
    w.press("mara", Idea(1), "Acknowledge").await;
    let brief = w.slash("rita", "brief", json!({ "kind": "home visit" })).await;
    w.press_on("rita", brief.message(), "1 · Used").await;
    let measures = w.slash("otto", "measures", json!({})).await;
    snap!(measures.text(), @"
    **Promise kept**, the whole community, Sat 17 Oct to Mon 16 Nov: 1 of 1 in time, 0 late, 0 overdue now, 1 open.
    -# Given in time ÷ (given in time + given late + overdue now): first answers, decisions, implementations, outcome checks and actions of debriefs.
    Debriefs
    - 1 debrief held, 1 item escalated, 2 lessons kept
    - Lesson reuse: 1 of 2 lessons that briefings show now is marked as used
    ");
    w.advance_to(next_monday_at_nine()).await;
    let place = w.card_message(debrief);
    let link = format!("(<https://discord.com/channels/1000/{}>)", place.thread.expect("a thread"));
    snap!(digests(w, "ward-3")[0].replace(&link, ""), @"
    **Ward 3: the week in ideas**, Mon 16 Nov to Mon 23 Nov
    -# 1 new idea · 0 decisions · 1 open · 1 debrief (1 item escalated) · promise kept: 1 of 1 answers in time · first answer after less than a working minute (median)
    New ideas (1)
    - [K-1] A second key, from @ines
    Waiting for an answer (1)
    - [K-1] A second key: a decision by Mon 30 Nov
    Lessons for the next ones (2)
    - Home visits: Ring twice before you go in ([D-1])
    - Home visits: Leonhard's dog bites ([D-1])
    ");
    assert!(!digests(w, "theatre")[0].contains("Ring twice"), "each team its own");
    // Words that are taken out leave the digest that was posted.
    let form = w.slash_at(debrief, "ines", "debrief redact", json!({ "item": "3" })).await;
    w.fill("ines", &form, json!({ "words": "Leonhard" })).await;
    let digest = &digests(w, "ward-3")[0];
    assert!(!digest.contains("Leonhard") && digest.contains("dog bites"), "{digest}");
    // Nothing of it is said again a week later.
    w.advance_to(next_monday_at_nine() + TimeDelta::days(7)).await;
    assert!(!digests(w, "ward-3")[1].contains("Lessons"), "{}", digests(w, "ward-3")[1]);
}
