//! Nobody answers: reminders at half of the time and at the due time, then the next level is told, then it answers for it, up
//! to the coordinator, who is asked until there is an answer. What falls due together for one person is one message.

use kaizen_tests::hospital::WORKSPACE;
use kaizen_tests::world::apply_workspace;
use kaizen_tests::{World, idea_of, snap, story};
use serde_json::json;

story!(up_the_ladder_and_round_again);
story!(one_step_after_a_week_off);
story!(quiet_at_night_and_at_the_weekend);
story!(urgent_at_any_hour);

async fn up_the_ladder_and_round_again(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.suggest("ines", "A clock that can be seen from the desk").await;
    assert_eq!(w.dm_count("mara"), 0, "mara was mentioned in the threads");

    w.advance("1 working days").await;
    assert_eq!(w.dm_count("mara"), 1, "half of the time: one message for both ideas");
    snap!(w.last_dm("mara"), @r"
    **Coming up**
    [K-1] The supply room has no labels: an acknowledgement from you, due Wed 18 Nov 10:00.
    [K-2] A clock that can be seen from the desk: an acknowledgement from you, due Wed 18 Nov 10:00.
    A short answer is better than a late one. `/my` shows everything that is yours; `/idea assign` hands on what you cannot take.
    -# K-1 · K-2 · ref. 
    ");
    w.advance("1 working days").await;
    assert_eq!((w.dm_count("mara"), w.dm_count("noor")), (2, 1), "due: mara once more, and noor");
    snap!(w.last_dm("mara"), @r"
    **Waiting longer than promised**
    [K-1] The supply room has no labels: an acknowledgement from you, due Wed 18 Nov 10:00. @noor knows of it, and can help.
    [K-2] A clock that can be seen from the desk: an acknowledgement from you, due Wed 18 Nov 10:00. @noor knows of it, and can help.
    A short answer is better than a late one. `/my` shows everything that is yours; `/idea assign` hands on what you cannot take.
    -# K-1 · K-2 · ref. 
    ");
    snap!(w.last_dm("noor"), @r"
    **Your help is asked for**
    [K-1] The supply room has no labels: an acknowledgement from @mara, due Wed 18 Nov 10:00. A word with them may be enough; if no answer comes, it becomes yours.
    [K-2] A clock that can be seen from the desk: an acknowledgement from @mara, due Wed 18 Nov 10:00. A word with them may be enough; if no answer comes, it becomes yours.
    `/my` shows everything that is yours.
    -# K-1 · K-2 · ref. 
    ");
    snap!(w.last_post(idea), @r"
    @noor has been asked to help with an acknowledgement.
    -# K-1 · 4
    ");

    w.advance("2 working days").await;
    snap!(w.last_post(idea), @r"
    @noor has taken it over, so that an acknowledgement comes.
    Next: @noor gives an acknowledgement; it was due on Wed 18 Nov 10:00.
    -# K-1 · 5
    (pings noor)
    ");
    assert!(w.card(idea).contains("Responsible: @noor"), "{}", w.card(idea));
    snap!(w.last_dm("noor"), @r"
    **Yours now**
    [K-1] The supply room has no labels: It has waited longer than promised. What is owed: an acknowledgement. It was due on Wed 18 Nov 10:00, so please answer by Tue 24 Nov 10:00. In its thread: `/idea acknowledge`, `/idea finding` or `/idea ask`.
    [K-2] A clock that can be seen from the desk: It has waited longer than promised. What is owed: an acknowledgement. It was due on Wed 18 Nov 10:00, so please answer by Tue 24 Nov 10:00. In its thread: `/idea acknowledge`, `/idea finding` or `/idea ask`.
    A short answer is better than a late one. `/my` shows everything that is yours; `/idea assign` hands on what you cannot take.
    -# K-1 · K-2 · ref.
    ");
    snap!(w.last_dm("mara"), @r"
    **With somebody else now**
    [K-1] The supply room has no labels: @noor has it now. It has waited longer than promised. You need not do anything more; what you know of it is welcome in its thread.
    [K-2] A clock that can be seen from the desk: @noor has it now. It has waited longer than promised. You need not do anything more; what you know of it is welcome in its thread.
    `/my` shows everything that is yours.
    -# K-1 · K-2 · ref.
    ");
    snap!(w.last_dm("sam"), @r"
    News of your idea [K-1]: The supply room has no labels
    @noor has taken it over, so that an acknowledgement comes.
    Next: @noor gives an acknowledgement; it was due on Wed 18 Nov 10:00.
    Your wait goes on counting from the day on which you suggested it. You need not do anything.
    -# K-1 · 5
    ");

    w.advance("6 working days").await;
    assert!(w.card(idea).contains("Responsible: @cleo"), "{}", w.card(idea));
    let before = w.dm_count("cleo");
    w.advance("2 working days").await;
    assert_eq!(w.dm_count("cleo"), before + 1, "at the top it is repeated");
    w.advance("2 working days").await;
    assert_eq!(w.dm_count("cleo"), before + 2);
    snap!(w.last_dm("cleo"), @r"
    **Waiting longer than promised**
    [K-1] The supply room has no labels: an acknowledgement from you, due Wed 18 Nov 10:00. It is asked again until there is an answer.
    [K-2] A clock that can be seen from the desk: an acknowledgement from you, due Wed 18 Nov 10:00. It is asked again until there is an answer.
    A short answer is better than a late one. `/my` shows everything that is yours; `/idea assign` hands on what you cannot take.
    -# K-1 · K-2 · ref. 
    ");
    let facts = w.history(idea.0).await.join(" ");
    snap!(facts, @"submitted reminded reminded next_level_told transferred reminded next_level_told transferred reminded reminded reminded");

    let reply = w.slash("cleo", "my", json!({})).await;
    snap!(reply.text(), @r"
    2 answers wait for you, the earliest first; 2 of them later than promised.
    What you owe (2)
    [K-1] The supply room has no labels · an acknowledgement from @cleo, **late**, since Wed 18 Nov 10:00
    [K-2] A clock that can be seen from the desk · an acknowledgement from @cleo, **late**, since Wed 18 Nov 10:00
    ");
    w.press("cleo", idea, "Acknowledge").await;
    let told = w.dm_count("cleo");
    w.advance("4 working days").await;
    assert!(
        !w.dms("cleo")[told..]
            .iter()
            .any(|m| m.contains("[K-1] The supply room has no labels: an acknowledgement"))
    );
}

async fn one_step_after_a_week_off(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.stop_program().await;
    w.clock.advance(chrono::TimeDelta::days(14));
    w.start_program().await;
    w.jump_to(World::monday() + chrono::TimeDelta::days(14)).await;
    assert_eq!(
        w.history(idea.0).await,
        ["submitted", "reminded", "next_level_told"],
        "the newest step alone"
    );
    assert_eq!((w.dm_count("mara"), w.dm_count("noor")), (1, 1));
    w.jump_to(World::monday() + chrono::TimeDelta::days(14)).await;
    assert_eq!((w.dm_count("mara"), w.dm_count("noor")), (1, 1), "each reminder once");
}

/// Saturday, eleven at night, eleven days later.
fn saturday_night() -> chrono::DateTime<chrono::Utc> {
    World::monday() + chrono::TimeDelta::days(12) + chrono::TimeDelta::hours(13)
}

async fn quiet_at_night_and_at_the_weekend(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.suggest("ines", "A clock that can be seen from the desk").await;
    w.stop_program().await;
    w.clock.set(saturday_night());
    w.start_program().await;
    w.jump_to(saturday_night()).await;
    assert_eq!(w.history(idea.0).await, ["submitted"], "nobody is reminded on a Saturday night");
    assert_eq!((w.dm_count("mara"), w.dm_count("noor")), (0, 0));
    w.restart().await;
    w.jump_to(saturday_night() + chrono::TimeDelta::hours(30)).await;
    assert_eq!((w.dm_count("mara"), w.dm_count("noor")), (0, 0), "nor early on Monday");
    w.advance_to(World::monday() + chrono::TimeDelta::hours(14 * 24 - 1)).await;
    assert_eq!(w.history(idea.0).await, ["submitted", "reminded", "next_level_told"]);
    assert_eq!(
        (w.dm_count("mara"), w.dm_count("noor")),
        (1, 1),
        "at nine on Monday, one message for both ideas"
    );
    snap!(w.last_dm("noor"), @r"
    **Your help is asked for**
    [K-1] The supply room has no labels: an acknowledgement from @mara, due Wed 18 Nov 10:00. A word with them may be enough; if no answer comes, it becomes yours.
    [K-2] A clock that can be seen from the desk: an acknowledgement from @mara, due Wed 18 Nov 10:00. A word with them may be enough; if no answer comes, it becomes yours.
    `/my` shows everything that is yours.
    -# K-1 · K-2 · ref. 
    ");
}

async fn urgent_at_any_hour(w: &mut World) {
    apply_workspace(&w.db, &format!("urgent_areas = [\"safety\"]\n{WORKSPACE}")).await;
    let idea = "The fire door does not close";
    let urgent = idea_of(&w.slash("sam", "suggest", json!({ "idea": idea, "area": "safety" })).await);
    let other = w.suggest("ines", "A clock that can be seen from the desk").await;
    w.jump_to(saturday_night()).await;
    assert_eq!(w.history(urgent.0).await, ["submitted", "reminded", "next_level_told"]);
    assert_eq!(w.history(other.0).await, ["submitted"]);
    assert_eq!((w.dm_count("mara"), w.dm_count("noor")), (1, 1));
    assert!(w.last_dm("mara").contains(idea), "{}", w.last_dm("mara"));
}
