//! What the real Discord refuses, limits, or breaks.

use std::time::Duration;

use crate::common::{BOT, FORUM, GUILD, MANAGERS, MARA, OTTO, Rest, SAM, SECRET, WARD, start};
use discord_sim::{Fault, FaultRule, OverwriteFor, Strictness, permission};
use serde_json::{Value, json};

fn row(buttons: &Value) -> Value {
    json!([{ "type": 1, "components": buttons }])
}

fn button(id: &str) -> Value {
    json!({ "type": 2, "style": 1, "label": "Press", "custom_id": id })
}

#[tokio::test]
async fn expect_bad_messages_to_be_refused() {
    let sim = start(Strictness::unlimited()).await;
    let rest = Rest::new(&sim);
    let long = |count: usize| "x".repeat(count);
    let option = json!({ "label": "One", "value": "1" });
    let select = |options: Value| row(&json!([{ "type": 3, "custom_id": "s", "options": options }]));
    for (name, body, code, place) in [
        ("empty", json!({}), 50006, ""),
        ("blank", json!({ "content": "  \n " }), 50006, ""),
        ("long", json!({ "content": long(2001) }), 50035, "/errors/content"),
        ("number", json!({ "content": 5 }), 50035, "/errors/content"),
        ("title", json!({ "embeds": [{ "title": long(257) }] }), 50035, "/errors/embeds/0/title"),
        ("empty embed", json!({ "embeds": [{}] }), 50035, "/errors/embeds/0/description"),
        (
            "field",
            json!({ "embeds": [{ "fields": [{ "name": "a", "value": "" }] }] }),
            50035,
            "/errors/embeds/0/fields/0/value",
        ),
        (
            "all embeds",
            json!({ "embeds": [{ "description": long(4000) }, { "description": long(2001) }] }),
            50035,
            "/errors/embeds/_errors",
        ),
        (
            "colour",
            json!({ "embeds": [{ "title": "a", "color": 0x0100_0000 }] }),
            50035,
            "/errors/embeds/0/color",
        ),
        (
            "timestamp",
            json!({ "embeds": [{ "title": "a", "timestamp": "today" }] }),
            50035,
            "/errors/embeds/0/timestamp",
        ),
        ("11 embeds", json!({ "embeds": vec![json!({ "title": "a" }); 11] }), 50035, "/errors/embeds"),
        (
            "bare button",
            json!({ "content": "a", "components": [button("a")] }),
            50035,
            "/errors/components/0/type",
        ),
        (
            "6 buttons",
            json!({ "content": "a", "components": row(&Value::Array((0..6).map(|at| button(&at.to_string())).collect())) }),
            50035,
            "/errors/components/0/components",
        ),
        (
            "6 rows",
            json!({ "content": "a", "components": (0..6).map(|at| json!({ "type": 1, "components": [button(&at.to_string())] })).collect::<Vec<_>>() }),
            50035,
            "/errors/components",
        ),
        (
            "empty row",
            json!({ "content": "a", "components": row(&json!([])) }),
            50035,
            "/errors/components/0/components",
        ),
        (
            "same id",
            json!({ "content": "a", "components": row(&json!([button("a"), button("a")])) }),
            50035,
            "/errors/components",
        ),
        (
            "long id",
            json!({ "content": "a", "components": row(&json!([button(&long(101))])) }),
            50035,
            "/errors/components/0/components/0/custom_id",
        ),
        (
            "long label",
            json!({ "content": "a", "components": row(&json!([{ "type": 2, "style": 1, "label": long(81), "custom_id": "a" }])) }),
            50035,
            "/errors/components/0/components/0/label",
        ),
        (
            "link",
            json!({ "content": "a", "components": row(&json!([{ "type": 2, "style": 5, "label": "a", "url": "javascript:1" }])) }),
            50035,
            "/errors/components/0/components/0/url",
        ),
        (
            "26 options",
            json!({ "content": "a", "components": select(json!((0..26).map(|at| json!({ "label": "a", "value": at.to_string() })).collect::<Vec<_>>())) }),
            50035,
            "/errors/components/0/components/0/options",
        ),
        (
            "same option",
            json!({ "content": "a", "components": select(json!([option, option])) }),
            50035,
            "/errors/components/0/components/0/options/1/value",
        ),
        (
            "field in message",
            json!({ "content": "a", "components": row(&json!([{ "type": 4, "custom_id": "a", "style": 1, "label": "a" }])) }),
            50035,
            "/errors/components/0/components/0/type",
        ),
        (
            "unknown component",
            json!({ "content": "a", "components": row(&json!([{ "type": 77, "custom_id": "a" }])) }),
            50035,
            "/errors/components/0/components/0/type",
        ),
        ("nonce", json!({ "content": "a", "nonce": long(26) }), 50035, "/errors/nonce"),
        (
            "mentions",
            json!({ "content": "a", "allowed_mentions": { "parse": ["users"], "users": ["11"] } }),
            50035,
            "/errors/allowed_mentions",
        ),
        (
            "parse",
            json!({ "content": "a", "allowed_mentions": { "parse": ["all"] } }),
            50035,
            "/errors/allowed_mentions/parse/0",
        ),
        (
            "reference",
            json!({ "content": "a", "message_reference": { "message_id": "5" } }),
            50035,
            "/errors/message_reference",
        ),
    ] {
        let answer = rest.post(WARD, body).await;
        assert_eq!((answer.status, answer.code()), (400, code), "{name}: {}", answer.body);
        assert!(answer.body.pointer(place).is_some(), "{name}: {}", answer.body);
    }
    assert_eq!(sim.messages("ward-3").len(), 0);
    let fits = json!({ "content": long(2000), "embeds": [{ "description": long(4000), "footer": { "text": long(2000) } }] });
    assert_eq!(rest.post(WARD, fits).await.status, 200);
    let emoji = json!({ "content": "\u{1F600}".repeat(2000) });
    assert_eq!(rest.post(WARD, emoji).await.status, 200, "characters are counted, not bytes");
}

