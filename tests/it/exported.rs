//! `/kaizen export`: tables in a private answer. Everybody gets what is theirs, managers the ideas of their teams, whoever sets up
//! all of the workspace; nobody what others said in confidence, and no cell is a formula.

use std::collections::BTreeMap;

use kaizen_tests::{LookedBack, World, snap, story};
use serde_json::json;

story!(everybody_gets_what_they_may_have);
story!(debriefs_are_in_it);
story!(many_tables_in_several_messages, sqlite);

/// The tables that somebody gets, by name, as a spreadsheet shows them; and the answer.
async fn export(w: &mut World, who: &str) -> (BTreeMap<String, String>, String) {
    let reply = w.slash(who, "kaizen export", json!({})).await;
    assert!(reply.private(), "{}", reply.text());
    let message = w.sim.message(reply.message().id).expect("it stands");
    let mut tables = BTreeMap::new();
    for file in &message.attachments {
        let id = file["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
        let content = w.sim.read(|world| world.file(id).map(<[u8]>::to_vec)).expect("the file is kept");
        let text = String::from_utf8(content).expect("it is UTF-8");
        let text =
            text.strip_prefix('\u{feff}').expect("spreadsheets know that it is UTF-8").replace("\r\n", "\n");
        // The link leads to the same bytes.
        let url = file["url"].as_str().expect("an address");
        assert!(url.starts_with(&w.sim.base_url()), "{url}");
        tables.insert(file["filename"].as_str().expect("a name").to_owned(), text);
    }
    (tables, reply.text().to_owned())
}

async fn everybody_gets_what_they_may_have(w: &mut World) {
    let idea = w.suggest("sam", "=HYPERLINK(\"http://x\",\"Labels\"), please").await;
    w.press("rita", idea, "Me too").await;
    w.press("mara", idea, "Acknowledge").await;
    w.slash_at(idea, "mara", "idea accept", json!({ "reason": "Quickly done" })).await;
    w.slash_at(idea, "mara", "idea implemented", json!({ "what-changed": "There are labels" })).await;
    w.slash_at(idea, "rita", "idea feedback", json!({ "works": "it does not", "note": "Nobody reads them" }))
        .await;
    let gone = w.suggest("ines", "Leonhard needs a lamp").await;
    let form = w.slash_at(gone, "ines", "idea redact", json!({})).await;
    w.fill("ines", &form, json!({ "words": "Leonhard" })).await;
    w.slash_in("theatre", "otto", "suggest", json!({ "idea": "A clock for the theatre", "team": "Theatre" }))
        .await;

    let (own, said) = export(w, "sam").await;
    snap!(said, @r"
    Here is what you asked for, with 1 idea. Only you see this; open the tables in a spreadsheet.
    - `my-ideas` and `my-words`: your ideas, and all that you wrote about ideas and in debriefs. What you added to a debrief without names carries no name, so it cannot be found as yours.
    To be forgotten: `/kaizen forget-me`.
    ");
    snap!(own["my-ideas.csv"], @r#"
    number,team,area,stage,submitted,author,idea,proposal,benefit,responsible,owed,owed by,due,decision,decided,reason,outcome,supporters
    K-1,Ward 3,,implemented,2026-11-16T10:00:00Z,sam,"'=HYPERLINK(""http://x"",""Labels""), please",,,mara,outcome check,mara,2026-12-16T10:00:00Z,accepted,2026-11-16T10:00:00Z,Quickly done,,1
    "#);
    snap!(own["my-words.csv"], @r#"
    number,step,when,who,what,words
    K-1,1,2026-11-16T10:00:00Z,sam,submitted,"'=HYPERLINK(""http://x"",""Labels""), please"
    "#);
    assert_eq!(own.keys().collect::<Vec<_>>(), ["my-ideas.csv", "my-words.csv"]);

    // What rita said about it is in her own table, and in nobody else's.
    let (own, _) = export(w, "rita").await;
    snap!(own["my-words.csv"], @r"
    number,step,when,who,what,words
    K-1,2,2026-11-16T10:00:00Z,rita,supported,
    ");
    let (team, said) = export(w, "mara").await;
    snap!(said, @r"
    Here is what you asked for, with 2 ideas. Only you see this; open the tables in a spreadsheet.
    - `my-ideas` and `my-words`: your ideas, and all that you wrote about ideas and in debriefs. What you added to a debrief without names carries no name, so it cannot be found as yours.
    - `ideas` and `history`: the ideas of the teams that you manage, and what happened to them.
    - `debriefs` and `debrief-entries`: the debriefs of these teams, with what was said and taken on.
    What people answered to “does it work?” is in nobody's table. These files know nothing of words that are taken out later: keep them as short a time as you need them.
    To be forgotten: `/kaizen forget-me`.
    ");
    snap!(team["ideas.csv"], @r#"
    number,team,area,stage,submitted,author,idea,proposal,benefit,responsible,owed,owed by,due,decision,decided,reason,outcome,supporters
    K-2,Ward 3,,submitted,2026-11-16T10:00:00Z,ines,[removed] needs a lamp,,,mara,acknowledgement,mara,2026-11-18T10:00:00Z,,,,,0
    K-1,Ward 3,,implemented,2026-11-16T10:00:00Z,sam,"'=HYPERLINK(""http://x"",""Labels""), please",,,mara,outcome check,mara,2026-12-16T10:00:00Z,accepted,2026-11-16T10:00:00Z,Quickly done,,1
    "#);
    snap!(team["history.csv"], @r#"
    number,step,when,who,what,words
    K-2,2,2026-11-16T10:00:00Z,ines,redacted,
    K-2,1,2026-11-16T10:00:00Z,ines,submitted,[removed] needs a lamp
    K-1,5,2026-11-16T10:00:00Z,mara,implemented,There are labels
    K-1,4,2026-11-16T10:00:00Z,mara,accepted,Quickly done
    K-1,3,2026-11-16T10:00:00Z,mara,acknowledged,
    K-1,1,2026-11-16T10:00:00Z,sam,submitted,"'=HYPERLINK(""http://x"",""Labels""), please"
    "#);
    let (all, _) = export(w, "cleo").await;
    for table in team.values().chain(all.values()) {
        assert!(!table.contains("Nobody reads them") && !table.contains("Leonhard"), "{table}");
        assert!(!table.lines().any(|line| line.contains(",=")), "{table}");
    }
    assert!(!team.values().any(|table| table.contains("theatre")), "{team:#?}");
    assert!(all["ideas.csv"].contains("A clock for the theatre"), "{all:#?}");
    assert_eq!(all["ideas.csv"].lines().count(), 4, "{all:#?}");
    let (theatre, _) = export(w, "otto").await;
    assert!(!theatre["ideas.csv"].contains("lamp"), "{theatre:#?}");

    // Whoever is forgotten has no name in it any more.
    let asked = w.slash("sam", "kaizen forget-me", json!({})).await;
    w.press_on("sam", asked.message(), "Forget me").await;
    let (all, _) = export(w, "cleo").await;
    assert!(all["ideas.csv"].contains("a former member,[removed]"), "{all:#?}");
    assert!(!all.values().any(|table| table.contains("sam") || table.contains("Labels")), "{all:#?}");
    let (own, _) = export(w, "sam").await;
    assert!(own.values().all(|table| table.lines().count() == 1), "{own:#?}");
}

/// More tables than one message holds come in several, each with its place.
async fn many_tables_in_several_messages(w: &mut World) {
    w.suggest("sam", "Labels, please").await;
    w.files = 4;
    w.stop_program().await;
    w.start_program().await;
    let reply = w.slash("cleo", "kaizen export", json!({})).await;
    assert!(reply.private());
    assert!(
        reply.text().ends_with(
            "These are more tables than one message holds: they come in 2, and this is the first. If one is missing, ask once more."
        ),
        "{}",
        reply.text()
    );
    let with_files = |w: &World| -> Vec<(String, Vec<String>)> {
        w.sim.read(|world| {
            let all = world.all_messages();
            let to_cleo = all.iter().filter(|m| !m.attachments.is_empty()).map(|m| {
                assert!(m.ephemeral_for.is_some(), "only she sees it");
                let names = m.attachments.iter().filter_map(|f| f["filename"].as_str().map(str::to_owned));
                (m.content.clone(), names.collect())
            });
            to_cleo.collect()
        })
    };
    w.until(async || with_files(w).len() == 2).await;
    let messages = with_files(w);
    assert_eq!(messages[0].1, ["my-ideas.csv", "my-words.csv", "ideas.csv", "history.csv"]);
    assert_eq!(messages[1].1, ["debriefs.csv", "debrief-entries.csv"]);
    assert_eq!(messages[1].0, "More of the tables that you asked for: message 2 of 2.");
    // Whoever has few gets them in one, and nothing is said of others.
    let (own, said) = export(w, "sam").await;
    assert!(own.len() == 2 && !said.contains("the first"), "{said}");
}

async fn debriefs_are_in_it(w: &mut World) {
    let (first, second) = (LookedBack(1), LookedBack(2));
    w.slash("sam", "debrief start", json!({ "work": "=Hill Street", "kind": "Home visits" })).await;
    let add = |what: &str, text: &str| json!({ "what": what, "text": text });
    w.slash_at(first, "ines", "debrief add", add("badly", "@SUM(A1) was missing")).await;
    w.slash_at(first, "sam", "debrief add", add("escalate", "A second key")).await;
    w.slash_at(first, "ines", "debrief lesson", json!({ "text": "Ring twice" })).await;
    let options = json!({ "text": "Print the plan", "owner": "ines", "due": "23 November" });
    w.slash_at(first, "sam", "debrief action", options).await;
    w.slash_at(first, "sam", "debrief close", json!({ "summary": "Calm all the same" })).await;
    let nameless = json!({ "work": "Night shift", "anonymous-items": true });
    w.slash("sam", "debrief start", nameless).await;
    w.slash_at(second, "ines", "debrief add", add("escalate", "We were too few")).await;
    w.slash_at(second, "sam", "debrief close", json!({})).await;

    let (own, _) = export(w, "ines").await;
    snap!(own["my-words.csv"], @r"
    number,step,when,who,what,words
    D-1,5,2026-11-16T10:00:00Z,ines,lesson kept,
    D-1,4,2026-11-16T10:00:00Z,ines,item added,Ring twice
    D-1,2,2026-11-16T10:00:00Z,ines,item added,'@SUM(A1) was missing
    ");
    assert_eq!(own.keys().collect::<Vec<_>>(), ["my-ideas.csv", "my-words.csv"]);
    let (team, said) = export(w, "mara").await;
    assert!(said.starts_with("Here is what you asked for, with 2 ideas and 2 debriefs."), "{said}");
    snap!(team["debriefs.csv"], @r"
    number,team,work,kind of work,template,names,facilitator,started,closed,closed by,summary,participants
    D-2,Ward 3,Night shift,,review,without names,sam,2026-11-16T10:00:00Z,2026-11-16T10:00:00Z,sam,,1
    D-1,Ward 3,'=Hill Street,Home visits,review,with names,sam,2026-11-16T10:00:00Z,2026-11-16T10:00:00Z,sam,Calm all the same,2
    ");
    snap!(team["debrief-entries.csv"], @r#"
    number,entry,heading,words,author,lesson,idea,owner,due
    D-2,item 1,escalate,We were too few,without a name,,,,
    D-1,item 1,badly,'@SUM(A1) was missing,ines,,,,
    D-1,item 2,escalate,A second key,sam,,K-1,,
    D-1,item 3,lesson,Ring twice,ines,"kept, used 0 times",,,
    D-1,action 1,"action, open",Print the plan,,,,ines,2026-11-23T17:00:00Z
    "#);
    let (all, _) = export(w, "cleo").await;
    assert_eq!(
        (&all["debriefs.csv"], &all["debrief-entries.csv"]),
        (&team["debriefs.csv"], &team["debrief-entries.csv"])
    );
    // Another team's manager gets nothing of it, and nobody learns who said what without a name.
    let (theatre, _) = export(w, "otto").await;
    assert!(
        theatre["debriefs.csv"].lines().count() == 1 && theatre["debrief-entries.csv"].lines().count() == 1
    );
    for table in own.values() {
        assert!(!table.contains("too few"), "{table}");
    }
    for table in team.values().chain(all.values()) {
        assert!(
            !table.lines().any(|l| l.contains("too few") && (l.contains("ines") || l.contains("sam"))),
            "{table}"
        );
        assert!(
            !table.lines().any(|l| l.contains(",=") || l.contains(",@") || l.starts_with('=')),
            "{table}"
        );
    }
    // Forgotten, their words are in it no more; before, they are told what goes.
    let asked = w.slash("ines", "kaizen forget-me", json!({})).await;
    let said = asked.text();
    assert!(said.contains("(2 texts, 2 of them in debriefs)"), "{said}");
    assert!(said.contains("**Handed on**: 1 action of debriefs"), "{said}");
    w.press_on("ines", asked.message(), "Forget me").await;
    let (all, _) = export(w, "cleo").await;
    let entries = &all["debrief-entries.csv"];
    assert!(!entries.contains("Ring twice") && !entries.contains("ines"), "{entries}");
    assert!(entries.contains("a former member"), "{entries}");
}
