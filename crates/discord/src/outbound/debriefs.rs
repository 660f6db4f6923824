//! Debriefs on the platform: the panel with its thread, posts in it, direct messages. What is sent, found again and explained
//! by the same means as cards.

use kaizen_chat::reply::Message;
use kaizen_chat::view::debrief as view;
use kaizen_domain::{ChannelId, MessageId, UserId};
use kaizen_workflow::debriefs::{DebriefMaterial, DebriefShown};
use kaizen_workflow::outbox::Claimed;
use kaizen_workflow::ports::{CardPlace, DeliveryError, Sent};

use super::cards::remember;
use super::parcel::{Parcel, Part, last_line, mentioning};
use super::places::Home;
use super::{Delivered, Outbound, gone, never, no_threads, plain};
use crate::body;
use crate::rest::{Failure, Terminal, model};

impl Outbound {
    pub(super) async fn debrief(&self, claim: &Claimed, material: &DebriefMaterial) -> Delivered {
        match material {
            DebriefMaterial::Open { shown, channel } => {
                let place = match (shown.item.place, channel) {
                    (Some(place), _) => place,
                    (None, Some(channel)) => self.panel(claim, shown, *channel).await?,
                    (None, None) => return Ok(Sent::Nothing),
                };
                self.with_its_thread(shown, place).await.map(Sent::Opened)
            }
            DebriefMaterial::Panel { shown } => self.panel_anew(claim, shown).await,
            DebriefMaterial::Rename { shown } => {
                let thread = shown.item.place.and_then(|p| p.thread);
                self.rename(shown.guild, thread, &view::thread_name(shown)).await
            }
            DebriefMaterial::Clear { shown, at } => {
                self.clear(shown.guild, *at, &shown.item.number.to_string()).await
            }
            DebriefMaterial::Post { shown, seq, event, mention } => {
                let message = view::post(shown, *seq, event, *mention);
                let mark = view::mark(shown.item.number, *seq);
                self.in_its_thread(claim, shown, &self.parcel(Part::Post, claim, &message, mark)).await
            }
            DebriefMaterial::Direct { shown, seq, event, to } => {
                let Some(to) = *to else { return Ok(Sent::Nothing) };
                let message = view::direct(shown, event, *seq);
                let mark = view::mark(shown.item.number, *seq);
                self.to_one(claim, shown, to, &self.parcel(Part::Direct, claim, &message, mark)).await
            }
            DebriefMaterial::Rewrite { shown, seq, event, direct, at } => {
                let message = if *direct {
                    view::direct(shown, event, *seq)
                } else {
                    view::post(shown, *seq, event, None)
                };
                self.rewrite(shown.guild, *at, &message).await
            }
            DebriefMaterial::Briefing { shown, briefing, at: Some(at) } => {
                self.rewrite(shown.guild, *at, &view::briefed(shown, briefing)).await
            }
            DebriefMaterial::Briefing { shown, briefing, at: None } => {
                let message = view::briefed(shown, briefing);
                let mark = last_line(&message);
                self.in_its_thread(claim, shown, &self.parcel(Part::Post, claim, &message, mark)).await
            }
        }
    }