#[tokio::test]
async fn expect_bad_commands_to_be_refused() {
    let sim = start(Strictness::unlimited()).await;
    let rest = Rest::new(&sim);
    let path = format!("/applications/{BOT}/commands");
    let with = |options: Value| json!([{ "name": "a", "description": "b", "options": options }]);
    let text = |name: &str| json!({ "type": 3, "name": name, "description": "b" });
    let big: Vec<Value> = (0..25)
        .map(|at| json!({ "type": 3, "name": format!("o{at}"), "description": "x".repeat(100), "choices": (0..25).map(|at| json!({ "name": format!("{at} {}", "y".repeat(10)), "value": at.to_string() })).collect::<Vec<_>>() }))
        .collect();
    for (name, body) in [
        ("capital", json!([{ "name": "Suggest", "description": "b" }])),
        ("space", json!([{ "name": "a b", "description": "b" }])),
        ("no description", json!([{ "name": "a" }])),
        ("long description", json!([{ "name": "a", "description": "x".repeat(101) }])),
        ("twice", json!([{ "name": "a", "description": "b" }, { "name": "a", "description": "b" }])),
        ("26 options", with((0..26).map(|at| text(&format!("o{at}"))).collect())),
        (
            "required last",
            with(json!([text("a"), { "type": 3, "name": "b", "description": "b", "required": true }])),
        ),
        ("same name", with(json!([text("a"), text("a")]))),
        ("mixed", with(json!([text("a"), { "type": 1, "name": "b", "description": "b" }]))),
        (
            "both",
            with(
                json!([{ "type": 3, "name": "a", "description": "b", "autocomplete": true, "choices": [{ "name": "x", "value": "x" }] }]),
            ),
        ),
        ("type", with(json!([{ "type": 99, "name": "a", "description": "b" }]))),
        ("over 8,000", with(Value::Array(big))),
        ("described", json!([{ "name": "Do it", "type": 3, "description": "b" }])),
        ("language", json!([{ "name": "a", "description": "b", "name_localizations": { "xx": "a" } }])),
        ("translation", json!([{ "name": "a", "description": "b", "name_localizations": { "de": "A B" } }])),
        ("rights", json!([{ "name": "a", "description": "b", "default_member_permissions": "all" }])),
        ("no list", json!({})),
    ] {
        let answer = rest.call("PUT", &path, body).await;
        assert_eq!((answer.status, answer.code()), (400, 50035), "{name}: {}", answer.body);
    }
    let many: Vec<Value> = (0..16).map(|at| json!({ "name": format!("Do {at}"), "type": 3 })).collect();
    assert_eq!(rest.call("PUT", &path, json!(many)).await.code(), 30032);
    assert_eq!(sim.read(discord_sim::World::command_overwrites), 0);
    // Over 4,000 and under 8,000 is fine, whatever an older library says.
    let middling: Vec<Value> = (0..25)
        .map(|at| json!({ "type": 1, "name": format!("sub-{at}"), "description": "x".repeat(90), "options": [{ "type": 3, "name": "o", "description": "y".repeat(100) }] }))
        .collect();
    assert_eq!(rest.call("PUT", &path, with(json!(middling))).await.status, 200);
}

