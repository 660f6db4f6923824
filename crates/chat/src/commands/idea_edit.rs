//! `/idea edit number:12` → the form *Edit your idea*, filled with what stands there. The old text stays in the history.

use crate::control::Step;
use crate::turn::{Answer, Turn};
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;

use super::{Kind, NUMBER, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea edit",
    about: "Change the text of your idea before it is decided.",
    kind: Kind::Slash,
    options: &[NUMBER],
    who: &[Party::Author],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    if turn.pressed.is_none() {
        return turn.open_form(turn.item().await?, Step::Edit).await;
    }
    let idea = turn.required("idea", Field::Idea)?;
    turn.execute(Vec::new(), |_, _| {
        let (proposal, benefit) = (turn.owned("proposal"), turn.owned("benefit"));
        Ok(Command::Edit { idea: idea.to_owned(), proposal, benefit })
    })
    .await
}
