//! What Discord refuses in a message, a form or a command. Our own checks give Discord's answer; `twilight-model` and
//! `twilight-validate` look at the same bodies afterwards, so that one mistake does not cancel another.

use serde_json::{Value, json};

use crate::error::{ApiError, Problems};
use crate::ids::{Id, parse_id};
use crate::mentions::Allowed;

mod commands;
mod components;
mod embeds;
mod modal;

pub(crate) use commands::{check_choices, commands};
pub(crate) use modal::modal;

/// A message's text.
const CONTENT_MAX: usize = 2000;
/// A nonce's length.
const NONCE_MAX: usize = 25;
/// Embeds of a message.
const EMBEDS_MAX: usize = 10;
/// Files of a message.
const ATTACHMENTS_MAX: usize = 10;
/// Only the person sees it; answers to interactions only.
pub(crate) const EPHEMERAL: u64 = 1 << 6;
/// No embeds are shown.
const SUPPRESS_EMBEDS: u64 = 1 << 2;
/// No push notification.
const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
/// Made of components alone.
pub(crate) const COMPONENTS_V2: u64 = 1 << 15;
/// The bot is thinking.
pub(crate) const LOADING: u64 = 1 << 7;

/// A message body that Discord would take; a field is `None` where nothing was said about it.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) content: Option<String>,
    pub(crate) embeds: Option<Vec<Value>>,
    pub(crate) components: Option<Vec<Value>>,
    pub(crate) attachments: Option<Vec<Value>>,
    pub(crate) flags: u64,
    pub(crate) flags_given: bool,
    pub(crate) allowed: Allowed,
    pub(crate) nonce: Option<Value>,
    pub(crate) enforce_nonce: bool,
    pub(crate) reference: Option<Reference>,
}

/// `message_reference` as sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reference {
    pub(crate) message: Id,
    pub(crate) channel: Option<Id>,
    pub(crate) must_exist: bool,
}

/// Reads a message body. `components_v2` says whether the message that is edited is already one of components alone.
pub(crate) fn draft(body: &Value, components_v2: bool) -> Result<Draft, ApiError> {
    draft_at(body, "", components_v2)
}

/// The same, for a body that sits at `prefix` (`data.` or `message.`) of the whole.
pub(crate) fn draft_at(body: &Value, prefix: &str, components_v2: bool) -> Result<Draft, ApiError> {
    let mut problems = Problems::default();
    if !body.is_object() {
        let path = prefix.trim_end_matches('.');
        return Err(Problems::only(
            path,
            "MODEL_TYPE_CONVERT",
            "Only dictionaries may be used in a ModelType",
        ));
    }
    let content = string(body, "content", prefix, &mut problems);
    if let Some(content) = &content
        && content.chars().count() > CONTENT_MAX
    {
        problems.too_long(&format!("{prefix}content"), CONTENT_MAX);
    }
    let flags_given = body.get("flags").is_some_and(|value| !value.is_null());
    let flags = match body.get("flags") {
        None | Some(Value::Null) => 0,
        Some(value) => value.as_u64().unwrap_or_else(|| {
            problems.add(&format!("{prefix}flags"), "NUMBER_TYPE_COERCE", "Value is not int.");
            0
        }),
    };
    let flags = flags & (SUPPRESS_EMBEDS | EPHEMERAL | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2);
    let v2 = components_v2 || flags & COMPONENTS_V2 != 0;
    let embeds = array(body, "embeds", prefix, &mut problems);
    if let Some(list) = &embeds {
        if list.len() > EMBEDS_MAX {
            problems.too_long(&format!("{prefix}embeds"), EMBEDS_MAX);
        }
        embeds::check(list, &format!("{prefix}embeds"), &mut problems);
    }
    let components = array(body, "components", prefix, &mut problems);
    if let Some(list) = &components {
        components::check_message(list, &format!("{prefix}components"), v2, &mut problems);
    }
    if v2 {
        for (key, filled) in [
            ("content", content.as_deref().is_some_and(|text| !text.is_empty())),
            ("embeds", embeds.as_ref().is_some_and(|list| !list.is_empty())),
        ] {
            if filled {
                problems.add(
                    &format!("{prefix}{key}"),
                    "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                    &format!("The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"),
                );
            }
        }
    }
    let allowed = Allowed::parse(body, &mut problems);
    let nonce = nonce(body, prefix, &mut problems);
    let reference = reference(body, prefix, &mut problems);
    let attachments = array(body, "attachments", prefix, &mut problems);
    if attachments.as_ref().is_some_and(|list| list.len() > ATTACHMENTS_MAX) {
        problems.too_long(&format!("{prefix}attachments"), ATTACHMENTS_MAX);
    }
    problems.finish()?;
    Ok(Draft {
        content: content.map(|text| text.trim().to_owned()),
        embeds: embeds.map(|list| embeds::stored(&list)),
        components: components.map(|list| components::stored(&list)),
        attachments,
        flags,
        flags_given,
        allowed,
        nonce,
        enforce_nonce: body["enforce_nonce"].as_bool().unwrap_or(false),
        reference,
    })
}

