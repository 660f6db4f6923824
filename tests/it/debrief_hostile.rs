//! Hostile text in every field of debriefs and briefings, forged buttons, places and people that are gone: nobody is pinged by it,
//! the platform refuses nothing that is made of it, nothing empty is accepted, and a refusal changes nothing.

use discord_sim::Answer;
use kaizen_domain::debrief::DebriefNumber;
use kaizen_tests::hospital::{GUILD, RECEPTION};
use kaizen_tests::{Idea, LookedBack, Reply, World, story};
use kaizen_workflow::debriefs::{DebriefRef, Debriefs, StoredDebrief};
use kaizen_workflow::ports::Queries;
use serde_json::{Value, json};

use crate::hostile::{expect_no_fault, expect_nobody_pinged, texts};

story!(every_field);
story!(pages_full_of_it, sqlite);
story!(nothing_empty_is_accepted, sqlite);
story!(forged_buttons_do_nothing, sqlite);
story!(nothing_crosses_communities, neighbours);
story!(what_cannot_be_routed);

const FIRST: LookedBack = LookedBack(1);

/// All that the database holds of a debrief, to see that nothing changed.
pub(crate) async fn stored(w: &World, debrief: LookedBack) -> StoredDebrief {
    let workspace = w.workspace().await.expect("a workspace").id;
    let which = DebriefRef::Number(DebriefNumber(debrief.0));
    let found = w.db.load_debrief(workspace, which).await.expect("the database answers");
    found.unwrap_or_else(|| panic!("there is no {debrief}"))
}

async fn debriefs(w: &World) -> usize {
    let workspace = w.workspace().await.expect("a workspace").id;
    w.db.debrief_numbers(workspace).await.expect("the database answers").len()
}

/// The number in "**D-1** is started".
fn started(reply: &Reply) -> Option<LookedBack> {
    let (number, _) = reply.text().strip_prefix("**D-")?.split_once("** is started.")?;
    number.parse().ok().map(LookedBack)
}

async fn every_field(w: &mut World) {
    for (name, text) in texts() {
        life_full_of(w, name, &text).await;
    }
    expect_nobody_pinged(w);
}

