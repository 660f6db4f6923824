//! Whole conversations on the real rules and the real engine, with a store in memory: what people type and press, what they
//! are answered, and what was recorded. (The stories with platform and database are in the tests of the workspace.)

mod buttons;
mod ideas;
mod manners;
mod memory;
mod settings;

use std::collections::BTreeMap;
use std::sync::Arc;

use kaizen_domain::suggestion::StageName;
use kaizen_domain::{ChannelId, GuildId, Instant, MessageId, RoleId, UserId};
use kaizen_workflow::clock::ManualClock;
use kaizen_workflow::digest::Schedule;
use kaizen_workflow::engine::Engine;
use kaizen_workflow::ports::Person;

use crate::control::{Id, Step};
use crate::reply::{Control, Form, Message, Reply};
use crate::request::{Arg, Args, Input, Place, Quoted, Request};
use crate::{Chat, Choice};
use memory::Memory;

const GUILD: GuildId = GuildId(1000);
/// The channel in which everything happens unless it happens in a thread.
const WARD: ChannelId = ChannelId(2001);

/// The people: their platform ids are 100 and something, their member ids the places in this list, from 1.
const NAMES: [&str; 6] = ["sam", "mara", "noor", "cleo", "otto", "ines"];

fn person(name: &str) -> Person {
    let place = NAMES.iter().position(|n| *n == name).unwrap();
    Person {
        user: UserId(101 + place as u64),
        name: name.into(),
        roles: if name == "otto" { vec![RoleId(77)] } else { vec![] },
        admin: false,
    }
}

/// A workspace and the conversation in it.
struct Talk {
    chat: Chat,
    memory: Arc<Memory>,
    clock: Arc<ManualClock>,
    requests: std::cell::Cell<u32>,
    place: Place,
}

impl Talk {
    /// Monday morning in Ward 3: mara manages it, noor the hospital above, cleo coordinates.
    fn in_ward_3() -> Talk {
        Talk::with(Memory::hospital())
    }

    /// A community that nobody has set up; cleo owns it.
    fn with_nothing_set_up() -> Talk {
        Talk::with(Memory::new_community())
    }

    fn with(memory: Memory) -> Talk {
        let (memory, clock) = (Arc::new(memory), Arc::new(ManualClock::at(now())));
        let schedule = Schedule::parse(Schedule::DEFAULT).unwrap();
        let engine = Engine::new(memory.clone(), memory.clone(), clock.clone(), schedule);
        let chat = Chat::new(engine, memory.clone());
        let place = Place { channel: WARD, parent: None };
        Talk { chat, memory, clock, requests: std::cell::Cell::new(0), place }
    }

    /// The same conversation inside the thread of an idea.
    fn in_thread_of(self, number: u32) -> Talk {
        Talk { place: Place { channel: memory::thread(number), parent: Some(WARD) }, ..self }
    }

    async fn request(&self, who: &str, input: Input) -> Reply {
        let id = self.requests.get() + 1;
        self.requests.set(id);
        self.handle(who, &id.to_string(), input).await
    }

    async fn handle(&self, who: &str, id: &str, input: Input) -> Reply {
        let request = Request {
            id: id.to_owned(),
            guild: Some(GUILD),
            person: person(who),
            bots: Vec::new(),
            place: self.place,
            locale: "en-GB".into(),
            input,
        };
        self.chat.handle(request).await
    }

    async fn types(&self, who: &str, name: &str, args: &[(&str, &str)]) -> Message {
        let args = args.iter().map(|(n, v)| ((*n).to_owned(), arg(n, v))).collect();
        said(self.request(who, Input::Command { name: name.into(), args: Args(args) }).await)
    }

    async fn uses_on_message(&self, who: &str, name: &str, text: &str) -> Reply {
        let message =
            Quoted { channel: WARD, message: MessageId(9), author: person("sam").user, text: text.into() };
        self.request(who, Input::MessageCommand { name: name.into(), message }).await
    }

