//! Application commands as they are registered, and the choices that complete an option.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use twilight_model::application::command::Command;
use twilight_validate::command as limits;

use super::{none, second_opinion, with_defaults};
use crate::error::{ApiError, Problems};

/// All names, descriptions and values of one command. twilight-validate still has 4,000, the old limit.
const COMMAND_TOTAL_MAX: usize = 8000;
/// Message commands, and user commands, of one scope.
const CONTEXT_COMMANDS_MAX: usize = 15;
/// The languages of Discord's clients.
const LOCALES: [&str; 33] = [
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl",
    "pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja",
    "zh-TW", "ko", "he",
];

/// Refuses a list of commands that Discord refuses.
pub(crate) fn commands(list: &Value) -> Result<Vec<Value>, ApiError> {
    let Some(list) = list.as_array() else {
        return Err(Problems::only("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"));
    };
    let mut problems = Problems::default();
    let mut names = HashSet::new();
    let mut counts: HashMap<u64, usize> = HashMap::new();
    for (at, command) in list.iter().enumerate() {
        let path = at.to_string();
        check_command(command, &path, &mut problems);
        let kind = command["type"].as_u64().unwrap_or(1);
        *counts.entry(kind).or_default() += 1;
        if !names.insert((kind, command["name"].as_str().unwrap_or_default())) {
            problems.add(
                &path,
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                "Application command names must be unique",
            );
        }
    }
    for (kind, count) in counts {
        let most = if kind == 1 { limits::GUILD_COMMAND_LIMIT } else { CONTEXT_COMMANDS_MAX };
        if count > most {
            let mut refusal = ApiError::new(400, 30032, "");
            refusal.message = format!("Maximum number of application commands reached ({most})");
            return Err(refusal);
        }
    }
    problems.finish()?;
    Ok(list.clone())
}

