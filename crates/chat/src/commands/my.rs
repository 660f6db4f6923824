//! `/my` → what I owe (with due times), what I wait for, what I follow.

use crate::reply::Reply;
use crate::turn::{Answer, Turn, fault};
use crate::view;
use kaizen_domain::RequirementKind;
use kaizen_domain::rejection::Party;
use kaizen_workflow::measures::{self, Counting};

use super::{Kind, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "my",
    about: "What you owe, what you wait for, what you follow.",
    kind: Kind::Slash,
    options: &[],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    let mine = turn.chat.engine.queries().mine(loaded.workspace, loaded.actor.id).await.map_err(fault)?;
    let of = Counting { team: None, member: Some(loaded.actor.id), since: turn.now(), until: turn.now() };
    let owed = turn.chat.engine.queries().promise(loaded.workspace, &of).await.map_err(fault)?;
    let late = measures::sum(&owed, |l| l.kind != RequirementKind::Resumption).overdue;
    let lines = [mine.owe.as_slice(), &mine.wait, &mine.follow].concat();
    let people = turn.people(&loaded, &super::members(&lines)).await?;
    let actions = match turn.chat.engine.debriefs() {
        Ok(debriefs) => debriefs.actions_of(loaded.workspace, loaded.actor.id).await.map_err(fault)?,
        Err(_) => Vec::new(),
    };
    let owed = view::item::Owed { late, actions: &actions };
    Ok(Reply::Message(view::item::mine(turn.guild, &mine, owed, turn.now(), &people)))
}