#[tokio::test]
async fn expect_a_nonce_to_be_taken_once() {
    let sim = start(Strictness::unlimited()).await;
    let rest = Rest::new(&sim);
    let body = json!({ "content": "card", "nonce": "k-1-card", "enforce_nonce": true });
    let (first, second) = (rest.post(WARD, body.clone()).await, rest.post(WARD, body).await);
    assert_eq!((first.status, second.status), (200, 200));
    assert_eq!(first.id(), second.id());
    assert_eq!(first.body["nonce"], "k-1-card");
    let unenforced = json!({ "content": "card", "nonce": "k-1-card" });
    assert_ne!(rest.post(WARD, unenforced).await.id(), first.id());
    assert_eq!(sim.messages("ward-3").len(), 2);
}

#[tokio::test]
async fn expect_to_know_who_was_pinged() {
    let sim = start(Strictness::unlimited()).await;
    let rest = Rest::new(&sim);
    let text = format!("<@{SAM}> <@!{OTTO}> <@&{MANAGERS}> <@999> @everyone");
    for (allowed, pinged) in [
        (json!(null), vec![SAM, MARA, OTTO]),
        (json!({ "parse": [] }), vec![]),
        (json!({}), vec![]),
        (json!({ "users": [SAM.to_string()] }), vec![SAM]),
        (json!({ "parse": ["roles"] }), vec![MARA]),
        (json!({ "roles": [MANAGERS.to_string()], "users": ["999"] }), vec![MARA]),
        (json!({ "parse": ["everyone"] }), vec![]),
    ] {
        let answer = rest.post(WARD, json!({ "content": text, "allowed_mentions": allowed })).await;
        let message = sim.message(answer.id()).unwrap();
        assert_eq!(message.pinged.into_iter().collect::<Vec<_>>(), pinged, "{allowed}");
        assert!(!message.pinged_everyone, "the bot may not mention everyone");
    }
    sim.set_bot_permissions(GUILD, permission::MENTION_EVERYONE);
    let all = rest.post(WARD, json!({ "content": "@everyone" })).await;
    assert_eq!(all.body["mention_everyone"], true);
    assert_eq!(sim.message(all.id()).unwrap().pinged.len(), 3);
    let embed = rest.post(WARD, json!({ "embeds": [{ "description": format!("<@{SAM}>") }] })).await;
    assert!(sim.message(embed.id()).unwrap().pinged.is_empty(), "embeds ping nobody");
}

#[tokio::test]
async fn expect_permissions_to_be_kept() {
    let sim = start(Strictness::unlimited()).await;
    let rest = Rest::new(&sim);
    assert_eq!(rest.post(SECRET, json!({ "content": "a" })).await.code(), 50001);
    assert_eq!(rest.post(4711, json!({ "content": "a" })).await.code(), 10003);
    let bot = OverwriteFor::Member(BOT);
    let card = rest.post(WARD, json!({ "content": "card" })).await.id();
    sim.set_permission("ward-3", bot, 0, permission::EMBED_LINKS | permission::CREATE_PUBLIC_THREADS);
    assert_eq!(rest.post(WARD, json!({ "embeds": [{ "title": "a" }] })).await.code(), 50013);
    let thread =
        rest.call("POST", &format!("/channels/{WARD}/messages/{card}/threads"), json!({ "name": "a" })).await;
    assert_eq!(thread.code(), 50013);
    sim.set_permission("ward-3", bot, 0, permission::SEND_MESSAGES);
    assert_eq!(rest.post(WARD, json!({ "content": "a" })).await.code(), 50013);
    sim.set_permission("ward-3", bot, 0, permission::READ_MESSAGE_HISTORY);
    let path = format!("/channels/{WARD}/messages");
    assert_eq!(rest.call("GET", &path, json!(null)).await.body, json!([]));
    sim.deny_bot("ward-3", permission::VIEW_CHANNEL);
    assert_eq!(rest.call("GET", &path, json!(null)).await.code(), 50001);
    let tags = json!({ "available_tags": [{ "name": "x" }] });
    assert_eq!(rest.call("PATCH", &format!("/channels/{FORUM}"), tags.clone()).await.code(), 50013);
    sim.set_bot_permissions(GUILD, permission::MANAGE_CHANNELS);
    assert_eq!(
        rest.call("PATCH", &format!("/channels/{FORUM}"), tags).await.body["available_tags"][0]["name"],
        "x"
    );
    sim.set_bot_permissions(GUILD, permission::ADMINISTRATOR);
    assert_eq!(rest.post(SECRET, json!({ "content": "a" })).await.status, 200);
    // Others' messages cannot be edited.
    let said = sim.person("sam").say("ward-3", "mine").await.unwrap();
    assert_eq!(
        rest.call("PATCH", &format!("{path}/{}", said.id), json!({ "content": "b" })).await.code(),
        50005
    );
}

