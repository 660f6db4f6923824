//! `/kaizen kinds from:House call into:Home visit` → two kinds of work are one from now on. For coordinators.

use kaizen_domain::debrief::{Refusal, WorkKind, may_merge_kinds};
use kaizen_domain::rejection::{Field, Party};
use kaizen_domain::{Actor, Rejection, WorkspaceId};

use super::{Kind, Opt, Source, Spec};
use crate::reply::Reply;
use crate::turn::{Answer, Turn, fault, rejected};
use crate::view;

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "kaizen kinds",
    about: "Put two kinds of work together: their debriefs and lessons become one.",
    kind: Kind::Slash,
    options: &[
        Opt::completed("from", "The kind that goes on under the other's name", Source::Kinds).required(),
        Opt::completed("into", "The kind whose name stays", Source::Kinds).required(),
    ],
    who: &[Party::SetUp],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let (from, into) = (turn.required("from", Field::Kind)?, turn.required("into", Field::Kind)?);
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    may_merge_kinds(&loaded.policy, &Actor::Member(loaded.actor.clone())).map_err(rejected)?;
    let from = known(turn, loaded.workspace, from).await?;
    let into = known(turn, loaded.workspace, into).await?;
    let merged = turn.chat.engine.debriefs()?.merge_kinds(loaded.workspace, &from, &into).await;
    if merged.map_err(fault)? {
        Ok(Reply::Message(view::debrief::merged(&from, &into)))
    } else {
        Err(rejected(Rejection::Debrief(Refusal::SameKind)))
    }
}

async fn known(
    turn: &Turn<'_>,
    workspace: WorkspaceId,
    typed: &str,
) -> Result<WorkKind, kaizen_workflow::engine::Failure> {
    let read = WorkKind::read(typed).map_err(rejected)?;
    let found = turn.chat.engine.debriefs()?.find_kind(workspace, &read.folded).await.map_err(fault)?;
    found.ok_or_else(|| rejected(Rejection::Debrief(Refusal::NoSuchKind { typed: typed.to_owned() })))
}
