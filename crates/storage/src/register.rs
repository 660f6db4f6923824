//! The policy register: the decisions that changed policy, with the norm before and after. A projection of the events, written
//! in the transaction of the decision.

use std::collections::BTreeMap;

use kaizen_domain::suggestion::Suggestion;
use kaizen_domain::{MemberId, Number, Text, Who, WorkspaceId};
use kaizen_workflow::ports::{
    CardPlace, Commit, CommittedItem, RegisterEntry, RegisterLine, RegisterPage, StoreError,
};
use sea_orm::DatabaseTransaction;

use crate::codec;
use crate::commit::KIND;
use crate::database::Database;
use crate::sql::{OrFault, Row, Sql, json, micros};

const COLUMNS: &str = "r.number, r.seq, r.at, r.member_id, r.norm_before, r.norm_after";

/// Enters what a change decided about policy.
pub(crate) async fn write(
    txn: &DatabaseTransaction,
    commit: &Commit,
    placed: &[CommittedItem],
) -> Result<(), StoreError> {
    for (item, at) in commit.items.iter().zip(placed) {
        for (event, seq) in item.events.iter().zip(at.first_seq..) {
            let (Some((before, after)), Who::Member(by)) = (event.fact.norm(), event.by) else { continue };
            Sql::new(
                "INSERT INTO policy_register (workspace_id, kind, number, seq, at, member_id, norm_before, norm_after)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .values([
                commit.workspace.0.into(),
                KIND.into(),
                codec::number(at.number).into(),
                seq.into(),
                micros(event.at).into(),
                by.0.into(),
                json(before, "policy_register", "norm_before")?.into(),
                json(after, "policy_register", "norm_after")?.into(),
            ])
            .run(txn)
            .await
            .or_fault()?;
        }
    }
    Ok(())
}

/// Takes words out of the entries of an item.
pub(crate) async fn redact(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    number: Number,
    words: &[String],
) -> Result<(), StoreError> {
    let rows = Sql::new("SELECT ")
        .text(COLUMNS)
        .text(" FROM policy_register r WHERE r.workspace_id = ")
        .value(workspace.0)
        .text(" AND r.kind = ")
        .value(KIND)
        .text(" AND r.number = ")
        .value(codec::number(number))
        .all(txn)
        .await
        .or_fault()?;
    for row in &rows {
        let entry = line(&Row::of(row, "policy_register", number))?;
        let clean = |text: &Text| text.without(words);
        let (before, after) = (clean(&entry.norm_before), clean(&entry.norm_after));
        if before == entry.norm_before && after == entry.norm_after {
            continue;
        }
        Sql::new(
            "UPDATE policy_register SET norm_before = $1, norm_after = $2
             WHERE workspace_id = $3 AND kind = $4 AND number = $5 AND seq = $6",
        )
        .values([
            json(&before, "policy_register", "norm_before")?.into(),
            json(&after, "policy_register", "norm_after")?.into(),
            workspace.0.into(),
            KIND.into(),
            codec::number(number).into(),
            entry.seq.into(),
        ])
        .run(txn)
        .await
        .or_fault()?;
    }
    Ok(())
}

fn line(row: &Row<'_>) -> Result<RegisterLine, StoreError> {
    Ok(RegisterLine {
        number: row.number("number")?,
        seq: row.get("seq")?,
        at: row.instant("at")?,
        by: MemberId(row.get("member_id")?),
        norm_before: row.json("norm_before")?,
        norm_after: row.json("norm_after")?,
    })
}

impl Database {
    pub(crate) async fn list_register(
        &self,
        workspace: WorkspaceId,
        page: u32,
        size: u32,
    ) -> Result<RegisterPage, StoreError> {
        let count = Sql::new("SELECT COUNT(*) AS total FROM policy_register WHERE workspace_id = ")
            .value(workspace.0);
        let total = match count.one(self.aside()).await.or_fault()? {
            Some(row) => Row::of(&row, "policy_register", "counted").get::<i64>("total")?.unsigned_abs(),
            None => 0,
        };
        let rows = Sql::new("SELECT ")
            .text(COLUMNS)
            .text(", s.state FROM policy_register r JOIN suggestions s")
            .text(" ON s.workspace_id = r.workspace_id AND s.number = r.number WHERE r.workspace_id = ")
            .value(workspace.0)
            .text(" ORDER BY r.at DESC, r.number DESC, r.seq DESC LIMIT ")
            .value(i64::from(size))
            .text(" OFFSET ")
            .value(i64::from(page).saturating_mul(i64::from(size)))
            .all(self.aside())
            .await
            .or_fault()?;
        let mut found: Vec<(RegisterLine, Vec<Number>)> = Vec::with_capacity(rows.len());
        for row in &rows {
            let row = Row::of(row, "policy_register", "listed");
            let number = row.number("number")?;
            let state: Suggestion = row.joined("suggestions", number).json("state")?;
            let led_by = state.questions.into_iter().chain(state.absorbed).collect();
            found.push((line(&row.joined("policy_register", number))?, led_by));
        }
        let named = found.iter().flat_map(|(l, led)| led.iter().copied().chain([l.number])).collect();
        let cards = self.cards_of(workspace, named).await?;
        let entries = found
            .into_iter()
            .map(|(line, led)| RegisterEntry {
                card: cards.get(&line.number).copied(),
                led_by: led.into_iter().map(|n| (n, cards.get(&n).copied())).collect(),
                line,
            })
            .collect();
        Ok(RegisterPage { entries, total })
    }

    async fn cards_of(
        &self,
        workspace: WorkspaceId,
        mut numbers: Vec<Number>,
    ) -> Result<BTreeMap<Number, CardPlace>, StoreError> {
        numbers.sort_unstable();
        numbers.dedup();
        if numbers.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows = Sql::new(
            "SELECT c.number, c.channel_id, c.message_id, c.thread_id FROM cards c WHERE c.workspace_id = ",
        )
        .value(workspace.0)
        .text(" AND c.number IN ")
        .list(numbers.into_iter().map(|n| codec::number(n).into()))
        .all(self.aside())
        .await
        .or_fault()?;
        let mut cards = BTreeMap::new();
        for row in &rows {
            let row = Row::of(row, "cards", "listed");
            let number = row.number("number")?;
            if let Some(card) = codec::card(&row.joined("cards", number), &codec::ITEM)? {
                cards.insert(number, card);
            }
        }
        Ok(cards)
    }

    pub(crate) async fn read_register(
        &self,
        workspace: WorkspaceId,
    ) -> Result<Vec<RegisterLine>, StoreError> {
        let rows = Sql::new("SELECT ")
            .text(COLUMNS)
            .text(" FROM policy_register r WHERE r.workspace_id = ")
            .value(workspace.0)
            .text(" ORDER BY r.number, r.seq")
            .all(self.aside())
            .await
            .or_fault()?;
        rows.iter().map(|row| line(&Row::of(row, "policy_register", "listed"))).collect()
    }
}
