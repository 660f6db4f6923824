//! Reading, each query within one workspace.

use std::collections::{BTreeMap, HashMap};
use std::sync::PoisonError;

use kaizen_domain::{ChannelId, MemberId, Number, TeamId, UserId, WorkspaceId};
use kaizen_workflow::ports::{LedgerLine, ListFilter, Listed, Mine, Page, People, Step, StoreError, Stored};

use crate::codec;
use crate::commit::KIND;
use crate::database::Database;
use crate::sql::{OrFault, Row, Sql, bits, clean, micros};

/// How many lines `/my` shows of each kind.
const MINE: i64 = 100;

const FROM: &str = " FROM suggestions s LEFT JOIN cards c ON c.workspace_id = s.workspace_id AND c.number = s.number WHERE s.workspace_id = ";

impl Database {
    pub(crate) async fn find_item(
        &self,
        workspace: WorkspaceId,
        number: Number,
    ) -> Result<Option<Stored>, StoreError> {
        let row = select(workspace).text(" AND s.number = ").value(codec::number(number));
        match row.one(self.reader()).await.or_fault()? {
            Some(row) => codec::stored(&Row::of(&row, "suggestions", number), &codec::ITEM),
            None => Ok(None),
        }
    }

    pub(crate) async fn item_in_thread(
        &self,
        workspace: WorkspaceId,
        thread: ChannelId,
    ) -> Result<Option<Number>, StoreError> {
        let row = Sql::new("SELECT number FROM cards WHERE workspace_id = $1 AND thread_id = $2")
            .values([workspace.0.into(), bits(thread.0).into()])
            .one(self.reader())
            .await
            .or_fault()?;
        row.map(|row| Row::of(&row, "cards", bits(thread.0)).number("number")).transpose()
    }

    /// Asked when a channel is deleted, and then only: it looks through the workspace's cards.
    pub(crate) async fn any_card_in(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
    ) -> Result<bool, StoreError> {
        let row = Sql::new("SELECT number FROM cards WHERE workspace_id = $1 AND channel_id = $2 LIMIT 1")
            .values([workspace.0.into(), bits(channel.0).into()])
            .one(self.reader())
            .await
            .or_fault()?;
        Ok(row.is_some())
    }

    pub(crate) async fn read_history(
        &self,
        workspace: WorkspaceId,
        number: Number,
    ) -> Result<Vec<Step>, StoreError> {
        let rows = Sql::new(
            "SELECT seq, at, actor, member_id, format, body FROM events
             WHERE workspace_id = $1 AND kind = $2 AND number = $3 ORDER BY seq",
        )
        .values([workspace.0.into(), KIND.into(), codec::number(number).into()])
        .all(self.reader())
        .await
        .or_fault()?;
        rows.iter().map(|row| codec::step(&Row::of(row, "events", number))).collect()
    }

    pub(crate) async fn read_step(
        &self,
        workspace: WorkspaceId,
        number: Number,
        seq: i64,
    ) -> Result<Option<Step>, StoreError> {
        let row = Sql::new(
            "SELECT seq, at, actor, member_id, format, body FROM events
             WHERE workspace_id = $1 AND kind = $2 AND number = $3 AND seq = $4",
        )
        .values([workspace.0.into(), KIND.into(), codec::number(number).into(), seq.into()])
        .one(self.reader())
        .await
        .or_fault()?;
        row.map(|row| codec::step(&Row::of(&row, "events", number))).transpose()
    }

    pub(crate) async fn list_items(
        &self,
        workspace: WorkspaceId,
        filter: &ListFilter,
        page: u32,
        size: u32,
    ) -> Result<Page, StoreError> {
        let count = filtered(
            Sql::new("SELECT COUNT(*) AS total FROM suggestions s WHERE s.workspace_id = ")
                .value(workspace.0),
            filter,
        );
        let total = match count.one(self.aside()).await.or_fault()? {
            Some(row) => Row::of(&row, "suggestions", "counted").get::<i64>("total")?.unsigned_abs(),
            None => 0,
        };
        let sql = filtered(select(workspace), filter)
            .text(" ORDER BY s.number DESC LIMIT ")
            .value(i64::from(size))
            .text(" OFFSET ")
            .value(i64::from(page).saturating_mul(i64::from(size)));
        Ok(Page { lines: self.listed(sql).await?, total })
    }

    pub(crate) async fn listed(&self, sql: Sql) -> Result<Vec<Listed>, StoreError> {
        sql.all(self.aside()).await.or_fault()?.iter().map(codec::listed).collect()
    }

    pub(crate) async fn list_mine(
        &self,
        workspace: WorkspaceId,
        member: MemberId,
    ) -> Result<Mine, StoreError> {
        // What is taken up again on a date is owed by nobody until then.
        let owe = select(workspace)
            .text(" AND s.owed_by = ")
            .value(member.0)
            .text(" AND s.owed_kind <> 'resumption' ORDER BY s.due_at, s.number LIMIT ")
            .value(MINE);
        let wait = select(workspace)
            .text(" AND s.author_id = ")
            .value(member.0)
            .text(" AND s.is_open ORDER BY s.number LIMIT ")
            .value(MINE);
        let follow = select(workspace)
            .text(" AND s.number IN (SELECT i.number FROM interests i WHERE i.workspace_id = ")
            .value(workspace.0)
            .text(" AND i.member_id = ")
            .value(member.0)
            .text(") ORDER BY s.number DESC LIMIT ")
            .value(MINE);
        Ok(Mine {
            owe: self.listed(owe).await?,
            wait: self.listed(wait).await?,
            follow: self.listed(follow).await?,
        })
    }