/// A debrief in which every field holds the text. What the rules refuse (too long) is typed again shorter.
async fn life_full_of(w: &mut World, name: &str, text: &str) {
    let cut = |most: usize| text.chars().take(most).collect::<String>();
    let (title, mid) = (cut(90), cut(900));
    let as_it_is =
        json!({ "work": text, "kind": text, "template": text, "anonymous-items": name == "emoji" });
    let reply = w.slash_forged("sam", "debrief start", as_it_is).await;
    expect_no_fault(name, reply.text());
    assert!(started(&reply).is_none(), "{name}: no template is called so: {}", reply.text());
    // A kind needs a letter or a digit; without one it is said, and what was typed is not lost.
    let reply = w.slash_forged("sam", "debrief start", json!({ "work": title, "kind": cut(50) })).await;
    expect_no_fault(name, reply.text());
    let kind = started(&reply).is_some();
    let debrief = match started(&reply) {
        Some(debrief) => debrief,
        None => {
            let reply = w.slash_forged("sam", "debrief start", json!({ "work": title })).await;
            started(&reply).unwrap_or_else(|| panic!("{name}: {}", reply.text()))
        }
    };
    let lettered = cut(50).chars().any(char::is_alphanumeric);
    assert_eq!(kind, lettered, "{name}: {}", reply.text());

    let steps = |long: &str| {
        vec![
            ("ines", "debrief add", json!({ "what": "well", "text": long })),
            ("sam", "debrief add", json!({ "what": "badly", "text": long })),
            ("sam", "debrief add", json!({ "what": "better", "text": long })),
            ("ines", "debrief add", json!({ "what": "escalate", "text": long })),
            ("ines", "debrief lesson", json!({ "text": long })),
            ("sam", "debrief action", json!({ "text": long, "owner": "ines", "due": "in 2 weeks" })),
            ("sam", "debrief action", json!({ "text": long, "owner": "ines", "due": "in 3 weeks" })),
            ("ines", "debrief done", json!({ "action": 1 })),
        ]
    };
    for (who, command, mut options) in steps(&mid) {
        options["number"] = json!(debrief.to_string());
        let reply = w.slash_forged(who, command, options).await;
        expect_no_fault(&format!("{name}, /{command}"), reply.text());
        let did =
            ["Added to", "Kept as", "Recorded in", "Done: "].iter().any(|b| reply.text().starts_with(b));
        assert!(did, "{name}, /{command}: {}", reply.text());
    }
    by_form(w, name, debrief, &mid).await;
    let before = stored(w, debrief).await;
    // The same with dates and choices made of it, or with the text as it is, where that is too long.
    let mut refused = vec![
        ("sam", "debrief action", json!({ "text": mid, "owner": "ines", "due": text })),
        ("sam", "debrief add", json!({ "what": text, "text": mid })),
        ("sam", "debrief show", json!({ "number": text })),
        ("sam", "debrief close", json!({ "summary": text, "number": text })),
    ];
    if text.chars().count() > 1500 {
        refused.extend(steps(text).into_iter().filter(|(_, command, _)| *command != "debrief done"));
        refused.push(("sam", "debrief close", json!({ "summary": text })));
    }
    for (who, command, mut options) in refused {
        if options.get("number").is_none() {
            options["number"] = json!(debrief.to_string());
        }
        let reply = w.slash_forged(who, command, options).await;
        expect_no_fault(&format!("{name}, /{command}"), reply.text());
        assert!(reply.private(), "{name}, /{command}: {}", reply.text());
        assert_eq!(stored(w, debrief).await, before, "{name}, /{command}: {}", reply.text());
    }
    let show = w.slash_at(debrief, "sam", "debrief show", json!({})).await;
    expect_no_fault(name, show.text());
    let form = w.press("sam", debrief, "Close").await;
    let reply = w.fill("sam", &form, json!({ "summary": mid })).await;
    assert!(reply.text().contains(" is closed"), "{name}: {}", reply.text());
    // What comes after it: read, remembered, put together, and everything once more.
    for (who, command, options) in [
        ("otto", "brief", json!({ "kind": text })),
        ("otto", "brief", json!({ "kind": cut(50) })),
        ("ines", "my", json!({})),
        ("cleo", "kaizen kinds", json!({ "from": text, "into": text })),
        ("cleo", "kaizen kinds", json!({ "from": cut(50), "into": cut(50) })),
        ("sam", "debrief show", json!({ "number": debrief.to_string() })),
        ("mara", "digest preview", json!({})),
    ] {
        let reply = w.slash_forged(who, command, options).await;
        expect_no_fault(&format!("{name}, /{command}"), reply.text());
    }
    for (who, command, mut options) in steps(&mid) {
        options["number"] = json!(debrief.to_string());
        expect_no_fault(
            &format!("{name}, closed, /{command}"),
            w.slash_forged(who, command, options).await.text(),
        );
    }
    if kind {
        // The next ones read it in their thread, however it is written.
        let shouted = cut(50).to_uppercase();
        let reply = w.slash_forged("ines", "debrief start", json!({ "work": "Next", "kind": shouted })).await;
        expect_no_fault(name, reply.text());
        let brief = w.slash_forged("otto", "brief", json!({ "kind": cut(50) })).await;
        w.press_on("otto", brief.message(), "1 · Used").await;
    }
    let offered = w.complete("otto", "brief", "kind", &cut(100)).await;
    assert!(offered.len() <= 25);
    w.advance("5 working days").await;
}

