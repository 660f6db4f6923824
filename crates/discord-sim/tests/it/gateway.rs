//! Connecting, losing the connection, and getting back.

use crate::common::{End, GUILD, Gateway, INTENTS, PATIENCE, Rest, WARD, commands, start};
use discord_sim::{GatewayMood, Strictness, intents};
use serde_json::json;

#[tokio::test]
async fn expect_wrong_tokens_and_intents_to_be_refused() {
    let sim = start(Strictness::default()).await;
    for (token, asked, code) in [
        ("wrong", INTENTS, 4004),
        ("right-token", INTENTS | intents::MESSAGE_CONTENT, 4014),
        ("right-token", INTENTS | intents::GUILD_MEMBERS, 4014),
        ("right-token", 1 << 40, 4013),
    ] {
        let mut gateway = Gateway::identify(&sim, token, asked).await;
        assert_eq!(gateway.frame().await, Err(End::Closed(code)), "{token} {asked}");
    }
    let mut gateway = Gateway::open(&sim).await;
    gateway.send(json!({ "op": 3, "d": {} })).await;
    assert_eq!(gateway.frame().await, Err(End::Closed(4003)));
    let mut gateway = Gateway::open(&sim).await;
    gateway.send(json!({ "op": 99 })).await;
    assert_eq!(gateway.frame().await, Err(End::Closed(4001)));
}

#[tokio::test]
async fn expect_heartbeats_to_be_acknowledged_and_their_absence_to_end_it() {
    let strictness =
        Strictness { heartbeat_interval: std::time::Duration::from_millis(300), ..Strictness::default() };
    let sim = start(strictness).await;
    let mut gateway = Gateway::ready(&sim).await;
    gateway.send(json!({ "op": 1, "d": gateway.seq })).await;
    assert_eq!(gateway.frame().await.unwrap()["op"], 11);
    assert_eq!(gateway.frame().await, Err(End::Closed(4009)));
}

#[tokio::test]
async fn expect_missed_events_to_be_replayed_in_order() {
    let sim = start(Strictness::default()).await;
    let mut gateway = Gateway::ready(&sim).await;
    let (session, seq) = (gateway.session.clone(), gateway.seq);
    sim.drop_gateway();
    assert_eq!(gateway.frame().await, Err(End::Cut));
    let sam = sim.person("sam");
    for text in ["one", "two", "three"] {
        sam.say("ward-3", text).await.unwrap();
    }
    let mut gateway = Gateway::open(&sim).await;
    gateway
        .send(json!({ "op": 6, "d": { "token": "right-token", "session_id": session, "seq": seq } }))
        .await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let message = gateway.event("MESSAGE_CREATE").await;
        // Without the privileged intent, what others write is not told.
        assert_eq!(message["content"], "");
        ids.push(message["id"].as_str().unwrap().parse::<u64>().unwrap());
    }
    assert!(ids.is_sorted());
    gateway.event("RESUMED").await;
    assert_eq!(gateway.seq, seq + 4);
    assert_eq!(sim.connections(), (2, 1, 1));

    // A session that is not known, or was declared invalid, cannot be resumed.
    sim.invalidate_session(false);
    assert_eq!(gateway.frame().await.unwrap(), json!({ "op": 9, "d": false }));
    let mut gateway = Gateway::open(&sim).await;
    gateway
        .send(json!({ "op": 6, "d": { "token": "right-token", "session_id": session, "seq": seq } }))
        .await;
    assert_eq!(gateway.frame().await.unwrap(), json!({ "op": 9, "d": false }));
}

