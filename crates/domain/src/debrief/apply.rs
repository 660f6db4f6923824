//! Events back to state and ledger. Nothing is decided here.

use std::collections::BTreeMap;

use super::protocol::{Event, Fact, Mark};
use super::stage::{Action, Debrief, Item, Lesson, Stage};
use crate::ledger::{Ladder, LadderStep, Requirement, RequirementState};
use crate::people::Who;

/// The state after one more event; `None` where the event does not follow from the state.
pub fn apply(state: Option<Debrief>, event: &Event) -> Option<Debrief> {
    let Some(mut d) = state else { return begin(event) };
    let at = event.at;
    let actor = match event.by {
        Who::Member(m) => Some(m),
        Who::Nameless | Who::System => None,
    };
    match &event.fact {
        Fact::Started { .. } => return None,
        Fact::Joined => d.join(actor?),
        Fact::ItemAdded { item, column, text, source } => {
            if *item != next(d.items.len()) {
                return None;
            }
            d.items.push(Item {
                column: *column,
                text: text.clone(),
                author: actor,
                source: *source,
                lesson: None,
                suggestion: None,
            });
            if let Some(author) = actor {
                d.join(author);
            }
        }
        Fact::ItemEdited { item, text } => d.item_mut(*item)?.text = text.clone(),
        // The words went from the events that hold them, and so from what these are replayed to.
        Fact::ItemRedacted { item } => {
            d.item(*item)?;
        }
        Fact::WordsRemoved { piece } => {
            d.says(*piece)?;
        }
        Fact::LessonKept { item } => {
            let item = d.item_mut(*item)?;
            item.lesson = Some(Lesson { kept_at: at, marks: BTreeMap::new(), retired: false });
        }
        Fact::LessonMarked { item, mark } => {
            let lesson = d.item_mut(*item)?.lesson.as_mut()?;
            lesson.marks.insert(actor?, *mark);
        }
        Fact::LessonRetired { item } => d.item_mut(*item)?.lesson.as_mut()?.retired = true,
        Fact::ActionAdded { entry: place, text, owed, author } => {
            let entry = Requirement::opened(&d.ledger, owed, at);
            if entry.entry != *place {
                return None;
            }
            d.actions.push(Action { text: text.clone(), entry: entry.entry, author: *author });
            d.ledger.push(entry);
            d.join(actor?);
        }
        Fact::ActionDone { entry } => d.entry_mut(*entry)?.state = RequirementState::Fulfilled { at },
        Fact::Reminded { to: _, entry, step } => d.entry_mut(*entry)?.ladder = Ladder { step: *step, at },
        Fact::NextLevelTold { told: _, entry } => {
            d.entry_mut(*entry)?.ladder = Ladder { step: LadderStep::Late, at };
        }
        Fact::Transferred { from: _, to, entry, left } => {
            let entry = d.entry_mut(*entry)?;
            entry.by = *to;
            // Whoever takes over from somebody who left has the same time as they had.
            if !left {
                entry.ladder = Ladder { step: LadderStep::Transferred, at };
            }
        }
        Fact::CloseReminded { to: _ } => d.reminded = true,
        Fact::Closed { summary, escalated } => {
            for escalated in escalated {
                d.item_mut(escalated.item)?.suggestion = Some(escalated.suggestion);
            }
            d.stage = Stage::Closed { at, by: event.by, summary: summary.clone() };
        }
    }
    Some(d)
}

/// The state that a whole history gives; `None` if it is empty or does not hold together.
pub fn replay<'a>(events: impl IntoIterator<Item = &'a Event>) -> Option<Debrief> {
    let mut state = None;
    for event in events {
        state = Some(apply(state, event)?);
    }
    state
}

/// The place after so many.
pub(super) fn next(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1)
}

fn begin(event: &Event) -> Option<Debrief> {
    let Fact::Started { team, work, kind, template, nameless } = &event.fact else { return None };
    let Who::Member(facilitator) = event.by else { return None };
    Some(Debrief {
        team: *team,
        work: work.clone(),
        kind: kind.clone(),
        template: *template,
        nameless: *nameless,
        facilitator,
        started_at: event.at,
        stage: Stage::Started,
        participants: vec![facilitator],
        items: Vec::new(),
        actions: Vec::new(),
        ledger: Vec::new(),
        reminded: false,
    })
}

impl Debrief {
    fn join(&mut self, member: crate::MemberId) {
        if !self.participants.contains(&member) {
            self.participants.push(member);
        }
    }

    fn entry_mut(&mut self, entry: u32) -> Option<&mut Requirement> {
        self.ledger.iter_mut().find(|r| r.entry == entry && r.state == RequirementState::Open)
    }
}

impl Lesson {
    /// What ranks it in briefings, in seconds: as new as it is, and each use counts like a month of youth, each "not
    /// relevant" like ten days of age. Fixed until somebody says something of it again, so that an index can hold it.
    pub fn rank(&self) -> i64 {
        const DAY: i64 = 86_400;
        let count = |mark| i64::try_from(self.count(mark)).unwrap_or(i64::MAX / DAY / 100);
        self.kept_at.timestamp() + count(Mark::Used) * 30 * DAY - count(Mark::NotRelevant) * 10 * DAY
    }
}
