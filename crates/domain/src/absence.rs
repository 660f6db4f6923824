//! Somebody is away until a date, and a deputy stands in: what is due goes to the deputy, and comes back.
//!
//! An absence begins when it is said and is part of the settings while it lasts; the timer of its end takes it out. Rules:
//! domain, "Absence".

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::Instant;
use crate::ids::MemberId;
use crate::people::ActingMember;
use crate::policy::Policy;
use crate::rejection::{Field, Rejection};

/// Nobody is away for longer than this without saying so again.
pub const LONGEST_DAYS: i64 = 366;

/// Somebody is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// Who is away.
    pub member: MemberId,
    /// Who stands in.
    pub deputy: MemberId,
    /// Since when.
    pub since: Instant,
    /// Until when.
    pub until: Instant,
    /// Who said so.
    pub by: MemberId,
}

/// Somebody is away from now on; an absence that was said before is replaced.
///
/// # Errors
/// When it is not the actor's to say, when the deputy cannot stand in, or when the date has passed or is too far off.
pub fn begin(
    policy: &Policy,
    actor: &ActingMember,
    (member, deputy): (MemberId, MemberId),
    until: Instant,
    now: Instant,
) -> Result<Policy, Rejection> {
    may_say(policy, actor, member)?;
    if deputy == member {
        return Err(Rejection::OwnDeputy);
    }
    let latest = now + TimeDelta::days(LONGEST_DAYS);
    if until <= now {
        return Err(Rejection::DateInPast(Field::Until));
    }
    if until > latest {
        return Err(Rejection::DateTooFar { field: Field::Until, latest });
    }
    if policy.left.contains(&deputy) {
        return Err(Rejection::DeputyLeft(deputy));
    }
    if let Some(absence) = policy.away(deputy) {
        // Whoever is away stands in for nobody; where it would come back to the one who leaves, say that it is a circle.
        let mut at = absence.deputy;
        for _ in 0..policy.absences.len() {
            if at == member {
                return Err(Rejection::DeputyCircle { deputy });
            }
            let Some(next) = policy.away(at) else { break };
            at = next.deputy;
        }
        return Err(Rejection::DeputyAway { deputy, until: absence.until });
    }
    let since = policy.away(member).map_or(now, |before| before.since);
    let mut policy = policy.clone();
    policy.absences.retain(|a| a.member != member);
    policy.absences.push(Absence { member, deputy, since, until, by: actor.id });
    Ok(policy)
}

/// Somebody is back, before the date that was said.
///
/// # Errors
/// When it is not the actor's to say, or they are not away.
pub fn end(policy: &Policy, actor: &ActingMember, member: MemberId) -> Result<Policy, Rejection> {
    may_say(policy, actor, member)?;
    if policy.away(member).is_none() {
        return Err(Rejection::NotAway(member));
    }
    let mut policy = policy.clone();
    policy.absences.retain(|a| a.member != member);
    Ok(policy)
}

/// The settings without the absences that have ended; none where none has.
pub fn over(policy: &Policy, now: Instant) -> Option<Policy> {
    policy.absences.iter().any(|a| a.until <= now).then(|| {
        let mut policy = policy.clone();
        policy.absences.retain(|a| a.until > now);
        policy
    })
}

/// When the next absence ends.
pub fn next_end(policy: &Policy) -> Option<Instant> {
    policy.absences.iter().map(|a| a.until).min()
}

/// Everybody says so for themselves; for somebody who is ill, a coordinator or the next level does.
fn may_say(policy: &Policy, actor: &ActingMember, member: MemberId) -> Result<(), Rejection> {
    if actor.id == member || policy.is_coordinator(actor) {
        return Ok(());
    }
    let managed = policy.teams.iter().filter(|t| !t.removed && policy.holds(&t.managers, member));
    let next_level = managed
        .flat_map(|t| policy.levels(t.id).into_iter().skip(1))
        .any(|above| !above.removed && policy.staffs(&above.managers, actor));
    if next_level { Ok(()) } else { Err(Rejection::NotTheirAbsence(member)) }
}
