//! A child's name in the title, the summary or an action of a debrief: `/debrief redact item:title` (`summary`, `action-1`) takes it out
//! of panel, thread and its name, briefings, reminders, the history and the bytes of the database. An item, and the idea that came
//! of it, keep their own words.

use kaizen_tests::{Base, Idea, LookedBack, Reply, World, snap, story};
use serde_json::json;

use crate::debrief_items::expect_it_to_forget_again;
use crate::restored::backup;

story!(a_childs_name_is_gone);
story!(reminders_in_the_thread, sqlite);
story!(whoever_is_forgotten_takes_title_and_action_along, sqlite);
story!(a_restored_backup_forgets_again);

const FIRST: LookedBack = LookedBack(1);
const NEXT: LookedBack = LookedBack(2);

/// Sam leads; Ines owes an action that Otto wrote, and has escalated something.
async fn start(w: &mut World) {
    let options = json!({ "work": "Leonhard moves to Hill Street", "kind": "home visit" });
    w.slash("sam", "debrief start", options).await;
    w.slash_at(FIRST, "otto", "debrief add", json!({ "what": "well", "text": "The tea" })).await;
    let idea = json!({ "what": "escalate", "text": "A second key for Tobias" });
    w.slash_at(FIRST, "ines", "debrief add", idea).await;
    let action = json!({ "text": "Ring LEONHARD's mother", "owner": "ines", "due": "in 2 weeks" });
    w.slash_at(FIRST, "otto", "debrief action", action).await;
}

async fn redact(w: &mut World, who: &str, piece: &str, words: &str) -> Reply {
    let form = w.slash_at(FIRST, who, "debrief redact", json!({ "item": piece })).await;
    w.fill(who, &form, json!({ "words": words })).await
}

async fn offered(w: &World, who: &str, typed: &str) -> Vec<String> {
    let thread = w.thread_id(FIRST);
    let found = w.sim.person(who).autocomplete(thread, "debrief redact", ("item", typed), json!({})).await;
    found.expect("an answer").into_iter().map(|c| c.name).collect()
}

fn name(w: &World) -> String {
    w.sim.channel(w.thread_id(FIRST)).expect("a thread").name
}

