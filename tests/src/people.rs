//! What people do in a story: type, press, fill in, read.

use std::fmt;
use std::time::Duration;

use discord_sim::{Answer, Exchange, Message, Modal, Place};
use serde_json::{Value, json};

use kaizen_workflow::clock::pause;

use crate::load::recorded_as;
use crate::readable;
use crate::world::World;

/// How long what comes later into an answer is waited for.
const LATER: Duration = Duration::from_secs(5);

/// An idea by its number, shown as `K-1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idea(pub u32);

impl fmt::Display for Idea {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "K-{}", self.0)
    }
}

/// A debrief by its number, shown as `D-1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookedBack(pub u32);

impl fmt::Display for LookedBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "D-{}", self.0)
    }
}

/// What stands on the platform as a card with a thread.
pub trait Item: fmt::Display + Copy {}

impl Item for Idea {}
impl Item for LookedBack {}

/// What came back for something that a person did.
#[derive(Debug, Clone)]
pub struct Reply {
    /// What the platform saw.
    pub exchange: Exchange,
    /// The complete answer.
    pub answer: Answer,
    shown: String,
}

impl Reply {
    /// The whole answer as people read it, with its buttons; a form with its fields.
    pub fn text(&self) -> &str {
        &self.shown
    }

    /// The message of the answer.
    ///
    /// # Panics
    /// When it is none.
    pub fn message(&self) -> &Message {
        match &self.answer {
            Answer::Message(message) | Answer::Updated(message) => message,
            other => panic!("no message came, but: {other:?}"),
        }
    }

    /// The form that opened.
    ///
    /// # Panics
    /// When none did.
    pub fn form(&self) -> &Modal {
        match &self.answer {
            Answer::Modal(modal) => modal,
            other => panic!("no form opened, but: {other:?}"),
        }
    }

    /// Only the person themself sees it.
    pub fn private(&self) -> bool {
        self.message().ephemeral_for.is_some()
    }
}

impl World {
    /// `/suggest idea:…` in #ward-3.
    pub async fn suggest(&mut self, who: &str, idea: &str) -> Idea {
        let reply = self.slash(who, "suggest", json!({ "idea": idea })).await;
        idea_of(&reply)
    }

    /// A slash command in #ward-3.
    pub async fn slash(&mut self, who: &str, command: &str, options: Value) -> Reply {
        self.slash_in("ward-3", who, command, options).await
    }

    /// A slash command in the idea's own thread.
    pub async fn slash_at(&mut self, idea: impl Item, who: &str, command: &str, options: Value) -> Reply {
        let thread = self.thread_id(idea);
        self.slash_in(thread, who, command, options).await
    }

    /// A slash command somewhere.
    ///
    /// # Panics
    /// When the platform would not send it, or no answer comes.
    pub async fn slash_in(
        &mut self,
        place: impl Into<Place>,
        who: &str,
        command: &str,
        options: Value,
    ) -> Reply {
        let sent = self.sim.person(who).slash(place, command, options).await;
        let sent = sent.unwrap_or_else(|why| panic!("{who} cannot type /{command}: {why}"));
        self.reply(sent).await
    }

    /// A slash command with what no client would let through: texts too long, options missing.
    ///
    /// # Panics
    /// When it cannot be sent at all, or no answer comes.
    pub async fn slash_forged(&mut self, who: &str, command: &str, options: Value) -> Reply {
        let sent = self.sim.person(who).slash_unchecked("ward-3", command, options).await;
        let sent = sent.unwrap_or_else(|why| panic!("{who} cannot send /{command}: {why}"));
        self.reply(sent).await
    }

    /// A button on an idea's card.
    pub async fn press(&mut self, who: &str, idea: impl Item, button: &str) -> Reply {
        let card = self.card_message(idea).id;
        self.press_on(who, card, button).await
    }

    /// A button on a message.
    ///
    /// # Panics
    /// When there is no such button, or no answer comes.
    pub async fn press_on(&mut self, who: &str, message: impl discord_sim::MessageId, button: &str) -> Reply {
        let sent = self.sim.person(who).press(message.message_id(), button).await;
        let sent = sent.unwrap_or_else(|why| panic!("{who} cannot press {button}: {why}"));
        self.reply(sent).await
    }

