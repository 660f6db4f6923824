//! What comes back for something that a person did.

use std::sync::Arc;
use std::time::Duration;

use crate::ids::Id;
use crate::interaction::{ANSWER_WITHIN, FirstAnswer, Interaction};
use crate::sim::{Shared, WaitFailed};
use crate::world::{Message, Modal, World};

/// How long a deferred answer is waited for, at most.
const PATIENCE: Duration = Duration::from_secs(20);
/// How much longer than the three seconds a first answer is waited for: failing is seen a moment after them.
const GRACE: Duration = Duration::from_secs(2);

/// The first answer to an interaction.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A message; see its `ephemeral_for`.
    Message(Message),
    /// "… is thinking".
    Deferred,
    /// The pressed message will change, or stays as it is.
    DeferredUpdate,
    /// The pressed message changed.
    Updated(Message),
    /// A form opened.
    Modal(Modal),
    /// Choices for an option.
    Choices(Vec<Choice>),
    /// "The application did not respond".
    Failed,
}

/// A choice that an option is completed with.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// What people see.
    pub name: String,
    /// What is sent.
    pub value: serde_json::Value,
}

/// What was waited for did not come, or something else came.
#[derive(Clone, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub String);

impl std::fmt::Debug for NoAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Tests show errors this way: a conversation reads better than an escaped string.
        write!(f, "{}", self.0)
    }
}

impl From<WaitFailed> for NoAnswer {
    fn from(error: WaitFailed) -> Self {
        NoAnswer(error.to_string())
    }
}

/// One interaction, from what the person did to what came of it.
#[derive(Clone)]
pub struct Exchange {
    shared: Arc<Shared>,
    id: Id,
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchange").field("interaction", &self.id).finish_non_exhaustive()
    }
}

impl Exchange {
    pub(crate) fn new(shared: &Arc<Shared>, id: Id) -> Self {
        Exchange { shared: Arc::clone(shared), id }
    }

    /// The interaction's id.
    #[must_use]
    pub fn interaction_id(&self) -> Id {
        self.id
    }

    async fn look<T>(
        &self,
        patience: Duration,
        mut look: impl FnMut(&World, &Interaction) -> Option<T>,
    ) -> Result<T, WaitFailed> {
        let id = self.id;
        self.shared
            .wait_for(patience, |world| world.interactions.get(&id).and_then(|one| look(world, one)))
            .await
    }

    /// Waits for the first answer, or for the three seconds to pass.
    pub async fn first(&self) -> Answer {
        let found = self
            .look(ANSWER_WITHIN + GRACE, |world, one| {
                if one.failed {
                    Some(Answer::Failed)
                } else {
                    one.first.as_ref().map(|first| answer(world, first))
                }
            })
            .await;
        found.unwrap_or(Answer::Failed)
    }

    /// Waits until the answer is complete: a deferred one until it is filled in or the pressed message changed.
    ///
    /// # Errors
    /// When nothing comes; the error shows the whole conversation.
    pub async fn settled(&self) -> Result<Answer, NoAnswer> {
        match self.first().await {
            Answer::Deferred => {
                let found = self.look(PATIENCE, |world, one| {
                    one.original
                        .and_then(|id| world.message(id))
                        .filter(|message| !message.thinking || message.deleted)
                        .cloned()
                });
                Ok(Answer::Message(found.await?))
            }
            Answer::DeferredUpdate => {
                let found = self.look(PATIENCE, |world, one| {
                    let edited = one.original.filter(|_| one.original_edits > 0);
                    if let Some(message) = edited.and_then(|id| world.message(id)) {
                        return Some(Answer::Updated(message.clone()));
                    }
                    one.followups.first().and_then(|id| world.message(*id)).cloned().map(Answer::Message)
                });
                Ok(found.await?)
            }
            Answer::Failed => {
                let transcript = self.shared.with(|world| world.transcript());
                Err(NoAnswer(format!(
                    "the application did not respond; the conversation until then:\n{transcript}"
                )))
            }
            other @ (Answer::Message(_) | Answer::Updated(_) | Answer::Modal(_) | Answer::Choices(_)) => {
                Ok(other)
            }
        }
    }

