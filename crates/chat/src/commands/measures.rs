//! `/measures period:30 days team:Ward 3` → how the promise was kept; `promise:yes` → the ledger by kind, and what is overdue the
//! longest. Sums of teams are for everybody to see; there are none of persons.

use chrono::TimeDelta;
use kaizen_domain::Rejection;
use kaizen_domain::rejection::{Field, Party};
use kaizen_workflow::measures::Counting;

use super::{Kind, Opt, OptKind, Source, Spec};
use crate::reply::Reply;
use crate::turn::{Answer, Turn, fault, rejected};
use crate::view::{self, measures::Seen};

/// The periods, in days until now.
const PERIODS: [(&str, i64); 4] = [("7 days", 7), ("30 days", 30), ("90 days", 90), ("12 months", 365)];
/// How many of the overdue ones are named.
const OLDEST: u32 = 10;

/// What is registered.
pub(super) const SPEC: Spec = Spec {
    name: "measures",
    about: "How the promise of an answer in time was kept.",
    kind: Kind::Slash,
    options: &[
        Opt::choice(
            "period",
            "Until now; 30 days, if left out",
            &[PERIODS[0].0, PERIODS[1].0, PERIODS[2].0, PERIODS[3].0],
        ),
        Opt::completed("team", "Only of this team", Source::Teams),
        Opt::new("promise", "Yes: the ledger by kind, and what is overdue the longest", OptKind::Yes),
    ],
    who: &[Party::Anyone],
    run: |turn| Box::pin(run(turn)),
};

async fn run(turn: &Turn<'_>) -> Answer {
    let days = match turn.args.text("period") {
        Some(typed) => {
            let found = PERIODS.iter().find(|(word, _)| word.eq_ignore_ascii_case(typed.trim()));
            let takes = PERIODS.iter().map(|(word, _)| (*word).to_owned()).collect();
            let refused = Rejection::NotOneOf { field: Field::Text, typed: typed.to_owned(), takes };
            found.ok_or_else(|| rejected(refused))?.1
        }
        None => PERIODS[1].1,
    };
    let loaded = turn.chat.engine.load(&turn.ask()).await?;
    let team = match turn.args.text("team") {
        Some(typed) => Some(
            loaded
                .policy
                .team_named(typed)
                .ok_or_else(|| rejected(Rejection::NoSuchTeam(typed.to_owned())))?,
        ),
        None => None,
    };
    let (now, queries) = (turn.now(), turn.chat.engine.queries());
    let of =
        Counting { team: team.map(|t| t.id), member: None, since: now - TimeDelta::days(days), until: now };
    let lines = queries.promise(loaded.workspace, &of).await.map_err(fault)?;
    let debriefs = queries.looked_back(loaded.workspace, &of).await.map_err(fault)?;
    let overdue = if turn.args.yes("promise") {
        Some(queries.overdue(loaded.workspace, of.team, now, OLDEST).await.map_err(fault)?)
    } else {
        None
    };
    let people = turn.people(&loaded, &super::members(overdue.as_deref().unwrap_or_default())).await?;
    let (policy, of, lines, people) = (&*loaded.policy, &of, &lines, &people);
    let seen = Seen { guild: turn.guild, policy, team, of, lines, debriefs, people };
    Ok(Reply::Message(view::measures::promise(&seen, overdue.as_deref())))
}
