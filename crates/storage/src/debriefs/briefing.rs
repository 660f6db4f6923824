//! Kinds of work, lessons in their order, and what a briefing is made of.

use kaizen_domain::debrief::{Debrief, DebriefNumber, Event, Mark, WorkKind};
use kaizen_domain::{MemberId, WorkspaceId};
use kaizen_workflow::debriefs::{ActionLine, Briefing, LessonLine};
use kaizen_workflow::ports::StoreError;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};

use super::KIND;
use crate::batch::Batch;
use crate::codec;
use crate::commit::rows_of;
use crate::database::Database;
use crate::sql::{Cell, OrFault, Row, Sql, clean, json, micros};

/// Open actions and changes that a briefing shows.
const FEW: u32 = 10;
/// Actions that `/my` shows.
const MINE: u32 = 25;

/// A kind by its folded word; of one that was merged the one that goes on. Merges lead to it at once, never by way of another.
pub(super) async fn find_kind(
    db: &impl ConnectionTrait,
    workspace: WorkspaceId,
    folded: &str,
) -> Result<Option<WorkKind>, StoreError> {
    let row = Sql::new(
        "SELECT n.folded, n.name FROM work_kinds k JOIN work_kinds n ON n.workspace_id = k.workspace_id
            AND n.folded = COALESCE(k.goes_on_as, k.folded) WHERE k.workspace_id = $1 AND k.folded = $2",
    )
    .values([workspace.0.into(), clean(folded).into()])
    .one(db)
    .await
    .or_fault()?;
    row.map(|row| kind(&Row::of(&row, "work_kinds", folded.to_owned()))).transpose()
}

fn kind(row: &Row<'_>) -> Result<WorkKind, StoreError> {
    Ok(WorkKind { name: row.get("name")?, folded: row.get("folded")? })
}

/// The folded word of the kind that a debrief belongs to; with `make` a new kind is known from here on.
pub(super) async fn known_kind(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    kind: &WorkKind,
    make: bool,
) -> Result<String, StoreError> {
    if make {
        Sql::new("INSERT INTO work_kinds (workspace_id, folded, name) VALUES ($1, $2, $3)")
            .text(" ON CONFLICT (workspace_id, folded) DO NOTHING")
            .values([workspace.0.into(), clean(&kind.folded).into(), clean(&kind.name).into()])
            .run(txn)
            .await
            .or_fault()?;
    }
    let known = find_kind(txn, workspace, &kind.folded).await?;
    Ok(known.map_or_else(|| clean(&kind.folded), |k| k.folded))
}

/// The lessons that these events changed, as the state has them now.
pub(super) fn lessons(
    batch: &mut Batch,
    (workspace, number, kind): (WorkspaceId, DebriefNumber, &str),
    after: &Debrief,
    events: &[Event],
) -> Result<(), StoreError> {
    let mut changed: Vec<u32> = events.iter().filter_map(|e| e.fact.lesson()).collect();
    changed.sort_unstable();
    changed.dedup();
    let mut rows: Vec<[Cell; 9]> = Vec::new();
    for place in changed {
        let Some((item, lesson)) = after.item(place).and_then(|i| Some((i, i.lesson.as_ref()?))) else {
            continue;
        };
        rows.push([
            workspace.0.into(),
            i64::from(number.0).into(),
            i64::from(place).into(),
            kind.into(),
            lesson.rank().into(),
            micros(lesson.kept_at).into(),
            i64::try_from(lesson.count(Mark::Used)).unwrap_or(i64::MAX).into(),
            lesson.retired.into(),
            json(&item.text, "lessons", "body")?.into(),
        ]);
    }
    let insert = "INSERT INTO lessons (workspace_id, number, item, work_kind, rank, kept_at, used, retired, body) VALUES ";
    let kept =
        " ON CONFLICT (workspace_id, number, item) DO UPDATE SET rank = excluded.rank, used = excluded.used,
        retired = excluded.retired, body = excluded.body";
    rows_of(batch, insert, rows, kept);
    Ok(())
}

