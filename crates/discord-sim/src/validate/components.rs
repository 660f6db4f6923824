//! Buttons, selects and rows of a message; components version 2 where the message asks for it.

use std::collections::HashSet;

use serde_json::{Value, json};
use twilight_model::channel::message::Component;
use twilight_validate::component as limits;

use super::{second_opinion, small_number};
use crate::error::Problems;

/// Text displays of one message together.
const V2_TEXT_MAX: usize = 4000;

pub(super) fn check_message(list: &[Value], path: &str, v2: bool, problems: &mut Problems) {
    if v2 {
        check_v2(list, path, problems);
    } else {
        if list.len() > limits::COMPONENT_COUNT {
            problems.too_long(path, limits::COMPONENT_COUNT);
        }
        for (at, row) in list.iter().enumerate() {
            let path = format!("{path}.{at}");
            if row["type"] != 1 {
                problems.add(
                    &format!("{path}.type"),
                    "UNION_TYPE_CHOICES",
                    "Value of field \"type\" must be one of (1,).",
                );
                continue;
            }
            check_row(row, &path, problems);
        }
    }
    check_custom_ids(list, path, problems);
    if problems.any() {
        return;
    }
    for (at, component) in list.iter().enumerate() {
        let path = format!("{path}.{at}");
        match serde_json::from_value::<Component>(component.clone()) {
            Err(error) => second_opinion(&path, &error, problems),
            Ok(component) => {
                let checked =
                    if v2 { limits::component_v2(&component) } else { limits::component_v1(&component) };
                if let Err(error) = checked {
                    second_opinion(&path, &error, problems);
                }
            }
        }
    }
}

fn check_v2(list: &[Value], path: &str, problems: &mut Problems) {
    let all = crate::view::flat_components(list);
    if all.len() > limits::COMPONENT_V2_COUNT {
        problems.add(
            path,
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
            &format!(
                "The total number of components in a message must be {} or fewer.",
                limits::COMPONENT_V2_COUNT
            ),
        );
    }
    let text: usize =
        all.iter().filter_map(|one| one["content"].as_str()).map(|text| text.chars().count()).sum();
    if text > V2_TEXT_MAX {
        problems.add(
            path,
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            &format!("The total text of components must be {V2_TEXT_MAX} or fewer in length."),
        );
    }
    for (at, one) in list.iter().enumerate() {
        let path = format!("{path}.{at}");
        match one["type"].as_u64() {
            Some(1) => check_row(one, &path, problems),
            Some(9 | 10 | 12 | 13 | 14 | 17) => {}
            _ => problems.add(
                &format!("{path}.type"),
                "UNION_TYPE_CHOICES",
                "Value of field \"type\" must be one of (1, 9, 10, 12, 13, 14, 17).",
            ),
        }
        if one["type"] == 17 {
            for (inner, row) in one["components"].as_array().into_iter().flatten().enumerate() {
                if row["type"] == 1 {
                    check_row(row, &format!("{path}.components.{inner}"), problems);
                }
            }
        }
        if one["type"] == 10 && one["content"].as_str().is_none_or(|text| text.trim().is_empty()) {
            problems.required(&format!("{path}.content"));
        }
    }
}

fn check_row(row: &Value, path: &str, problems: &mut Problems) {
    let children = row["components"].as_array().map(Vec::as_slice).unwrap_or_default();
    if children.is_empty() || children.len() > limits::ACTION_ROW_COMPONENT_COUNT {
        problems.bad_length(&format!("{path}.components"), 1, limits::ACTION_ROW_COMPONENT_COUNT);
    }
    let selects = children.iter().filter(|child| is_select(child)).count();
    if selects > 1 || (selects == 1 && children.len() > 1) {
        problems.add(
            &format!("{path}.components"),
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
            "The specified component exceeds the maximum width",
        );
    }
    for (at, child) in children.iter().enumerate() {
        let path = format!("{path}.components.{at}");
        match child["type"].as_u64() {
            Some(2) => check_button(child, &path, problems),
            Some(3 | 5..=8) => check_select(child, &path, problems),
            _ => problems.add(
                &format!("{path}.type"),
                "UNION_TYPE_CHOICES",
                "Value of field \"type\" must be one of (2, 3, 5, 6, 7, 8).",
            ),
        }
    }
}

fn is_select(component: &Value) -> bool {
    matches!(component["type"].as_u64(), Some(3 | 5..=8))
}

fn check_button(button: &Value, path: &str, problems: &mut Problems) {
    let has = |key: &str| button.get(key).is_some_and(|value| !value.is_null());
    if button["label"]
        .as_str()
        .is_some_and(|label| label.chars().count() > limits::COMPONENT_BUTTON_LABEL_LENGTH)
    {
        problems.too_long(&format!("{path}.label"), limits::COMPONENT_BUTTON_LABEL_LENGTH);
    }
    if button["label"].as_str().is_none_or(|label| label.trim().is_empty()) && !has("emoji") {
        problems.add(path, "BUTTON_COMPONENT_INVALID", "A button must have a label or an emoji");
    }
    match button["style"].as_u64() {
        Some(1..=4) => {
            if has("url") {
                problems.add(
                    path,
                    "BUTTON_COMPONENT_INVALID_URL",
                    "A custom_id and url cannot both be specified",
                );
            }
            custom_id(button, path, problems);
        }
        Some(5) => {
            if has("custom_id") {
                problems.add(
                    path,
                    "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                    "A custom_id and url cannot both be specified",
                );
            }
            let url = button["url"].as_str().unwrap_or_default();
            if url.is_empty() {
                problems.required(&format!("{path}.url"));
            } else if !["http://", "https://", "discord://"].iter().any(|scheme| url.starts_with(scheme))
                || url.contains(' ')
            {
                problems.add(
                    &format!("{path}.url"),
                    "URL_TYPE_INVALID_SCHEME",
                    &format!("Scheme \"{url}\" is not supported. Scheme must be one of ('http', 'https', 'discord')."),
                );
            } else if url.chars().count() > 512 {
                problems.too_long(&format!("{path}.url"), 512);
            }
        }
        _ => problems.choices(&format!("{path}.style"), "1, 2, 3, 4, 5, 6"),
    }
}