    /// A press that no client sends: any id, on the card of an idea.
    ///
    /// # Panics
    /// When it cannot be sent, or no answer comes.
    pub async fn press_forged(&mut self, who: &str, idea: impl Item, id: &str) -> Reply {
        let card = self.card_message(idea);
        let sent = self.sim.person(who).press_raw(card.channel_id, card.id, id).await;
        let sent = sent.unwrap_or_else(|why| panic!("{who} cannot send {id}: {why}"));
        self.reply(sent).await
    }

    /// Fills in the form that a reply opened, and sends it.
    ///
    /// # Panics
    /// When the platform would not send it, or no answer comes.
    pub async fn fill(&mut self, who: &str, form: &Reply, fields: Value) -> Reply {
        let sent = self.sim.person(who).submit_modal(form.form(), fields).await;
        let sent = sent.unwrap_or_else(|why| panic!("{who} cannot send the form: {why}"));
        self.reply(sent).await
    }

    /// A command from the menu of a message.
    ///
    /// # Panics
    /// When the platform would not send it, or no answer comes.
    pub async fn on_message(&mut self, who: &str, message: &Message, command: &str) -> Reply {
        let sent = self.sim.person(who).message_command(message.id, command).await;
        let sent = sent.unwrap_or_else(|why| panic!("{who} cannot use {command}: {why}"));
        self.reply(sent).await
    }

    /// Waits for the complete answer, and until everything is sent that follows from it.
    ///
    /// # Panics
    /// When no answer comes.
    pub async fn reply(&mut self, exchange: Exchange) -> Reply {
        let answer = exchange.settled().await.unwrap_or_else(|why| panic!("{why}"));
        self.settle().await;
        let shown = match &answer {
            Answer::Message(message) | Answer::Updated(message) => {
                self.shown(&self.with_what_came_later(message).await)
            }
            Answer::Modal(form) => form_text(form),
            Answer::Choices(choices) => {
                choices.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join("\n")
            }
            Answer::Deferred | Answer::DeferredUpdate | Answer::Failed => String::new(),
        };
        Reply { exchange, answer, shown }
    }

    /// The answer as it is now. That to a new idea gets the link to its card, and similar ideas, once the card is posted.
    async fn with_what_came_later(&self, answer: &Message) -> Message {
        let now = || self.sim.message(answer.id).unwrap_or_else(|| answer.clone());
        let recorded = answer.content.starts_with("Thank you. Your idea is recorded as **K-");
        let number = recorded.then(|| recorded_as(&answer.content)).flatten();
        if let Some(number) = number
            && !self.cards(Idea(number)).is_empty()
        {
            // Best effort: a platform that does not work may lose it.
            let until = tokio::time::Instant::now() + LATER;
            while !now().content.contains("](https://") && tokio::time::Instant::now() < until {
                pause(Duration::from_millis(1)).await;
            }
        }
        now()
    }

    /// A message as people read it.
    pub fn shown(&self, message: &Message) -> String {
        self.sim.read(|world| readable::message(world, message))
    }

    /// The card of an idea, as people read it now.
    pub fn card(&self, idea: impl Item) -> String {
        self.shown(&self.card_message(idea))
    }

    /// The labels of the buttons on the card.
    pub fn buttons(&self, idea: impl Item) -> Vec<String> {
        self.card_message(idea).buttons()
    }

    /// The card's message.
    ///
    /// # Panics
    /// When there is not exactly one.
    pub fn card_message(&self, idea: impl Item) -> Message {
        let mut cards = self.cards(idea);
        assert_eq!(cards.len(), 1, "{idea} has one card");
        cards.remove(0)
    }

