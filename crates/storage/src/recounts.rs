//! Items whose due times are to be counted anew, since the calendar of their team has changed. They are marked in the
//! transaction that saves the settings: whatever stops the program, the rest is done when it is back.

use kaizen_domain::{Policy, TeamId, WorkspaceId};
use kaizen_workflow::ports::{Recount, StoreError};
use sea_orm::DatabaseTransaction;

use crate::codec;
use crate::database::Database;
use crate::sql::{OrFault, Row, Sql};

/// Marks every open item of the teams whose calendar is another one than before.
pub(crate) async fn mark(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    before: &Policy,
    after: &Policy,
) -> Result<(), StoreError> {
    let changed = |id: &TeamId| after.calendar(*id) != before.calendar(*id);
    let teams: Vec<_> = before.teams.iter().map(|t| t.id).filter(changed).map(|id| id.0.into()).collect();
    if teams.is_empty() {
        return Ok(());
    }
    Sql::new("INSERT INTO recounts (workspace_id, number, version) SELECT workspace_id, number, ")
        .value(after.version)
        .text(" FROM suggestions WHERE is_open AND workspace_id = ")
        .value(workspace.0)
        .text(" AND team_id IN ")
        .list(teams)
        .text(" ON CONFLICT (workspace_id, number) DO UPDATE SET version = excluded.version")
        .run(txn)
        .await
        .or_fault()?;
    Ok(())
}

impl Database {
    pub(crate) async fn marked(&self, limit: u32) -> Result<Vec<Recount>, StoreError> {
        let rows = Sql::new(
            "SELECT workspace_id, number, version FROM recounts ORDER BY workspace_id, number LIMIT ",
        )
        .value(i64::from(limit))
        .all(self.reader())
        .await
        .or_fault()?;
        let mut marked = Vec::with_capacity(rows.len());
        for row in &rows {
            let row = Row::of(row, "recounts", "marked");
            marked.push(Recount {
                workspace: WorkspaceId(row.get("workspace_id")?),
                number: row.number("number")?,
                version: row.get("version")?,
            });
        }
        Ok(marked)
    }

    pub(crate) async fn unmark(&self, recount: Recount) -> Result<(), StoreError> {
        Sql::new("DELETE FROM recounts WHERE workspace_id = $1 AND number = $2 AND version <= $3")
            .values([
                recount.workspace.0.into(),
                codec::number(recount.number).into(),
                recount.version.into(),
            ])
            .run(self.writer())
            .await
            .or_fault()?;
        Ok(())
    }
}
