//! Writing rows of the outbox, in the transaction of the change that asks for them.

use kaizen_domain::suggestion::Notice;
use kaizen_domain::{MessageId, Number, WorkspaceId};
use kaizen_workflow::debriefs::DebriefJob;
use kaizen_workflow::hand_over::Lessee;
use kaizen_workflow::outbox::{Job, Posting};
use kaizen_workflow::ports::{CommittedItem, ItemCommit, RemindedOf, StoreError};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};

use crate::batch::Batch;
use crate::codec;
use crate::database::Database;
use crate::outbox::{CLAIMED, is_postgres};
use crate::sql::{Cell, OrFault, Row, Sql, clean, json, micros_of};

/// The word of a job's kind.
pub(crate) const fn kind(job: &Job) -> &'static str {
    match job {
        Job::Open { .. } => "open",
        Job::Card { .. } => "card",
        Job::Rename { .. } => "rename",
        Job::Post { .. } => "post",
        Job::Direct { .. } => "direct",
        Job::Reminders { .. } => "reminders",
        Job::Rewrite { .. } => "rewrite",
        Job::Digest { .. } => "digest",
        Job::Trouble(_) => "trouble",
        // The same words as for ideas: what they say of order and merging holds for both.
        Job::Debrief { about, .. } => match about {
            DebriefJob::Open { .. } => "open",
            DebriefJob::Panel => "card",
            DebriefJob::Rename => "rename",
            DebriefJob::Post { .. } | DebriefJob::Briefing => "post",
            DebriefJob::Direct { .. } => "direct",
            DebriefJob::Rewrite { .. } => "rewrite",
        },
    }
}

/// How long the coordinator is not told again of a trouble that was reported.
const TROUBLE_AGAIN: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// Reminders in one message; what falls due beyond that is another. Each that joins writes the whole row anew: without an end,
/// ten thousand for one person take minutes.
const MOST_TOGETHER: usize = 100;

const COLUMNS: &str =
    "INSERT INTO outbox (workspace_id, number, kind, job, order_key, merge_key, after_open, status,
    created_at, available_at, attempts, fence, revision)";

const COLUMNS_OF_JOB: usize = 7;

/// The row of an item whose number the database has yet to give: [`UNNUMBERED`] stands for it in job and keys.
fn numbered(row: [Value; COLUMNS_OF_JOB], number: &'static str) -> [Cell; COLUMNS_OF_JOB] {
    let [workspace, _, kind, job, order_key, merge_key, after_open] = row;
    // No id and no word of a job looks like these: jobs hold references, never text.
    let key = |value| Cell::Replaced { value, place: "s/0/", head: "s/", sql: number, tail: "/" };
    [
        workspace.into(),
        Cell::Sql(number),
        kind.into(),
        Cell::Replaced { value: job, place: "\"number\":0", head: "\"number\":", sql: number, tail: "" },
        key(order_key),
        key(merge_key),
        key(after_open),
    ]
}

/// Rows to be written.
pub(crate) struct Enqueue {
    workspace: WorkspaceId,
    clock: &'static str,
    card_gap: i64,
    bundle_hold: i64,
    plain: Vec<Job>,
    merging: Vec<Job>,
    rewritten: Vec<Number>,
}

impl Enqueue {
    pub(crate) fn new(database: &Database, workspace: WorkspaceId) -> Self {
        let timing = database.inner.options.outbox;
        Enqueue {
            workspace,
            clock: database.clock(),
            card_gap: micros_of(timing.card_gap),
            bundle_hold: micros_of(timing.bundle_hold),
            plain: Vec::new(),
            merging: Vec::new(),
            rewritten: Vec::new(),
        }
    }

    /// What a change tells people.
    pub(crate) fn notices(&mut self, item: &ItemCommit, at: &CommittedItem) {
        for notice in &item.notices {
            match Job::from_notice(notice, at.number, at.first_seq, item.number.is_none(), item.channel) {
                Some(job) => self.push(job),
                None if *notice == Notice::RewriteAll => self.rewritten.push(at.number),
                None => {}
            }
        }
    }

