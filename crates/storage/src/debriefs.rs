//! Debriefs: the other kind of item. History, ledger, timers, requests and outbox are the tables and the statements that ideas
//! use; the row, the lessons and the kinds of work are here.

use async_trait::async_trait;
use kaizen_domain::debrief::protocol::EVENT_FORMAT;
use kaizen_domain::debrief::{DebriefNumber, Event, WorkKind};
use kaizen_domain::{ItemKind, MemberId, WorkspaceId};
use kaizen_workflow::debriefs::{
    ActionLine, Briefing, DebriefChange, DebriefCommitted, DebriefLedger, DebriefRef, DebriefStep, Debriefs,
    StoredDebrief,
};
use kaizen_workflow::ports::{LedgerLine, StoreError};
use sea_orm::ConnectionTrait;

use crate::codec;
use crate::database::Database;
use crate::sql::{OrFault, Row, Sql, bits};

mod briefing;
mod commit;
mod forget;
mod measures;
mod redact;

pub use briefing::LESSONS;
pub(crate) use commit::RULE;
pub(crate) use forget::forget;
pub use measures::{DEBRIEFS_CLOSED, LESSONS_COUNTED};

/// The word of this kind of item in the tables that all kinds share.
pub(crate) const KIND: &str = ItemKind::Debrief.as_str();

/// A row of `debriefs d LEFT JOIN debrief_places c`.
const LOADED: &str = "SELECT d.number, d.version, d.state, c.channel_id, c.message_id, c.thread_id FROM debriefs d
    LEFT JOIN debrief_places c ON c.workspace_id = d.workspace_id AND c.number = d.number WHERE d.workspace_id = ";

pub(crate) fn number(row: &Row<'_>) -> Result<DebriefNumber, StoreError> {
    row.number("number").map(|n| DebriefNumber(n.0))
}

async fn history(
    db: &impl ConnectionTrait,
    workspace: WorkspaceId,
    number: DebriefNumber,
) -> Result<Vec<DebriefStep>, StoreError> {
    let rows = Sql::new(
        "SELECT seq, at, actor, member_id, format, body FROM events
         WHERE workspace_id = $1 AND kind = $2 AND number = $3 ORDER BY seq",
    )
    .values([workspace.0.into(), KIND.into(), i64::from(number.0).into()])
    .all(db)
    .await
    .or_fault()?;
    rows.iter()
        .map(|row| {
            let row = Row::of(row, "events", i64::from(number.0));
            let (seq, at, by, fact) = codec::event(&row, EVENT_FORMAT)?;
            Ok(DebriefStep { seq, event: Event { at, by, fact } })
        })
        .collect()
}

#[async_trait]
impl Debriefs for Database {
    async fn load_debrief(
        &self,
        workspace: WorkspaceId,
        which: DebriefRef,
    ) -> Result<Option<StoredDebrief>, StoreError> {
        let sql = Sql::new(LOADED).value(workspace.0);
        let sql = match which {
            DebriefRef::Number(number) => sql.text(" AND d.number = ").value(i64::from(number.0)),
            DebriefRef::Thread(thread) => sql
                .text(" AND d.number = (SELECT t.number FROM debrief_places t WHERE t.workspace_id = ")
                .value(workspace.0)
                .text(" AND t.thread_id = ")
                .value(bits(thread.0))
                .text(")"),
        };
        let Some(row) = sql.one(self.reader()).await.or_fault()? else { return Ok(None) };
        let row = Row::of(&row, "debriefs", "loaded");
        let number = number(&row)?;
        let row = row.joined("debriefs", i64::from(number.0));
        Ok(Some(StoredDebrief {
            number,
            version: row.get("version")?,
            debrief: row.json("state")?,
            place: codec::card(&row, &codec::ITEM)?,
        }))
    }

    async fn commit_debrief(&self, change: &DebriefChange) -> Result<DebriefCommitted, StoreError> {
        self.commit_debrief_change(change, None).await
    }

