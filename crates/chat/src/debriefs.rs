//! What the commands of debriefs have in common, and what is pressed on panels, posts and briefings.

use kaizen_domain::debrief::{Column, Command, Debrief, DebriefNumber, Piece, Refusal, decide, may_read};
use kaizen_domain::rejection::Field;
use kaizen_domain::suggestion::stage::SourceMessage;
use kaizen_domain::{Actor, Instant, Policy, Rejection, Text};
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

    /// The form of a step on something that was typed, for those who may take it. What other people said is found by its words only
    /// by those who may read it.
    pub(crate) async fn open_form_of(
        &self,
        which: DebriefRef,
        step: impl Fn(&Debrief) -> Result<DebriefStep, Rejection> + Send,
    ) -> Answer {
        let (loaded, stored) = self.readable_debrief(which).await?;
        let step = step(&stored.debrief).map_err(rejected)?;
        allowed(self, &loaded, &stored, &asking(step)?)?;
        form_of(&stored, step)
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
        (DebriefStep::Edit(_) | DebriefStep::Redact(_), None) => {
            let command = asking(step)?;
            form_of(&may_do(turn, which, |_| command.clone()).await?, step)
        }
        (DebriefStep::Edit(item), Some(args)) => {
            commands::edit_item(&Turn { args, ..*turn }, which, item).await
        }
        (DebriefStep::Redact(piece), Some(args)) => {
            commands::redact_piece(&Turn { args, ..*turn }, which, piece).await
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

fn form_of(stored: &StoredDebrief, step: DebriefStep) -> Answer {
    let said = match step {
        DebriefStep::Edit(item) => {
            let no_such = rejected(Rejection::Debrief(Refusal::NoSuchItem(item)));
            Some(stored.debrief.item(item).ok_or(no_such)?)
        }
        DebriefStep::Redact(_)
        | DebriefStep::Join
        | DebriefStep::Add(_)
        | DebriefStep::AddMessage { .. }
        | DebriefStep::Close
        | DebriefStep::Keep(_)
        | DebriefStep::Done(_)
        | DebriefStep::Mark(..) => None,
    };
    Ok(Reply::Form(view::debrief::form_on(stored.number, step, said)))
}

/// The command of a step that asks for words, to see whether it may be given.
fn asking(step: DebriefStep) -> Result<Command, Failure> {
    match step {
        DebriefStep::Edit(item) => Ok(Command::EditItem { item, text: ASKING.to_owned() }),
        DebriefStep::Redact(piece) => Ok(Command::Redact { piece, words: vec![ASKING.to_owned()] }),
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
pub(crate) fn item_of(d: &Debrief, typed: &str) -> Result<u32, Rejection> {
    let items = d.pieces().filter_map(|(piece, text)| Some((item_place(piece)?, text)));
    match typed.parse::<Piece>() {
        Ok(Piece::Item(place)) => {
            d.item(place).map(|_| place).ok_or(Rejection::Debrief(Refusal::NoSuchItem(place)))
        }
        Ok(Piece::Title | Piece::Summary | Piece::Action(_)) | Err(_) => the_one(items, typed),
    }
}

/// Something with words by its name, or by words that only one such thing holds. Whether it is there is for the rules to say.
pub(crate) fn piece_of(d: &Debrief, typed: &str) -> Result<Piece, Rejection> {
    typed.parse().or_else(|_| the_one(d.pieces(), typed))
}

fn item_place(piece: Piece) -> Option<u32> {
    match piece {
        Piece::Item(place) => Some(place),
        Piece::Title | Piece::Summary | Piece::Action(_) => None,
    }
}

fn the_one<'d, T>(all: impl Iterator<Item = (T, &'d Text)>, typed: &str) -> Result<T, Rejection> {
    let lower = typed.to_lowercase();
    let holds = |text: &Text| text.written().is_some_and(|t| t.to_lowercase().contains(&lower));
    let mut found = all.filter(|(_, text)| holds(text)).map(|(it, _)| it);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(Rejection::Debrief(Refusal::WhichItem { typed: typed.to_owned() })),
    }
}

/// What this person could name for a command, of that which holds what is typed: items, the newest first, then all else. At most
/// `most`.
pub(crate) fn pieces_for<'d>(
    command: &str,
    d: &'d Debrief,
    (actor, policy, now): (&Actor, &Policy, Instant),
    (typed, most): (&str, usize),
) -> Vec<(Piece, &'d Text)> {
    let edits = command == "debrief edit";
    let may = |piece: Piece| {
        let step = match (edits, piece) {
            (true, Piece::Item(place)) => DebriefStep::Edit(place),
            (true, Piece::Title | Piece::Summary | Piece::Action(_)) => return false,
            (false, piece) => DebriefStep::Redact(piece),
        };
        asking(step).is_ok_and(|command| decide(d, &command, actor, policy, now).is_ok())
    };
    let lower = typed.to_lowercase();
    let fits = |piece: Piece, text: &Text| {
        text.written().unwrap_or_default().to_lowercase().contains(&lower) || typed.parse() == Ok(piece)
    };
    let all = d.pieces().filter(|(piece, text)| fits(*piece, text) && may(*piece));
    let (mut items, others): (Vec<_>, Vec<_>) = all.partition(|(piece, _)| item_place(*piece).is_some());
    items.reverse();
    items.truncate(most.saturating_sub(others.len()));
    items.extend(others);
    items
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
