//! Workspaces, their settings and their members.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use kaizen_domain::{
    Area, Calendar, GuildId, MemberId, Policy, RoleId, Staffing, Team, TeamId, UserId, WorkspaceId,
};
use kaizen_workflow::outbox::{Job, Trouble};
use kaizen_workflow::ports::{Founding, Person, StoreError, Workspace};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};

use crate::database::{Database, Options};
use crate::enqueue::Enqueue;
use crate::sql::{OrFault, Row, Sql, bits, clean, json};
use crate::{people, recounts, timers};

/// The settings as they were read, and the versions that say whether they still hold.
#[derive(Debug, Clone)]
pub(crate) struct CachedPolicy {
    policy: Arc<Policy>,
    versions: Versions,
}

/// The version of the settings, and that of the known holders of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) policy: i64,
    pub(crate) people: i64,
}

/// A row of `workspaces` without its settings.
#[derive(Debug, Clone)]
pub(crate) struct WorkspaceRow {
    pub(crate) id: WorkspaceId,
    pub(crate) versions: Versions,
    pub(crate) removed: bool,
}

impl WorkspaceRow {
    pub(crate) fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(WorkspaceRow {
            id: WorkspaceId(row.get("id")?),
            versions: Versions { policy: row.get("policy_version")?, people: row.get("people_version")? },
            removed: row.get("removed")?,
        })
    }
}

/// The settings of a workspace in which nothing is set up: one team, whose manager and coordinator is the owner.
fn first_policy(options: &Options, owner: MemberId) -> Policy {
    Policy {
        version: 1,
        owner,
        coordinators: Staffing::default(),
        policy_owners: Staffing::default(),
        times: options.founding.times.clone(),
        areas: Area::defaults(),
        urgent: vec![],
        teams: vec![Team {
            id: TeamId(1),
            name: "Everyone".to_owned(),
            channel: None,
            managers: Staffing::default(),
            members_role: None,
            parent: None,
            calendar: Calendar::office(options.founding.zone),
            removed: false,
        }],
        routes: Vec::new(),
        holders: BTreeMap::new(),
        absences: Vec::new(),
        left: std::collections::BTreeSet::new(),
        gone: std::collections::BTreeSet::new(),
        loads: std::collections::BTreeMap::new(),
    }
}

/// The settings as they are stored: holders are read from the members.
fn stored(policy: &Policy) -> Result<String, StoreError> {
    json(&Policy { holders: BTreeMap::new(), ..policy.clone() }, "workspaces", "policy")
}

