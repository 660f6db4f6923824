//! Commands as people type them.

use kaizen_domain::suggestion::{Stage, StageName, Verdict};
use kaizen_domain::{Area, TeamId, Text};

use super::memory::member;
use super::*;

async fn suggested(talk: &Talk) {
    let message = talk.types("sam", "suggest", &[("idea", "The supply room has no labels")]).await;
    assert!(message.text.contains("K-1"), "{}", message.text);
}

#[tokio::test]
async fn expect_an_idea_from_one_sentence_with_nothing_set_up() {
    let talk = Talk::with_nothing_set_up();
    suggested(&talk).await;
    let idea = talk.memory.suggestion(1);
    assert_eq!((idea.responsible, idea.author, idea.team), (member("cleo"), member("sam"), TeamId(1)));
}

#[tokio::test]
async fn expect_all_options_of_a_suggestion_recorded() {
    let talk = Talk::in_ward_3();
    let options = [
        ("idea", "Spare batteries at the door"),
        ("area", "Equipment"),
        ("team", "hospital"),
        ("benefit", "No walk to the cellar"),
        ("for-name", "Ines"),
        ("done", "yes"),
    ];
    talk.types("sam", "suggest", &options).await;
    let idea = talk.memory.suggestion(1);
    assert_eq!((idea.area, idea.team, idea.done), (Some(Area("equipment".into())), TeamId(2), true));
    assert_eq!(idea.for_name, Some(Text::Written("Ines".into())));
    assert_eq!(idea.benefit, Some(Text::Written("No walk to the cellar".into())));
}

#[tokio::test]
async fn expect_unknown_teams_and_areas_refused_and_nothing_recorded() {
    let talk = Talk::in_ward_3();
    for (option, typed) in [("team", "Mars"), ("area", "gossip")] {
        let message = talk.types("sam", "suggest", &[("idea", "x"), (option, typed)]).await;
        assert!(message.text.contains(typed), "{}", message.text);
    }
    assert_eq!(talk.memory.ideas(), 0);
}

#[tokio::test]
async fn expect_the_form_to_carry_what_was_said_before_it() {
    let talk = Talk::in_ward_3();
    let options = [("team", "Hospital"), ("area", "safety"), ("done", "yes"), ("for-name", "Ines")];
    let args = Args(options.iter().map(|(n, v)| ((*n).to_owned(), arg(n, v))).collect());
    let form = form(talk.request("sam", Input::Command { name: "suggest".into(), args }).await);
    talk.sends("sam", &form, &[("idea", "A bell"), ("proposal", "By the door"), ("for-name", "Ines")]).await;
    let idea = talk.memory.suggestion(1);
    assert_eq!((idea.team, idea.area, idea.done), (TeamId(2), Some(Area("safety".into())), true));
    assert_eq!(idea.proposal, Some(Text::Written("By the door".into())));
    assert_eq!(idea.for_name, Some(Text::Written("Ines".into())));
}

#[tokio::test]
async fn expect_a_message_to_become_an_idea_with_its_source() {
    let talk = Talk::in_ward_3();
    let long = "The trolley squeaks. ".repeat(80);
    let form = form(talk.uses_on_message("mara", "Suggest improvement", &long).await);
    assert!(form.fields[0].value.chars().count() <= 1000 && !form.fields[1].value.is_empty());
    let idea = form.fields[0].value.clone();
    talk.sends("mara", &form, &[("idea", &idea)]).await;
    let source = talk.memory.suggestion(1).source.unwrap();
    assert_eq!((source.channel, source.message, source.own), (WARD, MessageId(9), false));
}

#[tokio::test]
async fn expect_similar_ideas_offered_and_merged() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    talk.clock.advance(chrono::TimeDelta::minutes(5));
    let message = talk.types("sam", "suggest", &[("idea", "Labels for the supply room")]).await;
    let later = message.later.clone().unwrap();
    let message = talk.chat.with_similar(&message, &later).await.unwrap();
    let reply = talk.presses_id("sam", &id_of(&message, "Merge into K-1"), &[], &[]).await;
    assert!(matches!(reply, Reply::Update(_)));
    assert!(matches!(talk.memory.suggestion(2).stage, Stage::Merged { .. }));
}

#[tokio::test]
async fn expect_a_request_that_comes_twice_to_count_once() {
    let talk = Talk::in_ward_3();
    let args = || Args([("idea".to_owned(), Arg::Text("Once".into()))].into());
    for _ in 0..3 {
        let input = Input::Command { name: "suggest".into(), args: args() };
        assert!(said(talk.handle("sam", "same", input).await).text.contains("K-1"));
    }
    assert_eq!((talk.memory.ideas(), talk.memory.steps(1)), (1, 1));
}

