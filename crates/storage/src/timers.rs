//! What is due: timers of items, digests of teams; and what is too old to keep.

use std::sync::PoisonError;

use kaizen_domain::debrief::{self, Debrief};
use kaizen_domain::suggestion::{Suggestion, next_timer};
use kaizen_domain::{ChannelId, Instant, ItemKey, ItemKind, MessageId, Policy, TeamId, WorkspaceId};
use kaizen_workflow::digest::DigestContent;
use kaizen_workflow::outbox::Job;
use kaizen_workflow::ports::{DueDigest, DueItem, StoreError, StoredDigest};

use sea_orm::DatabaseTransaction;

use crate::codec;
use crate::commit::KIND;
use crate::database::Database;
use crate::debriefs::KIND as OF_DEBRIEFS;
use crate::enqueue::Enqueue;
use crate::sql::{OrFault, Row, Sql, json, micros};

/// How much longer digests are kept than request ids.
const DIGESTS_KEPT_DAYS: i64 = 366;

/// What is due at `$1`, the newest first, `$2` rows at the most. Public for whoever looks at its plan. What is to be counted
/// anew first may be due at another time; nothing falls due where the bot was removed.
pub const SWEEP: &str = "SELECT t.workspace_id, t.kind, t.number, t.at FROM timers t
    JOIN workspaces w ON w.id = t.workspace_id AND NOT w.removed
    WHERE t.at <= $1 AND NOT EXISTS (SELECT 1 FROM recounts r
        WHERE r.workspace_id = t.workspace_id AND r.number = t.number AND t.kind = 'suggestion')
    ORDER BY t.at DESC, t.number LIMIT $2";

/// Nothing falls due where the bot was removed: it would only be sent, all at once, when it comes back.
const PRESENT: &str = " JOIN workspaces w ON w.id = t.workspace_id AND NOT w.removed ";

impl Database {
    pub(crate) async fn due_items(&self, now: Instant, limit: u32) -> Result<Vec<DueItem>, StoreError> {
        let rows = Sql::new(SWEEP)
            .values([micros(now).into(), i64::from(limit).into()])
            .all(self.reader())
            .await
            .or_fault()?;
        let mut due = Vec::with_capacity(rows.len());
        for row in &rows {
            let row = Row::of(row, "timers", "due");
            let number = row.number("number")?;
            let row = row.joined("timers", number);
            let kind = match row.get::<String>("kind")?.as_str() {
                KIND => ItemKind::Suggestion,
                OF_DEBRIEFS => ItemKind::Debrief,
                _ => return Err(row.corrupt("kind", "not a kind of item")),
            };
            due.push(DueItem {
                workspace: WorkspaceId(row.get("workspace_id")?),
                item: ItemKey { kind, number },
                at: row.instant("at")?,
            });
        }
        Ok(due)
    }

    pub(crate) async fn next_due_at(&self) -> Result<Option<Instant>, StoreError> {
        let next = |column: &str, table: &str| {
            format!("(SELECT t.{column} FROM {table} t {PRESENT} ORDER BY t.{column} LIMIT 1) AS {table}")
        };
        // What is to be counted anew is due at once; roll calls have a loop of their own: they wait for the platform.
        let people = format!(
            "(SELECT t.next_at FROM people_plan t {PRESENT} WHERE t.next_at IS NOT NULL ORDER BY t.next_at LIMIT 1) AS people"
        );
        let sql = format!(
            "SELECT {}, {}, {people}, (SELECT number FROM recounts LIMIT 1) AS recounts",
            next("at", "timers"),
            next("next_at", "digest_plan")
        );
        let Some(row) = Sql::new(&sql).one(self.reader()).await.or_fault()? else { return Ok(None) };
        let row = Row::of(&row, "timers", "next");
        let times = ["timers", "digest_plan", "people"].map(|column| row.instant_or_none(column));
        let recounts = row.get::<Option<i64>>("recounts")?.map(|_| Instant::UNIX_EPOCH);
        let times = times.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(times.into_iter().flatten().chain(recounts).min())
    }

