//! The REST interface: one door for every call, where it is recorded, limited, broken on demand and answered.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use crate::error::{ApiError, Problems};
use crate::faults::{Fault, Target};
use crate::ids::{Id, parse_id, real_now};
use crate::journal::Entry;
use crate::limits::{BucketState, Verdict};
use crate::net::Cut;
use crate::permission;
use crate::sim::Shared;
use crate::world::{Channel, ChannelKind, World};

mod channels;
mod commands;
mod guilds;
mod interactions;
mod messages;
mod multipart;
mod routes;
mod threads;
mod webhooks;

pub(crate) use channels::remove as remove_channel;
pub(crate) use interactions::forget_expired;
pub(crate) use messages::{New, remove as remove_message, unique_dm, write as write_message};
use routes::{Auth, Route};

/// The most bytes of a body.
const BODY_MAX: usize = 30 * 1024 * 1024;
/// Where the interface is.
const PREFIX: &str = "/api/v10";

/// One call, taken apart.
#[derive(Debug)]
pub(crate) struct Call {
    params: Vec<String>,
    query: Vec<(String, String)>,
    body: Value,
    host: String,
}

/// An answer: a status, and a body unless it is null.
#[derive(Debug)]
pub(crate) struct Reply {
    status: u16,
    body: Value,
}

type Outcome = Result<Reply, ApiError>;

fn ok(body: Value) -> Outcome {
    Ok(Reply { status: 200, body })
}

fn created(body: Value) -> Outcome {
    Ok(Reply { status: 201, body })
}

fn done() -> Outcome {
    Ok(Reply { status: 204, body: Value::Null })
}

impl Call {
    fn text(&self, at: usize) -> &str {
        self.params.get(at).map_or("", String::as_str)
    }

    /// The variable of the path at a place, which must be an id.
    fn id(&self, at: usize) -> Result<Id, ApiError> {
        let text = self.text(at);
        parse_id(text).ok_or_else(|| {
            Problems::only("id", "NUMBER_TYPE_COERCE", &format!("Value \"{text}\" is not snowflake."))
        })
    }

    fn query(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// Answers every call below `/api`.
pub(crate) async fn api(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request<Body>,
) -> Response {
    let (parts, body) = request.into_parts();
    let method = parts.method.as_str().to_owned();
    let full = parts.uri.path().to_owned();
    let path = full.strip_prefix(PREFIX).unwrap_or(&full).to_owned();
    let Ok(bytes) = to_bytes(body, BODY_MAX).await else {
        return plain(
            StatusCode::PAYLOAD_TOO_LARGE,
            &json!({ "message": "Request entity too large", "code": 40005 }),
        );
    };
    let route =
        if full.starts_with(PREFIX) { routes::find(&method, &path) } else { Err(ApiError::not_found()) };
    let (template, counts) = match &route {
        Ok((route, _)) => (route.template, route.global),
        Err(_) => ("?", true),
    };
    let target = Target { method: &method, route: template, path: &path };
    let mut fault = shared.with(|world| world.faults.pick(&target));
    let played = fault.map(Fault::name);
    if let Some(Fault::Delay(wait)) = fault {
        tokio::time::sleep_until(tokio::time::Instant::now() + wait).await;
        fault = fault.filter(|_| false);
    }
    let parsed = parse_body(&parts.headers, &bytes);
    let host = host_of(&parts.headers);
    let incoming = Incoming {
        headers: &parts.headers,
        query: parse_query(parts.uri.query().unwrap_or_default()),
        body: parsed,
        host,
    };
    let answer = shared.with(|world| {
        let answer = match fault {
            Some(Fault::Status(status)) => Answer::faulty(status),
            Some(Fault::CutBefore) => Answer::nothing(),
            Some(Fault::CutAfter | Fault::StatusAfter(_) | Fault::Delay(_) | Fault::DelayAfter(_)) | None => {
                answer(world, route, incoming)
            }
        };
        let status = match fault {
            Some(Fault::CutBefore | Fault::CutAfter) => 0,
            Some(Fault::StatusAfter(status)) => status,
            Some(Fault::Status(_) | Fault::Delay(_) | Fault::DelayAfter(_)) | None => answer.status,
        };
        world.limiter.note_status(status);
        world.journal.note(&Entry {
            method: &method,
            route: template,
            path: &path,
            status,
            counts_globally: counts && answer.status != 0,
            fault: played,
            effective: answer.effective,
            request: &answer.request,
            response: &answer.body,
        });
        world.dirty = true;
        answer
    });
    match fault {
        Some(Fault::CutBefore | Fault::CutAfter) => {
            cut.now();
            plain(StatusCode::BAD_GATEWAY, &Value::Null)
        }
        Some(Fault::StatusAfter(status)) => Answer::faulty(status).response(),
        Some(Fault::DelayAfter(wait)) => {
            tokio::time::sleep_until(tokio::time::Instant::now() + wait).await;
            answer.response()
        }
        Some(Fault::Status(_) | Fault::Delay(_)) | None => answer.response(),
    }
}

struct Incoming<'a> {
    headers: &'a HeaderMap,
    query: Vec<(String, String)>,
    body: Result<(Value, Vec<multipart::Sent>), ApiError>,
    host: String,
}

/// What goes back, with its headers.
#[derive(Debug)]
struct Answer {
    status: u16,
    body: Value,
    request: Value,
    headers: Vec<(&'static str, String)>,
    effective: bool,
}

impl Answer {
    fn nothing() -> Self {
        Answer { status: 0, body: Value::Null, request: Value::Null, headers: Vec::new(), effective: false }
    }

