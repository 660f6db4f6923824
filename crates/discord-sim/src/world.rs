//! What exists: people, servers, channels, messages, interactions. Everything changes under one lock, in one order.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::sync::broadcast;

use crate::faults::Faults;
use crate::gateway::Sessions;
use crate::ids::{Id, Snowflakes, parse_id, real_now};
use crate::interaction::Interaction;
use crate::journal::{Call, Journal};
use crate::limits::Limiter;
use crate::page_feed::PageEvent;
use crate::permission::{self, Overwrite, OverwriteFor};
use crate::seed::Seed;
use crate::sim::{Clock, Strictness};

mod events;
mod model;
mod setup;

pub use model::{
    AnsweredInteraction, Channel, ChannelKind, Guild, Member, Message, Modal, Role, Tag, User, Version,
};

/// The bot's application.
#[derive(Debug, Clone)]
pub(crate) struct Application {
    pub(crate) id: Id,
    pub(crate) bot_id: Id,
    pub(crate) name: String,
    pub(crate) token: Option<String>,
}

/// Commands as registered.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    pub(crate) global: Vec<Value>,
    pub(crate) by_guild: HashMap<Id, Vec<Value>>,
    pub(crate) overwrites: u64,
}

/// Everything that the local Discord knows. Read it through [`crate::Sim`].
pub struct World {
    pub(crate) ids: Snowflakes,
    pub(crate) application: Application,
    pub(crate) users: BTreeMap<Id, User>,
    pub(crate) guilds: BTreeMap<Id, Guild>,
    pub(crate) channels: HashMap<Id, Channel>,
    pub(crate) messages: HashMap<Id, Message>,
    pub(crate) nonces: HashMap<String, (Instant, Id)>,
    pub(crate) nonce_order: VecDeque<(Instant, String)>,
    pub(crate) commands: Commands,
    pub(crate) interactions: HashMap<Id, Interaction>,
    pub(crate) interaction_tokens: HashMap<String, Id>,
    pub(crate) interaction_order: VecDeque<(Instant, Id)>,
    pub(crate) unanswered: VecDeque<(Instant, Id)>,
    pub(crate) modals: HashMap<Id, Modal>,
    pub(crate) sessions: Sessions,
    pub(crate) limiter: Limiter,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) strictness: Arc<Strictness>,
    pub(crate) clock: Option<Clock>,
    pub(crate) page: broadcast::Sender<PageEvent>,
    pub(crate) dirty: bool,
    pub(crate) known_threads: HashSet<Id>,
    /// The bot's conversations by person.
    pub(crate) conversations: HashMap<Id, Id>,
    /// Files of messages by their ids: name, kind, content.
    pub(crate) files: HashMap<Id, (String, String, Vec<u8>)>,
}

impl World {
    /// The content of a message's file, by its `id`.
    #[must_use]
    pub fn file(&self, id: Id) -> Option<&[u8]> {
        self.files.get(&id).map(|(_, _, content)| content.as_slice())
    }

    /// What people see as the time.
    #[must_use]
    pub fn shown_now(&self) -> DateTime<Utc> {
        self.clock.as_ref().map_or_else(real_now, |clock| clock())
    }

    /// The bot's user id.
    #[must_use]
    pub fn bot_id(&self) -> Id {
        self.application.bot_id
    }

    /// Is the bot connected to the gateway?
    #[must_use]
    pub fn bot_online(&self) -> bool {
        self.sessions.connected() > 0
    }

    /// A user by id.
    #[must_use]
    pub fn user(&self, id: Id) -> Option<&User> {
        self.users.get(&id)
    }

    /// A person by user name, display name or id.
    #[must_use]
    pub fn find_person(&self, who: &str) -> Option<&User> {
        let id = parse_id(who);
        self.users.values().find(|user| {
            Some(user.id) == id
                || user.name.eq_ignore_ascii_case(who)
                || user.display_name.eq_ignore_ascii_case(who)
        })
    }

