//! `/away until:Friday deputy:@Noor` → what is due from me goes to Noor, and comes back; `until:now` ends it. With `who`, a
//! coordinator or the next level says so for somebody who is ill.

use kaizen_domain::rejection::{Field, Party};
use kaizen_domain::suggestion::protocol::limits;
use kaizen_domain::{Calendar, MemberId, Policy, Rejection, absence};
use kaizen_workflow::ports::{Ask, Loaded, Person};

use crate::dates;
use crate::reply::Reply;
use crate::turn::{Answer, Turn, fault, rejected};
use crate::view;

use super::{Kind, Opt, OptKind, Spec};

/// What is registered. `deputy` is not required by the platform, since `until:now` needs none.
pub(super) const SPEC: Spec = Spec {
    name: "away",
    about: "Be away until a date: a deputy answers for you, and everything comes back. until:now ends it.",
    kind: Kind::Slash,
    options: &[
        Opt::text("until", "The last day: Friday, 2 weeks, 14 December; or now, to end it", limits::LINE)
            .required(),
        Opt::new("deputy", "Who stands in until then; needed unless you are back", OptKind::Person),
        Opt::new("who", "Somebody who is ill: for coordinators and the next level", OptKind::Person),
    ],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let until = turn.required("until", Field::Until)?;
    let over = until.trim().eq_ignore_ascii_case("now");
    let (who, deputy) = (turn.args.person("who"), turn.args.person("deputy"));
    let named: Vec<Person> = who.into_iter().chain(deputy).cloned().collect();
    let ask = Ask { named, ..turn.ask() };
    let loaded = turn.chat.engine.load(&ask).await?;
    // What they owe, before it moves.
    let member = members(turn, &loaded).0;
    let mine = turn.chat.engine.queries().mine(loaded.workspace, member).await.map_err(fault)?;
    let deputises = loaded.policy.away(member).copied();
    if over {
        let policy = turn
            .chat
            .engine
            .change_policy(&ask, |loaded| {
                absence::end(&loaded.policy, &loaded.actor, members(turn, loaded).0)
            })
            .await?;
        let people = turn.people(&loaded, &named_in(&policy, member, None)).await?;
        return Ok(Reply::Message(view::away::over(&people, (loaded.actor.id, member))));
    }
    if deputy.is_none() {
        return Err(rejected(Rejection::Empty(Field::Deputy)));
    }
    let policy = turn
        .chat
        .engine
        .change_policy(&ask, |loaded| {
            let (member, deputy) = members(turn, loaded);
            let deputy = deputy.ok_or(Rejection::Empty(Field::Deputy))?;
            let until =
                dates::read(Field::Until, until, turn.now(), &calendar(&loaded.policy, loaded, member))?;
            absence::begin(&loaded.policy, &loaded.actor, (member, deputy), until, turn.now())
        })
        .await?;
    let Some(absence) = policy.away(member) else {
        return Err(rejected(Rejection::ChangedMeanwhile));
    };
    // Is the deputy there at all? If not, what is due goes to the next level in a moment.
    turn.chat.engine.look_up(loaded.workspace, [absence.deputy]);
    let people = turn.people(&loaded, &named_in(&policy, member, Some(absence.deputy))).await?;
    let owe = if deputises.is_some() { &[] } else { mine.owe.as_slice() };
    Ok(Reply::Message(view::away::begun(turn.guild, &people, loaded.actor.id, absence, owe)))
}

/// Who is (or was) away, and the deputy that was named.
fn members(turn: &Turn<'_>, loaded: &Loaded) -> (MemberId, Option<MemberId>) {
    let mut named = loaded.named.iter().copied();
    let member = turn.args.person("who").and_then(|_| named.next()).unwrap_or(loaded.actor.id);
    (member, named.next())
}

/// Where they work: the team that they manage, else the one of whoever says it.
fn calendar(policy: &Policy, loaded: &Loaded, member: MemberId) -> Calendar {
    let managed = policy.teams.iter().find(|t| !t.removed && policy.holds(&t.managers, member));
    managed
        .or_else(|| policy.team_for(&loaded.actor.roles, None))
        .map_or_else(|| Calendar::office(chrono_tz::UTC), |t| t.calendar.clone())
}

fn named_in(policy: &Policy, member: MemberId, deputy: Option<MemberId>) -> Vec<MemberId> {
    policy.absences.iter().map(|a| a.deputy).chain([member]).chain(deputy).collect()
}
