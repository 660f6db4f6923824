//! What came in, in words that every chat platform has. Pure: serenity's interaction in, a [`Request`] out.

use std::collections::BTreeMap;

use kaizen_chat::request::{Arg, Args, Input, Place, Quoted, Request};
use kaizen_domain::{ChannelId, GuildId, MessageId, RoleId, UserId};
use kaizen_workflow::ports::Person;
use secrecy::SecretString;
use serenity::all::{
    ActionRowComponent, ChannelType, CommandData, CommandDataOption, CommandDataOptionValue,
    CommandDataResolved, CommandInteraction, CommandType, ComponentInteraction, ComponentInteractionDataKind,
    Interaction, Member, MessageFlags, ModalInteraction, PartialChannel, Permissions, User,
};
use tokio::time::Instant;

use crate::rest::InteractionRef;

/// What an interaction can be answered with, besides a new message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wants {
    /// A message or a form.
    Answer,
    /// The same, or the private message that it came from becomes another.
    AnswerOrUpdate,
    /// A message, but no form: no form can answer a form.
    NoForm,
    /// The same, or the private message that the form was opened from becomes another.
    NoFormOrUpdate,
    /// Choices, and nothing else.
    Choices,
}

/// An interaction, ready to be answered.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// How to answer.
    pub(crate) to: InteractionRef,
    /// With what.
    pub(crate) wants: Wants,
    /// What it asks.
    pub(crate) request: Request,
}

/// Reads an interaction; none if it is of a kind that we did not ask for.
pub(crate) fn read(interaction: Interaction, received: Instant) -> Option<Incoming> {
    let (to, wants, request) = match interaction {
        Interaction::Command(command) => {
            let to = reference(command.id.get(), command.application_id.get(), &command.token, received);
            let input = match command.data.kind {
                CommandType::ChatInput => typed(&command.data),
                CommandType::Message => on_message(&command.data)?,
                _ => return None,
            };
            (to, Wants::Answer, command_request(command, input))
        }
        Interaction::Autocomplete(command) => {
            let to = reference(command.id.get(), command.application_id.get(), &command.token, received);
            let input = completing(&command.data)?;
            (to, Wants::Choices, command_request(command, input))
        }
        Interaction::Component(press) => {
            let to = reference(press.id.get(), press.application_id.get(), &press.token, received);
            let private = is_private(press.message.flags);
            (to, if private { Wants::AnswerOrUpdate } else { Wants::Answer }, press_request(press, private)?)
        }
        Interaction::Modal(form) => {
            let to = reference(form.id.get(), form.application_id.get(), &form.token, received);
            let private = form.message.as_ref().is_some_and(|m| is_private(m.flags));
            (to, if private { Wants::NoFormOrUpdate } else { Wants::NoForm }, form_request(form))
        }
        _ => return None,
    };
    Some(Incoming { to, wants, request })
}

fn reference(id: u64, application: u64, token: &str, received: Instant) -> InteractionRef {
    InteractionRef { id, application, token: SecretString::from(token), received }
}

fn is_private(flags: Option<MessageFlags>) -> bool {
    flags.is_some_and(|f| f.contains(MessageFlags::EPHEMERAL))
}

fn command_request(command: CommandInteraction, input: Input) -> Request {
    Request {
        id: command.id.to_string(),
        guild: command.guild_id.map(|g| GuildId(g.get())),
        person: person(&command.user, command.member.as_deref()),
        // The target of a command on a message may be anybody's.
        bots: if command.data.kind == CommandType::ChatInput {
            bots(&command.data.resolved)
        } else {
            Vec::new()
        },
        place: place(command.channel_id.get(), command.channel.as_ref()),
        locale: command.locale,
        input,
    }
}

fn press_request(press: ComponentInteraction, private: bool) -> Option<Request> {
    let (values, people) = match &press.data.kind {
        ComponentInteractionDataKind::Button => (Vec::new(), Vec::new()),
        ComponentInteractionDataKind::StringSelect { values } => (values.clone(), Vec::new()),
        ComponentInteractionDataKind::UserSelect { values } => (
            values.iter().map(ToString::to_string).collect(),
            values.iter().map(|id| somebody(id.get(), &press.data.resolved)).collect(),
        ),
        ComponentInteractionDataKind::RoleSelect { values } => {
            (values.iter().map(ToString::to_string).collect(), Vec::new())
        }
        ComponentInteractionDataKind::MentionableSelect { values } => {
            (values.iter().map(ToString::to_string).collect(), Vec::new())
        }
        ComponentInteractionDataKind::ChannelSelect { values } => {
            (values.iter().map(ToString::to_string).collect(), Vec::new())
        }
        ComponentInteractionDataKind::Unknown(_) => return None,
    };
    Some(Request {
        id: press.id.to_string(),
        guild: press.guild_id.map(|g| GuildId(g.get())),
        person: person(&press.user, press.member.as_ref()),
        bots: bots(&press.data.resolved),
        place: place(press.channel_id.get(), press.channel.as_ref()),
        locale: press.locale,
        input: Input::Press { id: press.data.custom_id, values, people, private },
    })
}

