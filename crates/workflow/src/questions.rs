//! Questions of policy: an item of its own for the policy owner, in the commit of the decision that raised it; and what has to
//! stay the same in both.

use kaizen_domain::suggestion::{self, Command, Event, Fact};
use kaizen_domain::{Actor, Instant};

use crate::engine::{Engine, Failure, broken, prepare};
use crate::ports::{ItemCommit, Loaded, Stored};

/// The item of its own in which the policy owner is asked, beside the decision that raised the question.
pub(crate) fn question(item: &Stored, loaded: &Loaded, now: Instant) -> Result<ItemCommit, Failure> {
    let actor = Actor::Member(loaded.actor.clone());
    let event = suggestion::question_policy(&item.suggestion, item.number, &actor, &loaded.policy, now);
    let Some(after) = suggestion::apply(None, &event) else {
        return Err(Failure::internal(&broken("a question of policy did not make a suggestion")));
    };
    let mut made = prepare(None, after, vec![event], &loaded.policy);
    made.channel = item.card.map(|c| c.channel);
    Ok(made)
}

impl Engine {
    /// Words that are taken out of an idea leave the question of policy that was put in the same words too, and the other
    /// way round.
    pub(crate) async fn redact_along(
        &self,
        item: &Stored,
        loaded: &Loaded,
        words: &[String],
        now: Instant,
    ) -> Result<Option<ItemCommit>, Failure> {
        let s = &item.suggestion;
        let Some(number) = s.policy_question.or(s.questions) else { return Ok(None) };
        let along =
            self.store.load_item(loaded.workspace, number).await.map_err(|e| Failure::internal(&e))?;
        let Some((_, along)) = along else { return Ok(None) };
        if !self.occurs(loaded, &along, words).await? {
            return Ok(None);
        }
        let events = vec![Event { at: now, by: Actor::System.who(), fact: Fact::Redacted }];
        let command = Command::Redact { words: words.to_vec() };
        self.follow_up(&along, &loaded.policy, events, &command).map(Some)
    }
}
