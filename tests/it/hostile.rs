//! Hostile text in every field: nobody is pinged by it, the platform refuses nothing that is made of it, and nothing empty is
//! accepted.

use kaizen_tests::{World, hospital, idea_of, story};
use serde_json::json;

story!(every_field);
story!(nothing_empty_is_accepted, sqlite);

/// What somebody could type, or a broken client send.
pub(crate) fn texts() -> Vec<(&'static str, String)> {
    vec![
        ("mentions", "<@17> <@!16> @everyone @here <@&1000> <#2004> </suggest:1> <t:1:R> @otto".into()),
        ("markdown", "**b** _i_ ~~s~~ ||x|| `c` ```\ncode\n``` # h\n> q\n>>> all\n- l\n1. n\n-# small [x](https://evil.test) https://discord.gg/abc".into()),
        ("six thousand", "x".repeat(6000)),
        ("a thousand stars", "*".repeat(1000)),
        ("backslashes", "\\".repeat(900)),
        ("emoji", "🙂".repeat(700)),
        ("families", "👨‍👩‍👧‍👦".repeat(90)),
        ("right to left", "\u{202E}مرحبا بالعالم\u{2066} שלום \u{200F}".into()),
        ("control", "a\u{0}b\u{7}\u{1b}[31mred\u{1b}[0m\r\n\u{85}\u{2028}\t".into()),
        ("marks", format!("e{}", "\u{301}".repeat(800))),
        ("lines", format!("{}end", "x\n".repeat(450))),
        ("code", "'; DROP TABLE suggestions; -- \" OR 1=1 {{7*7}} ${x} <script>alert(1)</script> %s %n".into()),
        ("an id", "k1:acknowledge:1:0 K-1 · 1".into()),
    ]
}

async fn every_field(w: &mut World) {
    for (name, text) in texts() {
        life_full_of(w, name, &text).await;
        set_up_full_of(w, &text).await;
    }
    expect_nobody_pinged(w);
}

/// The names in the texts were nobody's business.
pub(crate) fn expect_nobody_pinged(w: &World) {
    let pinged: Vec<String> = w.sim.read(|world| {
        let by_bot =
            world.all_messages().into_iter().filter(|m| m.author_id == hospital::BOT && m.guild_id.is_some());
        by_bot.filter(|m| m.pinged.contains(&17) || m.pinged.contains(&16)).map(|m| m.all_text()).collect()
    });
    assert!(pinged.is_empty(), "otto and rita had nothing to do with it: {pinged:?}");
}

/// A whole life in which every field holds the text. What the rules refuse (too long) is typed again shorter.
async fn life_full_of(w: &mut World, name: &str, text: &str) {
    let short: String = text.chars().take(190).collect();
    let mid: String = text.chars().take(900).collect();
    // Too long for the domain, or for the platform's client: refused, never a fault.
    let options = json!({ "idea": text, "benefit": text, "for-name": text, "area": text, "team": text });
    let reply = w.slash_forged("sam", "suggest", options).await;
    expect_no_fault(name, reply.text());
    let reply =
        w.slash_forged("sam", "suggest", json!({ "idea": mid, "benefit": mid, "for-name": short })).await;
    expect_no_fault(name, reply.text());
    let idea = idea_of(&reply);
    let number = idea.to_string();

    let steps = |long: &str, line: &str| {
        vec![
            ("mara", "idea finding", json!({ "text": long })),
            ("mara", "idea ask", json!({ "question": long })),
            ("sam", "idea answer", json!({ "text": long })),
            ("mara", "idea assign", json!({ "to": "noor", "reason": long })),
            ("noor", "idea refer", json!({ "reason": long })),
            ("mara", "idea acknowledge", json!({})),
            ("mara", "idea finding", json!({ "text": long })),
            ("mara", "idea decline", json!({ "reason": format!("{long} and so it cannot be done") })),
            ("sam", "idea appeal", json!({ "reason": long })),
            ("noor", "idea acknowledge", json!({})),
            ("noor", "idea defer", json!({ "reason": long, "until": "30 days" })),
            ("noor", "idea finding", json!({ "text": long })),
            (
                "noor",
                "idea accept",
                json!({
                    "reason": long, "as": "trial", "loop": "policy", "norm-before": line, "norm-after": line,
                    "trial-hypothesis": long, "trial-measure": long, "trial-review": "6 weeks"
                }),
            ),
            ("noor", "idea replan", json!({ "reason": long, "owner": "ines" })),
            ("ines", "idea implemented", json!({ "what-changed": long })),
            ("sam", "idea feedback", json!({ "works": "partly", "note": long })),
            (
                "noor",
                "idea outcome",
                json!({ "effect": "worked", "note": long, "benefit": "time", "before": line, "after": line, "unit": line }),
            ),
            ("cleo", "idea reopen", json!({ "reason": long })),
            ("sam", "idea withdraw", json!({ "reason": long })),
        ]
    };
    for (who, command, mut options) in steps(&mid, &short) {
        options["number"] = json!(number);
        let reply = w.slash_forged(who, command, options).await;
        expect_no_fault(&format!("{name}, /{command}"), reply.text());
        let did = ["Recorded", "Counted", "You support", "You follow"]
            .iter()
            .any(|begin| reply.text().starts_with(begin));
        assert!(did, "{name}, /{command}: {}", reply.text());
    }
    // The same with the text as it is, and dates and choices made of it.
    for (who, command, mut options) in steps(text, text) {
        options["number"] = json!(number);
        expect_no_fault(name, w.slash_forged(who, command, options).await.text());
    }
    for (who, command, options) in [
        ("mara", "idea show", json!({ "number": text })),
        ("mara", "idea search", json!({ "text": text })),
        ("mara", "idea list", json!({ "team": text, "area": text })),
        ("mara", "idea merge", json!({ "into": text, "number": number })),
        ("mara", "idea accept", json!({ "reason": mid, "due": text, "number": number })),
        ("cleo", "idea reopen", json!({ "number": number, "reason": mid, "came-back-from": text })),
        ("mara", "digest preview", json!({ "team": text })),
        ("mara", "help", json!({ "topic": text })),
        ("mara", "idea history", json!({ "number": number })),
        ("sam", "my", json!({})),
    ] {
        let reply = w.slash_forged(who, command, options).await;
        expect_no_fault(&format!("{name}, /{command}"), reply.text());
    }
    let typed: String = text.chars().take(100).collect();
    let offered = w.complete("mara", "idea show", "number", &typed).await;
    assert!(offered.len() <= 25);
    // By form, and away again.
    let said = w.sim.person("sam").say("ward-3", &text.chars().take(1900).collect::<String>()).await;
    if let Ok(said) = said {
        let form = w.on_message("sam", &said, "Suggest improvement").await;
        let reply = w.fill("sam", &form, json!({})).await;
        expect_no_fault(name, reply.text());
        let other = idea_of(&reply);
        let form = w.slash_at(other, "sam", "idea redact", json!({})).await;
        let words: String = text.lines().next().unwrap_or_default().chars().take(900).collect();
        if words.trim().chars().any(|c| c.is_alphanumeric()) {
            let reply = w.fill("sam", &form, json!({ "words": words })).await;
            expect_no_fault(name, reply.text());
        }
    }
}

