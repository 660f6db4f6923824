//! Trip two: one transaction for rows, events, ledger, timers, outbox rows and request id.
//!
//! A new idea costs nine statements between BEGIN and COMMIT, a step about as many; each writes all its rows at once.

use kaizen_domain::suggestion::protocol::EVENT_FORMAT;
use kaizen_domain::suggestion::{Fact, Suggestion};
use kaizen_domain::{ItemKind, MemberId, Number, WorkspaceId};
use kaizen_workflow::outbox::Job;
use kaizen_workflow::ports::{Commit, Committed, CommittedItem, Handled, ItemCommit, StoreError};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};

use crate::codec::{self, Findable};
use crate::database::Database;
use crate::enqueue::Enqueue;
use crate::sql::{OrFault, Row, Sql, json, micros};
use crate::{redact, search};

pub(crate) const KIND: &str = ItemKind::Suggestion.as_str();

impl Database {
    pub(crate) async fn commit_change(&self, commit: &Commit) -> Result<Committed, StoreError> {
        let redacts = commit.items.iter().any(|i| !i.redact.is_empty());
        let (commit, enqueue) = (commit.clone(), Enqueue::new(self, commit.workspace));
        let committed = self.transaction(move |txn| Box::pin(write(txn, commit, enqueue))).await?;
        if redacts {
            self.truncate_log().await;
        }
        Ok(committed)
    }

    pub(crate) async fn enqueue_card(
        &self,
        workspace: WorkspaceId,
        number: Number,
    ) -> Result<(), StoreError> {
        let mut enqueue = Enqueue::new(self, workspace);
        self.transaction(move |txn| {
            Box::pin(async move {
                let known =
                    Sql::new("SELECT 1 AS one FROM suggestions WHERE workspace_id = $1 AND number = $2")
                        .values([workspace.0.into(), codec::number(number).into()]);
                if known.one(txn).await.or_fault()?.is_some() {
                    enqueue.push(Job::Card { number });
                }
                enqueue.write(txn).await
            })
        })
        .await
    }
}

async fn write(
    txn: &DatabaseTransaction,
    mut commit: Commit,
    mut enqueue: Enqueue,
) -> Result<Committed, StoreError> {
    let workspace = commit.workspace;
    for item in commit.items.iter_mut().filter(|i| !i.redact.is_empty()) {
        item.after = item.after.clone().map_texts(&|t| t.without(&item.redact));
    }
    let mut placed: Vec<Option<CommittedItem>> = vec![None; commit.items.len()];
    // Rows are locked in the order of their numbers, and the counter last, so that two changes of the same two items
    // cannot block each other. Until the commit nobody else gets a number: none is lost.
    let mut order: Vec<usize> = (0..commit.items.len()).collect();
    order.sort_by_key(|i| commit.items[*i].number.map_or(i64::MAX, codec::number));
    for i in order {
        let item = &commit.items[i];
        placed[i] = Some(match item.number {
            Some(number) => update(txn, &commit, item, number).await?,
            None => insert(txn, &commit, item).await?,
        });
    }
    let placed: Vec<CommittedItem> = placed.into_iter().flatten().collect();
    remember_request(txn, &commit, &placed).await?;
    write_events(txn, &commit, &placed).await?;
    write_ledger(txn, &commit, &placed).await?;
    for (item, at) in commit.items.iter().zip(&placed) {
        write_timer(txn, workspace, item, at.number).await?;
        write_interests(txn, workspace, item, at.number).await?;
        if !item.redact.is_empty() {
            search::rewrite(txn, workspace, at.number, &item.after).await?;
        } else if item.number.is_none() || item.events.iter().any(|e| changes_texts(&e.fact)) {
            search::write(txn, workspace, at.number, &item.after).await?;
        }
        if !item.redact.is_empty() {
            for job in redact::redact(txn, workspace, at.number, &item.redact).await? {
                enqueue.push(job);
            }
        }
        enqueue.notices(item, at);
    }
    enqueue.write(txn).await?;
    Ok(Committed { items: placed })
}

/// The columns of a state, in the order in which both statements below name them.
fn columns(after: &Suggestion, commit: &Commit) -> Result<[Value; 12], StoreError> {
    let found = Findable::of(after);
    Ok([
        after.stage.name().as_str().into(),
        after.is_open().into(),
        after.team.0.into(),
        after.author.0.into(),
        found.area.into(),
        after.responsible.0.into(),
        found.owed_by.into(),
        found.owed_kind.map(str::to_owned).into(),
        found.due_at.into(),
        micros(after.submitted_at).into(),
        micros(commit.now).into(),
        json(after, "suggestions", "state")?.into(),
    ])
}

