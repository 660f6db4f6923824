//! One table says what is possible where and for whom; deciding, refusing and helping all read it.

use super::check::LastQuestion;
use super::protocol::ActionName;
use super::stage::{Stage, StageName, Suggestion};
use crate::Instant;
use crate::ids::MemberId;
use crate::people::{ActingMember, Actor};
use crate::policy::Policy;
use crate::rejection::{Party, Possible, Rejection};

/// Who may take an action in which stages (domain, the table of actions).
pub struct Rule {
    /// What.
    pub action: ActionName,
    /// In which stages.
    pub stages: &'static [StageName],
    /// By whom; one of these is enough.
    pub by: &'static [Party],
}

use StageName as S;

const BEFORE_DECISION: &[S] = &[S::Submitted, S::Acknowledged, S::Investigating, S::AwaitingInformation];
const OPEN: &[S] = &[
    S::Submitted,
    S::Acknowledged,
    S::Investigating,
    S::AwaitingInformation,
    S::Accepted,
    S::Implemented,
    S::Deferred,
];
const ANY: &[S] = &S::ALL;

/// The table. Its order is the order in which people are told what is possible.
pub const RULES: &[Rule] = &[
    rule(ActionName::Acknowledge, &[S::Submitted], &[Party::Responsible]),
    rule(
        ActionName::AddFinding,
        &[S::Submitted, S::Acknowledged, S::Investigating, S::Deferred],
        &[Party::Responsible, Party::Investigator],
    ),
    rule(
        ActionName::Ask,
        &[S::Submitted, S::Acknowledged, S::Investigating],
        &[Party::Responsible, Party::Investigator],
    ),
    rule(ActionName::Answer, &[S::AwaitingInformation], &[Party::Author]),
    rule(ActionName::Accept, &[S::Acknowledged, S::Investigating], &[Party::Responsible]),
    rule(ActionName::Decline, &[S::Investigating], &[Party::Responsible]),
    rule(ActionName::Defer, &[S::Acknowledged, S::Investigating], &[Party::Responsible]),
    rule(ActionName::Refer, &[S::Submitted, S::Acknowledged, S::Investigating], &[Party::Responsible]),
    rule(ActionName::Assign, OPEN, &[Party::Responsible, Party::Coordinator]),
    rule(ActionName::RecordImplementation, &[S::Accepted], &[Party::Implementer, Party::Responsible]),
    rule(ActionName::Replan, &[S::Accepted], &[Party::Responsible, Party::Implementer]),
    rule(ActionName::RecordOutcome, &[S::Implemented], &[Party::Responsible, Party::Coordinator]),
    rule(ActionName::GiveFeedback, &[S::Implemented, S::Verified], &[Party::WorksWithIt]),
    rule(ActionName::Appeal, &[S::Declined], &[Party::Author]),
    rule(ActionName::Edit, BEFORE_DECISION, &[Party::Author]),
    rule(
        ActionName::Withdraw,
        &[S::Submitted, S::Acknowledged, S::Investigating, S::AwaitingInformation, S::Deferred],
        &[Party::Author],
    ),
    rule(ActionName::Merge, OPEN, &[Party::Responsible, Party::Coordinator, Party::Author]),
    rule(
        ActionName::Reopen,
        &[S::Declined, S::Verified, S::Withdrawn, S::Merged],
        &[Party::Coordinator, Party::Author],
    ),
    rule(ActionName::Support, OPEN, &[Party::Anyone]),
    rule(ActionName::Follow, ANY, &[Party::Anyone]),
    rule(ActionName::Redact, ANY, &[Party::Author, Party::Responsible, Party::Coordinator]),
];

const fn rule(action: ActionName, stages: &'static [S], by: &'static [Party]) -> Rule {
    Rule { action, stages, by }
}

fn rule_of(action: ActionName) -> &'static Rule {
    // Every action stands in the table: `expect_every_action_in_the_table` proves it.
    RULES.iter().find(|r| r.action == action).unwrap_or(&RULES[0])
}

/// What can be done in this stage, and by whom (the first party of each rule).
pub fn possible(s: &Suggestion) -> Vec<Possible> {
    let stage = s.stage.name();
    RULES
        .iter()
        .filter(|r| r.stages.contains(&stage) && !matches!(r.action, ActionName::Follow | ActionName::Redact))
        .filter(|r| r.action != ActionName::GiveFeedback || s.takes_answers())
        .map(|r| {
            let by = match r.action {
                ActionName::Reopen if stage != S::Merged => Party::Coordinator,
                _ => r.by[0],
            };
            Possible { action: r.action, by }
        })
        .collect()
}

/// May this actor do this to this suggestion now? Rights come before the stage, so that nobody learns more than they may.
///
/// # Errors
/// Why not, and what is possible instead.
pub fn may(
    s: &Suggestion,
    action: ActionName,
    actor: &Actor,
    policy: &Policy,
    now: Instant,
) -> Result<(), Rejection> {
    let Actor::Member(member) = actor else { return Ok(()) };
    let rule = rule_of(action);
    // Reopening decides nothing, it only asks again: whoever declined, or suggested it, may do so as coordinator.
    let reopens = action == ActionName::Reopen && policy.is_coordinator(member);
    if !reopens && !rule.by.iter().any(|party| is(s, *party, member, policy)) {
        return Err(refuse(s, rule, member));
    }
    if !rule.stages.contains(&s.stage.name()) {
        return Err(Rejection::WrongStage {
            stage: s.stage.name(),
            attempted: action,
            possible: possible(s),
        });
    }
    conditions(s, action, member, policy, now)
}

