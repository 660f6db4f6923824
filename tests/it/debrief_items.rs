//! One item of a debrief: said better by whoever added it, and freed of a child's name that somebody typed. The words are gone from
//! panel, thread, summary, lesson and briefings, from the history and from the bytes of the database.

use std::path::Path;

use kaizen_tests::{Base, LookedBack, Reply, World, snap, story};
use kaizen_workflow::debriefs::Debriefs;
use serde_json::json;

use crate::debrief_hostile::stored;
use crate::restored::backup;

story!(said_better);
story!(a_childs_name_is_gone);
story!(an_item_that_became_an_idea, sqlite);
story!(where_nobody_is_named);
story!(a_restored_backup_forgets_again);

const FIRST: LookedBack = LookedBack(1);

async fn start(w: &mut World, nameless: bool) {
    let options = json!({ "work": "Hill Street", "kind": "home visit", "anonymous-items": nameless });
    w.slash("sam", "debrief start", options).await;
}

async fn add(w: &mut World, who: &str, what: &str, text: &str) -> Reply {
    w.slash_at(FIRST, who, "debrief add", json!({ "what": what, "text": text })).await
}

async fn redact(w: &mut World, who: &str, item: &str, words: &str) -> Reply {
    let form = w.slash_at(FIRST, who, "debrief redact", json!({ "item": item })).await;
    w.fill(who, &form, json!({ "words": words })).await
}

/// What is offered for the item in the debrief's own thread.
async fn offered(w: &World, who: &str, command: &str, typed: &str) -> Vec<String> {
    let thread = w.thread_id(FIRST);
    let found = w.sim.person(who).autocomplete(thread, command, ("item", typed), json!({})).await;
    found.expect("an answer").into_iter().map(|c| c.name).collect()
}

