//! One request on its way through: what commands, buttons and forms have in common.

use std::future::Future;
use std::pin::Pin;

use kaizen_domain::rejection::Field;
use kaizen_domain::suggestion::{ActionName, Command, Event, Suggestion, may};
use kaizen_domain::{Actor, Calendar, GuildId, Instant, MemberId, Number, Rejection, Text};
use kaizen_workflow::engine::{Done, Failure};
use kaizen_workflow::ids;
use kaizen_workflow::ports::{Ask, ItemRef, Loaded, People, Person, Shown, StoreError, Stored};
use tracing::error;

use crate::control::Step;
use crate::reply::{Message, Reply};
use crate::request::{Args, Input, Quoted, Request};
use crate::{Chat, dates, view};

/// What a command gives.
pub(crate) type Answer = Result<Reply, Failure>;

/// A command that runs.
pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// Two are enough to know that a text matches several ideas.
const ENOUGH_MATCHES: u32 = 2;

/// A request in a community, with its options: those of a slash command, or the fields of the form that does the same.
#[derive(Clone, Copy)]
pub(crate) struct Turn<'a> {
    pub(crate) chat: &'a Chat,
    pub(crate) request: &'a Request,
    pub(crate) guild: GuildId,
    pub(crate) args: &'a Args,
    /// The idea that the pressed button or the form belongs to.
    pub(crate) pressed: Option<(Number, Step)>,
}

impl Turn<'_> {
    /// Trip one, with nothing but who asks.
    pub(crate) fn ask(&self) -> Ask {
        Ask {
            guild: self.guild,
            person: self.request.person.clone(),
            request: None,
            item: None,
            other: None,
            named: Vec::new(),
        }
    }

    /// Trip one of a change: a request that was carried out before is not carried out again.
    pub(crate) fn ask_to_change(&self) -> Ask {
        Ask { request: Some(self.request.id.clone()), ..self.ask() }
    }

    /// The time.
    pub(crate) fn now(&self) -> Instant {
        self.chat.engine.clock().now()
    }

    /// The message that a command was used on.
    pub(crate) fn quoted(&self) -> Result<&Quoted, Failure> {
        match &self.request.input {
            Input::MessageCommand { message, .. } => Ok(message),
            Input::Command { .. } | Input::Press { .. } | Input::Form { .. } | Input::Complete { .. } => {
                Err(rejected(Rejection::UnknownCommand))
            }
        }
    }

    /// The words of a required option.
    pub(crate) fn required(&self, name: &str, field: Field) -> Result<&str, Failure> {
        self.args.text(name).ok_or(rejected(Rejection::Empty(field)))
    }

    /// The words of an option, to keep.
    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.args.text(name).map(str::to_owned)
    }

    /// Which idea is meant: the one of the button or form, the one of `number`, or the one whose thread this is.
    pub(crate) async fn item(&self) -> Result<ItemRef, Failure> {
        if let Some((number, _)) = self.pressed {
            return Ok(ItemRef::Number(number));
        }
        match self.args.text("number") {
            Some(typed) => self.number(typed).await.map(ItemRef::Number),
            None => self.request.place.thread().map(ItemRef::Thread).ok_or(rejected(Rejection::WhichIdea)),
        }
    }

    /// `12`, `K-12`, or words that occur in one idea only.
    pub(crate) async fn number(&self, typed: &str) -> Result<Number, Failure> {
        if let Ok(number) = typed.parse() {
            return Ok(number);
        }
        let loaded = self.chat.engine.load(&self.ask()).await?;
        let found = self
            .chat
            .engine
            .queries()
            .search(loaded.workspace, typed, ENOUGH_MATCHES)
            .await
            .map_err(fault)?;
        // The search also finds what has some of the words; nobody means that one without saying so.
        let mut meant = found.iter().filter(|listed| has_every_word(&listed.suggestion, typed));
        match (meant.next(), meant.next()) {
            (Some(one), None) => Ok(one.number),
            _ => Err(rejected(Rejection::NoMatch { typed: typed.to_owned() })),
        }
    }

    /// Carries out a command on the idea that is meant, and says what it did.
    pub(crate) async fn execute(
        &self,
        named: Vec<Person>,
        make: impl Fn(&Loaded, &Stored) -> Result<Command, Rejection> + Send,
    ) -> Answer {
        let ask = Ask { item: Some(self.item().await?), named, ..self.ask_to_change() };
        let done = self.chat.engine.execute(&ask, make).await?;
        Ok(self.done(&done))
    }

    /// A new page of the private message that was pressed on, in its place; a message of its own elsewhere.
    pub(crate) fn in_place(&self, message: Message) -> Reply {
        match self.request.input {
            Input::Press { private: true, .. } => Reply::Update(message),
            Input::Press { .. }
            | Input::Command { .. }
            | Input::MessageCommand { .. }
            | Input::Form { .. }
            | Input::Complete { .. } => Reply::Message(message),
        }
    }

    /// What was done. The private message that the verdict or effect was chosen on becomes the answer.
    pub(crate) fn done(&self, done: &Done) -> Reply {
        let message = view::answer::done(done, self.request.person.user);
        match self.pressed {
            Some((_, step)) if step.from_menu() => Reply::Update(message),
            Some(_) | None => Reply::Message(message),
        }
    }

    /// The idea that is meant, with everything to show it.
    pub(crate) async fn shown(&self, item: ItemRef, events: &[Event]) -> Result<(Loaded, Shown), Failure> {
        let ask = Ask { item: Some(item), ..self.ask() };
        let loaded = self.chat.engine.load(&ask).await?;
        let Some(stored) = loaded.item.clone() else {
            return Err(rejected(match item {
                ItemRef::Number(number) => Rejection::NoSuchIdea(number),
                ItemRef::Thread(_) => Rejection::WhichIdea,
            }));
        };
        let shown = self.chat.engine.shown(&ask, &loaded, stored, events).await?;
        Ok((loaded, shown))
    }

    /// Refuses what the person may not do to this idea as it stands, before they fill in a form for it.
    pub(crate) fn check(&self, loaded: &Loaded, shown: &Shown, action: ActionName) -> Result<(), Failure> {
        let actor = Actor::Member(loaded.actor.clone());
        may(&shown.item.suggestion, action, &actor, &loaded.policy, self.now())
            .map_err(|r| Failure::Rejected(r, Some(Box::new(shown.clone()))))
    }

    /// Refuses those who may not change the settings.
    pub(crate) fn may_set_up(&self, loaded: &Loaded) -> Result<(), Failure> {
        let actor = Actor::Member(loaded.actor.clone());
        if loaded.policy.may_set_up(&actor) { Ok(()) } else { Err(rejected(Rejection::MayNotSetUp)) }
    }

    /// Opens the form of a step, filled with what stands there.
    pub(crate) async fn open_form(&self, item: ItemRef, step: Step) -> Answer {
        let (loaded, shown) = self.shown(item, &[]).await?;
        self.check(&loaded, &shown, step.action())?;
        view::forms::of_step(&shown, step).map(Reply::Form).ok_or(rejected(Rejection::BrokenButton))
    }

    /// The platform's ids of members, for rendering.
    pub(crate) async fn people(&self, loaded: &Loaded, members: &[MemberId]) -> Result<People, Failure> {
        self.chat.engine.queries().people(loaded.workspace, members).await.map_err(fault)
    }
}

