//! `/idea search text:lables shelfs` → ideas with these words, best first, also mistyped or in another form.

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
    about: "Ideas with these words, best first; also mistyped.",
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
    let queries = turn.chat.engine.queries();
    // One more tells whether there are others.
    let mut found = queries.search(loaded.workspace, text, MOST + 1).await.map_err(fault)?;
    let more = found.len() > MOST as usize;
    found.truncate(MOST as usize);
    let people = turn.people(&loaded, &super::members(&found)).await?;
    Ok(Reply::Message(view::item::search(turn.guild, text, &found, more, &people)))
}
