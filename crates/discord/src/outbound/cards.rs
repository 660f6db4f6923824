//! Cards and their threads: posted, kept at the newest state, made anew where somebody deleted them.

use std::collections::HashMap;

use kaizen_chat::reply::Message;
use kaizen_chat::view;
use kaizen_domain::{ChannelId, GuildId, MessageId};
use kaizen_workflow::outbox::Claimed;
use kaizen_workflow::ports::{CardPlace, DeliveryError, Sent, Shown};
use serde_json::json;

use super::parcel::Part;
use super::places::{self, Home};
use super::{Delivered, EDIT_AGAIN, Outbound, gone, is_gone, no_threads};
use crate::body;
use crate::rest::{Failure, Terminal, model};

/// Cards and panels of which it is remembered that they were made anew.
const MOVED: usize = 1_000;

/// The card or panel that stood here stands there now.
pub(super) fn remember(moved: &mut HashMap<MessageId, CardPlace>, place: CardPlace, there: CardPlace) {
    if moved.len() >= MOVED {
        moved.clear();
    }
    moved.insert(place.message, there);
}

impl Outbound {
    /// A new item: card and thread, or a forum's post.
    pub(super) async fn open(&self, claim: &Claimed, shown: &Shown, channel: Option<ChannelId>) -> Delivered {
        if let Some(place) = shown.item.card {
            return self.with_thread(shown, place).await;
        }
        let Some(channel) = channel else { return Ok(Sent::Nothing) };
        let place = self.card(claim, shown, channel).await?;
        self.with_thread(shown, place).await
    }

    async fn with_thread(&self, shown: &Shown, place: CardPlace) -> Delivered {
        let thread = match place.thread {
            Some(thread) => thread,
            None => self.thread(shown, place).await?,
        };
        Ok(Sent::Opened(CardPlace { thread: Some(thread), ..place }))
    }

    /// Posts the card anew.
    async fn card(
        &self,
        claim: &Claimed,
        shown: &Shown,
        channel: ChannelId,
    ) -> Result<CardPlace, DeliveryError> {
        let card = view::card::card(shown);
        let mut channel = channel;
        let mut home = self.places.home(&self.rest, channel).await;
        if let Ok(Home::ThreadOf(parent)) = home {
            channel = parent;
            home = self.places.home(&self.rest, channel).await;
        }
        let posted = match home {
            Err(failure) => Err(failure),
            Ok(Home::Forum(tags)) => {
                self.forum_post(claim, shown, (channel, &tags), &card).await.map(|thread| CardPlace {
                    channel: thread,
                    message: MessageId(thread.0),
                    thread: Some(thread),
                })
            }
            Ok(Home::NoThreads) => return Err(no_threads(channel)),
            Ok(Home::Text | Home::ThreadOf(_)) => {
                let parcel = self.parcel(Part::Card, claim, &card, shown.item.number.to_string());
                let sent = self.once(claim, channel, &parcel).await;
                sent.map(|message| CardPlace {
                    channel,
                    message: message.id,
                    thread: message.thread.map(|t| t.id),
                })
            }
        };
        match posted {
            Ok(place) => Ok(place),
            Err(failure) => {
                self.places.forget(channel);
                Err(self.explain(shown.guild, channel, failure).await)
            }
        }
    }

    pub(super) async fn thread(&self, shown: &Shown, place: CardPlace) -> Result<ChannelId, DeliveryError> {
        let name = view::card::thread_name(shown);
        match self.rest.start_thread(place.channel, place.message, &body::thread(&name)).await {
            Ok(thread) => Ok(thread),
            Err(failure) => Err(self.explain(shown.guild, place.channel, failure).await),
        }
    }

    async fn forum_post(
        &self,
        claim: &Claimed,
        shown: &Shown,
        (forum, tags): (ChannelId, &[model::Tag]),
        card: &Message,
    ) -> Result<ChannelId, Failure> {
        let number = shown.item.number.to_string();
        let named =
            |t: &model::Channel| t.name.as_deref().and_then(|n| n.split(' ').next()) == Some(number.as_str());
        if let Some(thread) = self.posted(claim, shown.guild, forum, &named).await? {
            return Ok(thread);
        }
        let name = view::card::thread_name(shown);
        let tags = self.places.tags(&self.rest, forum, tags.to_vec(), &shown.policy.areas).await;
        let wanted = places::tags_for(shown, &tags);
        let posted = self.rest.create_post(forum, &body::post(&name, card, &wanted)).await;
        let posted = match posted {
            // Somebody deleted a tag since we looked.
            Err(failure) if failure.terminal() == Some(Terminal::InvalidBody) && !wanted.is_empty() => {
                let wanted = self.tags_anew(shown, forum).await?;
                self.rest.create_post(forum, &body::post(&name, card, &wanted)).await
            }
            posted => posted,
        };
        posted.map(|t| t.id)
    }

    /// The tags that the post ought to have, after another look at the forum.
    async fn tags_anew(&self, shown: &Shown, forum: ChannelId) -> Result<Vec<String>, Failure> {
        self.places.forget(forum);
        let Home::Forum(tags) = self.places.home(&self.rest, forum).await? else { return Ok(Vec::new()) };
        let tags = self.places.tags(&self.rest, forum, tags, &shown.policy.areas).await;
        Ok(places::tags_for(shown, &tags))
    }

