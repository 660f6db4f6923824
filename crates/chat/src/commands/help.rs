//! `/help` → how it works and all commands; `/help topic:idea accept` → one of them.

use crate::reply::Reply;
use crate::turn::{Answer, Turn};
use crate::view;
use kaizen_domain::rejection::Party;

use super::{Kind, Opt, Source, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "help",
    about: "How this works, and what you can type.",
    kind: Kind::Slash,
    options: &[Opt::completed("topic", "A command, or a word", Source::Topics)],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    Ok(Reply::Message(view::help::help(turn.args.text("topic"))))
}
