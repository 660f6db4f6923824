//! Interactions: what people do that the bot has three seconds to answer, once.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::ids::Id;

/// Within this the first answer must come.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// So long an answer can be followed up or edited.
pub const TOKEN_LIFE: Duration = Duration::from_secs(15 * 60);

/// Types of interactions, as Discord numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InteractionKind {
    /// A slash command or a message command.
    Command,
    /// A button or select.
    Component,
    /// Completing an option.
    Autocomplete,
    /// A form that was sent.
    ModalSubmit,
}

impl InteractionKind {
    pub(crate) fn number(self) -> u8 {
        match self {
            InteractionKind::Command => 2,
            InteractionKind::Component => 3,
            InteractionKind::Autocomplete => 4,
            InteractionKind::ModalSubmit => 5,
        }
    }
}

/// The first answer that the bot gave.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FirstAnswer {
    /// A message (4).
    Message(Id),
    /// A message will come (5); the thinking one stands there until then.
    Deferred(Id),
    /// The message that was pressed will change (6).
    DeferredUpdate,
    /// The message that was pressed changed (7).
    Updated(Id),
    /// Choices for an option (8).
    Choices(Vec<Value>),
    /// A form opened (9).
    Modal(Id),
}

/// One interaction.
#[derive(Debug, Clone)]
pub(crate) struct Interaction {
    pub(crate) id: Id,
    pub(crate) token: String,
    pub(crate) kind: InteractionKind,
    pub(crate) user: Id,
    pub(crate) guild: Option<Id>,
    pub(crate) channel: Id,
    pub(crate) sent: Instant,
    pub(crate) answered: Option<Instant>,
    pub(crate) first: Option<FirstAnswer>,
    /// The message that `@original` is.
    pub(crate) original: Option<Id>,
    pub(crate) original_edits: u32,
    pub(crate) followups: Vec<Id>,
    /// The message whose component was pressed, or whose component opened the form.
    pub(crate) source_message: Option<Id>,
    /// Of the message that a message command was used on.
    pub(crate) message_command: bool,
    pub(crate) text: String,
    pub(crate) name: String,
    /// The form that was sent.
    pub(crate) form: Option<Id>,
    /// The type of the option that is being completed.
    pub(crate) option_kind: u64,
    pub(crate) failed: bool,
}

impl Interaction {
    pub(crate) fn too_late(&self) -> bool {
        self.sent.elapsed() >= ANSWER_WITHIN
    }

    pub(crate) fn token_expired(&self) -> bool {
        self.sent.elapsed() >= TOKEN_LIFE
    }

    /// A deferred message that has not come yet.
    pub(crate) fn waiting_for_message(&self) -> Option<Id> {
        match self.first {
            Some(FirstAnswer::Deferred(id)) => Some(id),
            Some(
                FirstAnswer::Message(_)
                | FirstAnswer::DeferredUpdate
                | FirstAnswer::Updated(_)
                | FirstAnswer::Choices(_)
                | FirstAnswer::Modal(_),
            )
            | None => None,
        }
    }
}
