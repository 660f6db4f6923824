//! What moves by itself: an item is always with somebody who is there. When its responsible person, or whoever carries it
//! out, leaves, is away, or is no longer in charge, it moves at once; when they are back it comes back. No due time changes:
//! the author's wait is not lengthened by what becomes of others.

use super::protocol::{Because, Charge, Fact};
use super::routing::{Why, appeal_goes_on_to, escalation, excluded, next_above, policy_owner, route_without};
use super::stage::{Stage, Suggestion};
use crate::Instant;
use crate::absence::Absence;
use crate::ids::MemberId;
use crate::ledger::{Owed, RequirementKind};
use crate::policy::Policy;

/// The facts that bring an item to the right people; none where it is with them.
pub fn moves(s: &Suggestion, policy: &Policy, now: Instant) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    let mut state = s.clone();
    // First whoever answers for it, then whoever carries it out.
    for next in [responsible, implementer] {
        let Some(fact) = next(&state, policy) else { continue };
        let event = super::Event { at: now, by: crate::Who::System, fact: fact.clone() };
        let Some(after) = super::apply(Some(state.clone()), &event) else { continue };
        state = after;
        facts.push(fact);
    }
    facts
}

fn responsible(s: &Suggestion, policy: &Policy) -> Option<Fact> {
    let open = s.open_requirement()?;
    let (charge, because) = right_charge(s, policy)?;
    if charge.responsible == s.responsible {
        return None;
    }
    // An implementer's work and the author's answer stay theirs.
    let goes_along = open.by == s.responsible
        && !matches!(open.kind, RequirementKind::Implementation | RequirementKind::Answer);
    let by = if goes_along { charge.responsible } else { open.by };
    Some(Fact::Rerouted {
        from: s.responsible,
        because,
        charge,
        owed: Owed { kind: open.kind, by, due: open.due, counted: open.counted },
        work: false,
        carries_out_for: s.carries_out_for,
    })
}

/// Who should answer for it instead, and why it moves; none where the present one is right.
fn right_charge(s: &Suggestion, policy: &Policy) -> Option<(Charge, Because)> {
    let present = s.responsible;
    let owner = if let Why::Deputy { of } = s.why { of } else { present };
    if policy.left.contains(&owner) {
        return Some((reroute(s, owner, policy), Because::Left));
    }
    if let Some(because) = out_of_charge(s, owner, policy) {
        return Some((reroute(s, owner, policy), because));
    }
    match policy.away(owner) {
        Some(absence) if present != owner || !acted_since(s, absence) => {
            let Some(deputy) = deputy(s, owner, policy) else {
                // Nobody else is there at all: it waits for them.
                let gone = policy.left.contains(&present);
                return gone.then_some((Charge::of(owner, Why::Back { from: present }), Because::Left));
            };
            let because = if policy.left.contains(&present) { Because::Left } else { Because::Away };
            Some((Charge::of(deputy, Why::Deputy { of: owner }), because))
        }
        Some(_) => None,
        None if present != owner => Some((Charge::of(owner, Why::Back { from: present }), Because::Back)),
        None => None,
    }
}

/// Whoever acts while they are away keeps what they acted on.
fn acted_since(s: &Suggestion, absence: &Absence) -> bool {
    matches!(s.why, Why::ActedWhileAway { since } if since == absence.since)
}

/// Who stands in for somebody on this item: their deputy; if that is the author, or nobody that is there, the next level; at
/// the top whoever a new idea would go to.
fn deputy(s: &Suggestion, of: MemberId, policy: &Policy) -> Option<MemberId> {
    let except = excluded(s);
    let able = |m: &MemberId| *m != of && !except.contains(m) && !policy.left.contains(m);
    let above = policy.stand_in(of).filter(able).or_else(|| {
        let next = next_above(policy, s.team, of, &except)?;
        policy.stand_in(next).filter(able).or(Some(next))
    });
    above.or_else(|| {
        let except: Vec<MemberId> = except.iter().copied().chain([of]).collect();
        Some(route_without(policy, s.team, s.area.as_ref(), &except).responsible).filter(able)
    })
}

