//! What can happen next: what people try, and what time does.

use chrono::TimeDelta;
use kaizen_domain::suggestion::protocol::{
    AcceptAs, Command, DeclineClass, Effect, Loop, MergeTarget, ReferTo, TrialPlan, Works,
};
use kaizen_domain::suggestion::{Event, Suggestion, apply, decide, planned_timer};
use kaizen_domain::{Actor, Instant, MemberId, Number, Policy, Wait};

use crate::workspaces::{CLEO, INES, MARA, NOOR, OTTO, PETE, Workspace, acting, name};

/// One thing that happens.
#[derive(Debug, Clone)]
pub(crate) enum Move {
    /// Somebody tries something.
    Try(MemberId, Command),
    /// Another idea, which is older, is merged into this one.
    Absorb(Command),
    /// Time passes.
    Time(Passing),
}

/// How time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passing {
    /// Until the next thing happens by itself.
    UntilNext,
    /// A working day, everything at its time.
    Day,
    /// Until late in the evening; whoever acts next acts at night.
    Evening,
    /// The program is down for eight days, and comes back on the hour.
    Down,
    /// The program is down until the middle of the second night.
    DownIntoTheNight,
    /// The clock was wrong by three hours and is put back.
    Back,
}

impl Passing {
    pub(crate) const ALL: [Passing; 6] =
        [Self::UntilNext, Self::Day, Self::Evening, Self::Down, Self::DownIntoTheNight, Self::Back];
}

impl std::fmt::Display for Move {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Move::Try(who, command) => write!(f, "{}: {command:?}", name(*who)),
            Move::Absorb(_) => write!(f, "an older idea is merged into it"),
            Move::Time(passing) => write!(f, "time: {passing:?}"),
        }
    }
}

/// Everything that anybody may try at this moment. Texts are the same for all: nothing depends on them.
pub(crate) fn commands(w: &Workspace, now: Instant) -> Vec<Command> {
    let reason = || "Because it helps the ward".to_owned();
    let days = |n| now + TimeDelta::days(n);
    let accept = |implementer, how, review| Command::Accept {
        how,
        rationale: reason(),
        implementer,
        due: None,
        changes: Loop::Practice,
        norm: None,
        trial: TrialPlan { review, ..TrialPlan::default() },
    };
    let outcome = |effect| Command::RecordOutcome { effect, note: reason(), benefits: vec![] };
    let replan = |implementer, due, stop| Command::Replan { reason: reason(), implementer, due, stop };
    let target = MergeTarget {
        number: Number(1),
        itself: false,
        takes_more: true,
        circle: false,
        goes_on_in: None,
        submitted_at: w.begins - TimeDelta::days(3),
    };
    let mut commands = vec![
        Command::Acknowledge,
        Command::AddFinding { text: reason() },
        Command::Ask { question: reason() },
        Command::Answer { text: reason() },
        Command::Refer { to: ReferTo::NextLevel, reason: reason() },
        accept(None, AcceptAs::AsSuggested, None),
        accept(Some(INES), AcceptAs::Trial, Some(days(21))),
        Command::Decline { class: DeclineClass::NotFeasible, rationale: reason() },
        Command::Defer { rationale: reason(), until: days(30) },
        replan(None, Some(days(45)), false),
        replan(Some(INES), None, false),
        replan(Some(MARA), None, false),
        replan(None, None, true),
        Command::RecordImplementation { what_changed: reason() },
        outcome(Effect::Worked),
        outcome(Effect::Partly),
        outcome(Effect::DidNotWork),
        Command::GiveFeedback { works: Works::Yes, note: None },
        Command::Appeal { reason: reason() },
        Command::Withdraw { reason: None },
        Command::Merge { into: target },
        Command::Reopen { reason: reason(), came_back_from: None },
        Command::Edit { idea: "Other words for it".into(), proposal: None, benefit: None },
        Command::Redact { words: vec!["ward".into()] },
        Command::Support,
        Command::Follow,
    ];
    for to in [MARA, NOOR, CLEO, OTTO, PETE].into_iter().filter(|m| w.people.contains(m)) {
        commands.push(Command::Assign { to, reason: reason() });
        commands.push(Command::Refer { to: ReferTo::Member(to), reason: reason() });
    }
    if w.people.contains(&PETE) {
        commands.push(Command::Refer { to: ReferTo::PolicyOwner, reason: reason() });
    }
    commands
}

