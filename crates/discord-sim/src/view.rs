//! How everything looks in Discord's JSON.

use serde_json::{Map, Value, json};

use crate::ids::{Id, iso};
use crate::interaction::Interaction;
use crate::permission::OverwriteFor;
use crate::world::{AnsweredInteraction, Channel, ChannelKind, Guild, Member, Message, Role, User, World};

/// For whom a message is written out.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reader {
    /// The bot; `content` if it may read what others write.
    Bot { content: bool },
    /// Somebody who sees it on the screen, or to whom it was handed (a message command).
    Full,
}

/// Set on a message that a thread hangs on.
const HAS_THREAD: u64 = 1 << 5;
/// The size of files that may be sent with an interaction.
pub(crate) const ATTACHMENT_LIMIT: u64 = 10 * 1024 * 1024;

pub(crate) fn text_id(id: Id) -> Value {
    Value::String(id.to_string())
}

fn text_ids(ids: &[Id]) -> Value {
    Value::Array(ids.iter().map(|id| text_id(*id)).collect())
}

pub(crate) fn user(user: &User) -> Value {
    let mut out = json!({
        "id": user.id.to_string(), "username": user.name, "discriminator": "0", "global_name": user.display_name,
        "avatar": null, "avatar_decoration_data": null, "banner": null, "accent_color": null, "clan": null,
        "collectibles": null, "primary_guild": null, "public_flags": 0, "flags": 0,
    });
    if user.bot {
        out["bot"] = json!(true);
        out["global_name"] = Value::Null;
    }
    out
}

pub(crate) fn current_user(who: &User) -> Value {
    let mut out = user(who);
    for (key, value) in [
        ("bio", json!("")),
        ("mfa_enabled", json!(true)),
        ("locale", json!("en-US")),
        ("premium_type", json!(0)),
        ("email", Value::Null),
        ("verified", json!(true)),
    ] {
        out[key] = value;
    }
    out
}

/// A member without the user in it.
pub(crate) fn bare_member(member: &Member) -> Value {
    json!({
        "avatar": null, "avatar_decoration_data": null, "banner": null, "collectibles": null,
        "communication_disabled_until": null, "deaf": false, "flags": 0, "joined_at": iso(member.joined_at),
        "mute": false, "nick": null, "pending": false, "premium_since": null, "roles": text_ids(&member.roles),
        "unusual_dm_activity_until": null,
    })
}

pub(crate) fn member(world: &World, id: Id, held: &Member) -> Value {
    let mut out = bare_member(held);
    out["user"] = world.users.get(&id).map_or(Value::Null, user);
    out
}

pub(crate) fn role(guild: &Guild, role: &Role) -> Value {
    let position = guild.roles.iter().position(|one| one.id == role.id).unwrap_or_default();
    let mut out = json!({
        "id": role.id.to_string(), "name": role.name, "description": null, "permissions": role.permissions.to_string(),
        "position": position, "color": 0,
        "colors": { "primary_color": 0, "secondary_color": null, "tertiary_color": null },
        "hoist": false, "managed": role.managed, "mentionable": role.mentionable, "icon": null,
        "unicode_emoji": null, "flags": 0,
    });
    if role.managed {
        out["tags"] = json!({});
    }
    out
}

/// A guild as `GET /guilds/{id}` shows it.
pub(crate) fn guild(guild: &Guild) -> Value {
    json!({
        "id": guild.id.to_string(), "name": guild.name, "icon": null, "description": null, "home_header": null,
        "splash": null, "discovery_splash": null, "features": [], "banner": null, "owner_id": guild.owner_id.to_string(),
        "application_id": null, "region": "deprecated", "afk_channel_id": null, "afk_timeout": 300,
        "system_channel_id": null, "system_channel_flags": 0, "widget_enabled": false, "widget_channel_id": null,
        "verification_level": 0, "roles": guild.roles.iter().map(|one| role(guild, one)).collect::<Vec<_>>(),
        "default_message_notifications": 0, "mfa_level": 0, "explicit_content_filter": 0, "max_presences": null,
        "max_members": 500_000, "max_stage_video_channel_users": 50, "max_video_channel_users": 25,
        "vanity_url_code": null, "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US",
        "rules_channel_id": null, "safety_alerts_channel_id": null, "public_updates_channel_id": null,
        "premium_progress_bar_enabled": false, "nsfw": false, "nsfw_level": 0, "emojis": [], "stickers": [],
        "incidents_data": null, "hub_type": null, "latest_onboarding_question_id": null,
    })
}

