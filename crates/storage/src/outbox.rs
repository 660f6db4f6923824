//! The outbox as a table with leases. Times are the database's clock; a worker whose fence is old can write nothing.

use std::time::Duration;

use kaizen_domain::debrief::DebriefNumber;
use kaizen_domain::{ChannelId, Instant, MessageId, Number, TeamId, WorkspaceId};
use kaizen_workflow::debriefs::{DebriefJob, DebriefStep};
use kaizen_workflow::outbox::{Claimed, DeadLetter, Job, OutboxDepth, Posting, Trouble};
use kaizen_workflow::ports::{CardPlace, Found, Reminded, RemindedOf, Sent, StoreError};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Value};

use crate::batch::Batch;
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

/// In how many microseconds the first row becomes due that nothing else keeps back, or a lease ends. Each of the two is
/// searched in an index; SQLite's MIN of two values is nothing where one of them is.
fn next_due(clock: &str) -> String {
    format!(
        "SELECT MIN(t.at) - {clock} FROM (
            SELECT (SELECT o.available_at FROM outbox o WHERE o.lease_until IS NULL AND {FREE}
                ORDER BY o.available_at LIMIT 1) AS at
            UNION ALL
            SELECT (SELECT MIN(lease_until) FROM outbox WHERE status = 'pending' AND lease_until IS NOT NULL)) t"
    )
}

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
    ///
    /// The limit is written out: SQLite makes a new plan for every value of a limit that is bound.
    pub(crate) async fn look_for_rows(
        &self,
        worker: &str,
        limit: u32,
        lease: Duration,
    ) -> Result<Found, StoreError> {
        let clock = self.clock();
        let lock = match self.inner.backend {
            DbBackend::Postgres => " FOR UPDATE OF o SKIP LOCKED",
            _ => "",
        };
        let mut batch = Batch::new(self.inner.backend);
        batch.named_step("claimed", |sql| {
            sql.text(&format!(
                "WITH picked AS MATERIALIZED (
                    SELECT o.id FROM outbox o
                    WHERE o.available_at <= {clock} AND (o.lease_until IS NULL OR o.lease_until <= {clock}) AND {FREE}
                    ORDER BY o.available_at, o.id LIMIT {limit}{lock})
                 UPDATE outbox SET fence = fence + 1, attempts = attempts + 1, lease_until = {clock} + $1, lease_by = $2,
                    begun_at = CASE WHEN kind = 'reminders' THEN begun_at ELSE COALESCE(begun_at, {clock}) END
                 FROM picked WHERE outbox.id = picked.id
                 RETURNING {CLAIMED},
                    CASE WHEN attempts > 1 THEN {clock} - begun_at END AS begun, {clock} - created_at AS age"
            ))
            .values([micros_of(lease).into(), clean(worker).into()])
        });
        let answer = match self.inner.backend {
            DbBackend::Postgres => "SELECT * FROM claimed".to_owned(),
            // The rows come from the statement itself; this is one more, with another column.
            _ => format!("SELECT ({}) AS next", next_due(clock)),
        };
        let rows = self.at_once(batch, &answer).await.or_fault()?;
        let mut found = Found::default();
        for row in &rows {
            if !is_postgres(self.writer()) && row.column_names().first().is_some_and(|name| name == "next") {
                found.next = Row::of(row, "outbox", "next").get::<Option<i64>>("next")?.map(duration);
                continue;
            }
            found.claimed.push(claimed(row)?);
        }
        found.claimed.sort_by_key(|c| c.id);
        if found.claimed.len() < limit as usize && is_postgres(self.writer()) {
            found.next = self.outbox_due_in().await?;
        }
        Ok(found)
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
            self.put_back(claim).await?;
        }
        Ok(begun > 0)
    }

    /// As if it had not been claimed; what was begun before stays begun.
    pub(crate) async fn put_back(&self, claim: &Claimed) -> Result<(), StoreError> {
        Sql::new(&format!(
            "UPDATE outbox SET lease_until = NULL, lease_by = NULL, attempts = attempts - 1,
                begun_at = CASE WHEN attempts > 1 THEN begun_at END {MINE}"
        ))
        .values(mine(claim))
        .run(self.writer())
        .await
        .or_fault()?;
        Ok(())
    }

    /// In the usual case one trip: what was claimed has not changed since. Otherwise a transaction says what follows. For each
    /// whether it was still this claim's.
    pub(crate) async fn mark_delivered(&self, all: &[(&Claimed, &Sent)]) -> Result<Vec<bool>, StoreError> {
        let mut batch = Batch::new(self.inner.backend);
        let mut answers = Vec::new();
        for (i, (claim, sent)) in all.iter().enumerate() {
            let name = format!("marked_{i}");
            batch.named_step(&name, |sql| {
                sql.text("UPDATE outbox SET status = 'delivered', delivered_at = ")
                    .text(self.clock())
                    .text(", begun_at = NULL, lease_until = NULL, lease_by = NULL, error = NULL WHERE id = ")
                    .value(claim.id)
                    .text(" AND fence = ")
                    .value(claim.fence)
                    .text(" AND status = 'pending' AND revision = ")
                    .value(claim.revision)
                    .text(" RETURNING id")
            });
            let marked =
                if batch.is_postgres() { format!("EXISTS (SELECT 1 FROM {name})") } else { MARKED.into() };
            for record in records(claim, sent) {
                record.step(&mut batch, claim.workspace, self.clock(), &marked);
            }
            answers.push(format!("SELECT id FROM {name}"));
        }
        // On SQLite the rows come from the statements themselves.
        let answer =
            if batch.is_postgres() { answers.join(" UNION ALL ") } else { "SELECT 0 AS id".to_owned() };
        let rows = self.at_once(batch, &answer).await.or_fault()?;
        let ids = rows.iter().map(|row| Row::of(row, "outbox", "marked").get::<i64>("id"));
        let marked = ids.collect::<Result<Vec<_>, _>>()?;
        let mut kept = Vec::with_capacity(all.len());
        for (claim, sent) in all {
            kept.push(marked.contains(&claim.id) || self.mark_changed(claim, sent).await?);
        }
        Ok(kept)
    }

    /// The row changed since it was claimed, or the lease was lost.
    async fn mark_changed(&self, claim: &Claimed, sent: &Sent) -> Result<bool, StoreError> {
        let (claim, records, clock) = (claim.clone(), records(claim, sent), self.clock());
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
                let mut batch = Batch::new(txn.get_database_backend());
                for record in &records {
                    record.step(&mut batch, claim.workspace, clock, "TRUE");
                }
                batch.run(txn, "SELECT 1").await.or_fault()?;
                if changed {
                    let now: Job = row.json("job")?;
                    let mut again = Vec::new();
                    for posting in quoting(&claim.job, &now, &records) {
                        let shared = (posting.seq == Posting::REMINDER).then_some(posting.message);
                        if let Some(posting) = id_of(txn, claim.workspace, posting).await? {
                            again.push(Job::Rewrite { posting, shared });
                        }
                    }
                    again.extend(records.iter().filter_map(|record| rewriting(&claim.job, &now, record)));
                    for job in again {
                        enqueue.push(job);
                    }
                    follow_up(&claim.job, now, &mut enqueue);
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

    pub(crate) async fn report_to_coordinator(
        &self,
        workspace: WorkspaceId,
        trouble: Trouble,
    ) -> Result<(), StoreError> {
        let mut enqueue = Enqueue::new(self, workspace);
        enqueue.push(Job::Trouble(trouble));
        self.transaction(move |txn| Box::pin(async move { enqueue.write(txn).await })).await
    }

    pub(crate) async fn list_ended(
        &self,
        workspace: WorkspaceId,
        threads: &[ChannelId],
    ) -> Result<Vec<ChannelId>, StoreError> {
        if threads.is_empty() {
            return Ok(Vec::new());
        }
        let listed = || threads.iter().map(|thread| bits(thread.0).into());
        let rows = Sql::new(
            "SELECT c.thread_id FROM cards c JOIN suggestions s ON s.workspace_id = c.workspace_id
                AND s.number = c.number WHERE NOT s.is_open AND c.workspace_id = ",
        )
        .value(workspace.0)
        .text(" AND c.thread_id IN ")
        .list(listed())
        .text(
            " UNION SELECT p.thread_id FROM debrief_places p JOIN debriefs d ON d.workspace_id = p.workspace_id
                AND d.number = p.number WHERE NOT d.is_started AND p.workspace_id = ",
        )
        .value(workspace.0)
        .text(" AND p.thread_id IN ")
        .list(listed())
        .all(self.reader())
        .await
        .or_fault()?;
        let ended = rows.iter().map(|row| Row::of(row, "cards", "ended").id("thread_id").map(ChannelId));
        let ended = ended.collect::<Result<Vec<_>, _>>()?;
        Ok(threads.iter().copied().filter(|thread| ended.contains(thread)).collect())
    }

    /// Rows that wait for an earlier one are not counted: it is that one's time that matters.
    pub(crate) async fn outbox_due_in(&self) -> Result<Option<Duration>, StoreError> {
        let row = Sql::new(&format!("SELECT ({}) AS next", next_due(self.clock())));
        let Some(row) = row.one(self.reader()).await.or_fault()? else { return Ok(None) };
        Ok(Row::of(&row, "outbox", "next").get::<Option<i64>>("next")?.map(duration))
    }

    pub(crate) async fn outbox_depth(&self) -> Result<OutboxDepth, StoreError> {
        let row = Sql::new(&format!(
            "SELECT (SELECT COUNT(*) FROM outbox o WHERE o.status = 'pending' AND {PRESENT}) AS pending,
                (SELECT COUNT(*) FROM outbox WHERE status = 'dead') AS dead,
                {clock} - (SELECT MIN(o.created_at) FROM outbox o WHERE o.status = 'pending' AND {PRESENT}) AS oldest",
            clock = self.clock()
        ))
        .one(self.aside())
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
        .all(self.aside())
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
    /// effect stays known. What waits for its next try has it now.
    pub(crate) async fn revive_dead(&self, workspace: Option<WorkspaceId>) -> Result<u64, StoreError> {
        let sql = format!(
            "UPDATE outbox SET status = 'pending', merge_key = NULL, attempts = CASE WHEN begun_at IS NULL THEN 0 ELSE 1 END, available_at = {} WHERE status = 'dead'",
            self.clock()
        );
        let revived = of_workspace(Sql::new(&sql), workspace).run(self.writer()).await.or_fault()?;
        let sql = format!(
            "UPDATE outbox SET available_at = {0} WHERE status = 'pending' AND error IS NOT NULL AND lease_until IS NULL AND available_at > {0}",
            self.clock()
        );
        Ok(revived + of_workspace(Sql::new(&sql), workspace).run(self.writer()).await.or_fault()?)
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

/// The columns of a row that was claimed; more than that, in the same trip, has other names.
pub(crate) const CLAIMED: &str = "outbox.id, fence, revision, workspace_id, job, attempts";

/// A row that was claimed.
pub(crate) fn claimed(row: &QueryResult) -> Result<Claimed, StoreError> {
    let row = Row::of(row, "outbox", "claimed");
    let id: i64 = row.get("id")?;
    let row = row.joined("outbox", id);
    Ok(Claimed {
        id,
        fence: row.get("fence")?,
        revision: row.get("revision")?,
        workspace: WorkspaceId(row.get("workspace_id")?),
        job: row.json("job")?,
        attempts: attempts(&row)?,
        begun: row.get::<Option<i64>>("begun")?.map(duration),
        age: duration(row.get("age")?),
    })
}

fn attempts(row: &Row<'_>) -> Result<u32, StoreError> {
    u32::try_from(row.get::<i64>("attempts")?).map_err(|_| row.corrupt("attempts", "not a count"))
}

fn duration(micros: i64) -> Duration {
    // A clock that was set back gives less than nothing.
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

/// Did the statement before it in the batch do something, on SQLite? The first marks a row; each of the others, up to the next
/// that marks, does something where the one before it did.
const MARKED: &str = "changes() > 0";

/// Where something went, to be written down.
enum Record {
    /// Card and thread of an item.
    Card(Number, CardPlace),
    /// A message about an item.
    Posting(Posting),
    /// Panel and thread of a debrief.
    Panel(DebriefNumber, CardPlace),
    /// A message about a step of a debrief.
    OfDebrief { number: DebriefNumber, seq: i64, to: Option<i64>, channel: ChannelId, message: MessageId },
    /// A team's digest.
    Digest { team: TeamId, at: Instant, channel: ChannelId, message: MessageId },
}

impl Record {
    /// One statement of a batch; it does something only `where_` says so.
    fn step(&self, batch: &mut Batch, workspace: WorkspaceId, clock: &str, where_: &str) {
        batch.step(|sql| match self {
            Record::Card(number, place) => sql
                .text("INSERT INTO cards (workspace_id, number, channel_id, message_id, thread_id, last_sent_at) SELECT ")
                .cells([
                    Value::from(workspace.0),
                    codec::number(*number).into(),
                    bits(place.channel.0).into(),
                    bits(place.message.0).into(),
                    place.thread.map(|t| bits(t.0)).into(),
                ])
                .text(&format!(", {clock} WHERE {where_}"))
                .text(
                    " ON CONFLICT (workspace_id, number) DO UPDATE SET channel_id = excluded.channel_id,
                        message_id = excluded.message_id, thread_id = excluded.thread_id, last_sent_at = excluded.last_sent_at",
                ),
            Record::Panel(number, place) => sql
                .text("INSERT INTO debrief_places (workspace_id, number, channel_id, message_id, thread_id, last_sent_at) SELECT ")
                .cells([
                    Value::from(workspace.0),
                    i64::from(number.0).into(),
                    bits(place.channel.0).into(),
                    bits(place.message.0).into(),
                    place.thread.map(|t| bits(t.0)).into(),
                ])
                .text(&format!(", {clock} WHERE {where_}"))
                .text(
                    " ON CONFLICT (workspace_id, number) DO UPDATE SET channel_id = excluded.channel_id,
                        message_id = excluded.message_id, thread_id = excluded.thread_id, last_sent_at = excluded.last_sent_at",
                ),
            Record::OfDebrief { number, seq, to, channel, message } => sql
                .text("INSERT INTO debrief_postings (workspace_id, number, seq, direct_to, channel_id, message_id) SELECT ")
                .cells([
                    Value::from(workspace.0),
                    i64::from(number.0).into(),
                    (*seq).into(),
                    (*to).into(),
                    bits(channel.0).into(),
                    bits(message.0).into(),
                ])
                .text(" WHERE ")
                .text(where_),
            Record::Posting(posting) => sql
                .text("INSERT INTO postings (workspace_id, number, seq, direct_to, direct_reason, channel_id, message_id) SELECT ")
                .cells([
                    Value::from(workspace.0),
                    codec::number(posting.number).into(),
                    posting.seq.into(),
                    posting.direct.map(|(to, _)| to.0).into(),
                    posting.direct.map(|(_, reason)| codec::direct_reason(reason).to_owned()).into(),
                    bits(posting.channel.0).into(),
                    bits(posting.message.0).into(),
                ])
                .text(" WHERE ")
                .text(where_),
            Record::Digest { team, at, channel, message } => sql
                .text("UPDATE digests SET channel_id = ")
                .value(bits(channel.0))
                .text(", message_id = ")
                .value(bits(message.0))
                .text(" WHERE (workspace_id, team_id, at) = (")
                .cells([Value::from(workspace.0), team.0.into(), micros(*at).into()])
                .text(") AND ")
                .text(where_),
        });
    }
}

/// What of a delivery is written down. Word of trouble quotes nobody; what was edited stands where it stood.
fn records(claim: &Claimed, sent: &Sent) -> Vec<Record> {
    match (sent, &claim.job) {
        (Sent::Opened(place) | Sent::Card(place), Job::Open { number, .. } | Job::Card { number }) => {
            vec![Record::Card(*number, *place)]
        }
        (
            Sent::Message { channel, message } | Sent::Anew { channel, message, .. },
            Job::Post { number, seq, .. } | Job::Direct { number, seq, .. },
        ) => {
            let direct = match &claim.job {
                Job::Direct { to, reason, .. } => Some((*to, *reason)),
                Job::Open { .. }
                | Job::Card { .. }
                | Job::Rename { .. }
                | Job::Post { .. }
                | Job::Reminders { .. }
                | Job::Rewrite { .. }
                | Job::Digest { .. }
                | Job::Trouble(_)
                | Job::Debrief { .. } => None,
            };
            let posting =
                Posting { id: 0, number: *number, seq: *seq, direct, channel: *channel, message: *message };
            let card = match sent {
                Sent::Anew { place, .. } => Some(Record::Card(*number, *place)),
                Sent::Opened(_)
                | Sent::Card(_)
                | Sent::Message { .. }
                | Sent::Reminded(_)
                | Sent::Nothing => None,
            };
            card.into_iter().chain([Record::Posting(posting)]).collect()
        }
        (Sent::Opened(place) | Sent::Card(place), Job::Debrief { debrief, .. }) => {
            vec![Record::Panel(*debrief, *place)]
        }
        (
            Sent::Message { channel, message } | Sent::Anew { channel, message, .. },
            Job::Debrief { debrief, about },
        ) => {
            let of = match about {
                DebriefJob::Post { seq, .. } => Some((*seq, None)),
                DebriefJob::Direct { seq, to } => Some((*seq, Some(to.0))),
                DebriefJob::Briefing => Some((DebriefStep::BRIEFING, None)),
                DebriefJob::Open { .. }
                | DebriefJob::Panel
                | DebriefJob::Rename
                | DebriefJob::Rewrite { .. } => None,
            };
            let moved = match sent {
                Sent::Anew { place, .. } => Some(Record::Panel(*debrief, *place)),
                Sent::Opened(_)
                | Sent::Card(_)
                | Sent::Message { .. }
                | Sent::Reminded(_)
                | Sent::Nothing => None,
            };
            let (number, channel, message) = (*debrief, *channel, *message);
            let posting = of.map(|(seq, to)| Record::OfDebrief { number, seq, to, channel, message });
            moved.into_iter().chain(posting).collect()
        }
        (Sent::Reminded(all), Job::Reminders { .. }) => all
            .iter()
            .map(|Reminded { of, channel, message }| {
                let (channel, message) = (*channel, *message);
                match *of {
                    RemindedOf::Idea(number) => Record::Posting(Posting {
                        id: 0,
                        number,
                        seq: Posting::REMINDER,
                        direct: None,
                        channel,
                        message,
                    }),
                    RemindedOf::Debrief(number, to) => Record::OfDebrief {
                        number,
                        seq: DebriefStep::REMINDER,
                        to: to.map(|to| to.0),
                        channel,
                        message,
                    },
                }
            })
            .collect(),
        (Sent::Message { channel, message }, Job::Digest { team, at }) => {
            vec![Record::Digest { team: *team, at: *at, channel: *channel, message: *message }]
        }
        (
            Sent::Opened(_)
            | Sent::Card(_)
            | Sent::Message { .. }
            | Sent::Anew { .. }
            | Sent::Reminded(_)
            | Sent::Nothing,
            _,
        ) => Vec::new(),
    }
}

/// What was just written down and quotes words that are gone since the claim: a post or direct message whose item lost some, and
/// what reminders say of one.
fn quoting<'a>(claimed: &Job, now: &Job, records: &'a [Record]) -> Vec<&'a Posting> {
    let mut postings = records.iter().filter_map(|record| match record {
        Record::Posting(posting) => Some(posting),
        Record::Card(..) | Record::Panel(..) | Record::OfDebrief { .. } | Record::Digest { .. } => None,
    });
    match (claimed, now) {
        (Job::Post { .. } | Job::Direct { .. }, _) => postings.next_back().into_iter().collect(),
        (Job::Reminders { without: known, .. }, Job::Reminders { without, .. }) => {
            postings.filter(|p| without.contains(&p.number) && !known.contains(&p.number)).collect()
        }
        (
            Job::Reminders { .. }
            | Job::Open { .. }
            | Job::Card { .. }
            | Job::Rename { .. }
            | Job::Rewrite { .. }
            | Job::Digest { .. }
            | Job::Debrief { .. }
            | Job::Trouble(_),
            _,
        ) => Vec::new(),
    }
}

/// What was just sent about a debrief, and quotes words that are gone since the claim.
fn rewriting(claimed: &Job, now: &Job, record: &Record) -> Option<Job> {
    match *record {
        Record::OfDebrief { number, seq, to, channel, message } => {
            // Reminders tell of others as well.
            if let (Job::Reminders { without_of: known, .. }, Job::Reminders { without_of, .. }) =
                (claimed, now)
                && (known.contains(&number) || !without_of.contains(&number))
            {
                return None;
            }
            let about = DebriefJob::Rewrite { seq, direct: to.is_some(), channel, message };
            Some(Job::Debrief { debrief: number, about })
        }
        Record::Card(..) | Record::Posting(_) | Record::Panel(..) | Record::Digest { .. } => None,
    }
}

/// The id of a posting that was just written down.
async fn id_of(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    posting: &Posting,
) -> Result<Option<i64>, StoreError> {
    let row = Sql::new(
        "SELECT MAX(id) AS id FROM postings WHERE (workspace_id, number, channel_id, message_id) = (",
    )
    .cells([
        Value::from(workspace.0),
        codec::number(posting.number).into(),
        bits(posting.channel.0).into(),
        bits(posting.message.0).into(),
    ])
    .text(")")
    .one(txn)
    .await
    .or_fault()?;
    row.map(|row| Row::of(&row, "postings", posting.number).get("id")).transpose()
}

/// The row changed between claim and delivery. Reminders that came too late for the message go out in the next one; what
/// lost words since is made anew (see [`quoting`]).
fn follow_up(claimed: &Job, now: Job, enqueue: &mut Enqueue) {
    match (claimed, now) {
        (Job::Reminders { entries: sent, .. }, Job::Reminders { to, entries, .. }) => {
            let entries: Vec<_> = entries.into_iter().filter(|e| !sent.contains(e)).collect();
            if !entries.is_empty() {
                enqueue.push(Job::reminders(to, entries));
            }
        }
        (Job::Open { number, .. }, _) => enqueue.push(Job::Card { number: *number }),
        (Job::Debrief { debrief, about: DebriefJob::Open { .. } }, _) => {
            enqueue.push(Job::Debrief { debrief: *debrief, about: DebriefJob::Panel });
        }
        (Job::Digest { team, at }, _) => enqueue.push(Job::Digest { team: *team, at: *at }),
        (
            Job::Reminders { .. }
            | Job::Post { .. }
            | Job::Direct { .. }
            | Job::Card { .. }
            | Job::Rename { .. }
            | Job::Rewrite { .. }
            | Job::Debrief { .. }
            | Job::Trouble(_),
            _,
        ) => {}
    }
}
