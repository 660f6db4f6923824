//! What the commands of debriefs have in common, and what is pressed on panels, posts and briefings.

use kaizen_domain::debrief::{Column, Command, Debrief, DebriefNumber, Item, Refusal, decide, may_read};
use kaizen_domain::rejection::Field;
use kaizen_domain::suggestion::stage::SourceMessage;
use kaizen_domain::{Actor, Instant, Policy, Rejection};
use kaizen_workflow::debriefs::{DebriefDone, DebriefRef, DebriefShown, StoredDebrief};
use kaizen_workflow::engine::Failure;
use kaizen_workflow::ports::{Ask, Loaded, Person};

use crate::control::DebriefStep;
use crate::reply::Reply;
use crate::request::Args;
use crate::turn::{Answer, Turn, fault, rejected};
use crate::{commands, view};

impl Turn<'_> {
    /// Which debrief is meant: the one of `number`, or the one whose thread this is.
    pub(crate) fn debrief(&self) -> Result<DebriefRef, Failure> {
        let which = Rejection::Debrief(Refusal::WhichDebrief);
        match self.args.text("number") {
            Some(typed) => typed.parse().map(DebriefRef::Number).map_err(|_| rejected(which)),
            None => self.request.place.thread().map(DebriefRef::Thread).ok_or(rejected(which)),
        }
    }

    /// Carries out a command on a debrief.
    pub(crate) async fn change_debrief(
        &self,
        which: DebriefRef,
        named: Vec<Person>,
        make: impl Fn(&Loaded, &StoredDebrief) -> Result<Command, Rejection> + Send,
    ) -> Result<DebriefDone, Failure> {
        let ask = Ask { named, ..self.ask_to_change() };
        self.chat.engine.change_debrief(&ask, which, make).await
    }

    /// The form of a step on an item, for those who may take it. What other people said is found by its words only by those who
    /// may read it.
    pub(crate) async fn open_item_form(
        &self,
        which: DebriefRef,
        typed: &str,
        step: impl Fn(u32) -> DebriefStep + Send,
    ) -> Answer {
        let (loaded, stored) = self.readable_debrief(which).await?;
        let item = item_of(&stored.debrief, typed).map_err(rejected)?;
        let step = step(item);
        allowed(self, &loaded, &stored, &asking(step)?)?;
        form_of_item(&stored, step, item)
    }

    /// A debrief that this person may read.
    pub(crate) async fn shown_debrief(&self, which: DebriefRef) -> Result<(Loaded, DebriefShown), Failure> {
        let (loaded, stored) = self.readable_debrief(which).await?;
        let shown = self.chat.engine.debrief_shown(self.guild, &loaded, stored, &[]).await?;
        Ok((loaded, shown))
    }

    async fn readable_debrief(&self, which: DebriefRef) -> Result<(Loaded, StoredDebrief), Failure> {
        let (loaded, stored) = loaded_debrief(self, which).await?;
        if !may_read(&stored.debrief, &loaded.actor, &loaded.policy) {
            return Err(rejected(Rejection::Debrief(Refusal::NotTakingPart)));
        }
        Ok((loaded, stored))
    }
}

/// Does what the button or the form is for.
pub(crate) async fn press(
    turn: &Turn<'_>,
    number: DebriefNumber,
    step: DebriefStep,
    args: Option<&Args>,
) -> Answer {
    let which = DebriefRef::Number(number);
    match (step, args) {
        (DebriefStep::Add(column), None) => {
            may_do(turn, which, |_| adding(column)).await?;
            Ok(Reply::Form(view::debrief::form(number, step)))
        }
        (DebriefStep::Edit(item) | DebriefStep::Redact(item), None) => {
            item_form(turn, which, step, item).await
        }
        (DebriefStep::Edit(item), Some(args)) => {
            commands::edit_item(&Turn { args, ..*turn }, which, item).await
        }
        (DebriefStep::Redact(item), Some(args)) => {
            commands::redact_item(&Turn { args, ..*turn }, which, item).await
        }
        (DebriefStep::Close, None) => {
            may_do(turn, which, |_| Command::Close { summary: None }).await?;
            Ok(Reply::Form(view::debrief::form(number, step)))
        }
        (DebriefStep::Add(column), Some(args)) => {
            commands::add_to_debrief(&Turn { args, ..*turn }, which, column, None).await
        }
        (DebriefStep::AddMessage { channel, message, own }, Some(args)) => {
            let turn = Turn { args, ..*turn };
            let column = commands::debrief_column(turn.required("what", Field::Item)?)?;
            let source = SourceMessage { channel, message, own };
            commands::add_to_debrief(&turn, which, column, Some(source)).await
        }
        (DebriefStep::Close, Some(args)) => commands::close_debrief(&Turn { args, ..*turn }, which).await,
        (DebriefStep::Join, None) => {
            let done = turn.change_debrief(which, Vec::new(), |_, _| Ok(Command::Join)).await?;
            Ok(Reply::Message(view::debrief::done(&done)))
        }
        (DebriefStep::Keep(item), None) => {
            let keep = |_: &Loaded, _: &StoredDebrief| Ok(Command::KeepLesson { item });
            let done = turn.change_debrief(which, Vec::new(), keep).await?;
            Ok(Reply::Message(view::debrief::done(&done)))
        }
        (DebriefStep::Done(action), None) => commands::finish_action(turn, which, action).await,
        (DebriefStep::Mark(item, mark), None) => {
            let make = |_: &Loaded, _: &StoredDebrief| Ok(Command::MarkLesson { item, mark });
            let done = turn.change_debrief(which, Vec::new(), make).await?;
            Ok(Reply::Message(view::debrief::marked(&done, mark)))
        }
        (DebriefStep::AddMessage { .. }, None)
        | (
            DebriefStep::Join | DebriefStep::Keep(_) | DebriefStep::Done(_) | DebriefStep::Mark(..),
            Some(_),
        ) => Err(rejected(Rejection::BrokenButton)),
    }
}

