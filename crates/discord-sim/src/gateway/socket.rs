//! One connection to the gateway.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{Event, Out, Session, intents};
use crate::faults::GatewayMood;
use crate::page_feed::PageEvent;
use crate::sim::Shared;
use crate::view;
use crate::world::World;

/// Frames that a client may send in a minute.
const CLIENT_FRAMES_PER_MINUTE: usize = 120;

/// Close codes, as documented under "Gateway close event codes".
mod close {
    pub(super) const UNKNOWN_OPCODE: (u16, &str) = (4001, "Unknown opcode.");
    pub(super) const DECODE_ERROR: (u16, &str) = (4002, "Error while decoding payload.");
    pub(super) const NOT_AUTHENTICATED: (u16, &str) = (4003, "Not authenticated.");
    pub(super) const AUTHENTICATION_FAILED: (u16, &str) = (4004, "Authentication failed.");
    pub(super) const ALREADY_AUTHENTICATED: (u16, &str) = (4005, "Already authenticated.");
    pub(super) const INVALID_SEQ: (u16, &str) = (4007, "Invalid seq.");
    pub(super) const RATE_LIMITED: (u16, &str) = (4008, "Rate limited.");
    pub(super) const SESSION_TIMED_OUT: (u16, &str) = (4009, "Session timed out.");
    pub(super) const INVALID_SHARD: (u16, &str) = (4010, "Invalid shard.");
    pub(super) const INVALID_INTENTS: (u16, &str) = (4013, "Invalid intent(s).");
    pub(super) const DISALLOWED_INTENTS: (u16, &str) = (4014, "Disallowed intent(s).");
}

type Writer = SplitSink<WebSocket, Message>;
type Closing = (u16, &'static str);

struct Connection {
    id: u64,
    session: Option<String>,
    sender: mpsc::UnboundedSender<Out>,
    frames: Vec<Instant>,
    heartbeat: Instant,
}

/// Serves one connection until it ends.
pub(crate) async fn serve(shared: Arc<Shared>, socket: WebSocket, base: String) {
    let (mut writer, mut reader) = socket.split();
    let (sender, mut orders) = mpsc::unbounded_channel();
    let (id, deaf) = shared.with(|world| {
        (world.sessions.open_socket(sender.clone()), world.faults.gateway == GatewayMood::Deaf)
    });
    let mut connection =
        Connection { id, session: None, sender, frames: Vec::new(), heartbeat: Instant::now() };
    let interval = shared.strictness.heartbeat_interval;
    let hello =
        json!({ "op": 10, "d": { "heartbeat_interval": interval.as_millis(), "_trace": ["[\"local\"]"] } });
    let mut resumable = true;
    if deaf {
        stay_deaf(&mut reader).await;
    } else if send(&mut writer, &hello).await {
        resumable =
            converse(&shared, &mut connection, (&mut writer, &mut reader), (&mut orders, &base)).await;
    }
    shared.with(|world| {
        world.sessions.close_socket(connection.id, connection.session.as_deref(), resumable);
        world.tell_page(PageEvent::Bot);
    });
}

/// Talks until the connection ends; says whether the session can be resumed.
async fn converse(
    shared: &Arc<Shared>,
    connection: &mut Connection,
    (writer, reader): (&mut Writer, &mut SplitStream<WebSocket>),
    (orders, base): (&mut mpsc::UnboundedReceiver<Out>, &str),
) -> bool {
    let patience = shared.strictness.heartbeat_interval.mul_f64(2.0).max(Duration::from_secs(1));
    loop {
        let deadline = tokio::time::Instant::from_std(connection.heartbeat + patience);
        tokio::select! {
            frame = reader.next() => {
                let text = match frame {
                    None | Some(Err(_)) => return true,
                    Some(Ok(Message::Close(frame))) => {
                        // A client that says goodbye (1000, 1001) ends its session.
                        return !frame.is_some_and(|frame| matches!(frame.code, 1000 | 1001));
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Text(text))) => text.to_string(),
                    Some(Ok(Message::Binary(bytes))) => String::from_utf8_lossy(&bytes).into_owned(),
                };
                match understand(shared, connection, &text, base) {
                    Ok(answers) => {
                        for answer in answers {
                            if !send(writer, &answer).await {
                                return true;
                            }
                        }
                    }
                    Err((code, reason)) => {
                        close(writer, code, reason).await;
                        return !matches!(code, 4004 | 4007 | 4009 | 4010 | 4013 | 4014);
                    }
                }
            }
            order = orders.recv() => match order {
                None | Some(Out::Drop) => return true,
                Some(Out::Text(text)) => {
                    if writer.send(Message::Text(text.as_ref().into())).await.is_err() {
                        return true;
                    }
                }
                Some(Out::Close(code, reason)) => {
                    close(writer, code, reason).await;
                    return true;
                }
                Some(Out::Deaf) => {
                    stay_deaf(reader).await;
                    return true;
                }
            },
            () = tokio::time::sleep_until(deadline) => {
                close(writer, close::SESSION_TIMED_OUT.0, close::SESSION_TIMED_OUT.1).await;
                return true;
            }
        }
    }
}

