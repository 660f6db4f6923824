//! What Discord's client does: knows the commands, checks what is typed, and sends interactions.

use std::time::Instant;

use rand::distr::{Alphanumeric, SampleString};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Map, Value, json};

use crate::gateway::Event;
use crate::ids::{Id, parse_id};
use crate::interaction::{ANSWER_WITHIN, Interaction, InteractionKind};
use crate::permission;
use crate::rest;
use crate::view::{self, Reader};
use crate::world::{Message, World};

mod forms;
mod options;

pub(crate) use forms::submit;
pub(crate) use options::{Typed, autocomplete, command};

/// The client, or Discord itself, does not let a person do this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ClientRefusal(pub String);

pub(crate) fn refuse<T>(text: impl Into<String>) -> Result<T, ClientRefusal> {
    Err(ClientRefusal(text.into()))
}

/// A channel or thread, by name (`ward-3`, `#ward-3`) or id; `dm` is the person's conversation with the bot.
#[derive(Debug, Clone)]
pub enum Place {
    /// By name, or by id as text.
    Name(String),
    /// By id.
    Id(Id),
}

impl From<&str> for Place {
    fn from(name: &str) -> Self {
        Place::Name(name.to_owned())
    }
}

impl From<&String> for Place {
    fn from(name: &String) -> Self {
        Place::Name(name.clone())
    }
}

impl From<Id> for Place {
    fn from(id: Id) -> Self {
        Place::Id(id)
    }
}

impl Place {
    pub(crate) fn find(&self, world: &World) -> Option<Id> {
        match self {
            Place::Id(id) => world.channel(*id).map(|channel| channel.id),
            Place::Name(name) => world.find_channel(name).map(|channel| channel.id),
        }
    }

    /// The channel, where `dm` is a person's own.
    pub(crate) fn find_for(&self, world: &mut World, person: Id) -> Result<Id, ClientRefusal> {
        if let Place::Name(name) = self
            && name == "dm"
        {
            if !world.users.contains_key(&person) {
                return refuse("there is no such person");
            }
            return Ok(rest::unique_dm(world, person));
        }
        match self.find(world) {
            Some(id) => Ok(id),
            None => refuse(format!("there is no channel {self:?}")),
        }
    }
}

/// Something that stands for a message.
pub trait MessageId {
    /// The message's id.
    fn message_id(&self) -> Id;
}

impl MessageId for Id {
    fn message_id(&self) -> Id {
        *self
    }
}

impl MessageId for Message {
    fn message_id(&self) -> Id {
        self.id
    }
}

impl<T: MessageId + ?Sized> MessageId for &T {
    fn message_id(&self) -> Id {
        (**self).message_id()
    }
}

/// An interaction about to be sent.
pub(crate) struct Send {
    pub(crate) kind: InteractionKind,
    pub(crate) user: Id,
    pub(crate) channel: Id,
    pub(crate) data: Value,
    pub(crate) source: Option<Id>,
    pub(crate) message_command: bool,
    pub(crate) text: String,
    pub(crate) name: String,
    pub(crate) option_kind: u64,
    pub(crate) form: Option<Id>,
}

/// The person exists and sees the channel.
pub(crate) fn check_place(world: &World, user: Id, channel: Id) -> Result<(), ClientRefusal> {
    if !world.users.contains_key(&user) {
        return refuse("there is no such person");
    }
    let Some(found) = world.channel(channel) else { return refuse("there is no such channel") };
    if !world.can_see(found, user) {
        return refuse(format!("{} does not see #{}", name_of(world, user), found.name));
    }
    Ok(())
}

pub(crate) fn name_of(world: &World, user: Id) -> String {
    world.users.get(&user).map_or_else(|| user.to_string(), |user| user.name.clone())
}

/// A message that the person sees.
pub(crate) fn seen_message(world: &World, user: Id, message: Id) -> Result<&Message, ClientRefusal> {
    let found = world.messages.get(&message).filter(|message| !message.deleted);
    let Some(found) = found else { return refuse("there is no such message") };
    check_place(world, user, found.channel_id)?;
    if found.ephemeral_for.is_some_and(|owner| owner != user) {
        return refuse(format!("only somebody else sees this message, not {}", name_of(world, user)));
    }
    Ok(found)
}

