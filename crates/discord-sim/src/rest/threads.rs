//! Threads under messages, threads alone, and posts in forums.

use serde_json::{Value, json};

use super::messages::{self, New, made};
use super::{Call, Outcome, done, may, need, ok, visible_channel};
use crate::error::{ApiError, Problems};
use crate::ids::{Id, iso, parse_id};
use crate::permission;
use crate::validate::{self, Draft, EPHEMERAL};
use crate::view;
use crate::world::{Channel, ChannelEvent, ChannelKind, World, blank_channel};

/// A thread's name.
const NAME_MAX: usize = 100;
/// Tags on one post.
const APPLIED_TAGS_MAX: usize = 5;
/// Minutes of quiet after which a thread may archive itself.
const ARCHIVE_MINUTES: [u64; 4] = [60, 1440, 4320, 10080];

/// What a new thread is to be.
struct Wanted {
    name: String,
    minutes: u32,
}

/// Reads the fields that all ways of starting a thread share.
fn wanted(body: &Value) -> Result<Wanted, ApiError> {
    let mut problems = Problems::default();
    let name = validate::name_field(body, "name", (1, NAME_MAX), &mut problems);
    let minutes = archive_minutes(body, &mut problems).unwrap_or(4320);
    if body["rate_limit_per_user"].as_u64().is_some_and(|seconds| seconds > 21_600) {
        problems.add(
            "rate_limit_per_user",
            "NUMBER_TYPE_MAX",
            "int value should be less than or equal to 21600.",
        );
    }
    problems.finish()?;
    Ok(Wanted { name: name.unwrap_or_default(), minutes })
}

pub(super) fn archive_minutes(body: &Value, problems: &mut Problems) -> Option<u32> {
    let value = body.get("auto_archive_duration").filter(|value| !value.is_null())?;
    match value.as_u64().filter(|minutes| ARCHIVE_MINUTES.contains(minutes)) {
        Some(minutes) => u32::try_from(minutes).ok(),
        None => {
            problems.choices("auto_archive_duration", "60, 1440, 4320, 10080");
            None
        }
    }
}

pub(super) fn check_room(world: &World, guild: Option<Id>) -> Result<(), ApiError> {
    let active = guild.map_or(0, |guild| {
        world
            .known_threads
            .iter()
            .filter_map(|id| world.channel(*id))
            .filter(|thread| thread.guild_id == Some(guild) && !thread.archived)
            .count()
    });
    if active >= world.strictness.active_threads { Err(ApiError::too_many_threads()) } else { Ok(()) }
}

fn open(world: &mut World, id: Id, parent: &Channel, wanted: &Wanted) {
    let mut thread = blank_channel(id, ChannelKind::Thread, &wanted.name);
    thread.guild_id = parent.guild_id;
    thread.parent_id = Some(parent.id);
    thread.owner_id = Some(world.application.bot_id);
    thread.auto_archive_minutes = wanted.minutes;
    thread.members.insert(world.application.bot_id);
    let at = world.shown_now();
    thread.created = at;
    thread.archive_changed = at;
    world.channels.insert(id, thread);
    world.known_threads.insert(id);
}

fn shown(world: &World, id: Id) -> Value {
    world.channel(id).map_or(Value::Null, |thread| {
        let mut out = view::channel(world, thread);
        let joined = iso(world.shown_now());
        out["member"] = json!({
            "id": id.to_string(), "user_id": world.application.bot_id.to_string(), "join_timestamp": joined, "flags": 1,
        });
        out
    })
}

fn nothing() -> Result<Draft, ApiError> {
    validate::draft(&json!({}), false)
}

