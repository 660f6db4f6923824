//! What somebody takes with them, as tables for a spreadsheet.
//!
//! Who may have what is decided by [`kaizen_domain::export`], when it is asked for. Answers to "does it work?", and who supports
//! or follows what, count without names: answers are in nobody's file, support in one's own. A cell that a spreadsheet would take for a formula is given an
//! apostrophe first (<https://owasp.org/www-community/attacks/CSV_Injection>).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::SecondsFormat;
use kaizen_domain::export::{Reach, reach};
use kaizen_domain::suggestion::stage::{Origin, Verdict};
use kaizen_domain::suggestion::{Event, Fact, Suggestion, forgetting};
use kaizen_domain::text::REMOVED;
use kaizen_domain::{Instant, MemberId, Number, Policy, TeamId, Text, Who, WorkspaceId};

use crate::debriefs::Debriefs;
use crate::engine::{Engine, Failure};
use crate::ports::{Ask, ListFilter, Listed, Queries, Step, StoreError};

mod debriefs;

/// Lines that are read at once.
const PAGE: u32 = 100;
/// A file is no longer than this; what goes on, goes on in another one. The platform takes 10 MiB.
const LONGEST: usize = 8 * 1024 * 1024;
/// So many files of one table at the most.
const MOST_FILES: usize = 4;
/// Spreadsheets know by it that the text is UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// A file to be handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its content.
    pub content: Arc<[u8]>,
}

/// What is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// How far it reaches.
    pub reach: Reach,
    /// The tables.
    pub files: Vec<File>,
    /// Ideas in them.
    pub ideas: u64,
    /// Debriefs of those that the person looks after.
    pub debriefs: u64,
    /// The oldest lines, for which there was no room.
    pub left_out: u64,
}

impl Engine {
    /// What this person may take with them now. Changes nothing.
    ///
    /// # Errors
    /// A fault of ours.
    pub async fn export(&self, ask: &Ask) -> Result<Export, Failure> {
        let loaded = self.load(ask).await?;
        let reach = reach(&loaded.policy, &loaded.actor);
        let gather = Gather {
            queries: &**self.queries(),
            debriefs: self.debriefs().ok(),
            workspace: loaded.workspace,
            policy: &loaded.policy,
            names: BTreeMap::new(),
        };
        let touched = async {
            let touched = self.store().concerned(loaded.workspace, loaded.actor.id).await?;
            gather.all(&reach, loaded.actor.id, touched).await
        };
        touched.await.map_err(|e| Failure::internal(&e))
    }
}

struct Gather<'a> {
    queries: &'a dyn Queries,
    debriefs: Option<&'a dyn Debriefs>,
    workspace: WorkspaceId,
    policy: &'a Policy,
    names: BTreeMap<MemberId, Option<String>>,
}

