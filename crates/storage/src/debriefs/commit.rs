//! One transaction for a debrief and the ideas that come out of it.

use kaizen_domain::debrief::protocol::EVENT_FORMAT;
use kaizen_domain::debrief::{Debrief, DebriefNumber, Event, Fact};
use kaizen_domain::suggestion::Origin;
use kaizen_domain::{Number, WorkspaceId};
use kaizen_workflow::debriefs::{DebriefChange, DebriefCommitted, DebriefJob};
use kaizen_workflow::ports::{Commit, StoreError};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};

use super::{KIND, briefing, redact};
use crate::batch::Batch;
use crate::codec;
use crate::commit::{self, EVENTS, LEDGER, LEDGER_KEPT, REQUESTS};
use crate::database::Database;
use crate::enqueue::Enqueue;
use crate::sql::{Cell, OrFault, Row, Sql, json, micros};

/// The rule of a debrief's timer: it looks at everything that is due.
pub(crate) const RULE: &str = "look";

impl Database {
    /// `erasure` is the name that a redaction has already.
    pub(crate) async fn commit_debrief_change(
        &self,
        change: &DebriefChange,
        erasure: Option<String>,
    ) -> Result<DebriefCommitted, StoreError> {
        let redacts = change.debrief.redact.is_some();
        let (database, change) = (self.clone(), change.clone());
        let written: Vec<_> = change.suggestions.iter().map(|s| s.after.clone()).collect();
        let workspace = change.workspace;
        let committed = self
            .transaction(move |txn| Box::pin(async move { write(txn, &database, change, erasure).await }))
            .await?;
        if redacts {
            self.truncate_log().await;
        }
        for suggestion in &written {
            self.learn_terms(workspace, suggestion).await;
        }
        Ok(committed)
    }
}

async fn write(
    txn: &DatabaseTransaction,
    database: &Database,
    change: DebriefChange,
    erasure: Option<String>,
) -> Result<DebriefCommitted, StoreError> {
    let DebriefChange { workspace, request, now, debrief: mut item, suggestions } = change;
    // The ideas first: their numbers stand in the debrief's facts.
    let mut numbers: Vec<Number> = Vec::new();
    if !suggestions.is_empty() {
        let ideas = Commit { workspace, request: None, now, items: suggestions.clone() };
        let made = commit::write(txn, ideas, Enqueue::new(database, workspace), None).await?;
        numbers.extend(made.items.iter().map(|i| i.number));
        item.events =
            item.events.into_iter().map(|e| Event { fact: e.fact.numbered(&numbers), ..e }).collect();
        for event in &item.events {
            if let Fact::Closed { escalated, .. } = &event.fact {
                item.after = item.after.numbered(escalated);
            }
        }
    }
    let kind = match &item.after.kind {
        Some(kind) => Some(briefing::known_kind(txn, workspace, kind, item.number.is_none()).await?),
        None => None,
    };
    let events = i64::try_from(item.events.len()).unwrap_or(i64::MAX);
    let row = match item.number {
        None => insert(txn, workspace, &item.after, kind.as_deref(), events).await?,
        Some(number) => {
            let updated = update(txn, workspace, number, &item.after, (item.expected, events)).await?;
            let Some(updated) = updated else {
                // The version may have moved because this very request was handled meanwhile.
                let handled = match &request {
                    Some(request) => commit::handled(txn, workspace, request).await?,
                    None => None,
                };
                return Err(handled.map_or(StoreError::Conflict, StoreError::AlreadyHandled));
            };
            updated
        }
    };
    let (number, version, first_seq) = row;
    if let Some(request) = &request {
        let written = Sql::new(REQUESTS)
            .row(
                [
                    workspace.0.into(),
                    request.as_str().into(),
                    i64::from(number.0).into(),
                    first_seq.into(),
                    events.into(),
                    micros(now).into(),
                ],
                "",
            )
            .text(" ON CONFLICT (workspace_id, request_id) DO NOTHING")
            .run(txn)
            .await
            .or_fault()?;
        if written == 0 {
            let handled = commit::handled(txn, workspace, request).await?;
            return Err(handled.map_or(StoreError::Conflict, StoreError::AlreadyHandled));
        }
    }
    let key = || [Cell::from(workspace.0), KIND.into(), i64::from(number.0).into()];
    let mut batch = Batch::new(txn.get_database_backend());
    let mut rows = Vec::new();
    for (event, seq) in item.events.iter().zip(first_seq..) {
        let body = json(&event.fact, "events", "body")?;
        let fact = (event.fact.as_str(), EVENT_FORMAT, body);
        rows.push(commit::event_row(key(), (seq, event.at, event.by), fact));
    }
    commit::rows_of(&mut batch, EVENTS, rows, "");
    if item.events.iter().any(|e| e.fact.changes_ledger()) {
        let rows = item.after.ledger.iter().map(|entry| commit::ledger_row(key(), entry)).collect();
        commit::rows_of(&mut batch, LEDGER, rows, LEDGER_KEPT);
    }
    commit::plan(&mut batch, key(), item.timer.map(|at| (at, RULE)), item.number.is_none());
    if let Some(kind) = &kind {
        briefing::lessons(&mut batch, (workspace, number, kind), &item.after, &item.events)?;
    }
    let ideas: Vec<[Cell; 4]> = suggestions
        .iter()
        .zip(&numbers)
        .filter(|(idea, _)| matches!(idea.after.origin, Some(Origin::Debrief(_))))
        .map(|(_, idea)| {
            [workspace.0.into(), codec::number(*idea).into(), i64::from(number.0).into(), kind.clone().into()]
        })
        .collect();
    let insert = "INSERT INTO debrief_ideas (workspace_id, suggestion, number, work_kind) VALUES ";
    commit::rows_of(&mut batch, insert, ideas, "");
    batch.run(txn, "SELECT 1").await.or_fault()?;
    let mut enqueue = Enqueue::new(database, workspace);
    for job in DebriefJob::of(&item, number, first_seq) {
        enqueue.push(job);
    }
    if let Some(redaction) = &item.redact {
        let of = (workspace, number, &item.after);
        for job in redact::redact(txn, of, redaction, now, erasure).await? {
            enqueue.push(job);
        }
    }
    enqueue.write(txn).await?;
    Ok(DebriefCommitted { number, version, first_seq, suggestions: numbers })
}

