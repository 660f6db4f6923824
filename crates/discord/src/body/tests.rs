use proptest::prelude::*;

use super::*;

/// What people paste: long, empty, invisible, right to left, surrogate pairs, escapes.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,60}",
        ".{0,7000}",
        Just(String::new()),
        Just("\u{200b}\u{feff} \n\t".to_owned()),
        Just("😀".repeat(6000)),
        Just("\\*".repeat(3000)),
        Just("@everyone <@1> <@&2> `x`".to_owned()),
        Just("\u{202e}evil\u{0}\u{7}".repeat(500)),
        "(word ){0,1500}",
    ]
}

fn control() -> impl Strategy<Value = Control> {
    let id = prop_oneof![4 => "[a-z0-9:]{1,20}", 1 => hostile()];
    prop_oneof![
        (id.clone(), hostile()).prop_map(|(id, label)| Control::Button { id, label, style: Style::Good }),
        (hostile(), prop_oneof![Just("https://x.test".to_owned()), hostile()])
            .prop_map(|(label, url)| Control::Link { label, url }),
        (id.clone(), hostile(), prop::collection::vec((hostile(), "[a-z]{0,3}"), 0..40)).prop_map(
            |(id, placeholder, o)| {
                let options = o.into_iter().map(|(label, value)| Choice { label, value }).collect();
                Control::Select { id, placeholder, options }
            }
        ),
        (id.clone(), hostile()).prop_map(|(id, placeholder)| Control::People { id, placeholder }),
        (id, hostile()).prop_map(|(id, placeholder)| Control::Channels { id, placeholder }),
    ]
}

fn card() -> impl Strategy<Value = Card> {
    let field = (hostile(), hostile(), any::<bool>()).prop_map(|(name, value, short)| CardField {
        name,
        value,
        short,
    });
    (hostile(), hostile(), prop::collection::vec(field, 0..40), hostile(), any::<u32>()).prop_map(
        |(title, body, fields, footer, colour)| Card { title, body, fields, footer, colour, at: None },
    )
}

fn message() -> impl Strategy<Value = Message> {
    (
        hostile(),
        prop::collection::vec(card(), 0..3),
        prop::collection::vec(prop::collection::vec(control(), 0..7), 0..7),
        prop::collection::vec(any::<u64>(), 0..4),
    )
        .prop_map(|(text, cards, rows, ids)| Message {
            text,
            cards,
            rows,
            mentions: ids.iter().chain(&ids).map(|id| UserId(*id)).collect(),
            ..Message::default()
        })
}

fn length(value: &Value) -> usize {
    value.as_str().map_or(0, units)
}

