//! Posting, reading, editing and deleting messages.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Call, Outcome, created, done, may, may_post, need, ok, visible_channel};
use crate::error::{ApiError, Problems};
use crate::ids::{Id, real_now};
use crate::mentions::{self, Asked};
use crate::permission;
use crate::validate::{self, COMPONENTS_V2, Draft, EPHEMERAL, LOADING};
use crate::view::{self, Reader};
use crate::world::{AnsweredInteraction, Channel, ChannelKind, Message, Version, World};

/// Messages older than this are limited in edits.
const OLD: Duration = Duration::from_secs(3600);
/// How often messages of a channel that are old may be edited in the window; more is refused with 30046.
const OLD_EDITS: usize = 3;
const OLD_EDITS_WINDOW: Duration = super::LONGEST_WINDOW;
/// How long a nonce is remembered.
const NONCE_LIFE: Duration = Duration::from_secs(5 * 60);

/// A message about to be written.
pub(crate) struct New<'a> {
    pub(crate) channel: Id,
    pub(crate) author: Id,
    pub(crate) kind: u8,
    pub(crate) draft: &'a Draft,
    pub(crate) flags: u64,
    pub(crate) ephemeral_for: Option<Id>,
    pub(crate) thinking: bool,
    pub(crate) interaction: Option<AnsweredInteraction>,
    pub(crate) reference: Option<(Id, Id)>,
}

pub(super) fn for_bot(world: &World, id: Id) -> Value {
    world.messages.get(&id).map_or(Value::Null, |message| {
        view::message(world, message, Reader::Bot { content: world.content_allowed() })
    })
}

pub(super) fn is_empty(draft: &Draft) -> bool {
    let none = |list: &Option<Vec<Value>>| list.as_ref().is_none_or(Vec::is_empty);
    draft.content.as_ref().is_none_or(String::is_empty)
        && none(&draft.embeds)
        && none(&draft.components)
        && none(&draft.attachments)
}

pub(super) fn create(world: &mut World, call: &Call) -> Outcome {
    let id = call.id(0)?;
    let channel = visible_channel(world, id)?;
    may_post(world, channel)?;
    let draft = validate::draft(&call.body, false)?;
    if is_empty(&draft) {
        return Err(ApiError::empty_message());
    }
    check_extras(world, channel, &draft)?;
    let reference = resolve_reference(world, channel, &draft)?;
    if let Some(known) = by_nonce(world, &draft) {
        return ok(for_bot(world, known));
    }
    let author = world.application.bot_id;
    let made = write(
        world,
        New {
            channel: id,
            author,
            kind: if reference.is_some() { 19 } else { 0 },
            draft: &draft,
            flags: draft.flags & !EPHEMERAL,
            ephemeral_for: None,
            thinking: false,
            interaction: None,
            reference,
        },
    );
    remember_nonce(world, &draft, made);
    ok(for_bot(world, made))
}

/// Permissions that a body needs besides posting.
pub(super) fn check_extras(world: &World, channel: &Channel, draft: &Draft) -> Result<(), ApiError> {
    if channel.kind == ChannelKind::Direct {
        return Ok(());
    }
    let has = |list: &Option<Vec<Value>>| list.as_ref().is_some_and(|list| !list.is_empty());
    if has(&draft.embeds) {
        need(world, channel, permission::EMBED_LINKS)?;
    }
    if has(&draft.attachments) {
        need(world, channel, permission::ATTACH_FILES)?;
    }
    Ok(())
}

fn nonce_key(draft: &Draft) -> Option<String> {
    draft.nonce.as_ref().map(|nonce| nonce.as_str().map_or_else(|| nonce.to_string(), str::to_owned))
}

/// The message that was made with this nonce a moment ago, if the sender asked to be checked.
fn by_nonce(world: &mut World, draft: &Draft) -> Option<Id> {
    while world.nonce_order.front().is_some_and(|(at, _)| at.elapsed() > NONCE_LIFE) {
        if let Some((at, key)) = world.nonce_order.pop_front()
            && world.nonces.get(&key).is_some_and(|(noted, _)| *noted == at)
        {
            world.nonces.remove(&key);
        }
    }
    if !draft.enforce_nonce {
        return None;
    }
    let (_, id) = world.nonces.get(&nonce_key(draft)?)?;
    Some(*id)
}