fn form_request(form: ModalInteraction) -> Request {
    let mut fields = BTreeMap::new();
    for component in form.data.components.into_iter().flat_map(|row| row.components) {
        if let ActionRowComponent::InputText(input) = component
            && let Some(value) = input.value.filter(|v| !v.trim().is_empty())
        {
            fields.insert(input.custom_id, value);
        }
    }
    Request {
        id: form.id.to_string(),
        guild: form.guild_id.map(|g| GuildId(g.get())),
        person: person(&form.user, form.member.as_ref()),
        bots: Vec::new(),
        place: place(form.channel_id.get(), form.channel.as_ref()),
        locale: form.locale,
        input: Input::Form { id: form.data.custom_id, fields },
    }
}

/// The full name (subcommands parted by spaces) and the options below it.
fn name_and_options(data: &CommandData) -> (String, &[CommandDataOption]) {
    let mut name = data.name.clone();
    let mut options = data.options.as_slice();
    while let [CommandDataOption { name: sub, value, .. }] = options {
        match value {
            CommandDataOptionValue::SubCommand(below) | CommandDataOptionValue::SubCommandGroup(below) => {
                name.push(' ');
                name.push_str(sub);
                options = below;
            }
            _ => break,
        }
    }
    (name, options)
}

fn typed(data: &CommandData) -> Input {
    let (name, options) = name_and_options(data);
    Input::Command { name, args: args(options, &data.resolved) }
}

fn completing(data: &CommandData) -> Option<Input> {
    let (name, options) = name_and_options(data);
    let (option, typed) = options.iter().find_map(|o| match &o.value {
        CommandDataOptionValue::Autocomplete { value, .. } => Some((o.name.clone(), value.clone())),
        _ => None,
    })?;
    Some(Input::Complete { name, option, typed, args: args(options, &data.resolved) })
}

fn on_message(data: &CommandData) -> Option<Input> {
    let id = data.target_id?.to_message_id();
    let message = data.resolved.messages.get(&id)?;
    Some(Input::MessageCommand {
        name: data.name.clone(),
        message: Quoted {
            channel: ChannelId(message.channel_id.get()),
            message: MessageId(message.id.get()),
            author: UserId(message.author.id.get()),
            text: message.content.clone(),
        },
    })
}

fn args(options: &[CommandDataOption], resolved: &CommandDataResolved) -> Args {
    let mut args = BTreeMap::new();
    for option in options {
        let arg = match &option.value {
            CommandDataOptionValue::String(text) => Arg::Text(text.clone()),
            CommandDataOptionValue::Boolean(yes) => Arg::Bool(*yes),
            CommandDataOptionValue::Integer(number) => Arg::Integer(*number),
            CommandDataOptionValue::User(id) => Arg::Person(somebody(id.get(), resolved)),
            CommandDataOptionValue::Role(id) => Arg::Role(RoleId(id.get())),
            CommandDataOptionValue::Channel(id) => Arg::Channel(ChannelId(id.get())),
            CommandDataOptionValue::Mentionable(id) => {
                if resolved.roles.contains_key(&serenity::all::RoleId::new(id.get())) {
                    Arg::Role(RoleId(id.get()))
                } else {
                    Arg::Person(somebody(id.get(), resolved))
                }
            }
            // Kinds that none of our commands has, and the option that is being typed.
            _ => continue,
        };
        args.insert(option.name.clone(), arg);
    }
    Args(args)
}

/// Whoever acts, with the rights that the platform states now.
fn person(user: &User, member: Option<&Member>) -> Person {
    let rights = member.and_then(|m| m.permissions).unwrap_or_else(Permissions::empty);
    Person {
        user: UserId(user.id.get()),
        name: name(user, member.and_then(|m| m.nick.as_deref())),
        roles: member.map(|m| m.roles.iter().map(|r| RoleId(r.get())).collect()).unwrap_or_default(),
        admin: rights.intersects(Permissions::ADMINISTRATOR | Permissions::MANAGE_GUILD),
    }
}

/// The programs among those who are named.
fn bots(resolved: &CommandDataResolved) -> Vec<UserId> {
    resolved.users.values().filter(|user| user.bot).map(|user| UserId(user.id.get())).collect()
}

/// Somebody who is named.
fn somebody(id: u64, resolved: &CommandDataResolved) -> Person {
    let id = serenity::all::UserId::new(id.max(1));
    let member = resolved.members.get(&id);
    let name = match resolved.users.get(&id) {
        Some(user) => name(user, member.and_then(|m| m.nick.as_deref())),
        None => String::new(),
    };
    Person {
        user: UserId(id.get()),
        name,
        roles: member.map(|m| m.roles.iter().map(|r| RoleId(r.get())).collect()).unwrap_or_default(),
        admin: false,
    }
}

fn name(user: &User, nick: Option<&str>) -> String {
    nick.or(user.global_name.as_deref()).unwrap_or(&user.name).to_owned()
}

fn place(channel: u64, about: Option<&PartialChannel>) -> Place {
    let parent = about
        .filter(|c| {
            matches!(c.kind, ChannelType::PublicThread | ChannelType::PrivateThread | ChannelType::NewsThread)
        })
        .and_then(|c| c.parent_id)
        .map(|p| ChannelId(p.get()));
    Place { channel: ChannelId(channel), parent }
}

#[cfg(test)]
mod tests;
