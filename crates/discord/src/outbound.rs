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
use kaizen_domain::{ChannelId, GuildId, MessageId};
use kaizen_workflow::outbox::{Claimed, Material, Trouble};
use kaizen_workflow::ports::{CardPlace, DeliveryError, Notifier, Sent};
use serde_json::json;

use self::parcel::{Parcel, Part, last_line};
use self::places::Places;
use crate::body;
use crate::limits;
use crate::permissions::{self, Standing};
use crate::rest::{Class, Failure, Page, Rest, Terminal, model};

mod cards;
mod debriefs;
mod messages;
mod parcel;
pub(crate) mod places;

/// An edit that the platform refuses because the message is old and was edited often.
const EDIT_AGAIN: Duration = Duration::from_mins(10);
/// When we are not in the community: until we hear that we were removed, after which nothing is sent at all.
const BACK_AGAIN: Duration = Duration::from_mins(1);
/// How much of the installation's name stands in a nonce.
const TAG: usize = 6;
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
            return self.brought_up_to_date(claim, ours, parcel).await;
        }
        let body = body::create(parcel.message, Some(&parcel.nonce));
        let sent = match self.rest.create_message(channel, &body).await {
            Err(failure) if failure.terminal() == Some(Terminal::ThreadArchived) => {
                match self.rest.change_channel(channel, &json!({ "archived": false })).await {
                    Ok(_) => self.rest.create_message(channel, &body).await,
                    // It is locked as well, and not for us to open.
                    Err(refused) if refused.terminal() == Some(Terminal::NoPermission) => Err(failure),
                    Err(other) => Err(other),
                }
            }
            other => other,
        };
        self.brought_up_to_date(claim, sent?, parcel).await
    }

    /// What an earlier try sent, by us or by a process that is gone, may say what was true then.
    async fn brought_up_to_date(
        &self,
        claim: &Claimed,
        sent: model::Message,
        parcel: &Parcel<'_>,
    ) -> Result<model::Message, Failure> {
        if claim.begun.is_some() && !parcel.is_said_by(&sent) {
            self.edit(sent.channel_id, sent.id, parcel.message).await?;
        }
        Ok(sent)
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

    /// The thread of something that has ended closes by itself after an hour of quiet, and is not counted among the open ones
    /// then; whatever is posted there opens it again. Best effort: without this it takes some days.
    async fn at_rest(&self, ended: bool, thread: ChannelId) {
        if !ended {
            return;
        }
        let soon = json!({ "auto_archive_duration": limits::SOONEST_ARCHIVE });
        if let Err(failure) = self.rest.change_channel(thread, &soon).await {
            tracing::debug!(reason = %failure, "the thread of something that has ended stays open for some days");
        }
    }

    /// What reminders say of something that lost words goes; what they say of others stays.
    async fn clear(&self, guild: GuildId, at: (ChannelId, MessageId), number: &str) -> Delivered {
        let sent = match self.rest.message(at.0, at.1).await {
            Ok(sent) => sent.content,
            Err(failure) if is_gone(&failure) => return Ok(Sent::Nothing),
            Err(failure) => return Err(self.explain(guild, at.0, failure).await),
        };
        let message = view::notice::without(&sent, number).unwrap_or_else(|| view::notice::cleared(number));
        self.rewrite(guild, at, &message).await
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
            None | Some(Terminal::TooManyThreads) => return plain(&failure),
            Some(Terminal::UnknownChannel) => {
                self.places.forget(channel);
                Some(Trouble::ChannelGone { channel, now: None })
            }
            Some(Terminal::NoAccess) => missing("View Channel"),
            Some(Terminal::ThreadLocked | Terminal::ThreadArchived) => missing("Manage Threads"),
            // The forum asks for a tag, and we may not make any.
            Some(Terminal::TagRequired) => missing("Manage Channels"),
            Some(Terminal::NoPermission) => match permissions::standing(&self.rest, guild, channel).await {
                Ok(Standing::Missing { needed, wished }) => {
                    missing(needed.first().or(wished.first()).copied().unwrap_or("Send Messages"))
                }
                Ok(Standing::Gone | Standing::WrongKind) => Some(Trouble::ChannelGone { channel, now: None }),
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
            Material::Rename { shown } => {
                let thread = shown.item.card.and_then(|c| c.thread);
                self.rename(shown.guild, thread, &view::card::thread_name(shown)).await
            }
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
            Material::Reminders { to, member, lines, actions } => {
                let Some(to) = *to else { return Ok(Sent::Nothing) };
                self.reminders(claim, (to, *member), lines, actions).await
            }
            Material::Rewrite { shown, posting, event } => {
                let message = match posting.direct {
                    Some((_, reason)) => view::notice::direct(shown, posting.seq, event, reason),
                    None => view::notice::post(shown, posting.seq, event, None, None),
                };
                self.rewrite(shown.guild, (posting.channel, posting.message), &message).await
            }
            Material::Clear { guild, posting } => {
                let at = (posting.channel, posting.message);
                self.clear(*guild, at, &posting.number.to_string()).await
            }
            Material::Digest { guild, channel, posted, content, people } => {
                let message = view::digest::digest(*guild, content, people);
                if let Some(posted) = *posted {
                    return self.rewrite(*guild, posted, &message).await;
                }
                let Some(channel) = *channel else { return Ok(Sent::Nothing) };
                self.digest(claim, *guild, channel, &message).await
            }
            Material::Debrief(material) => self.debrief(claim, material).await,
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

    async fn open_threads(&self, guild: GuildId) -> Result<Vec<ChannelId>, DeliveryError> {
        self.rest.threads_are_full(guild);
        let bot = self.places.bot(&self.rest).await.map_err(|failure| plain(&failure))?;
        let mut open = self.rest.open_threads(guild).await.map_err(|failure| plain(&failure))?.threads;
        open.retain(|thread| thread.owner_id == Some(bot));
        // Ids are clocks.
        open.sort_by_key(|thread| thread.last_message_id.map_or(thread.id.0, |message| message.0));
        Ok(open.into_iter().map(|thread| thread.id).collect())
    }

    async fn close_thread(&self, guild: GuildId, thread: ChannelId) -> Result<(), DeliveryError> {
        match self.rest.change_channel(thread, &json!({ "archived": true })).await {
            Ok(_) => Ok(()),
            Err(failure) => Err(self.explain(guild, thread, failure).await),
        }
    }
}

fn takes_no_direct_messages(failure: &Failure) -> bool {
    matches!(
        failure.terminal(),
        Some(Terminal::DmsClosed | Terminal::UnknownMember | Terminal::NoPermission | Terminal::NoAccess)
    )
}

/// The thread is locked, and not for us to open: nobody can go on there.
fn is_locked(failure: &Failure) -> bool {
    matches!(failure.terminal(), Some(Terminal::ThreadLocked | Terminal::ThreadArchived))
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
        trouble: Some(Trouble::ChannelGone { channel, now: None }),
    }
}

fn no_threads(channel: ChannelId) -> DeliveryError {
    DeliveryError::Never {
        why: "a channel of this kind has no threads".to_owned(),
        trouble: Some(Trouble::NoThreads { channel }),
    }
}

/// The same without a look at what the coordinator could mend.
fn plain(failure: &Failure) -> DeliveryError {
    let why = failure.to_string();
    match failure.class() {
        Class::Revoked => DeliveryError::Revoked,
        Class::Retry(after) => DeliveryError::Later { after, why },
        Class::Ambiguous => DeliveryError::Later { after: None, why },
        Class::Terminal(Terminal::TooManyThreads) => DeliveryError::NoRoom { why },
        Class::Terminal(_) => DeliveryError::Never { why, trouble: None },
    }
}

#[cfg(test)]
mod tests;
