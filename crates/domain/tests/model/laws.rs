//! What always holds, in the words of the domain: after each step, and for each life when it is left alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use kaizen_domain::ledger::LadderStep;
use kaizen_domain::suggestion::protocol::{Command, Effect, Works};
use kaizen_domain::suggestion::routing::{Why, next_level};
use kaizen_domain::suggestion::{
    DeclineClass, Event, Fact, LastQuestion, Notice, Stage, StageName, Suggestion, authors_wait, next_timer,
    planned_timer, react,
};
use kaizen_domain::{
    Actor, Instant, MemberId, Policy, Requirement, RequirementKind, RequirementState, Text, Wait,
};

use crate::moves::{Life, Move, Passing};
use crate::workspaces::{INES, OTTO, SAM, Workspace, acting, name};

/// What is wrong; none if all holds.
pub(crate) type Law = Result<(), String>;

macro_rules! hold {
    ($so:expr, $($why:tt)+) => {
        if !$so { return Err(format!($($why)+)); }
    };
}

/// What holds for every life at every moment.
pub(crate) fn at_any_moment(life: &Life, w: &Workspace) -> Law {
    let (s, policy) = (&life.state, &*life.policy);
    let open: Vec<&Requirement> = s.ledger.iter().filter(|r| r.state == RequirementState::Open).collect();
    let paused = s.ledger.iter().filter(|r| matches!(r.state, RequirementState::Paused { .. })).count();
    hold!(
        open.len() == usize::from(s.is_open()),
        "one open required response while it is open, not {}",
        open.len()
    );
    hold!(
        paused == usize::from(s.stage.name() == StageName::AwaitingInformation),
        "a clock stands still exactly while a question lies with the author"
    );
    let asks_again = matches!(
        s.stage,
        Stage::Verified { last_question: LastQuestion::Planned { .. } | LastQuestion::Asked { .. }, .. }
    );
    hold!(
        next_timer(s, policy).is_some() == (s.is_open() || asks_again),
        "one next time while it is open, or will be asked about"
    );
    for (entry, at) in s.ledger.iter().zip(1..) {
        hold!(entry.entry == at, "the ledger's entries are numbered from 1");
    }
    let nobody_else = somebody_else(policy, &[w.author]).is_none();
    hold!(s.responsible != w.author || nobody_else, "the author answers for their own idea");
    if let Some(open) = open.first()
        && open.kind != RequirementKind::Answer
        && open.kind != RequirementKind::Implementation
    {
        hold!(open.by != w.author || nobody_else, "the author owes their own idea's {}", open.kind.as_str());
    }
    if s.appealed && s.is_open() && s.decision.as_ref().is_some_and(|d| Some(d.by) == s.declined_by) {
        let declined_by = s.declined_by.unwrap_or(w.author);
        let nobody_else = somebody_else(policy, &[w.author, declined_by]).is_none();
        hold!(s.responsible != declined_by || nobody_else, "who declined it decides on the appeal");
    }
    is_there(life, w)?;
    closed_with_a_reason(s)
}

/// Whoever owes something is there, as long as anybody is; whoever is away has a stand-in, or acted on it themself.
fn is_there(life: &Life, w: &Workspace) -> Law {
    let (s, policy) = (&life.state, &*life.policy);
    let Some(open) = s.open_requirement() else { return Ok(()) };
    for member in [s.responsible, open.by] {
        let answers = open.kind == RequirementKind::Answer && member == s.author;
        hold!(answers || !policy.left.contains(&member), "{} left, and owes something", name(member));
    }
    if let Some(absence) = policy.away(s.responsible)
        && let Some(deputy) = policy.stand_in(s.responsible)
    {
        let acted = matches!(s.why, Why::ActedWhileAway { since } if since == absence.since);
        let able = deputy != w.author && !(s.appealed && s.declined_by == Some(deputy));
        hold!(acted || !able, "{} is away, and {} does not have it", name(s.responsible), name(deputy));
    }
    Ok(())
}

