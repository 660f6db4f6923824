//! The commands that the platform offers while somebody types, made from the one table of commands
//! ([`kaizen_chat::commands::COMMANDS`]), replaced in bulk, and only when they changed: every replacement makes clients
//! reload, and the platform limits how often it may happen.

use std::collections::BTreeMap;

use kaizen_chat::commands::{COMMANDS, Kind, Opt, OptKind, Spec};
use kaizen_domain::GuildId;
use serde_json::{Map, Value, json};

use crate::limits;
use crate::rest::{Failure, Rest};

/// Where commands are registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Register {
    /// Once, for every guild.
    #[default]
    Global,
    /// In each guild, where they appear at once: for tests and small set-ups.
    Guild,
}

impl Register {
    /// As the configuration names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Register::Global => "global",
            Register::Guild => "guild",
        }
    }
}

impl std::str::FromStr for Register {
    type Err = NoRegister;

    fn from_str(text: &str) -> Result<Self, NoRegister> {
        match text.trim() {
            "global" => Ok(Register::Global),
            "guild" => Ok(Register::Guild),
            other => Err(NoRegister(other.to_owned())),
        }
    }
}

/// Neither `global` nor `guild`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither `global` nor `guild`")]
pub struct NoRegister(String);

/// What [`register`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registered {
    /// The platform had them already.
    Unchanged,
    /// They were replaced.
    Replaced,
}

/// The table of commands breaks a rule of the platform; found by a test before anybody else finds it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("command `{command}`: {rule}")]
pub struct BadCommand {
    /// Which.
    pub command: String,
    /// What is wrong.
    pub rule: String,
}

/// Registers the commands if the platform does not have them already.
///
/// # Errors
/// See [`Failure`].
pub async fn register(rest: &Rest, application: u64, guild: Option<GuildId>) -> Result<Registered, Failure> {
    let wanted = commands(guild.is_none());
    let known = rest.commands(application, guild).await?;
    if fingerprint(&known) == fingerprint(&wanted) {
        return Ok(Registered::Unchanged);
    }
    rest.set_commands(application, guild, &Value::from(wanted)).await?;
    Ok(Registered::Replaced)
}

/// Takes our commands away from where they are no longer registered: people would see each of them twice. True if there
/// were any.
///
/// # Errors
/// See [`Failure`].
pub async fn withdraw(rest: &Rest, application: u64, guild: Option<GuildId>) -> Result<bool, Failure> {
    if rest.commands(application, guild).await?.is_empty() {
        return Ok(false);
    }
    rest.set_commands(application, guild, &json!([])).await?;
    Ok(true)
}

/// The table as the platform wants it: subcommands under their command.
pub fn commands(global: bool) -> Vec<Value> {
    let mut tops: Vec<Value> = Vec::new();
    for spec in COMMANDS {
        let top = match spec.kind {
            Kind::OnMessage => json!({ "type": 3, "name": spec.name }),
            Kind::Slash => {
                let mut words = spec.name.split(' ');
                let first = words.next().unwrap_or_default();
                let rest: Vec<&str> = words.collect();
                if let Some(top) = tops.iter_mut().find(|t| t["name"] == first && t["type"] == 1) {
                    insert(top, &rest, spec);
                    continue;
                }
                let mut top = json!({ "type": 1, "name": first, "description": about_group(first) });
                insert(&mut top, &rest, spec);
                top
            }
        };
        tops.push(top);
    }
    if global {
        for top in &mut tops {
            // In guilds only: a direct message has no team, no roles, no channel to post in.
            top["contexts"] = json!([0]);
        }
    }
    tops
}

fn insert(parent: &mut Value, path: &[&str], spec: &Spec) {
    match path {
        [] => {
            parent["description"] = Value::from(spec.about);
            parent["options"] = spec.options.iter().map(option).collect();
        }
        [name, below @ ..] => {
            let kind = if below.is_empty() { 1 } else { 2 };
            if parent.get("options").is_none() {
                parent["options"] = json!([]);
            }
            let Some(children) = parent["options"].as_array_mut() else { return };
            let at = children.iter().position(|c| c["name"] == *name).unwrap_or_else(|| {
                children.push(json!({ "type": kind, "name": name, "description": about_group(name) }));
                children.len() - 1
            });
            insert(&mut children[at], below, spec);
        }
    }
}

