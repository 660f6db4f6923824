//! Debriefs as tables: what they were about, and what was said, kept and taken on. When something was said is in no table:
//! whoever adds to a debrief without names is nobody's guess. For the same reason nothing there leads to the idea that it became.

use kaizen_domain::debrief::{Debrief, DebriefNumber, Item, Mark, Stage};
use kaizen_domain::export::Reach;
use kaizen_domain::ledger::{Requirement, RequirementState};
use kaizen_domain::{MemberId, Who};

use super::{Gather, Table, facts_texts, optional, text, time};
use crate::debriefs::{DebriefRef, DebriefStep};
use crate::ports::StoreError;

/// One line for each debrief.
pub(super) fn debriefs_table() -> Table {
    const HEAD: [&str; 12] = [
        "number",
        "team",
        "work",
        "kind of work",
        "template",
        "names",
        "facilitator",
        "started",
        "closed",
        "closed by",
        "summary",
        "participants",
    ];
    Table::new("debriefs", &HEAD)
}

/// One line for each item, lesson and action.
pub(super) fn entries_table() -> Table {
    const HEAD: [&str; 9] =
        ["number", "entry", "heading", "words", "author", "lesson", "idea", "owner", "due"];
    Table::new("debrief-entries", &HEAD)
}

impl Gather<'_> {
    /// What somebody added to debriefs under their name, the newest debrief first.
    pub(super) async fn said_in_debriefs(
        &mut self,
        me: MemberId,
        words: &mut Table,
    ) -> Result<(), StoreError> {
        let Some(debriefs) = self.debriefs else { return Ok(()) };
        for number in debriefs.debriefs_of(self.workspace, me).await?.into_iter().rev() {
            let history = debriefs.debrief_history(self.workspace, number).await?;
            self.know_members(&[me]).await?;
            for step in history.iter().rev().filter(|step| step.event.by == Who::Member(me)) {
                words.row(&self.said(number, me, step));
            }
        }
        Ok(())
    }

    fn said(&self, number: DebriefNumber, me: MemberId, step: &DebriefStep) -> [String; 6] {
        [
            number.to_string(),
            step.seq.to_string(),
            time(step.event.at),
            self.name(me),
            step.event.fact.as_str().replace('_', " "),
            facts_texts(|f| drop(step.event.fact.clone().map_texts(f))),
        ]
    }

    /// The debriefs within this reach, the newest first. Returns how many.
    pub(super) async fn debriefs(
        &mut self,
        reach: &Reach,
        table: &mut Table,
        entries: &mut Table,
    ) -> Result<u64, StoreError> {
        let Some(debriefs) = self.debriefs else { return Ok(0) };
        let mut count = 0;
        for number in debriefs.debrief_numbers(self.workspace).await?.into_iter().rev() {
            let found = debriefs.load_debrief(self.workspace, DebriefRef::Number(number)).await?;
            let Some(found) = found.filter(|found| reach.holds(found.debrief.team)) else { continue };
            let d = found.debrief;
            self.know_members(&kaizen_domain::debrief::react::named(&d, &[])).await?;
            count += 1;
            table.row(&self.debrief(number, &d));
            for (place, item) in (1_u32..).zip(&d.items) {
                entries.row(&self.item(number, place, item, d.nameless));
            }
            for owed in &d.ledger {
                if let Some((action, _)) = d.action(owed.entry) {
                    entries.row(&self.action(number, &text(&action.text), owed));
                }
            }
        }
        Ok(count)
    }

    fn debrief(&self, number: DebriefNumber, d: &Debrief) -> [String; 12] {
        let (closed, by, summary) = match &d.stage {
            Stage::Started => Default::default(),
            Stage::Closed { at, by, summary } => {
                let by = match by {
                    Who::Member(member) => self.name(*member),
                    Who::Nameless | Who::System => "Kaizen".to_owned(),
                };
                (time(*at), by, optional(summary.as_ref()))
            }
        };
        [
            number.to_string(),
            self.team(d.team).to_owned(),
            text(&d.work),
            d.kind.as_ref().map(|kind| kind.name.clone()).unwrap_or_default(),
            d.template.as_str().to_owned(),
            if d.nameless { "without names" } else { "with names" }.to_owned(),
            self.name(d.facilitator),
            time(d.started_at),
            closed,
            by,
            summary,
            d.participants.len().to_string(),
        ]
    }

    fn item(&self, number: DebriefNumber, place: u32, item: &Item, nameless: bool) -> [String; 9] {
        let author = match item.author {
            Some(author) => self.name(author),
            None => "without a name".to_owned(),
        };
        let lesson = match &item.lesson {
            None => String::new(),
            Some(lesson) if lesson.retired => "no longer true".to_owned(),
            Some(lesson) => format!("kept, used {} times", lesson.count(Mark::Used)),
        };
        let idea = item.suggestion.filter(|_| !nameless).map(|idea| idea.to_string()).unwrap_or_default();
        [
            number.to_string(),
            format!("item {place}"),
            item.column.as_str().to_owned(),
            text(&item.text),
            author,
            lesson,
            idea,
            String::new(),
            String::new(),
        ]
    }

    fn action(&self, number: DebriefNumber, words: &str, owed: &Requirement) -> [String; 9] {
        let state = match owed.state {
            RequirementState::Open | RequirementState::Paused { .. } => "open".to_owned(),
            RequirementState::Fulfilled { at } => format!("done {}", time(at)),
            RequirementState::Waived { .. } => "no longer asked for".to_owned(),
        };
        [
            number.to_string(),
            format!("action {}", owed.entry),
            format!("action, {state}"),
            words.to_owned(),
            String::new(),
            String::new(),
            String::new(),
            self.name(owed.by),
            time(owed.due),
        ]
    }
}
