//! The outbox as a table with leases. Times are the database's clock; a worker whose fence is old can write nothing.

use std::time::Duration;

use kaizen_domain::{Number, WorkspaceId};
use kaizen_workflow::outbox::{Claimed, DeadLetter, Job, OutboxDepth, Posting};
use kaizen_workflow::ports::{CardPlace, Reminded, Sent, StoreError};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Value};

use crate::codec;
use crate::database::Database;
use crate::enqueue::Enqueue;
use crate::sql::{OrFault, Row, Sql, bits, clean, micros, micros_of};

/// How much of an error is kept.
const ERROR: usize = 500;

/// Does this connection lead to PostgreSQL?
pub(crate) fn is_postgres(db: &impl ConnectionTrait) -> bool {
    db.get_database_backend() == DbBackend::Postgres
}

/// What keeps a row `o` back, whatever the time: an earlier row of its order key that is still to be sent (or is an opening
/// that was given up), or the opening of its item. A direct message does not wait for an opening that has failed once.
///
/// Written as single values, because `NOT EXISTS` lets PostgreSQL compare the whole outbox with itself: with thousands of
/// rows waiting one claim took seconds. Like this each row costs two look-ups in an index, and the search ends with the
/// last row that there is room for.
const FREE: &str = "
    o.status = 'pending'
    AND (SELECT e.id FROM outbox e
        WHERE e.workspace_id = o.workspace_id AND e.order_key = o.order_key AND e.id < o.id
            AND e.status <> 'delivered' AND (e.status = 'pending' OR e.kind = 'open') LIMIT 1) IS NULL
    AND (o.after_open IS NULL OR (SELECT e.id FROM outbox e
        WHERE e.workspace_id = o.workspace_id AND e.order_key = o.after_open AND e.status <> 'delivered'
            AND e.kind = 'open' AND e.status = 'pending' AND (o.kind <> 'direct' OR e.attempts < 2) LIMIT 1) IS NULL)
    AND NOT (SELECT w.removed FROM workspaces w WHERE w.id = o.workspace_id)";

/// The row is still this claim's.
const MINE: &str = " WHERE id = $1 AND fence = $2 AND status = 'pending'";

fn mine(claim: &Claimed) -> [Value; 2] {
    [claim.id.into(), claim.fence.into()]
}

fn short(error: &str) -> String {
    clean(error).chars().take(ERROR).collect()
}

impl Database {
    /// Whoever claims a row sends it: that spares a mark of its own before sending. Only reminders are marked when sending
    /// really begins, because until then they may grow.
    pub(crate) async fn claim_rows(
        &self,
        worker: &str,
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<Claimed>, StoreError> {
        let clock = self.clock();
        let lock = match self.inner.backend {
            DbBackend::Postgres => " FOR UPDATE OF o SKIP LOCKED",
            _ => "",
        };
        let rows = Sql::new(&format!(
            "WITH picked AS MATERIALIZED (
                SELECT o.id FROM outbox o
                WHERE o.available_at <= {clock} AND (o.lease_until IS NULL OR o.lease_until <= {clock}) AND {FREE}
                ORDER BY o.available_at, o.id LIMIT $1{lock})
             UPDATE outbox SET fence = fence + 1, attempts = attempts + 1, lease_until = {clock} + $2, lease_by = $3,
                begun_at = CASE WHEN kind = 'reminders' THEN begun_at ELSE COALESCE(begun_at, {clock}) END
             FROM picked WHERE outbox.id = picked.id
             RETURNING outbox.id, fence, revision, workspace_id, job, attempts,
                CASE WHEN attempts > 1 THEN {clock} - begun_at END AS begun, {clock} - created_at AS age"
        ))
        .values([i64::from(limit).into(), micros_of(lease).into(), clean(worker).into()])
        .all(self.writer())
        .await
        .or_fault()?;
        let mut claimed = Vec::with_capacity(rows.len());
        for row in &rows {
            let row = Row::of(row, "outbox", "claimed");
            let id: i64 = row.get("id")?;
            let row = row.joined("outbox", id);
            claimed.push(Claimed {
                id,
                fence: row.get("fence")?,
                revision: row.get("revision")?,
                workspace: WorkspaceId(row.get("workspace_id")?),
                job: row.json("job")?,
                attempts: attempts(&row)?,
                begun: row.get::<Option<i64>>("begun")?.map(duration),
                age: duration(row.get("age")?),
            });
        }
        claimed.sort_by_key(|c| c.id);
        Ok(claimed)
    }

