//! Forms: at most five fields, each in a row or a label of its own.

use serde_json::Value;
use twilight_model::channel::message::Component;
use twilight_validate::component as limits;

use super::components::{check_custom_ids, check_select, custom_id};
use super::{second_opinion, small_number};
use crate::error::{ApiError, Problems};

/// A form's title.
const TITLE_MAX: usize = 45;

/// Refuses a form that Discord refuses.
pub(crate) fn modal(data: &Value) -> Result<(), ApiError> {
    let mut problems = Problems::default();
    match data["title"].as_str() {
        None => problems.required("data.title"),
        Some(title) if title.trim().is_empty() => problems.required("data.title"),
        Some(title) if title.chars().count() > TITLE_MAX => problems.too_long("data.title", TITLE_MAX),
        Some(_) => {}
    }
    custom_id(data, "data", &mut problems);
    let fields = data["components"].as_array().map(Vec::as_slice).unwrap_or_default();
    if fields.is_empty() || fields.len() > limits::COMPONENT_COUNT {
        problems.bad_length("data.components", 1, limits::COMPONENT_COUNT);
    }
    for (at, field) in fields.iter().enumerate() {
        check_field(field, &format!("data.components.{at}"), &mut problems);
    }
    check_custom_ids(fields, "data.components", &mut problems);
    if !problems.any() {
        for (at, field) in fields.iter().enumerate() {
            let path = format!("data.components.{at}");
            match serde_json::from_value::<Component>(field.clone()) {
                Err(error) => second_opinion(&path, &error, &mut problems),
                Ok(Component::ActionRow(row)) => {
                    if let Err(error) = limits::action_row(&row, false) {
                        second_opinion(&path, &error, &mut problems);
                    }
                }
                Ok(Component::Label(label)) => {
                    if let Err(error) = limits::label(&label) {
                        second_opinion(&path, &error, &mut problems);
                    }
                }
                Ok(_) => {}
            }
        }
    }
    problems.finish()
}

fn check_field(field: &Value, path: &str, problems: &mut Problems) {
    match field["type"].as_u64() {
        Some(1) => {
            let children = field["components"].as_array().map(Vec::as_slice).unwrap_or_default();
            if children.len() != 1 {
                problems.bad_length(&format!("{path}.components"), 1, 1);
            }
            for (at, child) in children.iter().enumerate() {
                let path = format!("{path}.components.{at}");
                if child["type"] == 4 {
                    label(child, "label", true, &path, problems);
                    check_text_input(child, &path, problems);
                } else {
                    problems.add(
                        &format!("{path}.type"),
                        "UNION_TYPE_CHOICES",
                        "Value of field \"type\" must be one of (4,).",
                    );
                }
            }
        }
        Some(18) => {
            label(field, "label", true, path, problems);
            let inner = &field["component"];
            let path = format!("{path}.component");
            match inner["type"].as_u64() {
                Some(4) => {
                    if inner.get("label").is_some_and(|value| !value.is_null()) {
                        problems.add(
                            &format!("{path}.label"),
                            "BASE_TYPE_FORBIDDEN",
                            "A text input in a label has no label of its own",
                        );
                    }
                    check_text_input(inner, &path, problems);
                }
                Some(3 | 5..=8) => check_select(inner, &path, problems),
                Some(19) => custom_id(inner, &path, problems),
                _ => problems.add(
                    &format!("{path}.type"),
                    "UNION_TYPE_CHOICES",
                    "Value of field \"type\" must be one of (3, 4, 5, 6, 7, 8, 19).",
                ),
            }
        }
        Some(10) => {
            if field["content"].as_str().is_none_or(|text| text.trim().is_empty()) {
                problems.required(&format!("{path}.content"));
            }
        }
        _ => problems.add(
            &format!("{path}.type"),
            "UNION_TYPE_CHOICES",
            "Value of field \"type\" must be one of (1, 10, 18).",
        ),
    }
}

fn label(field: &Value, key: &str, needed: bool, path: &str, problems: &mut Problems) {
    match field[key].as_str() {
        Some(text) if text.chars().count() > limits::TEXT_INPUT_LABEL_MAX => {
            problems.bad_length(
                &format!("{path}.{key}"),
                limits::TEXT_INPUT_LABEL_MIN,
                limits::TEXT_INPUT_LABEL_MAX,
            );
        }
        Some(text) if !text.trim().is_empty() => {}
        _ if needed => problems.required(&format!("{path}.{key}")),
        _ => {}
    }
}

fn check_text_input(input: &Value, path: &str, problems: &mut Problems) {
    custom_id(input, path, problems);
    if !matches!(input["style"].as_u64(), Some(1 | 2)) {
        problems.choices(&format!("{path}.style"), "1, 2");
    }
    if let Some(text) = input["placeholder"].as_str()
        && text.chars().count() > limits::TEXT_INPUT_PLACEHOLDER_MAX
    {
        problems.too_long(&format!("{path}.placeholder"), limits::TEXT_INPUT_PLACEHOLDER_MAX);
    }
    let (least, most) = (small_number(input, "min_length"), small_number(input, "max_length"));
    if least.is_some_and(|least| !(0..=4000).contains(&least)) {
        problems.add(
            &format!("{path}.min_length"),
            "NUMBER_TYPE_MAX",
            "int value should be between 0 and 4000.",
        );
    }
    if most.is_some_and(|most| !(1..=4000).contains(&most)) {
        problems.add(
            &format!("{path}.max_length"),
            "NUMBER_TYPE_MAX",
            "int value should be between 1 and 4000.",
        );
    }
    if least.unwrap_or(0) > most.unwrap_or(4000) {
        problems.add(
            &format!("{path}.min_length"),
            "TEXT_INPUT_COMPONENT_INVALID_MIN_LENGTH",
            "min_length is more than max_length",
        );
    }
    if let Some(value) = input["value"].as_str().filter(|value| !value.is_empty()) {
        let count = i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
        if count > most.unwrap_or(4000) || count < least.unwrap_or(0) {
            problems.add(
                &format!("{path}.value"),
                "BASE_TYPE_BAD_LENGTH",
                &format!("Must be between {} and {} in length.", least.unwrap_or(0), most.unwrap_or(4000)),
            );
        }
    }
}
