//! A bot made by hand: a REST client and a gateway client that know nothing of any Discord library.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "shared by several test programs, each using a part"
)]

use std::time::Duration;

use discord_sim::{
    ChannelSeed, GuildSeed, OverwriteFor, PersonSeed, RoleSeed, Seed, Sim, SimConfig, Strictness, permission,
};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message as Frame;

pub const GUILD: u64 = 1000;
pub const WARD: u64 = 2003;
pub const SECRET: u64 = 2004;
pub const FORUM: u64 = 2005;
pub const BOT: u64 = 9000;
pub const SAM: u64 = 11;
pub const MARA: u64 = 14;
pub const OTTO: u64 = 16;
pub const MANAGERS: u64 = 31;
pub const PATIENCE: Duration = Duration::from_secs(10);

/// GUILDS and the two kinds of messages.
pub const INTENTS: u64 = 1 | 1 << 9 | 1 << 12;

pub fn seed() -> Seed {
    let bot = permission::EVERYONE | permission::MANAGE_THREADS | permission::MANAGE_MESSAGES;
    Seed::new(BOT, "kaizen", "right-token")
        .person(PersonSeed::new(SAM, "sam").display_name("Sam"))
        .person(PersonSeed::new(MARA, "mara").display_name("Mara"))
        .person(PersonSeed::new(OTTO, "otto").dms_closed())
        .person(PersonSeed::new(17, "stranger"))
        .guild(
            GuildSeed::new(GUILD, "Hospital", MARA)
                .role(RoleSeed::new(MANAGERS, "managers").mentionable())
                .bot_permissions(bot)
                .member(SAM, &[])
                .member(MARA, &[MANAGERS])
                .member(OTTO, &[])
                .channel(ChannelSeed::text(WARD, "ward-3").topic("Ward 3"))
                .channel(ChannelSeed::text(SECRET, "secret").overwrite(
                    OverwriteFor::Role(GUILD),
                    0,
                    permission::VIEW_CHANNEL,
                ))
                .channel(ChannelSeed::forum(FORUM, "ideas").tag("new", false).tag("done", true)),
        )
}

pub async fn start(strictness: Strictness) -> Sim {
    Sim::start(SimConfig { strictness, ..SimConfig::new(seed()) }).await.expect("a free port")
}

/// The REST half of the bot.
#[derive(Clone)]
pub struct Rest {
    pub base: String,
    pub token: String,
    client: reqwest::Client,
}

impl Rest {
    pub fn new(sim: &Sim) -> Self {
        let client = reqwest::Client::builder().user_agent("DiscordBot (test, 1)").build().expect("a client");
        Rest { base: sim.base_url(), token: "right-token".to_owned(), client }
    }

    pub async fn try_call(&self, method: &str, path: &str, body: Value) -> Result<Answer, reqwest::Error> {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self
            .client
            .request(method, format!("{}/api/v10{path}", self.base))
            .header("authorization", format!("Bot {}", self.token));
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await?;
        Ok(Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null) })
    }

    pub async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.try_call(method, path, body).await.expect("an answer")
    }

    pub async fn post(&self, channel: u64, body: Value) -> Answer {
        self.call("POST", &format!("/channels/{channel}/messages"), body).await
    }

    /// Answers an interaction event.
    pub async fn answer(&self, event: &Value, body: Value) -> Answer {
        let (id, token) = (event["id"].as_str().expect("an id"), event["token"].as_str().expect("a token"));
        self.call("POST", &format!("/interactions/{id}/{token}/callback"), body).await
    }

    pub fn hook(&self, event: &Value) -> String {
        format!("/webhooks/{BOT}/{}", event["token"].as_str().expect("a token"))
    }

    pub async fn register(&self, commands: Value) {
        let answer = self.call("PUT", &format!("/applications/{BOT}/commands"), commands).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn code(&self) -> u64 {
        self.body["code"].as_u64().unwrap_or_default()
    }

    pub fn id(&self) -> u64 {
        self.body["id"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .unwrap_or_else(|| panic!("no id in {}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// The gateway half of the bot.
pub struct Gateway {
    socket: Socket,
    pub seq: u64,
    pub session: String,
}

/// How a connection ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    Closed(u16),
    Cut,
}

impl Gateway {
    pub async fn open(sim: &Sim) -> Self {
        let address = format!("ws://{}/?v=10&encoding=json", sim.address());
        let (socket, _) = tokio_tungstenite::connect_async(address).await.expect("a gateway");
        let mut gateway = Gateway { socket, seq: 0, session: String::new() };
        let hello = gateway.frame().await.expect("hello");
        assert_eq!(hello["op"], 10);
        gateway
    }

    pub async fn send(&mut self, frame: Value) {
        self.socket.send(Frame::Text(frame.to_string())).await.expect("an open socket");
    }

    pub async fn identify(sim: &Sim, token: &str, intents: u64) -> Self {
        let mut gateway = Gateway::open(sim).await;
        gateway
            .send(json!({ "op": 2, "d": { "token": token, "intents": intents, "shard": [0, 1],
                "properties": { "os": "linux", "browser": "test", "device": "test" } } }))
            .await;
        gateway
    }

    /// Connected and READY.
    pub async fn ready(sim: &Sim) -> Self {
        let mut gateway = Gateway::identify(sim, "right-token", INTENTS).await;
        let ready = gateway.event("READY").await;
        gateway.session = ready["session_id"].as_str().expect("a session").to_owned();
        gateway.event("GUILD_CREATE").await;
        gateway
    }

    pub async fn frame(&mut self) -> Result<Value, End> {
        let next = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("a frame in time");
        match next {
            Some(Ok(Frame::Text(text))) => {
                let frame: Value = serde_json::from_str(&text).expect("JSON");
                self.seq = frame["s"].as_u64().unwrap_or(self.seq);
                Ok(frame)
            }
            Some(Ok(Frame::Close(Some(frame)))) => Err(End::Closed(frame.code.into())),
            Some(Ok(_)) => Err(End::Closed(0)),
            Some(Err(_)) | None => Err(End::Cut),
        }
    }

    /// The next event of a name; others are skipped.
    pub async fn event(&mut self, name: &str) -> Value {
        loop {
            let frame = self.frame().await.unwrap_or_else(|end| panic!("waiting for {name}: {end:?}"));
            if frame["t"] == *name {
                return frame["d"].clone();
            }
        }
    }

    pub async fn interaction(&mut self) -> Value {
        self.event("INTERACTION_CREATE").await
    }

    pub fn abandon(self) {
        drop(self.socket);
    }
}

pub fn commands() -> Value {
    json!([
        { "name": "suggest", "description": "Suggest an improvement", "options": [
            { "type": 3, "name": "idea", "description": "The idea", "max_length": 50 },
            { "type": 6, "name": "for", "description": "For whom" },
        ] },
        { "name": "idea", "description": "Ideas", "options": [
            { "type": 1, "name": "show", "description": "Show one", "options": [
                { "type": 3, "name": "number", "description": "Which", "required": true, "autocomplete": true } ] },
            { "type": 1, "name": "decline", "description": "Decline", "options": [
                { "type": 3, "name": "reason", "description": "Why", "required": true },
                { "type": 3, "name": "class", "description": "Class", "choices": [
                    { "name": "not feasible", "value": "not_feasible" } ] } ] },
        ] },
        { "name": "Suggest improvement", "type": 3 },
    ])
}

/// Lays a body over twilight's idea of it.
pub fn as_twilight<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("twilight: {error}\n{value:#}"))
}
