//! Messages about an item: posts in its thread, direct messages, bundles of reminders; and a team's digest.

use std::collections::BTreeSet;

use kaizen_chat::reply::Message;
use kaizen_chat::view;
use kaizen_domain::debrief::DebriefNumber;
use kaizen_domain::{ChannelId, GuildId, MemberId, MessageId, UserId};
use kaizen_workflow::debriefs::DebriefShown;
use kaizen_workflow::outbox::{Claimed, ReminderEntry};
use kaizen_workflow::ports::{CardPlace, DeliveryError, Reminded, RemindedOf, Sent, Shown};

use super::parcel::{Parcel, Part, first_line, last_line, mentioning, plain_line};
use super::places::Home;
use super::{Delivered, Outbound, is_locked, never, plain, takes_no_direct_messages};
use crate::body;
use crate::rest::{Failure, Terminal};

impl Outbound {
    /// A post in the item's thread.
    pub(super) async fn post(&self, claim: &Claimed, shown: &Shown, parcel: &Parcel<'_>) -> Delivered {
        if parcel.message.text.trim().is_empty() && parcel.message.cards.is_empty() {
            return Ok(Sent::Nothing);
        }
        let Some(place) = shown.item.card else { return Err(never("its card was never posted")) };
        let Some(thread) = place.thread else { return Err(never("its thread was never started")) };
        match self.once(claim, thread, parcel).await {
            Ok(message) => {
                self.at_rest(shown.item.suggestion.is_at_rest(), thread).await;
                Ok(Sent::Message { channel: thread, message: message.id })
            }
            Err(failure)
                if failure.terminal() == Some(Terminal::UnknownChannel)
                    || (is_locked(&failure) && shown.item.suggestion.is_open()) =>
            {
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
    pub(super) async fn direct(
        &self,
        claim: &Claimed,
        to: UserId,
        parcel: &Parcel<'_>,
        shown: &Shown,
    ) -> Delivered {
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
    pub(super) async fn reminders(
        &self,
        claim: &Claimed,
        (to, member): (UserId, MemberId),
        lines: &[(ReminderEntry, Shown)],
        actions: &[(ReminderEntry, DebriefShown)],
    ) -> Delivered {
        let message = view::notice::reminders(member, lines, actions, claim.id);
        let parcel = self.parcel(Part::Reminders, claim, &message, last_line(&message));
        match self.by_direct_message(claim, to, &parcel).await {
            Ok(Some((channel, message))) => {
                let mut of: Vec<RemindedOf> =
                    lines.iter().map(|(entry, _)| RemindedOf::Idea(entry.number)).collect();
                let debriefs: BTreeSet<DebriefNumber> = actions.iter().map(|(_, d)| d.item.number).collect();
                of.extend(debriefs.into_iter().map(|number| RemindedOf::Debrief(number, Some(member))));
                let reminded = |of| Reminded { of, channel, message };
                return Ok(Sent::Reminded(of.into_iter().map(reminded).collect()));
            }
            Ok(None) => {}
            Err(failure) => return Err(plain(&failure)),
        }
        let (mut reminded, mut refused) = (Vec::new(), None);
        for line in lines {
            let number = line.0.number;
            let message =
                mentioning(to, &view::notice::reminders(member, std::slice::from_ref(line), &[], claim.id));
            let parcel = self.parcel(Part::Reminder(number), claim, &message, last_line(&message));
            match self.beside(claim, &line.1, &parcel).await {
                Ok((channel, message)) => {
                    reminded.push(Reminded { of: RemindedOf::Idea(number), channel, message });
                }
                // The others are told all the same.
                Err(never @ DeliveryError::Never { .. }) => refused = Some(never),
                Err(later) => return Err(later),
            }
        }
        for action in actions {
            let one = view::notice::reminders(member, &[], std::slice::from_ref(action), claim.id);
            let message = mentioning(to, &one);
            let part = Part::OfAction(action.1.item.number, action.0.action.unwrap_or_default());
            let parcel = self.parcel(part, claim, &message, last_line(&message));
            match self.in_its_thread(claim, &action.1, &parcel).await {
                Ok(Sent::Message { channel, message } | Sent::Anew { channel, message, .. }) => {
                    let of = RemindedOf::Debrief(action.1.item.number, None);
                    reminded.push(Reminded { of, channel, message });
                }
                Ok(Sent::Opened(_) | Sent::Card(_) | Sent::Reminded(_) | Sent::Nothing) => {}
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
            && sent.as_ref().is_err_and(|f| f.terminal() == Some(Terminal::UnknownChannel) || is_locked(f))
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
    pub(super) async fn by_direct_message(
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

    pub(super) async fn digest(
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
        // Its title names the team and the week; what it counts may have changed since an earlier try.
        let parcel = self.parcel(Part::Digest, claim, message, first_line(message));
        match self.once(claim, channel, &parcel).await {
            Ok(sent) => Ok(Sent::Message { channel, message: sent.id }),
            Err(failure) => Err(refused(failure).await),
        }
    }
}