    /// One more job.
    pub(crate) fn push(&mut self, job: Job) {
        if let Job::Reminders { to, entries, .. } = &job {
            let same = self.merging.iter_mut().find_map(|j| match j {
                Job::Reminders { to: other, entries, .. } if other == to => Some(entries),
                _ => None,
            });
            if let Some(same) = same {
                return same
                    .extend(entries.iter().filter(|e| !same.contains(e)).copied().collect::<Vec<_>>());
            }
        }
        if job.merge_key().is_some() { self.merging.push(job) } else { self.plain.push(job) }
    }

    /// Are there rows that may merge with one that waits already, or that are made from what was posted? Those need a
    /// transaction with several trips ([`Enqueue::write`]).
    pub(crate) fn merges(&self) -> bool {
        !self.merging.is_empty() || !self.rewritten.is_empty()
    }

    /// The plain rows, as one statement of a batch. `number` is the SQL of the item's number where that is not known yet.
    pub(crate) fn plain_rows(
        &mut self,
        batch: &mut Batch,
        number: Option<&'static str>,
    ) -> Result<(), StoreError> {
        let tail = format!(", 'pending', {0}, {0}, 0, 0, 0", self.clock);
        self.rows(batch, number, COLUMNS, (&tail, ""))?;
        Ok(())
    }

    /// The same, claimed for `lessee`: nothing may stand before them. False if there are none. On PostgreSQL they are the
    /// step `leased`, on SQLite rows among those of the batch.
    pub(crate) fn leased_rows(
        &mut self,
        batch: &mut Batch,
        number: Option<&'static str>,
        lessee: &Lessee,
    ) -> Result<bool, StoreError> {
        let (clock, lease) = (self.clock, micros_of(lessee.lease));
        // Names of workers are ours, see [`kaizen_workflow::ids`].
        let tail = format!(
            ", 'pending', {clock}, {clock}, 1, 1, 0, {clock} + {lease}, '{}', {clock}",
            clean(&lessee.worker).replace('\'', "''")
        );
        let columns = COLUMNS.trim_end_matches(')').to_owned() + ", lease_until, lease_by, begun_at)";
        let returning =
            format!(" RETURNING {CLAIMED}, CAST(NULL AS BIGINT) AS begun, CAST(0 AS BIGINT) AS age");
        self.rows(batch, number, &columns, (&tail, &returning))
    }

    fn rows(
        &mut self,
        batch: &mut Batch,
        number: Option<&'static str>,
        columns: &str,
        (tail, returning): (&str, &str),
    ) -> Result<bool, StoreError> {
        if self.plain.is_empty() {
            return Ok(false);
        }
        let rows = self.plain.iter().map(|job| self.row(job)).collect::<Result<Vec<_>, _>>()?;
        batch.named_step("leased", |mut sql| {
            sql = sql.text(columns).text(" VALUES ");
            for row in rows {
                sql = match number {
                    Some(number) => sql.row_of(numbered(row, number), tail),
                    None => sql.row(row, tail),
                };
            }
            sql.text(returning)
        });
        self.plain.clear();
        Ok(true)
    }

    /// Writes everything that was not written yet.
    pub(crate) async fn write(mut self, txn: &DatabaseTransaction) -> Result<(), StoreError> {
        for number in std::mem::take(&mut self.rewritten) {
            self.rewrite_all(txn, number).await?;
        }
        let mut batch = Batch::new(txn.get_database_backend());
        self.plain_rows(&mut batch, None)?;
        batch.run(txn, "SELECT 1").await.or_fault()?;
        for job in &self.merging {
            match job {
                Job::Reminders { .. } => self.merge_reminders(txn, job).await?,
                Job::Trouble(_) => self.report_trouble(txn, job).await?,
                Job::Card { number } | Job::Rename { number } => {
                    self.merge_newest(txn, job, ("cards", codec::number(*number))).await?;
                }
                Job::Debrief { debrief, about: DebriefJob::Panel | DebriefJob::Rename } => {
                    self.merge_newest(txn, job, ("debrief_places", i64::from(debrief.0))).await?;
                }
                Job::Debrief { .. }
                | Job::Open { .. }
                | Job::Post { .. }
                | Job::Direct { .. }
                | Job::Rewrite { .. }
                | Job::Digest { .. } => {}
            }
        }
        Ok(())
    }