/// The form of a step on one item, for those who may take it.
async fn item_form(turn: &Turn<'_>, which: DebriefRef, step: DebriefStep, item: u32) -> Answer {
    let command = asking(step)?;
    let stored = may_do(turn, which, |_| command.clone()).await?;
    form_of_item(&stored, step, item)
}

fn form_of_item(stored: &StoredDebrief, step: DebriefStep, item: u32) -> Answer {
    let said = stored.debrief.item(item).ok_or(rejected(Rejection::Debrief(Refusal::NoSuchItem(item))))?;
    Ok(Reply::Form(view::debrief::form_of_item(stored.number, step, said)))
}

/// The command of a step on one item that asks for words, to see whether it may be given.
fn asking(step: DebriefStep) -> Result<Command, Failure> {
    match step {
        DebriefStep::Edit(item) => Ok(Command::EditItem { item, text: ASKING.to_owned() }),
        DebriefStep::Redact(item) => Ok(Command::RedactItem { item, words: vec![ASKING.to_owned()] }),
        DebriefStep::Join
        | DebriefStep::Add(_)
        | DebriefStep::AddMessage { .. }
        | DebriefStep::Close
        | DebriefStep::Keep(_)
        | DebriefStep::Done(_)
        | DebriefStep::Mark(..) => Err(rejected(Rejection::BrokenButton)),
    }
}

/// An item by its place, or by words that only one of them holds.
fn item_of(d: &Debrief, typed: &str) -> Result<u32, Rejection> {
    if let Ok(place) = typed.parse::<u32>() {
        return d.item(place).map(|_| place).ok_or(Rejection::Debrief(Refusal::NoSuchItem(place)));
    }
    let typed_lower = typed.to_lowercase();
    let holds = |i: &Item| i.text.written().is_some_and(|t| t.to_lowercase().contains(&typed_lower));
    let mut found = (1..).zip(&d.items).filter(|(_, i)| holds(i)).map(|(place, _)| place);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(Rejection::Debrief(Refusal::WhichItem { typed: typed.to_owned() })),
    }
}

/// The items that this person could name for a command, those that hold what is typed.
pub(crate) fn items_for<'d>(
    command: &str,
    d: &'d Debrief,
    (actor, policy, now): (&Actor, &Policy, Instant),
    typed: &str,
) -> Vec<(u32, &'d Item)> {
    let step = if command == "debrief edit" { DebriefStep::Edit } else { DebriefStep::Redact };
    let may = |place: u32| asking(step(place)).is_ok_and(|c| decide(d, &c, actor, policy, now).is_ok());
    let typed = typed.to_lowercase();
    let fits = |place: u32, item: &Item| {
        let text = item.text.written().unwrap_or_default().to_lowercase();
        text.contains(&typed) || place.to_string() == typed
    };
    let all = (1..).zip(&d.items).filter(|(place, item)| fits(*place, item) && may(*place));
    let mut found: Vec<(u32, &Item)> = all.collect();
    found.reverse();
    found
}

/// Something under a heading, to ask whether it may be added.
fn adding(column: Column) -> Command {
    Command::AddItem { column, text: ASKING.to_owned(), source: None }
}

/// In place of what somebody has yet to type.
const ASKING: &str = "-";

/// Nobody fills in a form for what they may not do, or what the debrief as it stands does not take.
pub(crate) async fn may_do(
    turn: &Turn<'_>,
    which: DebriefRef,
    command: impl Fn(&Debrief) -> Command + Send,
) -> Result<StoredDebrief, Failure> {
    let (loaded, stored) = loaded_debrief(turn, which).await?;
    allowed(turn, &loaded, &stored, &command(&stored.debrief))?;
    Ok(stored)
}

async fn loaded_debrief(turn: &Turn<'_>, which: DebriefRef) -> Result<(Loaded, StoredDebrief), Failure> {
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    let found = turn.chat.engine.debriefs()?.load_debrief(loaded.workspace, which).await.map_err(fault)?;
    Ok((loaded, found.ok_or(rejected(which.not_found()))?))
}

fn allowed(
    turn: &Turn<'_>,
    loaded: &Loaded,
    stored: &StoredDebrief,
    command: &Command,
) -> Result<(), Failure> {
    let actor = Actor::Member(loaded.actor.clone());
    decide(&stored.debrief, command, &actor, &loaded.policy, turn.now()).map_err(rejected)?;
    Ok(())
}

/// The same for something that is added, under a heading that is asked for later.
pub(crate) async fn may_add(turn: &Turn<'_>, which: DebriefRef) -> Result<DebriefNumber, Failure> {
    let first = |d: &Debrief| d.template.columns().first().copied().unwrap_or(Column::Well);
    Ok(may_do(turn, which, |d| adding(first(d))).await?.number)
}
