//! Forgetting a person: one transaction in which their words go from events, rows, search and stored digests, and the
//! platform's id and their name from the one row that had them.

use std::collections::{BTreeSet, HashSet};
use std::sync::PoisonError;

use kaizen_domain::suggestion::forgetting;
use kaizen_domain::{GuildId, MemberId, Number, Text, UserId, WorkspaceId};
use kaizen_workflow::forgetting::{Forgetting, Known};
use kaizen_workflow::ports::{Commit, Step, StoreError};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::codec;
use crate::commit::{self, KIND};
use crate::database::Database;
use crate::enqueue::Enqueue;
use crate::outbox::is_postgres;
use crate::sql::{OrFault, Row, Sql, bits, json};
use crate::workspaces::WorkspaceRow;
use crate::{answered, debriefs, erasures, redact, search, workspaces};

impl Database {
    /// Who somebody is here, without making a member of them.
    pub(crate) async fn find_known(&self, guild: GuildId, user: UserId) -> Result<Option<Known>, StoreError> {
        let row = Sql::new(
            "SELECT w.id, w.policy_version, w.people_version, w.removed, m.id AS member_id
             FROM workspaces w JOIN members m ON m.workspace_id = w.id WHERE w.guild_id = $1 AND m.user_id = $2",
        )
        .values([bits(guild.0).into(), bits(user.0).into()])
        .one(self.reader())
        .await
        .or_fault()?;
        let Some(row) = row else { return Ok(None) };
        let row = Row::of(&row, "workspaces", bits(guild.0));
        let workspace = WorkspaceRow::read(&row)?;
        Ok(Some(Known {
            workspace: workspace.id,
            member: MemberId(row.get("member_id")?),
            policy: self.policy(workspace.id, workspace.versions).await?,
        }))
    }

    /// Every item that somebody wrote in, answers or answered for, or is named in, in order.
    pub(crate) async fn list_concerned(
        &self,
        workspace: WorkspaceId,
        member: MemberId,
    ) -> Result<Vec<Number>, StoreError> {
        Ok(concerned(self.aside(), workspace, member).await?.into_iter().collect())
    }

    /// A member who is nobody yet.
    pub(crate) async fn make_nameless(&self, workspace: WorkspaceId) -> Result<MemberId, StoreError> {
        let row = Sql::new("INSERT INTO members (workspace_id, user_id, name, roles) VALUES ($1, NULL, NULL, '[]') RETURNING id")
            .values([workspace.0.into()])
            .one(self.writer())
            .await
            .or_fault()?
            .ok_or(StoreError::Conflict)?;
        Ok(MemberId(Row::of(&row, "members", workspace.0).get("id")?))
    }

    pub(crate) async fn forget_member(&self, forgetting: &Forgetting) -> Result<(), StoreError> {
        let (database, forgetting) = (self.clone(), forgetting.clone());
        let (workspace, member) = (forgetting.workspace, forgetting.member);
        self.transaction(move |txn| Box::pin(async move { forget(txn, &database, forgetting).await }))
            .await?;
        self.inner.people.write().unwrap_or_else(PoisonError::into_inner).remove(&(workspace, member));
        self.truncate_log().await;
        Ok(())
    }
}

async fn forget(
    txn: &DatabaseTransaction,
    database: &Database,
    forgetting: Forgetting,
) -> Result<(), StoreError> {
    let Forgetting { workspace, member, heir, policy, now, name, items } = forgetting;
    // Whoever writes in this person's name meanwhile holds the row, or waits for us: what they wrote is seen below.
    let lock = if is_postgres(txn) { " FOR UPDATE" } else { "" };
    let row = Sql::new("SELECT user_id FROM members WHERE workspace_id = $1 AND id = $2")
        .values([workspace.0.into(), member.0.into()])
        .text(lock)
        .one(txn)
        .await
        .or_fault()?
        .ok_or(StoreError::Conflict)?;
    let user: Option<i64> = Row::of(&row, "members", member.0).get("user_id")?;
    let Some(user) = user else { return Err(StoreError::Conflict) };

    let numbers: BTreeSet<Number> = items.iter().filter_map(|i| i.number).collect();
    if !concerned(txn, workspace, member).await?.is_subset(&numbers) {
        return Err(StoreError::Conflict);
    }
    // One item after the other, in the order of their numbers: a statement takes only so many values.
    for item in items {
        let (number, after) = (item.number, item.after.clone());
        let commit = Commit { workspace, request: None, now, items: vec![item] };
        commit::write(txn, commit, Enqueue::new(database, workspace), None).await?;
        if let Some(number) = number {
            search::rewrite(txn, workspace, number, &after).await?;
        }
    }
    let words = erase_events(txn, workspace, member).await?;
    let mut enqueue = Enqueue::new(database, workspace);
    for job in redact::forget_in_digests(txn, workspace, member, &numbers, &words).await? {
        enqueue.push(job);
    }
    enqueue.write(txn).await?;
    debriefs::forget(txn, database, (workspace, member), &policy, now).await?;
    erase_places(txn, workspace, member).await?;
    answered::forget(txn, workspace, member).await?;
    erase_person(txn, workspace, member, heir.map(|heir| (heir, user))).await?;
    erasures::person(txn, (workspace, member), now, name).await?;
    workspaces::replace_in(txn, workspace, policy).await
}