/// The panel's forms, and a message of the thread.
async fn by_form(w: &mut World, name: &str, debrief: LookedBack, mid: &str) {
    let form = w.press("ines", debrief, "Went badly").await;
    let reply = w.fill("ines", &form, json!({ "text": mid })).await;
    assert!(reply.text().starts_with("Added to"), "{name}: {}", reply.text());
    let thread = w.thread_id(debrief);
    if let Ok(said) = w.sim.person("sam").say(thread, &mid.chars().take(1900).collect::<String>()).await {
        let form = w.on_message("sam", &said, "Add to debrief").await;
        let reply = w.fill("sam", &form, json!({ "what": "well" })).await;
        assert!(reply.text().starts_with("Added to"), "{name}: {}", reply.text());
        let form = w.on_message("sam", &said, "Add to debrief").await;
        let reply = w.fill("sam", &form, json!({ "what": mid.chars().take(20).collect::<String>() })).await;
        expect_no_fault(name, reply.text());
    }
    // Said better, then without some of its words.
    let form = w.slash_at(debrief, "ines", "debrief edit", json!({ "item": "1" })).await;
    let reply = w.fill("ines", &form, json!({ "text": format!("Better: {mid}") })).await;
    assert!(reply.text().starts_with("Recorded: the new words"), "{name}: {}", reply.text());
    for typed in [mid.to_owned(), mid.chars().take(100).collect()] {
        let named = json!({ "item": typed, "number": debrief.to_string() });
        expect_no_fault(name, w.slash_forged("sam", "debrief redact", named).await.text());
    }
    let words: String = mid.lines().next().unwrap_or_default().chars().take(900).collect();
    let form = w.slash_at(debrief, "ines", "debrief redact", json!({ "item": "1" })).await;
    let sent = w.sim.person("ines").submit_modal(form.form(), json!({ "words": words })).await;
    if let Ok(sent) = sent {
        let reply = w.reply(sent).await;
        expect_no_fault(name, reply.text());
    }
    // One letter out of the title makes it many times as long.
    for (piece, words) in
        [("title", "a\ne\no"), ("title", words.as_str()), ("Action 1", "a"), ("summary", "a")]
    {
        let named = json!({ "item": piece, "number": debrief.to_string() });
        let reply = w.slash("sam", "debrief redact", named).await;
        let Answer::Modal(_) = &reply.answer else {
            expect_no_fault(name, reply.text());
            continue;
        };
        if let Ok(sent) = w.sim.person("sam").submit_modal(reply.form(), json!({ "words": words })).await {
            let reply = w.reply(sent).await;
            expect_no_fault(name, reply.text());
        }
    }
    let posts = w.sim.messages(thread);
    let post = posts.into_iter().rev().find(|m| m.buttons().contains(&"Keep as lesson".to_owned()));
    let reply = w.press_on("ines", &post.expect("a button"), "Keep as lesson").await;
    assert!(reply.text().starts_with("Kept as a lesson"), "{name}: {}", reply.text());
}

/// Panel, summary, briefings and digest where everything that they hold is as long, and grows as much in the writing, as it can.
async fn pages_full_of_it(w: &mut World) {
    w.slash("sam", "debrief start", json!({ "work": "*".repeat(100), "kind": "home visit" })).await;
    for (name, text) in texts() {
        let text: String = text.chars().take(1000).collect();
        for what in ["well", "badly", "better", "escalate"] {
            let reply =
                w.slash_forged("ines", "debrief add", json!({ "what": what, "text": text, "number": "D-1" }));
            assert!(reply.await.text().starts_with("Added to"), "{name}");
        }
        let reply = w.slash_forged("ines", "debrief lesson", json!({ "text": text, "number": "D-1" })).await;
        assert!(reply.text().starts_with("Added to"), "{name}: {}", reply.text());
    }
    for due in ["in 2 weeks", "in 3 weeks", "in 4 weeks"] {
        let text = "*".repeat(1000);
        let options = json!({ "text": text, "owner": "ines", "due": due, "number": "D-1" });
        assert!(w.slash_forged("sam", "debrief action", options).await.text().starts_with("Recorded in"));
    }
    let show = w.slash("sam", "debrief show", json!({ "number": "D-1" })).await;
    assert!(show.text().contains("Went well (13)") && show.text().contains("Lesson (13)"), "{}", show.text());
    let summary = json!({ "summary": "*".repeat(1500), "number": "D-1" });
    let closed = w.slash_forged("sam", "debrief close", summary).await;
    assert!(closed.text().contains(" is closed"), "{}", closed.text());
    // Every page forward, then back to the first.
    let mut page = w.slash("otto", "brief", json!({ "kind": "home visits" })).await;
    let mut seen = 0;
    loop {
        seen += page.message().buttons().iter().filter(|b| b.ends_with("No longer true")).count();
        if !page.message().buttons().contains(&"Next".to_owned()) {
            break;
        }
        page = w.press_on("otto", page.message(), "Next").await;
    }
    assert_eq!(seen, 13, "each lesson on one page");
    for _ in 0..3 {
        page = w.press_on("otto", page.message(), "Previous").await;
    }
    assert!(!page.message().buttons().contains(&"Previous".to_owned()), "{}", page.text());
    // Behind the last page there is a way back as well.
    let beyond = w.press_forged("otto", FIRST, "k1:brief:1:99").await;
    assert!(beyond.text().contains("There are no more lessons here"), "{}", beyond.text());
    let first = w.press_on("otto", beyond.message(), "Previous").await;
    assert!(
        first.text().contains("Lesson 1") && first.text().contains("Still to be done"),
        "{}",
        first.text()
    );
    w.slash("ines", "debrief start", json!({ "work": "Mill Lane", "kind": "home visit" })).await;
    assert!(w.thread(LookedBack(2)).join("\n").contains("What is known of such work"));
    for (who, command) in [("mara", "digest preview"), ("otto", "measures"), ("ines", "my")] {
        expect_no_fault(command, w.slash(who, command, json!({})).await.text());
    }
    w.advance("6 working days").await;
}