    fn row(&self, job: &Job) -> Result<[Value; COLUMNS_OF_JOB], StoreError> {
        // Card and thread are changed, and a direct message links to them, once they stand.
        let after_open = match *job {
            Job::Card { number } | Job::Rename { number } | Job::Direct { number, .. } => {
                Some(Job::Open { number, channel: None }.order_key())
            }
            Job::Debrief {
                debrief,
                about: DebriefJob::Panel | DebriefJob::Rename | DebriefJob::Direct { .. },
            } => Some(DebriefJob::Open { channel: None }.order_key(debrief)),
            Job::Debrief { .. }
            | Job::Open { .. }
            | Job::Post { .. }
            | Job::Reminders { .. }
            | Job::Rewrite { .. }
            | Job::Digest { .. }
            | Job::Trouble(_) => None,
        };
        Ok([
            self.workspace.0.into(),
            job.number().map(codec::number).into(),
            kind(job).into(),
            json(job, "outbox", "job")?.into(),
            job.order_key().into(),
            job.merge_key().into(),
            after_open.into(),
        ])
    }

    /// One pending edit of a card, one of a thread's name: a row that waits is enough, one in flight is sent again after its gap.
    async fn merge_newest(
        &self,
        txn: &DatabaseTransaction,
        job: &Job,
        (places, number): (&'static str, i64),
    ) -> Result<(), StoreError> {
        let available = format!(
            ", 'pending', {0}, COALESCE((SELECT last_sent_at + {1} FROM {places} WHERE workspace_id = {2} AND number = {number}), {0}), 0, 0, 0",
            self.clock, self.card_gap, self.workspace.0
        );
        let row = Sql::new(COLUMNS)
            .text(" VALUES ")
            .row(self.row(job)?, &available)
            .text(" ON CONFLICT (workspace_id, merge_key) WHERE status = 'pending' DO UPDATE SET revision = outbox.revision + 1")
            .text(" RETURNING id, revision")
            .one(txn)
            .await
            .or_fault()?;
        let Some(row) = row else { return Ok(()) };
        let row = Row::of(&row, "outbox", job.order_key());
        if is_postgres(txn) && row.get::<i64>("revision")? == 0 {
            // It may have waited for the row before it to be marked as sent, and have read the card's time before that: only
            // a statement of its own sees what was written meanwhile.
            Sql::new(&format!(
                "UPDATE outbox SET available_at = GREATEST(available_at, c.last_sent_at + {}) FROM {places} c
                 WHERE outbox.id = $1 AND c.workspace_id = $2 AND c.number = $3",
                self.card_gap
            ))
            .values([row.get::<i64>("id")?.into(), self.workspace.0.into(), number.into()])
            .run(txn)
            .await
            .or_fault()?;
        }
        Ok(())
    }

    /// What falls due for one person becomes one message, as long as nobody has begun to send it and it has room
    /// ([`MOST_TOGETHER`]).
    async fn merge_reminders(&self, txn: &DatabaseTransaction, job: &Job) -> Result<(), StoreError> {
        let Job::Reminders { to, entries, .. } = job else { return Ok(()) };
        let hold = format!(", 'pending', {0}, {0} + {1}, 0, 0, 0", self.clock, self.bundle_hold);
        let lock = if is_postgres(txn) { " FOR UPDATE" } else { "" };
        // Between the two statements somebody may begin to send the row that was in the way; then there is room again.
        for _ in 0..3 {
            let written = Sql::new(COLUMNS)
                .text(" VALUES ")
                .row(self.row(job)?, &hold)
                .text(" ON CONFLICT (workspace_id, merge_key) WHERE status = 'pending' DO NOTHING")
                .run(txn)
                .await
                .or_fault()?;
            if written > 0 {
                return Ok(());
            }
            let waiting = Sql::new("SELECT id, job FROM outbox WHERE workspace_id = ")
                .value(self.workspace.0)
                .text(" AND status = 'pending' AND merge_key = ")
                .value(job.merge_key())
                .text(lock);
            let Some(waiting) = waiting.one(txn).await.or_fault()? else { continue };
            let waiting = Row::of(&waiting, "outbox", job.order_key());
            let Job::Reminders { entries: mut all, without, without_of, .. } = waiting.json("job")? else {
                return Err(waiting.corrupt("job", "not reminders"));
            };
            if all.len() >= MOST_TOGETHER {
                // Full: it goes out as it is, and another begins.
                Sql::new("UPDATE outbox SET merge_key = NULL WHERE id = ")
                    .value(waiting.get::<i64>("id")?)
                    .run(txn)
                    .await
                    .or_fault()?;
                continue;
            }
            for entry in entries {
                if !all.contains(entry) {
                    all.push(*entry);
                }
            }
            Sql::new("UPDATE outbox SET revision = revision + 1, job = $1 WHERE id = $2")
                .values([
                    json(&Job::Reminders { to: *to, entries: all, without, without_of }, "outbox", "job")?
                        .into(),
                    waiting.get::<i64>("id")?.into(),
                ])
                .run(txn)
                .await
                .or_fault()?;
            return Ok(());
        }
        Err(StoreError::Conflict)
    }

    /// The coordinator is told once a day of the same trouble.
    async fn report_trouble(&self, txn: &DatabaseTransaction, job: &Job) -> Result<(), StoreError> {
        Sql::new(COLUMNS)
            .text(" SELECT $1, $2, $3, $4, $5, $6, $7, 'pending', ")
            .values(self.row(job)?)
            .text(&format!("{0}, {0}, 0, 0, 0", self.clock))
            .text(
                " WHERE NOT EXISTS (SELECT 1 FROM outbox e WHERE e.kind = 'trouble' AND e.workspace_id = $1",
            )
            .text(" AND e.order_key = $5 AND (e.status = 'pending' OR e.created_at > ")
            .text(&format!("{} - {}))", self.clock, micros_of(TROUBLE_AGAIN)))
            .text(" ON CONFLICT (workspace_id, merge_key) WHERE status = 'pending' DO NOTHING")
            .run(txn)
            .await
            .or_fault()?;
        Ok(())
    }

    /// Everything that was sent about an item is made anew; what is being sent right now will be (see `delivered`).
    async fn rewrite_all(&mut self, txn: &DatabaseTransaction, number: Number) -> Result<(), StoreError> {
        let key: [Value; 2] = [self.workspace.0.into(), codec::number(number).into()];
        Sql::new(
            "UPDATE outbox SET revision = revision + 1
             WHERE workspace_id = $1 AND number = $2 AND status = 'pending' AND kind IN ('open', 'post', 'direct')",
        )
        .values(key.clone())
        .run(txn)
        .await
        .or_fault()?;
        without_in_reminders(txn, self.workspace, RemindedOf::Idea(number)).await?;
        let sql = Sql::new(
            "SELECT id, seq, message_id FROM postings WHERE workspace_id = $1 AND number = $2 ORDER BY id",
        )
        .values(key);
        for row in sql.all(txn).await.or_fault()? {
            let row = Row::of(&row, "postings", number);
            let reminder = row.get::<i64>("seq")? == Posting::REMINDER;
            let shared = if reminder { Some(MessageId(row.id("message_id")?)) } else { None };
            self.plain.push(Job::Rewrite { posting: row.get("id")?, shared });
        }
        Ok(())
    }
}

/// Reminders that wait quote nobody yet; those that are being sent may quote the idea, or actions of the debrief, and are cleared
/// of it afterwards.
pub(crate) async fn without_in_reminders(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    of: RemindedOf,
) -> Result<(), StoreError> {
    let lock = if is_postgres(txn) { " FOR UPDATE" } else { "" };
    let number = match of {
        RemindedOf::Idea(number) => number,
        RemindedOf::Debrief(number, _) => Number(number.0),
    };
    let rows = Sql::new(
        "SELECT id, job FROM outbox WHERE workspace_id = $1 AND status = 'pending' AND kind = 'reminders' AND job LIKE $2",
    )
    .values([workspace.0.into(), format!("%\"number\":{},%", number.0).into()])
    .text(lock)
    .all(txn)
    .await
    .or_fault()?;
    for row in &rows {
        let row = Row::of(row, "outbox", number);
        let Job::Reminders { to, entries, mut without, mut without_of } = row.json("job")? else { continue };
        match of {
            RemindedOf::Idea(number) if !without.contains(&number) => without.push(number),
            RemindedOf::Debrief(debrief, _) if !without_of.contains(&debrief) => without_of.push(debrief),
            RemindedOf::Idea(_) | RemindedOf::Debrief(..) => {}
        }
        Sql::new("UPDATE outbox SET revision = revision + 1, job = $1 WHERE id = $2")
            .values([
                json(&Job::Reminders { to, entries, without, without_of }, "outbox", "job")?.into(),
                row.get::<i64>("id")?.into(),
            ])
            .run(txn)
            .await
            .or_fault()?;
    }
    Ok(())
}