#[tokio::test]
async fn expect_limits_with_headers() {
    let sim = start(Strictness::default()).await;
    let rest = Rest::new(&sim);
    for left in (0..5).rev() {
        let answer = rest.post(WARD, json!({ "content": "a" })).await;
        assert_eq!(answer.header("x-ratelimit-remaining"), Some(left.to_string().as_str()));
        assert_eq!(answer.header("x-ratelimit-limit"), Some("5"));
    }
    let refused = rest.post(WARD, json!({ "content": "a" })).await;
    assert_eq!((refused.status, refused.header("x-ratelimit-scope")), (429, Some("user")));
    assert!(refused.body["retry_after"].as_f64().is_some_and(|seconds| seconds > 0.0 && seconds <= 5.0));
    assert!(refused.header("retry-after").is_some() && refused.header("x-ratelimit-bucket").is_some());
    assert_eq!(refused.body["global"], false);
    // Another channel has a bucket of its own.
    sim.set_bot_permissions(GUILD, permission::ADMINISTRATOR);
    assert_eq!(rest.post(SECRET, json!({ "content": "a" })).await.status, 200);

    let sim = start(Strictness { global_limit: Some(3), buckets: false, ..Strictness::default() }).await;
    let rest = Rest::new(&sim);
    let calls = (0..5).map(|_| rest.call("GET", "/users/@me", json!(null)));
    let answers = futures::future::join_all(calls).await;
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(!refused.is_empty());
    for answer in refused {
        assert_eq!(
            (answer.header("x-ratelimit-global"), &answer.body["global"]),
            (Some("true"), &json!(true))
        );
    }
    // Interaction answers do not count.
    let unknown = rest.call("POST", "/interactions/1/a/callback", json!({ "type": 5 })).await;
    assert_eq!(unknown.code(), 10062);
    assert_eq!(sim.invalid_requests(), answers.iter().filter(|answer| answer.status == 429).count());
}

#[tokio::test]
async fn expect_edits_of_old_messages_to_be_limited() {
    let sim = start(Strictness { buckets: false, ..Strictness::default() }).await;
    let rest = Rest::new(&sim);
    let card = rest.post(WARD, json!({ "content": "card" })).await.id();
    let path = format!("/channels/{WARD}/messages/{card}");
    for at in 0..10 {
        assert_eq!(rest.call("PATCH", &path, json!({ "content": at.to_string() })).await.status, 200);
    }
    sim.age_messages(Duration::from_secs(3601));
    for _ in 0..3 {
        assert_eq!(rest.call("PATCH", &path, json!({ "content": "old" })).await.status, 200);
    }
    let refused = rest.call("PATCH", &path, json!({ "content": "older" })).await;
    assert_eq!((refused.status, refused.code()), (429, 30046));
    assert!(refused.body["retry_after"].as_f64().is_some_and(|seconds| seconds > 0.0));
    assert_eq!(sim.message(card).unwrap().history.len(), 14);
}

