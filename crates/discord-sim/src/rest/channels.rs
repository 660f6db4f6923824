//! Channels: reading, changing, deleting, and opening direct conversations.

use serde_json::Value;

use super::{Call, Outcome, done, may, messages, need, ok, threads, visible_channel};
use crate::error::{ApiError, Problems};
use crate::ids::{Id, parse_id};
use crate::permission;
use crate::validate;
use crate::view;
use crate::world::{Channel, ChannelEvent, ChannelKind, Tag, World};

/// Names of channels and threads.
const NAME_MAX: usize = 100;
/// What a channel is for; a forum's may be longer.
const TOPIC_MAX: usize = 1024;
const FORUM_TOPIC_MAX: usize = 4096;
/// Tags of a forum, and a tag's name.
const TAGS_MAX: usize = 20;
const TAG_NAME_MAX: usize = 20;

pub(super) fn typing(world: &mut World, call: &Call) -> Outcome {
    let channel = visible_channel(world, call.id(0)?)?;
    super::may_post(world, channel)?;
    done()
}

pub(super) fn get(world: &mut World, call: &Call) -> Outcome {
    let channel = visible_channel(world, call.id(0)?)?;
    ok(view::channel(world, channel))
}

pub(super) fn change(world: &mut World, call: &Call) -> Outcome {
    let channel = visible_channel(world, call.id(0)?)?.clone();
    let changed = match channel.kind {
        ChannelKind::Direct => return Err(ApiError::wrong_channel_type_for_dm()),
        ChannelKind::Thread => change_thread(world, &call.body, channel)?,
        ChannelKind::Text | ChannelKind::Forum | ChannelKind::Voice => {
            change_channel(world, &call.body, channel)?
        }
    };
    let id = changed.id;
    world.channels.insert(id, changed);
    world.announce_channel(id, ChannelEvent::Update);
    ok(world.channel(id).map_or(Value::Null, |channel| view::channel(world, channel)))
}

fn flag(body: &Value, key: &str, problems: &mut Problems) -> Option<bool> {
    let value = body.get(key).filter(|value| !value.is_null())?;
    if value.as_bool().is_none() {
        problems.add(key, "BASE_TYPE_BOOLEAN", "Must be either true or false.");
    }
    value.as_bool()
}

fn change_thread(world: &World, body: &Value, mut thread: Channel) -> Result<Channel, ApiError> {
    let mut problems = Problems::default();
    let archived = flag(body, "archived", &mut problems);
    let locked = flag(body, "locked", &mut problems);
    let name = body
        .get("name")
        .filter(|value| !value.is_null())
        .and_then(|_| validate::name_field(body, "name", (1, NAME_MAX), &mut problems));
    let minutes = threads::archive_minutes(body, &mut problems);
    problems.finish()?;
    let manager = may(world, &thread, permission::MANAGE_THREADS);
    let owner = thread.owner_id == Some(world.application.bot_id);
    let tags = body.get("applied_tags").is_some_and(|value| !value.is_null());
    // An archived thread takes no change but to be opened, alone or with others.
    if thread.archived
        && archived != Some(false)
        && (locked.is_some() || name.is_some() || tags || minutes.is_some())
        && !manager
    {
        return Err(ApiError::archived_thread());
    }
    if thread.archived && archived != Some(false) && (name.is_some() || tags) {
        return Err(ApiError::archived_thread());
    }
    if let Some(locked) = locked.filter(|locked| *locked != thread.locked) {
        need(world, &thread, permission::MANAGE_THREADS)?;
        thread.locked = locked;
    }
    if let Some(archived) = archived.filter(|archived| *archived != thread.archived) {
        let opener = !thread.locked && may(world, &thread, permission::SEND_MESSAGES_IN_THREADS);
        let allowed = manager || if archived { owner } else { opener };
        if !allowed {
            return Err(ApiError::missing_permissions());
        }
        if !archived {
            threads::check_room(world, thread.guild_id)?;
        }
        thread.archived = archived;
        thread.archive_changed = world.shown_now();
    }
    if name.is_some() || minutes.is_some() || tags {
        if !(manager || owner) {
            return Err(ApiError::missing_permissions());
        }
        thread.name = name.unwrap_or(thread.name);
        thread.auto_archive_minutes = minutes.unwrap_or(thread.auto_archive_minutes);
    }
    if tags {
        let forum = thread
            .parent_id
            .and_then(|id| world.channel(id))
            .filter(|parent| parent.kind == ChannelKind::Forum)
            .ok_or_else(ApiError::wrong_channel_type)?;
        let tags = threads::applied_tags(world, body, forum)?;
        if forum.require_tag && tags.is_empty() {
            return Err(ApiError::tag_required());
        }
        thread.applied_tags = tags;
    }
    Ok(thread)
}

