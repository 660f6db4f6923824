//! What ideas are found by, as rows: written with each change of their words, and anew for rows of an older format.

use kaizen_domain::suggestion::{Stage, Suggestion};
use kaizen_domain::{Number, Text, WorkspaceId};
use kaizen_workflow::ports::StoreError;
use sea_orm::DatabaseTransaction;

use super::terms;
use crate::codec;
use crate::database::Database;
use crate::outbox::is_postgres;
use crate::sql::{OrFault, Row, Sql, json};

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

/// Writes an item's search row, and remembers terms that are new.
pub(crate) async fn write(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    number: Number,
    suggestion: &Suggestion,
) -> Result<(), StoreError> {
    let (idea, rest) = texts(suggestion);
    let idea_terms = terms::indexed(idea, ITEM_TERMS);
    let mut rest_terms = terms::indexed(rest.iter().copied(), ITEM_TERMS);
    rest_terms.retain(|term| !idea_terms.contains(term));
    rest_terms.truncate(ITEM_TERMS.saturating_sub(idea_terms.len()));
    let key = [workspace.0.into(), codec::number(number).into()];
    let sql = if is_postgres(txn) {
        Sql::new(
            "INSERT INTO search_texts (workspace_id, number, terms, format) VALUES ($1, $2, CAST($3 AS tsvector), $4)
             ON CONFLICT (workspace_id, number) DO UPDATE SET terms = excluded.terms, format = excluded.format",
        )
        .values(key)
        .values([tsvector(&idea_terms, &rest_terms).into(), FORMAT.into()])
    } else {
        Sql::new(
            "INSERT INTO search_texts (workspace_id, number, idea, rest, format) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (workspace_id, number) DO UPDATE
                SET idea = excluded.idea, rest = excluded.rest, format = excluded.format",
        )
        .values(key)
        .values([idea_terms.join(" ").into(), rest_terms.join(" ").into(), FORMAT.into()])
    };
    sql.run(txn).await.or_fault()?;
    let mut known = terms::stems(idea.into_iter().chain(rest), ITEM_TERMS);
    known.retain(|stem| terms::is_of_letters(stem, SHORTEST));
    learn(txn, workspace, &known).await
}

/// Writes an item's search row after words were erased from it; terms that no other item has are forgotten with them.
pub(crate) async fn rewrite(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    number: Number,
    suggestion: &Suggestion,
) -> Result<(), StoreError> {
    let before = terms_of(txn, workspace, number).await?;
    write(txn, workspace, number, suggestion).await?;
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

impl Database {
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
            Ok(suggestion) => write(txn, workspace, number, &suggestion).await?,
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