async fn update(
    txn: &DatabaseTransaction,
    commit: &Commit,
    item: &ItemCommit,
    number: Number,
) -> Result<CommittedItem, StoreError> {
    let events = count(item);
    let row = Sql::new(
        "UPDATE suggestions SET version = version + 1, last_seq = last_seq + $16, stage = $1, is_open = $2, team_id = $3,
            author_id = $4, area = $5, responsible_id = $6, owed_by = $7, owed_kind = $8, due_at = $9, submitted_at = $10,
            updated_at = $11, state = $12
         WHERE workspace_id = $13 AND number = $14 AND version = $15 RETURNING version, last_seq",
    )
    .values(columns(&item.after, commit)?)
    .values([commit.workspace.0.into(), codec::number(number).into(), item.expected.into(), events.into()])
    .one(txn)
    .await
    .or_fault()?;
    let Some(row) = row else {
        // The version may have moved because this very request was handled meanwhile.
        let handled = match &commit.request {
            Some(request) => handled(txn, commit.workspace, request).await?,
            None => None,
        };
        return Err(handled.map_or(StoreError::Conflict, StoreError::AlreadyHandled));
    };
    let row = Row::of(&row, "suggestions", number);
    Ok(CommittedItem {
        number,
        version: row.get("version")?,
        first_seq: row.get::<i64>("last_seq")? - events + 1,
    })
}

async fn insert(
    txn: &DatabaseTransaction,
    commit: &Commit,
    item: &ItemCommit,
) -> Result<CommittedItem, StoreError> {
    let row = Sql::new("UPDATE workspaces SET next_number = next_number + 1 WHERE id = ")
        .value(commit.workspace.0)
        .text(" RETURNING next_number - 1 AS number")
        .one(txn)
        .await
        .or_fault()?
        .ok_or(StoreError::Conflict)?;
    let number = Row::of(&row, "workspaces", commit.workspace.0).number("number")?;
    Sql::new(
        "INSERT INTO suggestions (stage, is_open, team_id, author_id, area, responsible_id, owed_by, owed_kind, due_at,
            submitted_at, updated_at, state, workspace_id, number, version, last_seq)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15)",
    )
    .values(columns(&item.after, commit)?)
    .values([commit.workspace.0.into(), codec::number(number).into(), count(item).into()])
    .run(txn)
    .await
    .or_fault()?;
    Ok(CommittedItem { number, version: 1, first_seq: 1 })
}

fn count(item: &ItemCommit) -> i64 {
    i64::try_from(item.events.len()).unwrap_or(i64::MAX)
}

/// The request id is written with what it did. If it is there already, everything is rolled back.
async fn remember_request(
    txn: &DatabaseTransaction,
    commit: &Commit,
    placed: &[CommittedItem],
) -> Result<(), StoreError> {
    let (Some(request), Some(item), Some(at)) = (&commit.request, commit.items.first(), placed.first())
    else {
        return Ok(());
    };
    let written = Sql::new(
        "INSERT INTO requests (workspace_id, request_id, number, first_seq, events, at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (workspace_id, request_id) DO NOTHING",
    )
    .values([
        commit.workspace.0.into(),
        request.as_str().into(),
        codec::number(at.number).into(),
        at.first_seq.into(),
        count(item).into(),
        micros(commit.now).into(),
    ])
    .run(txn)
    .await
    .or_fault()?;
    if written > 0 {
        return Ok(());
    }
    let handled = handled(txn, commit.workspace, request).await?;
    Err(handled.map_or(StoreError::Conflict, StoreError::AlreadyHandled))
}

async fn handled(
    db: &impl ConnectionTrait,
    workspace: WorkspaceId,
    request: &str,
) -> Result<Option<Handled>, StoreError> {
    let row = Sql::new(
        "SELECT number, first_seq, events FROM requests WHERE workspace_id = $1 AND request_id = $2",
    )
    .values([workspace.0.into(), request.into()])
    .one(db)
    .await
    .or_fault()?;
    let Some(row) = row else { return Ok(None) };
    let row = Row::of(&row, "requests", request.to_owned());
    Ok(Some(Handled {
        number: row.number("number")?,
        first_seq: row.get("first_seq")?,
        events: row.get("events")?,
    }))
}

async fn write_events(
    txn: &DatabaseTransaction,
    commit: &Commit,
    placed: &[CommittedItem],
) -> Result<(), StoreError> {
    let mut sql = Sql::new(
        "INSERT INTO events (workspace_id, kind, number, seq, at, actor, member_id, fact, format, body) VALUES ",
    );
    let mut any = false;
    for (item, at) in commit.items.iter().zip(placed) {
        for (event, seq) in item.events.iter().zip(at.first_seq..) {
            let (actor, member) = codec::actor(event.by);
            let values = [
                commit.workspace.0.into(),
                KIND.into(),
                codec::number(at.number).into(),
                seq.into(),
                micros(event.at).into(),
                actor.into(),
                member.into(),
                event.fact.as_str().into(),
                i64::from(EVENT_FORMAT).into(),
                json(&event.fact, "events", "body")?.into(),
            ];
            sql = sql.row(values, "");
            any = true;
        }
    }
    if any {
        sql.run(txn).await.or_fault()?;
    }
    Ok(())
}

