//! Permission bits and how they add up in a channel, as Discord documents it under "Permissions".

use crate::ids::Id;
use crate::world::{Channel, Guild};

macro_rules! bits {
    ($($(#[$doc:meta])* $name:ident = $bit:literal;)*) => {
        $($(#[$doc])* pub const $name: u64 = 1 << $bit;)*
    };
}

bits! {
    /// Everything, in every channel.
    ADMINISTRATOR = 3;
    /// Change channels, their tags and names.
    MANAGE_CHANNELS = 4;
    /// Change the server.
    MANAGE_GUILD = 5;
    /// React to messages.
    ADD_REACTIONS = 6;
    /// See a channel.
    VIEW_CHANNEL = 10;
    /// Write in a channel, and post in a forum.
    SEND_MESSAGES = 11;
    /// Delete others' messages.
    MANAGE_MESSAGES = 13;
    /// Post embeds.
    EMBED_LINKS = 14;
    /// Post files.
    ATTACH_FILES = 15;
    /// Read what was written before.
    READ_MESSAGE_HISTORY = 16;
    /// Ping everyone and every role.
    MENTION_EVERYONE = 17;
    /// Change roles.
    MANAGE_ROLES = 28;
    /// Use slash commands and message commands.
    USE_APPLICATION_COMMANDS = 31;
    /// Archive, lock, rename and delete others' threads.
    MANAGE_THREADS = 34;
    /// Start threads.
    CREATE_PUBLIC_THREADS = 35;
    /// Start private threads.
    CREATE_PRIVATE_THREADS = 36;
    /// Write in threads.
    SEND_MESSAGES_IN_THREADS = 38;
}

/// All of them.
pub const ALL: u64 = (1 << 53) - 1;

/// What `@everyone` may do in a fresh server.
pub const EVERYONE: u64 = ADD_REACTIONS
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | USE_APPLICATION_COMMANDS
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS;

/// What an exception in a channel is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverwriteFor {
    /// A role (the guild's own id is `@everyone`).
    Role(Id),
    /// One member.
    Member(Id),
}

/// An exception to the roles' permissions in one channel.
#[derive(Debug, Clone, Copy)]
pub struct Overwrite {
    /// For whom.
    pub target: OverwriteFor,
    /// Bits given.
    pub allow: u64,
    /// Bits taken.
    pub deny: u64,
}

/// What a member may do in the guild, before channels. Nothing for who is not in it.
pub(crate) fn in_guild(guild: &Guild, user: Id) -> u64 {
    let Some(member) = guild.members.get(&user) else { return 0 };
    if guild.owner_id == user {
        return ALL;
    }
    let mut bits = guild.role(guild.id).map_or(0, |role| role.permissions);
    for role in member.roles.iter().filter_map(|id| guild.role(*id)) {
        bits |= role.permissions;
    }
    if bits & ADMINISTRATOR != 0 { ALL } else { bits }
}

/// What a member may do in a channel; for a thread, give its parent as the channel.
pub(crate) fn in_channel(guild: &Guild, channel: &Channel, user: Id) -> u64 {
    let mut bits = in_guild(guild, user);
    if bits == ALL || bits == 0 {
        return bits;
    }
    let Some(member) = guild.members.get(&user) else { return 0 };
    for overwrite in &channel.overwrites {
        if overwrite.target == OverwriteFor::Role(guild.id) {
            bits = bits & !overwrite.deny | overwrite.allow;
        }
    }
    let (mut allow, mut deny) = (0, 0);
    for overwrite in &channel.overwrites {
        if let OverwriteFor::Role(role) = overwrite.target
            && role != guild.id
            && member.roles.contains(&role)
        {
            allow |= overwrite.allow;
            deny |= overwrite.deny;
        }
    }
    bits = bits & !deny | allow;
    for overwrite in &channel.overwrites {
        if overwrite.target == OverwriteFor::Member(user) {
            bits = bits & !overwrite.deny | overwrite.allow;
        }
    }
    // Who cannot see a channel can do nothing in it.
    if bits & VIEW_CHANNEL == 0 { 0 } else { bits }
}