fn check_command(command: &Value, path: &str, problems: &mut Problems) {
    let kind = command["type"].as_u64().unwrap_or(1);
    let name = command["name"].as_str().unwrap_or_default();
    let valid_name = match kind {
        1 => limits::chat_input_name(name).is_ok(),
        2 | 3 => limits::name(name).is_ok() && !name.trim().is_empty(),
        _ => {
            problems.choices(&at(path, "type"), "1, 2, 3, 4");
            true
        }
    };
    if !valid_name {
        problems.add(&at(path, "name"), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
    }
    let description = command["description"].as_str().unwrap_or_default();
    if kind == 1 {
        check_description(description, path, problems);
    } else if !description.is_empty() || command["options"].as_array().is_some_and(|list| !list.is_empty()) {
        problems.add(
            path,
            "APPLICATION_COMMAND_CONTEXT_INVALID",
            "Context menu commands cannot have a description or options",
        );
    }
    check_localised(command, path, kind == 1, problems);
    let rights = &command["default_member_permissions"];
    let number = rights.as_str().is_some_and(|bits| bits.parse::<u64>().is_ok()) || rights.is_u64();
    if !rights.is_null() && !number {
        problems.add(&at(path, "default_member_permissions"), "NUMBER_TYPE_COERCE", "Value is not int.");
    }
    let options = command["options"].as_array().map(Vec::as_slice).unwrap_or_default();
    check_options(options, path, 0, problems);
    let total =
        name.chars().count() + longest(command, "description") + options.iter().map(size).sum::<usize>();
    if total > COMMAND_TOTAL_MAX {
        problems.add(
            path,
            "APPLICATION_COMMAND_TOO_LARGE",
            &format!("Command exceeds maximum size ({COMMAND_TOTAL_MAX})"),
        );
    }
    for key in ["contexts", "integration_types"] {
        if command[key].as_array().is_some_and(Vec::is_empty) {
            problems.bad_length(&at(path, key), 1, 3);
        }
    }
    for (key, allowed) in [("contexts", 0..=2), ("integration_types", 0..=1)] {
        for (index, value) in command[key].as_array().into_iter().flatten().enumerate() {
            if !value.as_u64().is_some_and(|number| allowed.contains(&number)) {
                problems.choices(&at(path, &format!("{key}.{index}")), "0, 1, 2");
            }
        }
    }
    if problems.any() {
        return;
    }
    let filled = with_defaults(
        command,
        &[("type", json!(1)), ("version", json!("1")), ("description", json!("")), ("options", none())],
    );
    match serde_json::from_value::<Command>(filled) {
        Err(error) => second_opinion(path, &error, problems),
        Ok(parsed) => {
            if let Err(error) = limits::options(&parsed.options) {
                second_opinion(path, &error, problems);
            }
        }
    }
}

fn at(path: &str, key: &str) -> String {
    format!("{path}.{key}")
}

/// Translations: known languages, and texts that would do as the original.
fn check_localised(value: &Value, path: &str, slash: bool, problems: &mut Problems) {
    for (key, is_name) in [("name_localizations", true), ("description_localizations", false)] {
        for (locale, text) in value[key].as_object().into_iter().flatten() {
            let text = text.as_str().unwrap_or_default();
            let fits = match (is_name, slash) {
                (true, true) => limits::chat_input_name(text).is_ok(),
                (true, false) => limits::name(text).is_ok(),
                (false, _) => limits::description(text).is_ok(),
            };
            if !LOCALES.contains(&locale.as_str()) || !fits {
                let path = at(path, &format!("{key}.{locale}"));
                problems.add(
                    &path,
                    "APPLICATION_COMMAND_INVALID_LOCALIZATION",
                    "Not a language, or not a valid text",
                );
            }
        }
    }
}

fn check_description(description: &str, path: &str, problems: &mut Problems) {
    if description.trim().is_empty() {
        problems.required(&at(path, "description"));
    } else if limits::description(description).is_err() {
        problems.bad_length(
            &at(path, "description"),
            limits::DESCRIPTION_LENGTH_MIN,
            limits::DESCRIPTION_LENGTH_MAX,
        );
    }
}

/// `depth` 0 is the command, 1 a group or subcommand, 2 a subcommand in a group.
fn check_options(options: &[Value], path: &str, depth: u8, problems: &mut Problems) {
    if options.len() > limits::OPTIONS_LIMIT {
        problems.too_long(&at(path, "options"), limits::OPTIONS_LIMIT);
    }
    let mut names = HashSet::new();
    let mut optional_seen = false;
    let subs = options.iter().filter(|option| matches!(option["type"].as_u64(), Some(1 | 2))).count();
    if subs > 0 && subs < options.len() {
        problems.add(
            &at(path, "options"),
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            "Sub-command and sub-command group option types are mutually exclusive to all other types",
        );
    }
    for (index, option) in options.iter().enumerate() {
        let path = at(path, &format!("options.{index}"));
        let name = option["name"].as_str().unwrap_or_default();
        if limits::option_name(name).is_err() {
            problems.add(&at(&path, "name"), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
        }
        if !names.insert(name) {
            problems.add(
                &path,
                "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATED",
                "The option name is already used",
            );
        }
        check_description(option["description"].as_str().unwrap_or_default(), &path, problems);
        check_localised(option, &path, true, problems);
        let inner = option["options"].as_array().map(Vec::as_slice).unwrap_or_default();
        match option["type"].as_u64() {
            Some(1) if depth < 2 => check_options_of_sub(inner, &path, problems),
            Some(2) if depth == 0 => {
                check_options(inner, &path, 1, problems);
                if inner.iter().any(|sub| sub["type"] != 1) {
                    problems.add(
                        &path,
                        "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                        "A group holds subcommands only",
                    );
                }
            }
            Some(3..=11) => {
                let required = option["required"] == true;
                if required && optional_seen {
                    problems.add(
                        &path,
                        "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                        "Required options must be placed before non-required options",
                    );
                }
                optional_seen |= !required;
                check_leaf(option, &path, problems);
            }
            _ => problems.choices(&at(&path, "type"), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11"),
        }
    }
}

fn check_options_of_sub(inner: &[Value], path: &str, problems: &mut Problems) {
    if inner.iter().any(|option| matches!(option["type"].as_u64(), Some(1 | 2))) {
        problems.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "A subcommand holds no subcommands");
        return;
    }
    check_options(inner, path, 2, problems);
}

fn check_leaf(option: &Value, path: &str, problems: &mut Problems) {
    let kind = option["type"].as_u64().unwrap_or_default();
    let choices = option["choices"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !choices.is_empty() && !matches!(kind, 3 | 4 | 10) {
        problems.add(
            &at(path, "choices"),
            "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID",
            "Only text and numbers have choices",
        );
    }
    check_choice_list(choices, kind, &at(path, "choices"), problems);
    if option["autocomplete"] == true && (!choices.is_empty() || !matches!(kind, 3 | 4 | 10)) {
        problems.add(
            path,
            "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
            "Autocomplete is for text and numbers without choices",
        );
    }
    for (key, least) in [("min_length", 0), ("max_length", 1)] {
        if let Some(value) = option.get(key).filter(|value| !value.is_null())
            && (kind != 3 || !value.as_i64().is_some_and(|value| (least..=6000).contains(&value)))
        {
            problems.add(&at(path, key), "NUMBER_TYPE_MAX", "int value should be at most 6000.");
        }
    }
}

fn check_choice_list(choices: &[Value], kind: u64, path: &str, problems: &mut Problems) {
    if choices.len() > limits::CHOICES_LIMIT {
        problems.too_long(path, limits::CHOICES_LIMIT);
    }
    let mut names = HashSet::new();
    for (index, choice) in choices.iter().enumerate() {
        let path = at(path, &index.to_string());
        let name = choice["name"].as_str().unwrap_or_default();
        if name.trim().is_empty() {
            problems.required(&at(&path, "name"));
        } else if limits::choice_name(name).is_err() {
            problems.bad_length(
                &at(&path, "name"),
                limits::OPTION_CHOICE_NAME_LENGTH_MIN,
                limits::OPTION_CHOICE_NAME_LENGTH_MAX,
            );
        }
        if !names.insert(name) {
            problems.add(
                &path,
                "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_DUPLICATE",
                "The specified choice name is already used",
            );
        }
        let fits = match kind {
            3 => choice["value"].as_str().is_some_and(|value| {
                (limits::OPTION_CHOICE_STRING_VALUE_LENGTH_MIN
                    ..=limits::OPTION_CHOICE_STRING_VALUE_LENGTH_MAX)
                    .contains(&value.chars().count())
            }),
            4 => choice["value"].is_i64() || choice["value"].is_u64(),
            _ => choice["value"].is_number(),
        };
        if !fits {
            problems.add(&at(&path, "value"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.");
        }
    }
}

/// Checks an answer to an autocomplete request for an option of the given type.
pub(crate) fn check_choices(data: &Value, kind: u64) -> Result<(), ApiError> {
    let mut problems = Problems::default();
    match data["choices"].as_array() {
        None => problems.required("data.choices"),
        Some(choices) => check_choice_list(choices, kind, "data.choices", &mut problems),
    }
    problems.finish()
}

/// Of the default and the localised texts, the longest counts.
fn longest(value: &Value, key: &str) -> usize {
    let own = value[key].as_str().map_or(0, |text| text.chars().count());
    let localised = value[format!("{key}_localizations")].as_object().into_iter().flatten();
    localised
        .filter_map(|(_, text)| text.as_str())
        .map(|text| text.chars().count())
        .max()
        .unwrap_or(0)
        .max(own)
}

fn size(option: &Value) -> usize {
    let choices = option["choices"].as_array().into_iter().flatten();
    let choices: usize = choices
        .map(|choice| {
            longest(choice, "name") + choice["value"].as_str().map_or(0, |text| text.chars().count())
        })
        .sum();
    let inner: usize = option["options"].as_array().into_iter().flatten().map(size).sum();
    longest(option, "name") + longest(option, "description") + choices + inner
}