    /// A guild.
    #[must_use]
    pub fn guild(&self, id: Id) -> Option<&Guild> {
        self.guilds.get(&id)
    }

    /// A channel or thread that exists.
    #[must_use]
    pub fn channel(&self, id: Id) -> Option<&Channel> {
        self.channels.get(&id).filter(|channel| !channel.deleted)
    }

    /// A channel or thread by name or id.
    #[must_use]
    pub fn find_channel(&self, name: &str) -> Option<&Channel> {
        let id = parse_id(name);
        let wanted = name.trim_start_matches('#');
        let mut found: Vec<&Channel> = self
            .channels
            .values()
            .filter(|channel| !channel.deleted && (Some(channel.id) == id || channel.name == wanted))
            .collect();
        found.sort_by_key(|channel| (channel.kind == ChannelKind::Thread, channel.id));
        found.first().copied()
    }

    /// A message, also a deleted one.
    #[must_use]
    pub fn message(&self, id: Id) -> Option<&Message> {
        self.messages.get(&id)
    }

    /// The messages of a channel that exist, oldest first, ephemeral ones included.
    #[must_use]
    pub fn messages(&self, channel: Id) -> Vec<&Message> {
        let ids =
            self.channels.get(&channel).map(|channel| channel.message_ids.as_slice()).unwrap_or_default();
        ids.iter().filter_map(|id| self.messages.get(id)).filter(|message| !message.deleted).collect()
    }

    /// Every message of everywhere that was ever posted, oldest first, deleted ones included.
    #[must_use]
    pub fn all_messages(&self) -> Vec<&Message> {
        let mut all: Vec<&Message> = self.messages.values().collect();
        all.sort_by_key(|message| message.id);
        all
    }

    /// The threads (or posts) of a channel (or forum) that exist, oldest first, archived ones included.
    #[must_use]
    pub fn threads(&self, parent: Id) -> Vec<&Channel> {
        let mut threads: Vec<&Channel> = self
            .channels
            .values()
            .filter(|channel| channel.parent_id == Some(parent) && !channel.deleted)
            .collect();
        threads.sort_by_key(|channel| channel.id);
        threads
    }

    /// The bot's conversation with a person, if there is one.
    #[must_use]
    pub fn dm_channel(&self, person: Id) -> Option<&Channel> {
        self.conversations.get(&person).and_then(|id| self.channels.get(id))
    }

    /// The direct messages between the bot and a person, oldest first.
    #[must_use]
    pub fn dms(&self, person: Id) -> Vec<&Message> {
        self.dm_channel(person).map(|channel| self.messages(channel.id)).unwrap_or_default()
    }

    /// The forms that are open on a person's screen.
    #[must_use]
    pub fn open_modals(&self, person: Id) -> Vec<&Modal> {
        self.modals.values().filter(|modal| modal.user == person && modal.open).collect()
    }

    /// How often the bot replaced its commands in bulk.
    #[must_use]
    pub fn command_overwrites(&self) -> u64 {
        self.commands.overwrites
    }

    /// The commands that are usable in a guild, as Discord JSON.
    #[must_use]
    pub fn commands(&self, guild: Option<Id>) -> Vec<Value> {
        let own = guild.and_then(|guild| self.commands.by_guild.get(&guild)).cloned().unwrap_or_default();
        let shadowed: HashSet<(String, Value)> = own.iter().map(command_key).collect();
        let global = self.commands.global.iter().filter(|command| !shadowed.contains(&command_key(command)));
        own.iter().cloned().chain(global.cloned()).collect()
    }

    /// A command by name and type, as it is usable in a guild.
    pub(crate) fn find_command(&self, guild: Option<Id>, name: &str, kind: u64) -> Option<&Value> {
        let own = guild.and_then(|guild| self.commands.by_guild.get(&guild)).into_iter().flatten();
        own.chain(&self.commands.global)
            .find(|one| one["name"] == *name && one["type"].as_u64() == Some(kind))
    }