/// Numbers of items that somebody has to do with, other than by the mere count of supporters. Events name people in many places: where a number that could be theirs
/// stands, the item counts.
async fn concerned(
    db: &impl ConnectionTrait,
    workspace: WorkspaceId,
    member: MemberId,
) -> Result<BTreeSet<Number>, StoreError> {
    let rows = Sql::new(
        "SELECT number FROM suggestions
            WHERE workspace_id = $1 AND (author_id = $2 OR responsible_id = $2 OR owed_by = $2)
         UNION SELECT number FROM events WHERE workspace_id = $1 AND kind = $3 AND member_id = $2
            AND fact NOT IN ('supported', 'support_taken_back', 'followed', 'unfollowed')
         UNION SELECT number FROM required_responses WHERE workspace_id = $1 AND kind = $3 AND member_id = $2
         UNION SELECT number FROM postings WHERE workspace_id = $1 AND direct_to = $2",
    )
    .values([workspace.0.into(), member.0.into(), KIND.into()])
    .all(db)
    .await
    .or_fault()?;
    let mut numbers = BTreeSet::new();
    for row in &rows {
        numbers.insert(Row::of(row, "suggestions", workspace.0).number("number")?);
    }
    let rows = Sql::new(
        "SELECT number, body FROM events WHERE workspace_id = $1 AND kind = $2 AND (body LIKE $3 OR body LIKE $4)",
    )
    .values([
        workspace.0.into(),
        KIND.into(),
        format!("%:{},%", member.0).into(),
        format!("%:{}}}%", member.0).into(),
    ])
    .all(db)
    .await
    .or_fault()?;
    for row in &rows {
        let row = Row::of(row, "events", workspace.0);
        let number = row.number("number")?;
        if !numbers.contains(&number) && names(&row.joined("events", number).json("body")?, member) {
            numbers.insert(number);
        }
    }
    Ok(numbers)
}

/// Could this JSON of an event name the member? A team's id, or an item's number, is nobody.
fn names(value: &serde_json::Value, member: MemberId) -> bool {
    match value {
        serde_json::Value::Number(n) => n.as_i64() == Some(member.0),
        serde_json::Value::Array(all) => all.iter().any(|v| names(v, member)),
        serde_json::Value::Object(fields) => fields.iter().any(|(key, v)| {
            !matches!(key.as_str(), "debrief" | "team" | "into" | "came_back_from" | "question" | "questions")
                && names(v, member)
        }),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::String(_) => false,
    }
}

/// The texts of every event of this person go, and the norms that they set from the register; they are returned, for places
/// that hold copies.
async fn erase_events(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    member: MemberId,
) -> Result<HashSet<String>, StoreError> {
    let rows = Sql::new(
        "SELECT e.number, e.seq, e.at, e.actor, e.member_id, e.format, e.body FROM events e
         WHERE e.workspace_id = $1 AND e.kind = $2 AND (e.member_id = $3
            OR (e.fact = 'submitted' AND EXISTS (SELECT 1 FROM suggestions s
                WHERE s.workspace_id = $1 AND s.number = e.number AND s.author_id = $3)))",
    )
    .values([workspace.0.into(), KIND.into(), member.0.into()])
    .all(txn)
    .await
    .or_fault()?;
    let words = std::cell::RefCell::new(HashSet::new());
    let mut clean = Vec::new();
    for row in &rows {
        let row = Row::of(row, "events", workspace.0);
        let number = row.number("number")?;
        let Step { seq, event } = codec::step(&row.joined("events", number))?;
        if !forgetting::wrote(&event, member) {
            continue;
        }
        let fact = event.fact;
        let erased = fact.clone().map_texts(&|text| {
            words.borrow_mut().extend(text.written().map(str::to_owned));
            Text::Erased
        });
        if erased != fact {
            clean.push((number, seq, json(&erased, "events", "body")?));
        }
    }
    for (number, seq, body) in clean {
        Sql::new(
            "UPDATE events SET body = $1 WHERE workspace_id = $2 AND kind = $3 AND number = $4 AND seq = $5",
        )
        .values([body.into(), workspace.0.into(), KIND.into(), codec::number(number).into(), seq.into()])
        .run(txn)
        .await
        .or_fault()?;
    }
    let gone = json(&Text::Erased, "policy_register", "norm_before")?;
    Sql::new("UPDATE policy_register SET norm_before = $1, norm_after = $1 WHERE workspace_id = $2 AND member_id = $3")
        .values([gone.into(), workspace.0.into(), member.0.into()])
        .run(txn)
        .await
        .or_fault()?;
    Ok(words.into_inner())
}

/// Where direct messages to them stand is an address of theirs. Messages in threads, where theirs are closed, stay known:
/// they are rewritten.
async fn erase_places(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    member: MemberId,
) -> Result<(), StoreError> {
    Sql::new(
        "DELETE FROM postings WHERE workspace_id = $1 AND channel_id IN (
            SELECT p.channel_id FROM postings p WHERE p.workspace_id = $1 AND p.direct_to = $2
                AND NOT EXISTS (SELECT 1 FROM cards c
                    WHERE c.workspace_id = $1 AND (c.thread_id = p.channel_id OR c.channel_id = p.channel_id)))",
    )
    .values([workspace.0.into(), member.0.into()])
    .run(txn)
    .await
    .or_fault()?;
    Ok(())
}

async fn erase_person(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    member: MemberId,
    heir: Option<(MemberId, i64)>,
) -> Result<(), StoreError> {
    Sql::new(
        "UPDATE members SET user_id = NULL, name = NULL, roles = '[]' WHERE workspace_id = $1 AND id = $2",
    )
    .values([workspace.0.into(), member.0.into()])
    .run(txn)
    .await
    .or_fault()?;
    if let Some((heir, user)) = heir {
        Sql::new("UPDATE members SET user_id = $1 WHERE workspace_id = $2 AND id = $3")
            .values([user.into(), workspace.0.into(), heir.0.into()])
            .run(txn)
            .await
            .or_fault()?;
    }
    Ok(())
}
