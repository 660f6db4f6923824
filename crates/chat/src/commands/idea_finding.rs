//! `/idea finding text:Looked at the shelves with Ines` → recorded. Also **Add finding** on the card, and the message command
//! **Record as finding** inside the thread.

use crate::turn::{Answer, Turn, rejected};
use kaizen_domain::Rejection;
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::limits;

use super::{Kind, NUMBER, Opt, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea finding",
    about: "Record what you looked at and what you found.",
    kind: Kind::Slash,
    options: &[Opt::text("text", "What you looked at, and what you found", limits::TEXT).required(), NUMBER],
    who: &[Party::Responsible, Party::Investigator],
    run: |turn| Box::pin(run(turn)),
};

/// What is registered.
pub(super) const ON_MESSAGE: Spec = Spec {
    name: "Record as finding",
    about: "",
    kind: Kind::OnMessage,
    options: &[],
    who: &[Party::Responsible, Party::Investigator],
    run: |turn| Box::pin(run_on_message(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let text = turn.required("text", Field::Finding)?;
    turn.execute(Vec::new(), |_, _| Ok(Command::AddFinding { text: text.to_owned() })).await
}

/// The message's text becomes the finding of the idea whose thread it stands in.
async fn run_on_message(turn: &Turn<'_>) -> Answer {
    let message = turn.quoted()?;
    if turn.request.place.thread().is_none() {
        return Err(rejected(Rejection::WhichIdea));
    }
    turn.execute(Vec::new(), |_, _| Ok(Command::AddFinding { text: message.text.clone() })).await
}