/// Another idea, a week older, comes into this one.
pub(crate) fn absorb(w: &Workspace) -> Command {
    Command::Absorb {
        from: Number(9),
        supporters: vec![OTTO],
        followers: vec![],
        submitted_at: w.begins - TimeDelta::days(7),
    }
}

/// A life at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    pub(crate) state: Suggestion,
    pub(crate) now: Instant,
}

impl Life {
    /// What somebody's command does; none if it is refused.
    pub(crate) fn does(&self, by: &Actor, command: &Command, policy: &Policy) -> Option<(Life, Vec<Event>)> {
        let events = decide(&self.state, command, by, policy, self.now).ok()?;
        let mut state = self.state.clone();
        for event in &events {
            state = apply(Some(state), event).expect("an event follows from the state");
        }
        Some((Life { state, now: self.now }, events))
    }

    /// One look at what is due now.
    pub(crate) fn sweep(&mut self, policy: &Policy, events: &mut Vec<Event>) -> bool {
        let (after, more) =
            self.does(&Actor::System, &Command::RunDue, policy).expect("a timer is never refused");
        *self = after;
        events.extend_from_slice(&more);
        !more.is_empty()
    }

    /// Everything that is due now.
    pub(crate) fn sweep_all(&mut self, policy: &Policy, events: &mut Vec<Event>) {
        for _ in 0..10 {
            if !self.sweep(policy, events) {
                return;
            }
        }
        panic!("something stays due for ever");
    }

    /// Time passes, everything at its time.
    fn run_until(&mut self, until: Instant, policy: &Policy, events: &mut Vec<Event>) {
        while let Some(timer) = planned_timer(&self.state, policy, self.now).filter(|t| t.at <= until) {
            self.now = self.now.max(timer.at);
            let before = events.len();
            self.sweep_all(policy, events);
            if events.len() == before {
                break;
            }
        }
        self.now = self.now.max(until);
    }

    /// What this way of passing does; none where it makes no difference.
    pub(crate) fn passes(&self, how: Passing, policy: &Policy) -> Option<(Life, Vec<Event>)> {
        let calendar = policy.calendar(self.state.team);
        let mut life = self.clone();
        let mut events = Vec::new();
        let local = self.now.with_timezone(&calendar.zone).naive_local();
        let evening = |days| {
            let day = local.date() + TimeDelta::days(days);
            calendar.instant(day.and_hms_opt(23, 0, 0).expect("a time of the day"))
        };
        match how {
            Passing::UntilNext => {
                let timer = planned_timer(&self.state, policy, self.now)?;
                life.now = life.now.max(timer.at);
                life.sweep_all(policy, &mut events);
            }
            Passing::Day => {
                let tomorrow = calendar.after(self.now, Wait::WorkingDays { days: 1 });
                life.run_until(tomorrow, policy, &mut events);
            }
            Passing::Evening => {
                if self.now >= evening(0) {
                    return None;
                }
                life.run_until(evening(0), policy, &mut events);
            }
            Passing::Down => {
                life.now += TimeDelta::days(8);
                life.sweep_all(policy, &mut events);
            }
            Passing::DownIntoTheNight => {
                life.now = evening(1);
                life.sweep_all(policy, &mut events);
            }
            Passing::Back => {
                life.now -= TimeDelta::hours(3);
                life.sweep_all(policy, &mut events);
            }
        }
        Some((life, events))
    }

    /// What a move does; none where it is refused or makes no difference.
    pub(crate) fn after(&self, what: &Move, policy: &Policy) -> Option<(Life, Vec<Event>)> {
        match what {
            Move::Try(who, command) => self.does(&acting(*who), command, policy),
            Move::Absorb(command) => {
                let open_or_verified = self.state.is_open()
                    || self.state.stage.name() == kaizen_domain::suggestion::StageName::Verified;
                let first_time = self.state.absorbed.is_empty();
                (open_or_verified && first_time).then(|| self.does(&Actor::System, command, policy))?
            }
            Move::Time(how) => self.passes(*how, policy),
        }
    }
}
