//! What is to be sent, and how our own earlier message is found again.

use kaizen_chat::reply::Message;
use kaizen_domain::debrief::DebriefNumber;
use kaizen_domain::{Number, UserId};
use kaizen_workflow::outbox::Claimed;

use crate::body;
use crate::rest::model;

/// What is to be sent, and how it is found again.
pub(super) struct Parcel<'a> {
    /// The platform takes two messages with the same one for one, for a few minutes.
    pub(super) nonce: String,
    pub(super) message: &'a Message,
    /// What stands alone on its last line; of a digest, on its first.
    pub(super) mark: String,
}

/// What a row sends: part of the nonce, because one row may send more than one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Card,
    Post,
    Direct,
    /// A direct message that stands in the thread.
    Mention,
    Digest,
    Trouble,
    /// A bundle: once sending has begun nothing is added to it any more.
    Reminders,
    /// A line of a bundle that stands in its item's thread.
    Reminder(Number),
    /// The same for an action, in its debrief's thread.
    OfAction(DebriefNumber, u32),
}

impl Part {
    pub(super) fn nonce(self, tag: &str, claim: &Claimed) -> String {
        let id = Short(claim.id.unsigned_abs());
        match self {
            Part::Card => format!("{tag}c{id}"),
            Part::Post => format!("{tag}p{id}"),
            Part::Direct => format!("{tag}d{id}"),
            Part::Mention => format!("{tag}m{id}"),
            Part::Digest => format!("{tag}w{id}"),
            Part::Trouble => format!("{tag}x{id}"),
            Part::Reminders => format!("{tag}r{id}"),
            Part::OfAction(debrief, action) => {
                format!("{tag}a{id}.{}.{action}", Short(debrief.0.into()))
            }
            Part::Reminder(number) => format!("{tag}r{id}.{}", Short(number.0.into())),
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

impl Parcel<'_> {
    /// Does this message of ours say what this parcel says? One that an earlier try sent may quote words that were taken out since.
    pub(super) fn is_said_by(&self, sent: &model::Message) -> bool {
        let body = body::create(self.message, None);
        let words = |text: Option<&str>| text.unwrap_or_default().trim().to_owned();
        let cards = body["embeds"].as_array().map(Vec::as_slice).unwrap_or_default();
        let said = cards.iter().map(|card| words(card["description"].as_str()));
        words(body["content"].as_str()) == words(Some(&sent.content))
            && said.eq(sent.embeds.iter().map(|card| words(card.description.as_deref())))
    }

    /// Is this the message that was sent for it?
    pub(super) fn is(&self, message: &model::Message) -> bool {
        // The same mark stands under a step's post and under the mention in place of its direct message.
        let alike = begins(&self.message.text) == begins(&message.content);
        let in_embed = |e: &model::Embed| {
            let footer = e.footer.as_ref().map(|f| f.text.as_str());
            footer.is_some_and(|f| f.trim() == self.mark)
                || e.description.as_deref().is_some_and(|d| self.ends(d))
        };
        let begins = first_line_of(&message.content) == self.mark;
        alike && (begins || self.ends(&message.content) || message.embeds.iter().any(in_embed))
    }

    /// The mark stands alone on the last line, perhaps in small print.
    fn ends(&self, text: &str) -> bool {
        last_line_of(text) == self.mark
    }
}

pub(super) fn mentioning(to: UserId, message: &Message) -> Message {
    let mut mentions = message.mentions.clone();
    mentions.push(to);
    Message { text: format!("<@{to}> {}", message.text), mentions, public: true, ..message.clone() }
}

/// Whom a text speaks to, if it begins with a mention, and its next word.
fn begins(text: &str) -> Option<(&str, Option<&str>)> {
    let mut words = text.split_whitespace();
    words.next().filter(|first| first.starts_with("<@")).map(|first| (first, words.next()))
}

pub(super) fn last_line(message: &Message) -> String {
    last_line_of(&message.text).to_owned()
}

pub(super) fn first_line(message: &Message) -> String {
    first_line_of(&message.text).to_owned()
}

fn first_line_of(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim()
}

fn last_line_of(text: &str) -> &str {
    text.trim_end().lines().next_back().unwrap_or_default().trim_start_matches("-#").trim()
}

/// The first line, without its markup: the name of a forum's post.
pub(super) fn plain_line(text: &str) -> String {
    let line: String = text
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !matches!(c, '*' | '_' | '#' | '`' | '\\'))
        .collect();
    body::thread_name(&line)
}
