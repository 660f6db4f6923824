//! Embeds: lengths of each part, and 6,000 characters together.

use serde_json::{Value, json};
use twilight_model::channel::message::Embed;
use twilight_validate::embed as limits;

use super::{second_opinion, with_defaults};
use crate::error::Problems;

pub(super) fn check(list: &[Value], path: &str, problems: &mut Problems) {
    let mut total = 0;
    for (at, embed) in list.iter().enumerate() {
        total += check_one(embed, &format!("{path}.{at}"), problems);
    }
    if total > limits::EMBED_TOTAL_LENGTH {
        problems.add(
            path,
            "MAX_EMBED_SIZE_EXCEEDED",
            &format!("Embed size exceeds maximum size of {}", limits::EMBED_TOTAL_LENGTH),
        );
    }
    if problems.any() {
        return;
    }
    for (at, embed) in list.iter().enumerate() {
        let path = format!("{path}.{at}");
        match serde_json::from_value::<Embed>(for_twilight(embed)) {
            Err(error) => second_opinion(&path, &error, problems),
            Ok(embed) => {
                if let Err(error) = limits::embed(&embed) {
                    second_opinion(&path, &error, problems);
                }
            }
        }
    }
}

fn check_one(embed: &Value, path: &str, problems: &mut Problems) -> usize {
    if !embed.is_object() {
        problems.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
        return 0;
    }
    let mut total = 0;
    for (key, most) in [("title", limits::TITLE_LENGTH), ("description", limits::DESCRIPTION_LENGTH)] {
        total += text(&embed[key], most, &format!("{path}.{key}"), problems);
    }
    if embed["footer"].is_object() {
        let value = &embed["footer"]["text"];
        required(value, &format!("{path}.footer.text"), problems);
        total += text(value, limits::FOOTER_TEXT_LENGTH, &format!("{path}.footer.text"), problems);
    }
    if embed["author"].is_object() {
        let value = &embed["author"]["name"];
        required(value, &format!("{path}.author.name"), problems);
        total += text(value, limits::AUTHOR_NAME_LENGTH, &format!("{path}.author.name"), problems);
    }
    let fields = embed["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
    if fields.len() > limits::FIELD_COUNT {
        problems.too_long(&format!("{path}.fields"), limits::FIELD_COUNT);
    }
    for (at, field) in fields.iter().enumerate() {
        for (key, most) in [("name", limits::FIELD_NAME_LENGTH), ("value", limits::FIELD_VALUE_LENGTH)] {
            let path = format!("{path}.fields.{at}.{key}");
            required(&field[key], &path, problems);
            total += text(&field[key], most, &path, problems);
        }
    }
    if let Some(color) = embed.get("color").filter(|value| !value.is_null())
        && color.as_u64().is_none_or(|color| color > u64::from(limits::COLOR_MAXIMUM))
    {
        problems.add(
            &format!("{path}.color"),
            "NUMBER_TYPE_MAX",
            "int value should be less than or equal to 16777215.",
        );
    }
    if let Some(at) = embed.get("timestamp").filter(|value| !value.is_null())
        && at.as_str().is_none_or(|at| chrono::DateTime::parse_from_rfc3339(at).is_err())
    {
        problems.add(
            &format!("{path}.timestamp"),
            "DATE_TIME_TYPE_PARSE",
            "Could not parse value. Should be ISO8601.",
        );
    }
    for (value, path) in [
        (&embed["url"], format!("{path}.url")),
        (&embed["image"]["url"], format!("{path}.image.url")),
        (&embed["thumbnail"]["url"], format!("{path}.thumbnail.url")),
    ] {
        if let Some(url) = value.as_str()
            && !["http://", "https://", "attachment://"].iter().any(|scheme| url.starts_with(scheme))
        {
            problems.add(&path, "URL_TYPE_INVALID_URL", "Not a well formed URL.");
        }
    }
    let shows = ["title", "description", "image", "thumbnail", "footer", "author", "url"].iter().any(|key| {
        embed
            .get(*key)
            .is_some_and(|value| value.as_str().map_or(!value.is_null(), |text| !text.trim().is_empty()))
    });
    if !shows && fields.is_empty() {
        problems.required(&format!("{path}.description"));
    }
    total
}

fn required(value: &Value, path: &str, problems: &mut Problems) {
    if value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()) {
        problems.required(path);
    }
}

fn text(value: &Value, most: usize, path: &str, problems: &mut Problems) -> usize {
    let Some(text) = value.as_str() else {
        if !value.is_null() {
            problems.add(path, "BASE_TYPE_STRING", "Could not interpret value as string.");
        }
        return 0;
    };
    let count = text.trim().chars().count();
    if count > most {
        problems.too_long(path, most);
    }
    count
}

/// twilight's embed needs what Discord fills in.
fn for_twilight(embed: &Value) -> Value {
    let mut out = with_defaults(embed, &[("type", json!("rich")), ("fields", json!([]))]);
    for field in out["fields"].as_array_mut().into_iter().flatten() {
        if field.get("inline").is_none_or(Value::is_null) {
            field["inline"] = json!(false);
        }
    }
    // Discord reads every ISO 8601 time, and gives it back in this one form; twilight reads no other.
    let at = out["timestamp"].as_str().and_then(|at| chrono::DateTime::parse_from_rfc3339(at).ok());
    if let Some(at) = at {
        out["timestamp"] = json!(at.to_utc().format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string());
    }
    out
}

/// As Discord keeps and returns them.
pub(super) fn stored(list: &[Value]) -> Vec<Value> {
    list.iter()
        .map(|embed| {
            let mut out = for_twilight(embed);
            if let Some(map) = out.as_object_mut() {
                map.retain(|_, value| !value.is_null());
            }
            if out["fields"].as_array().is_some_and(Vec::is_empty)
                && let Some(map) = out.as_object_mut()
            {
                map.remove("fields");
            }
            out
        })
        .collect()
}
