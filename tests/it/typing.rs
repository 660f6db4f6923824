//! What is offered while somebody types, and what is understood: numbers, words, dates.

use kaizen_tests::{World, snap, story};
use serde_json::json;

story!(numbers_and_words);
story!(dates, sqlite);
story!(looking_things_up);

async fn numbers_and_words(w: &mut World) {
    assert!(w.complete("mara", "idea show", "number", "").await.is_empty());
    let labels = w.suggest("sam", "The supply room has no labels").await;
    w.suggest("ines", "A clock that can be seen from the desk").await;
    w.slash_at(labels, "sam", "idea withdraw", json!({})).await;
    let offered = w.complete("mara", "idea show", "number", "").await.join("\n");
    snap!(offered, @"K-2 · Submitted · A clock that can be seen from the desk");
    for typed in ["1", "K-1", "k1", "label", "LABELS"] {
        let offered = w.complete("mara", "idea show", "number", typed).await;
        assert_eq!(offered.len(), 1, "{typed}: {offered:?}");
        assert!(offered[0].starts_with("K-1"), "{typed}: {offered:?}");
    }
    for typed in ["K-77", "nothing like it", "\u{202E}", "' OR 1=1 --", "\"*\""] {
        assert!(w.complete("mara", "idea show", "number", typed).await.is_empty(), "{typed}");
    }
    assert_eq!(w.complete("sam", "suggest", "team", "war").await, ["Ward 3"]);
    assert_eq!(w.complete("sam", "suggest", "area", "equip").await, ["equipment"]);

    let reply = w.slash("mara", "idea show", json!({ "number": "clock" })).await;
    assert!(reply.text().contains("K-2"), "{}", reply.text());
    let reply = w.slash("mara", "idea show", json!({ "number": "no such words" })).await;
    snap!(reply.text(), @"No single idea matches “no such words”. Pick one of those that are offered while you type, or give its number, like `K-12`.");
    let reply = w.slash("mara", "idea show", json!({ "number": "K-0" })).await;
    snap!(reply.text(), @"No single idea matches “K-0”. Pick one of those that are offered while you type, or give its number, like `K-12`.");
    let reply = w.slash("mara", "idea acknowledge", json!({})).await;
    snap!(reply.text(), @"It is not clear which idea you mean. Add its `number`, like `K-12`, or use the command in the idea's own thread.");
}

