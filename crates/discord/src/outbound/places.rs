//! What is known of channels and people's direct messages, so that it is not asked for each time. Memory only, bounded.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kaizen_domain::suggestion::stage::StageName;
use kaizen_domain::{Area, ChannelId, UserId};
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
/// Tags that a forum may have. <https://discord.com/developers/docs/topics/threads#forum-and-media-channels>
pub(crate) const TAGS: usize = 20;
/// Characters that a tag's name may have.
const TAG_NAME: usize = 20;

/// Where cards go.
#[derive(Debug, Clone)]
pub(super) enum Home {
    /// A message with a thread.
    Text,
    /// A post in a forum that has these tags.
    Forum(Vec<Tag>),
    /// It is a thread: its channel is meant.
    ThreadOf(ChannelId),
    /// A voice channel, or something newer: it has no threads.
    NoThreads,
}

#[derive(Default)]
pub(super) struct Places {
    homes: Mutex<HashMap<ChannelId, (Home, Instant)>>,
    /// Forums whose tags we may not set, since when we know it.
    untagged: Mutex<HashMap<ChannelId, Instant>>,
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
            (ChannelKind::Forum, _) => Home::Forum(about.available_tags),
            (ChannelKind::Thread, Some(parent)) => Home::ThreadOf(parent),
            (ChannelKind::Other, _) => Home::NoThreads,
            // A kind that takes no cards all the same is refused by the platform itself, with its reason.
            (
                ChannelKind::Text | ChannelKind::Announcement | ChannelKind::Direct | ChannelKind::Thread,
                _,
            ) => Home::Text,
        };
        keep(&self.homes, channel, (home.clone(), Instant::now()));
        Ok(home)
    }

    /// The forum's tags, with those that show states and areas added where we may, and where there is room.
    pub(super) async fn tags(
        &self,
        rest: &Rest,
        forum: ChannelId,
        tags: Vec<Tag>,
        areas: &[Area],
    ) -> Vec<Tag> {
        let names: Vec<&str> = tags.iter().map(|t| t.name.as_str()).collect();
        let missing = missing(&names, areas);
        let refused = |at: &Instant| at.elapsed() < FRESH;
        if missing.is_empty() || lock(&self.untagged).get(&forum).is_some_and(refused) {
            return tags;
        }
        // What is left out would be deleted.
        let mut all: Vec<Value> = tags.iter().map(kept).collect();
        all.extend(missing.iter().map(|name| json!({ "name": name })));
        match rest.change_channel(forum, &json!({ "available_tags": all })).await {
            Ok(changed) => {
                let home = Home::Forum(changed.available_tags.clone());
                keep(&self.homes, forum, (home, Instant::now()));
                changed.available_tags
            }
            Err(failure) => {
                if matches!(failure.terminal(), Some(Terminal::NoPermission | Terminal::NoAccess)) {
                    keep(&self.untagged, forum, Instant::now());
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

/// A tag that stays as it is.
fn kept(tag: &Tag) -> Value {
    let mut kept = json!({ "id": tag.id.to_string(), "name": tag.name, "moderated": tag.moderated });
    // An emoji that is left out is taken away.
    if let Some(emoji) = &tag.emoji_id {
        kept["emoji_id"] = Value::from(emoji.as_str());
    }
    if let Some(emoji) = &tag.emoji_name {
        kept["emoji_name"] = Value::from(emoji.as_str());
    }
    kept
}

/// The states that these tags do not show.
pub(crate) fn missing_states(tags: &[&str]) -> Vec<&'static str> {
    STATES.into_iter().filter(|state| !has(tags, state)).collect()
}

/// What is to be added to these tags: the states, all of them or none, then areas while there is room.
fn missing(tags: &[&str], areas: &[Area]) -> Vec<String> {
    let room = TAGS.saturating_sub(tags.len());
    let states = missing_states(tags);
    if states.len() > room {
        return Vec::new();
    }
    let mut missing: Vec<String> = states.into_iter().map(str::to_owned).collect();
    for area in areas.iter().map(tag_name) {
        let known = missing.iter().any(|m| m.eq_ignore_ascii_case(&area));
        if missing.len() < room && !area.is_empty() && !has(tags, &area) && !known {
            missing.push(area);
        }
    }
    missing
}

fn has(tags: &[&str], name: &str) -> bool {
    tags.iter().any(|t| t.eq_ignore_ascii_case(name))
}

/// An area as a tag.
fn tag_name(area: &Area) -> String {
    area.0.chars().take(TAG_NAME).collect::<String>().trim().to_owned()
}

/// The tags of an item's post, as ids: one for its state, and one for its area where the forum has it.
pub(super) fn tags_for(shown: &Shown, available: &[Tag]) -> Vec<String> {
    let suggestion = &shown.item.suggestion;
    let state = state(suggestion.stage.name()).to_owned();
    let area = suggestion.area.as_ref().map(tag_name);
    let mut tags: Vec<String> = Vec::new();
    for name in [Some(state), area].into_iter().flatten() {
        let found = available.iter().find(|t| t.name.eq_ignore_ascii_case(&name));
        if let Some(id) = found.map(|tag| tag.id.to_string()).filter(|id| !tags.contains(id)) {
            tags.push(id);
        }
    }
    tags
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

#[cfg(test)]
mod tests {
    use super::*;

    fn areas(names: &[&str]) -> Vec<Area> {
        names.iter().map(|n| Area((*n).to_owned())).collect()
    }

    #[test]
    fn expect_states_first_and_areas_while_there_is_room() {
        let two = areas(&["safety", "equipment of the whole department"]);
        assert_eq!(
            missing(&["New", "closed"], &two),
            ["in progress", "accepted", "done", "safety", "equipment of the who"]
        );
        let full: Vec<String> = (0..14).map(|n| format!("tag {n}")).collect();
        let full: Vec<&str> = full.iter().map(String::as_str).collect();
        assert_eq!(missing(&full, &two).len(), 6, "one area has room");
        let fuller: Vec<&str> = full.iter().copied().chain(["x", "y"]).collect();
        assert!(missing(&fuller, &two).is_empty(), "not all states have room: none");
        let states = [&fuller[..15], &STATES[..]].concat();
        assert!(missing(&states, &two).is_empty());
        assert_eq!(missing(&STATES, &areas(&["Done", "done", "time", "TIME"])), ["time"]);
    }
}
