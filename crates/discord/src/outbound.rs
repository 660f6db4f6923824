//! Deliveries: one row of the outbox becomes a card, a thread, a post, a direct message.
//!
//! Each is sent once, whatever fails in between. A message carries a nonce made of its row, which the platform enforces for
//! a few minutes; after that, and for what takes no nonce (a forum's post), our own earlier message is looked for by its
//! mark (`K-12 · 7`) before anything is sent again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kaizen_chat::reply::Message;
use kaizen_chat::view;
use kaizen_domain::{ChannelId, GuildId, MemberId, MessageId, Number, UserId};
use kaizen_workflow::outbox::{Claimed, Material, ReminderEntry, Trouble};
use kaizen_workflow::ports::{CardPlace, DeliveryError, Notifier, Reminded, Sent, Shown};
use serde_json::json;

use self::places::{Home, Places};
use crate::body;
use crate::limits;
use crate::permissions::{self, Standing};
use crate::rest::{Class, Failure, Page, Rest, Terminal, model};

mod places;

/// An edit that the platform refuses because the message is old and was edited often.
const EDIT_AGAIN: Duration = Duration::from_mins(10);
/// When a guild has too many open threads: some close by themselves.
const THREADS_AGAIN: Duration = Duration::from_mins(15);
/// When we are not in the community: until we hear that we were removed, after which nothing is sent at all.
const BACK_AGAIN: Duration = Duration::from_mins(1);
/// How much of the installation's name stands in a nonce.
const TAG: usize = 6;
/// Cards of which it is remembered that they were made anew.
const MOVED: usize = 1_000;
/// How many pages of messages are read to find an earlier post of ours.
const PAGES: usize = 5;

type Delivered = Result<Sent, DeliveryError>;

/// Delivers to Discord.
#[derive(Clone)]
pub struct Outbound {
    rest: Rest,
    places: Arc<Places>,
    /// Stands in every nonce: the platform compares them for all that the bot sends, from whichever database.
    tag: Arc<str>,
    /// Cards that were made anew, by the message that is gone: what is under way to the old place finds the new one, and no two
    /// rows of an item make it anew at the same time.
    moved: Arc<tokio::sync::Mutex<HashMap<MessageId, CardPlace>>>,
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbound").finish_non_exhaustive()
    }
}

/// What is to be sent, and how it is found again.
struct Parcel<'a> {
    /// The platform takes two messages with the same one for one, for a few minutes.
    nonce: String,
    message: &'a Message,
    /// The last thing that it says.
    mark: String,
}

/// What a row sends: part of the nonce, because one row may send more than one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Card,
    Post,
    Direct,
    /// A direct message that stands in the thread.
    Mention,
    Digest,
    Trouble,
    /// A bundle; it may hold more when it is sent again.
    Reminders,
    /// A line of a bundle that stands in its item's thread.
    Reminder(Number),
}

impl Part {
    fn nonce(self, tag: &str, claim: &Claimed) -> String {
        let id = Short(claim.id.unsigned_abs());
        let revision = Short(claim.revision.unsigned_abs());
        match self {
            Part::Card => format!("{tag}c{id}"),
            Part::Post => format!("{tag}p{id}"),
            Part::Direct => format!("{tag}d{id}"),
            Part::Mention => format!("{tag}m{id}"),
            Part::Digest => format!("{tag}w{id}"),
            Part::Trouble => format!("{tag}x{id}"),
            Part::Reminders => format!("{tag}r{id}.{revision}"),
            Part::Reminder(number) => format!("{tag}r{id}.{revision}.{}", Short(number.0.into())),
        }
    }
}

/// A number with 36 digits, so that all of it has room in a nonce.
struct Short(u64);

impl std::fmt::Display for Short {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut digits = Vec::new();
        let mut left = self.0;
        loop {
            digits.push(char::from_digit(u32::try_from(left % 36).unwrap_or(0), 36).unwrap_or('0'));
            left /= 36;
            if left == 0 {
                return f.write_str(&digits.iter().rev().collect::<String>());
            }
        }
    }
}

impl Outbound {
    /// Delivers by this executor, for the installation of this name.
    pub fn new(rest: Rest, installation: &str) -> Self {
        let tag: String = installation.chars().filter(char::is_ascii_alphanumeric).take(TAG).collect();
        Outbound { places: Arc::default(), rest, tag: tag.into(), moved: Arc::default() }
    }

