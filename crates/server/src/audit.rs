//! Does the history replayed give what is stored? `kaizen audit verify`.
//!
//! Row, ledger table and timers are projections of the events; whatever differs is a fault of ours or of the disk, and is
//! listed here, item by item.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, SubsecRound, Utc};
use kaizen_domain::suggestion::{self, Suggestion, is_planned, next_timer};
use kaizen_domain::{GuildId, Instant, ItemKind, Number, Requirement, RequirementState, Who, WorkspaceId};
use kaizen_workflow::leaps::{Leap, Leaps};
use kaizen_workflow::ports::{LedgerLine, Queries, RegisterLine, Step, Store, StoreError, Workspace};
use serde::Serialize;

/// Later than any timer: the year 9999.
const LATEST_SECONDS: i64 = 253_370_764_800;

/// How often an item is read again when something differs: it may have changed between two reads.
const LOOKS: u32 = 3;

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Workspaces looked at.
    pub workspaces: u64,
    /// Items replayed.
    pub items: u64,
    /// Events replayed.
    pub events: u64,
    /// What does not fit; empty if all is well.
    pub differences: Vec<Difference>,
}

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The platform's id of the community.
    pub guild: String,
    /// The item, like `K-12`; none if it concerns the workspace.
    pub item: Option<String>,
    /// What, without anybody's words.
    pub what: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let item = self.item.as_deref().unwrap_or("workspace");
        write!(f, "{} {item}: {}", self.guild, self.what)
    }
}

/// Looks at every item of every workspace.
///
/// # Errors
/// When the database does not answer. What cannot be read is a difference, not an error.
pub async fn verify(store: &dyn Store, queries: &dyn Queries) -> Result<Audit, StoreError> {
    let mut audit = Audit::default();
    for workspace in store.workspaces().await? {
        audit.workspaces += 1;
        let mut numbers = queries.numbers(workspace.id).await?;
        numbers.sort_unstable();
        let leaps = Leaps::read(store, workspace.id).await?;
        if let Some(what) = gaps(numbers.iter().map(|n| i64::from(n.0)), "number", &leaps.ideas) {
            audit.differ(workspace.guild, None::<Number>, what);
        }
        for number in numbers {
            audit.items += 1;
            let mut found = Found::default();
            for _ in 0..LOOKS {
                found = look(store, queries, &workspace, number).await?;
                if found.differences.is_empty() {
                    break;
                }
            }
            audit.events += found.events;
            for what in found.differences {
                audit.differ(workspace.guild, Some(number), what);
            }
        }
        tables(&mut audit, store, queries, &workspace).await?;
        register(&mut audit, queries, &workspace).await?;
    }
    Ok(audit)
}

impl Audit {
    fn differ(&mut self, guild: GuildId, item: Option<impl std::fmt::Display>, what: String) {
        let item = item.map(|n| n.to_string());
        self.differences.push(Difference { guild: guild.to_string(), item, what });
    }
}

#[derive(Default)]
struct Found {
    events: u64,
    differences: Vec<String>,
}

/// Row against replayed history, and what holds for every item.
async fn look(
    store: &dyn Store,
    queries: &dyn Queries,
    workspace: &Workspace,
    number: Number,
) -> Result<Found, StoreError> {
    let mut found = Found::default();
    let steps = match readable(queries.history(workspace.id, number).await)? {
        Ok(steps) => steps,
        Err(why) => return Ok(Found { differences: vec![why], ..found }),
    };
    found.events = steps.len() as u64;
    let stored = match readable(store.load_item(workspace.id, number).await)? {
        Ok(Some((_, stored))) => stored,
        Ok(None) => return Ok(Found { differences: vec!["it has a number but no row".to_owned()], ..found }),
        Err(why) => return Ok(Found { differences: vec![why], ..found }),
    };
    found.differences = compare(&steps, &stored.suggestion);
    Ok(found)
}

