//! Is it allowed, and what follows.

use chrono::TimeDelta;

use super::apply::next;
use super::piece::Piece;
use super::protocol::{Command, Escalated, Event, Fact, Mark, Refusal, Starting, limits};
use super::react::{closes_at, due_now, is_quiet, reminds_at};
use super::stage::{Column, Debrief, Stage};
use crate::Instant;
use crate::ids::{MemberId, Number};
use crate::ledger::{LadderStep, Owed, Requirement, RequirementKind, RequirementState, Rung};
use crate::people::{ActingMember, Actor, Who};
use crate::policy::Policy;
use crate::rejection::{Field, Rejection};
use crate::suggestion::decide::{optional, redactable, written};
use crate::suggestion::routing;
use crate::text::{Text, still_written};

/// Starts a debrief: anybody may, about anything.
///
/// # Errors
/// When the title is empty or too long, or the team takes nothing new.
pub fn start(typed: &Starting, actor: &Actor, policy: &Policy, now: Instant) -> Result<Event, Rejection> {
    let Actor::Member(_) = actor else { return Err(Rejection::OnlyInWorkspace) };
    if policy.team(typed.team).is_none_or(|t| t.removed) {
        return Err(Rejection::NoSuchTeam(typed.team.0.to_string()));
    }
    let work = typed.work.split_whitespace().collect::<Vec<_>>().join(" ");
    let fact = Fact::Started {
        team: typed.team,
        work: written(Field::Work, &work, limits::WORK)?,
        kind: typed.kind.clone(),
        template: typed.template,
        nameless: typed.nameless,
    };
    Ok(Event { at: now, by: actor.who(), fact })
}

/// May they read it: those who take part, its team, and the coordinators? Lessons are everybody's.
pub fn may_read(d: &Debrief, reader: &ActingMember, policy: &Policy) -> bool {
    let of_team = policy.team(d.team).and_then(|t| t.members_role).is_some_and(|r| reader.roles.contains(&r));
    takes_part(d, reader, policy) || of_team
}

/// How many texts of this person stand in a history. Of whoever is not named, none can be found.
pub fn texts_by(history: &[Event], member: MemberId) -> usize {
    let theirs = history.iter().filter(|event| event.by == Who::Member(member));
    theirs.map(|event| still_written(|f| drop(event.fact.clone().map_texts(f)))).sum()
}

/// What happens to a debrief when this person is forgotten: what they owed goes to whoever is next, with the same date.
/// `policy` is already the one without them.
pub fn farewell(d: &Debrief, member: MemberId, policy: &Policy, now: Instant) -> Vec<Event> {
    let theirs = d.open_actions().filter(|r| r.by == member);
    let to = successor(d, member, policy);
    let moved = |r: &Requirement| Fact::Transferred { from: member, to, entry: r.entry, left: true };
    theirs.map(|r| Event { at: now, by: Who::System, fact: moved(r) }).collect()
}

/// To whom an action goes whose owner is gone: whoever stands above, else whoever leads the debrief, else the coordinator.
fn successor(d: &Debrief, member: MemberId, policy: &Policy) -> MemberId {
    let facilitator = Some(d.facilitator).filter(|f| *f != member && !policy.left.contains(f));
    routing::above(policy, d.team, member).or(facilitator).unwrap_or_else(|| policy.coordinator(&[member]))
}

/// May they put two kinds of work together? The coordinators, and those who set the workspace up.
///
/// # Errors
/// For everybody else.
pub fn may_merge_kinds(policy: &Policy, actor: &Actor) -> Result<(), Rejection> {
    if policy.may_set_up(actor) { Ok(()) } else { refuse(Refusal::CoordinatorsMerge) }
}

/// Those who take part, the team's managers and the coordinators decide on what is said.
fn takes_part(d: &Debrief, member: &ActingMember, policy: &Policy) -> bool {
    d.participants.contains(&member.id) || policy.is_manager(d.team, member) || policy.is_coordinator(member)
}

