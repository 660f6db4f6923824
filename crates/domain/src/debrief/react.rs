//! Who is told, and when something happens next.

use chrono::TimeDelta;

use super::piece::Piece;
use super::protocol::{Event, Fact, Notice, limits};
use super::stage::Debrief;
use crate::Instant;
use crate::calendar::Wait;
use crate::ids::MemberId;
use crate::ledger::{LadderStep, Requirement, Rung};
use crate::people::Who;
use crate::policy::Policy;
use crate::suggestion::protocol::{Because, Word};

/// What follows from events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// Who is told; each once.
    pub notices: Vec<Notice>,
    /// When something happens next by itself.
    pub timer: Option<Instant>,
}

/// What follows from the events that led to `after`; the timer is that of the events' own moment.
pub fn react(after: &Debrief, events: &[Event], policy: &Policy) -> Reaction {
    let mut notices = Vec::new();
    let mut add = |notice: Notice| {
        if !notices.contains(&notice) {
            notices.push(notice);
        }
    };
    for (index, event) in events.iter().enumerate() {
        let actor = match event.by {
            Who::Member(m) => Some(m),
            Who::Nameless | Who::System => None,
        };
        let post = |mention: Option<MemberId>| Notice::Post {
            event: index,
            mention: mention.filter(|m| Some(*m) != actor),
        };
        match &event.fact {
            Fact::Started { .. } => {
                add(Notice::Panel);
                if after.kind.is_some() {
                    add(Notice::Briefing);
                }
            }
            Fact::Joined => add(Notice::Panel),
            Fact::ItemAdded { .. } => {
                add(post(None));
                add(Notice::Panel);
            }
            Fact::ItemEdited { .. } => {
                add(post(None));
                add(Notice::Panel);
            }
            Fact::ItemRedacted { item } => {
                add(post(None));
                add(Notice::Panel);
                add(Notice::Rewrite { piece: Piece::Item(*item) });
            }
            Fact::WordsRemoved { piece } => {
                add(post(None));
                add(Notice::Panel);
                add(Notice::Rewrite { piece: *piece });
                if *piece == Piece::Title {
                    add(Notice::Rename);
                }
            }
            // Kept with the item that the same step added: its own post says so.
            Fact::LessonKept { item } => {
                add(Notice::Panel);
                let added_now = events.iter().any(|e| matches!(e.fact, Fact::ItemAdded { .. }));
                if !added_now && after.item(*item).is_some() {
                    add(post(None));
                }
            }
            Fact::LessonMarked { .. } => {}
            Fact::LessonRetired { .. } => add(Notice::Panel),
            Fact::ActionAdded { owed, .. } => {
                add(post(Some(owed.by)));
                add(Notice::Panel);
            }
            Fact::ActionDone { .. } => {
                add(post(None));
                add(Notice::Panel);
            }
            Fact::Reminded { to, entry, step } => add(reminder(after, *to, *entry, *step)),
            Fact::NextLevelTold { told, entry } => {
                add(reminder(after, *told, *entry, LadderStep::Late));
                add(Notice::Panel);
            }
            Fact::Transferred { from, to, entry, left } => {
                add(post(Some(*to)));
                for notice in moved((*from, *to), *entry, *left, policy) {
                    add(notice);
                }
                add(Notice::Panel);
            }
            Fact::CloseReminded { to } => add(Notice::Direct { event: index, to: *to }),
            Fact::Closed { .. } => {
                add(post(None));
                add(Notice::Panel);
            }
        }
    }
    let timer = match events.last() {
        Some(last) => planned_timer(after, policy, last.at),
        None => next_timer(after, policy),
    };
    Reaction { notices, timer }
}

fn reminder(d: &Debrief, to: MemberId, entry: u32, step: LadderStep) -> Notice {
    let owed_by = d.action(entry).map_or(to, |(_, owed)| owed.by);
    Notice::Reminder { to, owed_by, entry, step, about: Word::Due }
}

