//! Somebody asks to be forgotten. What they wrote goes, from every event; what happened stays, with a member who has neither
//! name nor id. What they owe moves to the right person first, and their own ideas that nobody has decided on yet are taken
//! back: without its words there is nothing left to decide.

use super::protocol::{ActionName, Because, Charge, Event, Fact, Notice};
use super::routing::{Why, appeal_to, policy_owner, route};
use super::stage::{Origin, StageName, Suggestion};
use crate::Instant;
use crate::ids::MemberId;
use crate::ledger::{Owed, RequirementKind};
use crate::people::{Actor, Who};
use crate::policy::{Policy, Staffing};
use crate::rejection::Rejection;
use crate::text::{Text, still_written};

/// May this person have that member forgotten? Everybody themself, and nobody else.
///
/// # Errors
/// When it is somebody else.
pub fn may_forget(actor: &Actor, member: MemberId) -> Result<(), Rejection> {
    if actor.member() == Some(member) { Ok(()) } else { Err(Rejection::OnlyThemself) }
}

/// Are the words of this event theirs? Those of an idea are its author's, whoever put it up (a question of policy is put up by
/// whoever decided); all others are those of whoever acted.
pub fn wrote(event: &Event, member: MemberId) -> bool {
    if let Fact::Submitted { author, origin, .. } = &event.fact {
        // Of an idea without a name the author is only the contact.
        return *author == member && *origin != Some(Origin::Nameless);
    }
    event.by == Who::Member(member)
}

/// The history without this person's words. Words of others stay, even where they name them: those are redacted.
#[must_use]
pub fn forgotten(history: &[Event], member: MemberId) -> Vec<Event> {
    let clean = |event: &Event| {
        if wrote(event, member) {
            Event { fact: event.fact.clone().map_texts(&|_| Text::Erased), ..event.clone() }
        } else {
            event.clone()
        }
    };
    history.iter().map(clean).collect()
}

/// How many texts of this person stand in a history.
pub fn texts_by(history: &[Event], member: MemberId) -> usize {
    let theirs = history.iter().filter(|event| wrote(event, member));
    theirs.map(|event| still_written(|f| drop(event.fact.clone().map_texts(f)))).sum()
}

/// What happens to an item when this person goes. `policy` is already the one without them.
pub fn farewell(s: &Suggestion, member: MemberId, policy: &Policy, now: Instant) -> Vec<Event> {
    if !s.is_open() {
        return Vec::new();
    }
    // What others merged into it is theirs, and a question of policy is the policy owner's: it stays open for them.
    let for_others = !s.absorbed.is_empty() || s.questions.is_some() || s.origin == Some(Origin::Nameless);
    if s.author == member && !for_others && may_be_taken_back(s.stage.name()) {
        return vec![Event { at: now, by: Who::Member(member), fact: Fact::Withdrawn { reason: None } }];
    }
    let fact = hand_over(s, member, policy);
    fact.map(|fact| Event { at: now, by: Who::System, fact }).into_iter().collect()
}

/// Stages in which an author may take an idea back (domain: "before Accepted").
fn may_be_taken_back(stage: StageName) -> bool {
    super::rights::RULES
        .iter()
        .any(|rule| rule.action == ActionName::Withdraw && rule.stages.contains(&stage))
}

/// What is theirs to answer for goes where it would go if it were new, what is theirs to carry out to the responsible person;
/// who carries something out for them goes on for themself. No due time moves. A question that lies with them stays: its time
/// runs out by itself.
fn hand_over(s: &Suggestion, member: MemberId, policy: &Policy) -> Option<Fact> {
    let open = s.open_requirement()?;
    let answers = s.responsible == member;
    let present = Charge { responsible: s.responsible, why: s.why, waiting_role: s.waiting_role };
    let charge = if answers { successor(s, policy) } else { present };
    let works = open.by == member && open.kind != RequirementKind::Answer;
    let by = if works { charge.responsible } else { open.by };
    let stands_in = s.carries_out_for == Some(member);
    (answers || works || stands_in).then_some(Fact::Rerouted {
        from: member,
        because: Because::Forgotten,
        charge,
        owed: Owed { kind: open.kind, by, due: open.due, counted: open.counted },
        work: !answers,
        carries_out_for: s.carries_out_for.filter(|_| !works && !stands_in),
    })
}

