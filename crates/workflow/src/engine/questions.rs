//! When a question reached its author: the manager's clock stands still only while the author really has it.

use kaizen_domain::suggestion::Command;
use kaizen_domain::{Instant, Number, WorkspaceId};

use super::Engine;
use crate::ports::StoreError;

impl Engine {
    /// The question that was asked then was delivered, or cannot be.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn question_delivery(
        &self,
        item: (WorkspaceId, Number),
        asked_at: Instant,
        delivered: bool,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        // The usual case costs nothing.
        if delivered && now <= asked_at {
            return Ok(());
        }
        if self.move_item(item, &Command::QuestionDelivery { asked_at, delivered }, now).await? {
            self.outbox_nudge.notify_one();
            self.timer_nudge.notify_one();
        }
        Ok(())
    }
}