async fn a_childs_name_is_gone(w: &mut World) {
    start(w).await;
    // It stands in the next thread, and in two reminders: that it is still open, and that the action is due.
    w.slash("ines", "debrief start", json!({ "work": "Mill Lane", "kind": "home visit" })).await;
    w.advance("26h").await;
    assert!(w.last_dm("sam").contains("Leonhard moves"), "{}", w.last_dm("sam"));
    w.slash_at(FIRST, "ines", "debrief close", json!({ "summary": "Leonhard laughed" })).await;
    w.slash_at(NEXT, "ines", "debrief close", json!({})).await;
    w.advance("240h").await;
    assert!(w.dms("ines").join("\n").contains("LEONHARD"), "{:#?}", w.dms("ines"));
    assert!(w.thread(NEXT).join("\n").contains("LEONHARD"), "{:#?}", w.thread(NEXT));
    assert!(name(w).contains("Leonhard"), "{}", name(w));

    let all = offered(w, "sam", "").await.join("\n");
    snap!(all, @"
    2 · Escalate · A second key for Tobias
    1 · Went well · The tea
    Title · Leonhard moves to Hill Street
    Summary · Leonhard laughed
    Action 1 · Ring LEONHARD's mother
    ");
    assert_eq!(
        offered(w, "otto", "").await,
        ["1 · Went well · The tea", "Action 1 · Ring LEONHARD's mother"]
    );
    assert_eq!(offered(w, "sam", "title").await, ["Title · Leonhard moves to Hill Street"]);
    let refused = w.slash_at(FIRST, "otto", "debrief redact", json!({ "item": "title" })).await;
    snap!(refused.text(), @"Words are removed by whoever wrote them, whoever started the debrief, the team's managers or the coordinators. Please ask one of them; do not write the words again.");
    let refused = w.slash_at(FIRST, "sam", "debrief redact", json!({ "item": "leonhard" })).await;
    assert!(refused.text().starts_with("It is not clear which item you mean"), "{}", refused.text());
    let refused = w.slash_at(NEXT, "ines", "debrief redact", json!({ "item": "summary" })).await;
    snap!(refused.text(), @"There is no summary in this debrief, so nothing can be taken out of it. `/debrief show` shows what is there.");
    let refused = w.slash_at(FIRST, "sam", "debrief redact", json!({ "item": "action 7" })).await;
    snap!(refused.text(), @"There is no action 7 here. Open are: `1`.");

    let reply = redact(w, "sam", "title", "leonhard").await;
    snap!(reply.text(), @"
    Recorded: the words are gone from the title of **D-1** and its history. Panel and thread take the new name in a moment.
    Where an item, the title, the summary or an action says the same, do it there too. Messages that people wrote themselves only they can delete.
    ");
    snap!(name(w), @"D-1 [removed] moves to Hill Street");
    let reply = redact(w, "ines", "laughed", "leonhard").await;
    snap!(reply.text(), @"
    Recorded: the words are gone from the summary of **D-1** and its history. Panel and post are rewritten in a moment.
    Where an item, the title, the summary or an action says the same, do it there too. Messages that people wrote themselves only they can delete.
    ");
    let reply = redact(w, "otto", "action-1", "leonhard").await;
    snap!(reply.text(), @"
    Recorded: the words are gone from action 1 of **D-1** and its history. Panel, posts, briefings and reminders are rewritten in a moment.
    Where an item, the title, the summary or an action says the same, do it there too. Messages that people wrote themselves only they can delete.
    ");
    snap!(w.last_post(FIRST), @"
    @otto removed words that should not stand here.
    -# D-1 · 10
    ");
    w.settle().await;

    let gone = |what: &str, text: &str| assert!(!text.to_lowercase().contains("leonhard"), "{what}: {text}");
    gone("card", &w.card(FIRST));
    gone("thread", &w.thread(FIRST).join("\n"));
    gone("the next thread", &w.thread(NEXT).join("\n"));
    for who in ["sam", "ines", "mara"] {
        gone(who, &w.dms(who).join("\n"));
    }
    let reminded = w.dms("ines").join("\n");
    assert!(reminded.contains("what stood here was cleared"), "{reminded}");
    assert!(w.thread(NEXT).join("\n").contains("removed\\]'s mother"), "{:#?}", w.thread(NEXT));
    for (who, command, options) in [
        ("sam", "debrief show", json!({ "number": "D-1" })),
        ("rita", "brief", json!({ "kind": "home visit" })),
        ("ines", "my", json!({})),
    ] {
        let reply = w.slash(who, command, options).await;
        gone(command, reply.text());
    }
    // What comes after says it without the name.
    w.advance("120h").await;
    gone("later", &w.dms("ines").join("\n"));
    assert!(w.dms("ines").join("\n").contains("removed\\]'s mother"), "{:#?}", w.dms("ines"));
    // The idea that came of it, and the item, are another matter.
    assert!(w.card(Idea(1)).contains("Tobias") && w.card(FIRST).contains("Tobias"), "{}", w.card(FIRST));
    if w.base == Base::Sqlite {
        for file in ["kaizen.db", "kaizen.db-wal"] {
            let bytes = std::fs::read(w.file().with_file_name(file)).unwrap_or_default().to_ascii_lowercase();
            let found = bytes.windows(8).filter(|part| part == b"leonhard").count();
            assert_eq!(found, 0, "the name is still in {file}");
        }
    }
}

/// Where direct messages are closed reminders stand in the thread.
async fn reminders_in_the_thread(w: &mut World) {
    w.expected_statuses.push(403);
    w.sim.close_dms("ines", true);
    start(w).await;
    w.slash_at(FIRST, "sam", "debrief close", json!({})).await;
    w.advance("240h").await;
    let reminded = |w: &World| w.thread(FIRST).iter().filter(|p| p.contains("Coming up")).cloned().collect();
    let before: Vec<String> = reminded(w);
    assert!(before.len() == 1 && before[0].contains("LEONHARD"), "{before:#?}");
    redact(w, "ines", "action-1", "leonhard's").await;
    w.settle().await;
    let after: Vec<String> = reminded(w);
    assert!(after.len() == 1 && after[0].contains("what stood here was cleared"), "{after:#?}");
    assert!(!w.thread(FIRST).join("\n").contains("LEONHARD"), "{:#?}", w.thread(FIRST));
}

/// The title was Sam's, the action Otto's; Ines was reminded of it.
async fn whoever_is_forgotten_takes_title_and_action_along(w: &mut World) {
    start(w).await;
    w.slash_at(FIRST, "sam", "debrief close", json!({})).await;
    w.advance("240h").await;
    assert!(w.dms("ines").join("\n").contains("LEONHARD"), "{:#?}", w.dms("ines"));
    for who in ["sam", "otto"] {
        let asked = w.slash(who, "kaizen forget-me", json!({})).await;
        w.press_on(who, asked.message(), "Forget me").await;
    }
    w.settle().await;
    snap!(name(w), @"D-1 [removed]");
    let all = [w.card(FIRST), w.thread(FIRST).join("\n"), w.dms("ines").join("\n")].join("\n");
    assert!(!all.to_lowercase().contains("leonhard"), "{all}");
    assert!(all.contains("what stood here was cleared"), "{all}");
}

async fn a_restored_backup_forgets_again(w: &mut World) {
    start(w).await;
    let file = backup(w, "backup").await;
    redact(w, "sam", "title", "Leonhard").await;
    redact(w, "sam", "action-1", "Leonhard").await;
    let named = name(w);
    expect_it_to_forget_again(w, &file, "moves to hill street", "words_removed").await;
    assert_eq!(name(w), named, "the old name does not come back");
}