pub(super) type Written = (DebriefNumber, i64, i64);

async fn insert(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    after: &Debrief,
    kind: Option<&str>,
    events: i64,
) -> Result<Written, StoreError> {
    let row = Sql::new("UPDATE workspaces SET next_debrief = next_debrief + 1 WHERE id = ")
        .value(workspace.0)
        .text(" RETURNING next_debrief - 1 AS number")
        .one(txn)
        .await
        .or_fault()?
        .ok_or(StoreError::Conflict)?;
    let number = super::number(&Row::of(&row, "workspaces", workspace.0))?;
    let values: [Value; 8] = [
        workspace.0.into(),
        i64::from(number.0).into(),
        events.into(),
        after.is_started().into(),
        after.team.0.into(),
        kind.map(str::to_owned).into(),
        micros(after.started_at).into(),
        json(after, "debriefs", "state")?.into(),
    ];
    Sql::new(
        "INSERT INTO debriefs (workspace_id, number, version, last_seq, is_started, team_id, work_kind, started_at, state)
         VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8)",
    )
    .values(values)
    .run(txn)
    .await
    .or_fault()?;
    Ok((number, 1, 1))
}

pub(super) async fn update(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    number: DebriefNumber,
    after: &Debrief,
    (expected, events): (i64, i64),
) -> Result<Option<Written>, StoreError> {
    let row = Sql::new(
        "UPDATE debriefs SET version = version + 1, last_seq = last_seq + $1, is_started = $2, state = $3
         WHERE workspace_id = $4 AND number = $5 AND version = $6 RETURNING version, last_seq",
    )
    .values([
        events.into(),
        after.is_started().into(),
        json(after, "debriefs", "state")?.into(),
        workspace.0.into(),
        i64::from(number.0).into(),
        expected.into(),
    ])
    .one(txn)
    .await
    .or_fault()?;
    let Some(row) = row else { return Ok(None) };
    let row = Row::of(&row, "debriefs", i64::from(number.0));
    Ok(Some((number, row.get("version")?, row.get::<i64>("last_seq")? - events + 1)))
}
