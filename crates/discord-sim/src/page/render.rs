//! What the page shows.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{PageError, PageReply, guard};
use crate::ids::{Id, parse_id};
use crate::person::visible_messages;
use crate::rest;
use crate::sim::Shared;
use crate::view::{self, Reader};
use crate::world::{Channel, ChannelKind, Guild, Message, Modal, User, World};

/// The person and the other values of a query.
pub(super) struct Query {
    values: Vec<(String, String)>,
}

impl Query {
    pub(super) fn new(raw: Option<&str>) -> Self {
        Query { values: rest::parse_query(raw.unwrap_or_default()) }
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.values.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The person who looks: `as`, or the first one.
    pub(super) fn person(&self, world: &World) -> Result<Id, PageError> {
        let found = match self.get("as") {
            Some(who) => parse_id(who).and_then(|id| world.user(id)),
            None => world.users.values().find(|user| !user.bot),
        };
        match found {
            Some(user) if !user.bot => Ok(user.id),
            _ => Err(PageError::new(StatusCode::NOT_FOUND, "there is no such person")),
        }
    }
}

pub(super) async fn state(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> PageReply {
    guard(&shared, &headers)?;
    let host = host(&shared);
    shared.with(|world| {
        let me = Query::new(raw.as_deref()).person(world)?;
        let guild = world.guilds.values().find(|guild| guild.members.contains_key(&me));
        let people: Vec<Value> = world.users.values().map(person).collect();
        let modals: Vec<Value> = world.open_modals(me).into_iter().map(modal).collect();
        Ok(Json(json!({
            "me": me.to_string(), "people": people,
            "guild": guild.map(guild_of),
            "channels": channels(world, me), "commands": world.commands(guild.map(|guild| guild.id)),
            "modals": modals, "host": host, "bot": bot(world),
        })))
    })
}

pub(super) async fn messages(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> PageReply {
    guard(&shared, &headers)?;
    shared.with(|world| {
        let query = Query::new(raw.as_deref());
        let me = query.person(world)?;
        let channel = query.get("channel").and_then(parse_id).and_then(|id| world.channel(id));
        let Some(channel) = channel.filter(|channel| world.can_see(channel, me)) else {
            return Err(PageError::new(StatusCode::NOT_FOUND, "there is no such channel"));
        };
        let shown: Vec<Value> =
            visible_messages(world, me, channel.id).into_iter().map(|one| message(world, one)).collect();
        Ok(Json(Value::Array(shown)))
    })
}

fn guild_of(guild: &Guild) -> Value {
    let roles: Vec<Value> =
        guild.roles.iter().map(|role| json!({ "id": role.id.to_string(), "name": role.name })).collect();
    json!({ "id": guild.id.to_string(), "name": guild.name, "roles": roles })
}

fn person(user: &User) -> Value {
    json!({
        "id": user.id.to_string(), "name": user.name, "display_name": user.display_name, "about": user.about,
        "color": user.color, "bot": user.bot,
    })
}

pub(super) fn bot(world: &World) -> Value {
    json!({ "id": world.bot_id().to_string(), "name": world.application.name, "online": world.bot_online() })
}

pub(super) fn host(shared: &Shared) -> Value {
    match &shared.host_page {
        Some(host) => {
            let buttons: Vec<Value> = host
                .buttons()
                .into_iter()
                .map(|button| json!({ "id": button.id, "label": button.label }))
                .collect();
            json!({ "title": host.title(), "now": crate::ids::iso(host.now()), "buttons": buttons, "tips": host.tips() })
        }
        None => {
            let now = shared.with(|world| world.shown_now());
            json!({ "title": "A local Discord", "now": crate::ids::iso(now), "buttons": [], "tips": [] })
        }
    }
}

fn channels(world: &World, me: Id) -> Vec<Value> {
    let mut found: Vec<&Channel> = Vec::new();
    for guild in world.guilds.values() {
        let own = guild.channels.iter().filter_map(|id| world.channel(*id));
        for top in own.filter(|channel| world.can_see(channel, me)) {
            found.push(top);
            found.extend(world.threads(top.id));
        }
    }
    found.extend(world.dm_channel(me));
    found.into_iter().map(|one| channel(world, one)).collect()
}

pub(super) fn channel(world: &World, of: &Channel) -> Value {
    let name =
        if of.kind == ChannelKind::Direct { world.application.name.as_str() } else { of.name.as_str() };
    let last = world.messages(of.id).into_iter().rev().find(|message| message.ephemeral_for.is_none());
    json!({
        "id": of.id.to_string(), "name": name, "type": of.kind.number(), "topic": of.topic,
        "parent_id": of.parent_id.map(|id| id.to_string()), "archived": of.archived, "locked": of.locked,
        "guild_id": of.guild_id.map(|id| id.to_string()),
        "last_message_id": last.map(|message| message.id.to_string()), "message_count": world.message_count(of),
        "tags": of.applied_tags.iter().filter_map(|id| tag_name(world, of, *id)).collect::<Vec<_>>(),
    })
}

fn tag_name(world: &World, post: &Channel, tag: Id) -> Option<String> {
    let forum = post.parent_id.and_then(|id| world.channel(id))?;
    forum.tags.iter().find(|one| one.id == tag).map(|one| one.name.clone())
}

pub(super) fn modal(form: &Modal) -> Value {
    json!({
        "id": form.id.to_string(), "title": form.title, "custom_id": form.custom_id,
        "components": form.components, "channel": form.channel.to_string(),
    })
}

/// A message for a person.
pub(super) fn message(world: &World, of: &Message) -> Value {
    let mut out = view::message(world, of, Reader::Full);
    if let Some(original) = of.reference.filter(|_| of.kind == 21).and_then(|(_, id)| world.message(id)) {
        out["referenced_message"] = if original.deleted { Value::Null } else { own_fields(world, original) };
    }
    add_own_fields(world, of, &mut out);
    out
}

fn own_fields(world: &World, of: &Message) -> Value {
    let mut out = view::message(world, of, Reader::Full);
    add_own_fields(world, of, &mut out);
    out
}

fn add_own_fields(world: &World, of: &Message, out: &mut Value) {
    let used = of.interaction.as_ref().map(
        |asked| json!({ "user": world.user(asked.user).map(person), "text": asked.text, "name": asked.name }),
    );
    let thread = world.thread_of(of).map(|thread| {
        json!({ "id": thread.id.to_string(), "name": thread.name, "message_count": world.message_count(thread) })
    });
    let pinged: Vec<String> = of.pinged.iter().map(Id::to_string).collect();
    for (key, value) in [
        ("ephemeral", json!(of.ephemeral_for.is_some())),
        ("edited", json!(of.edited.is_some())),
        ("thinking", json!(of.thinking)),
        ("interaction", used.unwrap_or(Value::Null)),
        ("thread", thread.unwrap_or(Value::Null)),
        ("pinged", json!(pinged)),
    ] {
        out[key] = value;
    }
}