async fn nothing_empty_is_accepted(w: &mut World) {
    let words = json!({ "work": "Hill Street", "kind": "home visit" });
    w.slash("sam", "debrief start", words).await;
    w.slash_at(FIRST, "ines", "debrief add", json!({ "what": "well", "text": "The tea" })).await;
    let before = stored(w, FIRST).await;
    let form = w.press("ines", FIRST, "Went well").await;
    for nothing in ["", " ", "\u{200B}\u{2060}", "\u{202E}", "\u{0}\u{7}", "\n\t\r", "\u{2800}", "\u{3164}"] {
        for (command, mut options) in [
            ("debrief add", json!({ "what": "well", "text": nothing })),
            ("debrief add", json!({ "what": nothing, "text": "The tea" })),
            ("debrief add", json!({ "what": "well" })),
            ("debrief lesson", json!({ "text": nothing })),
            ("debrief lesson", json!({})),
            ("debrief action", json!({ "text": nothing, "owner": "ines", "due": "in 2 weeks" })),
            ("debrief action", json!({ "text": "Look", "owner": "ines", "due": nothing })),
            ("debrief action", json!({ "text": "Look", "due": "in 2 weeks" })),
            ("debrief action", json!({ "text": "Look", "owner": "ines" })),
            ("debrief done", json!({})),
        ] {
            options["number"] = json!("D-1");
            let reply = w.slash_forged("sam", command, options).await;
            assert!(reply.private(), "/{command} {nothing:?}: {}", reply.text());
            assert_eq!(stored(w, FIRST).await, before, "/{command} {nothing:?}: {}", reply.text());
        }
        for (who, command, options) in [
            ("sam", "debrief start", json!({ "work": nothing })),
            ("sam", "debrief start", json!({ "work": "Mill Lane", "kind": nothing })),
            ("sam", "debrief start", json!({ "kind": "home visit" })),
            ("sam", "brief", json!({ "kind": nothing })),
            ("cleo", "kaizen kinds", json!({ "from": nothing, "into": "home visit" })),
            ("cleo", "kaizen kinds", json!({ "from": "home visit", "into": nothing })),
        ] {
            let begun = debriefs(w).await;
            let reply = w.slash_forged(who, command, options.clone()).await;
            // An option that may be left out, and holds nothing, is left out.
            let left_out = options["work"] == "Mill Lane" && nothing.trim().is_empty();
            let expected = begun + usize::from(left_out);
            assert_eq!(debriefs(w).await, expected, "/{command} {nothing:?}: {}", reply.text());
        }
        let sent = w.sim.person("ines").submit_modal(form.form(), json!({ "text": nothing })).await;
        if let Ok(sent) = sent {
            let reply = w.reply(sent).await;
            assert_eq!(stored(w, FIRST).await, before, "{nothing:?}: {}", reply.text());
        }
    }
    // Nothing to say at the end is fine; it is not kept as a text.
    w.slash_forged("sam", "debrief close", json!({ "summary": "\u{200B}\u{2800}", "number": "D-1" })).await;
    let summary = match stored(w, FIRST).await.debrief.stage {
        kaizen_domain::debrief::Stage::Closed { summary, .. } => summary,
        kaizen_domain::debrief::Stage::Started => panic!("it is closed"),
    };
    assert_eq!(summary, None);
}

