//! `/idea ask question:Which shelf?` → the author is asked; the clock of the decision stands still. Also **Ask author**.

use crate::turn::{Answer, Turn};
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::limits;

use super::{Kind, NUMBER, Opt, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea ask",
    about: "Ask the author a question.",
    kind: Kind::Slash,
    options: &[Opt::text("question", "What you need to know", limits::TEXT).required(), NUMBER],
    who: &[Party::Responsible, Party::Investigator],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let question = turn.required("question", Field::Question)?;
    turn.execute(Vec::new(), |_, _| Ok(Command::Ask { question: question.to_owned() })).await
}