fn successor(s: &Suggestion, policy: &Policy) -> Charge {
    if s.questions.is_some() {
        // It asks about a policy: whoever owns policies answers, not the team. Who decided against the idea is not known
        // here any more; whoever it was is not this item's responsible.
        return policy_owner(policy, s.author, s.responsible);
    }
    let routed = route(policy, s.team, s.area.as_ref(), s.author);
    let declined_by = s.declined_by.filter(|by| s.appealed && *by == routed.responsible);
    let other = declined_by.and_then(|by| appeal_to(policy, s, by));
    other.map_or(routed, |other| Charge::of(other, Why::Appeal))
}

/// The settings without this person; a route that then names nobody goes. `owner` is who owns the community from now on.
#[must_use]
pub fn without(policy: &Policy, member: MemberId, owner: MemberId) -> Policy {
    let rest = |staffing: &Staffing| Staffing {
        members: staffing.members.iter().copied().filter(|m| *m != member).collect(),
        roles: staffing.roles.clone(),
    };
    let mut next = policy.clone();
    next.coordinators = rest(&policy.coordinators);
    next.policy_owners = rest(&policy.policy_owners);
    for team in &mut next.teams {
        team.managers = rest(&team.managers);
    }
    for route in &mut next.routes {
        route.to = rest(&route.to);
    }
    next.routes.retain(|route| !route.to.is_empty());
    for holders in next.holders.values_mut() {
        holders.retain(|m| *m != member);
    }
    next.absences.retain(|absence| absence.member != member && absence.deputy != member);
    next.left.remove(&member);
    if next.owner == member {
        next.owner = owner;
    }
    next
}

/// What others see of it: the card, and everything that was ever said about the item, without the person. Nothing is sent to
/// them.
#[must_use]
pub fn notices(s: &Suggestion, told: Vec<Notice>, member: MemberId) -> Vec<Notice> {
    let mut notices: Vec<Notice> = told
        .into_iter()
        .filter(|notice| match notice {
            Notice::Direct { to, .. } | Notice::Reminder { to, .. } => *to != member,
            Notice::Card | Notice::Post { .. } | Notice::Rename | Notice::RewriteAll => true,
        })
        .collect();
    let mut add = |notice: Notice| {
        if !notices.contains(&notice) {
            notices.push(notice);
        }
    };
    add(Notice::Card);
    if s.author == member {
        add(Notice::Rename);
    }
    add(Notice::RewriteAll);
    notices
}

#[cfg(test)]
mod tests {
    use super::super::protocol::{AcceptAs, Command, Loop, TrialPlan};
    use super::super::tests::{CLEO, INES, Life, MARA, NOOR, SAM, member};
    use super::super::{Stage, replay};
    use super::*;

    const OWNER: MemberId = MemberId(99);

    fn finding(text: &str) -> Command {
        Command::AddFinding { text: text.into() }
    }

    fn accept(implementer: MemberId) -> Command {
        Command::Accept {
            how: AcceptAs::AsSuggested,
            rationale: "It costs nothing".into(),
            implementer: Some(implementer),
            due: None,
            changes: Loop::Case,
            norm: None,
            trial: TrialPlan::default(),
        }
    }

    /// The item after this person went, with what happened.
    fn after(life: &Life, gone: MemberId) -> (Suggestion, Vec<Event>) {
        let policy = without(&life.policy, gone, OWNER);
        let mut history = forgotten(&life.events, gone);
        let state = replay(&history).unwrap();
        let events = farewell(&state, gone, &policy, life.now);
        history.extend(events.clone());
        (replay(&history).unwrap(), events)
    }