/// Somebody who could answer for an idea, besides these.
fn somebody_else(policy: &Policy, except: &[MemberId]) -> Option<MemberId> {
    let managers = policy.teams.iter().filter(|t| !t.removed).flat_map(|t| policy.people(&t.managers));
    let coordinators = policy.people(&policy.coordinators);
    managers.chain(coordinators).chain([policy.owner]).find(|m| !except.contains(m))
}

fn closed_with_a_reason(s: &Suggestion) -> Law {
    let readable = |t: &Text| t.written().is_some();
    match s.stage.name() {
        StageName::Declined => {
            hold!(s.findings > 0, "none is declined without a finding");
            hold!(
                s.decision.as_ref().is_some_and(|d| readable(&d.rationale)),
                "none is declined without a reason"
            );
        }
        StageName::Verified => {
            hold!(
                s.outcome.as_ref().is_some_and(|o| readable(&o.note)),
                "none is verified without saying how"
            );
        }
        // The author's own reason, and the other idea.
        StageName::Withdrawn | StageName::Merged => {}
        StageName::Submitted
        | StageName::Acknowledged
        | StageName::Investigating
        | StageName::AwaitingInformation
        | StageName::Accepted
        | StageName::Implemented
        | StageName::Deferred => {}
    }
    Ok(())
}

/// What holds for each step from one moment to the next.
pub(crate) fn of_a_step(before: &Life, what: &Move, after: &Life, events: &[Event]) -> Law {
    let (b, a) = (&before.state, &after.state);
    hold!(a.ledger.len() >= b.ledger.len(), "nothing leaves the ledger");
    hold!(a.submitted_at <= b.submitted_at, "the first day never comes later");
    hold!(a.findings >= b.findings && a.author == b.author && a.team == b.team, "what was recorded stays");
    for (was, is) in b.ledger.iter().zip(&a.ledger) {
        let over = matches!(was.state, RequirementState::Fulfilled { .. } | RequirementState::Waived { .. });
        hold!(!over || was == is, "an entry that has ended changed");
        hold!(was.kind == is.kind && was.opened_at == is.opened_at, "an entry became another one");
        hold!(
            was.due == is.due || may_move_due(was, events),
            "the due time of {:?} moved from {} to {}",
            was.kind,
            was.due,
            is.due
        );
    }
    if let (Some(was), Some(is)) = (b.decision_due, a.decision_due) {
        hold!(was == is || opens_a_decision(events), "the decision's due time moved from {was} to {is}");
    }
    hold!(!events.is_empty() || a == b, "the state changed, and nothing happened");
    if let Move::Try(_, command) = what
        && leaves_the_clocks_alone(command)
    {
        let next = |life: &Life| next_timer(&life.state, &life.policy).map(|t| t.at);
        let due = |s: &Suggestion| s.open_requirement().map(|r| r.due);
        hold!(due(b) == due(a), "{what} moved what is due");
        hold!(
            next(after) <= next(before) || !late(before),
            "{what} put off the next step from {:?} to {:?}",
            next(before),
            next(after)
        );
    }
    told_once(before, after, events)?;
    at_work(before, after, what, events)
}

fn late(life: &Life) -> bool {
    life.state.open_requirement().is_some_and(|r| r.ladder.step >= LadderStep::Late)
}

/// Commands that move no due time, and delay nothing that is late.
fn leaves_the_clocks_alone(command: &Command) -> bool {
    matches!(
        command,
        Command::Assign { .. }
            | Command::Edit { .. }
            | Command::Redact { .. }
            | Command::Support
            | Command::Follow
            | Command::GiveFeedback { .. }
            | Command::Replan { due: None, stop: false, .. }
    )
}

