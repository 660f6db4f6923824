//! A person at the keyboard, for tests: types commands, presses buttons, fills forms.

use serde_json::{Map, Value};

use crate::client::{self, ClientRefusal, MessageId, Place, Typed, refuse};
use crate::exchange::{Choice, Exchange};
use crate::ids::Id;
use crate::rest;
use crate::sim::Sim;
use crate::world::{Message, Modal, World};

/// Somebody who uses the local Discord. Get one from [`Sim::person`].
#[derive(Debug, Clone)]
pub struct Person {
    sim: Sim,
    id: Id,
    name: String,
}

impl Person {
    pub(crate) fn new(sim: Sim, id: Id, name: &str) -> Self {
        Person { sim, id, name: name.to_owned() }
    }

    /// The user's id; 0 if there is no such person.
    #[must_use]
    pub fn id(&self) -> Id {
        self.id
    }

    /// As asked for.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn act(
        &self,
        act: impl FnOnce(&mut World) -> Result<Id, ClientRefusal>,
    ) -> Result<Exchange, ClientRefusal> {
        let id = self.sim.shared.with(act)?;
        Ok(Exchange::new(&self.sim.shared, id))
    }

    fn typed(
        &self,
        place: &Place,
        command: &str,
        options: &Value,
        checked: bool,
    ) -> Result<Exchange, ClientRefusal> {
        let options = object(options)?;
        self.act(|world| {
            let channel = place.find_for(world, self.id)?;
            client::command(world, &Typed { user: self.id, channel, command, options: &options, checked })
        })
    }

    /// Uses a slash command: `slash("ward-3", "idea accept", json!({"reason": "…"}))`. People, roles and channels are
    /// given by name or id, choices by name or value; what is typed is checked as Discord's client does.
    ///
    /// # Errors
    /// When the client would not send it.
    pub async fn slash(
        &self,
        channel: impl Into<Place>,
        command: &str,
        options: Value,
    ) -> Result<Exchange, ClientRefusal> {
        self.typed(&channel.into(), command, &options, true)
    }

    /// The same without the checks of lengths, choices and required options: what a broken or hostile client sends.
    ///
    /// # Errors
    /// When it cannot be sent at all.
    pub async fn slash_unchecked(
        &self,
        channel: impl Into<Place>,
        command: &str,
        options: Value,
    ) -> Result<Exchange, ClientRefusal> {
        self.typed(&channel.into(), command, &options, false)
    }

    /// Uses a message command on a message.
    ///
    /// # Errors
    /// When the client would not send it.
    pub async fn message_command(
        &self,
        message: impl MessageId,
        command: &str,
    ) -> Result<Exchange, ClientRefusal> {
        self.act(|world| client::message_command(world, self.id, message.message_id(), command))
    }

    /// Presses a button, by custom id or label.
    ///
    /// # Errors
    /// When there is no such button to press.
    pub async fn press(&self, message: impl MessageId, button: &str) -> Result<Exchange, ClientRefusal> {
        self.act(|world| client::press(world, self.id, message.message_id(), button, None))
    }

    /// Chooses in a select, named by custom id or placeholder, by values or labels.
    ///
    /// # Errors
    /// When it cannot be chosen.
    pub async fn select(
        &self,
        message: impl MessageId,
        select: &str,
        chosen: &[&str],
    ) -> Result<Exchange, ClientRefusal> {
        let chosen: Vec<String> = chosen.iter().map(|one| (*one).to_owned()).collect();
        self.act(|world| client::press(world, self.id, message.message_id(), select, Some(&chosen)))
    }

    /// Sends a forged press: a custom id of one's own making, said to be on a message.
    ///
    /// # Errors
    /// When there is no such channel or message.
    pub async fn press_raw(
        &self,
        channel: impl Into<Place>,
        message: impl MessageId,
        custom_id: &str,
    ) -> Result<Exchange, ClientRefusal> {
        let place = channel.into();
        self.act(|world| {
            let channel = place.find_for(world, self.id)?;
            client::press_raw(world, self.id, (channel, message.message_id()), custom_id)
        })
    }

    /// Fills a form that is open on this person's screen and sends it; fields by custom id or label.
    ///
    /// # Errors
    /// When the client would not send it.
    pub async fn submit_modal(&self, modal: &Modal, values: Value) -> Result<Exchange, ClientRefusal> {
        let values = object(&values)?;
        self.act(|world| client::submit(world, self.id, modal.id, &values))
    }

    /// Types into an option that the bot completes, and gives what it offers.
    ///
    /// # Errors
    /// When the option is not completed by the bot, or it does not answer in time.
    pub async fn autocomplete(
        &self,
        channel: impl Into<Place>,
        command: &str,
        (focused, text): (&str, &str),
        options: Value,
    ) -> Result<Vec<Choice>, ClientRefusal> {
        let (place, options) = (channel.into(), object(&options)?);
        let exchange = self.act(|world| {
            let channel = place.find_for(world, self.id)?;
            let typed = Typed { user: self.id, channel, command, options: &options, checked: false };
            client::autocomplete(world, &typed, focused, text)
        })?;
        exchange.choices().await.map_err(|error| ClientRefusal(error.to_string()))
    }

    /// Writes a message; `dm` as the channel writes to the bot.
    ///
    /// # Errors
    /// When the person may not write there.
    pub async fn say(&self, channel: impl Into<Place>, text: &str) -> Result<Message, ClientRefusal> {
        let place = channel.into();
        self.sim.shared.with(|world| {
            let channel = place.find_for(world, self.id)?;
            let id = client::say(world, self.id, channel, text)?;
            world.message(id).cloned().map_or_else(|| refuse("the message is gone"), Ok)
        })
    }

    /// Dismisses a message that only this person sees.
    ///
    /// # Errors
    /// When it is not such a message.
    pub async fn dismiss(&self, message: impl MessageId) -> Result<(), ClientRefusal> {
        let id = message.message_id();
        self.sim.shared.with(|world| dismiss(world, self.id, id))
    }

    /// The messages that this person sees in a channel, oldest first.
    #[must_use]
    pub fn sees(&self, channel: impl Into<Place>) -> Vec<Message> {
        let place = channel.into();
        self.sim.shared.with(|world| {
            let Ok(channel) = place.find_for(world, self.id) else { return Vec::new() };
            visible_messages(world, self.id, channel).into_iter().cloned().collect()
        })
    }

    /// The direct messages with the bot, oldest first.
    #[must_use]
    pub fn dms(&self) -> Vec<Message> {
        self.sim.read(|world| world.dms(self.id).into_iter().cloned().collect())
    }
}

pub(crate) fn dismiss(world: &mut World, user: Id, id: Id) -> Result<(), ClientRefusal> {
    let own =
        world.message(id).is_some_and(|message| message.ephemeral_for == Some(user) && !message.deleted);
    if !own {
        return refuse("only messages that nobody else sees can be dismissed");
    }
    rest::remove_message(world, id);
    Ok(())
}

/// The messages of a channel that a person sees.
pub(crate) fn visible_messages(world: &World, user: Id, channel: Id) -> Vec<&Message> {
    let visible = world.channel(channel).is_some_and(|channel| world.can_see(channel, user));
    if !visible {
        return Vec::new();
    }
    world
        .messages(channel)
        .into_iter()
        .filter(|message| message.ephemeral_for.is_none_or(|owner| owner == user))
        .collect()
}

fn object(value: &Value) -> Result<Map<String, Value>, ClientRefusal> {
    match value {
        Value::Object(map) => Ok(map.clone()),
        Value::Null => Ok(Map::new()),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            refuse("options are given as an object of names and values")
        }
    }
}