/// What stands beside a command that has subcommands. People do not see it when they choose one of these.
fn about_group(name: &str) -> &'static str {
    match name {
        "idea" => "Ideas for improvement: look, answer, decide.",
        "kaizen" => "Set Kaizen up, and see whether all is well.",
        "digest" => "The weekly digest.",
        "team" => "Teams: add, edit, remove, list.",
        _ => "More commands.",
    }
}

fn option(opt: &Opt) -> Value {
    let mut body = json!({ "name": opt.name, "description": opt.about });
    if opt.required {
        body["required"] = Value::Bool(true);
    }
    let length = |n: u16, least: u16| n.clamp(least, limits::OPTION_LENGTH);
    let kind = match opt.kind {
        OptKind::Text { min, max } => {
            body["min_length"] = Value::from(length(min, 0));
            body["max_length"] = Value::from(length(max, 1));
            3
        }
        OptKind::Choice(words) => {
            body["choices"] = words.iter().map(|w| json!({ "name": w, "value": w })).collect();
            3
        }
        OptKind::Completed { max, .. } => {
            body["autocomplete"] = Value::Bool(true);
            body["max_length"] = Value::from(length(max, 1));
            3
        }
        OptKind::Integer { min, max } => {
            body["min_value"] = Value::from(min);
            body["max_value"] = Value::from(max);
            4
        }
        OptKind::Yes => 5,
        OptKind::Person => 6,
        OptKind::Channel => {
            // Text channels and forums.
            body["channel_types"] = json!([0, 15]);
            7
        }
        OptKind::Role => 8,
        OptKind::PersonOrRole => 9,
    };
    body["type"] = Value::from(kind);
    body
}

/// Both sides in one form: what the platform adds (ids, versions, defaults) left out, in a fixed order.
fn fingerprint(commands: &[Value]) -> BTreeMap<String, Value> {
    commands
        .iter()
        .map(|c| {
            (format!("{} {}", c.get("type").and_then(Value::as_u64).unwrap_or(1), name_of(c)), reduced(c))
        })
        .collect()
}

fn name_of(command: &Value) -> &str {
    command["name"].as_str().unwrap_or_default()
}

