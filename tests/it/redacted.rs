//! Somebody typed a child's name. Its author, the responsible person or the coordinator takes it out, and it is gone: from card,
//! thread, messages, search, history, digest and the bytes of the database.

use chrono::TimeDelta;
use kaizen_tests::{Base, World, snap, story};
use serde_json::json;

story!(a_childs_name_is_gone);
story!(a_bundle_keeps_what_others_say);

async fn a_childs_name_is_gone(w: &mut World) {
    let idea = w.suggest("sam", "Leonhard from bed 4 cannot reach the bell").await;
    w.press("rita", idea, "Follow").await;
    w.slash_at(
        idea,
        "mara",
        "idea finding",
        json!({ "text": "LEONHARD is not the only one; Leonhard's mother asked twice" }),
    )
    .await;
    w.slash_at(idea, "mara", "idea ask", json!({ "question": "Where does Leonhard sit?" })).await;
    w.slash_at(idea, "sam", "idea answer", json!({ "text": "leonhard sits at the window" })).await;
    w.slash_at(idea, "mara", "idea accept", json!({ "reason": "For Leonhard and all others" })).await;
    w.advance_to(World::monday() + TimeDelta::days(8)).await;
    assert!(w.sim.transcript().to_lowercase().contains("leonhard"));

    let reply = w.slash_at(idea, "otto", "idea redact", json!({})).await;
    snap!(reply.text(), @"To remove words from it is for @sam (the author), @mara (the responsible person) or @cleo (the coordinator). You can support it with **Me too**, follow it, or write in its thread; everybody reads that there.");
    let form = w.slash_at(idea, "sam", "idea redact", json!({})).await;
    snap!(form.text(), @r"
    Form: Remove words · K-1
    - Which words have to go? One a line. ★
    ");
    let reply = w.fill("sam", &form, json!({ "words": "Leonard" })).await;
    snap!(reply.text(), @r"
    None of these words occurs in the idea or its history. Please write them as they stand there.
    This is what you typed, so that it is not lost:
    **words**:
    > Leonard
    ");
    let form = w.slash_at(idea, "sam", "idea redact", json!({})).await;
    let reply = w.fill("sam", &form, json!({ "words": "Leonhard's mother\nLeonhard" })).await;
    snap!(reply.text(), @r"
    Recorded: the words are gone from [K-1], its history and the search. Card and posts are rewritten in a moment.
    If something is left that should not be there, do it once more with those words. Messages that people wrote themselves only they can delete.
    ");

    snap!(w.card(idea), @r"
    K-1 · Accepted
    \[removed\] from bed 4 cannot reach the bell
    Author: @sam
    Stage: Accepted: it is going to be done
    Responsible: @mara (manages Ward 3)
    Due: the implementation from @mara, by Wed 16 Dec 10:00
    Supporters: none yet
    Decision: Accepted as suggested (@mara)
    For \[removed\] and all others
    K-1
    [Implemented] [Me too] [Follow]
    ");
    snap!(w.thread(idea).join("\n---\n"), @r"
    @sam suggests:
    > \[removed\] from bed 4 cannot reach the bell
    Next: @mara acknowledges it by Wed 18 Nov 10:00.
    -# K-1 · 1
    (pings mara)
    ---
    @mara looked into it and found:
    > \[removed\] is not the only one; \[removed\] asked twice
    Next: @mara decides by Mon 30 Nov 10:00.
    -# K-1 · 3
    ---
    @mara asks the author:
    > Where does \[removed\] sit?
    Next: @sam answers by Mon 23 Nov 10:00. Until then the decision waits. @sam: `/idea answer` in this thread.
    -# K-1 · 4
    ---
    @sam answers:
    > \[removed\] sits at the window
    Next: @mara decides by Mon 30 Nov 10:00.
    -# K-1 · 5
    (pings mara)
    ---
    @mara accepted it as suggested. It changes this case.
    **Why**:
    > For \[removed\] and all others
    Next: @mara carries it out by Wed 16 Dec 10:00.
    -# K-1 · 6
    ---
    @sam removed words that should not stand here.
    -# K-1 · 7
    ");
    let name = w.sim.channel(w.thread_id(idea)).expect("a thread").name;
    assert_eq!(name, "K-1 [removed] from bed 4 cannot reach the bell");
    let gone = |what: &str, text: &str| assert!(!text.to_lowercase().contains("leonhard"), "{what}: {text}");
    for who in ["sam", "rita", "mara"] {
        gone(who, &w.dms(who).join("\n"));
    }
    gone("channel", &w.channel("ward-3").join("\n"));
    let found = w.slash("mara", "idea search", json!({ "text": "Leonhard" })).await;
    snap!(found.text().lines().next().unwrap_or_default(), @"No idea matches “Leonhard”. Try fewer or other words, or suggest it: `/suggest`.");
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

/// A reminder for several ideas: what it says of the one goes, what it says of the others stays, also when another goes after it.
async fn a_bundle_keeps_what_others_say(w: &mut World) {
    let first = w.suggest("sam", "Leonhard from bed 4 cannot reach the bell.").await;
    let second = w.suggest("ines", "A clock that can be seen from the desk").await;
    w.suggest("rita", "Put the spare batteries next to the hoists").await;
    w.advance("1 working days").await;
    let form = w.slash_at(first, "sam", "idea redact", json!({})).await;
    w.fill("sam", &form, json!({ "words": "Leonhard" })).await;
    snap!(w.last_dm("mara"), @r"
    **Coming up**
    [K-1]: what stood here was cleared, because words were taken out of it.
    [K-2] A clock that can be seen from the desk: an acknowledgement from you, due Wed 18 Nov 10:00.
    [K-3] Put the spare batteries next to the hoists: an acknowledgement from you, due Wed 18 Nov 10:00.
    A short answer is better than a late one. `/my` shows everything that is yours; `/idea assign` hands on what you cannot take.
    -# K-1 · K-2 · K-3 · ref.
    ");
    let form = w.slash_at(second, "ines", "idea redact", json!({})).await;
    w.fill("ines", &form, json!({ "words": "clock" })).await;
    snap!(w.last_dm("mara"), @r"
    **Coming up**
    [K-1]: what stood here was cleared, because words were taken out of it.
    [K-2]: what stood here was cleared, because words were taken out of it.
    [K-3] Put the spare batteries next to the hoists: an acknowledgement from you, due Wed 18 Nov 10:00.
    A short answer is better than a late one. `/my` shows everything that is yours; `/idea assign` hands on what you cannot take.
    -# K-1 · K-2 · K-3 · ref.
    ");
}