/// What differs between a history and a row.
fn compare(steps: &[Step], row: &Suggestion) -> Vec<String> {
    let mut differences: Vec<String> = gaps(steps.iter().map(|s| s.seq), "step", &[]).into_iter().collect();
    match suggestion::replay(steps.iter().map(|s| &s.event)) {
        None => differences.push("its history does not make a suggestion".to_owned()),
        Some(replayed) if replayed == *row => {}
        Some(replayed) => {
            let parts = differing(&replayed, row);
            differences.push(format!("its history replayed gives another {parts} than the row"));
        }
    }
    let open = row.ledger.iter().filter(|r| r.state == RequirementState::Open).count();
    let expected = usize::from(row.is_open());
    if open != expected {
        differences.push(format!("{open} open required responses where there should be {expected}"));
    }
    differences
}

/// The tables beside the rows: the ledger and the timers, each against what the rows say.
async fn tables(
    audit: &mut Audit,
    store: &dyn Store,
    queries: &dyn Queries,
    workspace: &Workspace,
) -> Result<(), StoreError> {
    let mut differences = Vec::new();
    for _ in 0..LOOKS {
        differences.clear();
        let ledger = match readable(queries.ledger(workspace.id, None).await)? {
            Ok(lines) => by_number(lines),
            Err(why) => {
                audit.differ(workspace.guild, None::<Number>, why);
                return Ok(());
            }
        };
        let timers = timers(store, workspace.id).await?;
        for number in queries.numbers(workspace.id).await? {
            // What cannot be read was listed above.
            let Ok(Some((policy, stored))) = readable(store.load_item(workspace.id, number).await)? else {
                continue;
            };
            let lines = ledger.get(&number).map(Vec::as_slice).unwrap_or_default();
            if let Some(what) = ledger_differs(&stored.suggestion.ledger, lines) {
                differences.push((number, what));
            }
            // Stored to the microsecond.
            let due = next_timer(&stored.suggestion, &policy).map(|t| t.at.trunc_subsecs(6));
            let planned = timers.get(&number).copied();
            let waits = planned.is_some_and(|at| is_planned(&stored.suggestion, &policy, at));
            // Where the bot was removed nothing is planned until it is back.
            if due != planned && !waits && !workspace.removed {
                differences.push((number, format!("its next timer is {}, not {}", show(planned), show(due))));
            }
            if due.is_none() && stored.suggestion.is_open() {
                differences.push((number, "it is open, and nothing happens next".to_owned()));
            }
        }
        if differences.is_empty() {
            break;
        }
    }
    for (number, what) in differences {
        audit.differ(workspace.guild, Some(number), what);
    }
    Ok(())
}

/// The policy register against the decisions that changed policy.
async fn register(audit: &mut Audit, queries: &dyn Queries, workspace: &Workspace) -> Result<(), StoreError> {
    let mut differences = Vec::new();
    for _ in 0..LOOKS {
        differences.clear();
        let mut lines: BTreeMap<Number, Vec<RegisterLine>> = BTreeMap::new();
        match readable(queries.register_lines(workspace.id).await)? {
            Ok(all) => all.into_iter().for_each(|l| lines.entry(l.number).or_default().push(l)),
            Err(why) => {
                audit.differ(workspace.guild, None::<Number>, why);
                return Ok(());
            }
        }
        for number in queries.numbers(workspace.id).await? {
            // What cannot be read was listed above.
            let Ok(steps) = readable(queries.history(workspace.id, number).await)? else { continue };
            let entered = steps.iter().filter_map(|s| entry(number, s)).collect::<Vec<_>>();
            if entered != lines.remove(&number).unwrap_or_default() {
                differences.push((number, "the policy register differs from its decisions".to_owned()));
            }
        }
        let unknown =
            lines.into_keys().map(|n| (n, "the policy register names it, and it is not there".to_owned()));
        differences.extend(unknown);
        if differences.is_empty() {
            break;
        }
    }
    for (number, what) in differences {
        audit.differ(workspace.guild, Some(number), what);
    }
    Ok(())
}