/// An action went to somebody else by itself: whoever has it now hears of it, and whoever had it, as long as they are there;
/// for somebody who is gone the coordinator does. As for ideas.
fn moved((from, to): (MemberId, MemberId), entry: u32, left: bool, policy: &Policy) -> Vec<Notice> {
    let gone = policy.left.contains(&from);
    let (because, other) = match (left, gone) {
        (true, true) => (Because::Left, Some(policy.coordinator(&[]))),
        (true, false) => (Because::Forgotten, Some(policy.coordinator(&[]))),
        (false, true) => (Because::Unanswered, None),
        (false, false) => (Because::Unanswered, Some(from)),
    };
    let step = LadderStep::None;
    let word = |told, about| Notice::Reminder { to: told, owed_by: to, entry, step, about };
    let went = other.filter(|other| *other != to).map(|other| word(other, Word::Went { from, to, because }));
    [Some(word(to, Word::Came { from, because })), went].into_iter().flatten().collect()
}

/// When the facilitator is reminded that it is still open.
pub(super) fn reminds_at(d: &Debrief) -> Instant {
    d.started_at + TimeDelta::days(limits::REMIND_DAYS)
}

/// When it is closed with what it has.
pub(super) fn closes_at(d: &Debrief) -> Instant {
    d.started_at + TimeDelta::days(limits::CLOSE_DAYS)
}

/// The next time at which something happens to it by itself: of its actions and of itself the first. A projection, replaced
/// in each commit. It lies within the team's working time, as for ideas.
pub fn next_timer(d: &Debrief, policy: &Policy) -> Option<Instant> {
    let calendar = policy.calendar(d.team);
    let actions = d.open_actions().map(|open| rung_of(open, d, policy).0);
    let own = d.is_started().then(|| if d.reminded { closes_at(d) } else { reminds_at(d) });
    let own = own.map(|at| calendar.next_working(at));
    actions.chain(own).min()
}

/// The same as it is planned at `now`: what is due already waits for the team's working time as well.
pub fn planned_timer(d: &Debrief, policy: &Policy, now: Instant) -> Option<Instant> {
    let at = next_timer(d, policy)?;
    let wakes = policy.calendar(d.team).next_working(now);
    Some(if at <= now && wakes > now && is_quiet(d, policy, now) { wakes } else { at })
}

/// Is the team not at work? Then nothing speaks by itself, except where reminders run round the clock.
pub(super) fn is_quiet(d: &Debrief, policy: &Policy, now: Instant) -> bool {
    let round_the_clock = policy.times.escalate_again.is_round_the_clock();
    !round_the_clock && policy.calendar(d.team).next_working(now) > now
}

/// The step of an action that is due, if one is.
pub(super) fn due_now(open: &Requirement, d: &Debrief, policy: &Policy, now: Instant) -> Option<Rung> {
    let (at, rung) = rung_of(open, d, policy);
    (at <= now).then_some(rung)
}

fn rung_of(open: &Requirement, d: &Debrief, policy: &Policy) -> (Instant, Rung) {
    let calendar = policy.calendar(d.team);
    let again: Wait = policy.times.escalate_again;
    let (at, rung) = open.next_rung(&calendar, again);
    let late = matches!(open.ladder.step, LadderStep::Late | LadderStep::Transferred);
    (if late && again.is_round_the_clock() { at } else { calendar.next_working(at) }, rung)
}

/// Everybody who is named in it or in these events: for the names that a view needs.
pub fn named(d: &Debrief, events: &[Event]) -> Vec<MemberId> {
    let mut members = vec![d.facilitator];
    members.extend(&d.participants);
    members.extend(d.items.iter().filter_map(|i| i.author));
    members.extend(d.ledger.iter().map(|r| r.by));
    if let super::stage::Stage::Closed { by: Who::Member(by), .. } = d.stage {
        members.push(by);
    }
    for event in events {
        if let Who::Member(m) = event.by {
            members.push(m);
        }
        match &event.fact {
            Fact::Reminded { to, .. } | Fact::CloseReminded { to } => members.push(*to),
            Fact::NextLevelTold { told, .. } => members.push(*told),
            Fact::Transferred { from, to, .. } => members.extend([*from, *to]),
            Fact::ActionAdded { owed, .. } => members.push(owed.by),
            Fact::Started { .. }
            | Fact::Joined
            | Fact::ItemAdded { .. }
            | Fact::ItemEdited { .. }
            | Fact::ItemRedacted { .. }
            | Fact::WordsRemoved { .. }
            | Fact::LessonKept { .. }
            | Fact::LessonMarked { .. }
            | Fact::LessonRetired { .. }
            | Fact::ActionDone { .. }
            | Fact::Closed { .. } => {}
        }
    }
    members.sort_unstable();
    members.dedup();
    members
}
