//! Merging and its undoing: what happens to the other ideas, in the same commit.

use std::collections::HashSet;

use kaizen_domain::suggestion::merge::{further, separation};
use kaizen_domain::suggestion::protocol::MergeTarget;
use kaizen_domain::suggestion::{self, Command, Event, StageName};
use kaizen_domain::{Actor, Instant, Number, Policy};

use crate::engine::{Engine, Failure, prepare, replayed};
use crate::ports::{ItemCommit, Loaded, Stored};

impl Engine {
    /// The other side of a merge: the target takes supporters, followers and the earlier day.
    pub(crate) fn absorb(
        &self,
        source: &Stored,
        target: &Stored,
        policy: &Policy,
        now: Instant,
    ) -> Result<ItemCommit, Failure> {
        let mut supporters = source.suggestion.supporters.clone();
        supporters.insert(0, source.suggestion.author);
        let command = Command::Absorb {
            from: source.number,
            supporters,
            followers: source.suggestion.followers.clone(),
            submitted_at: source.suggestion.submitted_at,
        };
        by_system(target, &command, policy, now)
    }

    /// The other side of undoing one: whoever came over leaves the target again, and what that was itself merged into.
    pub(crate) async fn separate(
        &self,
        loaded: &Loaded,
        number: Number,
        into: Number,
        now: Instant,
    ) -> Result<Vec<ItemCommit>, Failure> {
        let mut items = Vec::new();
        let mut seen = HashSet::from([number]);
        let (mut target, mut before) = (into, None);
        while seen.insert(target) {
            let item =
                self.store.load_item(loaded.workspace, target).await.map_err(|e| Failure::internal(&e))?;
            let Some((policy, item)) = item else { break };
            // Read after the item: should it have changed in between, the commit finds another version, and all begins anew.
            let history =
                self.queries.history(loaded.workspace, target).await.map_err(|e| Failure::internal(&e))?;
            let history: Vec<Event> = history.into_iter().map(|step| step.event).collect();
            let leaving = match &before {
                None => separation(&history, number),
                Some((via, before)) => further(&history, *via, before),
            };
            let Some(leaving) = leaving else { break };
            items.push(by_system(&item, &Command::Separate(leaving.clone()), &policy, now)?);
            let Some(into) = item.suggestion.stage.merged_into() else { break };
            before = Some((target, leaving));
            target = into;
        }
        Ok(items)
    }
}

fn by_system(item: &Stored, command: &Command, policy: &Policy, now: Instant) -> Result<ItemCommit, Failure> {
    let events = suggestion::decide(&item.suggestion, command, &Actor::System, policy, now)
        .map_err(|r| Failure::Rejected(r, None))?;
    let after = replayed(&item.suggestion, &events).map_err(|e| Failure::internal(&e))?;
    Ok(prepare(Some(item), after, events, policy))
}

/// What the domain must know of a merge's target.
pub fn target_of(other: &Stored, source: Number) -> MergeTarget {
    let stage = other.suggestion.stage.name();
    let goes_on_in = other.suggestion.stage.merged_into();
    MergeTarget {
        number: other.number,
        itself: other.number == source,
        takes_more: stage.is_open() || stage == StageName::Verified,
        circle: goes_on_in == Some(source),
        goes_on_in,
        submitted_at: other.suggestion.submitted_at,
    }
}