#[tokio::test]
async fn expect_numbers_as_people_type_them_or_the_thread() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    talk.types("sam", "suggest", &[("idea", "Labels on the fridge")]).await;
    for typed in ["1", "K-1", "k-1", "supply"] {
        let message = talk.types("otto", "idea support", &[("number", typed)]).await;
        assert!(message.text.contains("K-1"), "{}", message.text);
    }
    assert_eq!(talk.memory.steps(1), 5, "four toggles");
    for (typed, steps) in [("labels", 5), ("unicorn", 5), ("99", 5)] {
        talk.types("otto", "idea support", &[("number", typed)]).await;
        assert_eq!((talk.memory.steps(1), talk.memory.steps(2)), (steps, 1), "{typed}");
    }
    talk.types("otto", "idea follow", &[]).await;
    assert_eq!(talk.memory.steps(1), 5, "in no thread, without a number");
    let talk = talk.in_thread_of(1);
    talk.types("otto", "idea follow", &[]).await;
    assert!(talk.memory.suggestion(1).followers.contains(&member("otto")));
}

#[tokio::test]
async fn expect_the_whole_life_by_typing() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    let talk = talk.in_thread_of(1);
    talk.types("mara", "idea acknowledge", &[]).await;
    talk.types("mara", "idea ask", &[("question", "Which shelf?")]).await;
    assert_eq!(talk.stage(1), StageName::AwaitingInformation);
    talk.types("sam", "idea answer", &[("text", "The lowest")]).await;
    let finding = said(talk.uses_on_message("mara", "Record as finding", "Looked at it with Ines").await);
    assert_eq!(talk.stage(1), StageName::Investigating, "{}", finding.text);
    let options =
        [("reason", "Cheap and good"), ("owner", "@ines"), ("due", "2 weeks"), ("loop", "practice")];
    talk.types("mara", "idea accept", &options).await;
    match talk.memory.suggestion(1).stage {
        Stage::Accepted { implementer, due, .. } => {
            assert_eq!(implementer, member("ines"));
            assert_eq!(due.to_string(), "2026-12-07 17:00:00 UTC");
        }
        other => panic!("{other:?}"),
    }
    talk.types("ines", "idea replan", &[("reason", "Ill"), ("due", "14 Dec 2026")]).await;
    talk.types("ines", "idea implemented", &[("what-changed", "Labels on all shelves")]).await;
    talk.types("sam", "idea feedback", &[("works", "it works"), ("note", "Found it at once")]).await;
    let outcome = [
        ("effect", "worked"),
        ("note", "Asked five people"),
        ("benefit", "time"),
        ("before", "10"),
        ("after", "2"),
        ("unit", "minutes"),
    ];
    talk.types("mara", "idea outcome", &outcome).await;
    assert_eq!(talk.stage(1), StageName::Verified);
    talk.types("cleo", "idea reopen", &[("number", "1"), ("reason", "They came off")]).await;
    assert_eq!(talk.stage(1), StageName::Submitted);
}

#[tokio::test]
async fn expect_other_ways_by_typing() {
    let talk = Talk::in_ward_3();
    for _ in 0..4 {
        talk.types("sam", "suggest", &[("idea", "Something else")]).await;
    }
    talk.types("mara", "idea refer", &[("reason", "Needs a budget"), ("number", "1")]).await;
    assert_eq!(talk.memory.suggestion(1).responsible, member("noor"));
    talk.types("mara", "idea assign", &[("to", "@noor"), ("reason", "Her rota"), ("number", "2")]).await;
    assert_eq!(talk.memory.suggestion(2).responsible, member("noor"));
    talk.types("mara", "idea acknowledge", &[("number", "3")]).await;
    talk.types("mara", "idea defer", &[("reason", "After the move"), ("until", "6 weeks"), ("number", "3")])
        .await;
    assert_eq!(talk.stage(3), StageName::Deferred);
    talk.types("sam", "idea withdraw", &[("number", "4")]).await;
    assert_eq!(talk.stage(4), StageName::Withdrawn);
    talk.types("mara", "idea merge", &[("into", "K-1"), ("number", "2")]).await;
    assert_eq!(talk.stage(2), StageName::Merged);
}

#[tokio::test]
async fn expect_a_refusal_with_reasons_and_its_appeal() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    let talk = talk.in_thread_of(1);
    talk.types("mara", "idea acknowledge", &[]).await;
    let reason = ("reason", "Ward 2 tried it and the labels came off");
    let message = talk.types("mara", "idea decline", &[reason]).await;
    assert_eq!(labels(&message), ["Add finding"], "{}", message.text);
    assert!(message.text.contains("came off"), "what was typed is given back");
    talk.types("mara", "idea finding", &[("text", "Asked Ward 2")]).await;
    talk.types("mara", "idea decline", &[reason, ("class", "not feasible")]).await;
    assert!(matches!(talk.memory.suggestion(1).decision.unwrap().verdict, Verdict::Declined { .. }));
    talk.types("sam", "idea appeal", &[("reason", "Those were paper labels")]).await;
    let idea = talk.memory.suggestion(1);
    assert_eq!((idea.stage.name(), idea.responsible), (StageName::Submitted, member("noor")));
}