/// Sends an interaction to the bot; gives its id.
pub(crate) fn send(world: &mut World, send: Send) -> Id {
    rest::forget_expired(world);
    let id = world.ids.make();
    let interaction = Interaction {
        id,
        token: make_token(id),
        kind: send.kind,
        user: send.user,
        guild: world.channels.get(&send.channel).and_then(|channel| channel.guild_id),
        channel: send.channel,
        sent: Instant::now(),
        answered: None,
        first: None,
        original: None,
        original_edits: 0,
        followups: Vec::new(),
        source_message: send.source,
        message_command: send.message_command,
        text: send.text,
        name: send.name,
        option_kind: send.option_kind,
        form: send.form,
        failed: false,
    };
    let data = view::interaction(world, &interaction, &send.data);
    world.unanswered.push_back((interaction.sent + ANSWER_WITHIN, id));
    world.interaction_order.push_back((interaction.sent, id));
    world.interaction_tokens.insert(interaction.token.clone(), id);
    let guild = interaction.guild;
    world.interactions.insert(id, interaction);
    // No intent is needed for interactions.
    world.emit(&Event { name: "INTERACTION_CREATE", data, guild, intent: 0 });
    id
}

/// As long and as opaque as the real ones.
fn make_token(id: Id) -> String {
    let mut random = StdRng::seed_from_u64(id);
    let salt: u64 = random.random();
    format!("aW50ZXJhY3Rpb246{}{salt:x}", Alphanumeric.sample_string(&mut random, 120))
}

/// Uses a message command on a message.
pub(crate) fn message_command(
    world: &mut World,
    user: Id,
    message: Id,
    name: &str,
) -> Result<Id, ClientRefusal> {
    let found = seen_message(world, user, message)?;
    let (channel, guild) = (found.channel_id, found.guild_id);
    let command = options::find(world, guild, name, 3)?;
    options::check_right(world, user, channel, &command)?;
    let Some(found) = world.messages.get(&message) else { return refuse("there is no such message") };
    let shown = view::message(world, found, Reader::Full);
    let mut data = json!({
        "id": command["id"], "name": command["name"], "type": 3, "target_id": message.to_string(),
        "resolved": { "messages": { message.to_string(): shown } },
    });
    if let Some(guild) = command.get("guild_id") {
        data["guild_id"] = guild.clone();
    }
    Ok(send(
        world,
        Send {
            kind: InteractionKind::Command,
            user,
            channel,
            data,
            source: None,
            message_command: true,
            text: name.to_owned(),
            name: name.to_owned(),
            option_kind: 0,
            form: None,
        },
    ))
}

/// Presses a button, or chooses in a select, by custom id or label.
pub(crate) fn press(
    world: &mut World,
    user: Id,
    message: Id,
    which: &str,
    chosen: Option<&[String]>,
) -> Result<Id, ClientRefusal> {
    let found = seen_message(world, user, message)?;
    if found.guild_id.is_some_and(|guild| !world.bot_in(guild)) {
        return refuse("the bot is not in this server");
    }
    let all = view::flat_components(&found.components);
    let component = all
        .iter()
        .find(|one| one["custom_id"] == *which)
        .or_else(|| all.iter().find(|one| one["label"] == *which || one["placeholder"] == *which))
        .map(|one| (*one).clone());
    let Some(component) = component else {
        let offered: Vec<&str> = all
            .iter()
            .filter_map(|one| one["label"].as_str().or_else(|| one["custom_id"].as_str()))
            .collect();
        return refuse(format!("there is no {which:?} on this message, only: {}", offered.join(", ")));
    };
    if component["disabled"] == true {
        return refuse(format!("{which:?} cannot be pressed"));
    }
    if component["style"] == 5 {
        return refuse(format!("{which:?} only opens a link"));
    }
    let channel = found.channel_id;
    let mut data = view::pick(&component, &["custom_id", "id"]);
    data["component_type"] = component["type"].clone();
    if let Some(chosen) = chosen {
        let (values, resolved) = forms::choose(world, channel, user, &component, chosen)?;
        data["values"] = json!(values);
        if let Some(resolved) = resolved {
            data["resolved"] = resolved;
        }
    } else if component["type"] != 2 {
        return refuse(format!("{which:?} is not a button"));
    }
    let text = component["label"].as_str().unwrap_or(which).to_owned();
    Ok(send_component(world, user, message, channel, (data, text)))
}

/// A press that no client would send: any custom id, on any message.
pub(crate) fn press_raw(
    world: &mut World,
    user: Id,
    (channel, message): (Id, Id),
    custom_id: &str,
) -> Result<Id, ClientRefusal> {
    check_place(world, user, channel)?;
    if !world.messages.contains_key(&message) {
        return refuse("there is no such message");
    }
    let data = json!({ "custom_id": custom_id, "component_type": 2, "id": 1 });
    Ok(send_component(world, user, message, channel, (data, custom_id.to_owned())))
}