/// Every role that the settings name and whose holders matter.
fn named_roles(policy: &Policy) -> Vec<RoleId> {
    let staffings = [&policy.coordinators, &policy.policy_owners]
        .into_iter()
        .chain(policy.teams.iter().map(|t| &t.managers))
        .chain(policy.routes.iter().map(|r| &r.to));
    let mut roles: Vec<RoleId> = staffings.flat_map(|s| s.roles.iter().copied()).collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// Does this change of roles change who holds a role that the settings name?
fn matters(policy: &Policy, before: &[RoleId], after: &[RoleId]) -> bool {
    named_roles(policy).iter().any(|role| before.contains(role) != after.contains(role))
}

/// A person as stored.
#[derive(Debug)]
pub(crate) struct MemberRow {
    pub(crate) id: MemberId,
    name: Option<String>,
    roles: Vec<RoleId>,
}

impl MemberRow {
    pub(crate) fn read(row: &Row<'_>, id: i64) -> Result<Self, StoreError> {
        Ok(MemberRow { id: MemberId(id), name: row.get("name")?, roles: row.json("roles")? })
    }

    pub(crate) fn is_as(&self, person: &Person) -> bool {
        self.name.as_deref() == Some(clean(&person.name).as_str()) && self.roles == sorted(&person.roles)
    }
}

fn sorted(roles: &[RoleId]) -> Vec<RoleId> {
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    roles
}

impl Database {
    /// The settings, from memory where they still hold.
    pub(crate) async fn policy(
        &self,
        id: WorkspaceId,
        versions: Versions,
    ) -> Result<Arc<Policy>, StoreError> {
        if let Some(policy) = self.remembered(id, versions) {
            return Ok(policy);
        }
        let cached = read_policy(self.reader(), id).await?;
        let policy = Arc::clone(&cached.policy);
        self.remember(id, cached);
        Ok(policy)
    }

    fn remembered(&self, id: WorkspaceId, versions: Versions) -> Option<Arc<Policy>> {
        let policies = self.inner.policies.read().unwrap_or_else(PoisonError::into_inner);
        policies.get(&id).filter(|c| c.versions == versions).map(|c| Arc::clone(&c.policy))
    }

    fn remember(&self, id: WorkspaceId, cached: CachedPolicy) {
        let versions = cached.versions;
        let before = self.inner.policies.write().unwrap_or_else(PoisonError::into_inner).insert(id, cached);
        if before.is_some_and(|b| b.versions.people != versions.people) {
            // Somebody may have been forgotten, by this process or another: whom it knew is looked up again.
            let mut people = self.inner.people.write().unwrap_or_else(PoisonError::into_inner);
            people.retain(|(workspace, _), _| *workspace != id);
        }
    }

    /// Makes the workspace of a community that was never seen, with this person as its owner for now.
    pub(crate) async fn make_workspace(
        &self,
        guild: GuildId,
        name: &str,
        person: Person,
        owner: bool,
    ) -> Result<(), StoreError> {
        let (options, name) = (self.inner.options.clone(), clean(name));
        self.transaction(move |txn| {
            Box::pin(async move {
                let made = Sql::new(
                    "INSERT INTO workspaces
                        (guild_id, name, owner_known, removed, next_number, policy_version, people_version, policy)
                     VALUES ($1, $2, $3, FALSE, 1, 1, 1, '')
                     ON CONFLICT (guild_id) DO NOTHING RETURNING id",
                )
                .values([bits(guild.0).into(), name.into(), owner.into()])
                .one(txn)
                .await
                .or_fault()?;
                // Another process was first, and has committed.
                let Some(made) = made else { return Ok(()) };
                let id = WorkspaceId(Row::of(&made, "workspaces", bits(guild.0)).get("id")?);
                let member = save_member(txn, id, &person).await?;
                people::begin(txn, id).await?;
                Sql::new("UPDATE workspaces SET policy = $1 WHERE id = $2")
                    .values([stored(&first_policy(&options, member))?.into(), id.0.into()])
                    .run(txn)
                    .await
                    .or_fault()?;
                Ok(())
            })
        })
        .await
    }

    /// Makes a member of this person, or brings name and roles up to date. True if that changes who holds a role.
    pub(crate) async fn save_person(
        &self,
        workspace: WorkspaceId,
        policy: &Policy,
        person: &Person,
        before: Option<&MemberRow>,
    ) -> Result<(MemberId, bool), StoreError> {
        if !matters(policy, before.map_or(&[], |b| &b.roles), &person.roles) {
            return Ok((save_member(self.writer(), workspace, person).await?, false));
        }
        let person = person.clone();
        self.transaction(move |txn| {
            Box::pin(async move {
                let id = save_member(txn, workspace, &person).await?;
                Sql::new("UPDATE workspaces SET people_version = people_version + 1 WHERE id = $1")
                    .values([workspace.0.into()])
                    .run(txn)
                    .await
                    .or_fault()?;
                people::changed(txn, workspace).await?;
                Ok((id, true))
            })
        })
        .await
    }

    /// Members for people who were named, in their order.
    pub(crate) async fn named_members(
        &self,
        workspace: WorkspaceId,
        named: &[Person],
    ) -> Result<Vec<MemberId>, StoreError> {
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let users: Vec<Value> = named.iter().map(|p| bits(p.user.0).into()).collect();
        let rows = Sql::new("SELECT id, user_id, name FROM members WHERE workspace_id = ")
            .value(workspace.0)
            .text(" AND user_id IN ")
            .list(users)
            .all(self.reader())
            .await
            .or_fault()?;
        let mut known = BTreeMap::new();
        for row in &rows {
            let row = Row::of(row, "members", "named");
            known.insert(row.id("user_id")?, (MemberId(row.get("id")?), row.get::<Option<String>>("name")?));
        }
        let mut members = Vec::with_capacity(named.len());
        for person in named {
            let name = clean(&person.name);
            let member = match known.get(&person.user.0) {
                // Whoever knows only the id (a workspace file) has no name to give.
                Some((id, stored)) if name.is_empty() || stored.as_deref() == Some(name.as_str()) => *id,
                Some(_) | None => save_name(self.writer(), workspace, person.user, Some(&name)).await?,
            };
            members.push(member);
        }
        Ok(members)
    }

    pub(crate) async fn members_of_users(
        &self,
        workspace: WorkspaceId,
        users: &[UserId],
    ) -> Result<Vec<MemberId>, StoreError> {
        let people =
            |user: &UserId| Person { user: *user, name: String::new(), roles: Vec::new(), admin: false };
        self.named_members(workspace, &users.iter().map(people).collect::<Vec<_>>()).await
    }

    pub(crate) async fn found_workspace(&self, founding: &Founding) -> Result<Workspace, StoreError> {
        let owner = Person { user: founding.owner, name: String::new(), roles: Vec::new(), admin: true };
        if self.find_workspace("guild_id", bits(founding.guild.0)).await?.is_none() {
            self.make_workspace(founding.guild, &founding.name, owner, true).await?;
        }
        let (guild, name, user) = (founding.guild, clean(&founding.name), founding.owner);
        self.transaction(move |txn| {
            Box::pin(async move {
                let lock = if crate::outbox::is_postgres(txn) { " FOR UPDATE" } else { "" };
                let row = Sql::new("SELECT id, name, owner_known, removed, policy_version, people_version, policy FROM workspaces WHERE guild_id = ")
                    .value(bits(guild.0))
                    .text(lock)
                    .one(txn)
                    .await
                    .or_fault()?;
                let Some(row) = row else { return Err(StoreError::Conflict) };
                let row = Row::of(&row, "workspaces", bits(guild.0));
                let id = WorkspaceId(row.get("id")?);
                let mut policy: Policy = row.json("policy")?;
                let owner = save_name(txn, id, user, None).await?;
                let same_owner = policy.owner == owner;
                if same_owner && row.get("owner_known")? && !row.get::<bool>("removed")? && row.get::<String>("name")? == name {
                    return Ok(());
                }
                policy.owner = owner;
                policy.version = row.get("policy_version")?;
                policy.version += i64::from(!same_owner);
                if !same_owner {
                    people::changed(txn, id).await?;
                }
                Sql::new("UPDATE workspaces SET name = $1, owner_known = TRUE, removed = FALSE, policy = $2, policy_version = $3 WHERE id = $4")
                    .values([name.into(), stored(&policy)?.into(), policy.version.into(), id.0.into()])
                    .run(txn)
                    .await
                    .or_fault()?;
                Ok(())
            })
        })
        .await?;
        self.find_workspace("guild_id", bits(founding.guild.0)).await?.ok_or(StoreError::Conflict)
    }

    pub(crate) async fn set_removed(&self, guild: GuildId, removed: bool) -> Result<(), StoreError> {
        Sql::new("UPDATE workspaces SET removed = $1 WHERE guild_id = $2")
            .values([removed.into(), bits(guild.0).into()])
            .run(self.writer())
            .await
            .or_fault()?;
        Ok(())
    }

    pub(crate) async fn list_workspaces(&self) -> Result<Vec<Workspace>, StoreError> {
        let rows = Sql::new(WORKSPACE).text(" ORDER BY id").all(self.reader()).await.or_fault()?;
        let mut workspaces = Vec::with_capacity(rows.len());
        for row in &rows {
            workspaces.push(self.workspace_of(row).await?);
        }
        Ok(workspaces)
    }

    /// `column` is one of ours, never typed by anybody.
    pub(crate) async fn find_workspace(
        &self,
        column: &'static str,
        value: i64,
    ) -> Result<Option<Workspace>, StoreError> {
        let row = Sql::new(WORKSPACE).text(" WHERE ").text(column).text(" = ").value(value);
        match row.one(self.reader()).await.or_fault()? {
            Some(row) => Ok(Some(self.workspace_of(&row).await?)),
            None => Ok(None),
        }
    }

    async fn workspace_of(&self, row: &QueryResult) -> Result<Workspace, StoreError> {
        let row = Row::of(row, "workspaces", "listed");
        let known = WorkspaceRow::read(&row)?;
        let policy = self.policy(known.id, known.versions).await?;
        Ok(Workspace {
            id: known.id,
            guild: GuildId(row.id("guild_id")?),
            name: row.get("name")?,
            policy,
            removed: known.removed,
        })
    }

    pub(crate) async fn replace_policy(
        &self,
        workspace: WorkspaceId,
        mut policy: Policy,
    ) -> Result<Arc<Policy>, StoreError> {
        let expected = policy.version;
        policy.version += 1;
        let mut enqueue = Enqueue::new(self, workspace);
        self.transaction(move |txn| {
            Box::pin(async move {
                let before = read_policy(txn, workspace).await?.policy;
                let changed = Sql::new(
                    "UPDATE workspaces SET policy = $1, policy_version = $2 WHERE id = $3 AND policy_version = $4",
                )
                .values([stored(&policy)?.into(), policy.version.into(), workspace.0.into(), expected.into()])
                .run(txn)
                .await
                .or_fault()?;
                if changed == 0 {
                    return Err(StoreError::Conflict);
                }
                recounts::mark(txn, workspace, &before, &policy).await?;
                people::changed(txn, workspace).await?;
                for channel in policy.gone.difference(&before.gone) {
                    let of_it = policy.teams.iter().find(|t| !t.removed && t.channel == Some(*channel));
                    let now = of_it.and_then(|t| policy.home(t.id));
                    enqueue.push(Job::Trouble(Trouble::ChannelGone { channel: *channel, now }));
                }
                enqueue.write(txn).await?;
                if counts_otherwise(&before, &policy) {
                    timers::replan(txn, workspace, &policy).await?;
                }
                Ok(())
            })
        })
        .await?;
        // Roles that are named for the first time may have known holders.
        let cached = read_policy(self.reader(), workspace).await?;
        let policy = Arc::clone(&cached.policy);
        self.remember(workspace, cached);
        Ok(policy)
    }
}

/// Replaces the settings, if they are still those that were read, within a transaction that also changes who is known.
pub(crate) async fn replace_in(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    policy: Policy,
) -> Result<(), StoreError> {
    let expected = policy.version;
    let policy = Policy { version: expected + 1, ..policy };
    let changed = Sql::new(
        "UPDATE workspaces SET policy = $1, policy_version = $2, people_version = people_version + 1
         WHERE id = $3 AND policy_version = $4",
    )
    .values([stored(&policy)?.into(), policy.version.into(), workspace.0.into(), expected.into()])
    .run(txn)
    .await
    .or_fault()?;
    if changed == 0 { Err(StoreError::Conflict) } else { Ok(()) }
}

/// Do the settings count time otherwise than before, so that timers are no longer where they should be?
fn counts_otherwise(before: &Policy, after: &Policy) -> bool {
    before.times != after.times || before.teams.iter().any(|t| after.calendar(t.id) != t.calendar)
}

const WORKSPACE: &str = "SELECT id, guild_id, name, removed, policy_version, people_version FROM workspaces";

/// Reads settings and holders.
async fn read_policy(db: &impl ConnectionTrait, id: WorkspaceId) -> Result<CachedPolicy, StoreError> {
    let row =
        Sql::new("SELECT policy, policy_version, people_version FROM workspaces WHERE id = ").value(id.0);
    let row = row.one(db).await.or_fault()?.ok_or(StoreError::Corrupt {
        table: "workspaces",
        column: "id",
        row: id.0.to_string(),
        why: "there is no such row".into(),
    })?;
    let row = Row::of(&row, "workspaces", id.0);
    let mut policy: Policy = row.json("policy")?;
    policy.version = row.get("policy_version")?;
    let named = named_roles(&policy);
    if !named.is_empty() {
        let members =
            Sql::new("SELECT id, roles FROM members WHERE roles <> '[]' AND workspace_id = ").value(id.0);
        for member in members.text(" ORDER BY id").all(db).await.or_fault()? {
            let member = Row::of(&member, "members", "with roles");
            let roles: Vec<RoleId> = member.json("roles")?;
            for role in roles.into_iter().filter(|r| named.binary_search(r).is_ok()) {
                policy.holders.entry(role).or_default().push(MemberId(member.get("id")?));
            }
        }
    }
    let versions = Versions { policy: policy.version, people: row.get("people_version")? };
    Ok(CachedPolicy { policy: Arc::new(policy), versions })
}

async fn save_member(
    db: &impl ConnectionTrait,
    workspace: WorkspaceId,
    person: &Person,
) -> Result<MemberId, StoreError> {
    let roles = json(&sorted(&person.roles), "members", "roles")?;
    let row = Sql::new(
        "INSERT INTO members (workspace_id, user_id, name, roles) VALUES ($1, $2, $3, $4)
         ON CONFLICT (workspace_id, user_id) DO UPDATE SET name = excluded.name, roles = excluded.roles
         RETURNING id",
    )
    .values([workspace.0.into(), bits(person.user.0).into(), clean(&person.name).into(), roles.into()])
    .one(db)
    .await
    .or_fault()?;
    member_id(row, person.user)
}

/// Makes a member, or changes the name where one is given. Roles stay.
async fn save_name(
    db: &impl ConnectionTrait,
    workspace: WorkspaceId,
    user: UserId,
    name: Option<&str>,
) -> Result<MemberId, StoreError> {
    let row = Sql::new(
        "INSERT INTO members (workspace_id, user_id, name, roles) VALUES ($1, $2, $3, '[]')
         ON CONFLICT (workspace_id, user_id) DO UPDATE SET name = COALESCE(excluded.name, members.name)
         RETURNING id",
    )
    .values([
        workspace.0.into(),
        bits(user.0).into(),
        name.filter(|n| !n.is_empty()).map(str::to_owned).into(),
    ])
    .one(db)
    .await
    .or_fault()?;
    member_id(row, user)
}

fn member_id(row: Option<QueryResult>, user: UserId) -> Result<MemberId, StoreError> {
    let row = row.ok_or(StoreError::Conflict)?;
    Ok(MemberId(Row::of(&row, "members", bits(user.0)).get("id")?))
}

/// Ends "removed": whoever gets a request from a community is in it.
pub(crate) async fn come_back(txn: &DatabaseTransaction, workspace: WorkspaceId) -> Result<(), StoreError> {
    Sql::new("UPDATE workspaces SET removed = FALSE WHERE id = ")
        .value(workspace.0)
        .run(txn)
        .await
        .or_fault()?;
    Ok(())
}