/// A guild as GUILD_CREATE shows it: with channels, active threads, and of the members only the bot.
pub(crate) fn guild_create(world: &World, of: &Guild) -> Value {
    let mut out = guild(of);
    let bot = world.application.bot_id;
    let bot_member = of.members.get(&bot);
    let channels: Vec<Value> =
        of.channels.iter().filter_map(|id| world.channel(*id)).map(|one| channel(world, one)).collect();
    let mut threads: Vec<&Channel> = active_threads(world, of.id);
    threads.retain(|thread| world.can_see(thread, bot));
    for (key, value) in [
        ("joined_at", bot_member.map_or(Value::Null, |member| json!(iso(member.joined_at)))),
        ("large", json!(false)),
        ("unavailable", json!(false)),
        ("member_count", json!(of.members.len())),
        ("voice_states", json!([])),
        ("members", bot_member.map_or(json!([]), |held| json!([member(world, bot, held)]))),
        ("channels", json!(channels)),
        ("threads", json!(threads.into_iter().map(|one| channel(world, one)).collect::<Vec<_>>())),
        ("presences", json!([])),
        ("stage_instances", json!([])),
        ("guild_scheduled_events", json!([])),
        ("soundboard_sounds", json!([])),
    ] {
        out[key] = value;
    }
    out
}

/// The threads of a guild that are not archived, newest first.
pub(crate) fn active_threads(world: &World, guild: Id) -> Vec<&Channel> {
    let mut threads: Vec<&Channel> = world
        .known_threads
        .iter()
        .filter_map(|id| world.channel(*id))
        .filter(|thread| thread.guild_id == Some(guild) && !thread.archived)
        .collect();
    threads.sort_by_key(|thread| std::cmp::Reverse(thread.id));
    threads
}

pub(crate) fn channel(world: &World, of: &Channel) -> Value {
    let last = of.message_ids.last().map_or(Value::Null, |id| text_id(*id));
    let mut out = json!({
        "id": of.id.to_string(), "type": of.kind.number(), "last_message_id": last, "flags": if of.require_tag { 16 } else { 0 },
    });
    match of.kind {
        ChannelKind::Direct => {
            let bot = world.application.bot_id;
            let others: Vec<Value> = of
                .members
                .iter()
                .filter(|id| **id != bot)
                .filter_map(|id| world.users.get(id))
                .map(user)
                .collect();
            out["recipients"] = json!(others);
        }
        ChannelKind::Text | ChannelKind::Forum | ChannelKind::Voice => {
            let position = of
                .guild_id
                .and_then(|id| world.guilds.get(&id))
                .and_then(|guild| guild.channels.iter().position(|id| *id == of.id));
            let overwrites: Vec<Value> = of
                .overwrites
                .iter()
                .map(|one| {
                    let (id, kind) = match one.target {
                        OverwriteFor::Role(id) => (id, 0),
                        OverwriteFor::Member(id) => (id, 1),
                    };
                    json!({ "id": id.to_string(), "type": kind, "allow": one.allow.to_string(), "deny": one.deny.to_string() })
                })
                .collect();
            for (key, value) in [
                ("guild_id", of.guild_id.map_or(Value::Null, text_id)),
                ("name", json!(of.name)),
                ("topic", json!(of.topic)),
                ("parent_id", Value::Null),
                ("position", json!(position.unwrap_or_default())),
                ("permission_overwrites", json!(overwrites)),
                ("nsfw", json!(false)),
                ("rate_limit_per_user", json!(0)),
            ] {
                out[key] = value;
            }
            if of.kind == ChannelKind::Forum {
                let tags: Vec<Value> = of
                    .tags
                    .iter()
                    .map(|tag| {
                        json!({ "id": tag.id.to_string(), "name": tag.name, "moderated": tag.moderated, "emoji_id": null, "emoji_name": null })
                    })
                    .collect();
                out["available_tags"] = json!(tags);
                out["default_reaction_emoji"] = Value::Null;
                out["default_sort_order"] = Value::Null;
                out["default_forum_layout"] = json!(0);
                out["template"] = json!("");
            }
        }
        ChannelKind::Thread => {
            for (key, value) in [
                ("guild_id", of.guild_id.map_or(Value::Null, text_id)),
                ("name", json!(of.name)),
                ("parent_id", of.parent_id.map_or(Value::Null, text_id)),
                ("owner_id", of.owner_id.map_or(Value::Null, text_id)),
                ("rate_limit_per_user", json!(0)),
                ("bitrate", json!(64_000)),
                ("user_limit", json!(0)),
                ("rtc_region", Value::Null),
                ("message_count", json!(world.message_count(of))),
                ("total_message_sent", json!(of.message_ids.len())),
                ("member_count", json!(of.members.len().min(50))),
                ("thread_metadata", thread_metadata(of)),
            ] {
                out[key] = value;
            }
            if of
                .parent_id
                .and_then(|id| world.channel(id))
                .is_some_and(|parent| parent.kind == ChannelKind::Forum)
            {
                out["applied_tags"] = text_ids(&of.applied_tags);
            }
        }
    }
    out
}

