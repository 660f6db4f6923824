//! Slash commands: finding them, and checking what is typed into their options.

use serde_json::{Map, Value, json};

use super::{ClientRefusal, Resolved, Send, check_place, name_of, refuse, send};
use crate::ids::Id;
use crate::interaction::InteractionKind;
use crate::permission;
use crate::world::{ChannelKind, World};

/// What is typed.
pub(crate) struct Typed<'a> {
    pub(crate) user: Id,
    pub(crate) channel: Id,
    /// `idea accept`, with or without the slash.
    pub(crate) command: &'a str,
    pub(crate) options: &'a Map<String, Value>,
    /// Check it as the client does.
    pub(crate) checked: bool,
}

/// A command by name and type, as it can be used in a guild.
pub(super) fn find(world: &World, guild: Option<Id>, name: &str, kind: u64) -> Result<Value, ClientRefusal> {
    if guild.is_some_and(|guild| !world.bot_in(guild)) {
        return refuse("the bot is not in this server");
    }
    match world.find_command(guild, name, kind) {
        Some(command) => Ok(command.clone()),
        None => {
            let commands = world.commands(guild);
            let known: Vec<&str> = commands.iter().filter_map(|command| command["name"].as_str()).collect();
            refuse(format!("there is no command {name:?}, only: {}", known.join(", ")))
        }
    }
}

/// Whether the client offers the command to this person here.
pub(super) fn check_right(
    world: &World,
    user: Id,
    channel: Id,
    command: &Value,
) -> Result<(), ClientRefusal> {
    check_place(world, user, channel)?;
    let Some(found) = world.channel(channel) else { return refuse("there is no such channel") };
    let context = if found.guild_id.is_some() { 0 } else { 1 };
    let contexts = command["contexts"].as_array();
    let allowed = match contexts {
        Some(list) => list.iter().any(|one| *one == json!(context)),
        None => context == 0 || command["dm_permission"] != false,
    };
    if !allowed {
        return refuse("this command cannot be used here");
    }
    if found.kind == ChannelKind::Forum {
        return refuse("in a forum commands are used in a post");
    }
    if found.guild_id.is_none() {
        return Ok(());
    }
    let rights = world.permissions(found, user);
    if rights & permission::USE_APPLICATION_COMMANDS == 0 {
        return refuse(format!("{} may not use commands here", name_of(world, user)));
    }
    let needed = command["default_member_permissions"].as_str().and_then(|bits| bits.parse::<u64>().ok());
    let offered = match needed {
        None => true,
        Some(0) => rights & permission::ADMINISTRATOR != 0,
        Some(bits) => rights & bits == bits,
    };
    if offered { Ok(()) } else { refuse(format!("{} is not offered this command", name_of(world, user))) }
}

/// A command taken apart along its path of subcommands.
struct Path {
    command: Value,
    /// The names of group and subcommand, with their types.
    steps: Vec<(String, u64)>,
    /// The options of the last step.
    leaves: Vec<Value>,
    text: String,
}

fn walk(world: &World, guild: Option<Id>, words: &str) -> Result<Path, ClientRefusal> {
    let mut words = words.trim().trim_start_matches('/').split_whitespace();
    let Some(name) = words.next() else { return refuse("no command was typed") };
    let command = find(world, guild, name, 1)?;
    let mut leaves = command["options"].as_array().cloned().unwrap_or_default();
    let mut steps = Vec::new();
    let mut text = format!("/{name}");
    for word in words {
        let found =
            leaves.iter().find(|one| one["name"] == *word && matches!(one["type"].as_u64(), Some(1 | 2)));
        let Some(found) = found.cloned() else { return refuse(format!("{text} has no subcommand {word:?}")) };
        text = format!("{text} {word}");
        steps.push((word.to_owned(), found["type"].as_u64().unwrap_or(1)));
        leaves = found["options"].as_array().cloned().unwrap_or_default();
    }
    if leaves.iter().any(|one| matches!(one["type"].as_u64(), Some(1 | 2))) {
        return refuse(format!("{text} needs a subcommand"));
    }
    Ok(Path { command, steps, leaves, text })
}