/// The platform's own rules, written down a second time.
fn check(body: &Value) {
    let content = body["content"].as_str().unwrap();
    assert!(units(content) <= 2000);
    let embeds = body["embeds"].as_array().unwrap();
    assert!(embeds.len() <= 10);
    assert!(!embeds.is_empty() || !is_blank(content), "an empty message is refused");
    let mut total = 0;
    for embed in embeds {
        assert!(length(&embed["title"]) <= 256);
        assert!(length(&embed["description"]) <= 4096);
        assert!(length(&embed["footer"]["text"]) <= 2048);
        total += length(&embed["title"]) + length(&embed["description"]) + length(&embed["footer"]["text"]);
        let none = Vec::new();
        let fields = embed["fields"].as_array().unwrap_or(&none);
        assert!(fields.len() <= 25);
        for field in fields {
            assert!(
                (1..=256).contains(&length(&field["name"])) && !is_blank(field["name"].as_str().unwrap())
            );
            assert!(
                (1..=1024).contains(&length(&field["value"])) && !is_blank(field["value"].as_str().unwrap())
            );
            total += length(&field["name"]) + length(&field["value"]);
        }
        assert!(
            embed.get("title").is_some()
                || embed.get("description").is_some()
                || !fields.is_empty()
                || embed.get("footer").is_some()
        );
        assert!(embed["color"].as_u64().unwrap() <= 0xFF_FFFF);
    }
    assert!(total <= 6000, "{total}");
    let rows = body["components"].as_array().unwrap();
    assert!(rows.len() <= 5);
    let mut ids = Vec::new();
    for component in rows {
        let parts = component["components"].as_array().unwrap();
        assert!((1..=5).contains(&parts.len()));
        for part in parts {
            match part["type"].as_u64().unwrap() {
                2 => {
                    assert!((1..=80).contains(&length(&part["label"])));
                    assert_eq!(part.get("url").is_some(), part["style"] == 5);
                }
                3 => {
                    let options = part["options"].as_array().unwrap();
                    assert!((1..=25).contains(&options.len()) && parts.len() == 1);
                    for option in options {
                        assert!(
                            (1..=100).contains(&length(&option["label"]))
                                && (1..=100).contains(&length(&option["value"]))
                        );
                    }
                }
                kind => assert!(matches!(kind, 5 | 8) && parts.len() == 1),
            }
            if let Some(id) = part.get("custom_id") {
                assert!((1..=100).contains(&length(id)) && !ids.contains(&id));
                ids.push(id);
            }
        }
    }
    let mentions = &body["allowed_mentions"];
    assert_eq!(mentions["parse"], json!([]));
    let users = mentions["users"].as_array().map_or(&[][..], Vec::as_slice);
    assert!(users.iter().enumerate().all(|(i, u)| !users[..i].contains(u)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn expect_no_message_that_the_platform_would_refuse(message in message()) {
        check(&create(&message, Some("n")));
        check(&edit(&message));
        check(&answer(&message)["data"]);
    }

    #[test]
    fn expect_no_form_that_the_platform_would_refuse(
        title in hostile(),
        fields in prop::collection::vec((hostile(), hostile(), hostile(), any::<u16>(), any::<u16>()), 1..8),
    ) {
        let fields = fields.into_iter().enumerate().map(|(i, (label, hint, value, min, max))| FormField {
            id: format!("f{i}"), label, hint, value, required: true, long: true, min, max,
        });
        let body = form(&Form { id: "k1:x".into(), title, fields: fields.collect() });
        let data = &body["data"];
        prop_assert!((1..=45).contains(&length(&data["title"])));
        let rows = data["components"].as_array().unwrap();
        prop_assert!((1..=5).contains(&rows.len()));
        for row in rows {
            let field = &row["components"][0];
            prop_assert!((1..=45).contains(&length(&field["label"])));
            prop_assert!(length(&field["placeholder"]) <= 100);
            let (min, max) = (field["min_length"].as_u64().unwrap(), field["max_length"].as_u64().unwrap());
            prop_assert!(min <= max && (1..=4000).contains(&max));
            prop_assert!(length(&field["value"]) as u64 <= max);
        }
    }

    #[test]
    fn expect_no_choice_or_thread_name_that_the_platform_would_refuse(pairs in prop::collection::vec((hostile(), hostile()), 0..40), name in hostile()) {
        let offered: Vec<Choice> = pairs.into_iter().map(|(label, value)| Choice { label, value }).collect();
        let body = choices(&offered);
        let sent = body["data"]["choices"].as_array().unwrap();
        prop_assert!(sent.len() <= 25);
        for choice in sent {
            prop_assert!((1..=100).contains(&length(&choice["name"])) && (1..=100).contains(&length(&choice["value"])));
        }
        let name = thread_name(&name);
        prop_assert!((1..=100).contains(&units(&name)) && !is_blank(&name) && !name.contains('\n'));
    }
}

#[test]
fn expect_long_text_to_go_on_in_a_card_and_nothing_of_it_to_be_lost() {
    let text = (1..=700).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ");
    let body = create(&Message { text: text.clone(), ..Message::default() }, None);
    let both = format!(
        "{} {}",
        body["content"].as_str().unwrap(),
        body["embeds"][0]["description"].as_str().unwrap()
    );
    assert_eq!(both, text);
}

#[test]
fn expect_only_the_named_to_be_pinged_and_nobody_by_an_edit() {
    let message = Message {
        text: "@everyone <@5> <@6>".into(),
        mentions: vec![UserId(5), UserId(5)],
        mention_roles: vec![RoleId(7)],
        ..Message::default()
    };
    assert_eq!(
        create(&message, None)["allowed_mentions"],
        json!({ "parse": [], "users": ["5"], "roles": ["7"] })
    );
    assert_eq!(edit(&message)["allowed_mentions"], json!({ "parse": [] }));
}

#[test]
fn expect_a_nonce_to_be_enforced_and_private_answers_to_be_private() {
    let message = Message { text: "x".into(), ..Message::default() };
    let body = create(&message, Some("n1"));
    assert_eq!((&body["nonce"], &body["enforce_nonce"]), (&json!("n1"), &json!(true)));
    assert_eq!(answer(&message)["data"]["flags"], json!(64));
    assert!(answer(&Message { public: true, ..message })["data"].get("flags").is_none());
}

#[test]
fn expect_several_people_to_be_chosen_from_one_list() {
    let people = Control::People { id: "k1:setup:managers-chosen:1".into(), placeholder: "Who?".into() };
    let message = Message { text: "Who?".into(), rows: vec![vec![people]], ..Message::default() };
    let list = &answer(&message)["data"]["components"][0]["components"][0];
    assert_eq!((&list["type"], &list["max_values"]), (&json!(5), &json!(limits::CHOSEN_PEOPLE)));
}

#[test]
fn expect_no_card_beyond_what_all_of_them_may_hold() {
    let full = |n: usize| Card { body: "x".repeat(n), ..Card::default() };
    let late = CardField { name: "Late".into(), value: "Nothing of it fits".into(), short: true };
    let message = Message {
        text: "Much".into(),
        cards: vec![full(4096), full(1904), Card { fields: vec![late], ..Card::default() }],
        ..Message::default()
    };
    check(&create(&message, None));
}
