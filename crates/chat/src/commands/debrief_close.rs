//! `/debrief close summary:Calm, thanks to the handover` inside the thread → the summary is posted, and what was escalated becomes
//! ideas. Also **Close** on the panel.

use kaizen_domain::debrief::{Command, protocol::limits};
use kaizen_domain::rejection::Party;
use kaizen_workflow::debriefs::DebriefRef;

use super::{DEBRIEF, Kind, Opt, Spec};
use crate::reply::Reply;
use crate::turn::{Answer, Turn};
use crate::view;

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "debrief close",
    about: "Post the summary; what was escalated becomes ideas.",
    kind: Kind::Slash,
    options: &[Opt::text("summary", "In a sentence or two, if you like", limits::SUMMARY), DEBRIEF],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    close(turn, turn.debrief()?).await
}

/// Closes it with the summary of the options, or of the form.
pub(crate) async fn close(turn: &Turn<'_>, which: DebriefRef) -> Answer {
    let summary = turn.owned("summary");
    let make = |_: &_, _: &_| Ok(Command::Close { summary: summary.clone() });
    Ok(Reply::Message(view::debrief::done(&turn.change_debrief(which, Vec::new(), make).await?)))
}