fn remember_nonce(world: &mut World, draft: &Draft, id: Id) {
    if let Some(key) = nonce_key(draft) {
        let now = Instant::now();
        world.nonces.insert(key.clone(), (now, id));
        world.nonce_order.push_back((now, key));
    }
}

fn resolve_reference(world: &World, channel: &Channel, draft: &Draft) -> Result<Option<(Id, Id)>, ApiError> {
    let Some(asked) = draft.reference else { return Ok(None) };
    let there = world
        .messages
        .get(&asked.message)
        .filter(|message| {
            !message.deleted && message.channel_id == channel.id && message.ephemeral_for.is_none()
        })
        .filter(|_| asked.channel.is_none_or(|id| id == channel.id));
    if there.is_some() {
        need(world, channel, permission::READ_MESSAGE_HISTORY)?;
        return Ok(Some((channel.id, asked.message)));
    }
    if asked.must_exist {
        return Err(Problems::only(
            "message_reference",
            "MESSAGE_REFERENCE_UNKNOWN_MESSAGE",
            "Unknown message",
        ));
    }
    Ok(None)
}

/// Writes a message into its channel, whoever sent it; opens the thread again if it was archived.
pub(crate) fn write(world: &mut World, new: New<'_>) -> Id {
    let id = world.ids.make();
    write_as(world, id, new)
}

/// The same, with an id that is given.
pub(crate) fn write_as(world: &mut World, id: Id, new: New<'_>) -> Id {
    let (at, shown_at) = (real_now(), world.shown_now());
    let content = new.draft.content.clone().unwrap_or_default();
    let embeds = new.draft.embeds.clone().unwrap_or_default();
    let components = new.draft.components.clone().unwrap_or_default();
    let mut message = Message {
        id,
        channel_id: new.channel,
        guild_id: world.channels.get(&new.channel).and_then(|channel| channel.guild_id),
        author_id: new.author,
        kind: new.kind,
        history: vec![Version {
            at,
            content: content.clone(),
            embeds: embeds.clone(),
            components: components.clone(),
        }],
        content,
        embeds,
        components,
        attachments: new.draft.attachments.clone().unwrap_or_default(),
        flags: new.flags
            | if new.ephemeral_for.is_some() { EPHEMERAL } else { 0 }
            | if new.thinking { LOADING } else { 0 },
        nonce: new.draft.nonce.clone(),
        ephemeral_for: new.ephemeral_for,
        thinking: new.thinking,
        interaction: new.interaction,
        reference: new.reference,
        thread: None,
        pinged: BTreeSet::new(),
        pinged_everyone: false,
        mentions: Vec::new(),
        mention_roles: Vec::new(),
        at,
        shown_at,
        edited: None,
        deleted: false,
        aged: Duration::ZERO,
    };
    apply_mentions(world, &mut message, new.draft, true);
    if message.ephemeral_for.is_none() {
        wake_thread(world, new.channel);
    }
    add_to_thread(world, &message);
    world.add_message(message)
}

fn wake_thread(world: &mut World, id: Id) {
    let Some(channel) = world.channels.get_mut(&id) else { return };
    if channel.archived {
        channel.archived = false;
        channel.archive_changed = real_now();
        world.announce_channel(id, crate::world::ChannelEvent::Update);
    }
}

/// Who writes or is mentioned in a thread is in it.
fn add_to_thread(world: &mut World, message: &Message) {
    if message.ephemeral_for.is_none()
        && let Some(channel) = world.channels.get_mut(&message.channel_id)
        && channel.kind == ChannelKind::Thread
    {
        channel.members.insert(message.author_id);
        channel.members.extend(message.pinged.iter().copied());
    }
}

/// Sets whom the text highlights, and, when it is new, whom it pings.
pub(super) fn apply_mentions(world: &World, message: &mut Message, draft: &Draft, fresh: bool) {
    let Some(channel) = world.channels.get(&message.channel_id) else { return };
    let replied_to = message
        .reference
        .filter(|_| message.kind == 19)
        .and_then(|(_, id)| world.messages.get(&id))
        .map(|replied| replied.author_id);
    let found = mentions::resolve(
        world,
        &Asked {
            channel,
            author: message.author_id,
            content: &message.content,
            allowed: &draft.allowed,
            replied_to: replied_to.filter(|_| fresh),
        },
    );
    message.mentions = found.users;
    message.mention_roles = found.roles;
    if fresh && message.ephemeral_for.is_none() {
        message.pinged = found.pinged;
        message.pinged_everyone = found.everyone;
    }
}

