//! The basic path: a bot connects, registers commands, and people talk to it.

use crate::common::{BOT, GUILD, Gateway, MARA, PATIENCE, Rest, SAM, WARD, as_twilight, commands, start};
use discord_sim::{Answer, Strictness};
use serde_json::json;
use twilight_model::application::interaction::{Interaction, InteractionData};

fn button(label: &str, id: &str) -> serde_json::Value {
    json!([{ "type": 1, "components": [{ "type": 2, "style": 1, "label": label, "custom_id": id }] }])
}

#[tokio::test]
async fn expect_a_command_to_be_answered_once() {
    let sim = start(Strictness::default()).await;
    let rest = Rest::new(&sim);
    let mut gateway = Gateway::ready(&sim).await;
    rest.register(commands()).await;
    let sam = sim.person("sam");
    let exchange =
        sam.slash("ward-3", "suggest", json!({ "idea": "Label the shelves", "for": "Mara" })).await.unwrap();
    let event = gateway.interaction().await;
    let parsed: Interaction = as_twilight(&event);
    assert_eq!(
        parsed.member.as_ref().and_then(|member| member.user.as_ref()).map(|user| user.id.get()),
        Some(SAM)
    );
    let Some(InteractionData::ApplicationCommand(data)) = parsed.data else {
        panic!("no command: {event:#}")
    };
    assert_eq!(data.name, "suggest");
    assert!(
        data.resolved.is_some_and(|resolved| resolved.users.contains_key(&twilight_model::id::Id::new(MARA)))
    );

    let first =
        rest.answer(&event, json!({ "type": 4, "data": { "content": "Thanks, K-1", "flags": 64 } })).await;
    assert_eq!(first.status, 204);
    let again = rest.answer(&event, json!({ "type": 4, "data": { "content": "Thanks" } })).await;
    assert_eq!((again.status, again.code()), (400, 40060));

    let message = exchange.message().await.unwrap();
    assert_eq!(message.content, "Thanks, K-1");
    assert_eq!(message.ephemeral_for, Some(SAM));
    assert!(exchange.latency().is_some());
    assert_eq!(sim.person("mara").sees("ward-3").len(), 0);
    assert_eq!(sam.sees("ward-3").len(), 1);
    // The bot does not see its own ephemeral messages in the channel either.
    let listed = rest.call("GET", &format!("/channels/{WARD}/messages?limit=10"), json!(null)).await;
    assert_eq!(listed.body, json!([]));
}

#[tokio::test]
async fn expect_late_and_unknown_interactions_to_be_refused() {
    let sim = start(Strictness::default()).await;
    let rest = Rest::new(&sim);
    let mut gateway = Gateway::ready(&sim).await;
    rest.register(commands()).await;
    let exchange = sim.person("sam").slash("ward-3", "suggest", json!({})).await.unwrap();
    let mut event = gateway.interaction().await;
    let unknown = rest.call("POST", "/interactions/123/nonsense/callback", json!({ "type": 5 })).await;
    assert_eq!((unknown.status, unknown.code()), (404, 10062));
    // Before the first answer there is nothing to follow up.
    let early = rest.call("POST", &rest.hook(&event), json!({ "content": "early" })).await;
    assert_eq!((early.status, early.code()), (404, 10015));
    assert!(matches!(exchange.first().await, Answer::Failed));
    let late = rest.answer(&event, json!({ "type": 5 })).await;
    assert_eq!((late.status, late.code()), (404, 10062));
    event["token"] = json!("forged");
    assert_eq!(rest.answer(&event, json!({ "type": 5 })).await.code(), 10062);
}