/// Lessons of a kind, the best first: read backwards from the index `lessons_by_rank`.
pub const LESSONS: &str =
    "SELECT l.number, l.item, l.kept_at, l.used, l.body, c.channel_id, c.message_id, c.thread_id
    FROM lessons l LEFT JOIN debrief_places c ON c.workspace_id = l.workspace_id AND c.number = l.number
    WHERE l.workspace_id = $1 AND l.work_kind = $2 AND NOT l.retired AND l.number <> $3
    ORDER BY l.rank DESC, l.number DESC, l.item DESC";

const ACTIONS: &str =
    "SELECT r.number, r.entry, r.member_id, r.due_at, d.state, c.channel_id, c.message_id, c.thread_id
    FROM required_responses r JOIN debriefs d ON d.workspace_id = r.workspace_id AND d.number = r.number
    LEFT JOIN debrief_places c ON c.workspace_id = d.workspace_id AND c.number = d.number
    WHERE r.workspace_id = $1 AND r.kind || '' = $2 AND r.state = 'open'";

impl Database {
    pub(super) async fn read_kinds(
        &self,
        workspace: WorkspaceId,
        folded: &str,
        limit: u32,
    ) -> Result<Vec<WorkKind>, StoreError> {
        let pattern = |s: &str| clean(s).replace(['%', '_', '\\'], "");
        let rows = Sql::new(
            "SELECT folded, name FROM work_kinds WHERE workspace_id = $1 AND goes_on_as IS NULL AND folded LIKE $2
             ORDER BY CASE WHEN folded LIKE $3 THEN 0 ELSE 1 END, folded LIMIT $4",
        )
        .values([
            workspace.0.into(),
            format!("%{}%", pattern(folded)).into(),
            format!("{}%", pattern(folded)).into(),
            i64::from(limit).into(),
        ])
        .all(self.aside())
        .await
        .or_fault()?;
        rows.iter().map(|row| kind(&Row::of(row, "work_kinds", "listed"))).collect()
    }

    pub(super) async fn write_merged_kinds(
        &self,
        workspace: WorkspaceId,
        from: &WorkKind,
        into: &WorkKind,
    ) -> Result<bool, StoreError> {
        let (from, into) = (clean(&from.folded), clean(&into.folded));
        self.transaction(move |txn| {
            Box::pin(async move {
                let there =
                    find_kind(txn, workspace, &from).await?.zip(find_kind(txn, workspace, &into).await?);
                if there.is_none_or(|(from, into)| from == into) {
                    return Ok(false);
                }
                // What had been merged into the one that ends goes on in the other as well.
                for (table, column) in [
                    ("work_kinds", "goes_on_as"),
                    ("debriefs", "work_kind"),
                    ("lessons", "work_kind"),
                    ("debrief_ideas", "work_kind"),
                ] {
                    let sql =
                        format!("UPDATE {table} SET {column} = $1 WHERE workspace_id = $2 AND {column} = $3");
                    let values = [into.clone().into(), workspace.0.into(), from.clone().into()];
                    Sql::new(&sql).values(values).run(txn).await.or_fault()?;
                }
                Sql::new("UPDATE work_kinds SET goes_on_as = $1 WHERE workspace_id = $2 AND folded = $3")
                    .values([into.into(), workspace.0.into(), from.into()])
                    .run(txn)
                    .await
                    .or_fault()?;
                Ok(true)
            })
        })
        .await
    }

