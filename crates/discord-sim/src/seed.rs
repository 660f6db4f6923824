//! What the local Discord starts with: the bot, the people, the servers. Given by the host.

use crate::ids::Id;
use crate::permission;

/// Everything that exists before anybody does anything.
#[derive(Debug, Clone)]
pub struct Seed {
    pub(crate) application_id: Id,
    pub(crate) bot_id: Id,
    pub(crate) bot_name: String,
    pub(crate) bot_token: String,
    pub(crate) people: Vec<PersonSeed>,
    pub(crate) guilds: Vec<GuildSeed>,
}

impl Seed {
    /// A Discord with one bot (its user and its application share an id, as for every newer bot) and nobody else.
    #[must_use]
    pub fn new(bot_id: Id, bot_name: &str, token: &str) -> Self {
        Seed {
            application_id: bot_id,
            bot_id,
            bot_name: bot_name.to_owned(),
            bot_token: token.to_owned(),
            people: Vec::new(),
            guilds: Vec::new(),
        }
    }

    /// Gives the bot's application an id of its own.
    #[must_use]
    pub fn application_id(mut self, id: Id) -> Self {
        self.application_id = id;
        self
    }

    /// Adds a person.
    #[must_use]
    pub fn person(mut self, person: PersonSeed) -> Self {
        self.people.push(person);
        self
    }

    /// Adds a server.
    #[must_use]
    pub fn guild(mut self, guild: GuildSeed) -> Self {
        self.guilds.push(guild);
        self
    }
}

/// A person.
#[derive(Debug, Clone)]
pub struct PersonSeed {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) about: String,
    pub(crate) color: Option<String>,
    pub(crate) locale: String,
    pub(crate) dms_closed: bool,
}

impl PersonSeed {
    /// A person with a user name; the display name is the same until set.
    #[must_use]
    pub fn new(id: Id, name: &str) -> Self {
        PersonSeed {
            id,
            name: name.to_owned(),
            display_name: name.to_owned(),
            about: String::new(),
            color: None,
            locale: "en-GB".to_owned(),
            dms_closed: false,
        }
    }

    /// The name that others see.
    #[must_use]
    pub fn display_name(mut self, name: &str) -> Self {
        self.display_name = name.to_owned();
        self
    }

    /// One line about the person, for the page.
    #[must_use]
    pub fn about(mut self, text: &str) -> Self {
        self.about = text.to_owned();
        self
    }

    /// A CSS colour for the page; one is picked from the id otherwise.
    #[must_use]
    pub fn color(mut self, css: &str) -> Self {
        self.color = Some(css.to_owned());
        self
    }

    /// The language of the person's client.
    #[must_use]
    pub fn locale(mut self, locale: &str) -> Self {
        self.locale = locale.to_owned();
        self
    }

    /// Does not accept direct messages.
    #[must_use]
    pub fn dms_closed(mut self) -> Self {
        self.dms_closed = true;
        self
    }
}

/// A server.
#[derive(Debug, Clone)]
pub struct GuildSeed {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) owner: Id,
    pub(crate) everyone: u64,
    pub(crate) bot_permissions: Option<u64>,
    pub(crate) roles: Vec<RoleSeed>,
    pub(crate) members: Vec<(Id, Vec<Id>)>,
    pub(crate) channels: Vec<ChannelSeed>,
}

impl GuildSeed {
    /// A server; its owner is a member of it. The bot is in it with the permissions of `@everyone`.
    #[must_use]
    pub fn new(id: Id, name: &str, owner: Id) -> Self {
        GuildSeed {
            id,
            name: name.to_owned(),
            owner,
            everyone: permission::EVERYONE,
            bot_permissions: Some(0),
            roles: Vec::new(),
            members: Vec::new(),
            channels: Vec::new(),
        }
    }

    /// What `@everyone` may do.
    #[must_use]
    pub fn everyone(mut self, permissions: u64) -> Self {
        self.everyone = permissions;
        self
    }

    /// What the bot's own role adds (what its invitation asked for).
    #[must_use]
    pub fn bot_permissions(mut self, permissions: u64) -> Self {
        self.bot_permissions = Some(permissions);
        self
    }

    /// The bot has not been added to this server.
    #[must_use]
    pub fn without_bot(mut self) -> Self {
        self.bot_permissions = None;
        self
    }

    /// Adds a role.
    #[must_use]
    pub fn role(mut self, role: RoleSeed) -> Self {
        self.roles.push(role);
        self
    }

    /// Adds a person of the seed as a member, with roles.
    #[must_use]
    pub fn member(mut self, person: Id, roles: &[Id]) -> Self {
        self.members.push((person, roles.to_vec()));
        self
    }

    /// Adds a channel.
    #[must_use]
    pub fn channel(mut self, channel: ChannelSeed) -> Self {
        self.channels.push(channel);
        self
    }
}

/// A role.
#[derive(Debug, Clone)]
pub struct RoleSeed {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) permissions: u64,
    pub(crate) mentionable: bool,
}

impl RoleSeed {
    /// A role that grants nothing.
    #[must_use]
    pub fn new(id: Id, name: &str) -> Self {
        RoleSeed { id, name: name.to_owned(), permissions: 0, mentionable: false }
    }

    /// What it grants.
    #[must_use]
    pub fn permissions(mut self, permissions: u64) -> Self {
        self.permissions = permissions;
        self
    }

    /// Everybody may ping it.
    #[must_use]
    pub fn mentionable(mut self) -> Self {
        self.mentionable = true;
        self
    }
}

/// A channel.
#[derive(Debug, Clone)]
pub struct ChannelSeed {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) forum: bool,
    pub(crate) topic: Option<String>,
    pub(crate) overwrites: Vec<permission::Overwrite>,
    pub(crate) tags: Vec<(String, bool)>,
    pub(crate) require_tag: bool,
}

impl ChannelSeed {
    /// A text channel.
    #[must_use]
    pub fn text(id: Id, name: &str) -> Self {
        ChannelSeed {
            id,
            name: name.to_owned(),
            forum: false,
            topic: None,
            overwrites: Vec::new(),
            tags: Vec::new(),
            require_tag: false,
        }
    }

    /// A forum.
    #[must_use]
    pub fn forum(id: Id, name: &str) -> Self {
        ChannelSeed { forum: true, ..ChannelSeed::text(id, name) }
    }

    /// What it is for.
    #[must_use]
    pub fn topic(mut self, topic: &str) -> Self {
        self.topic = Some(topic.to_owned());
        self
    }

    /// An exception to the roles' permissions.
    #[must_use]
    pub fn overwrite(mut self, target: permission::OverwriteFor, allow: u64, deny: u64) -> Self {
        self.overwrites.push(permission::Overwrite { target, allow, deny });
        self
    }

    /// A tag of a forum; a moderated one can be set only by who may manage threads.
    #[must_use]
    pub fn tag(mut self, name: &str, moderated: bool) -> Self {
        self.tags.push((name.to_owned(), moderated));
        self
    }

    /// Every post of the forum must carry a tag.
    #[must_use]
    pub fn require_tag(mut self) -> Self {
        self.require_tag = true;
        self
    }
}
