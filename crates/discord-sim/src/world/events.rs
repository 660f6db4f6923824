//! Telling the bot and the page what happened, in the order in which it happened.

use serde_json::{Value, json};

use super::{Channel, ChannelKind, Message, World};
use crate::gateway::{Event, intents};
use crate::ids::Id;
use crate::page_feed::PageEvent;
use crate::view;

impl World {
    /// Sends an event to the sessions that asked for it.
    pub(crate) fn emit(&mut self, event: &Event<'_>) {
        let copies = self.faults.copies_of_event(event.name);
        self.sessions.dispatch(event, copies);
        self.dirty = true;
    }

    pub(crate) fn tell_page(&mut self, event: PageEvent) {
        self.dirty = true;
        // Nobody may be looking at the page.
        drop(self.page.send(event));
    }

    fn message_intent(&self, guild: Option<Id>) -> u64 {
        if guild.is_some() { intents::GUILD_MESSAGES } else { intents::DIRECT_MESSAGES }
    }

    pub(crate) fn announce_message(&mut self, id: Id, fresh: bool) {
        self.tell_page(PageEvent::Message { id, fresh });
        let name = if fresh { "MESSAGE_CREATE" } else { "MESSAGE_UPDATE" };
        let Some((intent, guild, data)) = self.messages.get(&id).and_then(|message| {
            let intent = self.message_intent(message.guild_id);
            (message.ephemeral_for.is_none()
                && self.sessions.wants(intent)
                && self.bot_sees(message.channel_id))
            .then(|| (intent, message.guild_id, self.gateway_message(message)))
        }) else {
            return;
        };
        self.emit(&Event { name, data, guild, intent });
    }

    fn gateway_message(&self, message: &Message) -> Value {
        let mut data = view::message(self, message, view::Reader::Bot { content: self.content_allowed() });
        if let Some(guild) = message.guild_id {
            data["guild_id"] = json!(guild.to_string());
            if let Some(member) =
                self.guilds.get(&guild).and_then(|guild| guild.members.get(&message.author_id))
            {
                data["member"] = view::bare_member(member);
            }
        }
        data
    }

    pub(crate) fn announce_deletion(&mut self, id: Id, channel: Id, guild: Option<Id>) {
        self.tell_page(PageEvent::MessageGone { id, channel });
        let mut data = json!({ "id": id.to_string(), "channel_id": channel.to_string() });
        if let Some(guild) = guild {
            data["guild_id"] = json!(guild.to_string());
        }
        self.emit(&Event { name: "MESSAGE_DELETE", data, guild, intent: self.message_intent(guild) });
    }

    /// Tells of a channel or thread: `what` is `CREATE`, `UPDATE` or `DELETE`.
    pub(crate) fn announce_channel(&mut self, id: Id, what: ChannelEvent) {
        self.tell_page(PageEvent::Channel(id));
        let Some(channel) = self.channels.get(&id) else { return };
        let Some(guild) = channel.guild_id else { return };
        let thread = channel.kind == ChannelKind::Thread;
        if !self.bot_in(guild) || (thread && !self.bot_sees(id)) {
            return;
        }
        let name = match (what, thread) {
            (ChannelEvent::Create, false) => "CHANNEL_CREATE",
            (ChannelEvent::Update, false) => "CHANNEL_UPDATE",
            (ChannelEvent::Delete, false) => "CHANNEL_DELETE",
            (ChannelEvent::Create, true) => "THREAD_CREATE",
            (ChannelEvent::Update, true) => "THREAD_UPDATE",
            (ChannelEvent::Delete, true) => "THREAD_DELETE",
        };
        let data = match (what, thread) {
            (ChannelEvent::Delete, true) => json!({
                "id": id.to_string(), "guild_id": guild.to_string(),
                "parent_id": channel.parent_id.map(|id| id.to_string()), "type": channel.kind.number(),
            }),
            (ChannelEvent::Create, true) => {
                let mut data = view::channel(self, channel);
                data["newly_created"] = json!(true);
                data
            }
            (ChannelEvent::Update, true) | (_, false) => view::channel(self, channel),
        };
        self.emit(&Event { name, data, guild: Some(guild), intent: intents::GUILDS });
    }

    pub(crate) fn bot_sees(&self, channel: Id) -> bool {
        self.channels.get(&channel).is_some_and(|channel| self.can_see(channel, self.application.bot_id))
    }

    /// May the bot read what others write (the privileged intent)?
    pub(crate) fn content_allowed(&self) -> bool {
        self.strictness.privileged_intents & intents::MESSAGE_CONTENT != 0
    }

    /// Puts a message into its channel and tells of it.
    pub(crate) fn add_message(&mut self, message: Message) -> Id {
        let (id, channel) = (message.id, message.channel_id);
        self.messages.insert(id, message);
        if let Some(channel) = self.channels.get_mut(&channel) {
            channel.message_ids.push(id);
        }
        self.announce_message(id, true);
        id
    }

    /// Where a message stands that is not in a thread of its own.
    pub(crate) fn thread_of(&self, message: &Message) -> Option<&Channel> {
        message.thread.and_then(|id| self.channel(id))
    }
}

/// What happened to a channel.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ChannelEvent {
    Create,
    Update,
    Delete,
}
