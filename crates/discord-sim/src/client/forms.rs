//! Choosing in selects, and filling forms.

use serde_json::{Map, Value, json};

use super::{ClientRefusal, Resolved, Send, refuse, send};
use crate::ids::Id;
use crate::interaction::InteractionKind;
use crate::world::{Modal, World};

/// What is chosen in a select, by value or label; people, roles and channels by name or id.
pub(super) fn choose(
    world: &World,
    channel: Id,
    user: Id,
    select: &Value,
    chosen: &[String],
) -> Result<(Vec<String>, Option<Value>), ClientRefusal> {
    let guild = world.channel(channel).and_then(|channel| channel.guild_id);
    let mut resolved = Resolved::default();
    let mut values = Vec::new();
    for one in chosen {
        let value = match select["type"].as_u64() {
            Some(3) => {
                let options = select["options"].as_array().map(Vec::as_slice).unwrap_or_default();
                let found = options
                    .iter()
                    .find(|option| option["value"] == *one.as_str())
                    .or_else(|| options.iter().find(|option| option["label"] == *one.as_str()));
                match found.and_then(|option| option["value"].as_str()) {
                    Some(value) => value.to_owned(),
                    None => return refuse(format!("{one:?} is not among the choices")),
                }
            }
            Some(5) => resolved.user(world, guild, one)?.to_string(),
            Some(6) => resolved.role(world, guild, one)?.to_string(),
            Some(7) => match resolved.user(world, guild, one) {
                Ok(id) => id.to_string(),
                Err(_) => resolved.role(world, guild, one)?.to_string(),
            },
            Some(8) => resolved.channel(world, user, one)?.to_string(),
            _ => return refuse("this is not something to choose from"),
        };
        values.push(value);
    }
    let least = usize::try_from(select["min_values"].as_u64().unwrap_or(1)).unwrap_or(usize::MAX);
    let most = usize::try_from(select["max_values"].as_u64().unwrap_or(1)).unwrap_or(usize::MAX);
    if values.len() < least || values.len() > most {
        return refuse(format!("between {least} and {most} are to be chosen"));
    }
    Ok((values, resolved.into_json()))
}

/// Sends a form. Fields are named by custom id or label; what is not given keeps what stood in it.
pub(crate) fn submit(
    world: &mut World,
    user: Id,
    modal: Id,
    values: &Map<String, Value>,
) -> Result<Id, ClientRefusal> {
    let Some(form) = world.modals.get(&modal).filter(|form| form.user == user && form.open).cloned() else {
        return refuse("this form is not open any more");
    };
    let mut used = Vec::new();
    let mut resolved_all = None;
    let mut components = Vec::new();
    for field in &form.components {
        components.push(fill(world, &form, field, values, (&mut used, &mut resolved_all))?);
    }
    if let Some(unknown) = values.keys().find(|key| !used.contains(key)) {
        return refuse(format!("the form has no field {unknown:?}"));
    }
    let mut data = json!({ "custom_id": form.custom_id, "components": components });
    if let Some(resolved) = resolved_all {
        data["resolved"] = resolved;
    }
    Ok(send(
        world,
        Send {
            kind: InteractionKind::ModalSubmit,
            user,
            channel: form.channel,
            data,
            source: form.opened_from,
            message_command: false,
            text: form.title.clone(),
            name: String::new(),
            option_kind: 0,
            form: Some(modal),
        },
    ))
}

type Found<'a, 'b> = (&'a mut Vec<&'b String>, &'a mut Option<Value>);

fn fill<'b>(
    world: &World,
    form: &Modal,
    field: &Value,
    values: &'b Map<String, Value>,
    (used, resolved): Found<'_, 'b>,
) -> Result<Value, ClientRefusal> {
    let id = field.get("id").cloned().unwrap_or(json!(1));
    match field["type"].as_u64() {
        Some(1) => {
            let input = &field["components"][0];
            let label = input["label"].as_str().unwrap_or_default();
            let filled = fill_input(input, label, given(input, label, values, used))?;
            Ok(json!({ "type": 1, "id": id, "components": [filled] }))
        }
        Some(18) => {
            let inner = &field["component"];
            let label = field["label"].as_str().unwrap_or_default();
            let value = given(inner, label, values, used);
            let filled = if inner["type"] == 4 {
                fill_input(inner, label, value)?
            } else {
                let chosen: Vec<String> = match value {
                    Some(Value::Array(list)) => {
                        list.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect()
                    }
                    Some(Value::String(one)) => vec![one.clone()],
                    Some(_) | None => Vec::new(),
                };
                if chosen.is_empty() && inner["required"] != false {
                    return refuse(format!("{label:?} must be filled"));
                }
                let (chosen, found) = if chosen.is_empty() {
                    (Vec::new(), None)
                } else {
                    choose(world, form.channel, form.user, inner, &chosen)?
                };
                *resolved = found.or(resolved.take());
                json!({ "type": inner["type"], "id": 2, "custom_id": inner["custom_id"], "values": chosen })
            };
            Ok(json!({ "type": 18, "id": id, "component": filled }))
        }
        _ => Ok(json!({ "type": field["type"], "id": id })),
    }
}

fn given<'b>(
    input: &Value,
    label: &str,
    values: &'b Map<String, Value>,
    used: &mut Vec<&'b String>,
) -> Option<&'b Value> {
    let id = input["custom_id"].as_str().unwrap_or_default();
    let (key, value) = values.get_key_value(id).or_else(|| values.get_key_value(label))?;
    used.push(key);
    Some(value)
}

fn fill_input(input: &Value, label: &str, value: Option<&Value>) -> Result<Value, ClientRefusal> {
    let text = match value {
        Some(Value::String(text)) => text.clone(),
        Some(other) if !other.is_null() => other.to_string(),
        Some(_) | None => input["value"].as_str().unwrap_or_default().to_owned(),
    };
    let count = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
    if text.is_empty() {
        if input["required"].as_bool().unwrap_or(true) {
            return refuse(format!("{label:?} must be filled"));
        }
    } else {
        let least = input["min_length"].as_u64().unwrap_or(0);
        let most = input["max_length"].as_u64().unwrap_or(4000);
        if count < least || count > most {
            return refuse(format!("{label:?} has between {least} and {most} characters, not {count}"));
        }
    }
    Ok(json!({ "type": 4, "id": 2, "custom_id": input["custom_id"], "value": text }))
}