async fn stay_deaf(reader: &mut SplitStream<WebSocket>) {
    while let Some(Ok(frame)) = reader.next().await {
        if matches!(frame, Message::Close(_)) {
            return;
        }
    }
}

async fn send(writer: &mut Writer, frame: &Value) -> bool {
    writer.send(Message::Text(frame.to_string().into())).await.is_ok()
}

async fn close(writer: &mut Writer, code: u16, reason: &'static str) {
    let frame = (code != 0).then(|| CloseFrame { code, reason: reason.into() });
    if let Err(error) = writer.send(Message::Close(frame)).await {
        tracing::debug!(%error, "the client was gone before the close frame");
    }
}

/// Reads a frame; gives the frames to answer at once, or why to close.
fn understand(
    shared: &Shared,
    connection: &mut Connection,
    text: &str,
    base: &str,
) -> Result<Vec<Value>, Closing> {
    let now = Instant::now();
    connection.frames.retain(|at| now.duration_since(*at) < Duration::from_secs(60));
    connection.frames.push(now);
    if connection.frames.len() > CLIENT_FRAMES_PER_MINUTE {
        return Err(close::RATE_LIMITED);
    }
    let frame: Value = serde_json::from_str(text).map_err(|_| close::DECODE_ERROR)?;
    match frame["op"].as_u64() {
        Some(1) => {
            connection.heartbeat = now;
            Ok(vec![json!({ "op": 11 })])
        }
        Some(2) => shared.with(|world| identify(world, connection, &frame["d"], base)),
        Some(6) => shared.with(|world| resume(world, connection, &frame["d"])),
        Some(3 | 4 | 8 | 31) => match connection.session {
            Some(_) => Ok(Vec::new()),
            None => Err(close::NOT_AUTHENTICATED),
        },
        Some(_) => Err(close::UNKNOWN_OPCODE),
        None => Err(close::DECODE_ERROR),
    }
}

fn token_is_right(world: &World, token: &Value) -> bool {
    let given = token.as_str().map(|token| token.trim_start_matches("Bot "));
    given.is_some() && given == world.application.token.as_deref()
}

const INVALID_SESSION: u64 = 9;

fn identify(
    world: &mut World,
    connection: &mut Connection,
    data: &Value,
    base: &str,
) -> Result<Vec<Value>, Closing> {
    if connection.session.is_some() {
        return Err(close::ALREADY_AUTHENTICATED);
    }
    if !token_is_right(world, &data["token"]) {
        world.sessions.identify_count += 1;
        return Err(close::AUTHENTICATION_FAILED);
    }
    let asked = data["intents"].as_u64().ok_or(close::INVALID_INTENTS)?;
    if asked & !intents::ALL != 0 {
        return Err(close::INVALID_INTENTS);
    }
    if asked & intents::PRIVILEGED & !world.strictness.privileged_intents != 0 {
        return Err(close::DISALLOWED_INTENTS);
    }
    if !data["properties"].is_object() {
        return Err(close::DECODE_ERROR);
    }
    let (shard, shards) = match &data["shard"] {
        Value::Null => (0, 1),
        Value::Array(pair) => {
            match (pair.first().and_then(Value::as_u64), pair.get(1).and_then(Value::as_u64)) {
                (Some(shard), Some(shards)) if shard < shards && pair.len() == 2 => (shard, shards),
                _ => return Err(close::INVALID_SHARD),
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            return Err(close::INVALID_SHARD);
        }
    };
    let strictness = Arc::clone(&world.strictness);
    if world.sessions.starts_left(strictness.session_starts).0 == 0 {
        // The real Discord ends all sessions and resets the token.
        world.application.token = None;
        return Err(close::AUTHENTICATION_FAILED);
    }
    if !world.sessions.note_identify(shard, strictness.max_concurrency, strictness.identify_brake) {
        return Ok(vec![json!({ "op": INVALID_SESSION, "d": false })]);
    }
    let key = format!("{:032x}", u128::from(world.ids.make()).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060));
    world.sessions.sessions.insert(
        key.clone(),
        Session {
            shard,
            shards,
            intents: asked,
            seq: 0,
            replay: std::collections::VecDeque::new(),
            socket: Some(connection.sender.clone()),
            lost_at: None,
        },
    );
    connection.session = Some(key.clone());
    introduce(world, &key, base);
    world.tell_page(PageEvent::Bot);
    Ok(Vec::new())
}