/// Changes a message as a draft says; `fresh` when it fills a deferred answer, which pings as a new message does.
pub(super) fn change(world: &mut World, id: Id, draft: &Draft, fresh: bool) -> Result<(), ApiError> {
    let Some(mut message) = world.messages.get(&id).cloned() else { return Err(ApiError::unknown_message()) };
    if let Some(content) = &draft.content {
        message.content.clone_from(content);
    }
    if let Some(embeds) = &draft.embeds {
        message.embeds.clone_from(embeds);
    }
    if let Some(components) = &draft.components {
        message.components.clone_from(components);
    }
    if let Some(attachments) = &draft.attachments {
        message.attachments.clone_from(attachments);
    }
    if draft.flags & COMPONENTS_V2 != 0 {
        message.flags |= COMPONENTS_V2;
    }
    if draft.flags_given {
        const EDITABLE: u64 = 1 << 2;
        message.flags = message.flags & !EDITABLE | draft.flags & EDITABLE;
    }
    let empty = message.content.is_empty()
        && message.embeds.is_empty()
        && message.components.is_empty()
        && message.attachments.is_empty();
    if empty {
        return Err(ApiError::empty_message());
    }
    if message.flags & COMPONENTS_V2 != 0 && !(message.content.is_empty() && message.embeds.is_empty()) {
        return Err(Problems::only(
            "content",
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
            "The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
        ));
    }
    if message.thinking {
        message.thinking = false;
        message.flags &= !LOADING;
    } else {
        message.edited = Some(world.shown_now());
    }
    if draft.content.is_some() || fresh {
        apply_mentions(world, &mut message, draft, fresh);
    }
    message.history.push(Version {
        at: real_now(),
        content: message.content.clone(),
        embeds: message.embeds.clone(),
        components: message.components.clone(),
    });
    world.messages.insert(id, message);
    world.announce_message(id, false);
    Ok(())
}

pub(super) fn list(world: &mut World, call: &Call) -> Outcome {
    let channel = visible_channel(world, call.id(0)?)?;
    if channel.kind == ChannelKind::Forum {
        return Err(ApiError::not_a_text_channel());
    }
    let limit = call.query("limit").map_or(Ok(50), str::parse::<usize>).unwrap_or(0);
    if !(1..=100).contains(&limit) {
        return Err(Problems::only("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100."));
    }
    let bound = |key: &str| call.query(key).and_then(crate::ids::parse_id);
    // Without the right to read history there is nothing to see, and no error.
    if channel.kind != ChannelKind::Direct && !may(world, channel, permission::READ_MESSAGE_HISTORY) {
        return ok(json!([]));
    }
    let mut found: Vec<&Message> =
        world.messages(channel.id).into_iter().filter(|message| message.ephemeral_for.is_none()).collect();
    if let Some(after) = bound("after") {
        found.retain(|message| message.id > after);
        found.truncate(limit);
        found.reverse();
    } else if let Some(around) = bound("around") {
        let at = found.partition_point(|message| message.id < around);
        let from = at.saturating_sub(limit / 2);
        found = found.into_iter().skip(from).take(limit).collect();
        found.reverse();
    } else {
        if let Some(before) = bound("before") {
            found.retain(|message| message.id < before);
        }
        found.reverse();
        found.truncate(limit);
    }
    let content = world.content_allowed();
    ok(found.into_iter().map(|message| view::message(world, message, Reader::Bot { content })).collect())
}

/// A message of a channel that is there for everybody.
fn common_message<'a>(world: &'a World, channel: &Channel, id: Id) -> Result<&'a Message, ApiError> {
    world
        .messages
        .get(&id)
        .filter(|message| {
            message.channel_id == channel.id && !message.deleted && message.ephemeral_for.is_none()
        })
        .ok_or_else(ApiError::unknown_message)
}

