//! What follows the first answer: follow-ups and edits, with the interaction's token, for 15 minutes.

use super::interactions::reply;
use super::messages;
use super::{Call, Outcome, done, ok};
use crate::error::ApiError;
use crate::ids::{Id, parse_id};
use crate::interaction::Interaction;
use crate::validate::{self, COMPONENTS_V2};
use crate::world::World;

/// The interaction of a token that still lives.
fn interaction(world: &World, call: &Call) -> Result<Interaction, ApiError> {
    if call.id(0)? != world.application.id {
        return Err(ApiError::unknown_webhook());
    }
    let id = world.interaction_tokens.get(call.text(1)).ok_or_else(ApiError::unknown_webhook)?;
    let interaction = world.interactions.get(id).ok_or_else(ApiError::unknown_webhook)?;
    if interaction.token_expired() {
        return Err(ApiError::invalid_webhook_token());
    }
    if interaction.answered.is_none() {
        return Err(ApiError::unknown_webhook());
    }
    Ok(interaction.clone())
}

/// The message that is meant: `@original`, or one of the follow-ups.
fn meant(world: &World, interaction: &Interaction, text: &str) -> Result<Id, ApiError> {
    let id = if text == "@original" {
        interaction.original
    } else {
        parse_id(text).filter(|id| interaction.original == Some(*id) || interaction.followups.contains(id))
    };
    id.filter(|id| world.messages.get(id).is_some_and(|message| !message.deleted))
        .ok_or_else(ApiError::unknown_message)
}

pub(super) fn follow_up(world: &mut World, call: &Call) -> Outcome {
    let asked = interaction(world, call)?;
    let draft = validate::draft(&call.body, false)?;
    if messages::is_empty(&draft) {
        return Err(ApiError::empty_message());
    }
    // The first follow-up to a deferred answer is that answer.
    let waiting = asked
        .waiting_for_message()
        .filter(|id| world.messages.get(id).is_some_and(|message| message.thinking && !message.deleted));
    if let Some(id) = waiting {
        messages::change(world, id, &draft, true)?;
        note_edit(world, asked.id);
        return ok(messages::for_bot(world, id));
    }
    let id = reply(world, &asked, &draft, false);
    if let Some(interaction) = world.interactions.get_mut(&asked.id) {
        interaction.followups.push(id);
    }
    ok(messages::for_bot(world, id))
}

fn note_edit(world: &mut World, interaction: Id) {
    if let Some(interaction) = world.interactions.get_mut(&interaction) {
        interaction.original_edits += 1;
    }
}

pub(super) fn get(world: &mut World, call: &Call) -> Outcome {
    let asked = interaction(world, call)?;
    let id = meant(world, &asked, call.text(2))?;
    ok(messages::for_bot(world, id))
}

pub(super) fn edit(world: &mut World, call: &Call) -> Outcome {
    let asked = interaction(world, call)?;
    let id = meant(world, &asked, call.text(2))?;
    let (v2, fresh) = world
        .messages
        .get(&id)
        .map_or((false, false), |message| (message.flags & COMPONENTS_V2 != 0, message.thinking));
    let draft = validate::draft(&call.body, v2)?;
    messages::change(world, id, &draft, fresh)?;
    if asked.original == Some(id) {
        note_edit(world, asked.id);
    }
    ok(messages::for_bot(world, id))
}

pub(super) fn delete(world: &mut World, call: &Call) -> Outcome {
    let asked = interaction(world, call)?;
    let id = meant(world, &asked, call.text(2))?;
    messages::remove(world, id);
    done()
}
