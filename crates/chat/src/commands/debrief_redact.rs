//! `/debrief redact item:2` inside the thread → a form for the words that have to go: from the item, its posts, the summary, and
//! the lesson that it was kept as. `item:title`, `item:summary` and `item:action-1` are offered as well.

use kaizen_domain::debrief::{Command, Piece};
use kaizen_domain::rejection::{Field, Party};
use kaizen_workflow::debriefs::DebriefRef;

use super::{DEBRIEF, Kind, Opt, Source, Spec};
use crate::control::DebriefStep;
use crate::debriefs::piece_of;
use crate::reply::Reply;
use crate::turn::{Answer, Turn};
use crate::view;

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "debrief redact",
    about: "Remove words that identify somebody from a debrief: an item, the title, an action.",
    kind: Kind::Slash,
    options: &[
        Opt::completed("item", "Which item: pick one, or `title`, `summary`, `action-1`", Source::Items)
            .required(),
        DEBRIEF,
    ],
    who: &[Party::Author, Party::Responsible, Party::Coordinator],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let typed = turn.required("item", Field::Item)?;
    turn.open_form_of(turn.debrief()?, |d| piece_of(d, typed).map(DebriefStep::Redact)).await
}

/// The words of the form go.
pub(crate) async fn redact(turn: &Turn<'_>, which: DebriefRef, piece: Piece) -> Answer {
    let words = turn.required("words", Field::Words)?.lines();
    let words: Vec<String> = words.map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect();
    let make = |_: &_, _: &_| Ok(Command::Redact { piece, words: words.clone() });
    Ok(Reply::Message(view::debrief::done(&turn.change_debrief(which, Vec::new(), make).await?)))
}