async fn set_up_full_of(w: &mut World, text: &str) {
    for options in [
        json!({ "name": text, "parent": text, "timezone": text, "working-hours": text }),
        json!({ "name": text.chars().take(60).collect::<String>() }),
    ] {
        expect_no_fault("set-up", w.slash_forged("cleo", "kaizen team add", options).await.text());
    }
    for command in ["kaizen team list", "kaizen check", "kaizen setup"] {
        expect_no_fault(command, w.slash("cleo", command, json!({})).await.text());
    }
}

pub(crate) fn expect_no_fault(what: &str, text: &str) {
    assert!(!text.contains("Sorry, something went wrong"), "{what}: {text}");
    assert!(!text.trim().is_empty(), "{what}: an empty answer");
}

async fn nothing_empty_is_accepted(w: &mut World) {
    let idea = w.suggest("sam", "The supply room has no labels").await;
    w.press("mara", idea, "Acknowledge").await;
    let before = w.stored(idea.0).await;
    for nothing in ["", " ", "\u{200B}\u{2060}", "\u{202E}", "\u{0}\u{7}", "\n\t\r", "\u{2800}", "\u{3164}"] {
        let reply = w.slash_forged("sam", "suggest", json!({ "idea": nothing })).await;
        assert!(!reply.text().contains("recorded as"), "{nothing:?}: {}", reply.text());
        for (who, command, mut options) in [
            ("mara", "idea finding", json!({ "text": nothing })),
            ("mara", "idea ask", json!({ "question": nothing })),
            ("mara", "idea assign", json!({ "to": "noor", "reason": nothing })),
            ("mara", "idea refer", json!({ "reason": nothing })),
            ("mara", "idea accept", json!({ "reason": nothing })),
            (
                "mara",
                "idea accept",
                json!({ "reason": "Yes", "loop": "policy", "norm-before": "Until seven", "norm-after": nothing }),
            ),
            ("mara", "idea defer", json!({ "reason": nothing, "until": "30 days" })),
            ("mara", "idea defer", json!({ "reason": "Later", "until": nothing })),
            ("mara", "idea finding", json!({})),
            ("mara", "idea accept", json!({})),
        ] {
            options["number"] = json!("K-1");
            let reply = w.slash_forged(who, command, options).await;
            assert_eq!(w.stored(idea.0).await, before, "/{command} {nothing:?}: {}", reply.text());
        }
        let policy = w.workspace().await.map(|w| w.policy);
        w.slash_forged("cleo", "kaizen team add", json!({ "name": nothing })).await;
        assert_eq!(w.workspace().await.map(|w| w.policy), policy, "{nothing:?}");
    }
    let workspace = w.workspace().await.expect("a workspace").id;
    let numbers =
        kaizen_workflow::ports::Queries::numbers(&w.db, workspace).await.expect("the database answers");
    assert_eq!(numbers.len(), 1);
}