/// Uses a slash command.
pub(crate) fn command(world: &mut World, typed: &Typed<'_>) -> Result<Id, ClientRefusal> {
    let guild = world.channel(typed.channel).and_then(|channel| channel.guild_id);
    let path = walk(world, guild, typed.command)?;
    check_right(world, typed.user, typed.channel, &path.command)?;
    let mut resolved = Resolved::default();
    let mut sent = Vec::new();
    let mut text = path.text.clone();
    check_names(&path, typed.options)?;
    for leaf in &path.leaves {
        let name = leaf["name"].as_str().unwrap_or_default();
        let Some(given) = typed.options.get(name).filter(|value| !value.is_null()) else {
            if leaf["required"] == true && typed.checked {
                return refuse(format!("{} needs the option {name:?}", path.text));
            }
            continue;
        };
        let mut reader =
            Reading { world, guild, user: typed.user, resolved: &mut resolved, checked: typed.checked };
        let value = reader.value(leaf, name, given)?;
        text.push_str(&format!(
            " {name}:{}",
            given.as_str().map_or_else(|| given.to_string(), str::to_owned)
        ));
        sent.push(json!({ "name": name, "type": leaf["type"], "value": value }));
    }
    let data = data(&path, sent, resolved);
    Ok(send(
        world,
        Send {
            kind: InteractionKind::Command,
            user: typed.user,
            channel: typed.channel,
            data,
            source: None,
            message_command: false,
            text,
            name: path.text.trim_start_matches('/').to_owned(),
            option_kind: 0,
            form: None,
        },
    ))
}

fn check_names(path: &Path, options: &Map<String, Value>) -> Result<(), ClientRefusal> {
    for name in options.keys() {
        if !path.leaves.iter().any(|leaf| leaf["name"] == **name) {
            let known: Vec<&str> = path.leaves.iter().filter_map(|leaf| leaf["name"].as_str()).collect();
            return refuse(format!("{} has no option {name:?}, only: {}", path.text, known.join(", ")));
        }
    }
    Ok(())
}

fn data(path: &Path, sent: Vec<Value>, resolved: Resolved) -> Value {
    let mut inner = sent;
    for (name, kind) in path.steps.iter().rev() {
        inner = vec![json!({ "name": name, "type": kind, "options": inner })];
    }
    let mut data = json!({ "id": path.command["id"], "name": path.command["name"], "type": 1 });
    if !inner.is_empty() {
        data["options"] = Value::Array(inner);
    }
    if let Some(resolved) = resolved.into_json() {
        data["resolved"] = resolved;
    }
    if let Some(guild) = path.command.get("guild_id") {
        data["guild_id"] = guild.clone();
    }
    data
}

/// Asks the bot to complete an option; what else is typed so far goes along.
pub(crate) fn autocomplete(
    world: &mut World,
    typed: &Typed<'_>,
    focused: &str,
    text: &str,
) -> Result<Id, ClientRefusal> {
    let guild = world.channel(typed.channel).and_then(|channel| channel.guild_id);
    let path = walk(world, guild, typed.command)?;
    check_right(world, typed.user, typed.channel, &path.command)?;
    let mut resolved = Resolved::default();
    let mut sent = Vec::new();
    let mut option_kind = 0;
    for leaf in &path.leaves {
        let name = leaf["name"].as_str().unwrap_or_default();
        if name == focused {
            if leaf["autocomplete"] != true {
                return refuse(format!("{focused:?} is not completed by the bot"));
            }
            option_kind = leaf["type"].as_u64().unwrap_or(3);
            sent.push(json!({ "name": name, "type": leaf["type"], "value": text, "focused": true }));
        } else if let Some(given) = typed.options.get(name).filter(|value| !value.is_null()) {
            let mut reader =
                Reading { world, guild, user: typed.user, resolved: &mut resolved, checked: false };
            if let Ok(value) = reader.value(leaf, name, given) {
                sent.push(json!({ "name": name, "type": leaf["type"], "value": value }));
            }
        }
    }
    if option_kind == 0 {
        return refuse(format!("{} has no option {focused:?}", path.text));
    }
    let data = data(&path, sent, resolved);
    Ok(send(
        world,
        Send {
            kind: InteractionKind::Autocomplete,
            user: typed.user,
            channel: typed.channel,
            data,
            source: None,
            message_command: false,
            text: path.text.clone(),
            name: path.text.trim_start_matches('/').to_owned(),
            option_kind,
            form: None,
        },
    ))
}