/// A due time of an open or paused entry moves only where the domain says so.
fn may_move_due(was: &Requirement, events: &[Event]) -> bool {
    events.iter().any(|e| match &e.fact {
        Fact::DueMoved { entry, .. } => *entry == Some(was.entry),
        Fact::QuestionDelivered { .. } => was.kind == RequirementKind::Answer,
        Fact::Answered { .. } | Fact::AnswerTimedOut { .. } => was.kind == RequirementKind::Decision,
        Fact::Replanned { date_moved, .. } => *date_moved && was.kind == RequirementKind::Implementation,
        Fact::CheckAsked { .. } => was.kind == RequirementKind::OutcomeCheck,
        _ => false,
    })
}

/// What sets a due time of the decision where there was one.
fn opens_a_decision(events: &[Event]) -> bool {
    events.iter().any(|e| {
        matches!(
            e.fact,
            Fact::Answered { .. }
                | Fact::AnswerTimedOut { .. }
                | Fact::Resumed { .. }
                | Fact::Stopped { .. }
                | Fact::OutcomeFailed { .. }
                | Fact::Appealed { .. }
                | Fact::Reopened { .. }
                | Fact::DueMoved { kind: RequirementKind::Decision, .. }
        ) || matches!(&e.fact, Fact::FindingAdded { owed: Some(_), .. })
    })
}

/// Nobody is told of one step twice, nor of their own.
fn told_once(before: &Life, after: &Life, events: &[Event]) -> Law {
    let mut told: BTreeSet<(usize, MemberId)> = BTreeSet::new();
    for notice in react(Some(&before.state), &after.state, events, &after.policy).notices {
        if let Notice::Direct { event, to, .. } = notice {
            hold!(told.insert((event, to)), "{} is told twice", name(to));
            hold!(
                events[event].by != kaizen_domain::Who::Member(to),
                "{} is told of their own step",
                name(to)
            );
        }
    }
    Ok(())
}

/// What happens by itself happens while the team is at work.
fn at_work(before: &Life, after: &Life, what: &Move, events: &[Event]) -> Law {
    let Move::Time(_) = what else { return Ok(()) };
    let calendar = before.policy.calendar(before.state.team);
    for event in events {
        hold!(calendar.is_working(event.at), "{} at {} outside working hours", event.fact.as_str(), event.at);
        hold!(event.at <= after.now.max(before.now), "{} comes from the future", event.fact.as_str());
    }
    if let Some(timer) = planned_timer(&after.state, &after.policy, after.now) {
        hold!(
            calendar.is_working(timer.at),
            "{:?} is planned for {} outside working hours",
            timer.rule,
            timer.at
        );
    }
    Ok(())
}

/// What the author has waited by the end of a history.
pub(crate) fn wait<'a>(history: impl IntoIterator<Item = &'a Event>, life: &Life) -> TimeDelta {
    let team = life.policy.teams.first().map(|t| &t.calendar).expect("the first team is the author's");
    authors_wait(history, team, life.policy.times.answer, life.now)
}

/// The author's wait never shrinks: not by any command, and in time it grows by no more than has passed.
pub(crate) fn of_the_wait(
    (before, after): (&Life, &Life),
    was: TimeDelta,
    history: &[Event],
    new: &[Event],
) -> Law {
    let is = wait(history.iter().chain(new), after);
    if after.now >= before.now {
        hold!(is >= was, "the author's wait shrank from {was} to {is}");
    }
    // An older idea brings its day along; a question that lay with nobody until now takes nothing off.
    let longer = |fact: &Fact| {
        matches!(fact, Fact::Absorbed { .. } | Fact::QuestionDelivered { .. } | Fact::QuestionReturned { .. })
    };
    if after.now <= before.now && !new.iter().any(|e| longer(&e.fact)) {
        hold!(is <= was, "the author's wait grew from {was} to {is} without time passing");
    }
    Ok(())
}