async fn forged_buttons_do_nothing(w: &mut World) {
    w.slash("sam", "debrief start", json!({ "work": "Hill Street", "kind": "home visit" })).await;
    w.slash_at(FIRST, "ines", "debrief add", json!({ "what": "well", "text": "The tea" })).await;
    let options = json!({ "text": "Look", "owner": "ines", "due": "in 2 weeks" });
    w.slash_at(FIRST, "sam", "debrief action", options).await;
    let before = stored(w, FIRST).await;
    let forged = [
        "k1:d:0:join",
        "k1:d:2:join",
        "k1:d:-1:join",
        "k1:d:99999999999999999999:join",
        "k1:d:1:join:1",
        "k2:d:1:join",
        "k1:d:1:add",
        "k1:d:1:add:weather",
        "k1:d:1:add:lesson",
        "k1:d:1:add:expected",
        "k1:d:2:add:well",
        "k1:d:2:close",
        "k1:d:1:message:1:1:1",
        "k1:d:1:message:x:1:1",
        "k1:d:1:keep:0",
        "k1:d:1:keep:2",
        "k1:d:1:keep:4294967295",
        "k1:d:1:keep:4294967296",
        "k1:d:1:edit:0",
        "k1:d:1:edit:1",
        "k1:d:1:edit:2",
        "k1:d:1:redact:0",
        "k1:d:1:redact:2",
        "k1:d:1:redact:x",
        "k1:d:1:redact:summary",
        "k1:d:1:redact:action",
        "k1:d:1:redact:action-0",
        "k1:d:1:redact:action-9",
        "k1:d:1:redact:action-4294967296",
        "k1:d:1:done:0",
        "k1:d:1:done:2",
        "k1:d:1:done:4294967295",
        "k1:d:1:mark:0:used",
        "k1:d:1:mark:1:used",
        "k1:d:1:mark:4294967295:no-longer-true",
        "k1:d:1:mark:1:true",
        "k1:d:2:mark:1:used",
        "k1:brief:1:4294967295",
        "k1:brief:7:0",
        "k1:brief:1",
        "k1:d:1:fire",
        "k1:d",
    ];
    for forged in forged {
        for who in ["sam", "rita"] {
            let reply = w.press_forged(who, FIRST, forged).await;
            match &reply.answer {
                Answer::Message(message) => assert!(message.ephemeral_for.is_some(), "{forged}"),
                other => panic!("{forged} by {who}: {other:?}"),
            }
            assert!(reply.text().split_whitespace().count() >= 4, "{forged}: {}", reply.text());
            assert!(!reply.text().contains("Sorry"), "{forged}: {}", reply.text());
            assert_eq!(stored(w, FIRST).await, before, "{forged} by {who}: {}", reply.text());
        }
    }
}

