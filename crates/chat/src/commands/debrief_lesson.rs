//! `/debrief lesson text:Ring twice before you go in` inside the thread → kept for briefings. Also **Keep as lesson** under an
//! item.

use kaizen_domain::debrief::{Command, protocol::limits};
use kaizen_domain::rejection::{Field, Party};

use super::{DEBRIEF, Kind, Opt, Spec};
use crate::reply::Reply;
use crate::turn::{Answer, Turn};
use crate::view;

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "debrief lesson",
    about: "Keep a lesson for the next ones who do such work.",
    kind: Kind::Slash,
    options: &[Opt::text("text", "What the next ones should know", limits::ITEM).required(), DEBRIEF],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let text = turn.required("text", Field::Item)?;
    let make = |_: &_, _: &_| Ok(Command::AddLesson { text: text.to_owned() });
    Ok(Reply::Message(view::debrief::done(&turn.change_debrief(turn.debrief()?, Vec::new(), make).await?)))
}