    /// The REST calls so far, unless only numbers are recorded.
    #[must_use]
    pub fn calls(&self) -> &[Call] {
        &self.journal.calls
    }

    /// What a user may do in a channel.
    #[must_use]
    pub fn permissions(&self, channel: &Channel, user: Id) -> u64 {
        let Some(guild) = channel.guild_id.and_then(|id| self.guilds.get(&id)) else {
            return if channel.members.contains(&user) { permission::ALL } else { 0 };
        };
        let rules = channel.parent_id.and_then(|id| self.channels.get(&id)).unwrap_or(channel);
        permission::in_channel(guild, rules, user)
    }

    /// Does a person see a channel?
    #[must_use]
    pub fn can_see(&self, channel: &Channel, user: Id) -> bool {
        self.permissions(channel, user) & permission::VIEW_CHANNEL != 0
    }

    pub(crate) fn bot_in(&self, guild: Id) -> bool {
        self.guilds.get(&guild).is_some_and(|guild| guild.members.contains_key(&self.application.bot_id))
    }

    pub(crate) fn message_count(&self, channel: &Channel) -> usize {
        // A thread's count leaves out the message it hangs on.
        let starter = usize::from(channel.kind == ChannelKind::Thread);
        let count = channel
            .message_ids
            .iter()
            .filter_map(|id| self.messages.get(id))
            .filter(|message| !message.deleted && message.ephemeral_for.is_none())
            .count();
        count.saturating_sub(starter)
    }

    /// The whole conversation as text, for a test that waited in vain.
    #[must_use]
    pub fn transcript(&self) -> String {
        let mut lines = Vec::new();
        for message in self.all_messages() {
            let place = self.channels.get(&message.channel_id).map_or("?", |channel| channel.name.as_str());
            let author = self.users.get(&message.author_id).map_or("?", |user| user.name.as_str());
            let answer = message.interaction.as_ref().map(|asked| {
                let who = self.users.get(&asked.user).map_or("?", |user| user.name.as_str());
                format!(" [{who} used {}]", asked.text)
            });
            let mut notes = String::new();
            if let Some(who) = message.ephemeral_for.and_then(|id| self.users.get(&id)) {
                notes.push_str(&format!(" (only {} sees this)", who.name));
            }
            for (set, note) in [
                (message.thinking, " (thinking)"),
                (message.edited.is_some(), " (edited)"),
                (message.deleted, " (deleted)"),
            ] {
                notes.push_str(if set { note } else { "" });
            }
            lines.push(format!("#{place} {author}{}{notes}:", answer.unwrap_or_default()));
            lines.extend(message.all_text().lines().map(|line| format!("    {line}")));
            let buttons = message.buttons();
            if !buttons.is_empty() {
                lines.push(format!("    [{}]", buttons.join("] [")));
            }
        }
        lines.join("\n")
    }
}

fn command_key(command: &Value) -> (String, Value) {
    (command["name"].as_str().unwrap_or_default().to_owned(), command["type"].clone())
}

/// The exception in a channel for `target`, made if there is none.
pub(crate) fn overwrite_of(channel: &mut Channel, target: OverwriteFor) -> Option<&mut Overwrite> {
    let at = match channel.overwrites.iter().position(|one| one.target == target) {
        Some(at) => at,
        None => {
            channel.overwrites.push(Overwrite { target, allow: 0, deny: 0 });
            channel.overwrites.len() - 1
        }
    };
    channel.overwrites.get_mut(at)
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("users", &self.users.len())
            .field("channels", &self.channels.len())
            .field("messages", &self.messages.len())
            .finish_non_exhaustive()
    }
}

/// Builds the world that a seed describes.
pub(crate) fn build(seed: &Seed, parts: Parts) -> World {
    setup::build(seed, parts)
}

pub(crate) use events::ChannelEvent;
pub(crate) use setup::{Parts, add_bot, blank_channel};