    #[test]
    fn expect_only_their_own_words_gone() {
        let mut life = Life::new();
        life.does(MARA, &finding("Sam is right")).does(CLEO, &finding("Mara is right"));
        assert_eq!(texts_by(&life.events, MARA), 1);
        let (state, events) = after(&life, MARA);
        let json = serde_json::to_string(&forgotten(&life.events, MARA)).unwrap();
        assert!(!json.contains("Sam is right") && json.contains("Mara is right"), "{json}");
        assert_eq!((state.idea, state.findings), (life.state.idea.clone(), 2));
        assert_eq!(texts_by(&forgotten(&life.events, MARA), MARA), 0);
        // Cleo became responsible by acting: nothing of it was mara's.
        assert_eq!(events, []);
    }

    #[test]
    fn expect_an_undecided_idea_taken_back_with_its_author() {
        let mut life = Life::new();
        life.does(MARA, &finding("There is no shelf"));
        let (state, _) = after(&life, SAM);
        assert_eq!(state.stage, Stage::Withdrawn { reason: None });
        assert_eq!(state.idea, Text::Erased);
        assert_eq!(state.open_requirement(), None);
        // What is being carried out goes on.
        life.does(MARA, &accept(INES));
        let (state, events) = after(&life, SAM);
        assert!(matches!(state.stage, Stage::Accepted { implementer: INES, .. }));
        assert_eq!((state.idea, events), (Text::Erased, vec![]));
    }

    #[test]
    fn expect_a_question_of_policy_to_stay_open_without_its_authors_words() {
        let mut life = Life::new();
        let asked = crate::suggestion::question_policy(
            &life.state,
            crate::Number(1),
            &member(MARA),
            &life.policy,
            life.now,
        );
        life.state = crate::suggestion::apply(None, &asked).unwrap();
        life.events = vec![asked];
        assert_eq!((texts_by(&life.events, SAM), texts_by(&life.events, MARA)), (1, 0));
        let (state, events) = after(&life, SAM);
        assert_eq!((&state.idea, state.is_open(), events.len()), (&Text::Erased, true, 0));
        let (state, _) = after(&life, MARA);
        assert_eq!(state.idea, life.state.idea);
    }

    #[test]
    fn expect_a_question_of_policy_to_go_from_one_policy_owner_to_another() {
        let mut life = Life::new();
        life.policy.policy_owners.members = vec![INES];
        let asked = crate::suggestion::question_policy(
            &life.state,
            crate::Number(1),
            &member(MARA),
            &life.policy,
            life.now,
        );
        life.state = crate::suggestion::apply(None, &asked).unwrap();
        life.events = vec![asked];
        assert_eq!(life.state.responsible, INES);
        let (state, _) = after(&life, INES);
        assert_eq!((state.responsible, state.why), (CLEO, Why::NoPolicyOwner), "nobody else owns policies");
        life.policy.policy_owners.members.push(NOOR);
        let (state, _) = after(&life, INES);
        assert_eq!((state.responsible, state.why), (NOOR, Why::PolicyOwner));
    }

    #[test]
    fn expect_what_others_merged_into_it_to_stay_open() {
        let mut life = Life::new();
        life.does(MARA, &Command::Acknowledge);
        let absorb = Command::Absorb {
            from: crate::Number(2),
            supporters: vec![INES],
            followers: vec![],
            submitted_at: life.now,
        };
        life.try_to(&Actor::System, &absorb).unwrap();
        let (state, events) = after(&life, SAM);
        assert!(state.is_open() && events.is_empty(), "{events:?}");
    }

    #[test]
    fn expect_duties_to_move_with_their_due_times() {
        let mut life = Life::new();
        let due = life.state.open_requirement().unwrap().due;
        let (state, _) = after(&life, MARA);
        let open = state.open_requirement().unwrap();
        assert_eq!((state.responsible, open.by, open.due), (NOOR, NOOR, due));
        // The decision that stands still while the author is asked moves as well.
        life.does(MARA, &Command::Ask { question: "Where?".into() });
        let (state, _) = after(&life, MARA);
        assert_eq!(state.paused_requirement().unwrap().by, NOOR);
        assert_eq!(state.open_requirement().unwrap().by, SAM);
        // An implementer's work goes to whoever answers for it.
        life.does(SAM, &Command::Answer { text: "There".into() }).does(MARA, &accept(INES));
        let (state, _) = after(&life, INES);
        assert_eq!(state.open_requirement().unwrap().by, MARA);
        assert!(matches!(state.stage, Stage::Accepted { implementer: MARA, .. }));
        let (state, _) = after(&life, MARA);
        assert_eq!((state.responsible, state.open_requirement().unwrap().by), (NOOR, INES));
    }

