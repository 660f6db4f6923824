//! Whom a text pings: what is typed, cut down by `allowed_mentions`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::error::Problems;
use crate::ids::{Id, parse_id};
use crate::permission;
use crate::world::{Channel, World};

/// The most ids in one list of `allowed_mentions`.
const LIST_MAX: usize = 100;

/// Which of a kind may be pinged.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Which {
    All,
    Only(Vec<Id>),
}

impl Which {
    fn allows(&self, id: Id) -> bool {
        match self {
            Which::All => true,
            Which::Only(list) => list.contains(&id),
        }
    }
}

/// `allowed_mentions` as sent; absent, it allows everything.
#[derive(Debug, Clone)]
pub(crate) struct Allowed {
    everyone: bool,
    users: Which,
    roles: Which,
    replied_user: bool,
}

impl Allowed {
    fn everything() -> Self {
        Allowed { everyone: true, users: Which::All, roles: Which::All, replied_user: true }
    }

    /// Reads the field, noting what Discord would refuse.
    pub(crate) fn parse(body: &Value, problems: &mut Problems) -> Self {
        let Some(given) = body.get("allowed_mentions").filter(|value| !value.is_null()) else {
            return Allowed::everything();
        };
        if !given.is_object() {
            problems.add(
                "allowed_mentions",
                "DICT_TYPE_CONVERT",
                "Only dictionaries may be used in a DictType",
            );
            return Allowed::everything();
        }
        let mut parse = Vec::new();
        for (at, value) in given["parse"].as_array().into_iter().flatten().enumerate() {
            match value.as_str() {
                Some(kind @ ("users" | "roles" | "everyone")) => parse.push(kind),
                _ => {
                    problems.choices(&format!("allowed_mentions.parse.{at}"), "'users', 'roles', 'everyone'");
                }
            }
        }
        let users = list(given, "users", &parse, problems);
        let roles = list(given, "roles", &parse, problems);
        Allowed {
            everyone: parse.contains(&"everyone"),
            users,
            roles,
            replied_user: given["replied_user"].as_bool().unwrap_or(false),
        }
    }
}

fn list(given: &Value, key: &str, parse: &[&str], problems: &mut Problems) -> Which {
    let path = format!("allowed_mentions.{key}");
    let mut ids = Vec::new();
    let listed = given[key].as_array().map(Vec::as_slice).unwrap_or_default();
    if listed.len() > LIST_MAX {
        problems.add(&path, "BASE_TYPE_MAX_LENGTH", &format!("Must be {LIST_MAX} or fewer in length."));
    }
    for (at, value) in listed.iter().enumerate() {
        match value.as_str().and_then(parse_id).or_else(|| value.as_u64()) {
            Some(id) if ids.contains(&id) => problems.add(
                &format!("{path}.{at}"),
                "SET_TYPE_ALREADY_CONTAINS_VALUE",
                "The set already contains this value",
            ),
            Some(id) => ids.push(id),
            None => problems.add(
                &format!("{path}.{at}"),
                "NUMBER_TYPE_COERCE",
                &format!("Value \"{value}\" is not snowflake."),
            ),
        }
    }
    if !parse.contains(&key) {
        return Which::Only(ids);
    }
    if !ids.is_empty() {
        problems.add(
            "allowed_mentions",
            "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
            &format!("parse:[\"{key}\"] and {key}: [ids...] are mutually exclusive."),
        );
    }
    Which::All
}

/// What a text mentions, and whom that pings.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    pub(crate) users: Vec<Id>,
    pub(crate) roles: Vec<Id>,
    pub(crate) everyone: bool,
    pub(crate) pinged: BTreeSet<Id>,
}

/// What is asked about.
pub(crate) struct Asked<'a> {
    pub(crate) channel: &'a Channel,
    pub(crate) author: Id,
    pub(crate) content: &'a str,
    pub(crate) allowed: &'a Allowed,
    /// Who wrote the message that this one answers.
    pub(crate) replied_to: Option<Id>,
}

/// Whom a message would ping. Text in code blocks counts too: rather one too many than one too few.
pub(crate) fn resolve(world: &World, asked: &Asked<'_>) -> Mentions {
    let mut found = Mentions::default();
    let everybody: Vec<Id> = match asked.channel.guild_id.and_then(|id| world.guilds.get(&id)) {
        Some(guild) => guild.members.keys().copied().collect(),
        None => asked.channel.members.iter().copied().collect(),
    };
    let guild = asked.channel.guild_id.and_then(|id| world.guilds.get(&id));
    let can_mention_all =
        guild.is_some() && world.permissions(asked.channel, asked.author) & permission::MENTION_EVERYONE != 0;
    for (kind, id) in typed(asked.content) {
        match kind {
            Typed::User if asked.allowed.users.allows(id) && world.users.contains_key(&id) => {
                push_new(&mut found.users, id);
                found.pinged.insert(id);
            }
            Typed::Role if asked.allowed.roles.allows(id) => {
                let Some(guild) = guild else { continue };
                let Some(role) = guild.role(id).filter(|role| role.id != guild.id) else { continue };
                push_new(&mut found.roles, id);
                if role.mentionable || can_mention_all {
                    let holders = guild.members.iter().filter(|(_, member)| member.roles.contains(&id));
                    found.pinged.extend(holders.map(|(user, _)| *user));
                }
            }
            Typed::User | Typed::Role => {}
        }
    }
    let says_everyone = asked.content.contains("@everyone") || asked.content.contains("@here");
    if says_everyone && asked.allowed.everyone && can_mention_all {
        found.everyone = true;
        found.pinged.extend(everybody.iter().copied());
    }
    if let Some(writer) = asked.replied_to
        && asked.allowed.replied_user
    {
        push_new(&mut found.users, writer);
        found.pinged.insert(writer);
    }
    found.pinged.retain(|user| {
        *user != asked.author && everybody.contains(user) && world.can_see(asked.channel, *user)
    });
    found
}

fn push_new(list: &mut Vec<Id>, id: Id) {
    if !list.contains(&id) {
        list.push(id);
    }
}

enum Typed {
    User,
    Role,
}

/// The mentions of users and roles in a text: `<@1>`, `<@!1>`, `<@&1>`.
fn typed(content: &str) -> Vec<(Typed, Id)> {
    let mut found = Vec::new();
    let mut rest = content;
    while let Some(at) = rest.find("<@") {
        rest = &rest[at + 2..];
        let (kind, after) = match rest.as_bytes().first() {
            Some(b'&') => (Typed::Role, &rest[1..]),
            Some(b'!') => (Typed::User, &rest[1..]),
            _ => (Typed::User, rest),
        };
        if let Some(end) = after.find('>')
            && let Some(id) = parse_id(&after[..end])
        {
            found.push((kind, id));
            rest = &after[end + 1..];
        }
    }
    found
}