    async fn presses_id(&self, who: &str, id: &str, values: &[&str], people: &[&str]) -> Reply {
        let input = Input::Press {
            id: id.into(),
            values: values.iter().map(|v| (*v).to_owned()).collect(),
            people: people.iter().map(|p| person(p)).collect(),
            private: true,
        };
        self.request(who, input).await
    }

    /// A button as the card of the idea shows it now.
    async fn presses(&self, who: &str, number: u32, step: Step) -> Reply {
        let id = Id::Step { step, number: kaizen_domain::Number(number), stage: self.stage(number) };
        self.presses_id(who, &id.to_string(), &[], &[]).await
    }

    async fn sends(&self, who: &str, form: &Form, fields: &[(&str, &str)]) -> Reply {
        for (name, _) in fields {
            assert!(form.fields.iter().any(|f| f.id == *name), "the form {} has no field {name}", form.title);
        }
        let fields: BTreeMap<String, String> =
            fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        self.request(who, Input::Form { id: form.id.clone(), fields }).await
    }

    async fn completes(&self, who: &str, name: &str, option: &str, typed: &str) -> Vec<Choice> {
        let input = Input::Complete {
            name: name.into(),
            option: option.into(),
            typed: typed.into(),
            args: Args::default(),
        };
        match self.request(who, input).await {
            Reply::Choices(choices) => choices,
            other => panic!("{other:?} is no completion"),
        }
    }

    fn stage(&self, number: u32) -> StageName {
        self.memory.suggestion(number).stage.name()
    }

    fn advance(&self, days: i64) {
        self.clock.advance(chrono::TimeDelta::days(days));
    }
}

/// Monday 23 November 2026, ten in the morning in London.
fn now() -> Instant {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

/// `@mara` is a person, `#2002` a channel, `&77` a role, `yes` a yes; anything else is words.
fn arg(name: &str, value: &str) -> Arg {
    if let Some(who) = value.strip_prefix('@') {
        Arg::Person(person(who))
    } else if let Some(channel) = value.strip_prefix('#') {
        Arg::Channel(channel.parse().unwrap())
    } else if let Some(role) = value.strip_prefix('&') {
        Arg::Role(role.parse().unwrap())
    } else if value == "yes" && matches!(name, "stop" | "policy" | "done" | "mine") {
        Arg::Bool(true)
    } else {
        Arg::Text(value.to_owned())
    }
}

/// The message of an answer.
fn said(reply: Reply) -> Message {
    match reply {
        Reply::Message(message) | Reply::Update(message) => {
            assert!(!message.public, "answers are private: {}", message.text);
            message
        }
        other @ (Reply::Form(_) | Reply::Choices(_)) => panic!("{other:?} is no message"),
    }
}

fn form(reply: Reply) -> Form {
    match reply {
        Reply::Form(form) => form,
        other @ (Reply::Message(_) | Reply::Update(_) | Reply::Choices(_)) => panic!("{other:?} is no form"),
    }
}

/// The labels of everything that can be pressed.
fn labels(message: &Message) -> Vec<&str> {
    let label = |control| match control {
        &Control::Button { ref label, .. } | &Control::Link { ref label, .. } => label.as_str(),
        &Control::Select { ref placeholder, .. }
        | &Control::People { ref placeholder, .. }
        | &Control::Channels { ref placeholder, .. } => placeholder.as_str(),
    };
    message.rows.iter().flatten().map(label).collect()
}

/// The id of the control with this label.
fn id_of(message: &Message, wanted: &str) -> String {
    let found = message.rows.iter().flatten().find_map(|control| match control {
        Control::Button { id, label, .. } => (label == wanted).then(|| id.clone()),
        Control::Select { id, placeholder, .. }
        | Control::People { id, placeholder }
        | Control::Channels { id, placeholder } => (placeholder == wanted).then(|| id.clone()),
        Control::Link { .. } => None,
    });
    found.unwrap_or_else(|| panic!("no {wanted} among {:?}", labels(message)))
}