async fn said_better(w: &mut World) {
    start(w, false).await;
    add(w, "ines", "badly", "Nobody had a key").await;
    add(w, "sam", "well", "The tea").await;
    assert_eq!(offered(w, "ines", "debrief edit", "").await, ["1 · Went badly · Nobody had a key"]);
    assert_eq!(offered(w, "sam", "debrief edit", "KEY").await, [""; 0]);
    assert_eq!(offered(w, "sam", "debrief redact", "KEY").await, ["1 · Went badly · Nobody had a key"]);
    assert_eq!(offered(w, "rita", "debrief redact", "").await, [""; 0]);
    let elsewhere = w.complete("ines", "debrief edit", "item", "").await;
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    let refused = w.slash_at(FIRST, "sam", "debrief edit", json!({ "item": "1" })).await;
    snap!(refused.text(), @"Only whoever added an item says it in other words. You can add what you see differently: `/debrief add`. Words that identify somebody are removed with `/debrief redact`.");
    let refused = w.slash_at(FIRST, "ines", "debrief edit", json!({ "item": "the lift" })).await;
    snap!(refused.text(), @"It is not clear which item you mean by “the lift”: none says so, or several do. Pick one of those that are offered while you type; only those are offered with which you can do this.");
    let form = w.slash_at(FIRST, "ines", "debrief edit", json!({ "item": "a key" })).await;
    snap!(form.text(), @"
    Form: Say it better · D-1
    - Went badly ★: Nobody had a key
    ");
    let reply = w.fill("ines", &form, json!({ "text": "Only Sam had a key" })).await;
    snap!(reply.text(), @"Recorded: the new words of item 1 of **D-1**. The old ones stay in its thread; `/debrief redact` removes what should not stand there at all.");
    let card = w.card(FIRST);
    assert!(card.contains("• Only Sam had a key") && !card.contains("Nobody"), "{card}");
    snap!(w.last_post(FIRST), @"
    @ines · **Went badly**, in better words
    > Only Sam had a key
    -# D-1 · 4
    ");
    assert!(w.thread(FIRST).iter().any(|p| p.contains("> Nobody had a key")), "{:#?}", w.thread(FIRST));
    let form = w.slash_at(FIRST, "ines", "debrief edit", json!({ "item": "1" })).await;
    let reply = w.fill("ines", &form, json!({ "text": "Only Sam had a key" })).await;
    assert!(reply.text().contains("nothing had to change"), "{}", reply.text());
    let form = w.slash_at(FIRST, "ines", "debrief edit", json!({ "item": "1" })).await;
    w.slash_at(FIRST, "sam", "debrief close", json!({})).await;
    assert!(w.last_post(FIRST).contains("• Only Sam had a key"), "{}", w.last_post(FIRST));
    let reply = w.fill("ines", &form, json!({ "text": "It rained" })).await;
    assert!(reply.text().starts_with("This debrief was closed on"), "{}", reply.text());
    assert!(reply.text().contains("> It rained"), "what was typed is given back: {}", reply.text());
}

async fn a_childs_name_is_gone(w: &mut World) {
    start(w, false).await;
    add(w, "ines", "badly", "Leonhard's mother had no key").await;
    add(w, "ines", "well", "The tea").await;
    w.slash_at(FIRST, "ines", "debrief lesson", json!({ "text": "Ring twice at LEONHARD's" })).await;
    let form = w.slash_at(FIRST, "ines", "debrief edit", json!({ "item": "1" })).await;
    w.fill("ines", &form, json!({ "text": "Leonhard and his mother had no key" })).await;
    // It stands in the thread of the next ones as well.
    w.slash("ines", "debrief start", json!({ "work": "Mill Lane", "kind": "home visit" })).await;
    let next = LookedBack(2);
    assert!(w.thread(next).join("\n").contains("LEONHARD"), "{:#?}", w.thread(next));
    w.slash_at(FIRST, "sam", "debrief close", json!({})).await;

    let refused = w.slash_at(FIRST, "otto", "debrief redact", json!({ "item": "1" })).await;
    assert!(refused.text().starts_with("This is for those who take part"), "{}", refused.text());
    let form = w.slash_at(FIRST, "ines", "debrief redact", json!({ "item": "1" })).await;
    snap!(form.text(), @"
    Form: Remove words · D-1
    - Which words have to go? One a line. ★
    ");
    let reply = w.fill("ines", &form, json!({ "words": "Leonora" })).await;
    snap!(reply.text(), @"
    None of these words occurs there or in its history. Please write them as they stand there.
    This is what you typed, so that it is not lost:
    **words**:
    > Leonora
    ");
    let reply = redact(w, "ines", "1", "Leonhard's mother\nLeonhard").await;
    snap!(reply.text(), @"
    Recorded: the words are gone from item 1 of **D-1**, its history and its lesson. Panel and posts are rewritten in a moment.
    Where an item, the title, the summary or an action says the same, do it there too. Messages that people wrote themselves only they can delete.
    ");
    let thread = w.thread(FIRST).join("\n");
    assert!(!thread.contains("Leonhard") && thread.contains("LEONHARD"), "each item for itself: {thread}");
    // The manager of the team finds the other one.
    redact(w, "mara", "3", "leonhard").await;
    assert!(w.last_post(FIRST).starts_with("@mara removed words"), "{}", w.last_post(FIRST));
    let gone = |what: &str, text: &str| assert!(!text.to_lowercase().contains("leonhard"), "{what}: {text}");
    gone("card", &w.card(FIRST));
    gone("thread", &w.thread(FIRST).join("\n"));
    gone("the next thread", &w.thread(next).join("\n"));
    assert!(w.thread(next).join("\n").contains("Ring twice at"), "{:#?}", w.thread(next));
    for (who, command, options) in [
        ("sam", "debrief show", json!({ "number": "D-1" })),
        ("rita", "brief", json!({ "kind": "home visit" })),
    ] {
        let reply = w.slash(who, command, options).await;
        gone(command, reply.text());
    }
    let card = w.card(FIRST);
    assert!(card.contains("The tea") && card.contains("Ring twice at"), "{card}");
    // The whole of it: nothing is left to keep, to read, or to say something of.
    redact(w, "sam", "3", "Ring twice at\n's").await;
    let brief = w.slash("rita", "brief", json!({ "kind": "home visit" })).await;
    assert!(brief.text().contains("There are no lessons of such work yet"), "{}", brief.text());
    assert!(w.thread(next).join("\n").contains("What stood here was taken out"), "{:#?}", w.thread(next));
    let pressed = w.press_forged("rita", FIRST, "k1:d:1:mark:3:used").await;
    assert!(pressed.text().starts_with("It is no longer shown as a lesson"), "{}", pressed.text());
    if w.base == Base::Sqlite {
        for file in ["kaizen.db", "kaizen.db-wal"] {
            let bytes = std::fs::read(w.file().with_file_name(file)).unwrap_or_default().to_ascii_lowercase();
            let found = bytes.windows(8).filter(|part| part == b"leonhard").count();
            assert_eq!(found, 0, "the name is still in {file}");
        }
    }
}

async fn an_item_that_became_an_idea(w: &mut World) {
    start(w, false).await;
    add(w, "ines", "escalate", "A second key for Leonhard").await;
    w.slash_at(FIRST, "sam", "debrief close", json!({})).await;
    let reply = redact(w, "ines", "1", "Leonhard").await;
    snap!(reply.text(), @"
    Recorded: the words are gone from item 1 of **D-1**, its history and its lesson. Panel and posts are rewritten in a moment. It is an idea as well, **K-1**: `/idea redact` takes the words out of that one.
    Where an item, the title, the summary or an action says the same, do it there too. Messages that people wrote themselves only they can delete.
    ");
    assert!(!w.thread(FIRST).join("\n").contains("Leonhard"), "{:#?}", w.thread(FIRST));
    let idea = kaizen_tests::Idea(1);
    assert!(w.card(idea).contains("Leonhard"), "the idea has its own redaction");
    let form = w.slash_at(idea, "ines", "idea redact", json!({})).await;
    w.fill("ines", &form, json!({ "words": "Leonhard" })).await;
    assert!(!w.card(idea).contains("Leonhard"), "{}", w.card(idea));
}

async fn where_nobody_is_named(w: &mut World) {
    start(w, true).await;
    add(w, "ines", "badly", "Leonhard had no key").await;
    w.press("ines", FIRST, "Join").await;
    let before = stored(w, FIRST).await;
    let refused = w.slash_at(FIRST, "ines", "debrief edit", json!({ "item": "1" })).await;
    snap!(refused.text(), @"Nobody's name is kept with what is said here, so nobody can show that an item is theirs. Please add what you mean once more: `/debrief add`. Whoever leads the debrief can remove words that identify somebody: `/debrief redact`.");
    let refused = w.slash_at(FIRST, "ines", "debrief redact", json!({ "item": "1" })).await;
    snap!(refused.text(), @"Nobody's name is kept with what is said here, so nobody can show that an item is theirs. Whoever started the debrief, the team's managers and the coordinators can remove words. Please ask one of them; do not write the words again.");
    assert_eq!(offered(w, "ines", "debrief edit", "").await, [""; 0]);
    assert_eq!(stored(w, FIRST).await, before);
    redact(w, "sam", "1", "Leonhard").await;
    let all = format!("{}\n{}", w.card(FIRST), w.thread(FIRST).join("\n"));
    assert!(!all.contains("Leonhard") && all.contains("had no key") && !all.contains("@ines"), "{all}");
}

async fn a_restored_backup_forgets_again(w: &mut World) {
    start(w, false).await;
    add(w, "ines", "badly", "Leonhard had no key").await;
    w.slash_at(FIRST, "ines", "debrief lesson", json!({ "text": "Ring twice at LEONHARD's" })).await;
    let file = backup(w, "backup").await;
    redact(w, "ines", "1", "Leonhard").await;
    redact(w, "sam", "2", "Leonhard").await;
    expect_it_to_forget_again(w, &file, "had no key", "item_redacted").await;
}

/// From this backup comes the debrief with what is kept of it, and without the name that two redactions took out: each a
/// `fact` of the system's.
pub(crate) async fn expect_it_to_forget_again(w: &mut World, file: &Path, kept: &str, fact: &str) {
    let journal = std::fs::read_to_string(w.fresh().journal()).expect("there is a journal");
    assert_eq!(journal.lines().count(), 3, "{journal}");
    assert!(!journal.to_lowercase().contains("leonhard"), "{journal}");
    let thread = w.thread(FIRST);
    w.restore(file).await;
    assert!(format!("{:?}", stored(w, FIRST).await).contains("Leonhard"), "the backup is from before");
    w.start_program().await;
    w.look_around().await;
    let workspace = w.workspace().await.expect("a workspace").id;
    let number = kaizen_domain::debrief::DebriefNumber(1);
    let history = w.db.debrief_history(workspace, number).await.expect("the database answers");
    let said = format!("{:?} {history:?}", stored(w, FIRST).await).to_lowercase();
    assert!(!said.contains("leonhard") && said.contains(kept), "{said}");
    let by: Vec<_> = history.iter().filter(|s| s.event.fact.as_str() == fact).collect();
    assert_eq!(by.len(), 2);
    assert!(by.iter().all(|s| s.event.by == kaizen_domain::Who::System), "{by:?}");
    assert_eq!(w.thread(FIRST), thread, "nobody is told again, and nothing comes back");
    assert_eq!(std::fs::read_to_string(w.fresh().journal()).expect("a journal"), journal);
}
