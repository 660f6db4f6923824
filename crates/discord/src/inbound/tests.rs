use serde_json::{Value, json};

use super::*;

fn user(id: &str, name: &str) -> Value {
    json!({ "id": id, "username": name, "discriminator": "0", "avatar": null, "global_name": null, "bot": false })
}

/// mara, in Ward 3, who may manage the guild.
fn interaction(kind: u8, data: &Value, more: &Value) -> Interaction {
    let mut body = json!({
        "id": "1001", "application_id": "8", "type": kind, "token": "s3cret", "version": 1, "guild_id": "1", "channel_id": "20",
        "channel": { "id": "20", "type": 0, "name": "ward-3", "permissions": "0" },
        "member": {
            "user": user("14", "mara"), "roles": ["31"], "nick": "Mara W.", "joined_at": "2024-01-01T00:00:00+00:00", "deaf": false,
            "mute": false, "flags": 0, "permissions": (1u64 << 5).to_string(),
        },
        "locale": "en-GB", "guild_locale": "en-GB", "entitlements": [], "authorizing_integration_owners": {}, "context": 0,
        "attachment_size_limit": 1000, "data": data,
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    serde_json::from_value(body).unwrap()
}

fn incoming(kind: u8, data: &Value, more: &Value) -> Incoming {
    read(interaction(kind, data, more), Instant::now()).unwrap()
}

fn message(flags: u32) -> Value {
    json!({
        "id": "55", "channel_id": "20", "author": user("9", "kaizen"), "content": "the card", "timestamp": "2024-01-01T00:00:00+00:00",
        "edited_timestamp": null, "tts": false, "mention_everyone": false, "mentions": [], "mention_roles": [], "attachments": [],
        "embeds": [], "pinned": false, "type": 0, "flags": flags,
    })
}

#[test]
fn expect_a_command_with_its_full_name_its_options_and_who_typed_it() {
    let data = json!({ "id": "7", "name": "idea", "type": 1, "options": [{ "name": "assign", "type": 1, "options": [
        { "name": "to", "type": 6, "value": "12" }, { "name": "reason", "type": 3, "value": "Knows the room" },
        { "name": "policy", "type": 5, "value": true }, { "name": "page", "type": 4, "value": 3 } ] }],
        "resolved": { "users": { "12": user("12", "ines") }, "members": { "12": { "roles": ["32"], "nick": null,
            "joined_at": "2024-01-01T00:00:00+00:00", "flags": 0, "permissions": "0" } } } });
    let thread = json!({ "channel_id": "21", "channel": { "id": "21", "type": 11, "name": "K-1", "parent_id": "20", "permissions": "0" } });
    let incoming = incoming(2, &data, &thread);
    assert_eq!(incoming.wants, Wants::Answer);
    let request = incoming.request;
    assert_eq!(
        (request.id.as_str(), request.guild, request.locale.as_str()),
        ("1001", Some(GuildId(1)), "en-GB")
    );
    assert_eq!(
        (request.place.channel, request.place.thread(), request.place.home()),
        (ChannelId(21), Some(ChannelId(21)), ChannelId(20))
    );
    let mara = Person { user: UserId(14), name: "Mara W.".into(), roles: vec![RoleId(31)], admin: true };
    assert_eq!(request.person, mara);
    let Input::Command { name, args } = request.input else { panic!("{:?}", request.input) };
    assert_eq!(name, "idea assign");
    let ines = Person { user: UserId(12), name: "ines".into(), roles: vec![RoleId(32)], admin: false };
    assert_eq!(args.person("to"), Some(&ines));
    assert_eq!((args.text("reason"), args.yes("policy")), (Some("Knows the room"), true));
    assert!(matches!(args.0.get("page"), Some(Arg::Integer(3))));
}

#[test]
fn expect_what_is_being_typed_apart_from_what_was_filled_in() {
    let data = json!({ "id": "7", "name": "kaizen", "type": 1, "options": [{ "name": "team", "type": 2, "options": [
        { "name": "edit", "type": 1, "options": [
            { "name": "name", "type": 3, "value": "War", "focused": true }, { "name": "parent", "type": 3, "value": "Hospital" } ] }] }] });
    let incoming = incoming(4, &data, &json!({}));
    assert_eq!(incoming.wants, Wants::Choices);
    let Input::Complete { name, option, typed, args } = incoming.request.input else { panic!() };
    assert_eq!((name.as_str(), option.as_str(), typed.as_str()), ("kaizen team edit", "name", "War"));
    assert_eq!(args.text("parent"), Some("Hospital"));
}

#[test]
fn expect_a_command_on_a_message_with_the_message() {
    let data = json!({ "id": "7", "name": "Suggest improvement", "type": 3, "target_id": "55",
        "resolved": { "messages": { "55": message(0) } } });
    let Input::MessageCommand { name, message } = incoming(2, &data, &json!({})).request.input else {
        panic!()
    };
    assert_eq!(name, "Suggest improvement");
    assert_eq!((message.channel, message.message, message.author), (ChannelId(20), MessageId(55), UserId(9)));
    assert_eq!(message.text, "the card");
}

#[test]
fn expect_presses_to_say_whether_their_message_is_private() {
    let data = json!({ "custom_id": "k1:acknowledge:1:0", "component_type": 2 });
    let public = incoming(3, &data, &json!({ "message": message(0) }));
    assert_eq!(public.wants, Wants::Answer);
    assert!(
        matches!(public.request.input, Input::Press { ref id, private: false, .. } if id == "k1:acknowledge:1:0")
    );
    let private = incoming(3, &data, &json!({ "message": message(64) }));
    assert_eq!(private.wants, Wants::AnswerOrUpdate);
    let chosen = json!({ "custom_id": "p", "component_type": 5, "values": ["12"], "resolved": { "users": { "12": user("12", "ines") } } });
    let Input::Press { values, people, private: true, .. } =
        incoming(3, &chosen, &json!({ "message": message(64) })).request.input
    else {
        panic!()
    };
    assert_eq!(values, ["12"]);
    assert_eq!((people[0].user, people[0].name.as_str()), (UserId(12), "ines"));
}

#[test]
fn expect_programs_told_apart_from_people() {
    let mut robot = user("12", "robot");
    robot["bot"] = json!(true);
    let resolved = json!({ "users": { "12": robot, "13": user("13", "ines") } });
    let typed = json!({ "id": "7", "name": "idea", "type": 1, "options": [{ "name": "assign", "type": 1, "options": [
        { "name": "to", "type": 6, "value": "12" } ] }], "resolved": resolved });
    assert_eq!(incoming(2, &typed, &json!({})).request.bots, [UserId(12)]);
    let chosen =
        json!({ "custom_id": "p", "component_type": 5, "values": ["12", "13"], "resolved": resolved });
    assert_eq!(incoming(3, &chosen, &json!({ "message": message(64) })).request.bots, [UserId(12)]);
}

#[test]
fn expect_forms_without_their_empty_fields() {
    let input = |id: &str, value: &str| json!({ "type": 1, "components": [{ "type": 4, "custom_id": id, "value": value }] });
    let data = json!({ "custom_id": "k1:suggest", "components": [input("idea", " Labels "), input("benefit", " \n "), input("how", "")] });
    let incoming = incoming(5, &data, &json!({}));
    assert_eq!(incoming.wants, Wants::NoForm);
    let Input::Form { id, fields } = incoming.request.input else { panic!() };
    assert_eq!(id, "k1:suggest");
    let from_private = interaction(5, &data, &json!({ "message": message(64) }));
    assert_eq!(read(from_private, Instant::now()).unwrap().wants, Wants::NoFormOrUpdate);
    let from_card = interaction(5, &data, &json!({ "message": message(0) }));
    assert_eq!(read(from_card, Instant::now()).unwrap().wants, Wants::NoForm);
    assert_eq!(fields.into_iter().collect::<Vec<_>>(), [("idea".to_owned(), " Labels ".to_owned())]);
}

#[test]
fn expect_direct_messages_to_have_no_guild_and_no_rights() {
    let data = json!({ "custom_id": "x", "component_type": 2 });
    let mut body = json!({
        "id": "1001", "application_id": "8", "type": 3, "token": "t", "version": 1, "channel_id": "20", "user": user("14", "mara"),
        "message": message(0), "locale": "de", "entitlements": [], "authorizing_integration_owners": {}, "context": 1,
        "attachment_size_limit": 1000,
    });
    body["data"] = data;
    let request = read(serde_json::from_value(body).unwrap(), Instant::now()).unwrap().request;
    assert_eq!((request.guild, request.person.admin, request.person.roles.len()), (None, false, 0));
}
