//! What people do on the page.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value, json};

use super::{PageError, PageReply, guard};
use crate::client::{self, ClientRefusal, Place, Typed};
use crate::exchange::Exchange;
use crate::ids::{Id, parse_id};
use crate::page_feed::PageEvent;
use crate::person;
use crate::sim::Shared;
use crate::world::World;

/// A body, after the guard.
struct Asked {
    body: Value,
    me: Id,
}

impl Asked {
    fn read(shared: &Shared, headers: &HeaderMap, bytes: &[u8]) -> Result<Self, PageError> {
        let body = read_body(shared, headers, bytes)?;
        let me = body["as"].as_str().and_then(parse_id);
        let known = me.filter(|id| shared.with(|world| world.user(*id).is_some_and(|user| !user.bot)));
        match known {
            Some(me) => Ok(Asked { body, me }),
            None => Err(PageError::new(StatusCode::NOT_FOUND, "there is no such person")),
        }
    }

    fn text(&self, key: &str) -> Result<&str, PageError> {
        let missing = || PageError::new(StatusCode::BAD_REQUEST, format!("{key} is missing"));
        self.body[key].as_str().ok_or_else(missing)
    }

    fn id(&self, key: &str) -> Result<Id, PageError> {
        let bad = || PageError::new(StatusCode::BAD_REQUEST, format!("{key} is not an id"));
        parse_id(self.text(key)?).ok_or_else(bad)
    }

    fn object(&self, key: &str) -> Map<String, Value> {
        self.body[key].as_object().cloned().unwrap_or_default()
    }

    fn place(&self) -> Result<Place, PageError> {
        Ok(Place::from(self.text("channel")?))
    }

    /// The command with its subcommand.
    fn command(&self) -> Result<String, PageError> {
        let sub = self.body["sub"].as_str().unwrap_or_default();
        Ok(format!("{} {sub}", self.text("command")?).trim().to_owned())
    }
}

fn read_body(shared: &Shared, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, PageError> {
    guard(shared, headers)?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Err(PageError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "only JSON is taken"));
    }
    serde_json::from_slice(bytes).map_err(|_| PageError::new(StatusCode::BAD_REQUEST, "that is not JSON"))
}

fn acted(shared: &Shared, act: impl FnOnce(&mut World) -> Result<Id, ClientRefusal>) -> PageReply {
    let id = shared.with(act)?;
    Ok(Json(json!({ "interaction": id.to_string() })))
}

pub(super) async fn command(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> PageReply {
    let asked = Asked::read(&shared, &headers, &bytes)?;
    let (place, command, options) = (asked.place()?, asked.command()?, asked.object("options"));
    acted(&shared, |world| {
        let channel = place.find_for(world, asked.me)?;
        client::command(
            world,
            &Typed { user: asked.me, channel, command: &command, options: &options, checked: true },
        )
    })
}

pub(super) async fn message_command(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> PageReply {
    let asked = Asked::read(&shared, &headers, &bytes)?;
    let (message, command) = (asked.id("message")?, asked.text("command")?);
    acted(&shared, |world| client::message_command(world, asked.me, message, command))
}

pub(super) async fn autocomplete(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> PageReply {
    let asked = Asked::read(&shared, &headers, &bytes)?;
    let (place, command, options) = (asked.place()?, asked.command()?, asked.object("options"));
    let focused = asked.text("focused")?;
    let typed = asked.body["text"].as_str().or_else(|| options.get(focused).and_then(Value::as_str));
    let text = typed.unwrap_or_default();
    let id = shared.with(|world| {
        let channel = place.find_for(world, asked.me)?;
        let typed = Typed { user: asked.me, channel, command: &command, options: &options, checked: false };
        client::autocomplete(world, &typed, focused, text)
    })?;
    let choices = Exchange::new(&shared, id)
        .choices()
        .await
        .map_err(|_| PageError::new(StatusCode::GATEWAY_TIMEOUT, "loading options failed"))?;
    let choices: Vec<Value> =
        choices.into_iter().map(|choice| json!({ "name": choice.name, "value": choice.value })).collect();
    Ok(Json(json!({ "choices": choices })))
}

pub(super) async fn component(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> PageReply {
    let asked = Asked::read(&shared, &headers, &bytes)?;
    let (message, custom_id) = (asked.id("message")?, asked.text("custom_id")?);
    let chosen: Option<Vec<String>> = asked.body["values"]
        .as_array()
        .map(|list| list.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect());
    acted(&shared, |world| client::press(world, asked.me, message, custom_id, chosen.as_deref()))
}

pub(super) async fn modal(State(shared): State<Arc<Shared>>, headers: HeaderMap, bytes: Bytes) -> PageReply {
    let asked = Asked::read(&shared, &headers, &bytes)?;
    let (modal, values) = (asked.id("modal")?, asked.object("values"));
    acted(&shared, |world| client::submit(world, asked.me, modal, &values))
}

pub(super) async fn close_modal(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> PageReply {
    let asked = Asked::read(&shared, &headers, &bytes)?;
    let modal = asked.id("modal")?;
    shared.with(|world| {
        if let Some(form) = world.modals.get_mut(&modal).filter(|form| form.user == asked.me) {
            form.open = false;
        }
    });
    Ok(Json(json!({})))
}

pub(super) async fn message(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> PageReply {
    let asked = Asked::read(&shared, &headers, &bytes)?;
    let (place, text) = (asked.place()?, asked.text("text")?);
    let id = shared.with(|world| {
        let channel = place.find_for(world, asked.me)?;
        client::say(world, asked.me, channel, text)
    })?;
    Ok(Json(json!({ "message": id.to_string() })))
}

pub(super) async fn dismiss(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    bytes: Bytes,
) -> PageReply {
    let asked = Asked::read(&shared, &headers, &bytes)?;
    let message = asked.id("message")?;
    shared.with(|world| person::dismiss(world, asked.me, message))?;
    Ok(Json(json!({})))
}

pub(super) async fn host(
    State(shared): State<Arc<Shared>>,
    Path(button): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> PageReply {
    read_body(&shared, &headers, &bytes)?;
    let Some(host) = shared.host_page.clone() else {
        return Err(PageError::new(StatusCode::NOT_FOUND, "there is no such button"));
    };
    if !host.buttons().iter().any(|one| one.id == button) {
        return Err(PageError::new(StatusCode::NOT_FOUND, "there is no such button"));
    }
    let text = host.press(&button).await.map_err(|text| PageError::new(StatusCode::CONFLICT, text))?;
    shared.with(|world| world.tell_page(PageEvent::Host));
    Ok(Json(json!({ "text": text })))
}