pub(super) fn custom_id(component: &Value, path: &str, problems: &mut Problems) {
    match component["custom_id"].as_str() {
        None | Some("") => problems.required(&format!("{path}.custom_id")),
        Some(id) if id.chars().count() > limits::COMPONENT_CUSTOM_ID_LENGTH => {
            problems.bad_length(&format!("{path}.custom_id"), 1, limits::COMPONENT_CUSTOM_ID_LENGTH);
        }
        Some(_) => {}
    }
}

pub(super) fn check_select(select: &Value, path: &str, problems: &mut Problems) {
    custom_id(select, path, problems);
    if let Some(text) = select["placeholder"].as_str()
        && text.chars().count() > limits::SELECT_PLACEHOLDER_LENGTH
    {
        problems.too_long(&format!("{path}.placeholder"), limits::SELECT_PLACEHOLDER_LENGTH);
    }
    let (least, most) = (small_number(select, "min_values"), small_number(select, "max_values"));
    if least.is_some_and(|least| !(0..=25).contains(&least)) {
        problems.add(
            &format!("{path}.min_values"),
            "NUMBER_TYPE_MAX",
            "int value should be between 0 and 25.",
        );
    }
    if most.is_some_and(|most| !(1..=25).contains(&most)) || most.unwrap_or(1) < least.unwrap_or(1) {
        problems.add(
            &format!("{path}.max_values"),
            "NUMBER_TYPE_MAX",
            "int value should be between 1 and 25 and not below min_values.",
        );
    }
    if select["type"] != 3 {
        return;
    }
    let options = select["options"].as_array().map(Vec::as_slice).unwrap_or_default();
    if options.is_empty() || options.len() > limits::SELECT_OPTION_COUNT {
        problems.bad_length(&format!("{path}.options"), 1, limits::SELECT_OPTION_COUNT);
    }
    if usize::try_from(most.unwrap_or(1)).is_ok_and(|most| most > options.len()) {
        problems.add(
            &format!("{path}.max_values"),
            "SELECT_COMPONENT_MAX_VALUES",
            "max_values is more than there are options",
        );
    }
    let mut seen = HashSet::new();
    let mut defaults = 0;
    for (at, option) in options.iter().enumerate() {
        let path = format!("{path}.options.{at}");
        for (key, most, needed) in [
            ("label", limits::SELECT_OPTION_LABEL_LENGTH, true),
            ("value", limits::SELECT_OPTION_VALUE_LENGTH, true),
            ("description", limits::SELECT_OPTION_DESCRIPTION_LENGTH, false),
        ] {
            match option[key].as_str() {
                Some(text) if text.chars().count() > most => {
                    problems.too_long(&format!("{path}.{key}"), most);
                }
                Some(text) if !text.trim().is_empty() => {}
                _ if needed => problems.required(&format!("{path}.{key}")),
                _ => {}
            }
        }
        if let Some(value) = option["value"].as_str()
            && !seen.insert(value)
        {
            problems.add(
                &format!("{path}.value"),
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            );
        }
        defaults += i64::from(option["default"] == true);
    }
    if defaults > most.unwrap_or(1) {
        problems.add(
            &format!("{path}.options"),
            "SELECT_COMPONENT_TOO_MANY_DEFAULTS",
            "More options are selected than max_values allows",
        );
    }
}

/// Every custom id of one message or form must be its own.
pub(super) fn check_custom_ids(list: &[Value], path: &str, problems: &mut Problems) {
    let mut seen = HashSet::new();
    for component in crate::view::flat_components(list) {
        if let Some(id) = component["custom_id"].as_str()
            && !seen.insert(id)
        {
            problems.add(path, "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated");
        }
    }
}

/// As Discord keeps and returns them: numbered, without nulls.
pub(super) fn stored(list: &[Value]) -> Vec<Value> {
    let mut next = 1;
    list.iter().map(|component| number(component, &mut next)).collect()
}

fn number(component: &Value, next: &mut i64) -> Value {
    let mut out = component.clone();
    if let Some(map) = out.as_object_mut() {
        map.retain(|_, value| !value.is_null());
        if !map.contains_key("id") {
            map.insert("id".to_owned(), json!(*next));
        }
    }
    *next += 1;
    for child in out.get_mut("components").and_then(Value::as_array_mut).into_iter().flatten() {
        *child = number(child, next);
    }
    for key in ["component", "accessory"] {
        if out[key].is_object() {
            out[key] = number(&out[key], next);
        } else if let Some(map) = out.as_object_mut() {
            map.remove(key);
        }
    }
    if out["type"] == 3 || matches!(out["type"].as_u64(), Some(5..=8)) {
        for (key, value) in [("min_values", 1), ("max_values", 1)] {
            if out.get(key).is_none() {
                out[key] = json!(value);
            }
        }
    }
    out
}
