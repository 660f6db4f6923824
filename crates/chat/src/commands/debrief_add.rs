//! `/debrief add what:well text:The handover was short and clear` inside the thread → on the panel, and in full in the thread.
//! Also the buttons of the panel, and **Add to debrief** on a message in the thread.

use kaizen_domain::debrief::{Column, Command, protocol::limits};
use kaizen_domain::rejection::{Field, Party};
use kaizen_domain::suggestion::stage::SourceMessage;
use kaizen_workflow::debriefs::DebriefRef;
use kaizen_workflow::engine::Failure;

use super::{DEBRIEF, Kind, Opt, Spec};
use crate::debriefs::may_add;
use crate::reply::Reply;
use crate::turn::{Answer, Turn, word};
use crate::view;

/// The headings of both templates, as people choose them.
const HEADINGS: [Column; 8] = [
    Column::Well,
    Column::Badly,
    Column::Better,
    Column::Escalate,
    Column::Expected,
    Column::Happened,
    Column::Difference,
    Column::NextTime,
];

const WORDS: [&str; 8] = {
    let mut words = [""; 8];
    let mut i = 0;
    while i < words.len() {
        words[i] = HEADINGS[i].as_str();
        i += 1;
    }
    words
};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "debrief add",
    about: "Add to the debrief in whose thread you are.",
    kind: Kind::Slash,
    options: &[
        Opt::choice("what", "Under which heading", &WORDS).required(),
        Opt::text("text", "What the group should know", limits::ITEM).required(),
        DEBRIEF,
    ],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

/// What is registered.
pub(super) const ON_MESSAGE: Spec = Spec {
    name: "Add to debrief",
    about: "",
    kind: Kind::OnMessage,
    options: &[],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run_on_message(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let column = column(turn.required("what", Field::Item)?)?;
    add(turn, turn.debrief()?, column, None).await
}

/// The form, filled with the message's text: under which heading is asked there.
async fn run_on_message(turn: &Turn<'_>) -> Answer {
    let number = may_add(turn, turn.debrief()?).await?;
    let message = turn.quoted()?;
    let own = message.author == turn.request.person.user;
    Ok(Reply::Form(view::debrief::form_of_message(number, message, own)))
}

/// The heading that was typed.
pub(crate) fn column(typed: &str) -> Result<Column, Failure> {
    word(Field::Item, typed, &HEADINGS, Column::as_str)
}

/// Adds what the options, or the fields of the form, say.
pub(crate) async fn add(
    turn: &Turn<'_>,
    which: DebriefRef,
    column: Column,
    source: Option<SourceMessage>,
) -> Answer {
    let text = turn.required("text", Field::Item)?;
    let make = |_: &_, _: &_| Ok(Command::AddItem { column, text: text.to_owned(), source });
    Ok(Reply::Message(view::debrief::done(&turn.change_debrief(which, Vec::new(), make).await?)))
}