    pub(super) async fn read_briefing(
        &self,
        workspace: WorkspaceId,
        kind: &WorkKind,
        (from, size): (u32, u32),
        except: Option<DebriefNumber>,
    ) -> Result<Briefing, StoreError> {
        let folded = clean(&kind.folded);
        let except = except.map_or(0, |n| i64::from(n.0));
        // Limits are written out: SQLite makes a new plan for every value of a limit that is bound.
        let page = format!("{LESSONS} LIMIT {} OFFSET {from}", size.saturating_add(1));
        let rows = Sql::new(&page).values([workspace.0.into(), folded.clone().into(), except.into()]);
        let rows = rows.all(self.aside()).await.or_fault()?;
        let mut lessons = rows.iter().map(lesson).collect::<Result<Vec<_>, _>>()?;
        let more = lessons.len() > size as usize;
        lessons.truncate(size as usize);
        let actions = Sql::new(ACTIONS)
            .values([workspace.0.into(), KIND.into()])
            .text(" AND d.work_kind = $3 AND d.number <> $4")
            .values([folded.clone().into(), except.into()])
            .text(&format!(" ORDER BY r.due_at, r.number, r.entry LIMIT {FEW}"));
        let changes = Sql::new("SELECT ")
            .text(codec::LISTED)
            .text(&format!(
                " FROM debrief_ideas i JOIN suggestions s ON s.workspace_id = i.workspace_id AND s.number = i.suggestion
                 LEFT JOIN cards c ON c.workspace_id = s.workspace_id AND c.number = s.number
                 WHERE i.workspace_id = $1 AND i.work_kind = $2 AND s.stage = 'verified'
                 ORDER BY s.updated_at DESC LIMIT {FEW}"
            ))
            .values([workspace.0.into(), folded.into()]);
        let mut changes = self.listed(changes).await?;
        // Newest first, by when it was found to help.
        changes.sort_by_key(|c| std::cmp::Reverse(c.suggestion.outcome.as_ref().map(|o| o.at)));
        Ok(Briefing { kind: kind.clone(), actions: self.actions(actions).await?, lessons, more, changes })
    }

    pub(super) async fn read_actions_of(
        &self,
        workspace: WorkspaceId,
        member: MemberId,
    ) -> Result<Vec<ActionLine>, StoreError> {
        let sql = Sql::new(ACTIONS)
            .values([workspace.0.into(), KIND.into()])
            .text(" AND r.member_id = $3")
            .values([member.0.into()])
            .text(&format!(" ORDER BY r.due_at, r.number, r.entry LIMIT {MINE}"));
        self.actions(sql).await
    }

    async fn actions(&self, sql: Sql) -> Result<Vec<ActionLine>, StoreError> {
        let rows = sql.all(self.aside()).await.or_fault()?;
        let mut lines = Vec::with_capacity(rows.len());
        for row in &rows {
            let row = Row::of(row, "required_responses", "of debriefs");
            let (number, entry) = (super::number(&row)?, row.get::<i64>("entry")?);
            let row = row.joined("debriefs", i64::from(number.0));
            let debrief: Debrief = row.json("state")?;
            let entry = u32::try_from(entry).map_err(|_| row.corrupt("entry", "not a place in a ledger"))?;
            let (action, _) =
                debrief.action(entry).ok_or_else(|| row.corrupt("state", "an entry without its action"))?;
            lines.push(ActionLine {
                number,
                entry,
                text: action.text.clone(),
                work: debrief.work.clone(),
                by: MemberId(row.get("member_id")?),
                due: row.instant("due_at")?,
                place: codec::card(&row, &codec::ITEM)?,
            });
        }
        Ok(lines)
    }
}

fn lesson(row: &QueryResult) -> Result<LessonLine, StoreError> {
    let row = Row::of(row, "lessons", "of a kind");
    let number = super::number(&row)?;
    let row = row.joined("lessons", i64::from(number.0));
    let count = |column: &'static str| {
        u32::try_from(row.get::<i64>(column)?).map_err(|_| row.corrupt(column, "not a count"))
    };
    Ok(LessonLine {
        number,
        item: count("item")?,
        text: row.json("body")?,
        kept_at: row.instant("kept_at")?,
        used: count("used")?,
        place: codec::card(&row, &codec::ITEM)?,
    })
}