impl Gather<'_> {
    async fn all(mut self, reach: &Reach, me: MemberId, touched: Vec<Number>) -> Result<Export, StoreError> {
        let (mut ideas, mut words) = (ideas_table("my-ideas"), steps_table("my-words"));
        let mut seen = BTreeSet::new();
        for number in touched.into_iter().rev() {
            let Some(found) = self.queries.find(self.workspace, number).await? else { continue };
            let history = self.queries.history(self.workspace, number).await?;
            if found.suggestion.author == me && found.suggestion.origin != Some(Origin::Nameless) {
                seen.insert(number);
                self.know(&found.suggestion, &[]).await?;
                ideas.row(&self.idea(number, &found.suggestion));
            }
            for step in history.iter().rev().filter(|step| forgetting::wrote(&step.event, me)) {
                self.know(&found.suggestion, std::slice::from_ref(step)).await?;
                words.row(&self.step(number, step));
            }
        }
        self.said_in_debriefs(me, &mut words).await?;
        let mut tables = vec![ideas, words];
        let mut held = 0;
        let scopes: Vec<ListFilter> = match reach {
            Reach::Own => Vec::new(),
            Reach::Teams(teams) => {
                teams.iter().map(|team| ListFilter { team: Some(*team), ..ListFilter::default() }).collect()
            }
            Reach::Workspace => vec![ListFilter::default()],
        };
        if !scopes.is_empty() {
            let (mut ideas, mut steps) = (ideas_table("ideas"), steps_table("history"));
            for filter in scopes {
                self.scope(&filter, &mut ideas, &mut steps, &mut seen).await?;
            }
            let (mut debriefs, mut entries) = (debriefs::debriefs_table(), debriefs::entries_table());
            held = self.debriefs(reach, &mut debriefs, &mut entries).await?;
            tables.extend([ideas, steps, debriefs, entries]);
        }
        let left_out = tables.iter().map(|table| table.left_out).sum();
        let files = tables.into_iter().flat_map(Table::finish).collect();
        Ok(Export {
            reach: reach.clone(),
            files,
            ideas: u64::try_from(seen.len()).unwrap_or(u64::MAX),
            debriefs: held,
            left_out,
        })
    }

    async fn scope(
        &mut self,
        filter: &ListFilter,
        ideas: &mut Table,
        steps: &mut Table,
        seen: &mut BTreeSet<Number>,
    ) -> Result<(), StoreError> {
        for page in 0.. {
            let lines: Vec<Listed> = self.queries.list(self.workspace, filter, page, PAGE).await?.lines;
            for Listed { number, suggestion, card: _ } in &lines {
                seen.insert(*number);
                let history = self.queries.history(self.workspace, *number).await?;
                self.know(suggestion, &history).await?;
                ideas.row(&self.idea(*number, suggestion));
                for step in history.iter().rev().filter(|step| !is_private(&step.event)) {
                    steps.row(&self.step(*number, step));
                }
            }
            if lines.len() < PAGE as usize {
                break;
            }
        }
        Ok(())
    }

    /// Learns the names of everybody in an idea and these steps.
    async fn know(&mut self, s: &Suggestion, steps: &[Step]) -> Result<(), StoreError> {
        let acting = steps.iter().filter_map(|step| match step.event.by {
            Who::Member(member) => Some(member),
            Who::Nameless | Who::System => None,
        });
        let owing = s.open_requirement().map(|open| open.by);
        let members: Vec<MemberId> = acting.chain([s.author, s.responsible]).chain(owing).collect();
        self.know_members(&members).await
    }

    async fn know_members(&mut self, members: &[MemberId]) -> Result<(), StoreError> {
        let mut unknown = members.to_vec();
        unknown.retain(|member| !self.names.contains_key(member));
        if !unknown.is_empty() {
            let mut names = self.queries.names(self.workspace, &unknown).await?;
            for member in unknown {
                let name = names.remove(&member);
                self.names.entry(member).or_insert(name);
            }
        }
        Ok(())
    }

    fn name(&self, member: MemberId) -> String {
        self.names.get(&member).cloned().flatten().unwrap_or_else(|| "a former member".to_owned())
    }

    fn team(&self, team: TeamId) -> &str {
        self.policy.team(team).map_or("", |team| team.name.as_str())
    }

    fn idea(&self, number: Number, s: &Suggestion) -> [String; 18] {
        let owed = s.open_requirement();
        let (decision, decided, why) = match &s.decision {
            Some(decision) => (verdict(&decision.verdict), time(decision.at), text(&decision.rationale)),
            None => Default::default(),
        };
        let outcome = s.outcome.as_ref();
        // The author of what nobody signed is only the contact.
        let nameless = s.origin == Some(Origin::Nameless);
        let author = if nameless { "without a name".to_owned() } else { self.name(s.author) };
        [
            number.to_string(),
            self.team(s.team).to_owned(),
            s.area.as_ref().map(|area| area.0.clone()).unwrap_or_default(),
            s.stage.name().as_str().replace('_', " "),
            time(s.submitted_at),
            author,
            text(&s.idea),
            optional(s.proposal.as_ref()),
            optional(s.benefit.as_ref()),
            self.name(s.responsible),
            owed.map(|open| open.kind.as_str().replace('_', " ")).unwrap_or_default(),
            owed.map(|open| self.name(open.by)).unwrap_or_default(),
            owed.map(|open| time(open.due)).unwrap_or_default(),
            decision,
            decided,
            why,
            outcome
                .map(|outcome| format!("{}: {}", outcome.effect.as_str(), text(&outcome.note)))
                .unwrap_or_default(),
            s.supporters.len().to_string(),
        ]
    }

    fn step(&self, number: Number, step: &Step) -> [String; 6] {
        let who = match step.event.by {
            Who::Member(member) => self.name(member),
            Who::Nameless => "somebody".to_owned(),
            Who::System => "Kaizen".to_owned(),
        };
        [
            number.to_string(),
            step.seq.to_string(),
            time(step.event.at),
            who,
            step.event.fact.as_str().replace('_', " "),
            facts_texts(|f| drop(step.event.fact.clone().map_texts(f))),
        ]
    }
}