fn change_channel(world: &mut World, body: &Value, mut channel: Channel) -> Result<Channel, ApiError> {
    need(world, &channel, permission::MANAGE_CHANNELS)?;
    let mut problems = Problems::default();
    if body.get("name").is_some_and(|value| !value.is_null())
        && let Some(name) = validate::name_field(body, "name", (1, NAME_MAX), &mut problems)
    {
        channel.name = name;
    }
    if let Some(topic) = body.get("topic") {
        let most = if channel.kind == ChannelKind::Forum { FORUM_TOPIC_MAX } else { TOPIC_MAX };
        if topic.as_str().is_some_and(|topic| topic.chars().count() > most) {
            problems.too_long("topic", most);
        }
        channel.topic = topic.as_str().map(str::to_owned);
    }
    if let Some(tags) = body.get("available_tags").filter(|value| !value.is_null()) {
        if channel.kind != ChannelKind::Forum {
            return Err(ApiError::wrong_channel_type());
        }
        channel.tags = available_tags(world, tags, &channel, &mut problems);
    }
    problems.finish()?;
    Ok(channel)
}

fn available_tags(world: &mut World, given: &Value, forum: &Channel, problems: &mut Problems) -> Vec<Tag> {
    let Some(list) = given.as_array() else {
        problems.add("available_tags", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
        return Vec::new();
    };
    if list.len() > TAGS_MAX {
        problems.too_long("available_tags", TAGS_MAX);
    }
    let mut tags: Vec<Tag> = Vec::new();
    for (at, tag) in list.iter().enumerate() {
        let path = format!("available_tags.{at}.name");
        let name = tag["name"].as_str().unwrap_or_default().trim().to_owned();
        if name.is_empty() {
            problems.required(&path);
        } else if name.chars().count() > TAG_NAME_MAX {
            problems.bad_length(&path, 1, TAG_NAME_MAX);
        } else if tags.iter().any(|other| other.name.eq_ignore_ascii_case(&name)) {
            problems.add(&path, "TAG_NAMES_MUST_BE_UNIQUE", "Tag names must be unique");
        }
        let known =
            tag["id"].as_str().and_then(parse_id).filter(|id| forum.tags.iter().any(|tag| tag.id == *id));
        let id: Id = known.unwrap_or_else(|| world.ids.make());
        tags.push(Tag { id, name, moderated: tag["moderated"] == true });
    }
    tags
}

pub(super) fn delete(world: &mut World, call: &Call) -> Outcome {
    let channel = visible_channel(world, call.id(0)?)?.clone();
    match channel.kind {
        ChannelKind::Direct => {}
        ChannelKind::Thread => need(world, &channel, permission::MANAGE_THREADS)?,
        ChannelKind::Text | ChannelKind::Forum | ChannelKind::Voice => {
            need(world, &channel, permission::MANAGE_CHANNELS)?;
        }
    }
    let shown = view::channel(world, &channel);
    if channel.kind != ChannelKind::Direct {
        remove(world, channel.id);
    }
    ok(shown)
}

/// Takes a channel away with its threads.
pub(crate) fn remove(world: &mut World, id: Id) {
    let threads: Vec<Id> = world.threads(id).into_iter().map(|thread| thread.id).collect();
    world.announce_channel(id, ChannelEvent::Delete);
    for gone in threads.into_iter().chain([id]) {
        if let Some(channel) = world.channels.get_mut(&gone) {
            channel.deleted = true;
        }
        world.known_threads.remove(&gone);
        world.tell_page(crate::page_feed::PageEvent::Channel(gone));
        if let Some(starter) = world.messages.get_mut(&gone) {
            starter.thread = None;
        }
    }
    for guild in world.guilds.values_mut() {
        guild.channels.retain(|channel| *channel != id);
    }
}

pub(super) fn open_dm(world: &mut World, call: &Call) -> Outcome {
    let recipient = &call.body["recipient_id"];
    let id = recipient.as_str().and_then(parse_id).or_else(|| recipient.as_u64());
    let Some(id) = id else {
        return Err(Problems::only("recipient_id", "BASE_TYPE_REQUIRED", "This field is required"));
    };
    if !world.users.contains_key(&id) || id == world.application.bot_id {
        return Err(ApiError::invalid_recipients());
    }
    let channel = messages::unique_dm(world, id);
    ok(world.channel(channel).map_or(Value::Null, |channel| view::channel(world, channel)))
}
