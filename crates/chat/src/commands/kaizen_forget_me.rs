//! `/kaizen forget-me` → what would go and what stays, and **Forget me**; pressed, it is done.

use crate::reply::Reply;
use crate::turn::{Answer, Turn};
use crate::view;
use kaizen_domain::MemberId;
use kaizen_domain::rejection::Party;

use super::{Kind, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "kaizen forget-me",
    about: "Have your name and your words removed here; shows first what that means.",
    kind: Kind::Slash,
    options: &[],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

/// Whoever only asks is not made known by asking.
async fn run(turn: &Turn<'_>) -> Answer {
    let footprint = turn.chat.engine.footprint(turn.guild, turn.request.person.user).await?;
    Ok(Reply::Message(footprint.map_or_else(view::privacy::nothing, |kept| view::privacy::confirm(&kept))))
}

/// **Forget me**: for the one who was asked, and nobody else.
pub(crate) async fn press(turn: &Turn<'_>, member: MemberId) -> Answer {
    let gone = turn.chat.engine.forget(turn.guild, turn.request.person.user, member).await?;
    Ok(turn.in_place(gone.map_or_else(view::privacy::nothing, |gone| view::privacy::forgotten(&gone))))
}