    /// A post of ours in this forum, if an earlier try of the same row may have made it.
    pub(super) async fn posted(
        &self,
        claim: &Claimed,
        guild: GuildId,
        forum: ChannelId,
        is_it: &(dyn Fn(&model::Channel) -> bool + Sync),
    ) -> Result<Option<ChannelId>, Failure> {
        if claim.begun.is_none() {
            return Ok(None);
        }
        let bot = self.places.bot(&self.rest).await?;
        let ours = |t: &&model::Channel| t.parent_id == Some(forum) && t.owner_id == Some(bot) && is_it(t);
        if let Some(thread) = self.rest.open_threads(guild).await?.threads.iter().find(ours) {
            return Ok(Some(thread.id));
        }
        Ok(self.rest.closed_threads(forum).await?.threads.iter().find(ours).map(|t| t.id))
    }

    /// A card or panel shows the newest state, at its place or where it was made anew meanwhile; where somebody deleted only it,
    /// a new one is posted there. None: channel or thread are gone.
    pub(super) async fn renew(
        &self,
        claim: &Claimed,
        guild: GuildId,
        place: CardPlace,
        (card, mark): (&Message, String),
    ) -> Result<Option<CardPlace>, DeliveryError> {
        let failure = match self.edit(place.channel, place.message, card).await {
            Ok(()) => {
                let moved = self.moved.lock().await.get(&place.message).copied();
                let Some(now) = moved else { return Ok(Some(place)) };
                // Made anew meanwhile, because somebody deleted its thread: that is the card now.
                return match self.edit(now.channel, now.message, card).await {
                    Ok(()) => Ok(Some(now)),
                    Err(failure) => Err(self.explain(guild, now.channel, failure).await),
                };
            }
            Err(failure) => failure,
        };
        match failure.terminal() {
            Some(Terminal::EditLimit) => {
                Err(DeliveryError::Later { after: Some(EDIT_AGAIN), why: failure.to_string() })
            }
            // Somebody deleted the card: a new one, with the thread that stands. A forum's post has no card without its thread.
            Some(Terminal::UnknownMessage) if place.thread != Some(place.channel) => {
                let parcel = self.parcel(Part::Card, claim, card, mark);
                match self.once(claim, place.channel, &parcel).await {
                    Ok(message) => Ok(Some(CardPlace { message: message.id, ..place })),
                    Err(failure) => Err(self.explain(guild, place.channel, failure).await),
                }
            }
            Some(Terminal::UnknownChannel | Terminal::UnknownMessage) => Ok(None),
            _ => Err(self.explain(guild, place.channel, failure).await),
        }
    }

    /// The card shows the newest state.
    pub(super) async fn refresh(&self, claim: &Claimed, shown: &Shown) -> Delivered {
        let Some(place) = shown.item.card else { return Ok(Sent::Nothing) };
        let card = (&view::card::card(shown), shown.item.number.to_string());
        match self.renew(claim, shown.guild, place, card).await? {
            Some(now) => {
                self.retag(shown, place).await;
                Ok(Sent::Card(now))
            }
            None => self.reopen(claim, shown, place).await.map(Sent::Opened),
        }
    }

    /// Channel or thread are gone: card and thread anew, in the team's channel.
    pub(super) async fn reopen(
        &self,
        claim: &Claimed,
        shown: &Shown,
        place: CardPlace,
    ) -> Result<CardPlace, DeliveryError> {
        let mut moved = self.moved.lock().await;
        if let Some(there) = moved.get(&place.message) {
            return Ok(*there);
        }
        let home = shown.policy.home(shown.item.suggestion.team);
        let Some(home) = home.or_else(|| (place.thread != Some(place.channel)).then_some(place.channel))
        else {
            return Err(gone(place.channel));
        };
        let mut there = self.card(claim, shown, home).await?;
        if there.thread.is_none() {
            there.thread = Some(self.thread(shown, there).await?);
        }
        remember(&mut moved, place, there);
        Ok(there)
    }

    /// A forum's post shows its state by a tag. Best effort: `/kaizen check` names what is missing.
    async fn retag(&self, shown: &Shown, place: CardPlace) {
        let Some(thread) = place.thread.filter(|t| *t == place.channel) else { return };
        let Some(forum) = shown.policy.home(shown.item.suggestion.team) else { return };
        let Ok(Home::Forum(tags)) = self.places.home(&self.rest, forum).await else { return };
        let tags = self.places.tags(&self.rest, forum, tags, &shown.policy.areas).await;
        let wanted = places::tags_for(shown, &tags);
        if wanted.is_empty() || !self.places.tags_changed(thread, &wanted) {
            return;
        }
        let mut set = self.rest.change_channel(thread, &json!({ "applied_tags": wanted })).await;
        // Somebody deleted a tag since we looked.
        if set.as_ref().is_err_and(|f| f.terminal() == Some(Terminal::InvalidBody))
            && let Ok(wanted) = self.tags_anew(shown, forum).await
            && !wanted.is_empty()
        {
            self.places.tags_changed(thread, &wanted);
            set = self.rest.change_channel(thread, &json!({ "applied_tags": wanted })).await;
        }
        if let Err(failure) = set {
            self.places.tags_unknown(thread);
            tracing::debug!(reason = %failure, "a post's tag could not be set");
        }
    }

    pub(super) async fn rename(&self, guild: GuildId, thread: Option<ChannelId>, name: &str) -> Delivered {
        let Some(thread) = thread else { return Ok(Sent::Nothing) };
        let name = body::thread_name(name);
        match self.rest.change_channel(thread, &json!({ "name": name })).await {
            Ok(_) => Ok(Sent::Nothing),
            Err(failure) if failure.terminal() == Some(Terminal::ThreadArchived) => {
                let body = json!({ "archived": false, "name": name });
                match self.rest.change_channel(thread, &body).await {
                    Ok(_) => Ok(Sent::Nothing),
                    Err(failure) => Err(self.explain(guild, thread, failure).await),
                }
            }
            Err(failure) if is_gone(&failure) => Ok(Sent::Nothing),
            Err(failure) => Err(self.explain(guild, thread, failure).await),
        }
    }
}