/// What the command does to the debrief. No events: nothing had to change.
///
/// # Errors
/// Why it is refused. Nothing has changed then.
pub fn decide(
    d: &Debrief,
    command: &Command,
    actor: &Actor,
    policy: &Policy,
    now: Instant,
) -> Result<Vec<Event>, Rejection> {
    let case = Case { d, policy, now };
    if *command == Command::RunDue {
        return Ok(case.run_due());
    }
    let Actor::Member(member) = actor else { return Err(Rejection::UnknownCommand) };
    let event = |by, fact| Event { at: now, by, fact };
    // Nobody who adds to a nameless debrief is named, whatever they add.
    let adding = if d.nameless { Who::Nameless } else { actor.who() };
    Ok(match command {
        Command::Join => {
            case.started()?;
            let there = d.participants.contains(&member.id);
            if there { vec![] } else { vec![event(actor.who(), Fact::Joined)] }
        }
        Command::AddItem { column, text, source } => {
            if !d.template.columns().contains(column) {
                return refuse(Refusal::OtherHeadings { takes: d.template.columns() });
            }
            vec![event(adding, case.item(*column, text, source.filter(|_| !d.nameless))?)]
        }
        Command::AddLesson { text } => {
            let added = case.item(Column::Lesson, text, None)?;
            let item = next(d.items.len());
            vec![event(adding, added), event(adding, Fact::LessonKept { item })]
        }
        Command::KeepLesson { item } => {
            case.taking_part(member)?;
            let Some(kept) = d.item(*item) else { return refuse(Refusal::NoSuchItem(*item)) };
            if kept.text == Text::Erased {
                return refuse(Refusal::ItemErased);
            }
            if kept.lesson.is_some() {
                return Ok(vec![]);
            }
            vec![event(adding, Fact::LessonKept { item: *item })]
        }
        Command::EditItem { item, text } => {
            let edited = case.edited(member, *item, text)?;
            edited.map(|fact| event(actor.who(), fact)).into_iter().collect()
        }
        Command::Redact { piece, words } => {
            vec![event(actor.who(), case.redacted(member, *piece, words)?)]
        }
        Command::AddAction { text, owner, due } => {
            vec![event(actor.who(), case.action(member, text, *owner, *due)?)]
        }
        Command::Done { action } => {
            case.done(member, *action)?.map(|f| event(actor.who(), f)).into_iter().collect()
        }
        Command::Close { summary } => {
            case.started()?;
            case.taking_part(member)?;
            let summary = optional(Field::Summary, summary.as_deref(), limits::SUMMARY)?;
            vec![event(actor.who(), case.closed(summary))]
        }
        Command::MarkLesson { item, mark } => {
            case.mark(member, *item, *mark)?.into_iter().map(|f| event(actor.who(), f)).collect()
        }
        Command::RunDue => vec![],
    })
}

fn refuse<T>(why: Refusal) -> Result<T, Rejection> {
    Err(Rejection::Debrief(why))
}

/// One command in its circumstances.
struct Case<'a> {
    d: &'a Debrief,
    policy: &'a Policy,
    now: Instant,
}