#[tokio::test]
async fn expect_dates_and_words_that_are_not_clear_refused() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    let talk = talk.in_thread_of(1);
    talk.types("mara", "idea acknowledge", &[]).await;
    for options in [
        [("reason", "Good"), ("due", "soon")],
        [("reason", "Good"), ("due", "1 Jan 2020")],
        [("reason", "Good"), ("due", "1 Jan 2099")],
        [("reason", "Good"), ("as", "maybe")],
        [("reason", "Good"), ("loop", "everything")],
        [("reason", "Good"), ("norm-before", "One key")],
        [("reason", "   "), ("due", "2 weeks")],
    ] {
        let message = talk.types("mara", "idea accept", &options).await;
        assert_eq!(talk.stage(1), StageName::Acknowledged, "{options:?}: {}", message.text);
    }
}

#[tokio::test]
async fn expect_editing_and_redacting_by_forms() {
    let talk = Talk::in_ward_3();
    talk.types("sam", "suggest", &[("idea", "Leo cannot reach the tap")]).await;
    let open = |who: &'static str, name: &str| {
        let args = Args([("number".to_owned(), Arg::Text("K-1".into()))].into());
        talk.request(who, Input::Command { name: name.into(), args })
    };
    let edit = form(open("sam", "idea edit").await);
    assert_eq!(edit.fields[0].value, "Leo cannot reach the tap");
    said(talk.sends("sam", &edit, &[("idea", "Leo cannot reach the taps")]).await);
    assert_eq!(talk.memory.suggestion(1).idea, Text::Written("Leo cannot reach the taps".into()));
    said(open("otto", "idea edit").await);
    said(open("otto", "idea redact").await);
    let redact = form(open("mara", "idea redact").await);
    said(talk.sends("mara", &redact, &[("words", "Leo\n\n tap ")]).await);
    assert_eq!(talk.memory.suggestion(1).idea, Text::Written("[removed] cannot reach the [removed]s".into()));
}

#[tokio::test]
async fn expect_to_look_at_ideas() {
    let talk = Talk::in_ward_3();
    for n in 0..12 {
        talk.types("sam", "suggest", &[("idea", &format!("Idea of day {n}")), ("area", "safety")]).await;
    }
    let shown = talk.types("otto", "idea show", &[("number", "3")]).await;
    assert!(labels(&shown).contains(&"Me too"));
    let options = [
        ("status", "open"),
        ("area", "safety"),
        ("team", "ward 3"),
        ("mine", "yes"),
        ("responsible", "@mara"),
    ];
    let list = talk.types("sam", "idea list", &options).await;
    assert_eq!(labels(&list), ["Next"]);
    let next = said(talk.presses_id("sam", &id_of(&list, "Next"), &[], &[]).await);
    assert_eq!(labels(&next), ["Previous"]);
    assert!(labels(&talk.types("otto", "idea list", &[("mine", "yes")]).await).is_empty());
    talk.types("otto", "idea list", &[("status", "asleep")]).await;
    let found = talk.types("otto", "idea search", &[("text", "day 11")]).await;
    assert!(found.cards[0].body.contains("K-12"), "{:?}", found.cards);
    let history = talk.types("otto", "idea history", &[("number", "12")]).await;
    assert!(!history.cards.is_empty() || !history.text.is_empty());
    let mine = talk.types("mara", "my", &[]).await;
    assert!(!mine.cards.is_empty());
    for topic in ["", "idea accept", "appeal", "unicorn"] {
        let help = talk.types("otto", "help", &[("topic", topic)]).await;
        assert!(!help.cards.is_empty(), "{topic}");
    }
}

#[tokio::test]
async fn expect_completion_of_ideas_areas_teams_and_zones() {
    let talk = Talk::in_ward_3();
    for n in 0..30 {
        talk.types("sam", "suggest", &[("idea", &format!("Idea {n} about labels"))]).await;
    }
    assert_eq!(talk.completes("otto", "idea show", "number", "").await.len(), 25);
    assert_eq!(talk.completes("otto", "idea show", "number", "k-7").await[0].value, "K-7");
    assert_eq!(talk.completes("otto", "idea merge", "into", "labels").await.len(), 25);
    assert_eq!(talk.completes("otto", "suggest", "area", "saf").await[0].value, "safety");
    assert_eq!(talk.completes("otto", "suggest", "team", "").await.len(), 2);
    let zones = talk.completes("otto", "kaizen team add", "timezone", "new y").await;
    assert_eq!(zones[0].value, "America/New_York");
    assert_eq!(talk.completes("otto", "kaizen team add", "timezone", "").await[0].value, "Europe/London");
    assert!(!talk.completes("otto", "help", "topic", "accept").await.is_empty());
    assert!(talk.completes("otto", "nothing", "number", "").await.is_empty());
    assert!(talk.completes("otto", "idea show", "nothing", "").await.is_empty());
    talk.memory.state().down = true;
    assert!(talk.completes("otto", "idea show", "number", "").await.is_empty());
}

