//! Somebody typed a child's name. Its author, the responsible person or the coordinator takes it out, and it is gone: from card,
//! thread, messages, search, history, digest and the bytes of the database.

use chrono::TimeDelta;
use kaizen_tests::{Base, World, snap, story};
use serde_json::json;

story!(a_childs_name_is_gone);

async fn a_childs_name_is_gone(w: &mut World) {
    let idea = w.suggest("sam", "Leonhard from bed 4 cannot reach the bell").await;
    w.press("rita", idea, "Follow").await;
    w.slash_at(idea, "mara", "idea finding", json!({ "text": "LEONHARD is not the only one; Leonhard's mother asked twice" })).await;
    w.slash_at(idea, "mara", "idea ask", json!({ "question": "Where does Leonhard sit?" })).await;
    w.slash_at(idea, "sam", "idea answer", json!({ "text": "leonhard sits at the window" })).await;
    w.slash_at(idea, "mara", "idea accept", json!({ "reason": "For Leonhard and all others" })).await;
    w.advance_to(World::monday() + TimeDelta::days(8)).await;
    assert!(w.sim.transcript().to_lowercase().contains("leonhard"));

    let reply = w.slash_at(idea, "otto", "idea redact", json!({})).await;
    snap!(reply.text(), @"");
    let form = w.slash_at(idea, "sam", "idea redact", json!({})).await;
    snap!(form.text(), @"");
    let reply = w.fill("sam", &form, json!({ "words": "Leonard" })).await;
    snap!(reply.text(), @"");
    let form = w.slash_at(idea, "sam", "idea redact", json!({})).await;
    let reply = w.fill("sam", &form, json!({ "words": "Leonhard's mother\nLeonhard" })).await;
    snap!(reply.text(), @"");

    snap!(w.card(idea), @"");
    snap!(w.thread(idea).join("\n---\n"), @"");
    let name = w.sim.channel(w.thread_id(idea)).expect("a thread").name;
    assert_eq!(name, "K-1 [removed] from bed 4 cannot reach the bell");
    let gone = |what: &str, text: &str| assert!(!text.to_lowercase().contains("leonhard"), "{what}: {text}");
    for who in ["sam", "rita", "mara"] {
        gone(who, &w.dms(who).join("\n"));
    }
    let found = w.slash("mara", "idea search", json!({ "text": "Leonhard" })).await;
    snap!(found.text().lines().next().unwrap_or_default(), @"");
    let found = w.slash("mara", "idea search", json!({ "text": "bell" })).await;
    gone("search", found.text());
    assert!(found.text().contains("K-1"), "{}", found.text());
    let history = w.slash_at(idea, "mara", "idea history", json!({})).await;
    gone("history", history.text());
    let digest = w.slash("mara", "digest preview", json!({})).await;
    gone("digest", digest.text());
    // Nothing is left in the files of the database.
    if w.base == Base::Sqlite {
        for file in ["kaizen.db", "kaizen.db-wal"] {
            let bytes = std::fs::read(w.file().with_file_name(file)).unwrap_or_default().to_ascii_lowercase();
            let found = bytes.windows(8).filter(|part| part == b"leonhard").count();
            assert_eq!(found, 0, "the name is still in {file}");
        }
    }
}