#[tokio::test]
async fn expect_a_deferred_answer_to_be_filled_in_and_to_stay_private() {
    let sim = start(Strictness::default()).await;
    let rest = Rest::new(&sim);
    let mut gateway = Gateway::ready(&sim).await;
    rest.register(commands()).await;
    let exchange = sim
        .person("sam")
        .slash("#ward-3", "/idea decline", json!({ "reason": "no", "class": "not feasible" }))
        .await
        .unwrap();
    let event = gateway.interaction().await;
    assert_eq!(event["data"]["options"][0]["options"][1]["value"], "not_feasible");
    assert_eq!(rest.answer(&event, json!({ "type": 5, "data": { "flags": 64 } })).await.status, 204);
    assert!(matches!(exchange.first().await, Answer::Deferred));
    let edit = rest
        .call("PATCH", &format!("{}/messages/@original", rest.hook(&event)), json!({ "content": "Done" }))
        .await;
    assert_eq!(edit.status, 200);
    let message = exchange.message().await.unwrap();
    assert_eq!((message.content.as_str(), message.ephemeral_for), ("Done", Some(SAM)));
    let follow = rest.call("POST", &rest.hook(&event), json!({ "content": "And this", "flags": 0 })).await;
    assert_eq!(follow.status, 200);
    let follow_ups = exchange.follow_ups(1).await.unwrap();
    assert_eq!(follow_ups[0].content, "And this");
    let gone =
        rest.call("DELETE", &format!("{}/messages/{}", rest.hook(&event), follow.id()), json!(null)).await;
    assert_eq!(gone.status, 204);
}

#[tokio::test]
async fn expect_presses_forms_and_completion_to_work() {
    let sim = start(Strictness::default()).await;
    let rest = Rest::new(&sim);
    let mut gateway = Gateway::ready(&sim).await;
    rest.register(commands()).await;
    let card = rest.post(WARD, json!({ "embeds": [{ "title": "K-1", "description": "Label" }], "components": button("Acknowledge", "k:1:ack") })).await;
    assert_eq!(card.status, 200, "{}", card.body);
    let _: twilight_model::channel::Message = as_twilight(&card.body);
    let mara = sim.person("mara");

    let press = mara.press(card.id(), "Acknowledge").await.unwrap();
    let event = gateway.interaction().await;
    let parsed: Interaction = as_twilight(&event);
    assert!(matches!(parsed.data, Some(InteractionData::MessageComponent(_))));
    let form = json!({ "type": 9, "data": { "title": "Why?", "custom_id": "form:1", "components": [
        { "type": 1, "components": [{ "type": 4, "custom_id": "why", "label": "Why?", "style": 2, "required": true, "min_length": 3 }] },
        { "type": 18, "label": "Which", "component": { "type": 3, "custom_id": "which", "options": [{ "label": "One", "value": "1" }] } },
    ] } });
    assert_eq!(rest.answer(&event, form.clone()).await.status, 204);
    let modal = press.modal().await.unwrap();
    let refused = mara.submit_modal(&modal, json!({ "Why?": "no", "which": "One" })).await.unwrap_err();
    assert!(refused.0.contains("between 3"), "{refused}");
    let sent = mara.submit_modal(&modal, json!({ "Why?": "because", "which": "One" })).await.unwrap();
    let event = gateway.interaction().await;
    let parsed: Interaction = as_twilight(&event);
    assert!(matches!(parsed.data, Some(InteractionData::ModalSubmit(_))));
    assert_eq!(event["data"]["components"][0]["components"][0]["value"], "because");
    assert_eq!(event["data"]["components"][1]["component"]["values"], json!(["1"]));
    // No form may answer a form.
    let second = rest.answer(&event, form).await;
    assert_eq!((second.status, second.code()), (400, 50035));
    let update = json!({ "type": 7, "data": { "content": "Acknowledged", "components": [] } });
    assert_eq!(rest.answer(&event, update).await.status, 204);
    let changed = sent.message().await.unwrap();
    assert_eq!((changed.id, changed.content.as_str(), changed.history.len()), (card.id(), "Acknowledged", 2));

    let typing = tokio::spawn({
        let sam = sim.person("sam");
        async move { sam.autocomplete("ward-3", "idea show", ("number", "sh"), json!({})).await }
    });
    let event = gateway.interaction().await;
    assert_eq!(
        event["data"]["options"][0]["options"][0],
        json!({ "name": "number", "type": 3, "value": "sh", "focused": true })
    );
    let wrong = rest.answer(&event, json!({ "type": 4, "data": { "content": "no" } })).await;
    assert_eq!(wrong.code(), 50035);
    let choices = json!({ "type": 8, "data": { "choices": [{ "name": "K-1 shelves", "value": "1" }] } });
    assert_eq!(rest.answer(&event, choices).await.status, 204);
    assert_eq!(typing.await.unwrap().unwrap()[0].name, "K-1 shelves");

    let said = sim.person("sam").say("ward-3", "The door squeaks").await.unwrap();
    mara.message_command(&said, "Suggest improvement").await.unwrap();
    let event = gateway.interaction().await;
    let _: Interaction = as_twilight(&event);
    assert_eq!(event["data"]["resolved"]["messages"][said.id.to_string()]["content"], "The door squeaks");

    let forged = mara.press_raw("ward-3", &said, "k:1:decline").await.unwrap();
    let event = gateway.interaction().await;
    assert_eq!(event["data"]["custom_id"], "k:1:decline");
    rest.answer(&event, json!({ "type": 4, "data": { "content": "No", "flags": 64 } })).await;
    assert_eq!(forged.text().await.unwrap(), "No");
}

