//! What can happen next: what people try, and what time does.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use kaizen_domain::suggestion::protocol::{
    AcceptAs, Command, DeclineClass, Effect, Loop, MergeTarget, ReferTo, Submission, TrialPlan, Works,
};
use kaizen_domain::suggestion::{
    Answered, Event, Fact, Stage, Suggestion, apply, decide, planned_timer, submit,
};
use kaizen_domain::{
    ActingMember, Actor, Area, Instant, MemberId, Number, Policy, TeamId, Wait, absence, settings,
};

use crate::workspaces::{CLEO, INES, MARA, NOOR, OTTO, PETE, Workspace, acting, name};

/// One thing that happens.
#[derive(Debug, Clone)]
pub(crate) enum Move {
    /// Somebody tries something.
    Try(MemberId, Command),
    /// Another idea, which is older, is merged into this one.
    Absorb(Command),
    /// A question reaches the author only now, or cannot be delivered.
    Delivery(bool),
    /// Somebody comes or goes, or the calendar changes.
    People(Change),
    /// Time passes.
    Time(Passing),
}

/// What becomes of people, and of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// The first is away, the second stands in.
    Away(MemberId, MemberId),
    /// Back again.
    Back(MemberId),
    /// Gone for good.
    Leaves(MemberId),
    /// The team's next two working days become holidays; once in a life.
    Holidays,
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
            Move::Delivery(true) => write!(f, "the question reaches the author"),
            Move::Delivery(false) => write!(f, "the question cannot be delivered"),
            Move::People(Change::Away(who, deputy)) => {
                write!(f, "{} is away, {} stands in", name(*who), name(*deputy))
            }
            Move::People(Change::Back(who)) => write!(f, "{} is back", name(*who)),
            Move::People(Change::Leaves(who)) => write!(f, "{} leaves", name(*who)),
            Move::People(Change::Holidays) => write!(f, "the next two working days become holidays"),
            Move::Time(passing) => write!(f, "time: {passing:?}"),
        }
    }
}

