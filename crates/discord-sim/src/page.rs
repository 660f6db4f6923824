//! The page: its contract over HTTP, for whoever writes `assets/`.
//!
//! `GET /` is `assets/index.html`, `GET /sim/app.js` and `GET /sim/style.css` are its parts. Ids are strings everywhere.
//! `as` is the id of the person who looks or acts. Errors are `{"error": "plain words"}` with a 4xx status.
//!
//! - `GET /sim/api/state?as=` (without `as`: as the first person) →
//!   `{me, people: [{id, name, display_name, about, color, bot}], guild: {id, name},
//!   channels: [{id, name, type, topic, parent_id, archived, locked, last_message_id, message_count}],
//!   commands: [as registered, Discord JSON, types 1 and 3], modals: [forms open for this person, as in the event],
//!   host: {title, now, buttons: [{id, label}], tips: [markdown]}, bot: {id, name, online}}`.
//!   Channels are what the person sees: text (0), forums (15), threads and posts (11, also archived ones), and the direct
//!   conversation with the bot (1), which exists once a message was sent in it. `guild` has its `roles: [{id, name}]`.
//! - `GET /sim/api/messages?as=&channel=` → `[…]`, oldest first: Discord's message JSON, in which these are the page's own:
//!   `ephemeral` (only this person sees it), `edited`, `thinking` (a deferred answer that has not come),
//!   `interaction` (`{user: {id, name, display_name, …}, text: "/idea show number:12", name: "idea show"}` or null: the
//!   command that it answers), `thread` (`{id, name, message_count}` or null), `pinged` (ids of the people notified).
//!   Types: 0 and 19 plain, 20 and 23 answers to commands, 18 "started a thread", 21 a thread's first message, which
//!   stands for the message that the thread hangs on: that one, with its own id and channel, is in `referenced_message`.
//! - `GET /sim/api/events?as=` → server-sent events, data as JSON: `message` and `message_update` (a message as above),
//!   `message_delete {id, channel_id}`, `channel` (a channel as above; `{id, deleted: true}` when it is not seen any more),
//!   `commands` (the list), `modal {id, title, custom_id, components, channel}`, `interaction_failed {id, text}`,
//!   `host` (as in state), `bot` (as in state). When too much happened at once the stream ends: fetch everything again.
//! - `POST /sim/api/command {as, channel, command, sub?, options: {name: value}}` (`sub` is `accept`, or `group sub`) →
//!   `{interaction}`; what comes of it arrives as events.
//! - `POST /sim/api/message_command {as, channel, message, command}` → `{interaction}`
//! - `POST /sim/api/autocomplete {as, channel, command, sub?, focused, text, options}` → `{choices: [{name, value}]}`
//!   (without `text`, the focused option's value in `options` is what was typed)
//! - `POST /sim/api/component {as, channel, message, custom_id, values?}` → `{interaction}`; for selects of people, roles
//!   and channels `values` are names or ids
//! - `POST /sim/api/modal {as, modal, values: {custom_id: value}}` → `{interaction}`
//! - `POST /sim/api/close_modal {as, modal}` → `{}`
//! - `POST /sim/api/message {as, channel, text}` → `{message}` (its id); channel `dm` is the conversation with the bot
//! - `POST /sim/api/dismiss {as, message}` → `{}`
//! - `POST /sim/api/host/<button id>` `{}` → `{text}`: what the host's button did
//!
//! - `GET /attachments/{id}/{name}`: a file of a message, by the `url` in its `attachments`
//!
//! Every POST is `application/json` and comes from the page itself: calls of other origins are refused.

use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::faults::GatewayMood;
use crate::gateway;
use crate::net::Cut;
use crate::rest;
use crate::sim::Shared;

mod actions;
mod events;
mod render;

/// A button that the host adds to the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostButton {
    /// Comes back when it is pressed.
    pub id: String,
    /// What it says.
    pub label: String,
}

/// What the host adds to the page: a title, a clock, buttons, and what to try.
#[async_trait::async_trait]
pub trait HostPage: Send + Sync {
    /// The page's title.
    fn title(&self) -> String;
    /// The host's clock.
    fn now(&self) -> DateTime<Utc>;
    /// Its buttons, in order.
    fn buttons(&self) -> Vec<HostButton>;
    /// What to try, in markdown.
    fn tips(&self) -> Vec<String>;
    /// A button was pressed. Gives what happened, or why not, in plain words.
    async fn press(&self, id: &str) -> Result<String, String>;
}