/// Working time for decisions in working time, plain time for plain ones.
fn measured(policy: &Policy, from: Instant, to: Instant) -> i64 {
    let calendar = &policy.teams[0].calendar;
    let time = match policy.times.decide {
        Wait::Calendar { .. } => to - from,
        Wait::WorkingDays { .. } | Wait::WorkingHours { .. } => calendar.working_between(from, to),
    };
    time.num_seconds()
}

/// Clocks that people might try to play: by asking again and again, by sending an idea round.
pub(crate) fn of_played_clocks(
    (before, after): (&Life, &Life),
    history: &[Event],
    new: &[Event],
    w: &Workspace,
) -> Law {
    let (b, a) = (&before.state, &after.state);
    if a.with_author_seconds > b.with_author_seconds {
        let until = w.policy.teams[0].calendar.after(w.begins, w.policy.times.answer);
        let most = measured(&w.policy, w.begins, until);
        hold!(a.with_author_seconds <= most, "questions stop the clock for longer than the author's time");
    }
    // Whatever the ladder does afterwards is another step.
    let back =
        new.last().is_some_and(|e| matches!(e.fact, Fact::Answered { .. } | Fact::AnswerTimedOut { .. }))
            || new.iter().any(|e| matches!(e.fact, Fact::QuestionReturned { .. }));
    // What was mended already owes a check then, and no decision.
    let same = |open: &&Requirement| open.kind == RequirementKind::Decision;
    if let (true, Some(paused), Some(open)) =
        (back, b.paused_requirement(), a.open_requirement().filter(same))
    {
        let stood = a.with_author_seconds - b.with_author_seconds;
        for (what, from, to) in
            [("due time", paused.due, open.due), ("ladder", paused.ladder.at, open.ladder.at)]
        {
            let later = measured(&after.policy, from, to);
            hold!(later <= stood + 1, "a question of {stood} s puts the {what} off by {later} s");
        }
    }
    // Each referral opens an acknowledgement: no more of them than there are people above, and policy owners.
    let round = history.iter().chain(new).fold(0, |referrals, e| match e.fact {
        Fact::Appealed { .. } | Fact::Reopened { .. } => 0,
        Fact::Referred { .. } => referrals + 1,
        _ => referrals,
    });
    let most = after.policy.levels(a.team).len() + after.policy.people(&after.policy.policy_owners).len();
    hold!(round <= most, "it was referred {round} times, and never decided");
    let begun = new.iter().any(|e| matches!(e.fact, Fact::Referred { .. }));
    hold!(!begun || a.decision_due.is_some(), "a referral leaves the decision without a due time");
    Ok(())
}

/// What the ladder does when nobody answers: it goes up, each reminder once, to the top, and never stops.
pub(crate) fn left_alone(life: &Life, w: &Workspace) -> Law {
    const LOOKS: usize = 14;
    let mut life = life.clone();
    let policy = Arc::clone(&life.policy);
    let policy = &*policy;
    // Whoever carries it out may stand on a level above as well, and hears of it again as that.
    let mut said: BTreeSet<(u32, MemberId, LadderStep, MemberId)> = BTreeSet::new();
    let mut went: BTreeSet<(u32, MemberId)> = BTreeSet::new();
    let mut at_the_top = false;
    for _ in 0..LOOKS {
        let Some(timer) = planned_timer(&life.state, policy, life.now) else {
            return Err("it stops silently".into());
        };
        let before = life.now;
        let Some((next, events)) = life.passes(Passing::UntilNext) else {
            return Err("it stops silently".into());
        };
        let entry = life.state.open_requirement().map_or(0, |r| r.entry);
        hold!(!events.is_empty(), "its next step at {} does nothing: {timer:?}", timer.at);
        hold!(timer.at > before || events.len() <= 3, "several steps in one minute: {events:?}");
        for event in &events {
            match &event.fact {
                Fact::Reminded { to, step, .. } => {
                    let top = next_level(policy, &next.state, *to).is_none();
                    at_the_top |= top;
                    hold!(
                        said.insert((entry, *to, *step, next.state.responsible)) || top,
                        "{} is reminded twice of {step:?}",
                        name(*to)
                    );
                }
                Fact::Transferred { from, charge, owed } => {
                    // Whoever carries it out stands on no level: from them it goes to the one who answers for it.
                    if *from == life.state.responsible {
                        went.insert((entry, *from));
                    }
                    hold!(!went.contains(&(entry, owed.by)), "it goes back to {}: a loop", name(owed.by));
                    hold!(charge.responsible == owed.by, "whoever takes it over answers for it");
                }
                Fact::NextLevelTold { told, .. } => {
                    let nobody_else = somebody_else(policy, &[w.author]).is_none();
                    hold!(
                        *told != w.author || nobody_else,
                        "the author is asked to decide on their own idea"
                    );
                }
                Fact::Resumed { .. } | Fact::AnswerTimedOut { .. } | Fact::CheckAsked { .. } => {}
                other => return Err(format!("the system does what only people do: {}", other.as_str())),
            }
        }
        life = next;
    }
    hold!(at_the_top, "it does not come to the top in {LOOKS} steps: with {}", name(life.state.responsible));
    Ok(())
}

