//! What a person did, in words that every chat platform has.

use std::collections::BTreeMap;

use kaizen_domain::{ChannelId, GuildId, MessageId, RoleId, UserId};
use kaizen_workflow::ports::Person;

/// Somebody typed a command, pressed a button, chose from a list or sent a form.
#[derive(Debug, Clone)]
pub struct Request {
    /// The platform's id of this very interaction: the key of "handled before?".
    pub id: String,
    /// The community; none in direct messages.
    pub guild: Option<GuildId>,
    /// Who, with the roles and rights that the platform states at this moment.
    pub person: Person,
    /// Programs among those who were named or chosen: they can answer for nothing, so nothing is done with them.
    pub bots: Vec<UserId>,
    /// Where.
    pub place: Place,
    /// The language that the person's client asks for (`en-GB`, `de`).
    pub locale: String,
    /// What.
    pub input: Input,
}

/// Where somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The channel or thread.
    pub channel: ChannelId,
    /// If it is a thread: its channel.
    pub parent: Option<ChannelId>,
}

impl Place {
    /// The channel itself, or the one that the thread belongs to.
    pub fn home(&self) -> ChannelId {
        self.parent.unwrap_or(self.channel)
    }

    /// The thread, if it is one.
    pub fn thread(&self) -> Option<ChannelId> {
        self.parent.map(|_| self.channel)
    }
}

/// What somebody did.
#[derive(Debug, Clone)]
pub enum Input {
    /// A slash command; the name with subcommands, parted by spaces: `idea accept`.
    Command {
        /// Its full name.
        name: String,
        /// What was filled in.
        args: Args,
    },
    /// A command on a message.
    MessageCommand {
        /// Its name as shown: `Suggest improvement`.
        name: String,
        /// The message.
        message: Quoted,
    },
    /// A button, or a choice from a list.
    Press {
        /// The id that we gave it ([`crate::reply::Control`]).
        id: String,
        /// What was chosen, for lists; users as their ids.
        values: Vec<String>,
        /// People who were chosen, resolved.
        people: Vec<Person>,
        /// Is it on a message that only this person sees? Such a message can be replaced by [`crate::Reply::Update`].
        private: bool,
    },
    /// A form was sent.
    Form {
        /// The id that we gave it.
        id: String,
        /// Its fields by their ids; empty ones are left out.
        fields: BTreeMap<String, String>,
    },
    /// Somebody is typing an option that completes.
    Complete {
        /// The command's full name.
        name: String,
        /// The option in question.
        option: String,
        /// What is typed so far.
        typed: String,
        /// The other options so far.
        args: Args,
    },
}

/// A message that a command was used on.
#[derive(Debug, Clone)]
pub struct Quoted {
    /// Where it stands.
    pub channel: ChannelId,
    /// Which.
    pub message: MessageId,
    /// Who wrote it.
    pub author: UserId,
    /// Its text, as typed.
    pub text: String,
}

/// The options of a command, by name.
#[derive(Debug, Clone, Default)]
pub struct Args(pub BTreeMap<String, Arg>);

/// One option.
#[derive(Debug, Clone)]
pub enum Arg {
    /// Words, or one of the offered choices.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A person (of somebody named, `roles` and `admin` may be unknown).
    Person(Person),
    /// A role.
    Role(RoleId),
    /// A channel.
    Channel(ChannelId),
}

impl Args {
    /// The words of an option, trimmed; none if missing or empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Arg::Text(s)) => Some(s.trim()).filter(|s| !s.is_empty()),
            _ => None,
        }
    }

    /// Yes or no; none if missing.
    pub fn yes_or_no(&self, name: &str) -> Option<bool> {
        match self.0.get(name) {
            Some(Arg::Bool(yes)) => Some(*yes),
            _ => None,
        }
    }

    /// Yes or no; no if missing.
    pub fn yes(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Arg::Bool(true)))
    }

    /// A person.
    pub fn person(&self, name: &str) -> Option<&Person> {
        match self.0.get(name) {
            Some(Arg::Person(p)) => Some(p),
            _ => None,
        }
    }

    /// A channel.
    pub fn channel(&self, name: &str) -> Option<ChannelId> {
        match self.0.get(name) {
            Some(Arg::Channel(c)) => Some(*c),
            _ => None,
        }
    }
}
