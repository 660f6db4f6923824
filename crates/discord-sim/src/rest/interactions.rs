//! The first answer to an interaction: within three seconds, once, of a type that fits.

use std::time::Instant;

use serde_json::{Value, json};

use super::messages::{self, New};
use super::{Call, Outcome, done, ok};
use crate::error::{ApiError, Problems};
use crate::ids::Id;
use crate::interaction::{FirstAnswer, Interaction, InteractionKind};
use crate::page_feed::PageEvent;
use crate::validate::{self, COMPONENTS_V2, Draft, EPHEMERAL};
use crate::world::{AnsweredInteraction, Modal, World};

/// Discord's numbers for answers.
mod answer {
    pub(super) const MESSAGE: u64 = 4;
    pub(super) const DEFERRED_MESSAGE: u64 = 5;
    pub(super) const DEFERRED_UPDATE: u64 = 6;
    pub(super) const UPDATE: u64 = 7;
    pub(super) const CHOICES: u64 = 8;
    pub(super) const MODAL: u64 = 9;
}

pub(super) fn callback(world: &mut World, call: &Call) -> Outcome {
    let id = call.id(0)?;
    let known = world.interactions.get(&id).filter(|one| one.token == call.text(1));
    let Some(interaction) = known.cloned() else { return Err(ApiError::unknown_interaction()) };
    if interaction.answered.is_some() {
        return Err(ApiError::already_acknowledged());
    }
    if interaction.failed || interaction.too_late() {
        return Err(ApiError::unknown_interaction());
    }
    let kind = call.body["type"].as_u64();
    let allowed: &[u64] = match interaction.kind {
        InteractionKind::Command => &[answer::MESSAGE, answer::DEFERRED_MESSAGE, answer::MODAL],
        InteractionKind::Component => &[
            answer::MESSAGE,
            answer::DEFERRED_MESSAGE,
            answer::DEFERRED_UPDATE,
            answer::UPDATE,
            answer::MODAL,
        ],
        InteractionKind::Autocomplete => &[answer::CHOICES],
        InteractionKind::ModalSubmit if interaction.source_message.is_some() => {
            &[answer::MESSAGE, answer::DEFERRED_MESSAGE, answer::DEFERRED_UPDATE, answer::UPDATE]
        }
        InteractionKind::ModalSubmit => &[answer::MESSAGE, answer::DEFERRED_MESSAGE],
    };
    let Some(kind) = kind.filter(|kind| allowed.contains(kind)) else {
        let list: Vec<String> = allowed.iter().map(u64::to_string).collect();
        return Err(Problems::only(
            "type",
            "BASE_TYPE_CHOICES",
            &format!("Value must be one of {{{}}}.", list.join(", ")),
        ));
    };
    let first = match kind {
        answer::MESSAGE => message(world, &interaction, &call.body["data"])?,
        answer::DEFERRED_MESSAGE => defer(world, &interaction, &call.body["data"])?,
        answer::DEFERRED_UPDATE => FirstAnswer::DeferredUpdate,
        answer::UPDATE => update(world, &interaction, &call.body["data"])?,
        answer::CHOICES => {
            validate::check_choices(&call.body["data"], interaction.option_kind)?;
            FirstAnswer::Choices(call.body["data"]["choices"].as_array().cloned().unwrap_or_default())
        }
        _ => modal(world, &interaction, &call.body["data"])?,
    };
    let original = match &first {
        FirstAnswer::Message(message) | FirstAnswer::Deferred(message) | FirstAnswer::Updated(message) => {
            Some(*message)
        }
        FirstAnswer::DeferredUpdate => interaction.source_message,
        FirstAnswer::Choices(_) | FirstAnswer::Modal(_) => None,
    };
    // A form stays on the screen until it was answered.
    if let Some(form) = interaction.form.and_then(|id| world.modals.get_mut(&id)) {
        form.open = false;
    }
    if let Some(interaction) = world.interactions.get_mut(&id) {
        interaction.answered = Some(Instant::now());
        interaction.first = Some(first);
        interaction.original = original;
    }
    if call.query("with_response") == Some("true") {
        return ok(with_response(world, &interaction, kind, original));
    }
    done()
}