async fn dates(w: &mut World) {
    for (typed, due) in [
        ("2 weeks", "Mon 30 Nov 17:00"),
        ("3 working days", "Thu 19 Nov 17:00"),
        ("2026-12-24", "Thu 24 Dec 17:00"),
        ("24.12.2026", "Thu 24 Dec 17:00"),
        ("24 December", "Thu 24 Dec 17:00"),
        ("tomorrow", "Tue 17 Nov 17:00"),
        ("next friday", "Fri 20 Nov 17:00"),
        ("today", "Mon 16 Nov 17:00"),
    ] {
        let idea = w.suggest("sam", &format!("By {typed}")).await;
        w.press("mara", idea, "Acknowledge").await;
        w.slash_at(idea, "mara", "idea accept", json!({ "reason": "Yes", "due": typed })).await;
        assert!(w.card(idea).contains(&format!("by {due}")), "{typed}: {}", w.card(idea));
    }
    let idea = w.suggest("sam", "By some day").await;
    w.press("mara", idea, "Acknowledge").await;
    let before = w.stored(idea.0).await;
    for typed in [
        "soon",
        "12/24/2026",
        "31.2.2026",
        "yesterday",
        "2020-01-01",
        "5 years",
        "-3 days",
        "99999999 weeks",
        "🙂",
    ] {
        let reply = w.slash_at(idea, "mara", "idea accept", json!({ "reason": "Yes", "due": typed })).await;
        assert!(!reply.text().starts_with("Recorded"), "{typed}: {}", reply.text());
        assert_eq!(w.stored(idea.0).await, before, "{typed}");
    }
    let reply = w
        .slash_at(
            idea,
            "mara",
            "idea accept",
            json!({ "reason": "It saves an hour every week, and costs nothing", "due": "soon" }),
        )
        .await;
    snap!(reply.text(), @r"
    “soon” could not be read as a date for *due*. Write it like `2026-12-14`, `14 December`, `2 weeks` or `10 working days`.
    This is what you typed, so that it is not lost:
    **reason**:
    > It saves an hour every week, and costs nothing
    ");
    let reply =
        w.slash_at(idea, "mara", "idea defer", json!({ "reason": "Later", "until": "8 months" })).await;
    snap!(reply.text(), @r"
    The date in *until* is too far off: Tue 18 May is the latest possible.
    This is what you typed, so that it is not lost:
    **reason**:
    > Later
    **until**:
    > 8 months
    ");
}

async fn looking_things_up(w: &mut World) {
    let labels = w.suggest("sam", "The supply room has no labels").await;
    w.slash(
        "ines",
        "suggest",
        json!({ "idea": "A quieter printer", "area": "equipment", "team": "Theatre", "for-name": "Jo" }),
    )
    .await;
    w.press("mara", labels, "Acknowledge").await;
    w.press("ines", labels, "Follow").await;
    let list = w.slash("rita", "idea list", json!({})).await;
    snap!(list.text(), @r"
    2 ideas · page 1 of 1
    [K-2] A quieter printer · Submitted · @otto
    [K-1] The supply room has no labels · Acknowledged · @mara
    ");
    let list = w.slash("rita", "idea list", json!({ "team": "Theatre" })).await;
    snap!(list.text(), @r"
    1 idea · page 1 of 1
    [K-2] A quieter printer · Submitted · @otto
    ");
    let list = w.slash("rita", "idea list", json!({ "status": "closed" })).await;
    snap!(list.text(), @"No idea matches. `/idea list` without options shows all of them.");
    let found = w.slash("rita", "idea search", json!({ "text": "printer" })).await;
    snap!(found.text(), @r"
    Search for “printer”
    1 idea found, best first
    [K-2] A quieter printer · Submitted · @otto
    ");
    let my = w.slash("mara", "my", json!({})).await;
    snap!(my.text(), @r"
    1 answer waits for you, the earliest first.
    What you owe (1)
    [K-1] The supply room has no labels · a decision from @mara, by Mon 30 Nov 10:00
    ");
    let my = w.slash("ines", "my", json!({})).await;
    snap!(my.text(), @r"
    Nothing waits for you.
    What you wait for (1)
    [K-2] A quieter printer · an acknowledgement from @otto, by Wed 18 Nov 10:00
    What you follow (1)
    [K-1] The supply room has no labels · Acknowledged · @mara
    ");
    let show = w.slash("sam", "idea show", json!({ "number": "K-1" })).await;
    assert!(show.private());
    snap!(show.text(), @r"
    [K-1]
    Next: @mara decides by Mon 30 Nov 10:00.
    @mara has it: manages Ward 3.
    **Latest steps** (`/idea history` shows all)
    Mon 16 Nov 10:00 · @sam suggested it.
    Mon 16 Nov 10:00 · @mara acknowledged it.
    Mon 16 Nov 10:00 · @ines follows it.
    **You can** edit it `/idea edit` · withdraw it `/idea withdraw` · merge it `/idea merge` · remove words from it `/idea redact` · follow it `/idea follow`.
    K-1 · Acknowledged
    The supply room has no labels
    Author: @sam
    Stage: Acknowledged: it has been seen; a decision comes next
    Responsible: @mara (manages Ward 3)
    Due: a decision from @mara, by Mon 30 Nov 10:00
    Supporters: none yet
    K-1
    [Add finding] [Ask author] [Decide] [Refer] [Me too] [Follow]
    ");
    let help = w.slash("sam", "help", json!({})).await;
    assert!(help.text().contains("/suggest"), "{}", help.text());
    // Eleven ideas are more than a page.
    for n in 0..11 {
        w.suggest("otto", &format!("One of many, {n}")).await;
    }
    let list = w.slash("rita", "idea list", json!({})).await;
    let next = w.press_on("rita", list.message(), "Next").await;
    assert!(next.text().contains("K-1"), "{}", next.text());
    assert_ne!(next.text(), list.text());
}
