//! Where ideas are shown: when a channel or a thread is deleted, what is open goes on elsewhere at once, and whoever owes the next
//! response is told there.
//!
//! A channel that is gone is part of the settings ([`Policy::gone`]). Saving it marks the workspace as every change of them does,
//! so the sweep that looks after people finds what stood there; each idea leaves a place once. What cannot be told by an
//! event (the program was down) is found by the next delivery there.

use kaizen_domain::suggestion::Command;
use kaizen_domain::{ChannelId, GuildId, Policy, settings};
use tracing::info;

use super::{Engine, TRIES};
use crate::ports::{StoreError, Stored, Workspace};

/// The place that an idea is to leave: it is gone, and there is another.
pub(super) fn gone(item: &Stored, policy: &Policy) -> Option<ChannelId> {
    let place = item.card?;
    let team = item.suggestion.team;
    policy.home(team)?;
    // A forum's post is a thread: the forum itself is the team's channel.
    let stands_in =
        if place.thread == Some(place.channel) { policy.team(team)?.channel? } else { place.channel };
    let left = item.suggestion.left_place == Some(stands_in);
    (!left && policy.gone.contains(&stands_in)).then_some(stands_in)
}

impl Engine {
    /// A channel or a thread was deleted, or turned out to be gone.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn channel_gone(&self, guild: GuildId, channel: ChannelId) -> Result<(), StoreError> {
        let Some(workspace) = self.store.workspace(guild).await? else { return Ok(()) };
        if let Some(number) = self.queries.in_thread(workspace.id, channel).await? {
            let now = self.clock.now();
            let place_anew = Command::PlaceAnew { from: channel };
            if self.move_item((workspace.id, number), &place_anew, now).await? {
                self.outbox_nudge.notify_one();
            }
            return Ok(());
        }
        let of_a_team =
            |w: &Workspace| w.policy.teams.iter().any(|t| !t.removed && t.channel == Some(channel));
        let matters = of_a_team(&workspace) || self.queries.any_in_channel(workspace.id, channel).await?;
        for _ in 0..TRIES {
            let Some(workspace) = self.store.workspace(guild).await? else { return Ok(()) };
            if !matters || workspace.policy.gone.contains(&channel) {
                return Ok(());
            }
            let policy = settings::lose_channel(&workspace.policy, channel);
            match self.store.save_policy(workspace.id, policy).await {
                Ok(_) => {
                    info!(
                        workspace = workspace.id.0,
                        "a channel is gone; what is open there goes on elsewhere"
                    );
                    self.timer_nudge.notify_one();
                    self.outbox_nudge.notify_one();
                    return Ok(());
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