/// Do all the words that were typed begin words of this idea, whatever the case?
fn has_every_word(suggestion: &Suggestion, typed: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let split = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        split.map(str::to_lowercase).collect()
    };
    let texts = [Some(&suggestion.idea), suggestion.proposal.as_ref(), suggestion.benefit.as_ref()];
    let its: Vec<String> = texts.into_iter().flatten().filter_map(Text::written).flat_map(words).collect();
    let typed = words(typed);
    !typed.is_empty() && typed.iter().all(|word| its.iter().any(|own| own.starts_with(word.as_str())))
}

/// A date of a team's idea, if one was typed.
pub(crate) fn date(
    field: Field,
    typed: Option<&str>,
    now: Instant,
    calendar: &Calendar,
) -> Result<Option<Instant>, Rejection> {
    typed.map(|typed| dates::read(field, typed, now, calendar)).transpose()
}

/// One of our own words, whatever its case; strictly.
pub(crate) fn word<T: Copy>(
    field: Field,
    typed: &str,
    all: &[T],
    as_str: impl Fn(T) -> &'static str,
) -> Result<T, Failure> {
    all.iter().copied().find(|v| as_str(*v).eq_ignore_ascii_case(typed.trim())).ok_or_else(|| {
        let takes = all.iter().map(|v| as_str(*v).to_owned()).collect();
        rejected(Rejection::NotOneOf { field, typed: typed.to_owned(), takes })
    })
}

/// A refusal without an idea to show.
pub(crate) fn rejected(rejection: Rejection) -> Failure {
    Failure::Rejected(rejection, None)
}

/// A fault of the database, told to operators once; nobody's text is in it.
#[expect(clippy::needless_pass_by_value, reason = "used as `map_err(fault)`")]
pub(crate) fn fault(error: StoreError) -> Failure {
    let reference = ids::reference();
    error!(reference, %error, "a question could not be answered");
    Failure::Internal(reference)
}
