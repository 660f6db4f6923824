//! The team's calendar changes: holidays, hours, zone. What is owed is due at another time, the card and the history say so,
//! and the thread if it is another day. Each idea once, whatever stopped the program in the middle.

use kaizen_tests::world::apply_workspace;
use kaizen_tests::{World, hospital, snap, story};
use serde_json::json;

story!(holidays_move_what_is_due);
story!(a_date_that_a_person_set_stays, sqlite);
story!(hours_and_zone_move_it_too, sqlite);
story!(what_is_refused_changes_nothing, sqlite);
story!(a_change_while_the_program_is_down);
story!(a_change_with_two_processes, postgres);

/// Lets everything happen that is due at this moment.
async fn now(w: &mut World) {
    let now = kaizen_workflow::clock::Clock::now(&*w.clock);
    w.advance_to(now).await;
}

async fn holidays_move_what_is_due(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    let elsewhere = w
        .slash_in("theatre", "otto", "suggest", json!({ "idea": "Lights that dim", "team": "Theatre" }))
        .await;
    let elsewhere = kaizen_tests::idea_of(&elsewhere);
    assert!(w.card(idea).contains("Wed 18 Nov 10:00"), "{}", w.card(idea));

    let options = json!({ "dates": "17/11, 25 December", "name": "Town day", "team": "ward 3" });
    let reply = w.slash("cleo", "kaizen holidays add", options).await;
    assert!(reply.private());
    snap!(reply.text(), @"Recorded: nobody works on Tuesday 17 November 2026 and Friday 25 December 2026, for Ward 3. What is due moves accordingly, and its history says so; dates that somebody set stay. `/kaizen holidays list` shows all.");
    now(w).await;
    assert!(w.card(idea).contains("Thu 19 Nov 10:00"), "{}", w.card(idea));
    snap!(w.last_post(idea), @r"
    The team's calendar has changed, so an acknowledgement is due by Thu 19 Nov 10:00 instead of Wed 18 Nov 10:00.
    -# K-1 · 2
    ");
    assert_eq!(w.history(idea.0).await, ["submitted", "due_moved"]);
    assert_eq!(w.history(elsewhere.0).await, ["submitted"], "another team works on that day");
    let history = w.slash("sam", "idea history", json!({ "number": "1" })).await;
    snap!(history.text(), @r"
    [K-1]
    K-1 · History
    **1** · Mon 16 Nov 10:00
    @sam suggests:
    > The supply room has no labels
    @mara has it: manages Ward 3.

    **2** · Mon 16 Nov 10:00
    The team's calendar has changed, so an acknowledgement is due by Thu 19 Nov 10:00 instead of Wed 18 Nov 10:00.
    ");
    let list = w.slash("cleo", "kaizen holidays list", json!({})).await;
    snap!(list.text(), @r"
    `/kaizen holidays add` and `/kaizen holidays remove` change this.
    Holidays
    - Tuesday 17 November 2026: Town day · only Ward 3
    - Friday 25 December 2026: Town day · only Ward 3
    ");

    // Nobody is reminded by the old time: half of the new one is Tuesday's end, which is a holiday.
    w.advance("1 working days").await;
    assert_eq!(w.dm_count("mara"), 0);
    w.slash("cleo", "kaizen holidays remove", json!({ "dates": "25 Dec" })).await;
    now(w).await;
    assert_eq!(w.history(idea.0).await, ["submitted", "due_moved"], "what moves nothing is no step");
}

async fn a_date_that_a_person_set_stays(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    let options = json!({ "reason": "Just do it", "due": "20 November" });
    w.slash_at(idea, "mara", "idea acknowledge", json!({})).await;
    w.slash_at(idea, "mara", "idea accept", options).await;
    let before = w.stored(idea.0).await;
    w.slash("cleo", "kaizen holidays add", json!({ "dates": "18 Nov to 20 Nov" })).await;
    now(w).await;
    assert_eq!(w.stored(idea.0).await.suggestion, before.suggestion);
}

async fn hours_and_zone_move_it_too(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    let edit = json!({ "name": "Ward 3", "working-hours": "Mon,Thu,Fri 12:00-20:00" });
    w.slash("cleo", "kaizen team edit", edit).await;
    now(w).await;
    // Monday noon is the beginning now, and Friday noon the second working day after it.
    assert!(w.card(idea).contains("Fri 20 Nov 12:00"), "{}", w.card(idea));
    w.slash("cleo", "kaizen team edit", json!({ "name": "Ward 3", "timezone": "America/New_York" })).await;
    now(w).await;
    assert!(w.card(idea).contains("Fri 20 Nov 17:00"), "{}", w.card(idea));
    assert_eq!(w.history(idea.0).await, ["submitted", "due_moved", "due_moved"]);
    assert_eq!(w.thread(idea).len(), 2, "five hours later on the same day is no news");
}

async fn what_is_refused_changes_nothing(w: &mut World) {
    w.slash("cleo", "kaizen holidays add", json!({ "dates": "25 Dec", "name": "Christmas Day" })).await;
    let before = w.workspace().await.expect("a workspace").policy;
    let mut said = Vec::new();
    for (who, command, options) in [
        ("sam", "kaizen holidays add", json!({ "dates": "24 Dec" })),
        ("mara", "kaizen holidays list", json!({})),
        ("cleo", "kaizen holidays add", json!({ "dates": "13/13/2027" })),
        ("cleo", "kaizen holidays add", json!({ "dates": "24 Dec, soon 🎄" })),
        ("cleo", "kaizen holidays add", json!({ "dates": "13/11/2026" })),
        ("cleo", "kaizen holidays add", json!({ "dates": "24 Dec", "team": "Ward 33" })),
        ("cleo", "kaizen holidays add", json!({ "dates": "24 Dec", "name": "x".repeat(81) })),
        ("cleo", "kaizen holidays remove", json!({ "dates": "24 Dec" })),
        ("cleo", "kaizen holidays remove", json!({ "dates": "25 Dec, 24 Dec" })),
    ] {
        let reply = w.slash_forged(who, command, options).await;
        assert!(reply.private());
        said.push(reply.text().lines().next().unwrap_or_default().to_owned());
    }
    snap!(said.join("\n"), @r"
    The set-up is for coordinators and for those who may manage this community. Ask one of them; your ideas are welcome all the same.
    The set-up is for coordinators and for those who may manage this community. Ask one of them; your ideas are welcome all the same.
    “13/13/2027” could not be read as a date for *dates*. Write it like `2026-12-14`, `14 December`, `2 weeks` or `10 working days`.
    “soon 🎄” could not be read as a date for *dates*. Write it like `2026-12-14`, `14 December`, `2 weeks` or `10 working days`.
    Friday 13 November 2026 has passed, and what was waited stays waited. Give a day that is still to come, like `25 December`; `today` is possible, too.
    There is no team called “Ward 33”. Pick one of those that are offered while you type.
    *name* has 81 characters, and there is room for 80. Please shorten it; the rest can go into the thread.
    Thursday 24 December 2026 is not a holiday here, so nothing was changed. `/kaizen holidays list` shows those that are.
    Thursday 24 December 2026 is not a holiday here, so nothing was changed. `/kaizen holidays list` shows those that are.
    ");
    assert_eq!(w.workspace().await.expect("a workspace").policy, before);
}

async fn a_change_while_the_program_is_down(w: &mut World) {
    let first = w.suggest("sam", "The supply room has no labels").await;
    let second = w.suggest("ines", "A clock that can be seen from the desk").await;
    w.stop_program().await;
    // As if the program had been killed right after the settings were saved: nothing is counted anew yet.
    let file = hospital::WORKSPACE.replacen(
        "parent = \"Hospital\"",
        "parent = \"Hospital\"\nholidays = [\"2026-11-17\"]",
        1,
    );
    apply_workspace(&w.db, &file).await;
    assert_eq!(w.history(first.0).await, ["submitted"]);
    w.start_program().await;
    now(w).await;
    for idea in [first, second] {
        assert_eq!(w.history(idea.0).await, ["submitted", "due_moved"]);
        assert!(w.card(idea).contains("Thu 19 Nov 10:00"), "{}", w.card(idea));
    }
}

async fn a_change_with_two_processes(w: &mut World) {
    let mut ideas = Vec::new();
    for n in 0..10 {
        ideas.push(w.suggest("sam", &format!("Idea {n}")).await);
    }
    w.stop_program().await;
    w.environment = vec![("KAIZEN__DISCORD__SHARDS".to_owned(), "0/2".to_owned())];
    w.start_program().await;
    let other = w.another_program(&[("KAIZEN__DISCORD__SHARDS".to_owned(), "1/2".to_owned())]).await;
    w.slash("cleo", "kaizen holidays add", json!({ "dates": "17 November" })).await;
    let (one, two) = tokio::join!(w.app().run_due_now(), other.run_due_now());
    one.expect("the database answers");
    two.expect("the database answers");
    now(w).await;
    for idea in ideas {
        assert_eq!(w.history(idea.0).await, ["submitted", "due_moved"], "{idea}: once");
        assert_eq!(w.thread(idea).len(), 2);
    }
    assert!(other.stop().await);
}