#[tokio::test]
async fn expect_faults_before_and_after_the_effect() {
    let sim = start(Strictness::unlimited()).await;
    let rest = Rest::new(&sim);
    let posts = |target: &discord_sim::Target<'_>| target.method == "POST";
    sim.fault(FaultRule::next(Fault::CutBefore, 1).when(posts));
    sim.fault(FaultRule::next(Fault::CutAfter, 1).when(posts));
    sim.fault(FaultRule::next(Fault::Status(502), 1).when(posts));
    sim.fault(FaultRule::next(Fault::StatusAfter(500), 1).when(posts));
    let path = format!("/channels/{WARD}/messages");
    assert_eq!(rest.call("GET", &path, json!(null)).await.status, 200, "not picked");
    let body = |text: &str| json!({ "content": text });
    assert!(rest.try_call("POST", &path, body("before")).await.is_err());
    assert!(rest.try_call("POST", &path, body("after")).await.is_err());
    assert_eq!(rest.call("POST", &path, body("bad gateway")).await.status, 502);
    assert_eq!(rest.call("POST", &path, body("after all")).await.status, 500);
    assert_eq!(rest.call("POST", &path, body("well")).await.status, 200);
    let said: Vec<String> = sim.messages("ward-3").into_iter().map(|message| message.content).collect();
    assert_eq!(said, ["after", "after all", "well"]);
    let seen: Vec<_> =
        sim.journal().iter().skip(1).map(|call| (call.status, call.fault, call.effective)).collect();
    assert_eq!(
        seen,
        [
            (0, Some("cut before"), false),
            (0, Some("cut after"), true),
            (502, Some("status"), false),
            (500, Some("status after"), true),
            (200, None, true),
        ]
    );
    sim.fault(FaultRule::fraction(Fault::Status(429), 1.0));
    assert_eq!(rest.post(WARD, body("limited")).await.status, 429);
    sim.clear_faults();
    assert_eq!(rest.post(WARD, body("free")).await.status, 200);
    let sent = sim.journal().pop().unwrap();
    assert_eq!(
        (sent.route, sent.request["content"].as_str()),
        ("/channels/{channel}/messages", Some("free"))
    );
}

#[tokio::test]
async fn expect_wrong_tokens_paths_and_methods_to_be_refused() {
    let sim = start(Strictness::unlimited()).await;
    let mut rest = Rest::new(&sim);
    assert_eq!(rest.call("GET", "/nonsense", json!(null)).await.status, 404);
    assert_eq!(rest.call("PUT", &format!("/channels/{WARD}/messages"), json!({})).await.status, 405);
    assert_eq!(rest.call("GET", "/channels/abc", json!(null)).await.code(), 50035);
    assert_eq!(
        rest.call("GET", &format!("/channels/{WARD}/messages?limit=101"), json!(null)).await.code(),
        50035
    );
    rest.token = "wrong".to_owned();
    assert_eq!(rest.call("GET", "/users/@me", json!(null)).await.status, 401);
    assert_eq!(sim.invalid_requests(), 1);
}

#[tokio::test]
async fn expect_an_answer_that_comes_too_late_to_have_had_its_effect() {
    let sim = start(Strictness::unlimited()).await;
    let rest = Rest::new(&sim);
    sim.fault(FaultRule::next(Fault::DelayAfter(Duration::from_secs(3600)), 1));
    let slow = tokio::spawn({
        let rest = rest.clone();
        async move { rest.post(WARD, json!({ "content": "slow" })).await }
    });
    sim.wait_until(|world| world.messages(WARD).len() == 1, crate::common::PATIENCE).await.unwrap();
    slow.abort();
    assert_eq!(sim.read(|world| world.calls().len()), 1);
}

#[tokio::test]
async fn expect_messages_of_components_alone_to_be_kept_apart() {
    let sim = start(Strictness::unlimited()).await;
    let rest = Rest::new(&sim);
    let text = json!([{ "type": 10, "content": "Only text" }, { "type": 1, "components": [button("a")] }]);
    let both = json!({ "flags": 1 << 15, "content": "no", "components": text });
    assert!(rest.post(WARD, both).await.body.pointer("/errors/content").is_some());
    let unflagged = json!({ "components": text });
    assert_eq!(rest.post(WARD, unflagged).await.code(), 50035);
    let made = rest.post(WARD, json!({ "flags": 1 << 15, "components": text })).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(sim.message(made.id()).unwrap().all_text(), "Only text");
    let path = format!("/channels/{WARD}/messages/{}", made.id());
    assert_eq!(rest.call("PATCH", &path, json!({ "content": "a" })).await.code(), 50035);
}

#[tokio::test]
async fn expect_quiet_threads_to_archive_themselves_and_posting_to_open_them() {
    let now = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(1_800_000_000));
    let clock = std::sync::Arc::clone(&now);
    let clock: discord_sim::Clock = std::sync::Arc::new(move || {
        chrono::DateTime::from_timestamp(clock.load(std::sync::atomic::Ordering::SeqCst), 0)
            .unwrap_or_default()
    });
    let config = discord_sim::SimConfig {
        clock: Some(clock),
        strictness: Strictness::unlimited(),
        ..discord_sim::SimConfig::new(crate::common::seed())
    };
    let sim = discord_sim::Sim::start(config).await.unwrap();
    let rest = Rest::new(&sim);
    let body = json!({ "name": "K-1", "auto_archive_duration": 1440, "message": { "content": "card" } });
    let post = rest.call("POST", &format!("/channels/{FORUM}/threads"), body).await.id();
    sim.archive_quiet_threads();
    assert!(!sim.channel(post).unwrap().archived);
    now.fetch_add(86_400, std::sync::atomic::Ordering::SeqCst);
    sim.archive_quiet_threads();
    assert!(sim.channel(post).unwrap().archived);
    let card = format!("/channels/{post}/messages/{post}");
    assert_eq!(rest.call("PATCH", &card, json!({ "content": "new" })).await.code(), 50083);
    assert_eq!(rest.post(post, json!({ "content": "step" })).await.status, 200);
    assert_eq!(rest.call("PATCH", &card, json!({ "content": "new" })).await.status, 200);
}

