//! Debriefs and lessons counted, and the lessons that a digest tells of.

use kaizen_domain::debrief::Debrief;
use kaizen_domain::{Instant, TeamId, WorkspaceId};
use kaizen_workflow::digest::DigestLesson;
use kaizen_workflow::measures::{Counting, LookedBack, held};
use kaizen_workflow::ports::StoreError;

use crate::codec;
use crate::database::Database;
use crate::sql::{OrFault, Row, Sql, micros};

/// Debriefs that were closed in a period: found in the index `debriefs_closed`. The kind is written out, since a partial index
/// is of no use to a bound one.
pub const DEBRIEFS_CLOSED: &str = "SELECT d.number, d.state FROM events e
    JOIN debriefs d ON d.workspace_id = e.workspace_id AND d.number = e.number
    WHERE e.workspace_id = $1 AND e.kind = 'debrief' AND e.fact = 'closed' AND e.at > $2 AND e.at <= $3";

/// Lessons counted, those kept in a period and those that are shown: read from the index `lessons_counted` alone.
pub const LESSONS_COUNTED: &str =
    "SELECT COUNT(CASE WHEN l.kept_at > $2 AND l.kept_at <= $3 THEN 1 END) AS kept,
        COUNT(CASE WHEN NOT l.retired THEN 1 END) AS shown,
        COUNT(CASE WHEN NOT l.retired AND l.used > 0 THEN 1 END) AS used
    FROM lessons l WHERE l.workspace_id = $1";

impl Database {
    pub(crate) async fn count_debriefs(
        &self,
        workspace: WorkspaceId,
        of: &Counting,
    ) -> Result<LookedBack, StoreError> {
        let period = [workspace.0.into(), micros(of.since).into(), micros(of.until).into()];
        // When a debrief was closed stands in its history.
        let of_team = of.team.map(|team| format!(" AND d.team_id = {}", team.0)).unwrap_or_default();
        let closed = format!("{DEBRIEFS_CLOSED}{of_team}");
        let rows = Sql::new(&closed).values(period.clone());
        let mut all = LookedBack::default();
        for row in &rows.all(self.aside()).await.or_fault()? {
            let row = Row::of(row, "debriefs", "of a period");
            let number = super::number(&row)?;
            let debrief: Debrief = row.joined("debriefs", i64::from(number.0)).json("state")?;
            all = all.and(held(&debrief, of));
        }
        let lessons = match of.team {
            Some(team) => format!(
                "{LESSONS_COUNTED} AND l.number IN (SELECT d.number FROM debriefs d WHERE d.workspace_id = $1 AND d.team_id = {})",
                team.0
            ),
            None => LESSONS_COUNTED.to_owned(),
        };
        if let Some(row) = Sql::new(&lessons).values(period).one(self.aside()).await.or_fault()? {
            let row = Row::of(&row, "lessons", "counted");
            let number = |column| row.get::<i64>(column).map(i64::unsigned_abs);
            (all.kept, all.shown, all.used) = (number("kept")?, number("shown")?, number("used")?);
        }
        Ok(all)
    }

    pub(crate) async fn list_lessons_kept(
        &self,
        workspace: WorkspaceId,
        team: TeamId,
        (since, until): (Instant, Instant),
        limit: u32,
    ) -> Result<Vec<DigestLesson>, StoreError> {
        let rows = Sql::new(&format!(
            "SELECT l.number, l.item, l.body, k.name, c.channel_id, c.message_id, c.thread_id FROM lessons l
             JOIN debriefs d ON d.workspace_id = l.workspace_id AND d.number = l.number
             JOIN work_kinds k ON k.workspace_id = l.workspace_id AND k.folded = l.work_kind
             LEFT JOIN debrief_places c ON c.workspace_id = l.workspace_id AND c.number = l.number
             WHERE l.workspace_id = $1 AND d.team_id = $2 AND l.kept_at > $3 AND l.kept_at <= $4 AND NOT l.retired
             ORDER BY l.kept_at, l.number, l.item LIMIT {limit}"
        ))
        .values([workspace.0.into(), team.0.into(), micros(since).into(), micros(until).into()])
        .all(self.aside())
        .await
        .or_fault()?;
        rows.iter()
            .map(|row| {
                let row = Row::of(row, "lessons", "of a digest");
                let debrief = super::number(&row)?;
                let row = row.joined("lessons", i64::from(debrief.0));
                let item =
                    u32::try_from(row.get::<i64>("item")?).map_err(|_| row.corrupt("item", "not a place"))?;
                let (kind, text, place) =
                    (row.get("name")?, row.json("body")?, codec::card(&row, &codec::ITEM)?);
                Ok(DigestLesson { debrief, item, kind, text, place })
            })
            .collect()
    }
}