    pub(crate) async fn find_people(
        &self,
        workspace: WorkspaceId,
        members: &[MemberId],
    ) -> Result<People, StoreError> {
        let mut people = HashMap::with_capacity(members.len());
        let mut unknown: Vec<MemberId> = Vec::new();
        {
            let known = self.inner.people.read().unwrap_or_else(PoisonError::into_inner);
            for member in members {
                match known.get(&(workspace, *member)) {
                    Some(user) => {
                        people.insert(*member, *user);
                    }
                    None => unknown.push(*member),
                }
            }
        }
        unknown.sort_unstable();
        unknown.dedup();
        if unknown.is_empty() {
            return Ok(People(people));
        }
        let rows = Sql::new("SELECT id, user_id FROM members WHERE user_id IS NOT NULL AND workspace_id = ")
            .value(workspace.0)
            .text(" AND id IN ")
            .list(unknown.into_iter().map(|m| m.0.into()))
            .all(self.aside())
            .await
            .or_fault()?;
        let mut known = self.inner.people.write().unwrap_or_else(PoisonError::into_inner);
        for row in &rows {
            let row = Row::of(row, "members", "named");
            let (member, user) = (MemberId(row.get("id")?), UserId(row.id("user_id")?));
            known.insert((workspace, member), user);
            people.insert(member, user);
        }
        Ok(People(people))
    }

    pub(crate) async fn find_names(
        &self,
        workspace: WorkspaceId,
        members: &[MemberId],
    ) -> Result<BTreeMap<MemberId, String>, StoreError> {
        let mut names = BTreeMap::new();
        if members.is_empty() {
            return Ok(names);
        }
        let rows = Sql::new("SELECT id, name FROM members WHERE name IS NOT NULL AND workspace_id = ")
            .value(workspace.0)
            .text(" AND id IN ")
            .list(members.iter().map(|m| m.0.into()))
            .all(self.aside())
            .await
            .or_fault()?;
        for row in &rows {
            let row = Row::of(row, "members", "named");
            names.insert(MemberId(row.get("id")?), row.get("name")?);
        }
        Ok(names)
    }

    pub(crate) async fn list_for_digest(
        &self,
        workspace: WorkspaceId,
        team: TeamId,
        since: kaizen_domain::Instant,
    ) -> Result<Vec<(Listed, Vec<Step>)>, StoreError> {
        let sql = select(workspace)
            .text(" AND s.team_id = ")
            .value(team.0)
            .text(" AND (s.is_open OR s.updated_at > ")
            .value(micros(since))
            .text(") ORDER BY s.number");
        let items = self.listed(sql).await?;
        let rows = Sql::new(
            "SELECT e.number, e.seq, e.at, e.actor, e.member_id, e.format, e.body FROM suggestions s
             JOIN events e ON e.workspace_id = s.workspace_id AND e.kind = $3 AND e.number = s.number AND e.at > $4
             WHERE s.workspace_id = $1 AND s.team_id = $2 AND s.updated_at > $4 ORDER BY e.seq",
        )
        .values([workspace.0.into(), team.0.into(), KIND.into(), micros(since).into()])
        .all(self.aside())
        .await
        .or_fault()?;
        let mut steps: BTreeMap<Number, Vec<Step>> = BTreeMap::new();
        for row in &rows {
            let row = Row::of(row, "events", "of a digest");
            let number = row.number("number")?;
            steps.entry(number).or_default().push(codec::step(&row.joined("events", number))?);
        }
        Ok(items
            .into_iter()
            .map(|item| {
                let its = steps.remove(&item.number).unwrap_or_default();
                (item, its)
            })
            .collect())
    }

    pub(crate) async fn list_ledger(
        &self,
        workspace: WorkspaceId,
        team: Option<TeamId>,
    ) -> Result<Vec<LedgerLine>, StoreError> {
        let mut sql = Sql::new(
            "SELECT r.number, r.entry, r.owed, r.member_id, r.due_at, r.state, r.state_at FROM required_responses r
             JOIN suggestions s ON s.workspace_id = r.workspace_id AND s.number = r.number
             WHERE r.workspace_id = $1 AND r.kind = $2",
        )
        .values([workspace.0.into(), KIND.into()]);
        if let Some(team) = team {
            sql = sql.text(" AND s.team_id = ").value(team.0);
        }
        let rows = sql.text(" ORDER BY r.number, r.entry").all(self.aside()).await.or_fault()?;
        rows.iter().map(|row| codec::ledger_line(&Row::of(row, "required_responses", "listed"))).collect()
    }

    pub(crate) async fn list_numbers(&self, workspace: WorkspaceId) -> Result<Vec<Number>, StoreError> {
        let rows = Sql::new("SELECT number FROM suggestions WHERE workspace_id = ").value(workspace.0);
        let rows = rows.text(" ORDER BY number").all(self.aside()).await.or_fault()?;
        rows.iter().map(|row| Row::of(row, "suggestions", "listed").number("number")).collect()
    }
}

pub(crate) fn select(workspace: WorkspaceId) -> Sql {
    Sql::new("SELECT ").text(codec::LISTED).text(FROM).value(workspace.0)
}

fn filtered(mut sql: Sql, filter: &ListFilter) -> Sql {
    if !filter.stages.is_empty() {
        sql = sql.text(" AND s.stage IN ").list(filter.stages.iter().map(|s| s.as_str().into()));
    }
    if let Some(team) = filter.team {
        sql = sql.text(" AND s.team_id = ").value(team.0);
    }
    if let Some(area) = &filter.area {
        sql = sql.text(" AND s.area = ").value(clean(&area.0));
    }
    if let Some(author) = filter.author {
        sql = sql.text(" AND s.author_id = ").value(author.0);
    }
    if let Some(responsible) = filter.responsible {
        sql = sql.text(" AND s.responsible_id = ").value(responsible.0);
    }
    sql
}
