//! `/debrief action text:Print the new form owner:@ines due:in 2 weeks` inside the thread → the owner is reminded, and the next
//! level is told when it is late, as for ideas. Three at the most.

use kaizen_domain::Rejection;
use kaizen_domain::debrief::{Command, protocol::limits};
use kaizen_domain::rejection::{Field, Party};

use super::{DEBRIEF, Kind, Opt, OptKind, Spec};
use crate::reply::Reply;
use crate::turn::{Answer, Turn, date, rejected};
use crate::view;

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "debrief action",
    about: "What one of you will do, and by when; three at the most.",
    kind: Kind::Slash,
    options: &[
        Opt::text("text", "What is to be done", limits::ITEM).required(),
        Opt::new("owner", "Who does it", OptKind::Person).required(),
        Opt::text("due", "By when: a date, or in 2 weeks", 60).required(),
        DEBRIEF,
    ],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let text = turn.required("text", Field::Action)?;
    let typed = turn.required("due", Field::Due)?;
    let Some(owner) = turn.args.person("owner") else {
        return Err(rejected(Rejection::Empty(Field::Owner)));
    };
    let now = turn.now();
    let done = turn.change_debrief(turn.debrief()?, vec![owner.clone()], |loaded, item| {
        let calendar = loaded.policy.calendar(item.debrief.team);
        let due = date(Field::Due, Some(typed), now, &calendar)?;
        let (Some(due), Some(owner)) = (due, loaded.named.first()) else {
            return Err(Rejection::Empty(Field::Due));
        };
        Ok(Command::AddAction { text: text.to_owned(), owner: *owner, due })
    });
    Ok(Reply::Message(view::debrief::done(&done.await?)))
}