    /// The message that the answer came to: a new one, or the pressed one as it is now.
    ///
    /// # Errors
    /// When there was no answer, or it was a form.
    pub async fn message(&self) -> Result<Message, NoAnswer> {
        match self.settled().await? {
            Answer::Message(message) | Answer::Updated(message) => Ok(message),
            other @ (Answer::Deferred
            | Answer::DeferredUpdate
            | Answer::Modal(_)
            | Answer::Choices(_)
            | Answer::Failed) => Err(NoAnswer(format!("the answer is no message, but: {other:?}"))),
        }
    }

    /// Everything that the answering message says.
    ///
    /// # Errors
    /// When there was no answer, or it was a form.
    pub async fn text(&self) -> Result<String, NoAnswer> {
        self.message().await.map(|message| message.all_text())
    }

    /// The form that opened.
    ///
    /// # Errors
    /// When none did.
    pub async fn modal(&self) -> Result<Modal, NoAnswer> {
        match self.first().await {
            Answer::Modal(modal) => Ok(modal),
            other @ (Answer::Message(_)
            | Answer::Deferred
            | Answer::DeferredUpdate
            | Answer::Updated(_)
            | Answer::Choices(_)
            | Answer::Failed) => Err(NoAnswer(format!("the answer is no form, but: {other:?}"))),
        }
    }

    /// The choices offered for an option.
    ///
    /// # Errors
    /// When none came.
    pub async fn choices(&self) -> Result<Vec<Choice>, NoAnswer> {
        match self.first().await {
            Answer::Choices(choices) => Ok(choices),
            other @ (Answer::Message(_)
            | Answer::Deferred
            | Answer::DeferredUpdate
            | Answer::Updated(_)
            | Answer::Modal(_)
            | Answer::Failed) => Err(NoAnswer(format!("no choices came, but: {other:?}"))),
        }
    }

    /// Waits for a number of follow-ups.
    ///
    /// # Errors
    /// When they do not come in time.
    pub async fn follow_ups(&self, count: usize) -> Result<Vec<Message>, WaitFailed> {
        self.look(PATIENCE, |world, one| {
            (one.followups.len() >= count)
                .then(|| one.followups.iter().filter_map(|id| world.message(*id)).cloned().collect())
        })
        .await
    }

    /// Waits until the answering message satisfies a condition: for answers that are edited once more.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn message_when(
        &self,
        mut so: impl FnMut(&Message) -> bool,
        timeout: Duration,
    ) -> Result<Message, WaitFailed> {
        self.look(timeout, |world, one| {
            one.original.and_then(|id| world.message(id)).filter(|message| so(message)).cloned()
        })
        .await
    }

    /// From the dispatch of the event to the first answer, once there is one.
    #[must_use]
    pub fn latency(&self) -> Option<Duration> {
        self.shared.with(|world| {
            let one = world.interactions.get(&self.id)?;
            one.answered.map(|at| at.duration_since(one.sent))
        })
    }
}

fn answer(world: &World, first: &FirstAnswer) -> Answer {
    match first {
        FirstAnswer::Message(id) => world.message(*id).cloned().map_or(Answer::Failed, Answer::Message),
        FirstAnswer::Updated(id) => world.message(*id).cloned().map_or(Answer::Failed, Answer::Updated),
        FirstAnswer::Deferred(_) => Answer::Deferred,
        FirstAnswer::DeferredUpdate => Answer::DeferredUpdate,
        FirstAnswer::Modal(id) => world.modals.get(id).cloned().map_or(Answer::Failed, Answer::Modal),
        FirstAnswer::Choices(list) => Answer::Choices(
            list.iter()
                .map(|one| Choice {
                    name: one["name"].as_str().unwrap_or_default().to_owned(),
                    value: one["value"].clone(),
                })
                .collect(),
        ),
    }
}