/// What counts without names: answers to "does it work?", and who supports or follows an idea.
fn is_private(event: &Event) -> bool {
    matches!(
        event.fact,
        Fact::FeedbackGiven { .. }
            | Fact::Supported
            | Fact::SupportTakenBack
            | Fact::Followed
            | Fact::Unfollowed
    )
}

fn time(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn text(text: &Text) -> String {
    text.written().unwrap_or(REMOVED).to_owned()
}

fn optional(words: Option<&Text>) -> String {
    words.map(text).unwrap_or_default()
}

/// The texts that something visits, one after the other.
fn facts_texts(visit: impl FnOnce(&dyn Fn(&Text) -> Text)) -> String {
    let all = std::cell::RefCell::new(Vec::new());
    visit(&|one| {
        all.borrow_mut().push(text(one));
        one.clone()
    });
    all.into_inner().join(" · ")
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Accepted { .. } => "accepted",
        Verdict::Declined { .. } => "declined",
        Verdict::Deferred { .. } => "deferred",
    }
    .to_owned()
}

/// A table that begins another file where one is full.
struct Table {
    name: &'static str,
    head: &'static [&'static str],
    files: Vec<Vec<u8>>,
    left_out: u64,
}

fn ideas_table(name: &'static str) -> Table {
    const HEAD: [&str; 18] = [
        "number",
        "team",
        "area",
        "stage",
        "submitted",
        "author",
        "idea",
        "proposal",
        "benefit",
        "responsible",
        "owed",
        "owed by",
        "due",
        "decision",
        "decided",
        "reason",
        "outcome",
        "supporters",
    ];
    Table::new(name, &HEAD)
}

fn steps_table(name: &'static str) -> Table {
    Table::new(name, &["number", "step", "when", "who", "what", "words"])
}

impl Table {
    fn new(name: &'static str, head: &'static [&'static str]) -> Self {
        Table { name, head, files: vec![begun(head)], left_out: 0 }
    }

    fn row(&mut self, cells: &[String]) {
        let row = line(cells.iter().map(String::as_str));
        let full = self.files.last().is_none_or(|file| file.len() + row.len() > LONGEST);
        if full && self.files.len() >= MOST_FILES {
            self.left_out += 1;
            return;
        }
        if full {
            self.files.push(begun(self.head));
        }
        if let Some(file) = self.files.last_mut() {
            file.extend_from_slice(&row);
        }
    }

    fn finish(self) -> impl Iterator<Item = File> {
        let several = self.files.len() > 1;
        self.files.into_iter().enumerate().map(move |(at, content)| File {
            name: if several {
                format!("{}-{}.csv", self.name, at + 1)
            } else {
                format!("{}.csv", self.name)
            },
            content: content.into(),
        })
    }
}

fn begun(head: &[&str]) -> Vec<u8> {
    [MARK, &line(head.iter().copied())].concat()
}

/// One line, quoted as RFC 4180 says.
fn line<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Into memory nothing can fail.
    let _ = writer.write_record(cells.map(harmless));
    writer.into_inner().unwrap_or_default()
}

/// Spreadsheets take what begins like this for a formula, also after spaces.
fn harmless(cell: &str) -> String {
    let begins =
        |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    if cell.starts_with(begins) || cell.trim_start().starts_with(begins) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expect_no_cell_to_be_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "\n=1", "＝1"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        for cell in ["", "K-1", "1 = 1", "a@b", "wards 3-5"] {
            assert_eq!(harmless(cell), cell);
        }
    }

    #[test]
    fn expect_a_line_that_a_spreadsheet_reads() {
        let cells = ["K-1", "Labels, \"please\"\nand soon", "=cmd|'/c calc'!A1"];
        let read = String::from_utf8(line(cells.into_iter())).unwrap();
        assert_eq!(read, "K-1,\"Labels, \"\"please\"\"\nand soon\",'=cmd|'/c calc'!A1\r\n");
    }

    #[test]
    fn expect_a_full_file_to_go_on_in_another_and_the_rest_counted() {
        let mut table = Table::new("ideas", &["idea"]);
        let long = ["x".repeat(LONGEST / 2)];
        for _ in 0..MOST_FILES + 2 {
            table.row(&long);
        }
        assert_eq!(table.left_out, 2);
        let names: Vec<String> = table.finish().map(|file| file.name).collect();
        assert_eq!(names, ["ideas-1.csv", "ideas-2.csv", "ideas-3.csv", "ideas-4.csv"]);
    }
}