/// READY, then a GUILD_CREATE for every guild of the shard.
fn introduce(world: &mut World, key: &str, base: &str) {
    let Some(session) = world.sessions.sessions.get(key) else { return };
    let (shard, shards, asked) = (session.shard, session.shards, session.intents);
    let mine: Vec<u64> = world
        .guilds
        .keys()
        .copied()
        .filter(|id| world.bot_in(*id) && super::shard_of(Some(*id), shards) == shard)
        .collect();
    let unavailable: Vec<Value> =
        mine.iter().map(|id| json!({ "id": id.to_string(), "unavailable": true })).collect();
    let user = world.users.get(&world.application.bot_id).map(view::current_user);
    let ready = json!({
        "v": 10, "user": user, "user_settings": {}, "guilds": unavailable, "session_id": key, "session_type": "normal",
        "resume_gateway_url": format!("ws://{base}"), "shard": [shard, shards],
        "application": { "id": world.application.id.to_string(), "flags": 0 },
        "private_channels": [], "relationships": [], "presences": [], "guild_join_requests": [],
        "geo_ordered_rtc_regions": [], "auth": {}, "_trace": ["[\"local\"]"],
    });
    let creates: Vec<Value> = if asked & intents::GUILDS == 0 {
        Vec::new()
    } else {
        mine.iter()
            .filter_map(|id| world.guilds.get(id))
            .map(|guild| view::guild_create(world, guild))
            .collect()
    };
    let Some(session) = world.sessions.sessions.get_mut(key) else { return };
    session.send("READY", &ready, 1);
    for create in &creates {
        session.send("GUILD_CREATE", create, 1);
    }
}

fn resume(world: &mut World, connection: &mut Connection, data: &Value) -> Result<Vec<Value>, Closing> {
    if connection.session.is_some() {
        return Err(close::ALREADY_AUTHENTICATED);
    }
    if !token_is_right(world, &data["token"]) {
        return Err(close::AUTHENTICATION_FAILED);
    }
    let seq = data["seq"].as_u64().ok_or(close::DECODE_ERROR)?;
    let key = data["session_id"].as_str().unwrap_or_default().to_owned();
    let resumable_for = world.strictness.resumable_for;
    world.sessions.forget_lost(resumable_for);
    let Some(session) = world.sessions.sessions.get_mut(&key) else {
        return Ok(vec![json!({ "op": INVALID_SESSION, "d": false })]);
    };
    if seq > session.seq {
        return Err(close::INVALID_SEQ);
    }
    let oldest = session.replay.front().map_or(session.seq + 1, |(seq, _)| *seq);
    if seq + 1 < oldest {
        world.sessions.sessions.remove(&key);
        return Ok(vec![json!({ "op": INVALID_SESSION, "d": false })]);
    }
    // An older connection of this session is thrown out.
    if let Some(older) = session.socket.take() {
        drop(older.send(Out::Drop));
    }
    session.lost_at = None;
    for (_, text) in session.replay.iter().filter(|(at, _)| *at > seq) {
        drop(connection.sender.send(Out::Text(Arc::clone(text))));
    }
    session.socket = Some(connection.sender.clone());
    session.send("RESUMED", &json!({ "_trace": ["[\"local\"]"] }), 1);
    connection.session = Some(key);
    world.sessions.resume_count += 1;
    world.tell_page(PageEvent::Bot);
    Ok(Vec::new())
}

/// Tells the bot's sessions of a guild.
pub(crate) fn guild_event(world: &mut World, name: &str, guild: u64, data: Value) {
    world.emit(&Event { name, data, guild: Some(guild), intent: intents::GUILDS });
}
