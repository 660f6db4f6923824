//! What there is: people, guilds, channels, messages, forms.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::ids::Id;
use crate::permission::Overwrite;

/// Kinds of channels, as Discord numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelKind {
    /// A text channel of a guild.
    Text,
    /// A direct message channel.
    Direct,
    /// A public thread, or a forum's post.
    Thread,
    /// A forum.
    Forum,
    /// A voice channel: one writes in it, but it has no threads.
    Voice,
}

impl ChannelKind {
    /// Discord's number for it.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            ChannelKind::Text => 0,
            ChannelKind::Direct => 1,
            ChannelKind::Voice => 2,
            ChannelKind::Thread => 11,
            ChannelKind::Forum => 15,
        }
    }
}

/// A user: a person, or the bot.
#[derive(Debug, Clone)]
pub struct User {
    /// The user's id.
    pub id: Id,
    /// The user name.
    pub name: String,
    /// The name that others see.
    pub display_name: String,
    /// One line about the person, for the page.
    pub about: String,
    /// A CSS colour, for the page.
    pub color: String,
    /// The language of the client.
    pub locale: String,
    /// Is this the bot?
    pub bot: bool,
    /// Does not accept direct messages.
    pub dms_closed: bool,
}

/// A role.
#[derive(Debug, Clone)]
pub struct Role {
    /// The role's id; the guild's own for `@everyone`.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// What it grants.
    pub permissions: u64,
    /// May everybody ping it?
    pub mentionable: bool,
    /// Belongs to the bot.
    pub managed: bool,
}

/// Somebody's membership of a guild.
#[derive(Debug, Clone)]
pub struct Member {
    /// The roles held, without `@everyone`.
    pub roles: Vec<Id>,
    /// Since when.
    pub joined_at: DateTime<Utc>,
}

/// A server.
#[derive(Debug, Clone)]
pub struct Guild {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Who owns it.
    pub owner_id: Id,
    /// Its roles, `@everyone` first.
    pub roles: Vec<Role>,
    /// Its members; the bot among them while it is added.
    pub members: BTreeMap<Id, Member>,
    /// Its channels, in order, without threads.
    pub channels: Vec<Id>,
}

impl Guild {
    pub(crate) fn role(&self, id: Id) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == id)
    }
}

/// A forum's tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Only who may manage threads can set it.
    pub moderated: bool,
}

/// A channel, thread, forum or direct conversation.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its id.
    pub id: Id,
    /// What it is.
    pub kind: ChannelKind,
    /// Of which guild; none for direct messages.
    pub guild_id: Option<Id>,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub topic: Option<String>,
    /// Of a thread: the channel it is under.
    pub parent_id: Option<Id>,
    /// Exceptions to the roles' permissions.
    pub overwrites: Vec<Overwrite>,
    /// Of a thread: put away.
    pub archived: bool,
    /// Of a thread: closed by a moderator.
    pub locked: bool,
    /// Of a thread: minutes of quiet after which it archives itself.
    pub auto_archive_minutes: u32,
    /// Of a thread: when `archived` last changed.
    pub archive_changed: DateTime<Utc>,
    /// Of a thread: who started it.
    pub owner_id: Option<Id>,
    /// Of a thread: who was added; of direct messages: the two.
    pub members: BTreeSet<Id>,
    /// Of a forum's post.
    pub applied_tags: Vec<Id>,
    /// Of a forum.
    pub tags: Vec<Tag>,
    /// Of a forum: posts need a tag.
    pub require_tag: bool,
    /// Deleted.
    pub deleted: bool,
    /// When it was made.
    pub created: DateTime<Utc>,
    pub(crate) message_ids: Vec<Id>,
    pub(crate) old_edits: VecDeque<Instant>,
}

/// One state of a message, with when it came about.
#[derive(Debug, Clone)]
pub struct Version {
    /// Real time.
    pub at: DateTime<Utc>,
    /// The text.
    pub content: String,
    /// The embeds, as Discord JSON.
    pub embeds: Vec<Value>,
    /// The components, as Discord JSON.
    pub components: Vec<Value>,
}