pub(super) fn from_message(world: &mut World, call: &Call) -> Outcome {
    let channel = visible_channel(world, call.id(0)?)?.clone();
    let message = call.id(1)?;
    if channel.kind != ChannelKind::Text {
        return Err(ApiError::wrong_channel_type());
    }
    need(world, &channel, permission::CREATE_PUBLIC_THREADS | permission::READ_MESSAGE_HISTORY)?;
    let wanted = wanted(&call.body)?;
    let starter = world
        .messages
        .get(&message)
        .filter(|one| one.channel_id == channel.id && !one.deleted && one.ephemeral_for.is_none())
        .ok_or_else(ApiError::unknown_message)?;
    if starter.thread.is_some() || world.channels.contains_key(&message) {
        return Err(ApiError::thread_exists());
    }
    if starter.kind == 18 || starter.kind == 21 {
        return Err(ApiError::system_message());
    }
    check_room(world, channel.guild_id)?;
    open(world, message, &channel, &wanted);
    if let Some(starter) = world.messages.get_mut(&message) {
        starter.thread = Some(message);
    }
    world.announce_channel(message, ChannelEvent::Create);
    // The thread begins with a system message that shows the message it hangs on.
    let author = world.application.bot_id;
    let draft = nothing()?;
    messages::write(
        world,
        New {
            channel: message,
            author,
            kind: 21,
            draft: &draft,
            flags: 0,
            ephemeral_for: None,
            thinking: false,
            interaction: None,
            reference: Some((channel.id, message)),
        },
    );
    world.announce_message(message, false);
    made(shown(world, message))
}

pub(super) fn start(world: &mut World, call: &Call) -> Outcome {
    let channel = visible_channel(world, call.id(0)?)?.clone();
    match channel.kind {
        ChannelKind::Forum => forum_post(world, call, &channel),
        ChannelKind::Text => alone(world, call, &channel),
        ChannelKind::Thread | ChannelKind::Direct | ChannelKind::Voice => Err(ApiError::wrong_channel_type()),
    }
}

fn alone(world: &mut World, call: &Call, channel: &Channel) -> Outcome {
    let wanted = wanted(&call.body)?;
    match call.body["type"].as_u64().unwrap_or(12) {
        11 => need(world, channel, permission::CREATE_PUBLIC_THREADS)?,
        // Private threads are not simulated: refused as if the bot had no right to them.
        12 => return Err(ApiError::missing_permissions()),
        _ => return Err(Problems::only("type", "BASE_TYPE_CHOICES", "Value must be one of {10, 11, 12}.")),
    }
    check_room(world, channel.guild_id)?;
    let id = world.ids.make();
    open(world, id, channel, &wanted);
    world.announce_channel(id, ChannelEvent::Create);
    let author = world.application.bot_id;
    let mut draft = nothing()?;
    draft.content = Some(wanted.name.clone());
    messages::write(
        world,
        New {
            channel: channel.id,
            author,
            kind: 18,
            draft: &draft,
            flags: 0,
            ephemeral_for: None,
            thinking: false,
            interaction: None,
            reference: Some((id, id)),
        },
    );
    made(shown(world, id))
}

fn forum_post(world: &mut World, call: &Call, forum: &Channel) -> Outcome {
    need(world, forum, permission::SEND_MESSAGES)?;
    let wanted = wanted(&call.body)?;
    if !call.body["message"].is_object() {
        return Err(Problems::only("message", "BASE_TYPE_REQUIRED", "This field is required"));
    }
    let draft = validate::draft_at(&call.body["message"], "message.", false)?;
    if messages::is_empty(&draft) {
        return Err(ApiError::empty_message());
    }
    messages::check_extras(world, forum, &draft)?;
    let tags = applied_tags(world, &call.body, forum)?;
    if forum.require_tag && tags.is_empty() {
        return Err(ApiError::tag_required());
    }
    check_room(world, forum.guild_id)?;
    let id = world.ids.make();
    open(world, id, forum, &wanted);
    if let Some(thread) = world.channels.get_mut(&id) {
        thread.applied_tags = tags;
    }
    world.announce_channel(id, ChannelEvent::Create);
    let author = world.application.bot_id;
    // The first message of a post has the post's id.
    messages::write_as(
        world,
        id,
        New {
            channel: id,
            author,
            kind: 0,
            draft: &draft,
            flags: draft.flags & !EPHEMERAL,
            ephemeral_for: None,
            thinking: false,
            interaction: None,
            reference: None,
        },
    );
    let mut out = shown(world, id);
    out["message"] = messages::for_bot(world, id);
    made(out)
}