/// Which conditions go beyond stage and party.
fn conditions(
    s: &Suggestion,
    action: ActionName,
    member: &ActingMember,
    policy: &Policy,
    now: Instant,
) -> Result<(), Rejection> {
    match (action, &s.stage) {
        (ActionName::Decline, _) if s.findings == 0 => Err(Rejection::NeedsFinding),
        (ActionName::Defer, _) => {
            match s.deferred_by.and_then(|by| is_for_level_above(s, by, member, policy)) {
                Some(next) => Err(Rejection::SecondDeferral { next }),
                None => Ok(()),
            }
        }
        (ActionName::Appeal, Stage::Declined { appeal_until, .. }) => {
            if s.appealed {
                Err(Rejection::AppealUsed)
            } else if now > *appeal_until {
                Err(Rejection::AppealOver { until: *appeal_until })
            } else {
                Ok(())
            }
        }
        (ActionName::Reopen, Stage::Merged { at, .. }) if !policy.is_coordinator(member) => {
            let until = policy.calendar(s.team).after(*at, policy.times.appeal);
            if now > until { Err(Rejection::ReopenOver { until }) } else { Ok(()) }
        }
        (ActionName::Reopen, _) if !policy.is_coordinator(member) => Err(Rejection::NotAllowed {
            attempted: action,
            who: vec![Party::Coordinator],
            responsible: s.responsible,
        }),
        (ActionName::RecordOutcome, Stage::Implemented { implementer, .. })
            if *implementer == member.id && !s.others_answered(member.id) =>
        {
            Err(Rejection::ImplementerAlone)
        }
        (ActionName::GiveFeedback, Stage::Verified { last_question, .. }) if !s.takes_answers() => {
            Err(Rejection::NotAskedNow {
                again: match last_question {
                    LastQuestion::Planned { at } => Some(*at),
                    LastQuestion::Never | LastQuestion::Asked { .. } | LastQuestion::Over => None,
                },
            })
        }
        (ActionName::GiveFeedback, _) if s.has_answered(member.id) => Err(Rejection::AnsweredAlready),
        (ActionName::Support, _) if s.author == member.id => Err(Rejection::OwnIdea),
        _ => Ok(()),
    }
}

/// What was put off once may be put off again only by a level above whoever did it (domain: "the next level's to decide").
/// Returns that level, where it is not this member's own; none where nobody stands above.
pub(super) fn is_for_level_above(
    s: &Suggestion,
    before: MemberId,
    member: &ActingMember,
    policy: &Policy,
) -> Option<MemberId> {
    let next = super::routing::next_above(policy, s.team, before, &[s.author])?;
    let own = if policy.is_coordinator(member) {
        usize::MAX
    } else {
        super::routing::level_of(policy, s.team, member.id)
    };
    (own <= super::routing::level_of(policy, s.team, before)).then_some(next)
}

fn refuse(s: &Suggestion, rule: &Rule, member: &ActingMember) -> Rejection {
    if s.appealed && s.declined_by == Some(member.id) && rule.by.contains(&Party::Responsible) {
        return Rejection::DeclinedItThemself;
    }
    Rejection::NotAllowed { attempted: rule.action, who: rule.by.to_vec(), responsible: s.responsible }
}

/// Is this member the party, for this suggestion?
pub fn is(s: &Suggestion, party: Party, member: &ActingMember, policy: &Policy) -> bool {
    match party {
        Party::Author => member.id == s.author,
        Party::Responsible => is_responsible(s, member, policy),
        Party::Investigator => s.investigator == Some(member.id) && !declined_it(s, member.id),
        Party::Implementer => {
            matches!(s.stage, Stage::Accepted { implementer, .. } | Stage::Implemented { implementer, .. } if implementer == member.id)
                || (s.stage.name() == S::Accepted && s.carries_out_for == Some(member.id))
        }
        Party::NextLevel => super::routing::next_level(policy, s, s.responsible) == Some(member.id),
        Party::Coordinator => {
            policy.is_coordinator(member) && !own_idea(s, member.id) && !declined_it(s, member.id)
        }
        Party::WorksWithIt => {
            member.id == s.author || s.supporters.contains(&member.id) || policy.may_belong(s.team, member)
        }
        Party::SetUp => policy.may_set_up(&Actor::Member(member.clone())),
        Party::Anyone => true,
    }
}

/// "Responsible" includes the team's managers and the coordinator, who become responsible by acting; never the author
/// (unless nobody else is left), and on an appeal never the one who declined.
fn is_responsible(s: &Suggestion, member: &ActingMember, policy: &Policy) -> bool {
    if declined_it(s, member.id) {
        return false;
    }
    // Whoever is away may act all the same.
    let stands_for = matches!(s.why, super::routing::Why::Deputy { of } if of == member.id);
    member.id == s.responsible
        || (!own_idea(s, member.id)
            && (stands_for
                || policy.is_manager(s.team, member)
                || policy.is_coordinator(member)
                || s.waiting_role.is_some_and(|role| member.roles.contains(&role))))
}

/// Whoever declined it does not decide on the appeal. Once that is decided they may carry it out, and say what came of it.
fn declined_it(s: &Suggestion, member: MemberId) -> bool {
    let decided = matches!(s.stage.name(), S::Accepted | S::Implemented);
    s.appealed && s.declined_by == Some(member) && s.responsible != member && !decided
}

fn own_idea(s: &Suggestion, member: MemberId) -> bool {
    member == s.author && s.responsible != member
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expect_every_action_in_the_table() {
        for action in ActionName::ALL {
            assert_eq!(RULES.iter().filter(|r| r.action == action).count(), 1, "{action:?}");
        }
    }
}