/// The command or press that a message answers.
#[derive(Debug, Clone)]
pub struct AnsweredInteraction {
    /// The interaction.
    pub id: Id,
    /// Discord's number for its type.
    pub kind: u8,
    /// Whose it was.
    pub user: Id,
    /// What was typed or pressed, as people read it: `/idea show number:12`.
    pub text: String,
    /// The name of the command, empty for presses.
    pub name: String,
    /// The message whose component was pressed.
    pub(crate) on: Option<Id>,
    /// Of a form that was sent: what opened it.
    pub(crate) opener: Option<Box<AnsweredInteraction>>,
}

/// A message.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its id.
    pub id: Id,
    /// Where.
    pub channel_id: Id,
    /// Of which guild; none for direct messages.
    pub guild_id: Option<Id>,
    /// By whom.
    pub author_id: Id,
    /// Discord's number for its type: 0 plain, 18 and 21 for threads, 19 an answer to a message, 20 to a command, 23 to a message command.
    pub kind: u8,
    /// The text.
    pub content: String,
    /// The embeds, as Discord JSON.
    pub embeds: Vec<Value>,
    /// The components, as Discord JSON.
    pub components: Vec<Value>,
    /// The files, as Discord JSON.
    pub attachments: Vec<Value>,
    /// Discord's flags.
    pub flags: u64,
    /// As the sender gave it.
    pub nonce: Option<Value>,
    /// Only this person sees it.
    pub ephemeral_for: Option<Id>,
    /// "… is thinking": a deferred answer that has not come yet.
    pub thinking: bool,
    /// What it answers.
    pub interaction: Option<AnsweredInteraction>,
    /// The message it refers to: channel and id.
    pub reference: Option<(Id, Id)>,
    /// The thread under it.
    pub thread: Option<Id>,
    /// Who was notified by it, besides by following the channel.
    pub pinged: BTreeSet<Id>,
    /// Did it ping everybody?
    pub pinged_everyone: bool,
    /// The users whom its text mentions and whose names it highlights.
    pub mentions: Vec<Id>,
    /// The roles whose names it highlights.
    pub mention_roles: Vec<Id>,
    /// Real time of posting.
    pub at: DateTime<Utc>,
    /// When people see it was posted (the host's clock).
    pub shown_at: DateTime<Utc>,
    /// When people see it was edited last.
    pub edited: Option<DateTime<Utc>>,
    /// Every state it had, the first one first; the last one is what it is now.
    pub history: Vec<Version>,
    /// Deleted, or, if ephemeral, dismissed.
    pub deleted: bool,
    pub(crate) aged: Duration,
}

impl Message {
    /// The text, titles, descriptions, fields and footers of it, one under the other: for looking things up in tests.
    #[must_use]
    pub fn all_text(&self) -> String {
        let mut parts = vec![self.content.clone()];
        for embed in &self.embeds {
            parts.extend(
                ["title", "description"].iter().filter_map(|key| embed[*key].as_str().map(str::to_owned)),
            );
            for field in embed["fields"].as_array().into_iter().flatten() {
                let (name, value) = (field["name"].as_str(), field["value"].as_str());
                parts.push(format!("{}: {}", name.unwrap_or_default(), value.unwrap_or_default()));
            }
            parts.extend(embed["footer"]["text"].as_str().map(str::to_owned));
        }
        for component in crate::view::flat_components(&self.components) {
            parts.extend(component["content"].as_str().map(str::to_owned));
        }
        parts.retain(|part| !part.is_empty());
        parts.join("\n")
    }

    /// The labels of its buttons that can be pressed.
    #[must_use]
    pub fn buttons(&self) -> Vec<String> {
        crate::view::flat_components(&self.components)
            .into_iter()
            .filter(|component| component["type"] == 2 && component["disabled"] != true)
            .filter_map(|button| button["label"].as_str().map(str::to_owned))
            .collect()
    }
}

/// A form that is open on somebody's screen.
#[derive(Debug, Clone)]
pub struct Modal {
    /// This opening of it.
    pub id: Id,
    /// On whose screen.
    pub user: Id,
    /// In which channel.
    pub channel: Id,
    /// Its title.
    pub title: String,
    /// As the bot gave it.
    pub custom_id: String,
    /// As Discord JSON.
    pub components: Vec<Value>,
    pub(crate) opened_from: Option<Id>,
    pub(crate) opener: AnsweredInteraction,
    pub(crate) open: bool,
}