#[tokio::test]
async fn expect_what_is_typed_to_be_checked_as_by_the_client() {
    let sim = start(Strictness::default()).await;
    Rest::new(&sim).register(commands()).await;
    let sam = sim.person("sam");
    for (command, options, why) in [
        ("idea decline", json!({}), "needs the option"),
        ("idea", json!({}), "needs a subcommand"),
        ("idea decline", json!({ "reason": "x", "class": "rude" }), "is one of"),
        ("suggest", json!({ "idea": "x".repeat(51) }), "between 0 and 50"),
        ("suggest", json!({ "colour": "red" }), "has no option"),
        ("suggest", json!({ "for": "nobody" }), "no person"),
        ("nonsense", json!({}), "no command"),
    ] {
        let refused = sam.slash("ward-3", command, options).await.expect_err(command);
        assert!(refused.0.contains(why), "{refused}");
    }
    assert!(sam.slash("secret", "suggest", json!({})).await.is_err(), "a channel that is not seen");
    assert!(sam.slash_unchecked("ward-3", "suggest", json!({ "idea": "x".repeat(6001) })).await.is_ok());
}

#[tokio::test]
async fn expect_threads_forum_posts_and_direct_messages() {
    let sim = start(Strictness::default()).await;
    let rest = Rest::new(&sim);
    let mut gateway = Gateway::ready(&sim).await;
    let card = rest.post(WARD, json!({ "content": "card" })).await.id();
    let path = format!("/channels/{WARD}/messages/{card}/threads");
    let thread = rest.call("POST", &path, json!({ "name": "K-1", "auto_archive_duration": 10080 })).await;
    assert_eq!((thread.status, thread.id()), (201, card));
    let _: twilight_model::channel::Channel = as_twilight(&thread.body);
    gateway.event("THREAD_CREATE").await;
    let again = rest.call("POST", &path, json!({ "name": "K-1" })).await;
    assert_eq!((again.status, again.code()), (400, 160004));
    assert_eq!(rest.post(card, json!({ "content": "step" })).await.status, 200);
    assert_eq!(sim.threads("ward-3")[0].name, "K-1");

    // Archived: edits are refused, posting opens it again; locked: posting is refused.
    let step = rest.post(card, json!({ "content": "another" })).await.id();
    rest.call("PATCH", &format!("/channels/{card}"), json!({ "archived": true })).await;
    let edit =
        rest.call("PATCH", &format!("/channels/{card}/messages/{step}"), json!({ "content": "x" })).await;
    assert_eq!(edit.code(), 50083);
    assert_eq!(rest.post(card, json!({ "content": "opens" })).await.status, 200);
    assert!(!sim.channel(card).unwrap().archived);
    sim.archive_thread(card, true, true);
    assert_eq!(rest.post(card, json!({ "content": "locked" })).await.code(), 50083);

    let forum = crate::common::FORUM;
    let tags =
        rest.call("GET", &format!("/channels/{forum}"), json!(null)).await.body["available_tags"].clone();
    let new = &tags[0]["id"];
    let post = rest
        .call(
            "POST",
            &format!("/channels/{forum}/threads"),
            json!({ "name": "K-2", "applied_tags": [new], "message": { "content": "idea" } }),
        )
        .await;
    assert_eq!(post.status, 201, "{}", post.body);
    assert_eq!(post.body["message"]["id"], post.body["id"]);
    assert_eq!(post.body["applied_tags"], json!([new]));
    let unknown = json!({ "name": "K-3", "applied_tags": ["1"], "message": { "content": "idea" } });
    assert_eq!(rest.call("POST", &format!("/channels/{forum}/threads"), unknown).await.code(), 50035);
    assert_eq!(rest.post(forum, json!({ "content": "no" })).await.code(), 50008);

    let dm = rest.call("POST", "/users/@me/channels", json!({ "recipient_id": SAM.to_string() })).await;
    assert_eq!(rest.post(dm.id(), json!({ "content": "for sam" })).await.status, 200);
    assert_eq!(sim.dms("sam")[0].content, "for sam");
    let closed = rest.call("POST", "/users/@me/channels", json!({ "recipient_id": "16" })).await;
    let refused = rest.post(closed.id(), json!({ "content": "for otto" })).await;
    assert_eq!((refused.status, refused.code()), (403, 50007));
    let nobody = rest.call("POST", "/users/@me/channels", json!({ "recipient_id": "77" })).await;
    assert_eq!(nobody.code(), 50033);
}

