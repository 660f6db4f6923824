//! When a workspace's people are to be looked at, and how much each of those who share a responsibility has.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use kaizen_domain::{GuildId, Instant, Load, MemberId, Number, Policy, WorkspaceId};
use kaizen_workflow::ports::{PeoplePlan, Person, StoreError, Stored};
use sea_orm::{ConnectionTrait, DbBackend, Value};

use crate::codec;
use crate::database::Database;
use crate::sql::{OrFault, Row, Sql, bits, clean, micros};
use crate::workspaces::MemberRow;

/// What is planned, where the bot is.
const PLAN: &str = "SELECT t.workspace_id, t.revision, t.next_at, t.roll_call_at FROM people_plan t
    JOIN workspaces w ON w.id = t.workspace_id AND NOT w.removed ";

/// A new workspace: nothing is open yet, and no roll call is planned.
pub(crate) async fn begin(db: &impl ConnectionTrait, workspace: WorkspaceId) -> Result<(), StoreError> {
    Sql::new(
        "INSERT INTO people_plan (workspace_id, revision, next_at, roll_call_at) VALUES ($1, 1, NULL, NULL)",
    )
    .values([workspace.0.into()])
    .run(db)
    .await
    .or_fault()?;
    Ok(())
}

/// The settings, or who holds a role, have changed: what is with the wrong person is to move at once.
pub(crate) async fn changed(db: &impl ConnectionTrait, workspace: WorkspaceId) -> Result<(), StoreError> {
    Sql::new(
        "INSERT INTO people_plan (workspace_id, revision, next_at, roll_call_at) VALUES ($1, 1, 0, NULL)
         ON CONFLICT (workspace_id) DO UPDATE SET revision = people_plan.revision + 1, next_at = 0",
    )
    .values([workspace.0.into()])
    .run(db)
    .await
    .or_fault()?;
    Ok(())
}

