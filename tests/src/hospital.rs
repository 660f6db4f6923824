//! The hospital of the stories: its people, channels and teams.

use discord_sim::{ChannelSeed, GuildSeed, Id, PersonSeed, RoleSeed, Seed, permission};

/// The community.
pub const GUILD: Id = 1000;
/// The bot.
pub const BOT: Id = 9000;
/// Its token.
pub const TOKEN: &str = "the-token-of-the-stories";

/// `#ward-3`
pub const WARD_3: Id = 2003;
/// `#hospital`
pub const HOSPITAL: Id = 2001;
/// `#theatre`
pub const THEATRE: Id = 2004;
/// `#lobby`: no team's channel.
pub const LOBBY: Id = 2009;

/// `#ideas`: a forum that no team uses at first.
pub const IDEAS: Id = 2005;
/// A role that nobody holds at first.
pub const SURGEONS: Id = 31;

/// Who is who: user names with their ids.
pub const PEOPLE: [(&str, Id); 7] =
    [("sam", 11), ("ines", 12), ("mara", 13), ("noor", 14), ("cleo", 15), ("rita", 16), ("otto", 17)];

/// What the bot's own role grants: what its invitation asks for.
pub const BOT_PERMISSIONS: u64 = permission::VIEW_CHANNEL
    | permission::SEND_MESSAGES
    | permission::EMBED_LINKS
    | permission::READ_MESSAGE_HISTORY
    | permission::CREATE_PUBLIC_THREADS
    | permission::SEND_MESSAGES_IN_THREADS
    | permission::MANAGE_THREADS
    | permission::MENTION_EVERYONE;

/// The hospital as the local Discord starts with it. Cleo owns the community.
pub fn seed() -> Seed {
    let about = [
        "staff of Ward 3",
        "staff of Ward 3",
        "manager of Ward 3",
        "manager of the Hospital",
        "coordinator",
        "reviewer",
        "manager of Theatre",
    ];
    let mut seed = Seed::new(BOT, "kaizen", TOKEN);
    let mut guild = GuildSeed::new(GUILD, "Hospital", person("cleo"))
        .bot_permissions(BOT_PERMISSIONS)
        .channel(ChannelSeed::text(HOSPITAL, "hospital"))
        .channel(ChannelSeed::text(WARD_3, "ward-3"))
        .channel(ChannelSeed::text(THEATRE, "theatre"))
        .channel(ChannelSeed::text(LOBBY, "lobby"))
        .channel(ChannelSeed::forum(IDEAS, "ideas"))
        .role(RoleSeed::new(SURGEONS, "surgeons"));
    for ((name, id), about) in PEOPLE.into_iter().zip(about) {
        seed = seed.person(PersonSeed::new(id, name).about(about));
        guild = guild.member(id, &[]);
    }
    seed.guild(guild)
}

/// Another community that has invited the bot: Otto's clinic, where Rita is as well.
pub const CLINIC: Id = 1100;
/// `#reception` of the clinic.
pub const RECEPTION: Id = 2101;

/// The hospital and the clinic.
pub fn with_neighbours() -> Seed {
    let clinic = GuildSeed::new(CLINIC, "Clinic", person("otto"))
        .bot_permissions(BOT_PERMISSIONS)
        .channel(ChannelSeed::text(RECEPTION, "reception"))
        .member(person("otto"), &[])
        .member(person("rita"), &[]);
    seed().guild(clinic)
}

/// The id of a person of [`PEOPLE`].
///
/// # Panics
/// When nobody has this name.
pub fn person(name: &str) -> Id {
    let found = PEOPLE.into_iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("nobody here is called {name}")).1
}

/// The hospital's set-up, as `kaizen workspace apply` reads it.
pub const WORKSPACE: &str = r#"
guild = "1000"
timezone = "Europe/London"
coordinators = { users = ["15"] }

[[teams]]
name = "Ward 3"
channel = "2003"
managers = { users = ["13"] }
parent = "Hospital"

[[teams]]
name = "Hospital"
channel = "2001"
managers = { users = ["14"] }

[[teams]]
name = "Theatre"
channel = "2004"
managers = { users = ["17"] }
parent = "Hospital"
"#;
