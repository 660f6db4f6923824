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
    snap!(w.complete("mara", "idea show", "number", "").await.join("\n"), @"");
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
    snap!(reply.text(), @"");
    let reply = w.slash("mara", "idea show", json!({ "number": "K-0" })).await;
    snap!(reply.text(), @"");
    let reply = w.slash("mara", "idea acknowledge", json!({})).await;
    snap!(reply.text(), @"");
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
    for typed in ["soon", "12/24/2026", "31.2.2026", "yesterday", "2020-01-01", "5 years", "-3 days", "99999999 weeks", "🙂"] {
        let reply = w.slash_at(idea, "mara", "idea accept", json!({ "reason": "Yes", "due": typed })).await;
        assert!(!reply.text().starts_with("Recorded"), "{typed}: {}", reply.text());
        assert_eq!(w.stored(idea.0).await, before, "{typed}");
    }
    let reply = w.slash_at(idea, "mara", "idea accept", json!({ "reason": "It saves an hour every week, and costs nothing", "due": "soon" })).await;
    snap!(reply.text(), @"");
    let reply = w.slash_at(idea, "mara", "idea defer", json!({ "reason": "Later", "until": "8 months" })).await;
    snap!(reply.text(), @"");
}

async fn looking_things_up(w: &mut World) {
    let labels = w.suggest("sam", "The supply room has no labels").await;
    w.slash("ines", "suggest", json!({ "idea": "A quieter printer", "area": "equipment", "team": "Theatre", "for-name": "Jo" })).await;
    w.press("mara", labels, "Acknowledge").await;
    w.press("ines", labels, "Follow").await;
    let list = w.slash("rita", "idea list", json!({})).await;
    snap!(list.text(), @"");
    let list = w.slash("rita", "idea list", json!({ "team": "Theatre" })).await;
    snap!(list.text(), @"");
    let list = w.slash("rita", "idea list", json!({ "status": "closed" })).await;
    snap!(list.text(), @"");
    let found = w.slash("rita", "idea search", json!({ "text": "printer" })).await;
    snap!(found.text(), @"");
    let my = w.slash("mara", "my", json!({})).await;
    snap!(my.text(), @"");
    let my = w.slash("ines", "my", json!({})).await;
    snap!(my.text(), @"");
    let show = w.slash("sam", "idea show", json!({ "number": "K-1" })).await;
    assert!(show.private());
    snap!(show.text(), @"");
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