#[tokio::test]
async fn expect_files_to_be_listed() {
    let sim = start(Strictness::unlimited()).await;
    let url = format!("{}/api/v10/channels/{WARD}/messages", sim.base_url());
    let body = "--x\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{\"content\":\"see\"}\r\n\
        --x\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a.png\"\r\n\r\n12345\r\n--x--\r\n";
    let answer = reqwest::Client::new()
        .post(url)
        .header("authorization", "Bot right-token")
        .header("user-agent", "test")
        .header("content-type", "multipart/form-data; boundary=x")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let message = sim.messages("ward-3").pop().unwrap();
    assert_eq!((message.content.as_str(), &message.attachments[0]["size"]), ("see", &json!(5)));
    let bare =
        reqwest::Client::new().get(format!("{}/api/v10/users/@me", sim.base_url())).send().await.unwrap();
    assert_eq!(bare.status(), 403, "a client without a name is turned away");
}

#[tokio::test]
async fn expect_nothing_to_answer_after_the_end() {
    let sim = start(Strictness::unlimited()).await;
    let rest = Rest::new(&sim);
    assert_eq!(rest.call("GET", "/users/@me", json!(null)).await.status, 200);
    sim.stop();
    assert!(rest.try_call("GET", "/users/@me", json!(null)).await.is_err());
}

#[tokio::test]
async fn expect_files_to_be_taken_as_they_are_described() {
    use reqwest::multipart::{Form, Part};

    let sim = start(Strictness::unlimited()).await;
    let client = reqwest::Client::builder().user_agent("DiscordBot (test, 1)").build().expect("a client");
    let part = |content: &str| Part::bytes(content.as_bytes().to_vec()).file_name("a.csv");
    let described =
        |id: u64| json!({ "content": "x", "attachments": [{ "id": id, "filename": "ideas.csv" }] });
    let send = |body: Value, files: Vec<(&'static str, Part)>| {
        let json = Part::text(body.to_string()).mime_str("application/json").expect("a kind");
        let form = files
            .into_iter()
            .fold(Form::new().part("payload_json", json), |form, (name, file)| form.part(name, file));
        let request = client.post(format!("{}/api/v10/channels/{WARD}/messages", sim.base_url()));
        let request = request.header("authorization", "Bot right-token").multipart(form).send();
        async move {
            let answer = request.await.expect("an answer");
            (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
        }
    };
    let (status, sent) = send(described(0), vec![("files[0]", part("a,b\r\n"))]).await;
    assert_eq!(status, 200, "{sent}");
    let file = &sent["attachments"][0];
    assert_eq!((file["filename"].as_str(), file["size"].as_u64()), (Some("ideas.csv"), Some(5)), "{sent}");
    let saved = client.get(file["url"].as_str().expect("an address")).send().await.expect("an answer");
    assert_eq!(saved.headers()["content-disposition"], "attachment; filename=\"ideas.csv\"");
    assert_eq!(saved.text().await.expect("a text"), "a,b\r\n");

    let large = "x".repeat(10 * 1024 * 1024 + 1);
    for (name, body, files, status, code) in [
        ("described and not sent", described(1), vec![("files[0]", part("a"))], 400, 50035),
        (
            "sent and not described",
            described(0),
            vec![("files[0]", part("a")), ("files[1]", part("b"))],
            400,
            50035,
        ),
        (
            "two in one place",
            described(0),
            vec![("files[0]", part("a")), ("files[0]", part("b"))],
            400,
            50035,
        ),
        ("no place", described(0), vec![("file", part("a"))], 400, 50035),
        ("too large", described(0), vec![("files[0]", part(&large))], 413, 40005),
    ] {
        let (got, answer) = send(body, files).await;
        assert_eq!((got, answer["code"].as_u64()), (status, Some(code)), "{name}: {answer}");
    }
}