/// Has somebody lost what made it theirs?
fn out_of_charge(s: &Suggestion, owner: MemberId, policy: &Policy) -> Option<Because> {
    match s.why {
        Why::TeamManager { team, .. } | Why::LevelAbove { team, .. } => {
            let team = policy.team(team);
            if team.is_none_or(|t| t.removed) {
                Some(Because::TeamRemoved)
            } else if team.is_some_and(|t| policy.holds(&t.managers, owner)) {
                None
            } else {
                Some(Because::NotInCharge)
            }
        }
        Why::NobodyElse => {
            let other = route_without(policy, s.team, s.area.as_ref(), &excluded(s));
            (owner == s.author && other.why != Why::NobodyElse).then_some(Because::OwnIdea)
        }
        Why::Coordinator | Why::NoPolicyOwner => {
            let coordinators = policy.people(&policy.coordinators);
            let is = coordinators.contains(&owner) || (coordinators.is_empty() && owner == policy.owner);
            (!is).then_some(Because::NotInCharge)
        }
        Why::Route { .. }
        | Why::Acted
        | Why::ActedWhileAway { .. }
        | Why::Assigned { .. }
        | Why::Referred { .. }
        | Why::PolicyOwner
        | Why::Escalated
        | Why::Appeal
        | Why::Deputy { .. }
        | Why::Back { .. } => (!policy.can_take(owner)).then_some(Because::NotInCharge),
    }
}

/// Who answers for it when its owner no longer can; while they are away, whoever stands in.
fn reroute(s: &Suggestion, owner: MemberId, policy: &Policy) -> Charge {
    let charge = successor(s, owner, policy);
    let away = policy.away(charge.responsible).and_then(|_| deputy(s, charge.responsible, policy));
    away.map_or(charge, |there| Charge::of(there, Why::Deputy { of: charge.responsible }))
}

/// On an appeal somebody who did not decline; what had gone up goes further up, never back to whoever did not answer; all
/// else as if it were new.
fn successor(s: &Suggestion, owner: MemberId, policy: &Policy) -> Charge {
    let except: Vec<MemberId> = excluded(s).into_iter().chain([owner]).collect();
    let routed = || route_without(policy, s.team, s.area.as_ref(), &except);
    if s.appealed {
        let declined_by = s.declined_by.unwrap_or(owner);
        return appeal_goes_on_to(policy, s, declined_by)
            .map_or_else(routed, |to| Charge::of(to, Why::Appeal));
    }
    match s.why {
        Why::PolicyOwner | Why::NoPolicyOwner => policy_owner(policy, s.author, owner),
        Why::Escalated => escalation(policy, s).unwrap_or_else(routed),
        Why::TeamManager { .. }
        | Why::LevelAbove { .. }
        | Why::Route { .. }
        | Why::Coordinator
        | Why::NobodyElse
        | Why::Acted
        | Why::ActedWhileAway { .. }
        | Why::Assigned { .. }
        | Why::Referred { .. }
        | Why::Appeal
        | Why::Deputy { .. }
        | Why::Back { .. } => routed(),
    }
}

fn implementer(s: &Suggestion, policy: &Policy) -> Option<Fact> {
    let (Stage::Accepted { implementer, .. }, Some(open)) = (&s.stage, s.open_requirement()) else {
        return None;
    };
    let owner = s.carries_out_for.unwrap_or(*implementer);
    // Where they left, it is the responsible person's to carry out; and where that one is away, at once their deputy's.
    let left = policy.left.contains(&owner);
    let owner = if left { s.responsible } else { owner };
    let because = |otherwise| if left { Because::Left } else { otherwise };
    let acted = |absence| owner == s.responsible && acted_since(s, absence);
    let (by, because, carries_out_for) = match policy.away(owner) {
        Some(absence) if acted(absence) && (left || owner == *implementer) => {
            (owner, because(Because::Back), None)
        }
        Some(_) => {
            let deputy = policy.stand_in(owner).unwrap_or(s.responsible);
            (deputy, because(Because::Away), Some(owner))
        }
        None => (owner, because(Because::Back), None),
    };
    if by == *implementer {
        return None;
    }
    Some(Fact::Rerouted {
        from: *implementer,
        because,
        charge: Charge { responsible: s.responsible, why: s.why, waiting_role: s.waiting_role },
        owed: Owed { kind: open.kind, by, due: open.due, counted: open.counted },
        work: true,
        carries_out_for,
    })
}