/// Reads what was typed into one option.
struct Reading<'a> {
    world: &'a World,
    guild: Option<Id>,
    user: Id,
    resolved: &'a mut Resolved,
    checked: bool,
}

impl Reading<'_> {
    fn value(&mut self, leaf: &Value, name: &str, given: &Value) -> Result<Value, ClientRefusal> {
        let text = given.as_str().map_or_else(|| given.to_string(), str::to_owned);
        let choices = leaf["choices"].as_array().map(Vec::as_slice).unwrap_or_default();
        if !choices.is_empty() {
            let chosen = choices
                .iter()
                .find(|choice| choice["value"] == *given)
                .or_else(|| choices.iter().find(|choice| choice["name"] == *text.as_str()));
            return match chosen {
                Some(choice) => Ok(choice["value"].clone()),
                None if !self.checked => Ok(given.clone()),
                None => {
                    let names: Vec<&str> =
                        choices.iter().filter_map(|choice| choice["name"].as_str()).collect();
                    refuse(format!("{name} is one of: {}", names.join(", ")))
                }
            };
        }
        match leaf["type"].as_u64() {
            Some(3) => {
                if self.checked {
                    check_length(leaf, name, &text)?;
                }
                Ok(json!(text))
            }
            Some(4) => match text.trim().parse::<i64>() {
                Ok(number) => self.in_range(leaf, name, json!(number)),
                Err(_) => refuse(format!("{name} is a whole number")),
            },
            Some(5) => match text.trim().to_ascii_lowercase().as_str() {
                "true" => Ok(json!(true)),
                "false" => Ok(json!(false)),
                _ => refuse(format!("{name} is true or false")),
            },
            Some(6) => Ok(json!(self.resolved.user(self.world, self.guild, &text)?.to_string())),
            Some(7) => Ok(json!(self.resolved.channel(self.world, self.user, &text)?.to_string())),
            Some(8) => Ok(json!(self.resolved.role(self.world, self.guild, &text)?.to_string())),
            Some(9) => {
                let found = match self.resolved.user(self.world, self.guild, &text) {
                    Ok(id) => id,
                    Err(_) => self.resolved.role(self.world, self.guild, &text)?,
                };
                Ok(json!(found.to_string()))
            }
            Some(10) => match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => self.in_range(leaf, name, json!(number)),
                Ok(_) | Err(_) => refuse(format!("{name} is a number")),
            },
            _ => refuse(format!("{name} takes something that cannot be typed here")),
        }
    }

    fn in_range(&self, leaf: &Value, name: &str, number: Value) -> Result<Value, ClientRefusal> {
        let value = number.as_f64().unwrap_or_default();
        let below = leaf["min_value"].as_f64().is_some_and(|least| value < least);
        let above = leaf["max_value"].as_f64().is_some_and(|most| value > most);
        if self.checked && (below || above) {
            return refuse(format!("{name} is out of range"));
        }
        Ok(number)
    }
}

/// The most characters of a text option without a limit of its own.
const TEXT_MAX: u64 = 6000;

fn check_length(leaf: &Value, name: &str, text: &str) -> Result<(), ClientRefusal> {
    let count = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
    let least = leaf["min_length"].as_u64().unwrap_or(0);
    let most = leaf["max_length"].as_u64().unwrap_or(TEXT_MAX);
    if count < least || count > most {
        return refuse(format!("{name} has between {least} and {most} characters, not {count}"));
    }
    if text.trim().is_empty() {
        return refuse(format!("{name} is empty"));
    }
    Ok(())
}