/// What the register should say of a step.
fn entry(number: Number, step: &Step) -> Option<RegisterLine> {
    let (Some((before, after)), Who::Member(by)) = (step.event.fact.norm(), step.event.by) else {
        return None;
    };
    let (norm_before, norm_after) = (before.clone(), after.clone());
    Some(RegisterLine { number, seq: step.seq, at: step.event.at, by, norm_before, norm_after })
}

async fn timers(store: &dyn Store, workspace: WorkspaceId) -> Result<HashMap<Number, Instant>, StoreError> {
    let latest: Instant =
        DateTime::<Utc>::from_timestamp(LATEST_SECONDS, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let due = store.due(latest, u32::MAX).await?;
    let ideas = due.into_iter().filter(|d| d.workspace == workspace && d.item.kind == ItemKind::Suggestion);
    Ok(ideas.map(|d| (d.item.number, d.at)).collect())
}

fn by_number(lines: Vec<LedgerLine>) -> BTreeMap<Number, Vec<LedgerLine>> {
    let mut by_number: BTreeMap<Number, Vec<LedgerLine>> = BTreeMap::new();
    for line in lines {
        by_number.entry(line.number).or_default().push(line);
    }
    for lines in by_number.values_mut() {
        lines.sort_by_key(|l| l.entry);
    }
    by_number
}

fn ledger_differs(ledger: &[Requirement], lines: &[LedgerLine]) -> Option<String> {
    if ledger.len() != lines.len() {
        return Some(format!("{} entries in the ledger where there should be {}", lines.len(), ledger.len()));
    }
    for (entry, line) in ledger.iter().zip(lines) {
        let (state, ended_at) = match entry.state {
            RequirementState::Open => ("open", None),
            RequirementState::Paused { .. } => ("paused", None),
            RequirementState::Fulfilled { at } => ("fulfilled", Some(at)),
            RequirementState::Waived { at } => ("waived", Some(at)),
        };
        let same = (entry.entry, entry.kind, entry.by, entry.due)
            == (line.entry, line.kind, line.by, line.due)
            && state == line.state
            && ended_at == line.ended_at;
        if !same {
            return Some(format!(
                "entry {} of the ledger ({}) differs from the row",
                entry.entry,
                entry.kind.as_str()
            ));
        }
    }
    None
}

/// A fault of the database ends the audit; what is stored but cannot be read is one of its findings.
fn readable<T>(result: Result<T, StoreError>) -> Result<Result<T, String>, StoreError> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(corrupt @ StoreError::Corrupt { .. }) => Ok(Err(corrupt.to_string())),
        Err(other @ (StoreError::Conflict | StoreError::AlreadyHandled(_) | StoreError::Unavailable(_))) => {
            Err(other)
        }
    }
}

/// Says where a sequence does not count 1, 2, 3, …, but for what a restored backup leapt over.
fn gaps(numbers: impl Iterator<Item = i64>, what: &str, leaps: &[Leap]) -> Option<String> {
    let mut expected = 1;
    for number in numbers {
        while let Some((_, to)) = leaps.iter().find(|(from, to)| *from == expected && number >= *to) {
            expected = *to;
        }
        if number != expected {
            return Some(format!("{what} {expected} is missing (found {number})"));
        }
        expected += 1;
    }
    None
}

/// The names of the fields that differ. No values: they may be somebody's words.
fn differing(a: &Suggestion, b: &Suggestion) -> String {
    let json = |s: &Suggestion| match serde_json::to_value(s) {
        Ok(serde_json::Value::Object(fields)) => fields,
        Ok(_) | Err(_) => serde_json::Map::new(),
    };
    let (a, b) = (json(a), json(b));
    let names: Vec<&str> =
        a.iter().filter(|(name, value)| b.get(*name) != Some(value)).map(|(name, _)| name.as_str()).collect();
    if names.is_empty() { "state".to_owned() } else { names.join(", ") }
}

fn show(at: Option<Instant>) -> String {
    at.map_or_else(|| "none".to_owned(), |at| at.to_rfc3339())
}

mod debriefs;

pub use debriefs::verify_debriefs;

#[cfg(test)]
mod tests;