    async fn debrief_history(
        &self,
        workspace: WorkspaceId,
        number: DebriefNumber,
    ) -> Result<Vec<DebriefStep>, StoreError> {
        history(self.reader(), workspace, number).await
    }

    async fn find_kind(&self, workspace: WorkspaceId, folded: &str) -> Result<Option<WorkKind>, StoreError> {
        briefing::find_kind(self.reader(), workspace, folded).await
    }

    async fn list_kinds(
        &self,
        workspace: WorkspaceId,
        folded: &str,
        limit: u32,
    ) -> Result<Vec<WorkKind>, StoreError> {
        self.read_kinds(workspace, folded, limit).await
    }

    async fn merge_kinds(
        &self,
        workspace: WorkspaceId,
        from: &WorkKind,
        into: &WorkKind,
    ) -> Result<bool, StoreError> {
        self.write_merged_kinds(workspace, from, into).await
    }

    async fn briefing(
        &self,
        workspace: WorkspaceId,
        kind: &WorkKind,
        page: (u32, u32),
        except: Option<DebriefNumber>,
    ) -> Result<Briefing, StoreError> {
        self.read_briefing(workspace, kind, page, except).await
    }

    async fn actions_of(
        &self,
        workspace: WorkspaceId,
        member: MemberId,
    ) -> Result<Vec<ActionLine>, StoreError> {
        self.read_actions_of(workspace, member).await
    }

    async fn action_owners(
        &self,
        workspace: WorkspaceId,
    ) -> Result<Vec<(DebriefNumber, MemberId)>, StoreError> {
        let rows = Sql::new(
            "SELECT DISTINCT number, member_id FROM required_responses
             WHERE workspace_id = $1 AND kind || '' = $2 AND state = 'open' ORDER BY number, member_id",
        )
        .values([workspace.0.into(), KIND.into()])
        .all(self.reader())
        .await
        .or_fault()?;
        rows.iter()
            .map(|row| {
                let row = Row::of(row, "required_responses", "of debriefs");
                Ok((number(&row)?, MemberId(row.get("member_id")?)))
            })
            .collect()
    }

    async fn debriefs_of(
        &self,
        workspace: WorkspaceId,
        member: MemberId,
    ) -> Result<Vec<DebriefNumber>, StoreError> {
        Ok(forget::concerned(self.aside(), workspace, member).await?.into_iter().collect())
    }

    async fn debrief_numbers(&self, workspace: WorkspaceId) -> Result<Vec<DebriefNumber>, StoreError> {
        let rows = Sql::new("SELECT number FROM debriefs WHERE workspace_id = ").value(workspace.0);
        let rows = rows.text(" ORDER BY number").all(self.aside()).await.or_fault()?;
        rows.iter().map(|row| number(&Row::of(row, "debriefs", "listed"))).collect()
    }

    async fn debrief_ledger(
        &self,
        workspace: WorkspaceId,
        number: DebriefNumber,
    ) -> Result<DebriefLedger, StoreError> {
        let key = || [workspace.0.into(), KIND.into(), i64::from(number.0).into()];
        let rows = Sql::new(
            "SELECT number, entry, owed, member_id, due_at, state, state_at FROM required_responses
             WHERE workspace_id = $1 AND kind = $2 AND number = $3 ORDER BY entry",
        )
        .values(key())
        .all(self.aside())
        .await
        .or_fault()?;
        let lines = rows.iter().map(|row| codec::ledger_line(&Row::of(row, "required_responses", "listed")));
        let lines = lines.collect::<Result<Vec<LedgerLine>, _>>()?;
        let timer = Sql::new("SELECT at FROM timers WHERE workspace_id = $1 AND kind = $2 AND number = $3")
            .values(key())
            .one(self.aside())
            .await
            .or_fault()?;
        let timer =
            timer.map(|row| Row::of(&row, "timers", i64::from(number.0)).instant("at")).transpose()?;
        Ok(DebriefLedger { lines, timer })
    }
}