#[tokio::test]
async fn expect_what_was_typed_given_back_when_the_database_is_gone() {
    let talk = Talk::in_ward_3();
    talk.memory.state().down = true;
    let message = talk.types("sam", "suggest", &[("idea", "The supply room has no labels")]).await;
    assert!(message.text.contains("not saved"), "{}", message.text);
    let all = format!("{}{:?}", message.text, message.cards);
    assert!(all.contains("The supply room has no labels"), "{all}");
    talk.memory.state().down = false;
    assert_eq!(talk.memory.ideas(), 0);
}

#[tokio::test]
async fn expect_direct_messages_and_unknown_commands_refused() {
    let talk = Talk::in_ward_3();
    let request = Request {
        id: "1".into(),
        guild: None,
        person: person("sam"),
        bots: Vec::new(),
        place: talk.place,
        locale: "de".into(),
        input: Input::Command { name: "my".into(), args: Args::default() },
    };
    said(talk.chat.handle(request).await);
    said(talk.request("sam", Input::Command { name: "idea explode".into(), args: Args::default() }).await);
    said(talk.uses_on_message("sam", "Explode", "x").await);
}

#[tokio::test]
async fn expect_digest_previews_for_managers_and_coordinators_only() {
    let talk = Talk::in_ward_3();
    suggested(&talk).await;
    talk.advance(1);
    let seen = talk.types("mara", "digest preview", &[]).await;
    assert!(format!("{:?}", seen.cards).contains("K-1"), "{}", seen.text);
    talk.types("noor", "digest preview", &[("team", "ward 3")]).await;
    talk.types("cleo", "digest preview", &[]).await;
    let refused = talk.types("sam", "digest preview", &[]).await;
    assert!(refused.cards.is_empty(), "{}", refused.text);
    let refused = talk.types("mara", "digest preview", &[("team", "hospital")]).await;
    assert!(refused.cards.is_empty(), "{}", refused.text);
}

#[tokio::test]
async fn expect_hostile_text_in_every_option_to_be_answered_privately_and_to_ping_nobody() {
    let hostile = [
        "@everyone <@102> <@&77> [a](https://x.test) **b** `c` ||d||".to_owned(),
        "x".repeat(6000),
        "👨‍👩‍👧".repeat(700),
        "\u{202E}right to left \u{2066}".to_owned(),
        "\u{0}\u{7}\u{1b}[31m".to_owned(),
        " \u{200B}\u{3164} ".to_owned(),
        "K-1:k1:0; DROP TABLE suggestions; -- ' OR 1=1 \" % _ NEAR( *".to_owned(),
    ];
    for text in &hostile {
        let talk = Talk::in_ward_3();
        suggested(&talk).await;
        let talk = talk.in_thread_of(1);
        talk.types("mara", "idea acknowledge", &[]).await;
        for spec in crate::commands::COMMANDS {
            let args = spec.options.iter().map(|o| (o.name.to_owned(), Arg::Text(text.clone())));
            let args = Args(args.filter(|(name, _)| name != "number").collect());
            for who in ["mara", "sam", "cleo"] {
                let input = Input::Command { name: spec.name.into(), args: args.clone() };
                match talk.request(who, input).await {
                    Reply::Message(m) | Reply::Update(m) => {
                        assert!(
                            !m.public && m.mentions.is_empty() && m.mention_roles.is_empty(),
                            "{}",
                            spec.name
                        );
                        assert!(!m.text.is_empty() || !m.cards.is_empty(), "{}", spec.name);
                    }
                    Reply::Form(form) => assert!(form.fields.len() <= 5, "{}", spec.name),
                    Reply::Choices(_) => panic!("{} completes nothing", spec.name),
                }
            }
            for option in spec.options {
                assert!(talk.completes("sam", spec.name, option.name, text).await.len() <= 25);
            }
        }
        for step in Step::all() {
            let id = Id::Step { step, number: kaizen_domain::Number(1), stage: talk.stage(1) }.to_string();
            let names =
                ["text", "question", "reason", "note", "words", "idea", "what-changed", "until", "due"];
            let fields: BTreeMap<String, String> =
                names.iter().map(|n| ((*n).to_owned(), text.clone())).collect();
            said(talk.request("mara", Input::Form { id, fields }).await);
        }
    }
}