    fn parcel<'a>(&self, part: Part, claim: &Claimed, message: &'a Message, mark: String) -> Parcel<'a> {
        Parcel { nonce: part.nonce(&self.tag, claim), message, mark }
    }

    /// Something about this channel changed.
    pub(crate) fn forget(&self, channel: ChannelId) {
        self.places.forget(channel);
    }

    /// A new item: card and thread, or a forum's post.
    async fn open(&self, claim: &Claimed, shown: &Shown, channel: Option<ChannelId>) -> Delivered {
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

    async fn thread(&self, shown: &Shown, place: CardPlace) -> Result<ChannelId, DeliveryError> {
        let name = view::card::thread_name(shown);
        match self.rest.start_thread(place.channel, place.message, &body::thread(&name)).await {
            Ok(thread) => Ok(thread),
            Err(failure) if failure.terminal() == Some(Terminal::TooManyThreads) => {
                Err(DeliveryError::Later { after: Some(THREADS_AGAIN), why: failure.to_string() })
            }
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
        let tags = places::tags_for(shown, tags);
        self.rest
            .create_post(forum, &body::post(&view::card::thread_name(shown), card, &tags))
            .await
            .map(|t| t.id)
    }

    /// A post of ours in this forum, if an earlier try of the same row may have made it.
    async fn posted(
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

    /// The card shows the newest state.
    async fn refresh(&self, claim: &Claimed, shown: &Shown) -> Delivered {
        let Some(place) = shown.item.card else { return Ok(Sent::Nothing) };
        let card = view::card::card(shown);
        let failure = match self.edit(place.channel, place.message, &card).await {
            Ok(()) => {
                self.retag(shown, place).await;
                let moved = self.moved.lock().await.get(&place.message).copied();
                let Some(now) = moved else { return Ok(Sent::Card(place)) };
                // Made anew meanwhile, because somebody deleted its thread: that is the card now.
                return match self.edit(now.channel, now.message, &card).await {
                    Ok(()) => Ok(Sent::Card(now)),
                    Err(failure) => Err(self.explain(shown.guild, now.channel, failure).await),
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
                let parcel = self.parcel(Part::Card, claim, &card, shown.item.number.to_string());
                match self.once(claim, place.channel, &parcel).await {
                    Ok(message) => Ok(Sent::Card(CardPlace { message: message.id, ..place })),
                    Err(failure) => Err(self.explain(shown.guild, place.channel, failure).await),
                }
            }
            Some(Terminal::UnknownChannel | Terminal::UnknownMessage) => {
                self.reopen(claim, shown, place).await.map(Sent::Opened)
            }
            _ => Err(self.explain(shown.guild, place.channel, failure).await),
        }
    }

    /// Channel or thread are gone: card and thread anew, in the team's channel.
    async fn reopen(
        &self,
        claim: &Claimed,
        shown: &Shown,
        place: CardPlace,
    ) -> Result<CardPlace, DeliveryError> {
        let mut moved = self.moved.lock().await;
        if let Some(there) = moved.get(&place.message) {
            return Ok(*there);
        }
        let home = shown.policy.team(shown.item.suggestion.team).and_then(|t| t.channel);
        let Some(home) = home.or_else(|| (place.thread != Some(place.channel)).then_some(place.channel))
        else {
            return Err(gone(place.channel));
        };
        let mut there = self.card(claim, shown, home).await?;
        if there.thread.is_none() {
            there.thread = Some(self.thread(shown, there).await?);
        }
        if moved.len() >= MOVED {
            moved.clear();
        }
        moved.insert(place.message, there);
        Ok(there)
    }

    /// A forum's post shows its state by a tag. Best effort: `/kaizen check` names what is missing.
    async fn retag(&self, shown: &Shown, place: CardPlace) {
        let Some(thread) = place.thread.filter(|t| *t == place.channel) else { return };
        let Some(forum) = shown.policy.team(shown.item.suggestion.team).and_then(|t| t.channel) else {
            return;
        };
        let Ok(Home::Forum(tags)) = self.places.home(&self.rest, forum).await else { return };
        let wanted = places::tags_for(shown, &tags);
        if wanted.is_empty() || !self.places.tags_changed(thread, &wanted) {
            return;
        }
        if let Err(failure) = self.rest.change_channel(thread, &json!({ "applied_tags": wanted })).await {
            self.places.tags_unknown(thread);
            tracing::debug!(reason = %failure, "a post's tag could not be set");
        }
    }

    async fn rename(&self, shown: &Shown) -> Delivered {
        let Some(thread) = shown.item.card.and_then(|c| c.thread) else { return Ok(Sent::Nothing) };
        let name = body::thread_name(&view::card::thread_name(shown));
        match self.rest.change_channel(thread, &json!({ "name": name })).await {
            Ok(_) => Ok(Sent::Nothing),
            Err(failure) if failure.terminal() == Some(Terminal::ThreadArchived) => {
                let body = json!({ "archived": false, "name": name });
                match self.rest.change_channel(thread, &body).await {
                    Ok(_) => Ok(Sent::Nothing),
                    Err(failure) => Err(self.explain(shown.guild, thread, failure).await),
                }
            }
            Err(failure) if is_gone(&failure) => Ok(Sent::Nothing),
            Err(failure) => Err(self.explain(shown.guild, thread, failure).await),
        }
    }

    /// A post in the item's thread.
    async fn post(&self, claim: &Claimed, shown: &Shown, parcel: &Parcel<'_>) -> Delivered {
        if parcel.message.text.trim().is_empty() && parcel.message.cards.is_empty() {
            return Ok(Sent::Nothing);
        }
        let Some(place) = shown.item.card else { return Err(never("its card was never posted")) };
        let Some(thread) = place.thread else { return Err(never("its thread was never started")) };
        match self.once(claim, thread, parcel).await {
            Ok(message) => Ok(Sent::Message { channel: thread, message: message.id }),
            Err(failure) if failure.terminal() == Some(Terminal::UnknownChannel) => {
                self.post_anew(claim, shown, place, parcel).await
            }
            Err(failure) => Err(self.explain(shown.guild, thread, failure).await),
        }
    }

    /// The thread is gone: the card gets it back, or, where the platform does not give it back, both come anew.
    async fn post_anew(
        &self,
        claim: &Claimed,
        shown: &Shown,
        place: CardPlace,
        parcel: &Parcel<'_>,
    ) -> Delivered {
        if place.thread != Some(place.channel)
            && let Ok(thread) = self.thread(shown, place).await
            && let Ok(message) = self.once(claim, thread, parcel).await
        {
            return Ok(Sent::Message { channel: thread, message: message.id });
        }
        let place = self.reopen(claim, shown, place).await?;
        let Some(thread) = place.thread else { return Err(never("its thread was never started")) };
        match self.once(claim, thread, parcel).await {
            Ok(message) => Ok(Sent::Anew { place, channel: thread, message: message.id }),
            Err(failure) => Err(self.explain(shown.guild, thread, failure).await),
        }
    }

    /// A direct message; where they are closed, a mention in the thread.
    async fn direct(&self, claim: &Claimed, to: UserId, parcel: &Parcel<'_>, shown: &Shown) -> Delivered {
        match self.by_direct_message(claim, to, parcel).await {
            Ok(Some((channel, message))) => Ok(Sent::Message { channel, message }),
            Ok(None) => {
                let message = mentioning(to, parcel.message);
                let in_thread = self.parcel(Part::Mention, claim, &message, parcel.mark.clone());
                self.post(claim, shown, &in_thread).await
            }
            Err(failure) => Err(plain(&failure)),
        }
    }

    /// What is due for one person, bundled; where direct messages are closed, in the thread of each item.
    async fn reminders(
        &self,
        claim: &Claimed,
        (to, member): (UserId, MemberId),
        lines: &[(ReminderEntry, Shown)],
    ) -> Delivered {
        let message = view::notice::reminders(member, lines, claim.id);
        let parcel = self.parcel(Part::Reminders, claim, &message, last_line(&message));
        match self.by_direct_message(claim, to, &parcel).await {
            Ok(Some((channel, message))) => {
                let reminded =
                    |(entry, _): &(ReminderEntry, Shown)| Reminded { number: entry.number, channel, message };
                return Ok(Sent::Reminded(lines.iter().map(reminded).collect()));
            }
            Ok(None) => {}
            Err(failure) => return Err(plain(&failure)),
        }
        let (mut reminded, mut refused) = (Vec::new(), None);
        for line in lines {
            let number = line.0.number;
            let message =
                mentioning(to, &view::notice::reminders(member, std::slice::from_ref(line), claim.id));
            let parcel = self.parcel(Part::Reminder(number), claim, &message, last_line(&message));
            match self.beside(claim, &line.1, &parcel).await {
                Ok((channel, message)) => reminded.push(Reminded { number, channel, message }),
                // The others are told all the same.
                Err(never @ DeliveryError::Never { .. }) => refused = Some(never),
                Err(later) => return Err(later),
            }
        }
        refused.map_or(Ok(Sent::Reminded(reminded)), Err)
    }

    /// In the item's thread; where that is gone, beside its card.
    async fn beside(
        &self,
        claim: &Claimed,
        shown: &Shown,
        parcel: &Parcel<'_>,
    ) -> Result<(ChannelId, MessageId), DeliveryError> {
        let Some(place) = shown.item.card else { return Err(never("its card was never posted")) };
        let mut channel = place.thread.unwrap_or(place.channel);
        let mut sent = self.once(claim, channel, parcel).await;
        if channel != place.channel
            && sent.as_ref().is_err_and(|f| f.terminal() == Some(Terminal::UnknownChannel))
        {
            channel = place.channel;
            sent = self.once(claim, channel, parcel).await;
        }
        match sent {
            Ok(message) => Ok((channel, message.id)),
            Err(failure) => Err(self.explain(shown.guild, channel, failure).await),
        }
    }

    /// None: they take no direct messages from us.
    async fn by_direct_message(
        &self,
        claim: &Claimed,
        to: UserId,
        parcel: &Parcel<'_>,
    ) -> Result<Option<(ChannelId, MessageId)>, Failure> {
        let closed = |failure: Failure| {
            if takes_no_direct_messages(&failure) {
                self.places.direct_is_closed(to);
                Ok(None)
            } else {
                Err(failure)
            }
        };
        let channel = match self.places.direct(&self.rest, to).await {
            Ok(Some(channel)) => channel,
            Ok(None) => return Ok(None),
            Err(failure) => return closed(failure),
        };
        match self.once(claim, channel, parcel).await {
            Ok(message) => Ok(Some((channel, message.id))),
            Err(failure) => closed(failure),
        }
    }

    async fn digest(
        &self,
        claim: &Claimed,
        guild: GuildId,
        channel: ChannelId,
        message: &Message,
    ) -> Delivered {
        let refused = |failure| self.explain(guild, channel, failure);
        let home = match self.places.home(&self.rest, channel).await {
            Ok(home) => home,
            Err(failure) => return Err(refused(failure).await),
        };
        if let Home::Forum(_) = home {
            let name = plain_line(&message.text);
            // A forum's post takes no nonce: after an earlier try, its name is looked for.
            let earlier =
                match self.posted(claim, guild, channel, &|t| t.name.as_deref() == Some(name.as_str())).await
                {
                    Ok(earlier) => earlier,
                    Err(failure) => return Err(refused(failure).await),
                };
            let thread = match earlier {
                Some(thread) => Ok(thread),
                None => self.rest.create_post(channel, &body::post(&name, message, &[])).await.map(|t| t.id),
            };
            return match thread {
                Ok(thread) => Ok(Sent::Message { channel: thread, message: MessageId(thread.0) }),
                Err(failure) => Err(refused(failure).await),
            };
        }
        let parcel = self.parcel(Part::Digest, claim, message, last_line(message));
        match self.once(claim, channel, &parcel).await {
            Ok(sent) => Ok(Sent::Message { channel, message: sent.id }),
            Err(failure) => Err(refused(failure).await),
        }
    }

    /// A message that was sent is made anew: something in it was erased.
    async fn rewrite(
        &self,
        guild: GuildId,
        (channel, message): (ChannelId, MessageId),
        to: &Message,
    ) -> Delivered {
        match self.edit(channel, message, to).await {
            Ok(()) => Ok(Sent::Nothing),
            Err(failure) if is_gone(&failure) => Ok(Sent::Nothing),
            Err(failure) if failure.terminal() == Some(Terminal::EditLimit) => {
                Err(DeliveryError::Later { after: Some(EDIT_AGAIN), why: failure.to_string() })
            }
            Err(failure) => Err(self.explain(guild, channel, failure).await),
        }
    }

    async fn edit(&self, channel: ChannelId, message: MessageId, to: &Message) -> Result<(), Failure> {
        let body = body::edit(to);
        match self.rest.edit_message(channel, message, &body).await {
            Err(failure) if failure.terminal() == Some(Terminal::ThreadArchived) => {
                self.rest.change_channel(channel, &json!({ "archived": false })).await?;
                self.rest.edit_message(channel, message, &body).await.map(|_| ())
            }
            other => other.map(|_| ()),
        }
    }

    /// Sends a message once, whatever became of earlier tries of the same row.
    async fn once(
        &self,
        claim: &Claimed,
        channel: ChannelId,
        parcel: &Parcel<'_>,
    ) -> Result<model::Message, Failure> {
        if claim.begun.is_some_and(|ago| ago >= limits::NONCE_WINDOW)
            && let Some(ours) = self.find(channel, parcel).await?
        {
            metrics::counter!("kaizen_discord_found_again_total").increment(1);
            return Ok(ours);
        }
        let body = body::create(parcel.message, Some(&parcel.nonce));
        match self.rest.create_message(channel, &body).await {
            Err(failure) if failure.terminal() == Some(Terminal::ThreadArchived) => {
                self.rest.change_channel(channel, &json!({ "archived": false })).await?;
                self.rest.create_message(channel, &body).await
            }
            other => other,
        }
    }

    /// Our own earlier message with this mark, among the newest of the channel.
    async fn find(&self, channel: ChannelId, parcel: &Parcel<'_>) -> Result<Option<model::Message>, Failure> {
        let bot = self.places.bot(&self.rest).await?;
        let mut page = Page::Newest;
        for _ in 0..PAGES {
            let messages = self.rest.messages(channel, page).await?;
            let Some(oldest) = messages.iter().map(|m| m.id).min() else { return Ok(None) };
            let last = messages.len() < usize::from(limits::PAGE);
            if let Some(ours) = messages.into_iter().find(|m| m.author.id == bot && parcel.is(m)) {
                return Ok(Some(ours));
            }
            if last {
                break;
            }
            page = Page::Before(oldest);
        }
        Ok(None)
    }

    /// Why it cannot be delivered, in words for operators, and with what the coordinator can mend.
    async fn explain(&self, guild: GuildId, channel: ChannelId, failure: Failure) -> DeliveryError {
        if let Some(
            Terminal::UnknownChannel | Terminal::UnknownGuild | Terminal::NoAccess | Terminal::NoPermission,
        ) = failure.terminal()
            && self.is_out_of(guild).await
        {
            let why = "we are not in this community (any more)".to_owned();
            return DeliveryError::Later { after: Some(BACK_AGAIN), why };
        }
        let missing =
            |permission: &str| Some(Trouble::Permission { channel, permission: permission.to_owned() });
        let trouble = match failure.terminal() {
            None => return plain(&failure),
            Some(Terminal::UnknownChannel) => {
                self.places.forget(channel);
                Some(Trouble::ChannelGone { channel })
            }
            Some(Terminal::NoAccess) => missing("View Channel"),
            Some(Terminal::ThreadLocked) => missing("Manage Threads"),
            Some(Terminal::NoPermission) => match permissions::standing(&self.rest, guild, channel).await {
                Ok(Standing::Missing { needed, wished }) => {
                    missing(needed.first().or(wished.first()).copied().unwrap_or("Send Messages"))
                }
                Ok(Standing::Gone | Standing::WrongKind) => Some(Trouble::ChannelGone { channel }),
                Err(_) => missing("Send Messages"),
            },
            Some(_) => None,
        };
        DeliveryError::Never { why: failure.to_string(), trouble }
    }

    /// Were we removed from it? Then nothing is lost: it waits until we are back.
    async fn is_out_of(&self, guild: GuildId) -> bool {
        let looked = self.rest.guild(guild).await;
        looked.is_err_and(|f| matches!(f.terminal(), Some(Terminal::UnknownGuild | Terminal::NoAccess)))
    }
}

#[async_trait]
impl Notifier for Outbound {
    async fn deliver(&self, claim: &Claimed, material: &Material) -> Delivered {
        match material {
            Material::Nothing => Ok(Sent::Nothing),
            Material::Open { shown, channel } => self.open(claim, shown, *channel).await,
            Material::Card { shown } => self.refresh(claim, shown).await,
            Material::Rename { shown } => self.rename(shown).await,
            Material::Post { shown, seq, event, mention, mention_role } => {
                let message = view::notice::post(shown, *seq, event, *mention, *mention_role);
                let mark = view::notice::mark(shown.item.number, *seq);
                self.post(claim, shown, &self.parcel(Part::Post, claim, &message, mark)).await
            }
            Material::Direct { shown, seq, event, to, member: _, reason } => {
                let Some(to) = *to else { return Ok(Sent::Nothing) };
                let message = view::notice::direct(shown, *seq, event, *reason);
                let mark = view::notice::mark(shown.item.number, *seq);
                self.direct(claim, to, &self.parcel(Part::Direct, claim, &message, mark), shown).await
            }
            Material::Reminders { to, member, lines } => {
                let Some(to) = *to else { return Ok(Sent::Nothing) };
                self.reminders(claim, (to, *member), lines).await
            }
            Material::Rewrite { shown, posting, event } => {
                let message = match posting.direct {
                    Some((_, reason)) => view::notice::direct(shown, posting.seq, event, reason),
                    None => view::notice::post(shown, posting.seq, event, None, None),
                };
                self.rewrite(shown.guild, (posting.channel, posting.message), &message).await
            }
            Material::Clear { guild, posting } => {
                let message = view::notice::cleared(posting.number);
                self.rewrite(*guild, (posting.channel, posting.message), &message).await
            }
            Material::Digest { guild, channel, posted, content, people } => {
                let message = view::digest::digest(*guild, content, people);
                if let Some(posted) = *posted {
                    return self.rewrite(*guild, posted, &message).await;
                }
                let Some(channel) = *channel else { return Ok(Sent::Nothing) };
                self.digest(claim, *guild, channel, &message).await
            }
            Material::Trouble { guild, to, trouble } => {
                let Some(to) = *to else { return Ok(Sent::Nothing) };
                let message = view::notice::trouble(*guild, trouble);
                let parcel = self.parcel(Part::Trouble, claim, &message, last_line(&message));
                match self.by_direct_message(claim, to, &parcel).await {
                    Ok(Some((channel, message))) => Ok(Sent::Message { channel, message }),
                    Ok(None) => Err(never("the coordinator takes no direct messages")),
                    Err(failure) => Err(plain(&failure)),
                }
            }
        }
    }
}

impl Parcel<'_> {
    /// Is this the message that was sent for it?
    fn is(&self, message: &model::Message) -> bool {
        // The same mark stands under a step's post and under the mention in place of its direct message.
        let alike = begins(&self.message.text) == begins(&message.content);
        let in_embed = |e: &model::Embed| {
            let footer = e.footer.as_ref().map(|f| f.text.as_str());
            footer.is_some_and(|f| f.trim() == self.mark)
                || e.description.as_deref().is_some_and(|d| self.ends(d))
        };
        alike && (self.ends(&message.content) || message.embeds.iter().any(in_embed))
    }

    /// The mark stands alone on the last line, perhaps in small print.
    fn ends(&self, text: &str) -> bool {
        last_line_of(text) == self.mark
    }
}

fn mentioning(to: UserId, message: &Message) -> Message {
    let mut mentions = message.mentions.clone();
    mentions.push(to);
    Message { text: format!("<@{to}> {}", message.text), mentions, public: true, ..message.clone() }
}

/// Whom a text speaks to, if it begins with a mention, and its next word.
fn begins(text: &str) -> Option<(&str, Option<&str>)> {
    let mut words = text.split_whitespace();
    words.next().filter(|first| first.starts_with("<@")).map(|first| (first, words.next()))
}

fn last_line(message: &Message) -> String {
    last_line_of(&message.text).to_owned()
}

fn last_line_of(text: &str) -> &str {
    text.trim_end().lines().next_back().unwrap_or_default().trim_start_matches("-#").trim()
}

/// The first line, without its markup: the name of a forum's post.
fn plain_line(text: &str) -> String {
    let line: String = text
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !matches!(c, '*' | '_' | '#' | '`' | '\\'))
        .collect();
    body::thread_name(&line)
}

fn takes_no_direct_messages(failure: &Failure) -> bool {
    matches!(
        failure.terminal(),
        Some(Terminal::DmsClosed | Terminal::UnknownMember | Terminal::NoPermission | Terminal::NoAccess)
    )
}

fn is_gone(failure: &Failure) -> bool {
    matches!(failure.terminal(), Some(Terminal::UnknownChannel | Terminal::UnknownMessage))
}

fn never(why: &str) -> DeliveryError {
    DeliveryError::Never { why: why.to_owned(), trouble: None }
}

fn gone(channel: ChannelId) -> DeliveryError {
    DeliveryError::Never {
        why: "the channel is gone".to_owned(),
        trouble: Some(Trouble::ChannelGone { channel }),
    }
}

/// The same without a look at what the coordinator could mend.
fn plain(failure: &Failure) -> DeliveryError {
    let why = failure.to_string();
    match failure.class() {
        Class::Revoked => DeliveryError::Revoked,
        Class::Retry(after) => DeliveryError::Later { after, why },
        Class::Ambiguous => DeliveryError::Later { after: None, why },
        Class::Terminal(_) => DeliveryError::Never { why, trouble: None },
    }
}

#[cfg(test)]
mod tests;
