//! Trip one: a single statement in the usual case. One more each when people were named, when the settings changed since
//! they were last read, and when the person is new or shows another name or other roles.

use std::sync::Arc;

use kaizen_domain::{ActingMember, ChannelId, MemberId, Number, Policy, WorkspaceId};
use kaizen_workflow::ports::{Ask, Handled, ItemRef, Loaded, Step, StoreError, Stored};
use sea_orm::QueryResult;

use crate::codec;
use crate::commit::KIND;
use crate::database::Database;
use crate::people;
use crate::sql::{OrFault, Row, Sql, bits};
use crate::workspaces::{MemberRow, WorkspaceRow};

/// Everything at once: workspace, person, earlier answer, item and second item with their cards.
const LOAD: &str = "
    SELECT w.id, w.policy_version, w.people_version, w.removed,
        m.id AS member_id, m.name, m.roles,
        r.number AS handled_number, r.first_seq AS handled_seq, r.events AS handled_events,
        s.number, s.version, s.state, c.channel_id, c.message_id, c.thread_id,
        o.number AS other_number, o.version AS other_version, o.state AS other_state,
        d.channel_id AS other_channel_id, d.message_id AS other_message_id, d.thread_id AS other_thread_id, ";

const LOAD_FROM: &str = "
    FROM workspaces w
    LEFT JOIN members m ON m.workspace_id = w.id AND m.user_id = $2
    LEFT JOIN requests r ON r.workspace_id = w.id AND r.request_id = $3
    LEFT JOIN suggestions s ON s.workspace_id = w.id
        AND s.number = COALESCE($4, (SELECT t.number FROM cards t WHERE t.workspace_id = w.id AND t.thread_id = $5))
    LEFT JOIN cards c ON c.workspace_id = s.workspace_id AND c.number = s.number
    LEFT JOIN suggestions o ON o.workspace_id = w.id AND o.number = $6
    LEFT JOIN cards d ON d.workspace_id = o.workspace_id AND d.number = o.number
    WHERE w.guild_id = $1";

impl Database {
    pub(crate) async fn load_ask(&self, ask: &Ask) -> Result<Loaded, StoreError> {
        let row = match self.load_row(ask).await? {
            Some(row) => row,
            None => {
                self.make_workspace(ask.guild, "", ask.person.clone(), false).await?;
                self.load_row(ask).await?.ok_or(StoreError::Conflict)?
            }
        };
        let row = Row::of(&row, "workspaces", bits(ask.guild.0));
        let workspace = WorkspaceRow::read(&row)?;
        if workspace.removed {
            let id = workspace.id;
            self.transaction(move |txn| Box::pin(crate::workspaces::come_back(txn, id))).await?;
        }
        let policy = self.policy(workspace.id, workspace.versions).await?;
        let (mut policy, actor) = self.actor(ask, &row, workspace.id, policy).await?;
        if ask.request.is_some() {
            policy = self.with_loads(ask.guild, workspace.id, policy, people::loads(&row)?).await?;
        }
        let named = self.named_members(workspace.id, &ask.named).await?;
        Ok(Loaded {
            workspace: workspace.id,
            policy,
            actor: ActingMember { id: actor, roles: ask.person.roles.clone(), admin: ask.person.admin },
            item: codec::stored(&row, &codec::ITEM)?,
            other: codec::stored(&row, &codec::OTHER)?,
            named,
            handled: handled(&row)?,
        })
    }

    /// The person as a member; if their coming, or their roles, change who holds a role, the settings are read again.
    async fn actor(
        &self,
        ask: &Ask,
        row: &Row<'_>,
        workspace: WorkspaceId,
        policy: Arc<Policy>,
    ) -> Result<(Arc<Policy>, MemberId), StoreError> {
        let known = match row.get::<Option<i64>>("member_id")? {
            Some(id) => Some(MemberRow::read(&row.joined("members", id), id)?),
            None => None,
        };
        match known {
            Some(member) if member.is_as(&ask.person) => Ok((policy, member.id)),
            before => {
                let (id, matters) =
                    self.save_person(workspace, &policy, &ask.person, before.as_ref()).await?;
                if !matters {
                    return Ok((policy, id));
                }
                let now = self.find_workspace("id", workspace.0).await?.ok_or(StoreError::Conflict)?;
                Ok((now.policy, id))
            }
        }
    }