    /// Posts the panel in a channel, or as a forum's post.
    async fn panel(
        &self,
        claim: &Claimed,
        shown: &DebriefShown,
        channel: ChannelId,
    ) -> Result<CardPlace, DeliveryError> {
        let panel = view::panel(shown);
        let mut channel = channel;
        let mut home = self.places.home(&self.rest, channel).await;
        if let Ok(Home::ThreadOf(parent)) = home {
            channel = parent;
            home = self.places.home(&self.rest, channel).await;
        }
        let posted = match home {
            Err(failure) => Err(failure),
            Ok(Home::Forum(tags)) => self.panel_in_forum(claim, shown, (channel, &tags), &panel).await,
            Ok(Home::NoThreads) => return Err(no_threads(channel)),
            Ok(Home::Text | Home::ThreadOf(_)) => {
                let parcel = self.parcel(Part::Card, claim, &panel, shown.item.number.to_string());
                self.once(claim, channel, &parcel).await.map(|message| CardPlace {
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

    async fn panel_in_forum(
        &self,
        claim: &Claimed,
        shown: &DebriefShown,
        (forum, tags): (ChannelId, &[model::Tag]),
        panel: &Message,
    ) -> Result<CardPlace, Failure> {
        let number = shown.item.number.to_string();
        let named =
            |t: &model::Channel| t.name.as_deref().and_then(|n| n.split(' ').next()) == Some(number.as_str());
        let thread = match self.posted(claim, shown.guild, forum, &named).await? {
            Some(thread) => thread,
            None => {
                // A forum may ask for a tag; none of its tags speaks of debriefs.
                let any: Vec<String> = tags.iter().take(1).map(|t| t.id.to_string()).collect();
                let body = body::post(&view::thread_name(shown), panel, &[]);
                match self.rest.create_post(forum, &body).await {
                    Err(failure) if failure.terminal() == Some(Terminal::TagRequired) && !any.is_empty() => {
                        let body = body::post(&view::thread_name(shown), panel, &any);
                        self.rest.create_post(forum, &body).await?.id
                    }
                    posted => posted?.id,
                }
            }
        };
        Ok(CardPlace { channel: thread, message: MessageId(thread.0), thread: Some(thread) })
    }

    async fn with_its_thread(
        &self,
        shown: &DebriefShown,
        place: CardPlace,
    ) -> Result<CardPlace, DeliveryError> {
        if place.thread.is_some() {
            return Ok(place);
        }
        let body = body::thread(&view::thread_name(shown));
        match self.rest.start_thread(place.channel, place.message, &body).await {
            Ok(thread) => Ok(CardPlace { thread: Some(thread), ..place }),
            Err(failure) => Err(self.explain(shown.guild, place.channel, failure).await),
        }
    }

    /// The panel shows the newest state; where somebody deleted it, it comes anew.
    async fn panel_anew(&self, claim: &Claimed, shown: &DebriefShown) -> Delivered {
        let Some(place) = shown.item.place else { return Ok(Sent::Nothing) };
        let panel = (&view::panel(shown), shown.item.number.to_string());
        match self.renew(claim, shown.guild, place, panel).await? {
            Some(now) => Ok(Sent::Card(now)),
            None => self.elsewhere(claim, shown, place).await.map(Sent::Opened),
        }
    }

    /// Channel or thread are gone: panel and thread anew, beside the old panel, in the team's channel, or where that is gone as
    /// well in that of the nearest team above.
    async fn elsewhere(
        &self,
        claim: &Claimed,
        shown: &DebriefShown,
        place: CardPlace,
    ) -> Result<CardPlace, DeliveryError> {
        let mut moved = self.moved.lock().await;
        if let Some(there) = moved.get(&place.message) {
            return Ok(*there);
        }
        let levels = shown.policy.levels(shown.item.debrief.team);
        let beside = (place.thread != Some(place.channel)).then_some(place.channel);
        let mut made = Err(gone(place.channel));
        for channel in beside.into_iter().chain(levels.into_iter().filter_map(|t| t.channel)) {
            made = self.panel(claim, shown, channel).await;
            if made.is_ok() {
                break;
            }
        }
        let there = self.with_its_thread(shown, made?).await?;
        remember(&mut moved, place, there);
        Ok(there)
    }

    /// A post in the debrief's thread; where that is gone, in one that is made anew.
    pub(super) async fn in_its_thread(
        &self,
        claim: &Claimed,
        shown: &DebriefShown,
        parcel: &Parcel<'_>,
    ) -> Delivered {
        if parcel.message.text.trim().is_empty() && parcel.message.cards.is_empty() {
            return Ok(Sent::Nothing);
        }
        let Some(place) = shown.item.place else { return Err(never("its panel was never posted")) };
        let Some(thread) = place.thread else { return Err(never("its thread was never started")) };
        match self.once(claim, thread, parcel).await {
            Ok(message) => {
                self.at_rest(!shown.item.debrief.is_started(), thread).await;
                Ok(Sent::Message { channel: thread, message: message.id })
            }
            Err(failure) if failure.terminal() == Some(Terminal::UnknownChannel) => {
                let place = self.elsewhere(claim, shown, place).await?;
                let Some(thread) = place.thread else { return Err(never("its thread was never started")) };
                match self.once(claim, thread, parcel).await {
                    Ok(message) => Ok(Sent::Anew { place, channel: thread, message: message.id }),
                    Err(failure) => Err(self.explain(shown.guild, thread, failure).await),
                }
            }
            Err(failure) => Err(self.explain(shown.guild, thread, failure).await),
        }
    }

    /// A direct message; where they are closed, a mention in the thread.
    async fn to_one(
        &self,
        claim: &Claimed,
        shown: &DebriefShown,
        to: UserId,
        parcel: &Parcel<'_>,
    ) -> Delivered {
        match self.by_direct_message(claim, to, parcel).await {
            Ok(Some((channel, message))) => Ok(Sent::Message { channel, message }),
            Ok(None) => {
                let message = mentioning(to, parcel.message);
                let in_thread = self.parcel(Part::Mention, claim, &message, parcel.mark.clone());
                self.in_its_thread(claim, shown, &in_thread).await
            }
            Err(failure) => Err(plain(&failure)),
        }
    }
}
