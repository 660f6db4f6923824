//! `/debrief edit item:2` inside the thread → the form *Say it better*, filled with what stands there. For whoever added the item,
//! while the debrief is under way; what it said before stays in the thread.

use kaizen_domain::debrief::Command;
use kaizen_domain::rejection::{Field, Party};
use kaizen_workflow::debriefs::DebriefRef;

use super::{DEBRIEF, ITEM, Kind, Spec};
use crate::control::DebriefStep;
use crate::debriefs::item_of;
use crate::reply::Reply;
use crate::turn::{Answer, Turn};
use crate::view;

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "debrief edit",
    about: "Say something better that you added to a debrief.",
    kind: Kind::Slash,
    options: &[ITEM, DEBRIEF],
    who: &[Party::Author],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let typed = turn.required("item", Field::Item)?;
    turn.open_form_of(turn.debrief()?, |d| item_of(d, typed).map(DebriefStep::Edit)).await
}

/// The item says what the form says.
pub(crate) async fn edit(turn: &Turn<'_>, which: DebriefRef, item: u32) -> Answer {
    let text = turn.required("text", Field::Item)?;
    let make = |_: &_, _: &_| Ok(Command::EditItem { item, text: text.to_owned() });
    Ok(Reply::Message(view::debrief::done(&turn.change_debrief(which, Vec::new(), make).await?)))
}
