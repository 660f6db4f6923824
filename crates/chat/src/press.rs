//! Buttons, lists and forms: each leads to the command that does the same, so that pressing and typing cannot differ.

use std::collections::BTreeMap;

use kaizen_domain::suggestion::ActionName;
use kaizen_domain::{Number, Rejection};
use kaizen_workflow::ports::ItemRef;

use crate::commands::{self, Kind};
use crate::control::{Id, SetUpStep, Step};
use crate::reply::Reply;
use crate::request::{Arg, Args, Input};
use crate::turn::{Answer, Turn, rejected};
use crate::{debriefs, view};

/// The name of the command that does the same, for the counter.
pub(crate) fn name(id: &Id) -> &'static str {
    match id {
        Id::Step { step, .. } => step.command().map_or("idea show", |(name, _)| name),
        Id::Merge { .. } => "idea merge",
        Id::Suggest(_) => "suggest",
        Id::List(_) => "idea list",
        Id::History { .. } => "idea history",
        Id::Register { .. } => "kaizen policy list",
        Id::SetUp { .. } => "kaizen setup",
        Id::Debrief { step, .. } => step.command(),
        Id::Brief { .. } => "brief",
        Id::TryAgain => "kaizen check",
        Id::ForgetMe { .. } => "kaizen forget-me",
    }
}

/// Does pressing it open a form?
pub(crate) fn opens_form(id: &Id) -> bool {
    match id {
        Id::Step { step, .. } => step.command().is_some() && !step.at_once(),
        Id::Debrief { step, .. } => step.opens_form(),
        Id::SetUp { step, .. } => matches!(step, SetUpStep::Name | SetUpStep::Times),
        Id::Merge { .. }
        | Id::Suggest(_)
        | Id::List(_)
        | Id::History { .. }
        | Id::Register { .. }
        | Id::Brief { .. }
        | Id::TryAgain
        | Id::ForgetMe { .. } => false,
    }
}

/// Does what the button or the form is for.
pub(crate) async fn run(turn: &Turn<'_>, id: Id) -> Answer {
    let args = match &turn.request.input {
        Input::Form { fields, .. } => Some(args(fields)),
        Input::Press { .. } => None,
        Input::Command { .. } | Input::MessageCommand { .. } | Input::Complete { .. } => {
            return Err(rejected(Rejection::BrokenButton));
        }
    };
    match (id, args) {
        (Id::Step { step, number, .. }, None) if opens_form(&id) => {
            turn.open_form(ItemRef::Number(number), step).await
        }
        (Id::Step { step: Step::Decide, number, .. }, None) => decide(turn, number).await,
        (Id::Step { step: Step::Outcome, number, .. }, None) => outcome(turn, number).await,
        (Id::Step { step, number, .. }, args) if args.is_some() != step.at_once() => {
            take(turn, step, number, args.unwrap_or_default()).await
        }
        (Id::Suggest(before), Some(args)) => {
            commands::submit_form(&Turn { args: &args, ..*turn }, before).await
        }
        (Id::Merge { number, into }, None) => commands::merge(turn, number, into).await,
        (Id::List(page), None) => commands::list_page(turn, page).await,
        (Id::History { number, page }, None) => commands::history_page(turn, number, page).await,
        (Id::Register { page }, None) => commands::register_page(turn, page).await,
        (Id::SetUp { step, team }, args) => commands::set_up(turn, step, team, args).await,
        (Id::Debrief { number, step }, args) => debriefs::press(turn, number, step, args.as_ref()).await,
        (Id::Brief { number, page }, None) => commands::brief_page(turn, number, page).await,
        (Id::TryAgain, None) => commands::try_again(turn).await,
        (Id::ForgetMe { member }, None) => commands::forget_me(turn, member).await,
        (Id::Step { .. }, _)
        | (Id::Suggest(_), None)
        | (
            Id::Merge { .. }
            | Id::List(_)
            | Id::History { .. }
            | Id::Register { .. }
            | Id::Brief { .. }
            | Id::TryAgain
            | Id::ForgetMe { .. },
            Some(_),
        ) => Err(rejected(Rejection::BrokenButton)),
    }
}

/// Runs the command that does the same, on the idea that the button or form belongs to.
async fn take(turn: &Turn<'_>, step: Step, number: Number, mut args: Args) -> Answer {
    let Some((name, preset)) = step.command() else { return Err(rejected(Rejection::BrokenButton)) };
    let Some(spec) = commands::find(name, Kind::Slash) else {
        return Err(rejected(Rejection::UnknownCommand));
    };
    if let Some((option, word)) = preset {
        args.0.insert(option.to_owned(), Arg::Text(word.to_owned()));
    }
    (spec.run)(&Turn { args: &args, pressed: Some((number, step)), ..*turn }).await
}

/// **Decide**: the verdicts that this person may give; refused if there is none.
async fn decide(turn: &Turn<'_>, number: Number) -> Answer {
    let (loaded, shown) = turn.shown(ItemRef::Number(number), &[]).await?;
    if let Err(refused) = turn.check(&loaded, &shown, ActionName::Accept) {
        turn.check(&loaded, &shown, ActionName::Decline).map_err(|_| refused)?;
    }
    Ok(Reply::Message(view::answer::decide(&shown)))
}

/// **Record outcome**: the effects.
async fn outcome(turn: &Turn<'_>, number: Number) -> Answer {
    let (loaded, shown) = turn.shown(ItemRef::Number(number), &[]).await?;
    turn.check(&loaded, &shown, ActionName::RecordOutcome)?;
    Ok(Reply::Message(view::answer::outcome(&shown)))
}

/// The fields of a form are the options of its command.
fn args(fields: &BTreeMap<String, String>) -> Args {
    Args(fields.iter().map(|(name, words)| (name.clone(), Arg::Text(words.clone()))).collect())
}
