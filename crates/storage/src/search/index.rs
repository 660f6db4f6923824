//! What ideas are found by, as rows: written with each change of their words, and anew for rows of an older format.

use std::collections::HashSet;

use kaizen_domain::suggestion::{Stage, Suggestion};
use kaizen_domain::{Number, Text, WorkspaceId};
use kaizen_workflow::ports::StoreError;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::{lock, terms};
use crate::batch::Batch;
use crate::codec;
use crate::database::Database;
use crate::outbox::is_postgres;
use crate::sql::{Cell, OrFault, Row, Sql, json};

/// What a row of `search_texts` holds, by how its terms were made. Rows of the format before (0: words as typed) are made
/// anew by [`Database::index_older`], and are found by their words until then.
const FORMAT: i64 = 1;

/// Terms kept of an item, so that its search row fits both databases whatever was typed.
const ITEM_TERMS: usize = 4_000;

/// The shortest term that is remembered for mistyped words to be compared with.
const SHORTEST: usize = 3;

/// The texts that an item is found by: the idea first, then what was decided and done.
fn texts(s: &Suggestion) -> (Option<&str>, Vec<&str>) {
    let changed = match &s.stage {
        Stage::Implemented { what_changed, .. } => Some(what_changed),
        Stage::Submitted
        | Stage::Acknowledged { .. }
        | Stage::Investigating
        | Stage::AwaitingInformation { .. }
        | Stage::Accepted { .. }
        | Stage::Verified { .. }
        | Stage::Declined { .. }
        | Stage::Deferred { .. }
        | Stage::Merged { .. }
        | Stage::Withdrawn { .. } => None,
    };
    let rest = [
        s.proposal.as_ref(),
        s.benefit.as_ref(),
        s.decision.as_ref().map(|d| &d.rationale),
        changed,
        s.outcome.as_ref().map(|o| &o.note),
    ];
    (s.idea.written(), rest.into_iter().flatten().filter_map(Text::written).collect())
}

/// Writes an item's search row, as a step of a batch. Its terms are remembered after that, see [`Database::learn_terms`].
pub(crate) fn write(batch: &mut Batch, workspace: WorkspaceId, number: &Cell, suggestion: &Suggestion) {
    let (idea, rest) = texts(suggestion);
    let idea_terms = terms::indexed(idea, ITEM_TERMS);
    let mut rest_terms = terms::indexed(rest.iter().copied(), ITEM_TERMS);
    rest_terms.retain(|term| !idea_terms.contains(term));
    rest_terms.truncate(ITEM_TERMS.saturating_sub(idea_terms.len()));
    let key = [Cell::from(workspace.0), number.clone()];
    let postgres = batch.is_postgres();
    batch.step(|sql| {
        if postgres {
            let terms = Cell::With(tsvector(&idea_terms, &rest_terms).into(), "CAST(", " AS tsvector)");
            sql.text("INSERT INTO search_texts (workspace_id, number, terms, format) VALUES ")
                .row_of(key.into_iter().chain([terms, FORMAT.into()]), "")
                .text(" ON CONFLICT (workspace_id, number) DO UPDATE SET terms = excluded.terms, format = excluded.format")
        } else {
            let words = [idea_terms.join(" ").into(), rest_terms.join(" ").into(), FORMAT.into()];
            sql.text("INSERT INTO search_texts (workspace_id, number, idea, rest, format) VALUES ")
                .row_of(key.into_iter().chain(words), "")
                .text(
                    " ON CONFLICT (workspace_id, number) DO UPDATE
                        SET idea = excluded.idea, rest = excluded.rest, format = excluded.format",
                )
        }
    });
}

/// The same as a change of its own within a transaction.
async fn write_now(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    number: Number,
    suggestion: &Suggestion,
) -> Result<(), StoreError> {
    let mut batch = Batch::new(txn.get_database_backend());
    write(&mut batch, workspace, &Cell::from(codec::number(number)), suggestion);
    batch.run(txn, "SELECT 1").await.or_fault()?;
    Ok(())
}

/// What an item teaches: the stems that mistyped words may be compared with.
fn lessons(suggestion: &Suggestion) -> Vec<String> {
    let (idea, rest) = texts(suggestion);
    let mut known = terms::stems(idea.into_iter().chain(rest), ITEM_TERMS);
    known.retain(|stem| terms::is_of_letters(stem, SHORTEST));
    known
}

