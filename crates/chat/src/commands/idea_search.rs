//! `/idea search text:labels` → ideas with these words, best first.

use crate::reply::Reply;
use crate::turn::{Answer, Turn, fault};
use crate::view;
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::protocol::limits;

use super::{Kind, Opt, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea search",
    about: "Ideas that contain these words, best first.",
    kind: Kind::Slash,
    options: &[Opt::text("text", "Words to look for", limits::LINE).required()],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

/// As many as a message holds well.
const MOST: u32 = 10;

async fn run(turn: &Turn<'_>) -> Answer {
    let text = turn.required("text", Field::Text)?;
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    let found = turn.chat.engine.queries().search(loaded.workspace, text, MOST).await.map_err(fault)?;
    let people = turn.people(&loaded, &super::members(&found)).await?;
    Ok(Reply::Message(view::item::search(turn.guild, text, &found, &people)))
}