impl Case<'_> {
    fn started(&self) -> Result<(), Rejection> {
        match &self.d.stage {
            Stage::Started => Ok(()),
            Stage::Closed { at, by, .. } => refuse(Refusal::Closed { by: *by, at: *at }),
        }
    }

    fn taking_part(&self, member: &ActingMember) -> Result<(), Rejection> {
        if takes_part(self.d, member, self.policy) { Ok(()) } else { refuse(Refusal::NotTakingPart) }
    }

    /// Whoever adds something takes part by it.
    fn item(
        &self,
        column: Column,
        text: &str,
        source: Option<crate::suggestion::stage::SourceMessage>,
    ) -> Result<Fact, Rejection> {
        self.started()?;
        if self.d.items.len() >= limits::ITEMS {
            return refuse(Refusal::Full { limit: limits::ITEMS });
        }
        let item = next(self.d.items.len());
        Ok(Fact::ItemAdded { item, column, text: written(Field::Item, text, limits::ITEM)?, source })
    }

    /// None where it says so already. In a nameless debrief nobody can show that an item is theirs.
    fn edited(&self, member: &ActingMember, item: u32, text: &str) -> Result<Option<Fact>, Rejection> {
        self.started()?;
        let Some(said) = self.d.item(item) else { return refuse(Refusal::NoSuchItem(item)) };
        if said.author != Some(member.id) {
            return refuse(Refusal::NotYourItem { nameless: self.d.nameless });
        }
        let text = written(Field::Item, text, limits::ITEM)?;
        Ok((text != said.text).then_some(Fact::ItemEdited { item, text }))
    }

    /// Words that identify somebody are taken out by whoever wrote them, whoever leads the debrief (the title is theirs), whoever
    /// owes the action, the team's managers and the coordinators, also when it is closed.
    fn redacted(&self, member: &ActingMember, piece: Piece, words: &[String]) -> Result<Fact, Rejection> {
        let theirs = match piece {
            Piece::Title => false,
            Piece::Summary => match &self.d.stage {
                Stage::Closed { by, .. } => *by == Who::Member(member.id),
                Stage::Started => false,
            },
            Piece::Item(item) => self.d.item(item).is_some_and(|said| said.author == Some(member.id)),
            Piece::Action(entry) => self
                .d
                .action(entry)
                .is_some_and(|(action, owed)| action.author == Some(member.id) || owed.by == member.id),
        };
        let may = theirs
            || self.d.facilitator == member.id
            || self.policy.is_manager(self.d.team, member)
            || self.policy.is_coordinator(member);
        if !may {
            let nameless = self.d.nameless && matches!(piece, Piece::Item(_));
            return refuse(Refusal::MayNotRedact { nameless });
        }
        if self.d.says(piece).is_none() {
            return match piece {
                Piece::Item(item) => refuse(Refusal::NoSuchItem(item)),
                Piece::Action(entry) => refuse(self.no_such_action(entry)),
                Piece::Title | Piece::Summary => refuse(Refusal::NoSummary),
            };
        }
        redactable(words)?;
        Ok(Fact::redacted(piece))
    }

    fn no_such_action(&self, entry: u32) -> Refusal {
        let open = self.d.open_actions().map(|r| r.entry).collect();
        Refusal::NoSuchAction { typed: entry.to_string(), open }
    }

    fn action(
        &self,
        member: &ActingMember,
        text: &str,
        owner: MemberId,
        due: Instant,
    ) -> Result<Fact, Rejection> {
        self.started()?;
        self.taking_part(member)?;
        if self.d.actions.len() >= limits::ACTIONS {
            return refuse(Refusal::EnoughActions);
        }
        if self.policy.left.contains(&owner) {
            return refuse(Refusal::OwnerLeft(owner));
        }
        if due <= self.now {
            return Err(Rejection::DateInPast(Field::Due));
        }
        let latest = self.now + TimeDelta::days(limits::ACTION_DAYS);
        if due > latest {
            return Err(Rejection::DateTooFar { field: Field::Due, latest });
        }
        let text = written(Field::Action, text, limits::ITEM)?;
        Ok(Fact::ActionAdded {
            entry: next(self.d.ledger.len()),
            text,
            owed: Owed { kind: RequirementKind::Action, by: owner, due, counted: None },
            author: Some(member.id),
        })
    }

    fn done(&self, member: &ActingMember, action: u32) -> Result<Option<Fact>, Rejection> {
        let Some((_, owed)) = self.d.action(action) else {
            return refuse(self.no_such_action(action));
        };
        match owed.state {
            RequirementState::Open => {}
            RequirementState::Paused { .. }
            | RequirementState::Fulfilled { .. }
            | RequirementState::Waived { .. } => return refuse(Refusal::ActionDone),
        }
        let may = owed.by == member.id
            || self.d.facilitator == member.id
            || self.policy.stand_in(owed.by) == Some(member.id)
            || self.policy.is_manager(self.d.team, member)
            || self.policy.is_coordinator(member);
        if may {
            Ok(Some(Fact::ActionDone { entry: action }))
        } else {
            refuse(Refusal::NotYourAction { owner: owed.by })
        }
    }

    fn closed(&self, summary: Option<Text>) -> Fact {
        let escalated =
            self.d.to_escalate().map(|(item, _)| Escalated { item, suggestion: Number::NEXT }).collect();
        Fact::Closed { summary, escalated }
    }

    /// Everybody in the workspace reads lessons and says something of them: once each, the latest counts.
    fn mark(&self, member: &ActingMember, item: u32, mark: Mark) -> Result<Vec<Fact>, Rejection> {
        let Some(found) = self.d.item(item) else { return refuse(Refusal::NoSuchItem(item)) };
        let there = found.text != Text::Erased;
        let Some(lesson) = found.lesson.as_ref().filter(|l| there && !l.retired) else {
            return refuse(Refusal::NoLesson);
        };
        if lesson.marks.get(&member.id) == Some(&mark) {
            return Ok(vec![]);
        }
        let mut facts = vec![Fact::LessonMarked { item, mark }];
        let others = lesson.marks.iter().filter(|(m, said)| **m != member.id && **said == Mark::NoLongerTrue);
        if mark == Mark::NoLongerTrue && others.count() + 1 >= limits::RETIRE {
            facts.push(Fact::LessonRetired { item });
        }
        Ok(facts)
    }

    /// What is due of the actions, and of the debrief itself; after a time in which nothing ran, the newest step of each.
    fn run_due(&self) -> Vec<Event> {
        let system = |fact| Event { at: self.now, by: Who::System, fact };
        let mut events: Vec<Event> = Vec::new();
        // What somebody left behind goes on at once, at any hour, as ideas do.
        let moved = |open: &Requirement| self.left_behind(open);
        events.extend(self.d.open_actions().filter_map(moved).map(system));
        if is_quiet(self.d, self.policy, self.now) {
            return events;
        }
        for open in self.d.open_actions().filter(|open| moved(open).is_none()) {
            if let Some(rung) = due_now(open, self.d, self.policy, self.now) {
                events.extend(self.climb(open, rung).into_iter().map(system));
            }
        }
        if self.d.is_started() {
            if closes_at(self.d) <= self.now {
                events.push(system(self.closed(None)));
            } else if !self.d.reminded && reminds_at(self.d) <= self.now {
                let to = self.policy.stand_in(self.d.facilitator).unwrap_or(self.d.facilitator);
                events.push(system(Fact::CloseReminded { to }));
            }
        }
        events
    }

    /// To whom an action goes whose owner left the community; none where nobody else is there.
    fn left_behind(&self, open: &Requirement) -> Option<Fact> {
        if !self.policy.left.contains(&open.by) {
            return None;
        }
        let to = successor(self.d, open.by, self.policy);
        (to != open.by).then_some(Fact::Transferred { from: open.by, to, entry: open.entry, left: true })
    }

    /// The same steps as for ideas: a reminder, the next level told, the next level responsible.
    fn climb(&self, open: &Requirement, rung: Rung) -> Vec<Fact> {
        let entry = open.entry;
        let next = routing::above(self.policy, self.d.team, open.by);
        let to = self.policy.stand_in(open.by).unwrap_or(open.by);
        let remind = |step| Fact::Reminded { to, entry, step };
        match rung {
            Rung::Halfway if self.now < open.due => vec![remind(LadderStep::Halfway)],
            Rung::Halfway | Rung::Late => {
                let told = next.filter(|n| *n != to).map(|told| Fact::NextLevelTold { told, entry });
                [Some(remind(LadderStep::Late)), told].into_iter().flatten().collect()
            }
            Rung::Escalate => match next {
                Some(next) => vec![Fact::Transferred { from: open.by, to: next, entry, left: false }],
                None => vec![remind(LadderStep::Late)],
            },
        }
    }
}