    /// What a faulty Discord says with a status.
    fn faulty(status: u16) -> Self {
        let mut out = Answer { status, ..Answer::nothing() };
        if status == 429 {
            out.body =
                json!({ "message": "You are being rate limited.", "retry_after": 0.3, "global": false });
            out.headers = vec![("retry-after", "1".to_owned()), ("x-ratelimit-scope", "user".to_owned())];
        } else {
            // Gateways in front of Discord answer in HTML or not at all.
            out.body = json!({ "message": format!("{status}: Server Error"), "code": 0 });
        }
        out
    }

    fn refusal(error: &ApiError) -> Self {
        let mut out = Answer { status: error.status, body: error.body(), ..Answer::nothing() };
        if let Some(seconds) = error.retry_after {
            out.headers.push(("retry-after", whole_seconds(seconds)));
            out.headers.push(("x-ratelimit-scope", "user".to_owned()));
        }
        out
    }

    fn response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = plain(status, &self.body);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response.headers_mut().insert(header::VIA, HeaderValue::from_static("1.1 google"));
        response
    }
}

fn plain(status: StatusCode, body: &Value) -> Response {
    let mut response =
        Response::new(if body.is_null() { Body::empty() } else { Body::from(body.to_string()) });
    *response.status_mut() = status;
    if !body.is_null() {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}

type Found = Result<(&'static Route, Vec<String>), ApiError>;

fn answer(world: &mut World, route: Found, incoming: Incoming<'_>) -> Answer {
    let request = incoming.body.as_ref().map_or(Value::Null, |(body, _)| body.clone());
    let (mut answer, bucket) = match limited(world, &route) {
        Err(refused) => (refused, None),
        Ok(bucket) => match handle(world, route, incoming) {
            Ok(reply) => (
                Answer { status: reply.status, body: reply.body, effective: true, ..Answer::nothing() },
                bucket,
            ),
            Err(error) => (Answer::refusal(&error), bucket),
        },
    };
    if let Some(state) = bucket {
        answer.headers.extend(bucket_headers(&state));
    }
    answer.request = request;
    answer
}

/// Counts the call against the limits.
fn limited(world: &mut World, route: &Found) -> Result<Option<BucketState>, Answer> {
    let (allowance, key, global) = match route {
        Ok((route, params)) => (route.allowance, route.bucket_key(params), route.global),
        Err(_) => (routes::COMMON, String::new(), true),
    };
    match world.limiter.admit(allowance, &key, global) {
        Verdict::Go(bucket) => Ok(bucket),
        Verdict::Banned => {
            let mut out = Answer::faulty(429);
            out.body = Value::Null;
            out.headers = vec![("retry-after", "600".to_owned())];
            Err(out)
        }
        Verdict::Wait { after, global, bucket } => {
            let seconds = after.as_secs_f64().max(0.001);
            let mut out = Answer::faulty(429);
            out.body = json!({
                "message": "You are being rate limited.", "retry_after": round_millis(seconds), "global": global,
            });
            let scope = if global { "global" } else { "user" };
            out.headers =
                vec![("retry-after", whole_seconds(seconds)), ("x-ratelimit-scope", scope.to_owned())];
            if global {
                out.headers.push(("x-ratelimit-global", "true".to_owned()));
            } else if let Some(state) = bucket {
                out.headers.extend(bucket_headers(&state));
            }
            Err(out)
        }
    }
}

fn whole_seconds(seconds: f64) -> String {
    format!("{:.0}", seconds.ceil().max(1.0))
}

fn round_millis(seconds: f64) -> f64 {
    (seconds * 1000.0).ceil() / 1000.0
}

fn bucket_headers(state: &BucketState) -> Vec<(&'static str, String)> {
    let after = state.reset_after.as_secs_f64();
    let reset = real_now() + chrono::Duration::from_std(state.reset_after).unwrap_or_default();
    vec![
        ("x-ratelimit-limit", state.limit.to_string()),
        ("x-ratelimit-remaining", state.remaining.to_string()),
        ("x-ratelimit-reset", format!("{}.{:03}", reset.timestamp(), reset.timestamp_subsec_millis())),
        ("x-ratelimit-reset-after", format!("{after:.3}")),
        ("x-ratelimit-bucket", state.id.clone()),
    ]
}

fn handle(world: &mut World, route: Found, incoming: Incoming<'_>) -> Outcome {
    if !incoming.headers.contains_key(header::USER_AGENT) {
        return Err(ApiError::no_user_agent());
    }
    let (route, params) = route?;
    if route.auth == Auth::Bot {
        authorize(world, incoming.headers)?;
    }
    let (mut body, files) = incoming.body?;
    multipart::keep(world, &mut body, files, &incoming.host)?;
    (route.run)(world, &Call { params, query: incoming.query, body, host: incoming.host })
}

fn authorize(world: &World, headers: &HeaderMap) -> Result<(), ApiError> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = given.and_then(|value| value.strip_prefix("Bot "));
    if token.is_some() && token == world.application.token.as_deref() {
        Ok(())
    } else {
        Err(ApiError::unauthorized())
    }
}

pub(crate) fn host_of(headers: &HeaderMap) -> String {
    headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn parse_body(headers: &HeaderMap, bytes: &[u8]) -> Result<(Value, Vec<multipart::Sent>), ApiError> {
    if bytes.is_empty() {
        return Ok((Value::Null, Vec::new()));
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("multipart/form-data") {
        return multipart::parse(kind, bytes);
    }
    if !kind.starts_with("application/json") {
        return Err(Problems::only(
            "",
            "CONTENT_TYPE_INVALID",
            "Expected \"Content-Type\" header to be one of {'application/json'}.",
        ));
    }
    serde_json::from_slice(bytes).map(|body| (body, Vec::new())).map_err(|_| ApiError::invalid_json())
}

/// Splits a query; serenity writes `?&limit=50`.
pub(crate) fn parse_query(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (unescape(key), unescape(value))
        })
        .collect()
}

/// Undoes percent encoding.
pub(crate) fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = text.get(at + 1..at + 3).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (byte, hex) {
            (b'%', Some(value)) => {
                out.push(value);
                at += 3;
            }
            (b'+', _) => {
                out.push(b' ');
                at += 1;
            }
            (other, _) => {
                out.push(*other);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A channel that exists and that the bot sees.
fn visible_channel(world: &World, id: Id) -> Result<&Channel, ApiError> {
    let channel = world.channel(id).ok_or_else(ApiError::unknown_channel)?;
    if world.can_see(channel, world.application.bot_id) {
        Ok(channel)
    } else {
        Err(ApiError::missing_access())
    }
}

/// Refuses if the bot lacks one of these permissions in a channel.
fn need(world: &World, channel: &Channel, bits: u64) -> Result<(), ApiError> {
    if world.permissions(channel, world.application.bot_id) & bits == bits {
        Ok(())
    } else {
        Err(ApiError::missing_permissions())
    }
}

fn may(world: &World, channel: &Channel, bits: u64) -> bool {
    need(world, channel, bits).is_ok()
}

/// May the bot post here?
fn may_post(world: &World, channel: &Channel) -> Result<(), ApiError> {
    match channel.kind {
        ChannelKind::Text | ChannelKind::Voice => need(world, channel, permission::SEND_MESSAGES),
        ChannelKind::Forum => Err(ApiError::not_a_text_channel()),
        ChannelKind::Direct => {
            let bot = world.application.bot_id;
            let person = channel.members.iter().find(|id| **id != bot).and_then(|id| world.users.get(id));
            let reachable = person.is_some_and(|person| {
                let shared = world
                    .guilds
                    .values()
                    .any(|guild| guild.members.contains_key(&person.id) && guild.members.contains_key(&bot));
                shared && !person.dms_closed
            });
            if reachable { Ok(()) } else { Err(ApiError::cannot_message_user()) }
        }
        ChannelKind::Thread => {
            need(world, channel, permission::SEND_MESSAGES_IN_THREADS)?;
            if channel.locked && (channel.archived || !may(world, channel, permission::MANAGE_THREADS)) {
                return Err(ApiError::archived_thread());
            }
            Ok(())
        }
    }
}

/// How long a call that was told to wait has to wait at most, for tests of the limits.
pub(crate) const LONGEST_WINDOW: Duration = Duration::from_secs(20);