/// Writes an item's search row after words were erased from it; terms that no other item has are forgotten with them.
pub(crate) async fn rewrite(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    number: Number,
    suggestion: &Suggestion,
) -> Result<(), StoreError> {
    let before = terms_of(txn, workspace, number).await?;
    write_now(txn, workspace, number, suggestion).await?;
    let after = terms_of(txn, workspace, number).await?;
    for gone in before.iter().filter(|term| !after.contains(term)) {
        let elsewhere = if is_postgres(txn) {
            Sql::new(
                "SELECT 1 AS one FROM search_texts WHERE workspace_id = $1 AND terms @@ CAST($2 AS tsquery) LIMIT 1",
            )
            .values([workspace.0.into(), format!("'{gone}'").into()])
        } else {
            Sql::new(
                "SELECT 1 AS one FROM search_index i CROSS JOIN search_texts t ON t.id = i.rowid
                 WHERE search_index MATCH $2 AND t.workspace_id = $1 LIMIT 1",
            )
            .values([workspace.0.into(), format!("\"{gone}\"").into()])
        };
        if elsewhere.one(txn).await.or_fault()?.is_some() {
            continue;
        }
        let keys = near(gone).into_iter().map(|(key, _)| key.into());
        Sql::new("DELETE FROM search_near WHERE workspace_id = ")
            .value(workspace.0)
            .text(" AND term = ")
            .value(gone.as_str())
            .text(" AND near IN ")
            .list(keys)
            .run(txn)
            .await
            .or_fault()?;
    }
    Ok(())
}

async fn terms_of(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    number: Number,
) -> Result<Vec<String>, StoreError> {
    let what = if is_postgres(txn) {
        "array_to_string(tsvector_to_array(terms), ' ')"
    } else {
        "idea || ' ' || rest"
    };
    let row = Sql::new(&format!(
        "SELECT {what} AS terms FROM search_texts WHERE workspace_id = $1 AND number = $2"
    ))
    .values([workspace.0.into(), codec::number(number).into()])
    .one(txn)
    .await
    .or_fault()?;
    let Some(row) = row else { return Ok(Vec::new()) };
    let terms: String = Row::of(&row, "search_texts", number).get("terms")?;
    Ok(terms.split_whitespace().map(str::to_owned).collect())
}