/// The ledger as a table is that of the state: entries are added or changed, never deleted.
async fn write_ledger(
    txn: &DatabaseTransaction,
    commit: &Commit,
    placed: &[CommittedItem],
) -> Result<(), StoreError> {
    let mut sql = Sql::new(
        "INSERT INTO required_responses
            (workspace_id, kind, number, entry, owed, member_id, opened_at, due_at, state, state_at, step, step_at) VALUES ",
    );
    let mut any = false;
    for (item, at) in commit.items.iter().zip(placed) {
        if item.number.is_some() && !item.events.iter().any(|e| changes_ledger(&e.fact)) {
            continue;
        }
        for entry in &item.after.ledger {
            let (state, since) = codec::ledger_state(entry);
            let values = [
                commit.workspace.0.into(),
                KIND.into(),
                codec::number(at.number).into(),
                i64::from(entry.entry).into(),
                entry.kind.as_str().into(),
                entry.by.0.into(),
                micros(entry.opened_at).into(),
                micros(entry.due).into(),
                state.into(),
                since.map(micros).into(),
                codec::ladder_step(entry.ladder.step).into(),
                micros(entry.ladder.at).into(),
            ];
            sql = sql.row(values, "");
            any = true;
        }
    }
    if any {
        sql.text(
            " ON CONFLICT (workspace_id, kind, number, entry) DO UPDATE SET owed = excluded.owed,
                member_id = excluded.member_id, opened_at = excluded.opened_at, due_at = excluded.due_at,
                state = excluded.state, state_at = excluded.state_at, step = excluded.step, step_at = excluded.step_at",
        )
        .run(txn)
        .await
        .or_fault()?;
    }
    Ok(())
}

async fn write_timer(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    item: &ItemCommit,
    number: Number,
) -> Result<(), StoreError> {
    let key = [workspace.0.into(), KIND.into(), codec::number(number).into()];
    let sql = match item.timer {
        Some(timer) => Sql::new(
            "INSERT INTO timers (workspace_id, kind, number, at, rule) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (workspace_id, kind, number) DO UPDATE SET at = excluded.at, rule = excluded.rule",
        )
        .values(key)
        .values([micros(timer.at).into(), timer.rule.as_str().into()]),
        None if item.number.is_none() => return Ok(()),
        None => {
            Sql::new("DELETE FROM timers WHERE workspace_id = $1 AND kind = $2 AND number = $3").values(key)
        }
    };
    sql.run(txn).await.or_fault()?;
    Ok(())
}

/// Who supports or follows: only those whom the events concern are touched.
async fn write_interests(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    item: &ItemCommit,
    number: Number,
) -> Result<(), StoreError> {
    let interested = |m: &MemberId| item.after.supporters.contains(m) || item.after.followers.contains(m);
    let everybody = || item.after.supporters.iter().chain(&item.after.followers).copied();
    let mut concerned: Vec<MemberId> = Vec::new();
    if item.number.is_none() {
        concerned.extend(everybody());
    }
    for event in &item.events {
        if matches!(event.fact, Fact::Supported | Fact::SupportTakenBack | Fact::Followed | Fact::Unfollowed)
        {
            concerned.extend(codec::actor(event.by).1.map(MemberId));
        } else if matches!(event.fact, Fact::Absorbed { .. }) {
            concerned.extend(everybody());
        }
    }
    concerned.sort_unstable();
    concerned.dedup();
    let (added, gone): (Vec<MemberId>, Vec<MemberId>) = concerned.into_iter().partition(interested);
    if !added.is_empty() {
        let mut sql = Sql::new("INSERT INTO interests (workspace_id, member_id, number) VALUES ");
        for member in added {
            sql = sql.row([workspace.0.into(), member.0.into(), codec::number(number).into()], "");
        }
        sql.text(" ON CONFLICT (workspace_id, member_id, number) DO NOTHING").run(txn).await.or_fault()?;
    }
    if !gone.is_empty() {
        Sql::new("DELETE FROM interests WHERE workspace_id = ")
            .value(workspace.0)
            .text(" AND number = ")
            .value(codec::number(number))
            .text(" AND member_id IN ")
            .list(gone.into_iter().map(|m| m.0.into()))
            .run(txn)
            .await
            .or_fault()?;
    }
    Ok(())
}

/// Facts that leave the ledger as it is: the many small presses are cheap.
fn changes_ledger(fact: &Fact) -> bool {
    !matches!(
        fact,
        Fact::Supported
            | Fact::SupportTakenBack
            | Fact::Followed
            | Fact::Unfollowed
            | Fact::FeedbackGiven { .. }
            | Fact::Edited { .. }
            | Fact::Redacted
    )
}

/// Facts that change what is found by its words.
fn changes_texts(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Submitted { .. }
            | Fact::Edited { .. }
            | Fact::Accepted { .. }
            | Fact::Declined { .. }
            | Fact::Deferred { .. }
            | Fact::Implemented { .. }
            | Fact::OutcomeVerified { .. }
            | Fact::OutcomeOpen { .. }
            | Fact::OutcomeFailed { .. }
            | Fact::Redacted
    )
}
