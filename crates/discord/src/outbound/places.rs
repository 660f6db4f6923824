//! What is known of channels and people's direct messages, so that it is not asked for each time. Memory only, bounded.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kaizen_domain::suggestion::stage::StageName;
use kaizen_domain::{ChannelId, UserId};
use kaizen_workflow::ports::Shown;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::rest::model::{ChannelKind, Tag};
use crate::rest::{Failure, Rest, Terminal};

/// Entries of each kind.
const MOST: usize = 10_000;
/// What is known of a channel is asked for again after this.
const FRESH: Duration = Duration::from_mins(10);
/// Nobody whose direct messages are closed is tried again before.
const CLOSED: Duration = Duration::from_mins(2);
/// The tags of a forum that show an item's state.
const STATES: [&str; 5] = ["new", "in progress", "accepted", "done", "closed"];
/// Tags that a forum may have.
const TAGS: usize = 20;

/// Where cards go.
#[derive(Debug, Clone)]
pub(super) enum Home {
    /// A message with a thread.
    Text,
    /// A post in a forum that has these tags.
    Forum(Vec<Tag>),
    /// It is a thread: its channel is meant.
    ThreadOf(ChannelId),
}

#[derive(Default)]
pub(super) struct Places {
    homes: Mutex<HashMap<ChannelId, (Home, Instant)>>,
    /// Forums whose tags we may not set.
    untagged: Mutex<HashMap<ChannelId, ()>>,
    direct: Mutex<HashMap<UserId, ChannelId>>,
    closed: Mutex<HashMap<UserId, Instant>>,
    /// The tags that a post has, as we set them.
    tags: Mutex<HashMap<ChannelId, Vec<String>>>,
    bot: OnceCell<UserId>,
}

impl Places {
    /// Our own id.
    pub(super) async fn bot(&self, rest: &Rest) -> Result<UserId, Failure> {
        self.bot.get_or_try_init(|| async { rest.bot().await.map(|bot| bot.id) }).await.copied()
    }

    /// What kind of place a channel is.
    pub(super) async fn home(&self, rest: &Rest, channel: ChannelId) -> Result<Home, Failure> {
        if let Some((home, at)) = lock(&self.homes).get(&channel)
            && at.elapsed() < FRESH
        {
            return Ok(home.clone());
        }
        let about = rest.channel(channel).await?;
        let home = match (about.kind, about.parent_id) {
            (ChannelKind::Forum, _) => {
                Home::Forum(self.with_states(rest, channel, about.available_tags).await)
            }
            (ChannelKind::Thread, Some(parent)) => Home::ThreadOf(parent),
            // A kind that takes no cards is refused by the platform itself, with its reason.
            (
                ChannelKind::Text
                | ChannelKind::Announcement
                | ChannelKind::Direct
                | ChannelKind::Thread
                | ChannelKind::Other,
                _,
            ) => Home::Text,
        };
        keep(&self.homes, channel, (home.clone(), Instant::now()));
        Ok(home)
    }

    /// The forum's tags, with those that show the state added where we may.
    async fn with_states(&self, rest: &Rest, forum: ChannelId, tags: Vec<Tag>) -> Vec<Tag> {
        let has = |state: &str| tags.iter().any(|t| t.name.eq_ignore_ascii_case(state));
        let missing: Vec<&str> = STATES.into_iter().filter(|s| !has(s)).collect();
        if missing.is_empty()
            || tags.len() + missing.len() > TAGS
            || lock(&self.untagged).contains_key(&forum)
        {
            return tags;
        }
        // What is left out would be deleted.
        let mut all: Vec<Value> = tags
            .iter()
            .map(|t| json!({ "id": t.id.to_string(), "name": t.name, "moderated": t.moderated }))
            .collect();
        all.extend(missing.iter().map(|name| json!({ "name": name })));
        match rest.change_channel(forum, &json!({ "available_tags": all })).await {
            Ok(changed) => changed.available_tags,
            Err(failure) => {
                if matches!(failure.terminal(), Some(Terminal::NoPermission | Terminal::NoAccess)) {
                    keep(&self.untagged, forum, ());
                }
                tracing::debug!(reason = %failure, "a forum's tags could not be added");
                tags
            }
        }
    }

    /// Something about the channel turned out to be different.
    pub(super) fn forget(&self, channel: ChannelId) {
        lock(&self.homes).remove(&channel);
        lock(&self.tags).remove(&channel);
    }

    /// The channel of direct messages with a person; none if they took none from us a moment ago.
    pub(super) async fn direct(&self, rest: &Rest, to: UserId) -> Result<Option<ChannelId>, Failure> {
        if lock(&self.closed).get(&to).is_some_and(|at| at.elapsed() < CLOSED) {
            return Ok(None);
        }
        if let Some(channel) = lock(&self.direct).get(&to) {
            return Ok(Some(*channel));
        }
        let channel = rest.direct_channel(to).await?;
        keep(&self.direct, to, channel);
        Ok(Some(channel))
    }

    /// They take no direct messages from us.
    pub(super) fn direct_is_closed(&self, to: UserId) {
        keep(&self.closed, to, Instant::now());
        lock(&self.direct).remove(&to);
    }

    /// Has the post other tags than these? Takes note of them.
    pub(super) fn tags_changed(&self, thread: ChannelId, wanted: &[String]) -> bool {
        if lock(&self.tags).get(&thread).is_some_and(|had| had == wanted) {
            return false;
        }
        keep(&self.tags, thread, wanted.to_vec());
        true
    }

    /// They could not be set.
    pub(super) fn tags_unknown(&self, thread: ChannelId) {
        lock(&self.tags).remove(&thread);
    }
}

/// The tags of an item's post, as ids: one for its state, and one for its area where the forum has it.
pub(super) fn tags_for(shown: &Shown, available: &[Tag]) -> Vec<String> {
    let suggestion = &shown.item.suggestion;
    let state = state(suggestion.stage.name());
    let area = suggestion.area.as_ref().map(|a| a.0.as_str());
    [Some(state), area]
        .into_iter()
        .flatten()
        .filter_map(|name| available.iter().find(|t| t.name.eq_ignore_ascii_case(name)))
        .map(|tag| tag.id.to_string())
        .collect()
}

const fn state(stage: StageName) -> &'static str {
    match stage {
        StageName::Submitted => STATES[0],
        StageName::Acknowledged
        | StageName::Investigating
        | StageName::AwaitingInformation
        | StageName::Deferred => STATES[1],
        StageName::Accepted => STATES[2],
        StageName::Implemented | StageName::Verified => STATES[3],
        StageName::Declined | StageName::Merged | StageName::Withdrawn => STATES[4],
    }
}

fn keep<K: Eq + Hash, V>(map: &Mutex<HashMap<K, V>>, key: K, value: V) {
    let mut map = lock(map);
    if map.len() >= MOST {
        // Everything in here can be asked for again.
        map.clear();
    }
    map.insert(key, value);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