/// All routes of the local Discord.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(root))
        .route("/sim/app.js", get(script))
        .route("/sim/style.css", get(style))
        .route("/sim/api/state", get(render::state))
        .route("/sim/api/messages", get(render::messages))
        .route("/sim/api/events", get(events::stream))
        .route("/sim/api/command", post(actions::command))
        .route("/sim/api/message_command", post(actions::message_command))
        .route("/sim/api/autocomplete", post(actions::autocomplete))
        .route("/sim/api/component", post(actions::component))
        .route("/sim/api/modal", post(actions::modal))
        .route("/sim/api/close_modal", post(actions::close_modal))
        .route("/sim/api/message", post(actions::message))
        .route("/sim/api/dismiss", post(actions::dismiss))
        .route("/sim/api/host/{button}", post(actions::host))
        .route("/attachments/{id}/{name}", get(attachment))
        .route("/api/{*path}", any(rest::api))
        .with_state(shared)
}

/// The page; or, for a websocket, the gateway.
async fn root(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    if !headers.contains_key(header::UPGRADE) {
        return asset("text/html; charset=utf-8", include_str!("../assets/index.html"));
    }
    match shared.with(|world| world.faults.gateway) {
        GatewayMood::Refusing => {
            cut.now();
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        GatewayMood::Silent => std::future::pending::<()>().await,
        GatewayMood::Well | GatewayMood::Deaf => {}
    }
    let query = rest::parse_query(&query.unwrap_or_default());
    let asked = |key: &str| query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    let version_fits = asked("v").is_none_or(|version| version == "10");
    let encoding_fits =
        asked("encoding").is_none_or(|encoding| encoding == "json") && asked("compress").is_none();
    if !version_fits || !encoding_fits {
        return (StatusCode::BAD_REQUEST, "only version 10 in uncompressed JSON").into_response();
    }
    let base = rest::host_of(&headers);
    match upgrade {
        Ok(upgrade) => upgrade.on_upgrade(move |socket| Box::pin(gateway::serve(shared, socket, base))),
        Err(rejection) => rejection.into_response(),
    }
}

/// A file of a message, to be saved: as on the platform, whoever has its address has it.
async fn attachment(State(shared): State<Arc<Shared>>, Path((id, _)): Path<(u64, String)>) -> Response {
    let found = shared.with(|world| world.files.get(&id).cloned());
    let Some((name, kind, content)) = found else { return StatusCode::NOT_FOUND.into_response() };
    let name: String = name.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\\')).collect();
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, content).into_response()
}

async fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../assets/app.js"))
}

async fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("../assets/style.css"))
}

/// The page runs nothing but its own script and talks to nobody but its own origin.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, text).into_response()
}

/// An error as the page shows it.
#[derive(Debug)]
pub(crate) struct PageError {
    status: StatusCode,
    text: String,
}

impl PageError {
    fn new(status: StatusCode, text: impl Into<String>) -> Self {
        PageError { status, text: text.into() }
    }
}

impl From<crate::client::ClientRefusal> for PageError {
    fn from(refusal: crate::client::ClientRefusal) -> Self {
        PageError::new(StatusCode::UNPROCESSABLE_ENTITY, refusal.0)
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        (self.status, axum::Json(json!({ "error": self.text }))).into_response()
    }
}

type PageReply = Result<axum::Json<Value>, PageError>;

/// Lets only the page itself in: a known host name (or another site's name could be pointed here), and no other origin.
fn guard(shared: &Shared, headers: &HeaderMap) -> Result<(), PageError> {
    let refuse = |text: &str| Err(PageError::new(StatusCode::FORBIDDEN, text));
    let host = rest::host_of(headers);
    let name = host.rsplit_once(':').map_or(host.as_str(), |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host.as_str() }
    });
    let bound = shared.address.ip().to_string();
    let known = ["127.0.0.1", "localhost", "[::1]", bound.as_str()].contains(&name)
        || shared.hosts.iter().any(|one| one == name || *one == host);
    if !known {
        return refuse("this page is not known under that name");
    }
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(origin) = text(header::ORIGIN) {
        let own = origin.split_once("://").is_some_and(|(_, authority)| authority == host);
        if !own {
            return refuse("calls from other pages are refused");
        }
    }
    let site = text(header::HeaderName::from_static("sec-fetch-site"));
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return refuse("calls from other pages are refused");
    }
    Ok(())
}
