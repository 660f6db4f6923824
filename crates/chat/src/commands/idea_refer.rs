//! `/idea refer reason:Needs a budget that I do not have` → the next level acknowledges anew; the author's wait goes on counting.
//! Also **Refer** on the card.

use crate::turn::{Answer, Turn};
use kaizen_domain::rejection::Field;
use kaizen_domain::rejection::Party;
use kaizen_domain::suggestion::Command;
use kaizen_domain::suggestion::protocol::ReferTo;
use kaizen_domain::suggestion::protocol::limits;

use super::{Kind, NUMBER, Opt, OptKind, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "idea refer",
    about: "Pass on what is beyond your authority, to the next level or a policy owner.",
    kind: Kind::Slash,
    options: &[
        Opt::text("reason", "Why it is beyond your authority", limits::TEXT).required(),
        Opt::new("to", "To whom; the next level if left out", OptKind::Person),
        Opt::new("policy", "It questions a policy: to a policy owner", OptKind::Yes),
        NUMBER,
    ],
    who: &[Party::Responsible],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let reason = turn.required("reason", Field::Reason)?;
    let named = turn.args.person("to").cloned().into_iter().collect();
    turn.execute(named, |loaded, _| {
        let to = match loaded.named.first() {
            Some(member) => ReferTo::Member(*member),
            None if turn.args.yes("policy") => ReferTo::PolicyOwner,
            None => ReferTo::NextLevel,
        };
        Ok(Command::Refer { to, reason: reason.to_owned() })
    })
    .await
}
