//! Where a debrief stands, and what the group has said.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::kind::WorkKind;
use super::piece::Piece;
use super::protocol::Mark;
use crate::Instant;
use crate::ids::{MemberId, Number, TeamId};
use crate::ledger::{Requirement, RequirementState};
use crate::people::Who;
use crate::suggestion::stage::SourceMessage;
use crate::text::Text;

/// A debrief with all that is needed to decide on the next step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debrief {
    /// Whose work it was.
    pub team: TeamId,
    /// Which piece of work.
    pub work: Text,
    /// The kind of work, for briefings.
    pub kind: Option<WorkKind>,
    /// What the group asks itself.
    pub template: Template,
    /// Items carry no author, anywhere.
    pub nameless: bool,
    /// Who started it.
    pub facilitator: MemberId,
    /// When.
    pub started_at: Instant,
    /// Started or closed.
    pub stage: Stage,
    /// Who takes part, in order of coming.
    pub participants: Vec<MemberId>,
    /// What was said, in order; an item's place, from 1, is its name.
    pub items: Vec<Item>,
    /// What the group will do: three at the most.
    pub actions: Vec<Action>,
    /// The ledger: an entry for each action.
    pub ledger: Vec<Requirement>,
    /// The facilitator was reminded that it is still open.
    pub reminded: bool,
}

/// Started or closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Stage {
    /// Items and actions are added.
    Started,
    /// The summary is posted; actions may still be open.
    Closed {
        /// When.
        at: Instant,
        /// By whom; the system after a week.
        by: Who,
        /// In the group's words.
        summary: Option<Text>,
    },
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Under which heading.
    pub column: Column,
    /// What.
    pub text: Text,
    /// By whom; nobody in a nameless debrief.
    pub author: Option<MemberId>,
    /// The message that it was made from.
    pub source: Option<SourceMessage>,
    /// The group keeps it.
    pub lesson: Option<Lesson>,
    /// The suggestion that it became.
    pub suggestion: Option<Number>,
}

/// An item that is kept for briefings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    /// Since when.
    pub kept_at: Instant,
    /// What readers said of it: one word each, the latest counts.
    pub marks: BTreeMap<MemberId, Mark>,
    /// Two said that it is no longer true.
    pub retired: bool,
}

impl Lesson {
    /// How many said so.
    pub fn count(&self, mark: Mark) -> usize {
        self.marks.values().filter(|m| **m == mark).count()
    }
}

/// What the group will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What.
    pub text: Text,
    /// Its entry in the ledger, which says who owes it, by when, and how it ended.
    pub entry: u32,
    /// Who wrote it; of older ones that is not said here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<MemberId>,
}

words! {
    /// What the group asks itself.
    Template {
        /// Well, badly, better next time.
        Review = "review",
        /// What was expected, what happened, why the difference, what next time.
        AfterAction = "after-action",
    }
    /// A heading under which items are added.
    Column {
        /// Went well.
        Well = "well",
        /// Went badly.
        Badly = "badly",
        /// Better next time.
        Better = "better",
        /// For a manager: becomes a suggestion at closing.
        Escalate = "escalate",
        /// What was expected.
        Expected = "expected",
        /// What happened.
        Happened = "happened",
        /// Why the difference.
        Difference = "difference",
        /// What next time.
        NextTime = "next time",
        /// Said as a lesson straight away.
        Lesson = "lesson",
    }
}

impl Template {
    /// The headings under which items are added, in order.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Template::Review => &[Column::Well, Column::Badly, Column::Better, Column::Escalate],
            Template::AfterAction => {
                &[Column::Expected, Column::Happened, Column::Difference, Column::NextTime, Column::Escalate]
            }
        }
    }
}

impl Debrief {
    /// Are items still added?
    pub fn is_started(&self) -> bool {
        match self.stage {
            Stage::Started => true,
            Stage::Closed { .. } => false,
        }
    }

    /// Is there anything that somebody owes, or that happens by itself?
    pub fn is_open(&self) -> bool {
        self.is_started() || self.open_actions().next().is_some()
    }