    pub(crate) async fn digests_due(&self, now: Instant) -> Result<Vec<DueDigest>, StoreError> {
        let rows = Sql::new("SELECT t.workspace_id, t.team_id, t.next_at, t.last_at FROM digest_plan t")
            .text(PRESENT)
            .text(" WHERE t.next_at <= $1 ORDER BY t.next_at, t.workspace_id, t.team_id")
            .values([micros(now).into()])
            .all(self.reader())
            .await
            .or_fault()?;
        let mut due = Vec::with_capacity(rows.len());
        for row in &rows {
            let row = Row::of(row, "digest_plan", "due");
            due.push(DueDigest {
                workspace: WorkspaceId(row.get("workspace_id")?),
                team: TeamId(row.get("team_id")?),
                at: row.instant("next_at")?,
                last: row.instant_or_none("last_at")?,
            });
        }
        Ok(due)
    }

    /// A compare-and-set on the planned time: of several processes one plans, stores and posts.
    pub(crate) async fn plan_next_digest(
        &self,
        due: DueDigest,
        next: Instant,
        post: Option<DigestContent>,
    ) -> Result<bool, StoreError> {
        let mut enqueue = Enqueue::new(self, due.workspace);
        self.transaction(move |txn| {
            Box::pin(async move {
                let at = micros(due.at);
                let last = if post.is_some() { Some(due.at) } else { due.last };
                let planned = Sql::new(
                    "UPDATE digest_plan SET next_at = $1, last_at = $2 WHERE workspace_id = $3 AND team_id = $4 AND next_at = $5",
                )
                .values([
                    micros(next).into(),
                    last.map(micros).into(),
                    due.workspace.0.into(),
                    due.team.0.into(),
                    at.into(),
                ])
                .run(txn)
                .await
                .or_fault()?;
                if planned == 0 {
                    return Ok(false);
                }
                if let Some(content) = post {
                    Sql::new("INSERT INTO digests (workspace_id, team_id, at, content) VALUES ($1, $2, $3, $4)")
                        .values([
                            due.workspace.0.into(),
                            due.team.0.into(),
                            at.into(),
                            json(&content, "digests", "content")?.into(),
                        ])
                        .run(txn)
                        .await
                        .or_fault()?;
                    enqueue.push(Job::Digest { team: due.team, at: due.at });
                }
                enqueue.write(txn).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Asked in each sweep for each team: what is known to be planned costs nothing.
    pub(crate) async fn plan_first_digest(
        &self,
        workspace: WorkspaceId,
        team: TeamId,
        next: Instant,
    ) -> Result<(), StoreError> {
        let key = (workspace, team);
        if self.inner.planned.read().unwrap_or_else(PoisonError::into_inner).contains(&key) {
            return Ok(());
        }
        Sql::new(
            "INSERT INTO digest_plan (workspace_id, team_id, next_at, last_at) VALUES ($1, $2, $3, NULL)
             ON CONFLICT (workspace_id, team_id) DO NOTHING",
        )
        .values([workspace.0.into(), team.0.into(), micros(next).into()])
        .run(self.writer())
        .await
        .or_fault()?;
        self.inner.planned.write().unwrap_or_else(PoisonError::into_inner).insert(key);
        Ok(())
    }

    pub(crate) async fn find_digest(
        &self,
        workspace: WorkspaceId,
        team: TeamId,
        at: Instant,
    ) -> Result<Option<StoredDigest>, StoreError> {
        let row = Sql::new(
            "SELECT content, channel_id, message_id FROM digests WHERE workspace_id = $1 AND team_id = $2 AND at = $3",
        )
        .values([workspace.0.into(), team.0.into(), micros(at).into()])
        .one(self.reader())
        .await
        .or_fault()?;
        let Some(row) = row else { return Ok(None) };
        let row = Row::of(&row, "digests", format!("team {}, {at}", team.0));
        let posted = match row.get::<Option<i64>>("message_id")? {
            Some(_) => Some((ChannelId(row.id("channel_id")?), MessageId(row.id("message_id")?))),
            None => None,
        };
        Ok(Some(StoredDigest { content: row.json("content")?, posted }))
    }

    /// Request ids and delivered rows; digests much later, since words may have to be taken out of what was posted.
    pub(crate) async fn purge_before(&self, before: Instant) -> Result<u64, StoreError> {
        let mut gone = 0;
        for sql in [
            "DELETE FROM requests WHERE at < $1",
            "DELETE FROM outbox WHERE status = 'delivered' AND delivered_at < $1",
        ] {
            gone += Sql::new(sql).values([micros(before).into()]).run(self.writer()).await.or_fault()?;
        }
        let digests = "DELETE FROM digests WHERE at < $1 AND NOT EXISTS (SELECT 1 FROM outbox o
            WHERE o.workspace_id = digests.workspace_id AND o.kind = 'digest' AND o.status <> 'delivered')";
        let long_ago = before - chrono::TimeDelta::days(DIGESTS_KEPT_DAYS);
        gone += Sql::new(digests).values([micros(long_ago).into()]).run(self.writer()).await.or_fault()?;
        Ok(gone)
    }

    pub(crate) async fn read_note(&self, name: &str) -> Result<Option<String>, StoreError> {
        let row = Sql::new("SELECT value FROM notes WHERE name = ")
            .value(name)
            .one(self.reader())
            .await
            .or_fault()?;
        row.map(|row| Row::of(&row, "notes", name.to_owned()).get("value")).transpose()
    }

    pub(crate) async fn write_note(&self, name: &str, value: &str) -> Result<(), StoreError> {
        Sql::new("INSERT INTO notes (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
            .values([name.into(), value.into()])
            .run(self.writer())
            .await
            .or_fault()?;
        Ok(())
    }

    pub(crate) async fn answer(&self) -> Result<(), StoreError> {
        Sql::new("SELECT 1 AS one").one(self.reader()).await.or_fault()?;
        Ok(())
    }
}

/// Puts every timer of a workspace where its item and these settings say. A timer is a projection of both, so working
/// hours or times that changed move it, of ideas and of debriefs. By when something is owed is counted anew item by item
/// (`recounts.rs`); the date of an action is one that people set, and stays.
pub(crate) async fn replan(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    policy: &Policy,
) -> Result<(), StoreError> {
    for kind in [ItemKind::Suggestion, ItemKind::Debrief] {
        let (kept_in, word) = match kind {
            ItemKind::Suggestion => ("suggestions", KIND),
            ItemKind::Debrief => ("debriefs", OF_DEBRIEFS),
        };
        let rows = Sql::new("SELECT s.number, s.state, t.at FROM timers t JOIN ")
            .text(kept_in)
            .text(" s ON s.workspace_id = t.workspace_id AND s.number = t.number WHERE t.workspace_id = ")
            .value(workspace.0)
            .text(" AND t.kind = ")
            .value(word)
            .all(txn)
            .await
            .or_fault()?;
        for row in &rows {
            let row = Row::of(row, kept_in, "with a timer");
            let number = row.number("number")?;
            let row = row.joined(kept_in, number);
            let planned = match kind {
                ItemKind::Suggestion => {
                    next_timer(&row.json::<Suggestion>("state")?, policy).map(|t| (t.at, t.rule.as_str()))
                }
                ItemKind::Debrief => debrief::next_timer(&row.json::<Debrief>("state")?, policy)
                    .map(|at| (at, crate::debriefs::RULE)),
            };
            let Some((at, rule)) = planned else { continue };
            if micros(at) == row.get::<i64>("at")? {
                continue;
            }
            Sql::new(
                "UPDATE timers SET at = $1, rule = $2 WHERE workspace_id = $3 AND kind = $4 AND number = $5",
            )
            .values([micros(at).into(), rule.into()])
            .values([workspace.0.into(), word.into(), codec::number(number).into()])
            .run(txn)
            .await
            .or_fault()?;
        }
    }
    Ok(())
}
