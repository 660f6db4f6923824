//! `/digest preview team:Ward 3` → what the weekly digest would say now, for managers and coordinators.

use crate::reply::{Message, Reply};
use crate::turn::{Answer, Turn, fault, rejected};
use crate::view;
use chrono::TimeDelta;
use kaizen_domain::rejection::Party;
use kaizen_domain::{ActingMember, Actor, MemberId, Policy, Rejection, Team};
use kaizen_workflow::digest::{DigestContent, gather};

use super::{Kind, Opt, Source, Spec};

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "digest preview",
    about: "What the weekly digest would say now.",
    kind: Kind::Slash,
    options: &[Opt::completed("team", "Of which team; yours if left out", Source::Teams)],
    who: &[Party::Responsible, Party::Coordinator],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    let team = team(turn, &loaded.policy, &loaded.actor).map_err(rejected)?;
    let workspace = turn.chat.engine.store().workspace_by_id(loaded.workspace).await.map_err(fault)?;
    let Some(workspace) = workspace else { return Err(rejected(Rejection::OnlyInWorkspace)) };
    let now = turn.now();
    let since =
        turn.chat.engine.digest_schedule().last(now, team.calendar.zone).unwrap_or(now - TimeDelta::weeks(1));
    let content =
        gather(&**turn.chat.engine.queries(), &workspace, team, (since, now), now).await.map_err(fault)?;
    let people = turn.people(&loaded, &named(&content)).await?;
    Ok(Reply::Message(Message { public: false, ..view::digest::digest(turn.guild, &content, &people) }))
}

/// The team that was named, or the one that this person manages. Managers see their own teams and those below, coordinators
/// and administrators all.
fn team<'p>(turn: &Turn<'_>, policy: &'p Policy, actor: &ActingMember) -> Result<&'p Team, Rejection> {
    let all = policy.may_set_up(&Actor::Member(actor.clone()));
    let sees =
        |team: &Team| all || policy.levels(team.id).iter().any(|level| policy.is_manager(level.id, actor));
    let refused = Rejection::NotForYou { who: Party::Responsible };
    match turn.args.text("team") {
        Some(typed) => {
            let team = policy.team_named(typed).ok_or_else(|| Rejection::NoSuchTeam(typed.to_owned()))?;
            if sees(team) { Ok(team) } else { Err(refused) }
        }
        None => {
            let here = policy.team_for(&actor.roles, Some(turn.request.place.home())).filter(|t| sees(t));
            let managed = || policy.teams.iter().find(|t| policy.is_manager(t.id, actor));
            here.or_else(managed).ok_or(refused)
        }
    }
}

fn named(content: &DigestContent) -> Vec<MemberId> {
    let sections = [&content.thanks, &content.decisions, &content.new, &content.waiting, &content.outcomes];
    let mut members: Vec<MemberId> = sections.into_iter().flatten().map(|line| line.author).collect();
    members.sort_unstable();
    members.dedup();
    members
}
