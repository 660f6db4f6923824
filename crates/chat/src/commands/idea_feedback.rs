//! `/idea feedback works:partly` → counted. What **It works** · **Partly** · **It does not** do on an implemented idea.

use crate::turn::{Answer, Turn, word};
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::Works;
use kaizen_domain::suggestion::protocol::limits;

use super::{Kind, NUMBER, Opt, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea feedback",
    about: "Say whether an implemented idea works for you.",
    kind: Kind::Slash,
    options: &[
        Opt::choice("works", "Does it work?", &["it works", "partly", "it does not"]).required(),
        Opt::text("note", "What you see", limits::TEXT),
        NUMBER,
    ],
    who: &[Party::WorksWithIt],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let works = word(Field::Text, turn.required("works", Field::Text)?, Works::ALL, Works::as_str)?;
    turn.execute(Vec::new(), |_, _| Ok(Command::GiveFeedback { works, note: turn.owned("note") })).await
}