/// Whoever is responsible can bring it to an answer, in a few steps, without merging it away.
pub(crate) fn can_be_closed(life: &Life) -> Law {
    let text = || "Because it helps the ward".to_owned();
    let mut life = life.clone();
    for _ in 0..8 {
        if !life.state.is_open() {
            return Ok(());
        }
        let s = &life.state;
        let by = acting(s.responsible);
        let step = match s.stage.name() {
            StageName::AwaitingInformation => {
                let Some((next, _)) = life.passes(Passing::UntilNext) else { break };
                life = next;
                continue;
            }
            StageName::Submitted | StageName::Acknowledged | StageName::Deferred => {
                life.does(&by, &Command::AddFinding { text: text() })
            }
            StageName::Investigating if s.findings == 0 => {
                life.does(&by, &Command::AddFinding { text: text() })
            }
            StageName::Investigating => {
                life.does(&by, &Command::Decline { class: DeclineClass::NotFeasible, rationale: text() })
            }
            StageName::Accepted => life.does(&by, &Command::RecordImplementation { what_changed: text() }),
            StageName::Implemented => {
                // Somebody besides the implementer has said whether it works.
                let answers = [SAM, INES, OTTO].iter().fold(life.clone(), |life, who| {
                    let says = Command::GiveFeedback { works: Works::Yes, note: None };
                    life.does(&acting(*who), &says).map_or(life, |(next, _)| next)
                });
                let outcome =
                    Command::RecordOutcome { effect: Effect::Worked, note: text(), benefits: vec![] };
                answers.does(&by, &outcome)
            }
            StageName::Verified | StageName::Declined | StageName::Merged | StageName::Withdrawn => None,
        };
        let Some((next, _)) = step else { break };
        life = next;
    }
    Err(format!(
        "{} cannot bring it to an answer; it stays {}",
        name(life.state.responsible),
        life.state.stage.name().as_str()
    ))
}

/// A sweep that finds nothing to do changes nothing: two processes do the work once.
pub(crate) fn swept_twice(life: &Life) -> Law {
    let Some((_, events)) = life.does(&Actor::System, &Command::RunDue) else {
        return Err("a timer is refused".into());
    };
    hold!(events.is_empty(), "after everything was run something is run again: {events:?}");
    Ok(())
}

/// What came to the right people, and is due when the calendar says, stays there.
pub(crate) fn settled_twice(life: &Life) -> Law {
    for again in [Command::Settle, Command::CountAnew] {
        let Some((_, events)) = life.does(&Actor::System, &again) else {
            return Err("a look at who is there is refused".into());
        };
        hold!(events.is_empty(), "a second look finds something else: {events:?}");
    }
    Ok(())
}
