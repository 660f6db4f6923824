//! Registering commands.

use serde_json::{Value, json};

use super::guilds::joined;
use super::{Call, Outcome, done, ok};
use crate::error::{ApiError, Problems};
use crate::ids::Id;
use crate::page_feed::PageEvent;
use crate::validate;
use crate::world::World;

fn own_application(world: &World, call: &Call) -> Result<(), ApiError> {
    match call.id(0)? {
        id if id == world.application.id => Ok(()),
        // Somebody else's commands are out of reach.
        _ => Err(ApiError::unknown_application()),
    }
}

pub(super) fn list(world: &mut World, call: &Call) -> Outcome {
    own_application(world, call)?;
    ok(json!(world.commands.global))
}

pub(super) fn list_of_guild(world: &mut World, call: &Call) -> Outcome {
    own_application(world, call)?;
    let guild = joined(world, call.id(1)?)?.id;
    ok(json!(world.commands.by_guild.get(&guild).cloned().unwrap_or_default()))
}

pub(super) fn overwrite(world: &mut World, call: &Call) -> Outcome {
    own_application(world, call)?;
    let fresh = registered(world, &call.body, None)?;
    world.commands.global.clone_from(&fresh);
    finish(world, fresh)
}

pub(super) fn overwrite_of_guild(world: &mut World, call: &Call) -> Outcome {
    own_application(world, call)?;
    let guild = joined(world, call.id(1)?)?.id;
    let fresh = registered(world, &call.body, Some(guild))?;
    world.commands.by_guild.insert(guild, fresh.clone());
    finish(world, fresh)
}

fn finish(world: &mut World, fresh: Vec<Value>) -> Outcome {
    world.commands.overwrites += 1;
    world.tell_page(PageEvent::Commands);
    ok(Value::Array(fresh))
}

fn registered(world: &mut World, body: &Value, guild: Option<Id>) -> Result<Vec<Value>, ApiError> {
    let list = validate::commands(body)?;
    let known: Vec<Value> = match guild {
        Some(guild) => world.commands.by_guild.get(&guild).cloned().unwrap_or_default(),
        None => world.commands.global.clone(),
    };
    let mut out = Vec::new();
    for command in list {
        if command["type"] == 4 {
            return Err(Problems::only("type", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3}."));
        }
        out.push(complete(world, &command, &known, guild));
    }
    Ok(out)
}

/// As Discord returns it: with ids, a version, and every field filled in. The same name keeps its id.
fn complete(world: &mut World, command: &Value, known: &[Value], guild: Option<Id>) -> Value {
    let kind = command["type"].as_u64().unwrap_or(1);
    let same = known.iter().find(|one| one["name"] == command["name"] && one["type"] == json!(kind));
    let id = same.map_or_else(|| json!(world.ids.make().to_string()), |one| one["id"].clone());
    let mut out = json!({
        "id": id, "application_id": world.application.id.to_string(), "version": world.ids.make().to_string(),
        "default_member_permissions": command["default_member_permissions"], "type": kind, "name": command["name"],
        "name_localizations": command["name_localizations"],
        "description": command["description"].as_str().unwrap_or_default(),
        "description_localizations": command["description_localizations"],
        "nsfw": command["nsfw"].as_bool().unwrap_or(false), "integration_types": [0], "contexts": command["contexts"],
    });
    if let Some(types) = command["integration_types"].as_array() {
        out["integration_types"] = json!(types);
    }
    if let Some(options) = command["options"].as_array().filter(|options| !options.is_empty()) {
        out["options"] = Value::Array(options.iter().map(clean_option).collect());
    }
    match guild {
        Some(guild) => out["guild_id"] = json!(guild.to_string()),
        None => out["dm_permission"] = json!(command["dm_permission"].as_bool().unwrap_or(true)),
    }
    out
}

/// Discord leaves out what is at its default.
fn clean_option(option: &Value) -> Value {
    let mut out = option.clone();
    if let Some(map) = out.as_object_mut() {
        map.retain(|key, value| {
            let default = value.is_null()
                || (value == false && matches!(key.as_str(), "required" | "autocomplete"))
                || (value.as_array().is_some_and(Vec::is_empty)
                    && matches!(key.as_str(), "choices" | "options" | "channel_types"));
            !default
        });
    }
    if let Some(inner) = out.get_mut("options").and_then(Value::as_array_mut) {
        for option in inner {
            *option = clean_option(option);
        }
    }
    out
}

pub(super) fn delete(world: &mut World, call: &Call) -> Outcome {
    own_application(world, call)?;
    let id = call.id(1)?.to_string();
    remove(&mut world.commands.global, &id)?;
    world.tell_page(PageEvent::Commands);
    done()
}

pub(super) fn delete_of_guild(world: &mut World, call: &Call) -> Outcome {
    own_application(world, call)?;
    let guild = joined(world, call.id(1)?)?.id;
    let id = call.id(2)?.to_string();
    remove(world.commands.by_guild.entry(guild).or_default(), &id)?;
    world.tell_page(PageEvent::Commands);
    done()
}

fn remove(list: &mut Vec<Value>, id: &str) -> Result<(), ApiError> {
    let at = list.iter().position(|command| command["id"] == *id).ok_or_else(ApiError::unknown_command)?;
    list.remove(at);
    Ok(())
}
