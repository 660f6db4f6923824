//! `/idea merge into:K-7 number:12` → author and supporters of K-12 follow K-7. Also **Merge into K-7** after `/suggest`.

use crate::reply::{Message, Reply};
use crate::turn::{Answer, Turn};
use crate::view;
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;
use kaizen_domain::{Number, Rejection};
use kaizen_workflow::engine::{Failure, target_of};
use kaizen_workflow::ports::{Ask, ItemRef};

use super::{Kind, NUMBER, Opt, Source, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea merge",
    about: "Merge an idea into another one that says the same.",
    kind: Kind::Slash,
    options: &[Opt::completed("into", "The idea that goes on", Source::Ideas).required(), NUMBER],
    who: &[Party::Responsible, Party::Coordinator, Party::Author],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let into = turn.number(turn.required("into", Field::Number)?).await?;
    merge(turn, turn.item().await?, into).await.map(Reply::Message)
}

/// **Merge into K-m**: the private message that it is on becomes the answer.
pub(crate) async fn press(turn: &Turn<'_>, number: Number, into: Number) -> Answer {
    merge(turn, ItemRef::Number(number), into).await.map(|message| turn.in_place(message))
}

async fn merge(turn: &Turn<'_>, item: ItemRef, into: Number) -> Result<Message, Failure> {
    let ask = Ask { item: Some(item), other: Some(into), ..turn.ask_to_change() };
    let merged = turn.chat.engine.execute(&ask, |loaded, item| {
        let other = loaded.other.as_ref().ok_or(Rejection::NoSuchIdea(into))?;
        Ok(Command::Merge { into: target_of(other, item.number) })
    });
    Ok(view::answer::done(&merged.await?, turn.request.person.user))
}