    /// Every card of an idea that stands somewhere: there should be one.
    pub fn cards(&self, idea: impl Item) -> Vec<Message> {
        let title = format!("{idea} · ");
        self.sim.read(|world| {
            let of_idea = |m: &&&Message| {
                m.ephemeral_for.is_none()
                    && m.guild_id.is_some()
                    && m.embeds.iter().any(|e| {
                        e["title"].as_str().is_some_and(|t| t.starts_with(&title))
                            && e["footer"]["text"] == idea.to_string()
                    })
            };
            world
                .all_messages()
                .iter()
                .filter(|m| !m.deleted && m.kind == 0 && world.channel(m.channel_id).is_some())
                .filter(of_idea)
                .map(|m| (*m).clone())
                .collect()
        })
    }

    /// The id of the thread under the card; in a forum, the post itself.
    ///
    /// # Panics
    /// When there is none.
    pub fn thread_id(&self, idea: impl Item) -> discord_sim::Id {
        let card = self.card_message(idea);
        let post = (card.channel_id == card.id).then_some(card.channel_id);
        card.thread.or(post).unwrap_or_else(|| panic!("{idea} has no thread"))
    }

    /// The posts in the thread of an idea, oldest first, as people read them; without private answers.
    pub fn thread(&self, idea: impl Item) -> Vec<String> {
        let card = self.card_message(idea).id;
        let posts = self.sim.messages(self.thread_id(idea));
        let posts =
            posts.iter().filter(|m| m.ephemeral_for.is_none() && m.id != card && !m.all_text().is_empty());
        posts.map(|m| self.shown(m)).collect()
    }

    /// The newest post in the thread of an idea.
    ///
    /// # Panics
    /// When there is none.
    pub fn last_post(&self, idea: impl Item) -> String {
        self.thread(idea).pop().expect("the thread has a post")
    }

    /// The direct messages of the bot to a person, oldest first, as they read them.
    pub fn dms(&self, who: &str) -> Vec<String> {
        self.sim.dms(who).iter().map(|m| self.shown(m)).collect()
    }

    /// The newest direct message to a person.
    ///
    /// # Panics
    /// When there is none.
    pub fn last_dm(&self, who: &str) -> String {
        self.dms(who).pop().unwrap_or_else(|| panic!("{who} has no direct message"))
    }

    /// How many direct messages somebody has got.
    pub fn dm_count(&self, who: &str) -> usize {
        self.sim.dms(who).len()
    }

    /// The public messages of the bot in a channel that are no cards, oldest first, as people read them.
    pub fn channel(&self, name: &str) -> Vec<String> {
        let messages = self.sim.messages(name);
        let public =
            messages.iter().filter(|m| m.ephemeral_for.is_none() && m.kind == 0 && m.thread.is_none());
        public.map(|m| self.shown(m)).collect()
    }

    /// What is offered while somebody types into an option.
    ///
    /// # Panics
    /// When nothing comes back.
    pub async fn complete(&self, who: &str, command: &str, option: &str, typed: &str) -> Vec<String> {
        let offered = self.sim.person(who).autocomplete("ward-3", command, (option, typed), json!({})).await;
        offered.unwrap_or_else(|why| panic!("{why}")).into_iter().map(|c| c.name).collect()
    }
}

/// The number in "recorded as **K-1**"; or "recorded already, as **K-1**", where the platform asked twice.
///
/// # Panics
/// When the reply says no such thing.
pub fn idea_of(reply: &Reply) -> Idea {
    let digits = reply.text().split(" as **K-").nth(1).and_then(|rest| rest.split("**").next());
    let number = digits.and_then(|d| d.parse().ok());
    Idea(number.unwrap_or_else(|| panic!("no idea was recorded: {}", reply.text())))
}

/// A form as somebody sees it: its title, its labels, what stands in its fields.
fn form_text(form: &Modal) -> String {
    let mut lines = vec![format!("Form: {}", form.title)];
    for row in &form.components {
        let input = row["components"].get(0).unwrap_or(&row["component"]);
        let label = input["label"].as_str().or_else(|| row["label"].as_str()).unwrap_or_default();
        let star = if input["required"].as_bool().unwrap_or(true) { " ★" } else { "" };
        let value =
            input["value"].as_str().filter(|v| !v.is_empty()).map(|v| format!(": {v}")).unwrap_or_default();
        lines.push(format!("- {label}{star}{value}"));
    }
    lines.join("\n")
}
