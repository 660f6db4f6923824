//! Somebody is forgotten: their words leave debriefs too, what was posted of them is made anew, and what they owed goes on to
//! somebody else. The row is what the history without their words replays to.

use std::collections::BTreeSet;

use kaizen_domain::debrief::protocol::EVENT_FORMAT;
use kaizen_domain::debrief::{self, DebriefNumber, Event};
use kaizen_domain::{Instant, MemberId, Policy, Text, Who, WorkspaceId};
use kaizen_workflow::debriefs::{DebriefCommit, DebriefJob};
use kaizen_workflow::outbox::Job;
use kaizen_workflow::ports::StoreError;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::{KIND, history, number};
use crate::batch::Batch;
use crate::commit::{self, EVENTS, LEDGER, LEDGER_KEPT};
use crate::database::Database;
use crate::enqueue::Enqueue;
use crate::outbox::is_postgres;
use crate::redact::lessons_in_digests;
use crate::sql::{Cell, OrFault, Row, Sql, json};

/// In the transaction in which the person goes. `policy` is the one without them.
pub(crate) async fn forget(
    txn: &DatabaseTransaction,
    database: &Database,
    (workspace, member): (WorkspaceId, MemberId),
    policy: &Policy,
    now: Instant,
) -> Result<(), StoreError> {
    for number in concerned(txn, workspace, member).await? {
        forget_in(txn, database, (workspace, number, member), policy, now).await?;
    }
    Sql::new("DELETE FROM debrief_postings WHERE workspace_id = $1 AND direct_to = $2")
        .values([workspace.0.into(), member.0.into()])
        .run(txn)
        .await
        .or_fault()?;
    Ok(())
}

/// Debriefs that they wrote in, or owe or owed an action of.
pub(super) async fn concerned(
    db: &impl ConnectionTrait,
    workspace: WorkspaceId,
    member: MemberId,
) -> Result<BTreeSet<DebriefNumber>, StoreError> {
    let rows = Sql::new(
        "SELECT number FROM events WHERE workspace_id = $1 AND kind = $2 AND member_id = $3
         UNION SELECT number FROM required_responses WHERE workspace_id = $1 AND kind = $2 AND member_id = $3",
    )
    .values([workspace.0.into(), KIND.into(), member.0.into()])
    .all(db)
    .await
    .or_fault()?;
    rows.iter().map(|row| number(&Row::of(row, "debriefs", "of a member"))).collect()
}

async fn forget_in(
    txn: &DatabaseTransaction,
    database: &Database,
    (workspace, number, member): (WorkspaceId, DebriefNumber, MemberId),
    policy: &Policy,
    now: Instant,
) -> Result<(), StoreError> {
    let id = i64::from(number.0);
    let lock = if is_postgres(txn) { " FOR UPDATE" } else { "" };
    let row = Sql::new("SELECT version FROM debriefs WHERE workspace_id = $1 AND number = $2")
        .values([workspace.0.into(), id.into()])
        .text(lock)
        .one(txn)
        .await
        .or_fault()?
        .ok_or(StoreError::Conflict)?;
    let version: i64 = Row::of(&row, "debriefs", id).get("version")?;
    let mut enqueue = Enqueue::new(database, workspace);
    let (mut events, mut words_gone): (Vec<Event>, bool) = (Vec::new(), false);
    for step in history(txn, workspace, number).await? {
        let mut event = step.event;
        if event.by == Who::Member(member) {
            let clean = event.fact.clone().map_texts(&|_| Text::Erased);
            if clean != event.fact {
                let body = json(&clean, "events", "body")?;
                let key = [workspace.0.into(), KIND.into(), id.into(), step.seq.into()];
                Sql::new(
                    "UPDATE events SET body = $5 WHERE workspace_id = $1 AND kind = $2 AND number = $3 AND seq = $4",
                )
                .values(key)
                .values([body.into()])
                .run(txn)
                .await
                .or_fault()?;
                words_gone = true;
                event.fact = clean;
            }
        }
        events.push(event);
    }
    let broken = || StoreError::Corrupt {
        table: "events",
        column: "fact",
        row: number.to_string(),
        why: "its history does not make a debrief".to_owned(),
    };
    let before = debrief::replay(&events).ok_or_else(broken)?;
    let begun = before.started_at;
    let moved = debrief::farewell(&before, member, policy, now);
    let after = moved.iter().try_fold(before, |d, e| debrief::apply(Some(d), e)).ok_or_else(broken)?;
    let count = i64::try_from(moved.len()).unwrap_or(i64::MAX);
    let written = super::commit::update(txn, workspace, number, &after, (version, count)).await?;
    let (_, _, first_seq) = written.ok_or(StoreError::Conflict)?;
    let key = || [Cell::from(workspace.0), KIND.into(), id.into()];
    let mut batch = Batch::new(txn.get_database_backend());
    let mut rows = Vec::new();
    for (event, seq) in moved.iter().zip(first_seq..) {
        let fact = (event.fact.as_str(), EVENT_FORMAT, json(&event.fact, "events", "body")?);
        rows.push(commit::event_row(key(), (seq, event.at, event.by), fact));
    }
    commit::rows_of(&mut batch, EVENTS, rows, "");
    let ledger = after.ledger.iter().map(|entry| commit::ledger_row(key(), entry)).collect();
    commit::rows_of(&mut batch, LEDGER, ledger, LEDGER_KEPT);
    let timer = debrief::planned_timer(&after, policy, now).map(|at| (at, super::commit::RULE));
    commit::plan(&mut batch, key(), timer, false);
    batch.run(txn, "SELECT 1").await.or_fault()?;
    // A lesson without its words is none.
    for (place, _) in (1_i64..).zip(&after.items).filter(|(_, i)| i.text == Text::Erased) {
        Sql::new("DELETE FROM lessons WHERE workspace_id = $1 AND number = $2 AND item = $3")
            .values([workspace.0.into(), id.into(), place.into()])
            .run(txn)
            .await
            .or_fault()?;
    }
    let reaction = debrief::react(&after, &moved, policy);
    let commit = DebriefCommit {
        number: Some(number),
        expected: version,
        place: None,
        after,
        events: moved,
        notices: reaction.notices,
        timer: reaction.timer,
        channel: None,
        redact: None,
    };
    for job in DebriefJob::of(&commit, number, first_seq) {
        enqueue.push(job);
    }
    let gone = |item: u32, text: &Text| match commit.after.item(item) {
        Some(item) if item.text != Text::Erased => text.clone(),
        Some(_) | None => Text::Erased,
    };
    for job in lessons_in_digests(txn, workspace, number, &gone).await? {
        enqueue.push(job);
    }
    enqueue.push(Job::Debrief { debrief: number, about: DebriefJob::Panel });
    if words_gone {
        if commit.after.work == Text::Erased {
            enqueue.push(Job::Debrief { debrief: number, about: DebriefJob::Rename });
        }
        // Everything that was sent: the summary quotes everybody.
        for job in super::redact::rewritten(txn, (workspace, number), None).await? {
            enqueue.push(job);
        }
        // Lessons and actions stand in the briefings that threads of such work began with since.
        for job in super::redact::briefings(txn, (workspace, number), begun).await? {
            enqueue.push(job);
        }
    }
    enqueue.write(txn).await
}