fn nonce(body: &Value, prefix: &str, problems: &mut Problems) -> Option<Value> {
    let value = body.get("nonce").filter(|value| !value.is_null())?;
    let length = match value {
        Value::String(text) => text.chars().count(),
        Value::Number(number) if number.is_i64() || number.is_u64() => 0,
        _ => {
            problems.add(
                &format!("{prefix}nonce"),
                "BASE_TYPE_STRING",
                "Could not interpret value as string.",
            );
            0
        }
    };
    if length > NONCE_MAX {
        problems.too_long(&format!("{prefix}nonce"), NONCE_MAX);
    }
    Some(value.clone())
}

fn reference(body: &Value, prefix: &str, problems: &mut Problems) -> Option<Reference> {
    let value = body.get("message_reference").filter(|value| !value.is_null())?;
    let id = |key: &str| value[key].as_str().and_then(parse_id).or_else(|| value[key].as_u64());
    let Some(message) = id("message_id") else {
        problems.required(&format!("{prefix}message_reference.message_id"));
        return None;
    };
    let must_exist = value["fail_if_not_exists"].as_bool().unwrap_or(true);
    Some(Reference { message, channel: id("channel_id"), must_exist })
}

/// A text field; `null` counts as empty.
fn string(body: &Value, key: &str, prefix: &str, problems: &mut Problems) -> Option<String> {
    match body.get(key)? {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            problems.add(
                &format!("{prefix}{key}"),
                "BASE_TYPE_STRING",
                "Could not interpret value as string.",
            );
            None
        }
    }
}

/// A list; `null` counts as empty.
fn array(body: &Value, key: &str, prefix: &str, problems: &mut Problems) -> Option<Vec<Value>> {
    match body.get(key)? {
        Value::Null => Some(Vec::new()),
        Value::Array(list) => Some(list.clone()),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            problems.add(
                &format!("{prefix}{key}"),
                "LIST_TYPE_CONVERT",
                "Only iterables may be used in a ListType",
            );
            None
        }
    }
}

/// A name between two lengths, in characters, counted after trimming as Discord does.
pub(crate) fn name_field(
    body: &Value,
    key: &str,
    lengths: (usize, usize),
    problems: &mut Problems,
) -> Option<String> {
    let Some(value) = body.get(key).filter(|value| !value.is_null()) else {
        problems.required(key);
        return None;
    };
    let Some(text) = value.as_str() else {
        problems.add(key, "BASE_TYPE_STRING", "Could not interpret value as string.");
        return None;
    };
    let text = text.trim();
    if text.is_empty() && lengths.0 > 0 {
        problems.required(key);
        return None;
    }
    let count = text.chars().count();
    if count < lengths.0 || count > lengths.1 {
        problems.bad_length(key, lengths.0, lengths.1);
    }
    Some(text.to_owned())
}

/// Hands what twilight found wrong to the caller in Discord's form.
pub(super) fn second_opinion(path: &str, error: &dyn std::fmt::Display, problems: &mut Problems) {
    problems.add(path, "SECOND_OPINION", &error.to_string());
}

/// `min` and `max` of a number field, if it is one.
pub(super) fn small_number(value: &Value, key: &str) -> Option<i64> {
    value.get(key).filter(|value| !value.is_null()).map(|value| value.as_i64().unwrap_or(i64::MIN))
}

/// A JSON object with the given keys set to values, where absent.
pub(super) fn with_defaults(value: &Value, defaults: &[(&str, Value)]) -> Value {
    let mut out = value.clone();
    for (key, default) in defaults {
        if out.get(*key).is_none_or(Value::is_null) {
            out[*key] = default.clone();
        }
    }
    out
}

/// The empty list.
pub(super) fn none() -> Value {
    json!([])
}
