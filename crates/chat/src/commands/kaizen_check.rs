//! `/kaizen check` → what is wrong or missing, and how to mend it; **Try again** sends what could not be sent.

use crate::check::{Finding, of_settings};
use crate::reply::Reply;
use crate::turn::{Answer, Turn, fault};
use crate::view;
use kaizen_domain::rejection::Party;
use kaizen_workflow::engine::Failure;
use kaizen_workflow::ports::Loaded;

use super::{Kind, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "kaizen check",
    about: "What is wrong or missing in the set-up, and how to mend it.",
    kind: Kind::Slash,
    options: &[],
    who: &[Party::SetUp],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let loaded = allowed(turn).await?;
    let dead = turn.chat.outbox.dead_letters(Some(loaded.workspace)).await.map_err(fault)?;
    let mut findings = match &turn.chat.platform {
        Some(platform) => platform.check(turn.guild, &loaded.policy).await,
        None => Vec::new(),
    };
    let of_settings = of_settings(&loaded.policy).into_iter().filter(|f| !told_better(f, &findings));
    let mut all: Vec<Finding> = of_settings.collect();
    all.append(&mut findings);
    let given_up = u64::try_from(dead.len()).unwrap_or(u64::MAX);
    Ok(Reply::Message(view::setup::check(&loaded.policy, &all, given_up)))
}

/// **Try again**: what was given up is put back.
pub(crate) async fn try_again(turn: &Turn<'_>) -> Answer {
    let loaded = allowed(turn).await?;
    let revived = turn.chat.outbox.revive(Some(loaded.workspace)).await.map_err(fault)?;
    turn.chat.engine.outbox_nudge().notify_one();
    Ok(turn.in_place(view::setup::tried_again(revived)))
}

async fn allowed(turn: &Turn<'_>) -> Result<Loaded, Failure> {
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    turn.may_set_up(&loaded)?;
    Ok(loaded)
}

/// That nobody was seen with a role says less than that the role is gone or empty.
fn told_better(finding: &Finding, by_platform: &[Finding]) -> bool {
    let Finding::NobodyKnown { team, role } = finding else { return false };
    by_platform.iter().any(|f| {
        matches!(f, Finding::EmptyRole { team: t, role: r } | Finding::RoleGone { team: t, role: r } if t == team && r == role)
    })
}