fn with_response(world: &World, interaction: &Interaction, kind: u64, original: Option<Id>) -> Value {
    let mut out = json!({
        "interaction": { "id": interaction.id.to_string(), "type": interaction.kind.number() },
        "resource": { "type": kind },
    });
    if let Some(message) = original.and_then(|id| world.messages.get(&id)) {
        out["interaction"]["response_message_id"] = json!(message.id.to_string());
        out["interaction"]["response_message_loading"] = json!(message.thinking);
        out["interaction"]["response_message_ephemeral"] = json!(message.ephemeral_for.is_some());
        out["resource"]["message"] = messages::for_bot(world, message.id);
    }
    out
}

/// What a message says about the interaction that it answers.
pub(super) fn credit(world: &World, interaction: &Interaction) -> AnsweredInteraction {
    let form = interaction.form.and_then(|id| world.modals.get(&id));
    AnsweredInteraction {
        id: interaction.id,
        kind: interaction.kind.number(),
        user: interaction.user,
        text: interaction.text.clone(),
        name: interaction.name.clone(),
        on: interaction.source_message,
        opener: form.map(|form| Box::new(form.opener.clone())),
    }
}

/// Writes an answer where the interaction was used.
pub(super) fn reply(world: &mut World, interaction: &Interaction, draft: &Draft, thinking: bool) -> Id {
    let kind = match interaction.kind {
        InteractionKind::Command if interaction.message_command => 23,
        InteractionKind::Command => 20,
        InteractionKind::Component | InteractionKind::Autocomplete | InteractionKind::ModalSubmit => 0,
    };
    let credited = credit(world, interaction);
    let author = world.application.bot_id;
    messages::write(
        world,
        New {
            channel: interaction.channel,
            author,
            kind,
            draft,
            flags: draft.flags,
            ephemeral_for: (draft.flags & EPHEMERAL != 0).then_some(interaction.user),
            thinking,
            interaction: Some(credited),
            reference: None,
        },
    )
}

fn message(world: &mut World, interaction: &Interaction, data: &Value) -> Result<FirstAnswer, ApiError> {
    let draft = validate::draft_at(data, "data.", false)?;
    if messages::is_empty(&draft) {
        return Err(ApiError::empty_message());
    }
    Ok(FirstAnswer::Message(reply(world, interaction, &draft, false)))
}

fn defer(world: &mut World, interaction: &Interaction, data: &Value) -> Result<FirstAnswer, ApiError> {
    // Only whether others see it can be said now.
    let draft = validate::draft(&json!({ "flags": data["flags"].as_u64().unwrap_or(0) & EPHEMERAL }), false)?;
    Ok(FirstAnswer::Deferred(reply(world, interaction, &draft, true)))
}

fn update(world: &mut World, interaction: &Interaction, data: &Value) -> Result<FirstAnswer, ApiError> {
    let source = interaction.source_message.and_then(|id| world.messages.get(&id)).filter(|one| !one.deleted);
    let Some(source) = source else { return Err(ApiError::unknown_message()) };
    let (id, v2) = (source.id, source.flags & COMPONENTS_V2 != 0);
    let draft = validate::draft_at(data, "data.", v2)?;
    messages::change(world, id, &draft, false)?;
    Ok(FirstAnswer::Updated(id))
}

fn modal(world: &mut World, interaction: &Interaction, data: &Value) -> Result<FirstAnswer, ApiError> {
    validate::modal(data)?;
    let opener = credit(world, interaction);
    let id = world.ids.make();
    // A person has one form open: a new one takes the place of the last.
    for modal in world.modals.values_mut().filter(|modal| modal.user == interaction.user) {
        modal.open = false;
    }
    world.modals.insert(
        id,
        Modal {
            id,
            user: interaction.user,
            channel: interaction.channel,
            title: data["title"].as_str().unwrap_or_default().to_owned(),
            custom_id: data["custom_id"].as_str().unwrap_or_default().to_owned(),
            components: data["components"].as_array().cloned().unwrap_or_default(),
            opened_from: interaction.source_message,
            opener,
            open: true,
        },
    );
    world.tell_page(PageEvent::Modal { user: interaction.user, id });
    Ok(FirstAnswer::Modal(id))
}

/// Forgets interactions whose token has died, and gives up on deferred answers that never came.
pub(crate) fn forget_expired(world: &mut World) {
    while let Some((sent, id)) = world.interaction_order.front().copied() {
        if sent.elapsed() < crate::interaction::TOKEN_LIFE {
            return;
        }
        world.interaction_order.pop_front();
        if let Some(interaction) = world.interactions.remove(&id) {
            world.interaction_tokens.remove(&interaction.token);
            if let Some(FirstAnswer::Modal(form)) = interaction.first {
                world.modals.remove(&form);
            }
        }
    }
}