/// Terms with their places; those of the idea weigh more.
fn tsvector(idea: &[String], rest: &[String]) -> String {
    let weighed = idea.iter().map(|w| (w, 'A')).chain(rest.iter().map(|w| (w, 'C')));
    weighed
        .zip(1..)
        .map(|((word, weight), place): (_, u32)| format!("'{word}':{place}{weight}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Under what a term is remembered.
fn near(term: &str) -> Vec<(String, String)> {
    let mut keys = vec![term.to_owned()];
    if terms::can_be_mistyped(term) {
        keys.extend(terms::shortened(term));
    }
    keys.into_iter().map(|key| (key, term.to_owned())).collect()
}

/// Remembers the terms that are not remembered yet: usually none. In the order of the terms, so that two changes cannot
/// block each other.
async fn learn(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    stems: &[String],
) -> Result<(), StoreError> {
    if stems.is_empty() {
        return Ok(());
    }
    let sql = if is_postgres(txn) {
        "INSERT INTO search_near (workspace_id, near, term)
         SELECT $1, v.term, v.term FROM json_array_elements_text(CAST($2 AS json)) v (term)
         ON CONFLICT DO NOTHING RETURNING term"
    } else {
        "INSERT INTO search_near (workspace_id, near, term)
         SELECT $1, v.value, v.value FROM json_each($2) v WHERE TRUE
         ON CONFLICT DO NOTHING RETURNING term"
    };
    let rows = Sql::new(sql)
        .values([workspace.0.into(), json(&stems, "search_near", "term")?.into()])
        .all(txn)
        .await
        .or_fault()?;
    let mut insert = Sql::new("INSERT INTO search_near (workspace_id, near, term) VALUES ");
    let mut any = false;
    for row in &rows {
        let term: String = Row::of(row, "search_near", "new").get("term")?;
        for (key, term) in near(&term).into_iter().skip(1) {
            insert = insert.row([workspace.0.into(), key.into(), term.into()], "");
            any = true;
        }
    }
    if any {
        insert.text(" ON CONFLICT DO NOTHING").run(txn).await.or_fault()?;
    }
    Ok(())
}

/// Terms that this process knows to be remembered, in all workspaces together; beyond that it forgets and asks again.
const MOST_KNOWN: usize = 50_000;

impl Database {
    /// Remembers the terms of an item that was just written, where they are new: usually they are not, and this process knows
    /// that. Not part of the item's own change, because nothing is lost without: a term that was not remembered is only not
    /// found when it is mistyped, and is learned when it is next written.
    pub(crate) async fn learn_terms(&self, workspace: WorkspaceId, suggestion: &Suggestion) {
        self.learn_stems(workspace, lessons(suggestion)).await;
    }

    /// The same for a new idea, which counts among those that have its terms.
    pub(crate) async fn learn_new_terms(&self, workspace: WorkspaceId, suggestion: &Suggestion) {
        let stems = lessons(suggestion);
        self.count_stems(&stems);
        self.learn_stems(workspace, stems).await;
    }

    async fn learn_stems(&self, workspace: WorkspaceId, mut stems: Vec<String>) {
        {
            let known = lock(&self.inner.counts.known);
            let known = known.get(&workspace);
            stems.retain(|stem| !known.is_some_and(|k| k.contains(stem)));
        }
        if stems.is_empty() {
            return;
        }
        let learned = stems.clone();
        if let Err(error) =
            self.transaction(move |txn| Box::pin(async move { learn(txn, workspace, &stems).await })).await
        {
            tracing::warn!(%error, "the words of an idea were not remembered for mistyped ones");
            return;
        }
        let mut known = lock(&self.inner.counts.known);
        if known.values().map(HashSet::len).sum::<usize>() + learned.len() > MOST_KNOWN {
            known.clear();
        }
        known.entry(workspace).or_default().extend(learned);
    }

    /// Words were erased, and with them perhaps terms.
    pub(crate) fn forget_terms(&self, workspace: WorkspaceId) {
        lock(&self.inner.counts.known).remove(&workspace);
    }

    /// Makes search rows of an older format anew, at most so many; how many there were. Any number of processes may do so
    /// at once, and stop at any time.
    ///
    /// # Errors
    /// See [`StoreError`]. What was made anew before stays so.
    pub async fn index_older(&self, limit: u32) -> Result<u64, StoreError> {
        self.transaction(move |txn| Box::pin(index_older(txn, limit))).await
    }
}

async fn index_older(txn: &DatabaseTransaction, limit: u32) -> Result<u64, StoreError> {
    // A change of the same item waits for us here, or we leave it out; either way its newest words are written last.
    let lock = if is_postgres(txn) { " FOR UPDATE OF t SKIP LOCKED" } else { "" };
    let rows = Sql::new(&format!(
        "SELECT t.workspace_id, t.number, s.state FROM search_texts t
         JOIN suggestions s ON s.workspace_id = t.workspace_id AND s.number = t.number
         WHERE t.format = 0 ORDER BY t.workspace_id, t.number LIMIT $1{lock}"
    ))
    .values([i64::from(limit).into()])
    .all(txn)
    .await
    .or_fault()?;
    for row in &rows {
        let row = Row::of(row, "search_texts", "read");
        let (workspace, number) = (WorkspaceId(row.get("workspace_id")?), row.number("number")?);
        match row.joined("suggestions", number).json::<Suggestion>("state") {
            Ok(suggestion) => {
                write_now(txn, workspace, number, &suggestion).await?;
                learn(txn, workspace, &lessons(&suggestion)).await?;
            }
            Err(error) => {
                tracing::warn!(%error, "an idea is found by its old terms only");
                Sql::new("UPDATE search_texts SET format = $1 WHERE workspace_id = $2 AND number = $3")
                    .values([FORMAT.into(), workspace.0.into(), codec::number(number).into()])
                    .run(txn)
                    .await
                    .or_fault()?;
            }
        }
    }
    Ok(rows.len() as u64)
}