    #[test]
    fn expect_it_to_move_as_everything_that_moves_by_itself_does() {
        let mut life = Life::new();
        let (_, events) = after(&life, MARA);
        let facts: Vec<&Fact> = events.iter().map(|e| &e.fact).collect();
        assert!(
            matches!(
                facts[..],
                [Fact::Rerouted { from: MARA, because: Because::Forgotten, work: false, .. }]
            ),
            "{facts:?}"
        );
        life.does(MARA, &Command::Acknowledge).does(MARA, &accept(INES));
        let (_, events) = after(&life, INES);
        let moved = Fact::Rerouted {
            from: INES,
            because: Because::Forgotten,
            charge: Charge { responsible: MARA, why: life.state.why, waiting_role: None },
            owed: Owed { by: MARA, ..*events[0].fact.owed().unwrap() },
            work: true,
            carries_out_for: None,
        };
        assert_eq!(events.iter().map(|e| e.fact.clone()).collect::<Vec<_>>(), [moved]);
    }

    /// Whoever carries it out for somebody who is away goes on for themself: it must not come back to whoever is forgotten.
    #[test]
    fn expect_a_deputy_to_carry_it_out_for_good() {
        let mut life = Life::new();
        life.does(MARA, &Command::Acknowledge).does(MARA, &accept(INES));
        let ines = crate::people::ActingMember { id: INES, roles: vec![], admin: false };
        let until = life.now + chrono::TimeDelta::days(7);
        life.policy = crate::absence::begin(&life.policy, &ines, (INES, NOOR), until, life.now).unwrap();
        life.try_to(&Actor::System, &Command::Settle).unwrap();
        assert_eq!(life.state.carries_out_for, Some(INES));
        let (state, _) = after(&life, INES);
        assert_eq!((state.carries_out_for, state.open_requirement().unwrap().by), (None, NOOR));
        let policy = without(&life.policy, INES, OWNER);
        assert_eq!(crate::suggestion::moving::moves(&state, &policy, life.now), []);
    }

    /// As the first version handed it over: an assignment by the system, without a reason.
    #[test]
    fn expect_what_was_handed_over_before_to_stay_readable() {
        let life = Life::new();
        let stored = r#"{"at":"2026-11-16T12:00:00Z","by":"system","fact":{"fact":"assigned","reason":"erased",
            "charge":{"responsible":3,"why":{"why":"level_above","team":2},"waiting_role":null},
            "owed":{"kind":"acknowledgement","by":3,"due":"2026-11-18T10:00:00Z"}}}"#;
        let event: Event = serde_json::from_str(stored).unwrap();
        let state = crate::suggestion::apply(Some(life.state), &event).unwrap();
        assert_eq!((state.responsible, state.open_requirement().unwrap().by), (NOOR, NOOR));
    }

    #[test]
    fn expect_settings_without_them_and_an_owner_where_nobody_is_left() {
        let mut policy = Life::new().policy;
        policy.routes.push(crate::Route {
            area: None,
            team: None,
            to: Staffing { members: vec![CLEO], roles: vec![] },
        });
        let next = without(&policy, CLEO, OWNER);
        assert_eq!((next.owner, next.routes.len()), (OWNER, 0));
        assert!(next.coordinators.is_empty());
        assert_eq!(next.coordinator(&[]), OWNER);
        assert!(!serde_json::to_string(&next).unwrap().contains(&format!(":{}", CLEO.0)));
        assert_eq!(without(&policy, MARA, OWNER).owner, CLEO);
    }

    #[test]
    fn expect_nobody_to_have_somebody_else_forgotten() {
        assert_eq!(may_forget(&member(SAM), SAM), Ok(()));
        assert_eq!(may_forget(&member(CLEO), SAM), Err(Rejection::OnlyThemself));
        assert_eq!(may_forget(&Actor::System, SAM), Err(Rejection::OnlyThemself));
    }
}