/// In another community the same numbers, kinds and buttons are nothing.
async fn nothing_crosses_communities(w: &mut World) {
    w.slash("sam", "debrief start", json!({ "work": "Hill Street", "kind": "home visit" })).await;
    w.slash_at(FIRST, "ines", "debrief lesson", json!({ "text": "Ring twice" })).await;
    let options = json!({ "text": "Look", "owner": "ines", "due": "in 2 weeks" });
    w.slash_at(FIRST, "sam", "debrief action", options).await;
    w.slash_in(RECEPTION, "otto", "suggest", json!({ "idea": "A bell at the desk" })).await;
    let before = stored(w, FIRST).await;
    for (command, options, says) in [
        ("debrief show", json!({ "number": "D-1" }), "There is no debrief D-1 here"),
        (
            "debrief add",
            json!({ "number": "D-1", "what": "well", "text": "Hello" }),
            "There is no debrief D-1",
        ),
        ("debrief lesson", json!({ "number": "D-1", "text": "Hello" }), "There is no debrief D-1"),
        (
            "debrief action",
            json!({ "number": "D-1", "text": "Hello", "owner": "rita", "due": "in 2 weeks" }),
            "There is no debrief D-1",
        ),
        ("debrief done", json!({ "number": "D-1", "action": 1 }), "There is no debrief D-1"),
        ("debrief close", json!({ "number": "D-1" }), "There is no debrief D-1"),
        ("brief", json!({ "kind": "home visit" }), "Nothing is known yet of such work"),
        (
            "kaizen kinds",
            json!({ "from": "home visit", "into": "call" }),
            "Nothing is known yet of such work",
        ),
    ] {
        let reply = w.slash_in(RECEPTION, "otto", command, options).await;
        assert!(reply.text().starts_with(says), "/{command}: {}", reply.text());
        assert_eq!(stored(w, FIRST).await, before, "/{command}");
    }
    let offered = w.sim.person("otto").autocomplete(RECEPTION, "brief", ("kind", "home"), json!({})).await;
    assert!(offered.expect("an answer").is_empty());
    let card = w.sim.messages(RECEPTION).into_iter().find(|m| !m.buttons().is_empty()).expect("a card");
    for id in [
        "k1:d:1:join",
        "k1:d:1:add:well",
        "k1:d:1:close",
        "k1:d:1:keep:1",
        "k1:d:1:done:1",
        "k1:d:1:mark:1:used",
        "k1:brief:1:0",
    ] {
        let sent =
            w.sim.person("otto").press_raw(card.channel_id, card.id, id).await.expect("it can be sent");
        let reply = w.reply(sent).await;
        assert!(reply.text().starts_with("There is no debrief D-1 here"), "{id}: {}", reply.text());
        assert_eq!(stored(w, FIRST).await, before, "{id}");
    }
    // It has a D-1 of its own, and nothing of the other one's.
    w.slash_in(RECEPTION, "otto", "debrief start", json!({ "work": "The desk", "kind": "Home visits" }))
        .await;
    let brief = w.slash_in(RECEPTION, "rita", "brief", json!({ "kind": "home visit" })).await;
    assert!(!brief.text().contains("Ring twice"), "{}", brief.text());
    assert_eq!(stored(w, FIRST).await, before);
}

/// The team is gone, its channel is gone, its manager has left, whoever is named has left: each is said, nothing is lost.
async fn what_cannot_be_routed(w: &mut World) {
    w.expected_statuses.push(404);
    w.slash_in("theatre", "otto", "debrief start", json!({ "work": "The night list" })).await;
    for text in ["A second key", "A lamp for the stairs"] {
        w.slash_at(FIRST, "ines", "debrief add", json!({ "what": "escalate", "text": text })).await;
    }
    let options: Value = json!({ "text": "Look", "owner": "rita", "due": "in 2 weeks", "number": "D-1" });
    w.slash_forged("otto", "debrief action", options.clone()).await;
    w.look_around().await;
    // Whoever is named for an action is not here any more: what they had goes on, and they get no more.
    w.sim.remove_member(GUILD, "rita");
    w.advance("24h").await;
    w.look_around().await;
    let before = stored(w, FIRST).await;
    assert!(
        before.debrief.open_actions().count() == 1 && w.card(FIRST).contains("Look · @otto"),
        "{}",
        w.card(FIRST)
    );
    let reply = w.slash_forged("otto", "debrief action", options).await;
    assert!(reply.text().starts_with("The person whom you named has left"), "{}", reply.text());
    assert_eq!(stored(w, FIRST).await, before);
    // Nobody manages the team, the team is removed, and its channel with the thread is deleted.
    w.sim.remove_member(GUILD, "noor");
    w.advance("24h").await;
    w.look_around().await;
    w.slash("cleo", "kaizen team remove", json!({ "name": "Theatre" })).await;
    w.sim.delete_channel("theatre");
    let reply = w.slash_forged("otto", "debrief close", json!({ "number": "D-1" })).await;
    assert!(reply.text().contains(" is closed"), "{}", reply.text());
    for (idea, text) in [(Idea(1), "A second key"), (Idea(2), "A lamp for the stairs")] {
        let stored = w.stored(idea.0).await;
        assert!(stored.suggestion.open_requirement().is_some(), "{idea} has somebody who answers");
        let card = w.card(idea);
        assert!(card.contains(text) && card.contains("Responsible: @"), "{card}");
    }
    let workspace = w.workspace().await.expect("a workspace").id;
    let ideas = w.db.numbers(workspace).await.expect("the database answers");
    assert_eq!(ideas.len(), 2);
}