fn send_component(
    world: &mut World,
    user: Id,
    message: Id,
    channel: Id,
    (data, text): (Value, String),
) -> Id {
    send(
        world,
        Send {
            kind: InteractionKind::Component,
            user,
            channel,
            data,
            source: Some(message),
            message_command: false,
            text,
            name: String::new(),
            option_kind: 0,
            form: None,
        },
    )
}

/// Writes a message as a person.
pub(crate) fn say(world: &mut World, user: Id, channel: Id, text: &str) -> Result<Id, ClientRefusal> {
    check_place(world, user, channel)?;
    let Some(found) = world.channel(channel) else { return refuse("there is no such channel") };
    let needed = match found.kind {
        crate::world::ChannelKind::Text | crate::world::ChannelKind::Voice => permission::SEND_MESSAGES,
        crate::world::ChannelKind::Thread => permission::SEND_MESSAGES_IN_THREADS,
        crate::world::ChannelKind::Direct => 0,
        crate::world::ChannelKind::Forum => return refuse("in a forum one writes in a post"),
    };
    let rights = world.permissions(found, user);
    if rights & needed != needed {
        return refuse(format!("{} may not write in #{}", name_of(world, user), found.name));
    }
    if found.locked && rights & permission::MANAGE_THREADS == 0 {
        return refuse("the thread is locked");
    }
    let draft = crate::validate::draft(&json!({ "content": text }), false);
    let Ok(draft) = draft else { return refuse("a message has at most 2,000 characters") };
    if draft.content.as_ref().is_none_or(String::is_empty) {
        return refuse("an empty message cannot be sent");
    }
    Ok(rest::write_message(
        world,
        rest::New {
            channel,
            author: user,
            kind: 0,
            draft: &draft,
            flags: 0,
            ephemeral_for: None,
            thinking: false,
            interaction: None,
            reference: None,
        },
    ))
}

/// What was found for users, channels and roles that somebody chose.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    users: Map<String, Value>,
    members: Map<String, Value>,
    channels: Map<String, Value>,
    roles: Map<String, Value>,
}

impl Resolved {
    pub(crate) fn into_json(self) -> Option<Value> {
        let mut out = json!({});
        for (key, map) in [
            ("users", self.users),
            ("members", self.members),
            ("channels", self.channels),
            ("roles", self.roles),
        ] {
            if !map.is_empty() {
                out[key] = Value::Object(map);
            }
        }
        out.as_object().is_some_and(|out| !out.is_empty()).then_some(out)
    }

    pub(crate) fn user(&mut self, world: &World, guild: Option<Id>, who: &str) -> Result<Id, ClientRefusal> {
        let Some(user) = world.find_person(who.trim_start_matches('@')) else {
            return refuse(format!("there is no person {who:?}"));
        };
        self.users.insert(user.id.to_string(), view::user(user));
        let member = guild.and_then(|id| world.guilds.get(&id)).and_then(|guild| {
            let member = guild.members.get(&user.id)?;
            Some((member, permission::in_guild(guild, user.id)))
        });
        if let Some((member, bits)) = member {
            let full = view::bare_member(member);
            let mut out = view::pick(
                &full,
                &[
                    "avatar",
                    "communication_disabled_until",
                    "flags",
                    "joined_at",
                    "nick",
                    "pending",
                    "premium_since",
                    "roles",
                ],
            );
            out["permissions"] = json!(bits.to_string());
            self.members.insert(user.id.to_string(), out);
        }
        Ok(user.id)
    }

    pub(crate) fn role(&mut self, world: &World, guild: Option<Id>, name: &str) -> Result<Id, ClientRefusal> {
        let wanted = name.trim_start_matches('@');
        let found = guild.and_then(|id| world.guilds.get(&id)).and_then(|guild| {
            let role =
                guild.roles.iter().find(|role| role.name == wanted || Some(role.id) == parse_id(wanted))?;
            Some((guild, role))
        });
        let Some((guild, role)) = found else { return refuse(format!("there is no role {name:?}")) };
        self.roles.insert(role.id.to_string(), view::role(guild, role));
        Ok(role.id)
    }

    pub(crate) fn channel(&mut self, world: &World, user: Id, name: &str) -> Result<Id, ClientRefusal> {
        let Some(channel) = world.find_channel(name) else {
            return refuse(format!("there is no channel {name:?}"));
        };
        let (own, app) =
            (world.permissions(channel, user), world.permissions(channel, world.application.bot_id));
        self.channels.insert(channel.id.to_string(), view::resolved_channel(channel, own, app));
        Ok(channel.id)
    }
}