#[tokio::test]
async fn expect_what_the_bot_is_told_at_first_to_parse() {
    let sim = start(Strictness::default()).await;
    let mut gateway = Gateway::identify(&sim, "right-token", crate::common::INTENTS).await;
    let ready = gateway.event("READY").await;
    let _: twilight_model::gateway::payload::incoming::Ready = as_twilight(&ready);
    let guild = gateway.event("GUILD_CREATE").await;
    let parsed: twilight_model::guild::Guild = as_twilight(&guild);
    assert_eq!((parsed.id.get(), parsed.owner_id.get(), parsed.channels.len()), (GUILD, MARA, 3));
    assert_eq!(parsed.members.len(), 1);
    let rest = Rest::new(&sim);
    let commands = rest.call("PUT", &format!("/applications/{BOT}/commands"), commands()).await;
    let _: Vec<twilight_model::application::command::Command> = as_twilight(&commands.body);
    let me = rest.call("GET", "/users/@me", json!(null)).await;
    let _: twilight_model::user::CurrentUser = as_twilight(&me.body);
    let application = rest.call("GET", "/applications/@me", json!(null)).await;
    let _: twilight_model::oauth::Application = as_twilight(&application.body);
    let member = rest.call("GET", &format!("/guilds/{GUILD}/members/{SAM}"), json!(null)).await;
    let _: twilight_model::guild::Member = as_twilight(&member.body);
    let stranger = rest.call("GET", &format!("/guilds/{GUILD}/members/17"), json!(null)).await;
    assert_eq!((stranger.status, stranger.code()), (404, 10007));
    let bot = rest.call("GET", "/gateway/bot", json!(null)).await;
    let _: twilight_model::gateway::connection_info::BotConnectionInfo = as_twilight(&bot.body);
    sim.wait_online(PATIENCE).await.unwrap();
}

#[tokio::test]
async fn expect_strangers_to_reach_nothing() {
    let sim = start(Strictness::default()).await;
    let rest = Rest::new(&sim);
    rest.register(commands()).await;
    let card = rest.post(WARD, json!({ "content": "card", "components": button("Me too", "me") })).await.id();
    // One who is in no server with the bot, and one who does not exist.
    for who in ["stranger", "nobody"] {
        let person = sim.person(who);
        assert!(person.slash("ward-3", "suggest", json!({})).await.is_err(), "{who}");
        assert!(person.press(card, "Me too").await.is_err(), "{who}");
        assert!(person.press_raw("ward-3", card, "me").await.is_err(), "{who}");
        assert!(person.say("ward-3", "hello").await.is_err(), "{who}");
        assert!(person.sees("ward-3").is_empty(), "{who}");
    }
    assert!(sim.person("nobody").say("dm", "hello").await.is_err());
    assert!(sim.person("sam").say("dm", "hello").await.is_ok());
    let mut gateway = Gateway::ready(&sim).await;
    sim.person("sam").slash("dm", "suggest", json!({})).await.unwrap();
    let event = gateway.interaction().await;
    let parsed: Interaction = as_twilight(&event);
    assert!(parsed.is_dm() && parsed.guild_id.is_none());
}
