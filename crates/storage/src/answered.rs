//! Who has answered the present question "does it work?" of an idea. What they answered stands in no row that names them.

use kaizen_domain::suggestion::Answered;
use kaizen_domain::{MemberId, Number, WorkspaceId};
use kaizen_workflow::ports::{ItemCommit, StoreError};
use sea_orm::DatabaseTransaction;

use crate::batch::Batch;
use crate::codec;
use crate::database::Database;
use crate::sql::{Cell, OrFault, Row, Sql};

impl Database {
    pub(crate) async fn read_answered(
        &self,
        workspace: WorkspaceId,
        number: Number,
        member: MemberId,
    ) -> Result<Answered, StoreError> {
        let row = Sql::new(
            "SELECT COUNT(*) AS everybody, COUNT(CASE WHEN member_id = $3 THEN 1 END) AS own
             FROM answered WHERE workspace_id = $1 AND number = $2",
        )
        .values([workspace.0.into(), codec::number(number).into(), member.0.into()])
        .one(self.reader())
        .await
        .or_fault()?
        .ok_or(StoreError::Conflict)?;
        let row = Row::of(&row, "answered", number);
        let (everybody, own): (i64, i64) = (row.get("everybody")?, row.get("own")?);
        Ok(Answered { own: own > 0, others: everybody > own })
    }
}

/// With a change of an item: whoever answered is written down, apart from what; when the question ends all of them go.
pub(crate) fn write(batch: &mut Batch, workspace: WorkspaceId, item: &ItemCommit, number: &Cell) {
    if item.number.is_some() && item.events.iter().any(|e| e.fact.ends_question()) {
        let key = [Cell::from(workspace.0), number.clone()];
        batch.step(|sql| {
            sql.text("DELETE FROM answered WHERE (workspace_id, number) = (").cells(key).text(")")
        });
    }
    if let Some(member) = item.answered_by {
        let row = [Cell::from(workspace.0), number.clone(), member.0.into()];
        batch.step(|sql| {
            sql.text("INSERT INTO answered (workspace_id, number, member_id) VALUES ")
                .row_of(row, "")
                .text(" ON CONFLICT (workspace_id, number, member_id) DO NOTHING")
        });
    }
}

/// Somebody asked to be forgotten: that they answered goes, their answers stay in the counts.
pub(crate) async fn forget(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    member: MemberId,
) -> Result<(), StoreError> {
    Sql::new("DELETE FROM answered WHERE workspace_id = $1 AND member_id = $2")
        .values([workspace.0.into(), member.0.into()])
        .run(txn)
        .await
        .or_fault()?;
    Ok(())
}
