//! Guilds, members, roles, the bot itself, and where the gateway is.

use serde_json::{Value, json};

use super::{Call, Outcome, ok};
use crate::error::{ApiError, Problems};
use crate::gateway::intents;
use crate::ids::{Id, parse_id};
use crate::permission;
use crate::view;
use crate::world::{Guild, World};

/// A guild that exists and that the bot is in.
pub(super) fn joined(world: &World, id: Id) -> Result<&Guild, ApiError> {
    let guild = world.guilds.get(&id).ok_or_else(ApiError::unknown_guild)?;
    if world.bot_in(id) { Ok(guild) } else { Err(ApiError::missing_access()) }
}

pub(super) fn get(world: &mut World, call: &Call) -> Outcome {
    let guild = joined(world, call.id(0)?)?;
    let mut out = view::guild(guild);
    if call.query("with_counts") == Some("true") {
        out["approximate_member_count"] = json!(guild.members.len());
        out["approximate_presence_count"] = json!(guild.members.len());
    }
    ok(out)
}

pub(super) fn channels(world: &mut World, call: &Call) -> Outcome {
    let guild = joined(world, call.id(0)?)?;
    ok(guild
        .channels
        .iter()
        .filter_map(|id| world.channel(*id))
        .map(|one| view::channel(world, one))
        .collect())
}

pub(super) fn roles(world: &mut World, call: &Call) -> Outcome {
    let guild = joined(world, call.id(0)?)?;
    ok(guild.roles.iter().map(|role| view::role(guild, role)).collect())
}

pub(super) fn role_member_counts(world: &mut World, call: &Call) -> Outcome {
    let guild = joined(world, call.id(0)?)?;
    let mut out = json!({});
    for role in guild.roles.iter().filter(|role| role.id != guild.id) {
        let count = guild.members.values().filter(|member| member.roles.contains(&role.id)).count();
        out[role.id.to_string()] = json!(count);
    }
    ok(out)
}

pub(super) fn members(world: &mut World, call: &Call) -> Outcome {
    let guild = joined(world, call.id(0)?)?;
    // The list of members is behind the privileged intent.
    if world.strictness.privileged_intents & intents::GUILD_MEMBERS == 0 {
        return Err(ApiError::missing_access());
    }
    let limit = call.query("limit").map_or(Ok(1), str::parse::<usize>).unwrap_or(0);
    if !(1..=1000).contains(&limit) {
        return Err(Problems::only("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 1000."));
    }
    let after = call.query("after").and_then(parse_id).unwrap_or(0);
    let page = guild.members.range(after + 1..).take(limit);
    ok(page.map(|(id, member)| view::member(world, *id, member)).collect())
}

pub(super) fn member(world: &mut World, call: &Call) -> Outcome {
    let guild = joined(world, call.id(0)?)?;
    let id = if call.text(1) == "@me" { return Err(ApiError::bots_cannot()) } else { call.id(1)? };
    match guild.members.get(&id) {
        Some(member) => ok(view::member(world, id, member)),
        None if world.users.contains_key(&id) => Err(ApiError::unknown_member()),
        None => Err(ApiError::unknown_user()),
    }
}

pub(super) fn no_such_for_bots(_world: &mut World, _call: &Call) -> Outcome {
    Err(ApiError::bots_cannot())
}

pub(super) fn active_threads(world: &mut World, call: &Call) -> Outcome {
    let guild = joined(world, call.id(0)?)?.id;
    let bot = world.application.bot_id;
    let shown: Vec<Value> = view::active_threads(world, guild)
        .into_iter()
        .filter(|thread| world.can_see(thread, bot))
        .map(|thread| view::channel(world, thread))
        .collect();
    ok(json!({ "threads": shown, "members": [] }))
}

pub(super) fn me(world: &mut World, _call: &Call) -> Outcome {
    ok(world.users.get(&world.application.bot_id).map_or(Value::Null, view::current_user))
}

pub(super) fn my_guilds(world: &mut World, _call: &Call) -> Outcome {
    let bot = world.application.bot_id;
    let mine = world.guilds.values().filter(|guild| guild.members.contains_key(&bot)).map(|guild| {
        json!({
            "id": guild.id.to_string(), "name": guild.name, "icon": null, "banner": null,
            "owner": guild.owner_id == bot, "permissions": permission::in_guild(guild, bot).to_string(), "features": [],
        })
    });
    ok(mine.collect())
}

pub(super) fn user(world: &mut World, call: &Call) -> Outcome {
    let user = world.users.get(&call.id(0)?).ok_or_else(ApiError::unknown_user)?;
    ok(view::user(user))
}

pub(super) fn application(world: &mut World, _call: &Call) -> Outcome {
    let application = &world.application;
    let owner = world.guilds.values().next().and_then(|guild| world.users.get(&guild.owner_id));
    ok(json!({
        "id": application.id.to_string(), "name": application.name, "icon": null, "description": "", "summary": "",
        "type": null, "is_monetized": false, "is_verified": false, "is_discoverable": false, "hook": true,
        "bot_public": true, "bot_require_code_grant": false, "flags": 0, "tags": [], "rpc_origins": [],
        "verify_key": "0000000000000000000000000000000000000000000000000000000000000000",
        "owner": owner.map(view::user), "team": null, "redirect_uris": [], "interactions_endpoint_url": null,
        "role_connections_verification_url": null, "integration_types_config": { "0": {} },
        "approximate_guild_count": world.guilds.len(), "approximate_user_install_count": 0,
        "bot": world.users.get(&application.bot_id).map(view::user),
    }))
}

pub(super) fn gateway(_world: &mut World, call: &Call) -> Outcome {
    ok(json!({ "url": format!("ws://{}", call.host) }))
}

pub(super) fn gateway_bot(world: &mut World, call: &Call) -> Outcome {
    let strictness = std::sync::Arc::clone(&world.strictness);
    let (remaining, reset_after) = world.sessions.starts_left(strictness.session_starts);
    ok(json!({
        "url": format!("ws://{}", call.host), "shards": strictness.shards,
        "session_start_limit": {
            "total": strictness.session_starts, "remaining": remaining, "reset_after": reset_after,
            "max_concurrency": strictness.max_concurrency,
        },
    }))
}