fn thread_metadata(of: &Channel) -> Value {
    json!({
        "archived": of.archived, "archive_timestamp": iso(of.archive_changed),
        "auto_archive_duration": of.auto_archive_minutes, "locked": of.locked, "create_timestamp": iso(of.created),
    })
}

/// The channel object of an interaction, with what the person may do there.
pub(crate) fn interaction_channel(world: &World, of: &Channel, permissions: u64) -> Value {
    let mut out = channel(world, of);
    out["permissions"] = json!(permissions.to_string());
    out
}

/// A channel among the resolved ones of a command: fewer fields.
pub(crate) fn resolved_channel(of: &Channel, permissions: u64, app_permissions: u64) -> Value {
    let mut out = json!({
        "id": of.id.to_string(), "name": of.name, "type": of.kind.number(),
        "permissions": permissions.to_string(), "app_permissions": app_permissions.to_string(),
        "guild_id": of.guild_id.map(|id| id.to_string()),
    });
    if of.kind == ChannelKind::Thread {
        out["thread_metadata"] = thread_metadata(of);
        out["parent_id"] = of.parent_id.map_or(Value::Null, text_id);
    }
    out
}

/// A member in an interaction, with the permissions in its channel.
pub(crate) fn interaction_member(world: &World, guild: &Guild, who: Id, permissions: u64) -> Option<Value> {
    let mut out = member(world, who, guild.members.get(&who)?);
    out["permissions"] = json!(permissions.to_string());
    Some(out)
}

pub(crate) fn message(world: &World, of: &Message, reader: Reader) -> Value {
    one_message(world, of, reader, true)
}

/// What a message tells about the interaction that it answers.
fn metadata(world: &World, of: &Message, asked: &AnsweredInteraction) -> Value {
    let mut out = json!({
        "id": asked.id.to_string(), "type": asked.kind, "user": world.users.get(&asked.user).map(user),
        "authorizing_integration_owners": owners(of.guild_id),
    });
    match (asked.kind, asked.on, &asked.opener) {
        (3, Some(on), _) => out["interacted_message_id"] = text_id(on),
        (5, _, Some(opener)) => out["triggering_interaction_metadata"] = metadata(world, of, opener),
        _ => {
            out["name"] = json!(asked.name);
            out["command_type"] = json!(if of.kind == 23 { 3 } else { 1 });
        }
    }
    out
}