    async fn load_row(&self, ask: &Ask) -> Result<Option<QueryResult>, StoreError> {
        let (number, thread) = match ask.item {
            Some(ItemRef::Number(Number(n))) => (Some(i64::from(n)), None),
            Some(ItemRef::Thread(ChannelId(c))) => (None, Some(bits(c))),
            None => (None, None),
        };
        // Who changes nothing needs no fair choice.
        let sharing = if ask.request.is_some() { self.sharing(ask.guild) } else { Vec::new() };
        let sql = Sql::new(LOAD).values([
            bits(ask.guild.0).into(),
            bits(ask.person.user.0).into(),
            ask.request.clone().into(),
            number.into(),
            thread.into(),
            ask.other.map(|n| i64::from(n.0)).into(),
        ]);
        people::loads_of(sql, self.inner.backend, &sharing)
            .text(LOAD_FROM)
            .one(self.reader())
            .await
            .or_fault()
    }

    /// One suggestion with the settings, for a timer.
    pub(crate) async fn load_one(
        &self,
        workspace: WorkspaceId,
        number: Number,
    ) -> Result<Option<(Arc<Policy>, Stored)>, StoreError> {
        let sql = Sql::new(&format!("SELECT {ONE} WHERE w.id = $1"));
        let row = sql.values([workspace.0.into(), codec::number(number).into()]).one(self.reader()).await;
        match row.or_fault()? {
            Some(row) => self.loaded(&Row::of(&row, "workspaces", workspace.0)).await,
            None => Ok(None),
        }
    }

    /// The same with one step of its history.
    pub(crate) async fn load_one_step(
        &self,
        workspace: WorkspaceId,
        number: Number,
        seq: i64,
    ) -> Result<Option<(Arc<Policy>, Stored, Step)>, StoreError> {
        let sql = Sql::new(&format!(
            "SELECT e.seq, e.at, e.actor, e.member_id, e.format, e.body, {ONE}
             JOIN events e ON e.workspace_id = s.workspace_id AND e.kind = $3 AND e.number = s.number AND e.seq = $4
             WHERE w.id = $1"
        ));
        let key = [workspace.0.into(), codec::number(number).into(), KIND.into(), seq.into()];
        let Some(row) = sql.values(key).one(self.reader()).await.or_fault()? else { return Ok(None) };
        let row = Row::of(&row, "workspaces", workspace.0);
        let step = codec::step(&row.joined("events", number))?;
        Ok(self.loaded(&row).await?.map(|(policy, item)| (policy, item, step)))
    }

    async fn loaded(&self, row: &Row<'_>) -> Result<Option<(Arc<Policy>, Stored)>, StoreError> {
        let known = WorkspaceRow::read(row)?;
        let Some(item) = codec::stored(row, &codec::ITEM)? else { return Ok(None) };
        Ok(Some((self.policy(known.id, known.versions).await?, item)))
    }
}

/// One item of a workspace, with its card.
const ONE: &str = "w.id, w.policy_version, w.people_version, w.removed,
    s.number, s.version, s.state, c.channel_id, c.message_id, c.thread_id
    FROM workspaces w
    JOIN suggestions s ON s.workspace_id = w.id AND s.number = $2
    LEFT JOIN cards c ON c.workspace_id = s.workspace_id AND c.number = s.number";

fn handled(row: &Row<'_>) -> Result<Option<Handled>, StoreError> {
    if row.get::<Option<i64>>("handled_number")?.is_none() {
        return Ok(None);
    }
    Ok(Some(Handled {
        number: row.number("handled_number")?,
        first_seq: row.get("handled_seq")?,
        events: row.get("handled_events")?,
    }))
}