#[tokio::test]
async fn expect_a_brake_on_identify_and_a_day_limit() {
    let sim = start(Strictness { session_starts: 3, ..Strictness::real() }).await;
    let _first = Gateway::ready(&sim).await;
    let mut second = Gateway::identify(&sim, "right-token", INTENTS).await;
    assert_eq!(second.frame().await.unwrap(), json!({ "op": 9, "d": false }));
    let rest = Rest::new(&sim);
    let limit = rest.call("GET", "/gateway/bot", json!(null)).await.body["session_start_limit"].clone();
    assert_eq!((limit["total"].as_u64(), limit["remaining"].as_u64()), (Some(3), Some(1)));
    Gateway::identify(&sim, "right-token", INTENTS).await.frame().await.unwrap();
    let mut fourth = Gateway::identify(&sim, "right-token", INTENTS).await;
    assert_eq!(fourth.frame().await, Err(End::Closed(4004)));
    assert_eq!(rest.call("GET", "/users/@me", json!(null)).await.status, 401, "the token was reset");
}

#[tokio::test]
async fn expect_moods_and_orders() {
    let sim = start(Strictness::default()).await;
    let mut gateway = Gateway::ready(&sim).await;
    sim.ask_to_reconnect();
    assert_eq!(gateway.frame().await.unwrap()["op"], 7);
    sim.close_gateway(4000);
    assert_eq!(gateway.frame().await, Err(End::Closed(4000)));
    let address = format!("ws://{}/?v=10&encoding=json", sim.address());
    sim.gateway_mood(GatewayMood::Refusing);
    assert!(tokio_tungstenite::connect_async(&address).await.is_err());
    sim.gateway_mood(GatewayMood::Deaf);
    let (mut deaf, _) = tokio_tungstenite::connect_async(&address).await.unwrap();
    sim.gateway_mood(GatewayMood::Well);
    let mut gateway = Gateway::ready(&sim).await;
    assert!(
        futures::FutureExt::now_or_never(futures::StreamExt::next(&mut deaf)).is_none(),
        "not even a hello"
    );
    sim.revoke_token();
    assert_eq!(gateway.frame().await, Err(End::Closed(4004)));
    let mut gateway = Gateway::identify(&sim, "right-token", INTENTS).await;
    assert_eq!(gateway.frame().await, Err(End::Closed(4004)));
}

#[tokio::test]
async fn expect_duplicated_events() {
    let sim = start(Strictness::default()).await;
    let rest = Rest::new(&sim);
    let mut gateway = Gateway::ready(&sim).await;
    rest.register(commands()).await;
    sim.duplicate_next_interactions(1);
    let exchange = sim.person("sam").slash("ward-3", "suggest", json!({})).await.unwrap();
    let (first, second) = (gateway.interaction().await, gateway.interaction().await);
    assert_eq!(first, second);
    assert_eq!(rest.answer(&first, json!({ "type": 4, "data": { "content": "once" } })).await.status, 204);
    assert_eq!(
        rest.answer(&second, json!({ "type": 4, "data": { "content": "twice" } })).await.code(),
        40060
    );
    assert_eq!(exchange.text().await.unwrap(), "once");
    assert_eq!(sim.messages("ward-3").len(), 1);
}

#[tokio::test]
async fn expect_the_bot_to_be_removed_and_added_again() {
    let sim = start(Strictness::default()).await;
    let rest = Rest::new(&sim);
    let mut gateway = Gateway::ready(&sim).await;
    sim.remove_bot(GUILD);
    let gone = gateway.event("GUILD_DELETE").await;
    assert_eq!(gone, json!({ "id": GUILD.to_string() }));
    assert_eq!(rest.post(WARD, json!({ "content": "?" })).await.code(), 50001);
    assert_eq!(rest.call("GET", &format!("/guilds/{GUILD}"), json!(null)).await.code(), 50001);
    assert!(sim.person("sam").slash("ward-3", "suggest", json!({})).await.is_err());
    sim.add_bot(GUILD, 0);
    gateway.event("GUILD_CREATE").await;
    assert_eq!(rest.post(WARD, json!({ "content": "!" })).await.status, 200);
    sim.delete_channel("ward-3");
    gateway.event("CHANNEL_DELETE").await;
    assert_eq!(rest.post(WARD, json!({ "content": "?" })).await.code(), 10003);
    sim.wait_until(|world| world.messages(WARD).len() == 1, PATIENCE).await.unwrap();
}
