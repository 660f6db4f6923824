//! Somebody is away: what is due from them goes to their deputy, and comes back.

use kaizen_tests::{World, snap, story};
use serde_json::json;

use crate::doctor::kaizen;

story!(what_is_due_goes_to_the_deputy_and_comes_back);
story!(refused_with_reasons);
story!(exported_and_applied_again);

async fn what_is_due_goes_to_the_deputy_and_comes_back(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    let reply = w.slash("mara", "away", json!({ "until": "friday", "deputy": "otto" })).await;
    snap!(reply.text(), @r"
    Recorded: you are away until Fri 20 Nov 17:00. @otto stands in until then. What is owed now goes along, to @otto or, where it is @otto's own idea, to the next level; whoever gets it is told: [K-1]. What is still open then comes back to you.
    No due time changes. Back sooner: `/away` `until:now`. If you act on an idea all the same, it stays with you.
    ");
    assert!(reply.private());
    w.look_around().await;
    snap!(w.card(idea), @r"
    K-1 · Submitted
    The supply room has no labels
    Author: @sam
    Stage: Submitted: it waits for a first answer
    Responsible: @otto (stands in for @mara, who is away until Fri 20 Nov 17:00)
    Due: an acknowledgement from @otto, by Wed 18 Nov 10:00
    Supporters: none yet
    K-1
    [Acknowledge] [Add finding] [Ask author] [Refer] [Me too] [Follow]
    ");
    snap!(w.last_post(idea), @r"
    @mara is away until Fri 20 Nov 17:00. @otto answers for it now.
    Next: @otto acknowledges it by Wed 18 Nov 10:00.
    -# K-1 · 2
    ");
    snap!(w.last_dm("otto"), @r"
    **Yours now**
    [K-1] The supply room has no labels: @mara is away until Fri 20 Nov 17:00. What is owed: an acknowledgement, due Wed 18 Nov 10:00. In its thread: `/idea acknowledge`, `/idea finding` or `/idea ask`.
    A short answer is better than a late one. `/my` shows everything that is yours; `/idea assign` hands on what you cannot take.
    -# K-1 · ref.
    ");
    snap!(w.last_dm("mara"), @r"
    **With somebody else now**
    [K-1] The supply room has no labels: @otto has it now. You are away until Fri 20 Nov 17:00; it comes back to you then.
    `/my` shows everything that is yours.
    -# K-1 · ref.
    ");
    snap!(w.last_dm("sam"), @r"
    News of your idea [K-1]: The supply room has no labels
    @mara is away until Fri 20 Nov 17:00. @otto answers for it now.
    Next: @otto acknowledges it by Wed 18 Nov 10:00.
    Your wait goes on counting from the day on which you suggested it. You need not do anything.
    -# K-1 · 2
    ");
    let dms = ["otto", "mara", "sam"].map(|who| w.dm_count(who));
    w.look_around().await;
    assert_eq!(dms, ["otto", "mara", "sam"].map(|who| w.dm_count(who)), "told once");

    // New ideas go to the deputy, too.
    let second = w.suggest("ines", "A clock that can be seen from the desk").await;
    let shown = w.slash("sam", "idea show", json!({ "number": second.to_string() })).await;
    snap!(shown.text(), @r"
    [K-2]
    Next: @otto acknowledges it by Wed 18 Nov 10:00.
    @otto has it: stands in for @mara, who is away until Fri 20 Nov 17:00.
    **Latest steps** (`/idea history` shows all)
    Mon 16 Nov 10:00 · @ines suggested it.
    **You can** support it `/idea support` · follow it `/idea follow`.
    K-2 · Submitted
    A clock that can be seen from the desk
    Author: @ines
    Stage: Submitted: it waits for a first answer
    Responsible: @otto (stands in for @mara, who is away until Fri 20 Nov 17:00)
    Due: an acknowledgement from @otto, by Wed 18 Nov 10:00
    Supporters: none yet
    K-2
    [Acknowledge] [Add finding] [Ask author] [Refer] [Me too] [Follow]
    ");

    // The reminder at half of the time goes to the deputy.
    w.advance("1 working days").await;
    snap!(w.last_dm("otto"), @r"
    **Coming up**
    [K-1] The supply room has no labels: an acknowledgement from you, due Wed 18 Nov 10:00.
    [K-2] A clock that can be seen from the desk: an acknowledgement from you, due Wed 18 Nov 10:00.
    A short answer is better than a late one. `/my` shows everything that is yours; `/idea assign` hands on what you cannot take.
    -# K-1 · K-2 · ref.
    ");
    assert_eq!(w.dm_count("mara"), 1, "nobody is reminded while they are away");

    // An absent manager may act all the same; that idea stays theirs.
    w.slash_at(second, "mara", "idea acknowledge", json!({})).await;
    w.look_around().await;
    assert!(w.card(second).contains("Responsible: @mara"), "{}", w.card(second));

    // What otto sees while he stands in is his to answer, and stays mara's.
    w.press("otto", idea, "Acknowledge").await;

    // Friday, five o'clock: it comes back, once, with two programs on one database.
    let other = w.another_program(&[]).await;
    w.advance("3 working days").await;
    w.advance("12h").await;
    assert!(other.stop().await);
    w.look_around().await;
    assert!(w.card(idea).contains("Responsible: @mara (is back; @otto stood in)"), "{}", w.card(idea));
    let facts = w.history(idea.0).await.join(" ");
    snap!(facts, @"submitted rerouted reminded acknowledged rerouted");
    let back = "@otto stood in for somebody who is back. @mara answers for it now.";
    assert!(w.last_post(idea).starts_with(back), "{}", w.last_post(idea));
    assert!(w.last_dm("otto").starts_with("**With somebody else now**"), "{}", w.last_dm("otto"));
    assert!(w.last_dm("mara").starts_with("**Yours again**"), "{}", w.last_dm("mara"));
    assert_eq!(w.dm_count("mara"), 2, "once that it went, once that it is back");
    let history = w.slash("sam", "idea history", json!({ "number": idea.to_string() })).await;
    assert!(history.text().contains("@mara has it: is back; @otto stood in."), "{}", history.text());
}

async fn refused_with_reasons(w: &mut World) {
    for (who, options, why) in [
        ("mara", json!({ "until": "friday", "deputy": "mara" }), "Nobody stands in for themself"),
        ("mara", json!({ "until": "friday" }), "*deputy* is still empty"),
        ("mara", json!({ "until": "2026-11-01", "deputy": "otto" }), "has passed already"),
        ("mara", json!({ "until": "2 years", "deputy": "otto" }), "is too far off"),
        ("mara", json!({ "until": "🙂 مرحبا <@11>", "deputy": "otto" }), "could not be read as a date"),
        ("mara", json!({ "until": "now" }), "no absence is known"),
        (
            "otto",
            json!({ "until": "friday", "deputy": "otto", "who": "mara" }),
            "a coordinator or the next level",
        ),
        ("mara", json!({ "until": "friday", "deputy": "otto" }), "Recorded: you are away"),
        ("otto", json!({ "until": "friday", "deputy": "mara" }), "round in a circle"),
        ("sam", json!({ "until": "friday", "deputy": "mara" }), "is away too"),
        ("mara", json!({ "until": "now" }), "welcome back"),
        ("noor", json!({ "until": "friday", "deputy": "otto", "who": "mara" }), "@mara is away"),
        ("cleo", json!({ "until": "now", "who": "mara" }), "@mara is back"),
    ] {
        let reply = w.slash(who, "away", options).await;
        assert!(reply.private() && reply.text().contains(why), "{who}: {why}: {}", reply.text());
    }
}

/// Who is away is no setting: a file that is exported says nothing of it, and applying it, or another one, takes nobody's
/// deputy away.
async fn exported_and_applied_again(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.slash("mara", "away", json!({ "until": "friday", "deputy": "otto" })).await;
    w.slash("otto", "away", json!({ "until": "thursday", "deputy": "noor" })).await;
    w.look_around().await;
    assert!(w.card(idea).contains("Responsible: @noor"), "{}", w.card(idea));
    let before = w.workspace().await.expect("a workspace");
    assert_eq!(before.policy.absences.len(), 2);
    let history = w.history(idea.0).await;

    let (exported, exit) = kaizen(w, &["workspace", "export"], &[]).await;
    assert_eq!(exit, 0, "{exported}");
    let file = w.fresh().folder().join("workspace.toml");
    let apply = ["workspace", "apply", &file.display().to_string(), "--yes"].map(str::to_owned);
    let apply: Vec<&str> = apply.iter().map(String::as_str).collect();
    for _ in 0..2 {
        std::fs::write(&file, &exported).expect("it can be written");
        let (said, exit) = kaizen(w, &apply, &[]).await;
        assert_eq!(exit, 0, "{said}");
        assert!(said.contains("Nothing to change."), "{said}");
        assert_eq!(kaizen(w, &["workspace", "export"], &[]).await.0, exported, "the same file again");
    }
    w.look_around().await;
    let after = w.workspace().await.expect("a workspace");
    assert_eq!((&after.policy, &w.history(idea.0).await), (&before.policy, &history), "nothing changed");

    // A file that does change something leaves who is away as it is.
    let other = exported.replacen("working_hours = \"09:00-17:00\"", "working_hours = \"08:00-17:00\"", 1);
    assert_ne!(other, exported);
    std::fs::write(&file, other).expect("it can be written");
    let (said, exit) = kaizen(w, &apply, &[]).await;
    assert_eq!(exit, 0, "{said}");
    w.look_around().await;
    let changed = w.workspace().await.expect("a workspace").policy;
    assert_eq!(changed.absences, before.policy.absences);
    assert!(w.card(idea).contains("Responsible: @noor"), "{}", w.card(idea));
    // Her deputy was away as well, so somebody else held it: nobody is said to have held what they had not.
    let back = w.slash("mara", "away", json!({ "until": "now" })).await;
    snap!(back.text(), @"Recorded: welcome back. What others held meanwhile and is still open comes back to you now. `/my` shows it.");
    w.look_around().await;
    assert!(w.card(idea).contains("Responsible: @mara"), "{}", w.card(idea));
}