    /// The entries of the ledger that are owed now.
    pub fn open_actions(&self) -> impl Iterator<Item = &Requirement> {
        self.ledger.iter().filter(|r| r.state == RequirementState::Open)
    }

    /// An item by its place, from 1.
    pub fn item(&self, place: u32) -> Option<&Item> {
        self.items.get(usize::try_from(place).ok()?.checked_sub(1)?)
    }

    pub(super) fn item_mut(&mut self, place: u32) -> Option<&mut Item> {
        self.items.get_mut(usize::try_from(place).ok()?.checked_sub(1)?)
    }

    /// An action by its entry.
    pub fn action(&self, entry: u32) -> Option<(&Action, &Requirement)> {
        let action = self.actions.iter().find(|a| a.entry == entry)?;
        Some((action, self.ledger.iter().find(|r| r.entry == entry)?))
    }

    /// Items of a heading, with their places.
    pub fn under(&self, column: Column) -> impl Iterator<Item = (u32, &Item)> {
        (1..).zip(&self.items).filter(move |(_, i)| i.column == column)
    }

    /// Items that become suggestions at closing, with their places.
    pub fn to_escalate(&self) -> impl Iterator<Item = (u32, &Item)> {
        self.under(Column::Escalate).filter(|(_, i)| i.suggestion.is_none() && i.text != Text::Erased)
    }

    /// The same with the numbers of the suggestions that items became.
    #[must_use]
    pub fn numbered(mut self, escalated: &[super::protocol::Escalated]) -> Self {
        for escalated in escalated {
            if let Some(item) = self.item_mut(escalated.item) {
                item.suggestion = Some(escalated.suggestion);
            }
        }
        self
    }

    /// What a piece says, where it is there.
    pub fn says(&self, piece: Piece) -> Option<&Text> {
        match piece {
            Piece::Title => Some(&self.work),
            Piece::Summary => match &self.stage {
                Stage::Closed { summary, .. } => summary.as_ref(),
                Stage::Started => None,
            },
            Piece::Item(place) => self.item(place).map(|item| &item.text),
            Piece::Action(entry) => self.action(entry).map(|(action, _)| &action.text),
        }
    }

    /// Everything that carries words: items in their order, then title, summary and actions.
    pub fn pieces(&self) -> impl Iterator<Item = (Piece, &Text)> {
        let items = (1..).zip(&self.items).map(|(place, _)| Piece::Item(place));
        let actions = self.actions.iter().map(|action| Piece::Action(action.entry));
        let all = items.chain([Piece::Title, Piece::Summary]).chain(actions);
        all.filter_map(|piece| Some((piece, self.says(piece)?)))
    }

    /// The same with the words of one piece changed by `f`: for a redaction.
    #[must_use]
    pub fn map_piece(mut self, piece: Piece, f: &dyn Fn(&Text) -> Text) -> Self {
        let text = match piece {
            Piece::Title => Some(&mut self.work),
            Piece::Summary => match &mut self.stage {
                Stage::Closed { summary, .. } => summary.as_mut(),
                Stage::Started => None,
            },
            Piece::Item(place) => self.item_mut(place).map(|item| &mut item.text),
            Piece::Action(entry) => {
                self.actions.iter_mut().find(|a| a.entry == entry).map(|action| &mut action.text)
            }
        };
        if let Some(text) = text {
            *text = f(text);
        }
        self
    }

    /// The same with every text of a person changed by `f`: for erasure. Storage applies it to row and events alike.
    #[must_use]
    pub fn map_texts(mut self, f: &dyn Fn(&Text) -> Text) -> Self {
        self.work = f(&self.work);
        for item in &mut self.items {
            item.text = f(&item.text);
        }
        for action in &mut self.actions {
            action.text = f(&action.text);
        }
        if let Stage::Closed { summary: Some(summary), .. } = &mut self.stage {
            *summary = f(summary);
        }
        self
    }
}