/// One column: how much each of these members of a workspace `w` has, as `member:open:last,…`.
pub(crate) fn loads_of(sql: Sql, backend: DbBackend, sharing: &[MemberId]) -> Sql {
    if sharing.is_empty() {
        return sql.text("NULL AS loads");
    }
    let joined = match backend {
        DbBackend::Postgres => "string_agg",
        _ => "group_concat",
    };
    let members: Vec<Value> = sharing.iter().map(|m| m.0.into()).collect();
    sql.text(&format!("(SELECT {joined}(
            CAST(x.id AS TEXT) || ':' ||
            CAST((SELECT COUNT(*) FROM suggestions n WHERE n.workspace_id = w.id AND n.responsible_id = x.id AND n.is_open) AS TEXT) || ':' ||
            CAST(COALESCE((SELECT MAX(n.number) FROM suggestions n WHERE n.workspace_id = w.id AND n.responsible_id = x.id), 0) AS TEXT),
            ',') FROM members x WHERE x.workspace_id = w.id AND x.id IN "))
        .list(members)
        .text(") AS loads")
}

/// Reads that column.
pub(crate) fn loads(row: &Row<'_>) -> Result<BTreeMap<MemberId, Load>, StoreError> {
    let mut loads = BTreeMap::new();
    for one in row.get::<Option<String>>("loads")?.unwrap_or_default().split(',').filter(|o| !o.is_empty()) {
        let mut parts = one.split(':');
        let (member, open, last) = (parts.next(), parts.next(), parts.next());
        let parsed = member.and_then(|m| m.parse().ok()).zip(open.and_then(|o| o.parse().ok()));
        let (Some((member, open)), Some(last)) = (parsed, last.and_then(|l| l.parse().ok())) else {
            return Err(row.corrupt("loads", "not how much somebody has"));
        };
        loads.insert(MemberId(member), Load { open, last });
    }
    Ok(loads)
}

impl Database {
    /// Those who shared a responsibility when the settings of this community were read last: what trip one asks about.
    pub(crate) fn sharing(&self, guild: GuildId) -> Vec<MemberId> {
        let known = self.inner.sharing.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&guild).cloned().unwrap_or_default()
    }

    /// The settings with the loads that they need. One more question only when others share than was known before.
    pub(crate) async fn with_loads(
        &self,
        guild: GuildId,
        workspace: WorkspaceId,
        policy: Arc<Policy>,
        mut loads: BTreeMap<MemberId, Load>,
    ) -> Result<Arc<Policy>, StoreError> {
        let sharing = policy.sharing();
        if sharing.iter().any(|m| !loads.contains_key(m)) {
            loads = self.read_loads(workspace, &sharing).await?;
            let mut known = self.inner.sharing.write().unwrap_or_else(PoisonError::into_inner);
            known.insert(guild, sharing);
        } else if sharing.is_empty() && !loads.is_empty() {
            self.inner.sharing.write().unwrap_or_else(PoisonError::into_inner).remove(&guild);
        }
        if loads.is_empty() { Ok(policy) } else { Ok(Arc::new(Policy { loads, ..(*policy).clone() })) }
    }

    pub(crate) async fn read_loads(
        &self,
        workspace: WorkspaceId,
        members: &[MemberId],
    ) -> Result<BTreeMap<MemberId, Load>, StoreError> {
        if members.is_empty() {
            return Ok(BTreeMap::new());
        }
        let sql = loads_of(Sql::new("SELECT "), self.inner.backend, members)
            .text(" FROM workspaces w WHERE w.id = ")
            .value(workspace.0);
        match sql.one(self.reader()).await.or_fault()? {
            Some(row) => loads(&Row::of(&row, "workspaces", workspace.0)),
            None => Ok(BTreeMap::new()),
        }
    }

    pub(crate) async fn people_due(&self, now: Instant) -> Result<Vec<PeoplePlan>, StoreError> {
        let rows = Sql::new(PLAN)
            .text(" WHERE t.next_at <= $1 OR t.roll_call_at <= $1 OR t.roll_call_at IS NULL ORDER BY t.workspace_id")
            .values([micros(now).into()])
            .all(self.reader())
            .await
            .or_fault()?;
        let mut due = Vec::with_capacity(rows.len());
        for row in &rows {
            let row = Row::of(row, "people_plan", "due");
            due.push(PeoplePlan {
                workspace: WorkspaceId(row.get("workspace_id")?),
                revision: row.get("revision")?,
                next: row.instant_or_none("next_at")?,
                roll_call: row.instant_or_none("roll_call_at")?,
            });
        }
        Ok(due)
    }

    pub(crate) async fn plan_people(
        &self,
        plan: &PeoplePlan,
        next: Option<Instant>,
    ) -> Result<bool, StoreError> {
        let changed =
            Sql::new("UPDATE people_plan SET next_at = $1 WHERE workspace_id = $2 AND revision = $3")
                .values([next.map(micros).into(), plan.workspace.0.into(), plan.revision.into()])
                .run(self.writer())
                .await
                .or_fault()?;
        Ok(changed > 0)
    }

    pub(crate) async fn move_roll_call(
        &self,
        workspace: WorkspaceId,
        from: Option<Instant>,
        to: Instant,
    ) -> Result<bool, StoreError> {
        let sql = Sql::new("UPDATE people_plan SET roll_call_at = ")
            .value(micros(to))
            .text(" WHERE workspace_id = ")
            .value(workspace.0);
        let sql = match from {
            Some(from) => sql.text(" AND roll_call_at = ").value(micros(from)),
            None => sql.text(" AND roll_call_at IS NULL"),
        };
        Ok(sql.run(self.writer()).await.or_fault()? > 0)
    }

    pub(crate) async fn list_open(
        &self,
        workspace: WorkspaceId,
        after: Number,
        limit: u32,
    ) -> Result<Vec<Stored>, StoreError> {
        let rows = Sql::new("SELECT ")
            .text(codec::LISTED)
            .text(
                " FROM suggestions s LEFT JOIN cards c ON c.workspace_id = s.workspace_id AND c.number = s.number
                 WHERE s.is_open AND s.workspace_id = $1 AND s.number > $2 ORDER BY s.number LIMIT $3",
            )
            .values([workspace.0.into(), codec::number(after).into(), i64::from(limit).into()])
            .all(self.aside())
            .await
            .or_fault()?;
        let mut open = Vec::with_capacity(rows.len());
        for row in &rows {
            open.extend(codec::stored(&Row::of(row, "suggestions", "open"), &codec::ITEM)?);
        }
        Ok(open)
    }

    /// Brings the name and the roles of a member that is known up to date.
    pub(crate) async fn see_person(
        &self,
        workspace: WorkspaceId,
        policy: &Policy,
        person: &Person,
    ) -> Result<(), StoreError> {
        let row = Sql::new("SELECT id, name, roles FROM members WHERE workspace_id = $1 AND user_id = $2")
            .values([workspace.0.into(), bits(person.user.0).into()])
            .one(self.reader())
            .await
            .or_fault()?;
        let Some(row) = row else { return Ok(()) };
        let row = Row::of(&row, "members", bits(person.user.0));
        let before = MemberRow::read(&row, row.get("id")?)?;
        if !before.is_as(person) && !clean(&person.name).is_empty() {
            self.save_person(workspace, policy, person, Some(&before)).await?;
        }
        Ok(())
    }
}