pub(super) fn get(world: &mut World, call: &Call) -> Outcome {
    let channel = visible_channel(world, call.id(0)?)?;
    if channel.kind != ChannelKind::Direct {
        need(world, channel, permission::READ_MESSAGE_HISTORY)?;
    }
    let id = common_message(world, channel, call.id(1)?)?.id;
    ok(for_bot(world, id))
}

pub(super) fn edit(world: &mut World, call: &Call) -> Outcome {
    let channel = visible_channel(world, call.id(0)?)?;
    let message = common_message(world, channel, call.id(1)?)?;
    let (id, channel_id) = (message.id, channel.id);
    if message.author_id != world.application.bot_id {
        return Err(ApiError::not_the_author());
    }
    if matches!(message.kind, 18 | 21) {
        return Err(ApiError::system_message());
    }
    if channel.archived {
        return Err(ApiError::archived_thread());
    }
    let old = message.aged + Duration::from_secs_f64(age_seconds(message)) >= OLD;
    let draft = validate::draft(&call.body, message.flags & COMPONENTS_V2 != 0)?;
    check_extras(world, channel, &draft)?;
    if old {
        brake_old_edit(world, channel_id)?;
    }
    change(world, id, &draft, false)?;
    ok(for_bot(world, id))
}

fn age_seconds(message: &Message) -> f64 {
    let millis = real_now().signed_duration_since(message.at).num_milliseconds().max(0);
    f64::from(i32::try_from(millis / 1000).unwrap_or(i32::MAX))
}

fn brake_old_edit(world: &mut World, channel: Id) -> Result<(), ApiError> {
    if !world.strictness.old_edits {
        return Ok(());
    }
    let Some(channel) = world.channels.get_mut(&channel) else { return Ok(()) };
    let now = Instant::now();
    while channel.old_edits.front().is_some_and(|at| now.duration_since(*at) >= OLD_EDITS_WINDOW) {
        channel.old_edits.pop_front();
    }
    if channel.old_edits.len() >= OLD_EDITS {
        let wait = channel
            .old_edits
            .front()
            .map_or(Duration::ZERO, |at| OLD_EDITS_WINDOW.saturating_sub(at.elapsed()));
        let mut refusal = ApiError::new(
            429,
            30046,
            "Maximum number of edits to messages older than 1 hour reached. Try again later",
        );
        refusal.retry_after = Some(wait.as_secs_f64().max(0.001));
        return Err(refusal);
    }
    channel.old_edits.push_back(now);
    Ok(())
}

pub(super) fn delete(world: &mut World, call: &Call) -> Outcome {
    let channel = visible_channel(world, call.id(0)?)?;
    let message = common_message(world, channel, call.id(1)?)?;
    if channel.archived {
        return Err(ApiError::archived_thread());
    }
    if message.kind == 21 {
        return Err(ApiError::system_message());
    }
    if message.author_id != world.application.bot_id {
        if channel.kind == ChannelKind::Direct {
            return Err(ApiError::wrong_channel_type_for_dm());
        }
        need(world, channel, permission::MANAGE_MESSAGES)?;
    }
    let id = message.id;
    remove(world, id);
    done()
}

/// Takes a message away. Its thread stays, as on the real Discord.
pub(crate) fn remove(world: &mut World, id: Id) {
    let Some(message) = world.messages.get_mut(&id) else { return };
    message.deleted = true;
    let (channel, guild, private) = (message.channel_id, message.guild_id, message.ephemeral_for.is_some());
    if private {
        world.tell_page(crate::page_feed::PageEvent::MessageGone { id, channel });
    } else {
        world.announce_deletion(id, channel, guild);
    }
}

/// The conversation of the bot with a person, opened if there was none.
pub(crate) fn unique_dm(world: &mut World, person: Id) -> Id {
    if let Some(channel) = world.dm_channel(person) {
        return channel.id;
    }
    let id = world.ids.make();
    let name = world.application.name.clone();
    let mut channel = crate::world::blank_channel(id, ChannelKind::Direct, &name);
    channel.members = BTreeSet::from([person, world.application.bot_id]);
    world.channels.insert(id, channel);
    world.conversations.insert(person, id);
    world.tell_page(crate::page_feed::PageEvent::Channel(id));
    id
}

/// 201 for things that were made.
pub(super) fn made(body: Value) -> Outcome {
    created(body)
}