    /// The leases of what this worker has in hand, from now on.
    pub(crate) async fn renew_leases(&self, worker: &str, lease: Duration) -> Result<(), StoreError> {
        Sql::new(&format!(
            "UPDATE outbox SET lease_until = {} + $1 WHERE status = 'pending' AND lease_until IS NOT NULL AND lease_by = $2",
            self.clock()
        ))
        .values([micros_of(lease).into(), clean(worker).into()])
        .run(self.writer())
        .await
        .or_fault()?;
        Ok(())
    }

    /// SQLite, which nobody else runs on (see [`Database::lock_exclusively`]): whatever is leased was left behind by a
    /// process that died, and need not wait until the lease ends. On PostgreSQL nothing happens.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn take_over_leases(&self) -> Result<(), StoreError> {
        if is_postgres(self.writer()) {
            return Ok(());
        }
        let left = "UPDATE outbox SET lease_until = NULL, lease_by = NULL WHERE status = 'pending' AND lease_until IS NOT NULL";
        Sql::new(left).run(self.writer()).await.or_fault()?;
        Ok(())
    }

    /// Reminders that grew since they were claimed are let go, to be claimed again with everything in them; once sending
    /// has begun, nothing is added to them any more.
    pub(crate) async fn begin_sending(&self, claim: &Claimed) -> Result<bool, StoreError> {
        let begun = Sql::new(&format!(
            "UPDATE outbox SET begun_at = COALESCE(begun_at, {clock}),
                merge_key = CASE WHEN kind = 'reminders' THEN NULL ELSE merge_key END
             {MINE} AND (kind <> 'reminders' OR revision = $3)",
            clock = self.clock()
        ))
        .values(mine(claim))
        .values([claim.revision.into()])
        .run(self.writer())
        .await
        .or_fault()?;
        if begun == 0 && matches!(claim.job, Job::Reminders { .. }) {
            Sql::new(&format!(
                "UPDATE outbox SET lease_until = NULL, lease_by = NULL, attempts = attempts - 1 {MINE}"
            ))
            .values(mine(claim))
            .run(self.writer())
            .await
            .or_fault()?;
        }
        Ok(begun > 0)
    }

    pub(crate) async fn mark_delivered(&self, claim: &Claimed, sent: &Sent) -> Result<bool, StoreError> {
        let (claim, sent, clock) = (claim.clone(), sent.clone(), self.clock());
        let card_gap = micros_of(self.inner.options.outbox.card_gap);
        let mut enqueue = Enqueue::new(self, claim.workspace);
        self.transaction(move |txn| {
            Box::pin(async move {
                // Only a card or a name is the same row again; everything else that changed meanwhile gets a row of its own below.
                let row = Sql::new(&format!(
                    "UPDATE outbox SET
                        status = CASE WHEN kind IN ('card', 'rename') AND revision <> $3 THEN 'pending' ELSE 'delivered' END,
                        available_at = CASE WHEN kind IN ('card', 'rename') THEN {clock} + {card_gap} ELSE available_at END,
                        attempts = CASE WHEN kind IN ('card', 'rename') THEN 0 ELSE attempts END,
                        delivered_at = {clock}, begun_at = NULL, lease_until = NULL, lease_by = NULL, error = NULL
                     {MINE} RETURNING revision, job"
                ))
                .values(mine(&claim))
                .values([claim.revision.into()])
                .one(txn)
                .await
                .or_fault()?;
                let Some(row) = row else { return Ok(false) };
                let row = Row::of(&row, "outbox", claim.id);
                let changed = row.get::<i64>("revision")? != claim.revision;
                let posting = record(txn, clock, &claim, &sent).await?;
                if changed {
                    follow_up(&claim.job, row.json("job")?, posting, &mut enqueue);
                }
                enqueue.write(txn).await?;
                Ok(true)
            })
        })
        .await
    }

    pub(crate) async fn retry_later(
        &self,
        claim: &Claimed,
        after: Duration,
        error: &str,
    ) -> Result<bool, StoreError> {
        let retried = Sql::new(&format!(
            "UPDATE outbox SET lease_until = NULL, lease_by = NULL, available_at = {} + $3, error = $4 {MINE}",
            self.clock()
        ))
        .values(mine(claim))
        .values([micros_of(after).into(), short(error).into()])
        .run(self.writer())
        .await
        .or_fault()?;
        Ok(retried > 0)
    }

    pub(crate) async fn bury(
        &self,
        claim: &Claimed,
        error: &str,
        note: Option<Job>,
    ) -> Result<bool, StoreError> {
        let (claim, error) = (claim.clone(), short(error));
        let mut enqueue = Enqueue::new(self, claim.workspace);
        self.transaction(move |txn| {
            Box::pin(async move {
                let buried = Sql::new(&format!(
                    "UPDATE outbox SET status = 'dead', lease_until = NULL, lease_by = NULL, error = $3 {MINE}"
                ))
                .values(mine(&claim))
                .values([error.into()])
                .run(txn)
                .await
                .or_fault()?;
                if buried == 0 {
                    return Ok(false);
                }
                if let Some(note) = note {
                    enqueue.push(note);
                }
                enqueue.write(txn).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Rows that wait for an earlier one are not counted: it is that one's time that matters.
    pub(crate) async fn outbox_due_in(&self) -> Result<Option<Duration>, StoreError> {
        let clock = self.clock();
        let row = Sql::new(&format!(
            "SELECT (SELECT o.available_at FROM outbox o WHERE o.lease_until IS NULL AND {FREE}
                     ORDER BY o.available_at LIMIT 1) - {clock} AS waiting,
                (SELECT MIN(lease_until) FROM outbox WHERE status = 'pending' AND lease_until IS NOT NULL) - {clock} AS leased"
        ))
        .one(self.reader())
        .await
        .or_fault()?;
        let Some(row) = row else { return Ok(None) };
        let row = Row::of(&row, "outbox", "next");
        let soonest =
            row.get::<Option<i64>>("waiting")?.into_iter().chain(row.get::<Option<i64>>("leased")?).min();
        Ok(soonest.map(duration))
    }

    pub(crate) async fn outbox_depth(&self) -> Result<OutboxDepth, StoreError> {
        let row = Sql::new(&format!(
            "SELECT (SELECT COUNT(*) FROM outbox o WHERE o.status = 'pending' AND {PRESENT}) AS pending,
                (SELECT COUNT(*) FROM outbox WHERE status = 'dead') AS dead,
                {clock} - (SELECT MIN(o.created_at) FROM outbox o WHERE o.status = 'pending' AND {PRESENT}) AS oldest",
            clock = self.clock()
        ))
        .one(self.reader())
        .await
        .or_fault()?;
        let Some(row) = row else { return Ok(OutboxDepth::default()) };
        let row = Row::of(&row, "outbox", "depth");
        Ok(OutboxDepth {
            pending: row.get::<i64>("pending")?.unsigned_abs(),
            dead: row.get::<i64>("dead")?.unsigned_abs(),
            oldest: row.get::<Option<i64>>("oldest")?.map_or(Duration::ZERO, duration),
        })
    }

    pub(crate) async fn list_dead(
        &self,
        workspace: Option<WorkspaceId>,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        let rows = of_workspace(
            Sql::new("SELECT id, workspace_id, job, attempts, error FROM outbox WHERE status = 'dead'"),
            workspace,
        )
        .text(" ORDER BY id")
        .all(self.reader())
        .await
        .or_fault()?;
        let mut letters = Vec::with_capacity(rows.len());
        for row in &rows {
            let row = Row::of(row, "outbox", "dead");
            let id: i64 = row.get("id")?;
            let row = row.joined("outbox", id);
            letters.push(DeadLetter {
                id,
                workspace: WorkspaceId(row.get("workspace_id")?),
                job: row.json("job")?,
                attempts: attempts(&row)?,
                error: row.get::<Option<String>>("error")?.unwrap_or_default(),
            });
        }
        Ok(letters)
    }

    /// Revived rows take no merges: another row with their key may be waiting already. That an earlier try may have taken
    /// effect stays known.
    pub(crate) async fn revive_dead(&self, workspace: Option<WorkspaceId>) -> Result<u64, StoreError> {
        let sql = format!(
            "UPDATE outbox SET status = 'pending', merge_key = NULL, attempts = CASE WHEN begun_at IS NULL THEN 0 ELSE 1 END, available_at = {} WHERE status = 'dead'",
            self.clock()
        );
        of_workspace(Sql::new(&sql), workspace).run(self.writer()).await.or_fault()
    }

    pub(crate) async fn list_postings(
        &self,
        workspace: WorkspaceId,
        number: Number,
    ) -> Result<Vec<Posting>, StoreError> {
        let rows = Sql::new(POSTING)
            .text(" AND number = $2 ORDER BY id")
            .values([workspace.0.into(), codec::number(number).into()])
            .all(self.reader())
            .await
            .or_fault()?;
        rows.iter().map(codec::posting).collect()
    }

    pub(crate) async fn find_posting(
        &self,
        workspace: WorkspaceId,
        id: i64,
    ) -> Result<Option<Posting>, StoreError> {
        let row = Sql::new(POSTING).text(" AND id = $2").values([workspace.0.into(), id.into()]);
        row.one(self.reader()).await.or_fault()?.as_ref().map(codec::posting).transpose()
    }
}

const PRESENT: &str = "NOT EXISTS (SELECT 1 FROM workspaces w WHERE w.id = o.workspace_id AND w.removed)";

const POSTING: &str = "SELECT id, number, seq, direct_to, direct_reason, channel_id, message_id FROM postings WHERE workspace_id = $1";

fn of_workspace(sql: Sql, workspace: Option<WorkspaceId>) -> Sql {
    match workspace {
        Some(id) => sql.text(" AND workspace_id = ").value(id.0),
        None => sql,
    }
}

fn attempts(row: &Row<'_>) -> Result<u32, StoreError> {
    u32::try_from(row.get::<i64>("attempts")?).map_err(|_| row.corrupt("attempts", "not a count"))
}

fn duration(micros: i64) -> Duration {
    // A clock that was set back gives less than nothing.
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

/// Keeps where it went; the id of the posting, if it is one.
async fn record(
    txn: &DatabaseTransaction,
    clock: &str,
    claim: &Claimed,
    sent: &Sent,
) -> Result<Option<i64>, StoreError> {
    match (sent, &claim.job) {
        (Sent::Opened(place) | Sent::Card(place), Job::Open { number, .. } | Job::Card { number }) => {
            record_card(txn, clock, claim.workspace, *number, *place).await?;
            Ok(None)
        }
        (
            Sent::Message { channel, message } | Sent::Anew { channel, message, .. },
            Job::Post { number, seq, .. } | Job::Direct { number, seq, .. },
        ) => {
            if let Sent::Anew { place, .. } = sent {
                record_card(txn, clock, claim.workspace, *number, *place).await?;
            }
            let direct = match &claim.job {
                Job::Direct { to, reason, .. } => Some((*to, *reason)),
                Job::Open { .. }
                | Job::Card { .. }
                | Job::Rename { .. }
                | Job::Post { .. }
                | Job::Reminders { .. }
                | Job::Rewrite { .. }
                | Job::Digest { .. }
                | Job::Trouble(_) => None,
            };
            let posting =
                Posting { id: 0, number: *number, seq: *seq, direct, channel: *channel, message: *message };
            record_posting(txn, claim, &posting).await
        }
        (Sent::Reminded(all), Job::Reminders { .. }) => {
            let mut last = None;
            for Reminded { number, channel, message } in all {
                let (number, channel, message) = (*number, *channel, *message);
                let posting =
                    Posting { id: 0, number, seq: Posting::REMINDER, direct: None, channel, message };
                last = record_posting(txn, claim, &posting).await?;
            }
            Ok(last)
        }
        (Sent::Message { channel, message }, Job::Digest { team, at }) => {
            Sql::new(
                "UPDATE digests SET channel_id = $1, message_id = $2 WHERE workspace_id = $3 AND team_id = $4 AND at = $5",
            )
            .values([
                bits(channel.0).into(),
                bits(message.0).into(),
                claim.workspace.0.into(),
                team.0.into(),
                micros(*at).into(),
            ])
            .run(txn)
            .await
            .or_fault()?;
            Ok(None)
        }
        // Word of trouble quotes nobody; what was edited stands where it stood.
        (
            Sent::Opened(_)
            | Sent::Card(_)
            | Sent::Message { .. }
            | Sent::Anew { .. }
            | Sent::Reminded(_)
            | Sent::Nothing,
            _,
        ) => Ok(None),
    }
}

async fn record_posting(
    txn: &DatabaseTransaction,
    claim: &Claimed,
    posting: &Posting,
) -> Result<Option<i64>, StoreError> {
    let row = Sql::new(
        "INSERT INTO postings (workspace_id, number, seq, direct_to, direct_reason, channel_id, message_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
    )
    .values([
        claim.workspace.0.into(),
        codec::number(posting.number).into(),
        posting.seq.into(),
        posting.direct.map(|(to, _)| to.0).into(),
        posting.direct.map(|(_, reason)| codec::direct_reason(reason).to_owned()).into(),
        bits(posting.channel.0).into(),
        bits(posting.message.0).into(),
    ])
    .one(txn)
    .await
    .or_fault()?;
    row.map(|row| Row::of(&row, "postings", claim.id).get("id")).transpose()
}

async fn record_card(
    txn: &DatabaseTransaction,
    clock: &str,
    workspace: WorkspaceId,
    number: Number,
    place: CardPlace,
) -> Result<(), StoreError> {
    Sql::new(&format!(
        "INSERT INTO cards (workspace_id, number, channel_id, message_id, thread_id, last_sent_at)
         VALUES ($1, $2, $3, $4, $5, {clock})
         ON CONFLICT (workspace_id, number) DO UPDATE SET channel_id = excluded.channel_id,
            message_id = excluded.message_id, thread_id = excluded.thread_id, last_sent_at = excluded.last_sent_at"
    ))
    .values([
        workspace.0.into(),
        codec::number(number).into(),
        bits(place.channel.0).into(),
        bits(place.message.0).into(),
        place.thread.map(|t| bits(t.0)).into(),
    ])
    .run(txn)
    .await
    .or_fault()?;
    Ok(())
}

/// The row changed between claim and delivery. A post is made anew, since words were taken out of the item; reminders
/// that came too late for the message go out in the next one.
fn follow_up(claimed: &Job, now: Job, posting: Option<i64>, enqueue: &mut Enqueue) {
    match (claimed, now) {
        (Job::Reminders { entries: sent, .. }, Job::Reminders { to, entries }) => {
            let entries: Vec<_> = entries.into_iter().filter(|e| !sent.contains(e)).collect();
            if !entries.is_empty() {
                enqueue.push(Job::Reminders { to, entries });
            }
        }
        (Job::Open { number, .. }, _) => enqueue.push(Job::Card { number: *number }),
        (Job::Post { .. } | Job::Direct { .. }, _) => {
            if let Some(posting) = posting {
                enqueue.push(Job::Rewrite { posting });
            }
        }
        (Job::Digest { team, at }, _) => enqueue.push(Job::Digest { team: *team, at: *at }),
        (
            Job::Reminders { .. }
            | Job::Card { .. }
            | Job::Rename { .. }
            | Job::Rewrite { .. }
            | Job::Trouble(_),
            _,
        ) => {}
    }
}