fn one_message(world: &World, of: &Message, reader: Reader, follow: bool) -> Value {
    let readable = match reader {
        Reader::Full | Reader::Bot { content: true } => true,
        Reader::Bot { content: false } => {
            let bot = world.application.bot_id;
            of.author_id == bot || of.guild_id.is_none() || of.mentions.contains(&bot)
        }
    };
    let shown = |values: &[Value]| if readable { json!(values) } else { json!([]) };
    let users = |ids: &[Id]| -> Value {
        json!(ids.iter().filter_map(|id| world.users.get(id)).map(user).collect::<Vec<_>>())
    };
    let mut out = json!({
        "id": of.id.to_string(), "channel_id": of.channel_id.to_string(), "type": of.kind,
        "author": world.users.get(&of.author_id).map(user), "content": if readable { of.content.as_str() } else { "" },
        "timestamp": iso(of.shown_at), "edited_timestamp": of.edited.map(iso), "tts": false,
        "mention_everyone": of.pinged_everyone, "mentions": users(&of.mentions), "mention_roles": text_ids(&of.mention_roles),
        "attachments": shown(&of.attachments), "embeds": shown(&of.embeds), "components": shown(&of.components),
        "pinned": false, "flags": of.flags | if of.thread.is_some() { HAS_THREAD } else { 0 },
    });
    if let Some(nonce) = &of.nonce {
        out["nonce"] = nonce.clone();
    }
    if let Some(asked) = &of.interaction {
        let who = world.users.get(&asked.user).map(user);
        out["application_id"] = text_id(world.application.id);
        out["webhook_id"] = text_id(world.application.id);
        out["interaction"] =
            json!({ "id": asked.id.to_string(), "type": asked.kind, "name": asked.name, "user": who });
        out["interaction_metadata"] = metadata(world, of, asked);
    }
    if let Some((channel, id)) = of.reference {
        let mut reference =
            json!({ "type": 0, "channel_id": channel.to_string(), "message_id": id.to_string() });
        if let Some(guild) = of.guild_id {
            reference["guild_id"] = text_id(guild);
        }
        out["message_reference"] = reference;
        if follow && of.kind != 18 {
            out["referenced_message"] = world
                .messages
                .get(&id)
                .filter(|message| !message.deleted)
                .map_or(Value::Null, |message| one_message(world, message, reader, false));
        }
    }
    if let Some(thread) = world.thread_of(of) {
        out["thread"] = channel(world, thread);
    }
    out
}

/// Which installation lets the bot act here.
pub(crate) fn owners(guild: Option<Id>) -> Value {
    json!({ "0": guild.map_or_else(|| "0".to_owned(), |id| id.to_string()) })
}

/// The part of INTERACTION_CREATE that is the same for every type.
pub(crate) fn interaction(world: &World, of: &Interaction, data: &Value) -> Value {
    let who = of.user;
    let mut out = json!({
        "id": of.id.to_string(), "application_id": world.application.id.to_string(), "type": of.kind.number(),
        "token": of.token, "version": 1, "channel_id": of.channel.to_string(), "entitlements": [],
        "entitlement_sku_ids": [], "authorizing_integration_owners": owners(of.guild),
        "context": if of.guild.is_some() { 0 } else { 1 }, "attachment_size_limit": ATTACHMENT_LIMIT,
        "data": data,
    });
    if let Some(locale) = world.users.get(&who).map(|user| user.locale.as_str()) {
        out["locale"] = json!(locale);
    }
    let Some(channel) = world.channels.get(&of.channel) else { return out };
    let permissions = world.permissions(channel, who);
    out["channel"] = interaction_channel(world, channel, permissions);
    out["app_permissions"] = json!(world.permissions(channel, world.application.bot_id).to_string());
    if let Some(guild) = of.guild.and_then(|id| world.guilds.get(&id)) {
        out["guild_id"] = text_id(guild.id);
        out["guild_locale"] = json!("en-US");
        out["guild"] = json!({ "id": guild.id.to_string(), "locale": "en-US", "features": [] });
        out["member"] = interaction_member(world, guild, who, permissions).unwrap_or(Value::Null);
    } else {
        out["user"] = world.users.get(&who).map_or(Value::Null, user);
    }
    if let Some(source) = of.source_message.and_then(|id| world.messages.get(&id)) {
        out["message"] = message(world, source, Reader::Full);
    }
    out
}

/// Every component inside the given ones, itself included, in order.
pub(crate) fn flat_components(components: &[Value]) -> Vec<&Value> {
    let mut all = Vec::new();
    for component in components {
        all.push(component);
        if let Some(children) = component["components"].as_array() {
            all.extend(flat_components(children));
        }
        for single in ["component", "accessory"] {
            if component[single].is_object() {
                all.extend(flat_components(std::slice::from_ref(&component[single])));
            }
        }
    }
    all
}

/// The object with only these keys of another, where present.
pub(crate) fn pick(from: &Value, keys: &[&str]) -> Value {
    let mut out = Map::new();
    for key in keys {
        if let Some(value) = from.get(*key) {
            out.insert((*key).to_owned(), value.clone());
        }
    }
    Value::Object(out)
}