fn reduced(value: &Value) -> Value {
    const OURS: [&str; 13] = [
        "type",
        "name",
        "description",
        "options",
        "required",
        "choices",
        "value",
        "autocomplete",
        "min_length",
        "max_length",
        "min_value",
        "max_value",
        "channel_types",
    ];
    match value {
        Value::Object(fields) => {
            let mut kept = Map::new();
            for (name, value) in fields.iter().filter(|(name, _)| OURS.contains(&name.as_str())) {
                let value = reduced(value);
                let is_default = match &value {
                    Value::Null | Value::Bool(false) => true,
                    Value::String(text) => text.is_empty(),
                    Value::Array(items) => items.is_empty(),
                    Value::Number(_) | Value::Bool(true) | Value::Object(_) => false,
                };
                // A least length of 0 is what no least length is.
                let no_least = name == "min_length" && value == 0;
                if !is_default && !no_least {
                    kept.insert(name.clone(), value);
                }
            }
            Value::Object(kept)
        }
        Value::Array(items) => items.iter().map(reduced).collect(),
        // The platform may give a whole number back with a point.
        Value::Number(n) => {
            n.as_f64().filter(|f| f.fract() == 0.0).map_or_else(|| value.clone(), |f| json!(f))
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

/// Does the table keep the platform's rules? (twilight's checks stop at 4,000 characters for each command; the platform
/// takes 8,000.)
///
/// # Errors
/// The first rule that is broken.
pub fn check(commands: &[Value]) -> Result<(), BadCommand> {
    for command in commands {
        let bad = |rule: String| BadCommand { command: name_of(command).to_owned(), rule };
        let total = total_length(command);
        if total > limits::COMMAND_TOTAL {
            return Err(bad(format!("{total} characters in all, {} are allowed", limits::COMMAND_TOTAL)));
        }
        check_part(command, command["type"] == 3).map_err(bad)?;
    }
    Ok(())
}

fn check_part(part: &Value, on_message: bool) -> Result<(), String> {
    let name = name_of(part);
    let length = |text: &Value| text.as_str().map_or(0, |t| t.chars().count());
    let well_named =
        on_message || name.chars().all(|c| c.is_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
    if !(1..=limits::COMMAND_NAME).contains(&length(&part["name"])) || !well_named {
        return Err(format!("the name `{name}` is not allowed"));
    }
    if !on_message && !(1..=limits::COMMAND_DESCRIPTION).contains(&length(&part["description"])) {
        return Err(format!("the description of `{name}` has {} characters", length(&part["description"])));
    }
    let none = Vec::new();
    let options = part["options"].as_array().unwrap_or(&none);
    if options.len() > limits::COMMAND_OPTIONS {
        return Err(format!("`{name}` has {} options", options.len()));
    }
    let mut optional_seen = false;
    for (at, option) in options.iter().enumerate() {
        let required = option["required"] == true;
        if required && optional_seen {
            return Err(format!(
                "`{name}`: the required option `{}` comes after an optional one",
                name_of(option)
            ));
        }
        optional_seen |= !required;
        if options[..at].iter().any(|o| o["name"] == option["name"]) {
            return Err(format!("`{name}` has two options `{}`", name_of(option)));
        }
        let choices = option["choices"].as_array().unwrap_or(&none);
        if choices.len() > limits::CHOICES {
            return Err(format!("`{}` has {} choices", name_of(option), choices.len()));
        }
        if choices.iter().any(|c| !(1..=limits::CHOICE_NAME).contains(&length(&c["name"]))) {
            return Err(format!("a choice of `{}` is empty or too long", name_of(option)));
        }
        check_part(option, false)?;
    }
    Ok(())
}

/// Names, descriptions and values of a command and everything below it.
fn total_length(part: &Value) -> usize {
    let own: usize = ["name", "description", "value"]
        .iter()
        .filter_map(|k| part[*k].as_str())
        .map(|t| t.chars().count())
        .sum();
    let below = ["options", "choices"].iter().filter_map(|k| part[*k].as_array()).flatten();
    own + below.map(total_length).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expect_the_table_of_commands_to_keep_the_platforms_rules() {
        assert_eq!(check(&commands(true)), Ok(()));
    }

    #[test]
    fn expect_every_command_of_the_table_to_be_there_once() {
        fn leaves(part: &Value, path: &str, out: &mut Vec<String>) {
            let name = format!("{path}{}", name_of(part));
            let below: Vec<&Value> = part["options"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|o| o["type"] == 1 || o["type"] == 2)
                .collect();
            if below.is_empty() {
                out.push(name);
            } else {
                below.iter().for_each(|b| leaves(b, &format!("{name} "), out));
            }
        }
        let mut found = Vec::new();
        commands(true).iter().for_each(|c| leaves(c, "", &mut found));
        let mut wanted: Vec<String> = COMMANDS.iter().map(|s| s.name.to_owned()).collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted);
    }

    #[test]
    fn expect_what_the_platform_adds_not_to_count_as_a_change() {
        let ours = commands(true);
        let mut theirs = ours.clone();
        theirs.reverse();
        for (i, command) in theirs.iter_mut().enumerate() {
            command["id"] = Value::from(i.to_string());
            command["version"] = Value::from("1");
            command["application_id"] = Value::from("8");
            command["default_member_permissions"] = Value::Null;
            command["nsfw"] = Value::Bool(false);
            command["name_localizations"] = Value::Null;
            if command["type"] == 3 {
                command["description"] = Value::from("");
                command["options"] = json!([]);
            }
        }
        assert_eq!(fingerprint(&ours), fingerprint(&theirs));
        theirs[0]["name"] = Value::from("other");
        assert_ne!(fingerprint(&ours), fingerprint(&theirs));
    }

    #[test]
    fn expect_broken_rules_to_be_named() {
        let long = "x".repeat(100);
        let option = |i: usize| json!({ "type": 3, "name": format!("o{i}"), "description": long });
        let sub = |i: usize| {
            let options: Vec<Value> = (0..10).map(option).collect();
            json!({ "type": 1, "name": format!("s{i}"), "description": long, "options": options })
        };
        let subs: Vec<Value> = (0..10).map(sub).collect();
        let big = json!({ "type": 1, "name": "big", "description": "d", "options": subs });
        assert!(check(&[big]).unwrap_err().rule.contains("8000"));
        let upper = json!({ "type": 1, "name": "Upper", "description": "d" });
        assert!(check(&[upper]).is_err());
        let order = json!({ "type": 1, "name": "x", "description": "d", "options": [
            { "type": 3, "name": "a", "description": "d" }, { "type": 3, "name": "b", "description": "d", "required": true } ] });
        assert!(check(&[order]).unwrap_err().rule.contains("after an optional one"));
    }
}