/// The tags of a post: known ones, at most five, moderated ones only for who may.
pub(super) fn applied_tags(world: &World, body: &Value, forum: &Channel) -> Result<Vec<Id>, ApiError> {
    let mut problems = Problems::default();
    let mut tags = Vec::new();
    let given = body["applied_tags"].as_array().map(Vec::as_slice).unwrap_or_default();
    if given.len() > APPLIED_TAGS_MAX {
        problems.too_long("applied_tags", APPLIED_TAGS_MAX);
    }
    for (at, value) in given.iter().enumerate() {
        let id = value.as_str().and_then(parse_id).or_else(|| value.as_u64());
        match id.and_then(|id| forum.tags.iter().find(|tag| tag.id == id)) {
            None => problems.add(&format!("applied_tags.{at}"), "INVALID_FORUM_TAG", "Unknown tag"),
            Some(tag) if tag.moderated && !may(world, forum, permission::MANAGE_THREADS) => {
                return Err(ApiError::missing_permissions());
            }
            Some(tag) => tags.push(tag.id),
        }
    }
    problems.finish()?;
    Ok(tags)
}

fn visible_thread(world: &World, id: Id) -> Result<&Channel, ApiError> {
    let channel = visible_channel(world, id)?;
    if channel.kind == ChannelKind::Thread { Ok(channel) } else { Err(ApiError::wrong_channel_type()) }
}

pub(super) fn add_member(world: &mut World, call: &Call) -> Outcome {
    let thread = visible_thread(world, call.id(0)?)?;
    let id = thread.id;
    let user = if call.text(1) == "@me" { world.application.bot_id } else { call.id(1)? };
    if thread.archived {
        return Err(ApiError::archived_thread());
    }
    if user != world.application.bot_id {
        need(world, thread, permission::SEND_MESSAGES_IN_THREADS)?;
    }
    let known = thread
        .guild_id
        .and_then(|guild| world.guilds.get(&guild))
        .is_some_and(|guild| guild.members.contains_key(&user));
    if !known {
        return Err(ApiError::unknown_member());
    }
    if let Some(thread) = world.channels.get_mut(&id) {
        thread.members.insert(user);
    }
    done()
}

pub(super) fn remove_member(world: &mut World, call: &Call) -> Outcome {
    let thread = visible_thread(world, call.id(0)?)?;
    let id = thread.id;
    let bot = world.application.bot_id;
    let user = if call.text(1) == "@me" { bot } else { call.id(1)? };
    if thread.archived {
        return Err(ApiError::archived_thread());
    }
    if user != bot {
        need(world, thread, permission::MANAGE_THREADS)?;
    }
    if let Some(thread) = world.channels.get_mut(&id) {
        thread.members.remove(&user);
    }
    done()
}

pub(super) fn archived(world: &mut World, call: &Call) -> Outcome {
    let channel = visible_channel(world, call.id(0)?)?;
    need(world, channel, permission::READ_MESSAGE_HISTORY)?;
    let limit = call.query("limit").and_then(|limit| limit.parse().ok()).unwrap_or(50).clamp(2, 100);
    let before = call.query("before").and_then(|at| chrono::DateTime::parse_from_rfc3339(at).ok());
    let mut threads: Vec<&Channel> =
        world.threads(channel.id).into_iter().filter(|thread| thread.archived).collect();
    threads.retain(|thread| before.is_none_or(|before| thread.archive_changed < before));
    threads.sort_by_key(|thread| std::cmp::Reverse(thread.archive_changed));
    let more = threads.len() > limit;
    threads.truncate(limit);
    let shown: Vec<Value> = threads.into_iter().map(|thread| view::channel(world, thread)).collect();
    ok(json!({ "threads": shown, "members": [], "has_more": more }))
}
