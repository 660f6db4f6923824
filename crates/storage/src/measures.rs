//! The ledger counted. Two partial indexes carry the two halves of the statement: what was given in a period, and what is open.

use kaizen_domain::{Instant, RequirementKind, TeamId, WorkspaceId};
use kaizen_workflow::measures::{Counting, Kept, KeptLine};
use kaizen_workflow::ports::{Listed, StoreError};

use crate::codec;
use crate::commit::KIND;
use crate::database::Database;
use crate::debriefs::KIND as OF_DEBRIEFS;
use crate::queries::select;
use crate::sql::{OrFault, Row, Sql, micros};

/// `$1` workspace, `$2` kind of item, `$3` and `$4` the period.
const GIVEN: &str = "SELECT s.team_id, r.owed,
        COUNT(CASE WHEN r.state_at <= r.due_at THEN 1 END) AS in_time,
        COUNT(CASE WHEN r.state_at > r.due_at THEN 1 END) AS late, 0 AS overdue, 0 AS opened
    FROM required_responses r JOIN suggestions s ON s.workspace_id = r.workspace_id AND s.number = r.number
    WHERE r.workspace_id = $1 AND r.kind = $2 AND r.state = 'fulfilled' AND r.state_at > $3 AND r.state_at <= $4";
/// The kind is no column here, or SQLite reads the whole ledger by its key instead of what is open by its index.
const OWED: &str = "SELECT s.team_id, r.owed, 0 AS in_time, 0 AS late,
        COUNT(CASE WHEN r.due_at < $4 THEN 1 END) AS overdue, COUNT(*) AS opened
    FROM required_responses r JOIN suggestions s ON s.workspace_id = r.workspace_id AND s.number = r.number
    WHERE r.workspace_id = $1 AND r.kind || '' = $2 AND r.state = 'open'";

impl Database {
    pub(crate) async fn count_promise(
        &self,
        workspace: WorkspaceId,
        of: &Counting,
    ) -> Result<Vec<KeptLine>, StoreError> {
        let mut only = String::new();
        if let Some(team) = of.team {
            only.push_str(&format!(" AND s.team_id = {}", team.0));
        }
        if let Some(member) = of.member {
            only.push_str(&format!(" AND r.member_id = {}", member.0));
        }
        let group = " GROUP BY s.team_id, r.owed";
        let of_debriefs =
            |sql: &str| sql.replace("JOIN suggestions s", "JOIN debriefs s").replace("$2", "$5");
        let (given, owed) = (of_debriefs(GIVEN), of_debriefs(OWED));
        let rows = Sql::new(&format!(
            "{GIVEN}{only}{group} UNION ALL {OWED}{only}{group} UNION ALL {given}{only}{group} UNION ALL {owed}{only}{group}"
        ))
            .values([workspace.0.into(), KIND.into(), micros(of.since).into(), micros(of.until).into()])
            .values([OF_DEBRIEFS.into()])
            .all(self.aside())
            .await
            .or_fault()?;
        let mut lines: Vec<KeptLine> = Vec::new();
        for row in &rows {
            let row = Row::of(row, "required_responses", "counted");
            let (team, kind) = (TeamId(row.get("team_id")?), codec::requirement_kind(&row, "owed")?);
            let number = |column| row.get::<i64>(column).map(i64::unsigned_abs);
            let kept = Kept {
                in_time: number("in_time")?,
                late: number("late")?,
                overdue: number("overdue")?,
                open: number("opened")?,
            };
            match lines.iter_mut().find(|l| l.team == team && l.kind == kind) {
                Some(line) => line.kept = line.kept.and(kept),
                None => lines.push(KeptLine { team, kind, kept }),
            }
        }
        lines.sort_by_key(|l| (l.team, l.kind));
        Ok(lines)
    }

    pub(crate) async fn list_overdue(
        &self,
        workspace: WorkspaceId,
        team: Option<TeamId>,
        now: Instant,
        limit: u32,
    ) -> Result<Vec<Listed>, StoreError> {
        let promised = RequirementKind::ALL.into_iter().filter(|k| k.is_promised());
        let mut sql = select(workspace)
            .text(" AND s.number IN (SELECT r.number FROM required_responses r WHERE r.workspace_id = ")
            .value(workspace.0)
            .text(" AND r.kind = ")
            .value(KIND)
            .text(" AND r.state = 'open' AND r.due_at < ")
            .value(micros(now))
            .text(" AND r.owed IN ")
            .list(promised.map(|k| k.as_str().into()))
            .text(")");
        if let Some(team) = team {
            sql = sql.text(" AND s.team_id = ").value(team.0);
        }
        self.listed(sql.text(" ORDER BY s.due_at, s.number LIMIT ").value(i64::from(limit))).await
    }
}
