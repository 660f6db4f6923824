//! Taking words out of something in a debrief: out of its events, an item's lesson, and every message that quotes it.

use kaizen_domain::debrief::{Debrief, DebriefNumber, Piece};
use kaizen_domain::{ChannelId, Instant, MessageId, Text, WorkspaceId};
use kaizen_workflow::debriefs::{DebriefJob, DebriefStep, PieceRedaction};
use kaizen_workflow::erasing::places_in_debrief;
use kaizen_workflow::outbox::Job;
use kaizen_workflow::ports::{RemindedOf, StoreError};
use sea_orm::DatabaseTransaction;

use super::{KIND, history};
use crate::enqueue::without_in_reminders;
use crate::erasures;
use crate::redact::lessons_in_digests;
use crate::sql::{OrFault, Row, Sql, json, micros};

/// In the transaction that writes the row without the words. Returns the messages that are made anew. Where the words stood is
/// written down as an erasure, under `name` if it has one already.
pub(super) async fn redact(
    txn: &DatabaseTransaction,
    (workspace, number, after): (WorkspaceId, DebriefNumber, &Debrief),
    redaction: &PieceRedaction,
    at: Instant,
    name: Option<String>,
) -> Result<Vec<Job>, StoreError> {
    let id = i64::from(number.0);
    let piece = redaction.piece;
    let (mut places, mut quoting, mut text, mut since) = (Vec::new(), Vec::new(), None, None);
    for step in history(txn, workspace, number).await? {
        let fact = step.event.fact;
        if fact.quotes(piece) {
            quoting.push(step.seq);
        }
        let clean = redaction.clean(fact.clone());
        if let Some(now) = clean.says_of(piece) {
            text = Some(now.clone());
            since = since.or(Some(step.event.at));
        }
        if clean == fact {
            continue;
        }
        places.extend(places_in_debrief(&fact, step.seq, &redaction.words));
        Sql::new(
            "UPDATE events SET body = $5 WHERE workspace_id = $1 AND kind = $2 AND number = $3 AND seq = $4",
        )
        .values([workspace.0.into(), KIND.into(), id.into(), step.seq.into()])
        .values([json(&clean, "events", "body")?.into()])
        .run(txn)
        .await
        .or_fault()?;
    }
    erasures::debrief_words(txn, (workspace, number, piece), at, places, name).await?;
    if let Piece::Action(_) = piece {
        quoting.push(DebriefStep::REMINDER);
    }
    let mut jobs = rewritten(txn, (workspace, number), Some(&quoting)).await?;
    match (piece, since) {
        (Piece::Item(item), _) => {
            if let Some(lesson) = after.item(item).and_then(|item| item.lesson.as_ref()) {
                // Its row was written with the commit; a lesson without its words is none.
                if text == Some(Text::Erased) {
                    Sql::new("DELETE FROM lessons WHERE workspace_id = $1 AND number = $2 AND item = $3")
                        .values([workspace.0.into(), id.into(), i64::from(item).into()])
                        .run(txn)
                        .await
                        .or_fault()?;
                }
                let clean = |place: u32, text: &Text| {
                    if place == item { text.without(&redaction.words) } else { text.clone() }
                };
                jobs.extend(lessons_in_digests(txn, workspace, number, &clean).await?);
                jobs.extend(briefings(txn, (workspace, number), lesson.kept_at).await?);
            }
        }
        // Briefings name what is still to be done.
        (Piece::Action(_), Some(since)) => jobs.extend(briefings(txn, (workspace, number), since).await?),
        (Piece::Action(_), None) | (Piece::Title | Piece::Summary, _) => {}
    }
    Ok(jobs)
}

/// What was sent about these steps, or about all; what is being sent right now is made anew once it is written down.
pub(super) async fn rewritten(
    txn: &DatabaseTransaction,
    (workspace, number): (WorkspaceId, DebriefNumber),
    steps: Option<&[i64]>,
) -> Result<Vec<Job>, StoreError> {
    Sql::new(
        "UPDATE outbox SET revision = revision + 1
         WHERE workspace_id = $1 AND (order_key = $2 OR order_key LIKE $3) AND status = 'pending'
            AND kind IN ('open', 'post', 'direct')",
    )
    .values([workspace.0.into(), DebriefJob::Briefing.order_key(number).into()])
    .values([format!("d/{}/dm/%", number.0).into()])
    .run(txn)
    .await
    .or_fault()?;
    if steps.is_none_or(|steps| steps.contains(&DebriefStep::REMINDER)) {
        without_in_reminders(txn, workspace, RemindedOf::Debrief(number, None)).await?;
    }
    if steps.is_some_and(<[i64]>::is_empty) {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(SENT).values([workspace.0.into(), i64::from(number.0).into()]);
    if let Some(steps) = steps {
        sql = sql.text(" AND seq IN ").list(steps.iter().map(|seq| (*seq).into()));
    }
    anew(txn, sql).await
}

/// The briefings that threads of such work began with since then, and those that are being sent.
pub(super) async fn briefings(
    txn: &DatabaseTransaction,
    (workspace, number): (WorkspaceId, DebriefNumber),
    since: Instant,
) -> Result<Vec<Job>, StoreError> {
    let of = " number IN (SELECT d.number FROM debriefs d JOIN debriefs l ON l.workspace_id = d.workspace_id
            AND l.work_kind = d.work_kind WHERE l.workspace_id = $1 AND l.number = $2 AND d.number <> $2 AND d.started_at >= $3)";
    let values = || [workspace.0.into(), i64::from(number.0).into(), micros(since).into()];
    let begun = format!("SELECT number FROM debriefs WHERE workspace_id = $1 AND {of}");
    let rows = Sql::new(&begun).values(values()).all(txn).await.or_fault()?;
    for row in &rows {
        let other = super::number(&Row::of(row, "debriefs", "of a kind"))?;
        Sql::new(
            "UPDATE outbox SET revision = revision + 1
             WHERE workspace_id = $1 AND order_key = $2 AND status = 'pending' AND kind = 'post'",
        )
        .values([workspace.0.into(), DebriefJob::Briefing.order_key(other).into()])
        .run(txn)
        .await
        .or_fault()?;
    }
    let sent = format!(
        "SELECT number, seq, direct_to, channel_id, message_id FROM debrief_postings WHERE workspace_id = $1 AND {of} AND seq = {}",
        DebriefStep::BRIEFING
    );
    anew(txn, Sql::new(&sent).values(values())).await
}

/// What was sent about a debrief.
const SENT: &str = "SELECT number, seq, direct_to, channel_id, message_id FROM debrief_postings
    WHERE workspace_id = $1 AND number = $2";

async fn anew(txn: &DatabaseTransaction, sent: Sql) -> Result<Vec<Job>, StoreError> {
    let rows = sent.text(" ORDER BY id").all(txn).await.or_fault()?;
    rows.iter()
        .map(|row| {
            let row = Row::of(row, "debrief_postings", "rewritten");
            let about = DebriefJob::Rewrite {
                seq: row.get("seq")?,
                direct: row.get::<Option<i64>>("direct_to")?.is_some(),
                channel: ChannelId(row.id("channel_id")?),
                message: MessageId(row.id("message_id")?),
            };
            Ok(Job::Debrief { debrief: super::number(&row)?, about })
        })
        .collect()
}