/// Everything that anybody may try at this moment. Texts are the same for all: nothing depends on them.
fn commands(w: &Workspace, now: Instant) -> Vec<Command> {
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
        Command::GiveFeedback { works: Works::No, note: None },
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
fn absorb(w: &Workspace) -> Command {
    Command::Absorb {
        from: Number(9),
        supporters: vec![OTTO],
        followers: vec![],
        submitted_at: w.begins - TimeDelta::days(7),
    }
}

/// Everything that can happen to a life, numbered.
pub(crate) struct Moves {
    people: Vec<MemberId>,
    commands: Vec<Command>,
    absorb: Command,
    changes: Vec<Change>,
}

impl Moves {
    pub(crate) fn of(w: &Workspace, life: &Life) -> Moves {
        let here = |m: &&MemberId| !life.policy.left.contains(m);
        Moves {
            people: w.people.iter().filter(here).copied().collect(),
            commands: commands(w, life.now),
            absorb: absorb(w),
            changes: w.changes.clone(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.people.len() * self.commands.len() + 3 + self.changes.len() + Passing::ALL.len()
    }

    pub(crate) fn get(&self, number: usize) -> Move {
        let tries = self.people.len() * self.commands.len();
        let Some(rest) = number.checked_sub(tries) else {
            let command = &self.commands[number % self.commands.len()];
            return Move::Try(self.people[number / self.commands.len()], command.clone());
        };
        match rest.checked_sub(3) {
            None if rest == 0 => Move::Absorb(self.absorb.clone()),
            None => Move::Delivery(rest == 1),
            Some(at) if at < self.changes.len() => Move::People(self.changes[at]),
            Some(at) => Move::Time(Passing::ALL[at - self.changes.len()]),
        }
    }
}

/// What was changed around an idea, besides what stands in the policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Around {
    /// Can anything change?
    pub(crate) changes: bool,
    /// Days that became holidays.
    pub(crate) holidays: Vec<NaiveDate>,
}

/// A life at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    pub(crate) state: Suggestion,
    pub(crate) now: Instant,
    pub(crate) policy: Arc<Policy>,
    pub(crate) around: Around,
    /// Who has answered the present question "does it work?", as storage keeps it.
    pub(crate) voted: BTreeSet<MemberId>,
}

impl Life {
    /// It begins.
    pub(crate) fn begin(w: &Workspace) -> (Life, Event) {
        let idea = Submission {
            idea: "Put the spare batteries next to the hoists".into(),
            proposal: None,
            benefit: None,
            area: Some(Area("equipment".into())),
            team: TeamId(1),
            for_name: None,
            done: w.done,
            source: None,
        };
        let event = submit(&idea, &acting(w.author), &w.policy, w.begins).expect("the idea is taken");
        let life = Life {
            state: apply(None, &event).expect("a suggestion"),
            now: w.begins,
            policy: Arc::new(w.policy.clone()),
            around: Around { changes: !w.changes.is_empty(), ..Around::default() },
            voted: BTreeSet::new(),
        };
        (life, event)
    }

    /// What somebody's command does; none if it is refused.
    pub(crate) fn does(&self, by: &Actor, command: &Command) -> Option<(Life, Vec<Event>)> {
        let mut state = self.state.clone();
        state.answered = Answered {
            own: self.voted.iter().any(|m| by.member() == Some(*m)),
            others: self.voted.iter().any(|m| by.member() != Some(*m)),
        };
        let events = decide(&state, command, by, &self.policy, self.now).ok()?;
        let mut voted = self.voted.clone();
        state.answered = Answered::default();
        for event in &events {
            if event.fact.ends_question() {
                voted.clear();
            }
            if matches!(event.fact, Fact::FeedbackGiven { .. }) {
                voted.extend(by.member());
            }
            state = apply(Some(state), event).expect("an event follows from the state");
        }
        let (policy, around) = (Arc::clone(&self.policy), self.around.clone());
        Some((Life { state, now: self.now, policy, around, voted }, events))
    }

    /// What it does when people come or go, or the calendar changes; none where that is refused, or is so already.
    fn changes(&self, change: Change) -> Option<(Life, Vec<Event>)> {
        let themself = |id| ActingMember { id, roles: vec![], admin: false };
        let mut life = self.clone();
        let mut look_again = Command::Settle;
        let policy = match change {
            Change::Away(who, deputy) => {
                if self.policy.away(who).is_some() || self.policy.left.contains(&who) {
                    return None;
                }
                let until = self.now + TimeDelta::days(365);
                absence::begin(&self.policy, &themself(who), (who, deputy), until, self.now).ok()?
            }
            Change::Back(who) => absence::end(&self.policy, &themself(who), who).ok()?,
            Change::Leaves(who) => {
                let mut policy = (*self.policy).clone();
                if !policy.left.insert(who) {
                    return None;
                }
                policy
            }
            Change::Holidays => {
                if !self.around.holidays.is_empty() {
                    return None;
                }
                let calendar = self.policy.calendar(self.state.team);
                let day = |days| calendar.after(self.now, Wait::WorkingDays { days });
                let days: Vec<NaiveDate> =
                    [1, 2].map(|n| day(n).with_timezone(&calendar.zone).date_naive()).to_vec();
                life.around.holidays.clone_from(&days);
                look_again = Command::CountAnew;
                let team = Some(self.state.team);
                settings::add_holidays(&self.policy, team, &days, None, self.now).ok()?
            }
        };
        life.policy = Arc::new(policy);
        life.does(&Actor::System, &look_again)
    }

    /// One look at what is due now.
    pub(crate) fn sweep(&mut self, events: &mut Vec<Event>) -> bool {
        let (after, more) = self.does(&Actor::System, &Command::RunDue).expect("a timer is never refused");
        *self = after;
        events.extend_from_slice(&more);
        !more.is_empty()
    }

    /// Everything that is due now.
    pub(crate) fn sweep_all(&mut self, events: &mut Vec<Event>) {
        for _ in 0..10 {
            if !self.sweep(events) {
                return;
            }
        }
        panic!("something stays due for ever");
    }

    /// Time passes, everything at its time.
    fn run_until(&mut self, until: Instant, events: &mut Vec<Event>) {
        while let Some(timer) = planned_timer(&self.state, &self.policy, self.now).filter(|t| t.at <= until) {
            self.now = self.now.max(timer.at);
            let before = events.len();
            self.sweep_all(events);
            if events.len() == before {
                break;
            }
        }
        self.now = self.now.max(until);
    }

    /// What this way of passing does; none where it makes no difference.
    pub(crate) fn passes(&self, how: Passing) -> Option<(Life, Vec<Event>)> {
        let calendar = self.policy.calendar(self.state.team);
        let mut life = self.clone();
        let mut events = Vec::new();
        let local = self.now.with_timezone(&calendar.zone).naive_local();
        let evening = |days| {
            let day = local.date() + TimeDelta::days(days);
            calendar.instant(day.and_hms_opt(23, 0, 0).expect("a time of the day"))
        };
        match how {
            Passing::UntilNext => {
                let timer = planned_timer(&self.state, &self.policy, self.now)?;
                life.now = life.now.max(timer.at);
                life.sweep_all(&mut events);
            }
            Passing::Day => {
                let tomorrow = calendar.after(self.now, Wait::WorkingDays { days: 1 });
                life.run_until(tomorrow, &mut events);
            }
            Passing::Evening => {
                if self.now >= evening(0) {
                    return None;
                }
                life.run_until(evening(0), &mut events);
            }
            Passing::Down => {
                life.now += TimeDelta::days(8);
                life.sweep_all(&mut events);
            }
            Passing::DownIntoTheNight => {
                life.now = evening(1);
                life.sweep_all(&mut events);
            }
            Passing::Back => {
                life.now -= TimeDelta::hours(3);
                life.sweep_all(&mut events);
            }
        }
        Some((life, events))
    }

    /// What a move does; none where it is refused or makes no difference.
    pub(crate) fn after(&self, what: &Move) -> Option<(Life, Vec<Event>)> {
        match what {
            Move::Try(who, command) => self.does(&acting(*who), command),
            Move::Absorb(command) => {
                let open_or_verified = self.state.is_open()
                    || self.state.stage.name() == kaizen_domain::suggestion::StageName::Verified;
                let first_time = self.state.absorbed.is_empty();
                (open_or_verified && first_time).then(|| self.does(&Actor::System, command))?
            }
            Move::Delivery(delivered) => match self.state.stage {
                Stage::AwaitingInformation { asked_at, .. } => {
                    let delivery = Command::QuestionDelivery { asked_at, delivered: *delivered };
                    self.does(&Actor::System, &delivery)
                }
                _ => None,
            },
            Move::People(change) => self.changes(*change),
            Move::Time(how) => self.passes(*how),
        }
    }
}
