//! From the seed to the first state.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use tokio::sync::broadcast;

use super::{Application, Channel, ChannelKind, Commands, Guild, Member, Role, Tag, User, World};
use crate::faults::Faults;
use crate::gateway::Sessions;
use crate::ids::{Id, Snowflakes, real_now};
use crate::journal::Journal;
use crate::limits::Limiter;
use crate::page_feed::PageEvent;
use crate::seed::{ChannelSeed, GuildSeed, Seed};
use crate::sim::{Clock, Strictness};

/// What the world is built with besides the seed.
pub(crate) struct Parts {
    pub(crate) strictness: Arc<Strictness>,
    pub(crate) clock: Option<Clock>,
    pub(crate) page: broadcast::Sender<PageEvent>,
}

/// Colours for people who were given none; readable on light and dark.
const COLORS: [&str; 8] =
    ["#2f6f4f", "#8a4b08", "#5b4b8a", "#1f5f8b", "#8b2f4f", "#4f6f1f", "#6f4f2f", "#2f4f6f"];

pub(super) fn build(seed: &Seed, parts: Parts) -> World {
    let mut world = World {
        ids: Snowflakes::default(),
        application: Application {
            id: seed.application_id,
            bot_id: seed.bot_id,
            name: seed.bot_name.clone(),
            token: Some(seed.bot_token.clone()),
        },
        users: BTreeMap::new(),
        guilds: BTreeMap::new(),
        channels: HashMap::new(),
        messages: HashMap::new(),
        nonces: HashMap::new(),
        nonce_order: VecDeque::new(),
        commands: Commands::default(),
        interactions: HashMap::new(),
        interaction_tokens: HashMap::new(),
        interaction_order: VecDeque::new(),
        unanswered: VecDeque::new(),
        modals: HashMap::new(),
        sessions: Sessions::default(),
        limiter: Limiter::new(&parts.strictness),
        faults: Faults::default(),
        journal: Journal::new(parts.strictness.recording),
        strictness: parts.strictness,
        clock: parts.clock,
        page: parts.page,
        dirty: false,
        known_threads: HashSet::new(),
        conversations: HashMap::new(),
        files: HashMap::new(),
    };
    world.users.insert(
        seed.bot_id,
        User {
            id: seed.bot_id,
            name: seed.bot_name.clone(),
            display_name: seed.bot_name.clone(),
            about: String::new(),
            color: "#5865f2".to_owned(),
            locale: "en-GB".to_owned(),
            bot: true,
            dms_closed: true,
        },
    );
    for (at, person) in seed.people.iter().enumerate() {
        let color = person.color.clone().unwrap_or_else(|| COLORS[at % COLORS.len()].to_owned());
        world.users.insert(
            person.id,
            User {
                id: person.id,
                name: person.name.clone(),
                display_name: person.display_name.clone(),
                about: person.about.clone(),
                color,
                locale: person.locale.clone(),
                bot: false,
                dms_closed: person.dms_closed,
            },
        );
    }
    for guild in &seed.guilds {
        add_guild(&mut world, guild);
    }
    world
}

fn add_guild(world: &mut World, seed: &GuildSeed) {
    let now = real_now();
    let everyone = Role {
        id: seed.id,
        name: "@everyone".to_owned(),
        permissions: seed.everyone,
        mentionable: false,
        managed: false,
    };
    let mut guild = Guild {
        id: seed.id,
        name: seed.name.clone(),
        owner_id: seed.owner,
        roles: vec![everyone],
        members: BTreeMap::new(),
        channels: seed.channels.iter().map(|channel| channel.id).collect(),
    };
    guild.roles.extend(seed.roles.iter().map(|role| Role {
        id: role.id,
        name: role.name.clone(),
        permissions: role.permissions,
        mentionable: role.mentionable,
        managed: false,
    }));
    guild.members.insert(seed.owner, Member { roles: Vec::new(), joined_at: now });
    for (person, roles) in &seed.members {
        guild.members.insert(*person, Member { roles: roles.clone(), joined_at: now });
    }
    if let Some(permissions) = seed.bot_permissions {
        add_bot(world, &mut guild, permissions);
    }
    for channel in &seed.channels {
        let built = build_channel(world, seed.id, channel);
        world.channels.insert(channel.id, built);
    }
    world.guilds.insert(seed.id, guild);
}

/// Adds the bot to a guild with a role of its own, as an invitation does.
pub(crate) fn add_bot(world: &mut World, guild: &mut Guild, permissions: u64) {
    let role = Role {
        id: world.ids.make(),
        name: world.application.name.clone(),
        permissions,
        mentionable: false,
        managed: true,
    };
    guild.members.insert(world.application.bot_id, Member { roles: vec![role.id], joined_at: real_now() });
    guild.roles.push(role);
}

fn build_channel(world: &mut World, guild: Id, seed: &ChannelSeed) -> Channel {
    let kind = if seed.forum { ChannelKind::Forum } else { ChannelKind::Text };
    let mut channel = blank_channel(seed.id, kind, &seed.name);
    channel.guild_id = Some(guild);
    channel.topic.clone_from(&seed.topic);
    channel.overwrites.clone_from(&seed.overwrites);
    channel.require_tag = seed.require_tag;
    for (name, moderated) in &seed.tags {
        let id = world.ids.make();
        channel.tags.push(Tag { id, name: name.clone(), moderated: *moderated });
    }
    channel
}

/// A channel with nothing in it.
pub(crate) fn blank_channel(id: Id, kind: ChannelKind, name: &str) -> Channel {
    let now = real_now();
    Channel {
        id,
        kind,
        guild_id: None,
        name: name.to_owned(),
        topic: None,
        parent_id: None,
        overwrites: Vec::new(),
        archived: false,
        locked: false,
        auto_archive_minutes: 4320,
        archive_changed: now,
        owner_id: None,
        members: BTreeSet::new(),
        applied_tags: Vec::new(),
        tags: Vec::new(),
        require_tag: false,
        deleted: false,
        created: now,
        message_ids: Vec::new(),
        old_edits: VecDeque::new(),
    }
}
