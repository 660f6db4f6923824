//! The parts of the platform's objects that we read. Everything else in an answer is passed over.

use std::str::FromStr;

use kaizen_domain::{ChannelId, GuildId, MessageId, RoleId, UserId};
use serde::{Deserialize, Deserializer};

/// Ids travel as strings.
fn id<'de, D: Deserializer<'de>, T: FromStr>(deserializer: D) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| serde::de::Error::custom("not an id"))
}

fn some_id<'de, D: Deserializer<'de>, T: FromStr>(deserializer: D) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|t| t.parse().map_err(|_| serde::de::Error::custom("not an id"))).transpose()
}

fn ids<'de, D: Deserializer<'de>, T: FromStr>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|t| t.parse().map_err(|_| serde::de::Error::custom("not an id"))).collect()
}

/// A set of permissions. <https://discord.com/developers/docs/topics/permissions>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(pub u64);

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        id::<D, u64>(deserializer).map(Permissions)
    }
}

/// A message.
#[derive(Debug, Clone, Deserialize)]
pub struct Message {
    /// Its id.
    #[serde(deserialize_with = "id")]
    pub id: MessageId,
    /// Where it stands.
    #[serde(deserialize_with = "id")]
    pub channel_id: ChannelId,
    /// Who wrote it.
    pub author: User,
    /// Its text; empty for others' messages, which we may not read.
    #[serde(default)]
    pub content: String,
    /// Its cards.
    #[serde(default)]
    pub embeds: Vec<Embed>,
    /// The thread that was started from it.
    #[serde(default)]
    pub thread: Option<Channel>,
}

/// A card of a message.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Embed {
    /// Its text.
    #[serde(default)]
    pub description: Option<String>,
    /// Its last line.
    #[serde(default)]
    pub footer: Option<Footer>,
}

/// The last line of a card.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Footer {
    /// What it says.
    #[serde(default)]
    pub text: String,
}

/// A person, or a bot.
#[derive(Debug, Clone, Deserialize)]
pub struct User {
    /// Their id.
    #[serde(deserialize_with = "id")]
    pub id: UserId,
    /// Their unique name.
    #[serde(default)]
    pub username: String,
    /// The name that they show.
    #[serde(default)]
    pub global_name: Option<String>,
    /// Is it a bot?
    #[serde(default)]
    pub bot: bool,
}

/// A member of a guild.
#[derive(Debug, Clone, Deserialize)]
pub struct Member {
    /// Who.
    pub user: User,
    /// The name that they show in this guild.
    #[serde(default)]
    pub nick: Option<String>,
    /// Their roles.
    #[serde(deserialize_with = "ids")]
    pub roles: Vec<RoleId>,
}

/// A channel or a thread.
#[derive(Debug, Clone, Deserialize)]
pub struct Channel {
    /// Its id.
    #[serde(deserialize_with = "id")]
    pub id: ChannelId,
    /// Which kind.
    #[serde(rename = "type")]
    pub kind: ChannelKind,
    /// Its guild.
    #[serde(default, deserialize_with = "some_id")]
    pub guild_id: Option<GuildId>,
    /// The channel of a thread, the category of a channel.
    #[serde(default, deserialize_with = "some_id")]
    pub parent_id: Option<ChannelId>,
    /// Who started a thread.
    #[serde(default, deserialize_with = "some_id")]
    pub owner_id: Option<UserId>,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// Tags that posts of a forum can have.
    #[serde(default)]
    pub available_tags: Vec<Tag>,
    /// Tags that this forum post has.
    #[serde(default, deserialize_with = "ids")]
    pub applied_tags: Vec<ChannelId>,
    /// The last message of a thread, which tells when it was.
    #[serde(default, deserialize_with = "some_id")]
    pub last_message_id: Option<MessageId>,
    /// Is the thread closed?
    #[serde(default)]
    pub thread_metadata: Option<ThreadState>,
    /// Who may do what here, other than in the guild.
    #[serde(default)]
    pub permission_overwrites: Vec<Overwrite>,
}

/// Which kind of channel it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "u8")]
pub enum ChannelKind {
    /// A text channel.
    Text,
    /// Direct messages.
    Direct,
    /// An announcement channel.
    Announcement,
    /// A thread, or a forum's post.
    Thread,
    /// A forum.
    Forum,
    /// A voice channel, a category, or something newer.
    Other,
}

impl From<u8> for ChannelKind {
    fn from(kind: u8) -> Self {
        match kind {
            0 => ChannelKind::Text,
            1 | 3 => ChannelKind::Direct,
            5 => ChannelKind::Announcement,
            10..=12 => ChannelKind::Thread,
            15 => ChannelKind::Forum,
            _ => ChannelKind::Other,
        }
    }
}

/// Whether a thread is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub struct ThreadState {
    /// Closed; a post reopens it unless it is locked.
    #[serde(default)]
    pub archived: bool,
    /// Only those who manage threads can reopen it.
    #[serde(default)]
    pub locked: bool,
}

/// A tag of a forum.
#[derive(Debug, Clone, Deserialize)]
pub struct Tag {
    /// Its id.
    #[serde(deserialize_with = "id")]
    pub id: ChannelId,
    /// What it says.
    pub name: String,
    /// Only who may manage threads can set it.
    #[serde(default)]
    pub moderated: bool,
    /// Its emoji, one of the guild.
    #[serde(default)]
    pub emoji_id: Option<String>,
    /// Its emoji, one of everybody's.
    #[serde(default)]
    pub emoji_name: Option<String>,
}

/// What a role or a person may do in a channel, other than in the guild.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Overwrite {
    /// The role's or person's id.
    #[serde(deserialize_with = "id")]
    pub id: u64,
    /// 0 for a role, 1 for a person.
    #[serde(rename = "type")]
    pub kind: u8,
    /// What is added.
    #[serde(default)]
    pub allow: Permissions,
    /// What is taken.
    #[serde(default)]
    pub deny: Permissions,
}

/// A guild.
#[derive(Debug, Clone, Deserialize)]
pub struct Guild {
    /// Its id.
    #[serde(deserialize_with = "id")]
    pub id: GuildId,
    /// Its name.
    pub name: String,
    /// Who owns it.
    #[serde(deserialize_with = "id")]
    pub owner_id: UserId,
    /// Its roles.
    #[serde(default)]
    pub roles: Vec<Role>,
}

/// A role.
#[derive(Debug, Clone, Deserialize)]
pub struct Role {
    /// Its id; the guild's own for "everyone".
    #[serde(deserialize_with = "id")]
    pub id: RoleId,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// What it allows.
    #[serde(default)]
    pub permissions: Permissions,
}

/// The bot's application.
#[derive(Debug, Clone, Deserialize)]
pub struct Application {
    /// Its id.
    #[serde(deserialize_with = "id")]
    pub id: u64,
}

/// What the gateway says of itself before a connection.
#[derive(Debug, Clone, Deserialize)]
pub struct GatewayBot {
    /// Where to connect.
    pub url: String,
    /// How many shards the platform recommends.
    pub shards: u32,
    /// How many sessions can still be started.
    pub session_start_limit: SessionStartLimit,
}

/// How many sessions can still be started. <https://discord.com/developers/docs/events/gateway#session-start-limit-object>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct SessionStartLimit {
    /// A day's number.
    pub total: u32,
    /// What is left of it.
    pub remaining: u32,
    /// Milliseconds until it is full again.
    pub reset_after: u64,
}

/// Open or closed threads of a guild or channel.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Threads {
    /// The threads.
    #[serde(default)]
    pub threads: Vec<Channel>,
}
