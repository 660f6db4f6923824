//! Full-text search: the same words for both databases, folded and split here, so that both find the same.
//!
//! SQLite keeps them in FTS5, PostgreSQL in a `tsvector` with GIN. Every word of a query stands for all words that begin
//! with it. Nothing that is typed reaches a query language but letters and digits.

use std::collections::BTreeSet;

use kaizen_domain::suggestion::{Stage, Suggestion};
use kaizen_domain::{Number, Text, WorkspaceId};
use kaizen_workflow::ports::{Listed, StoreError};
use sea_orm::{DatabaseTransaction, DbBackend};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::codec;
use crate::database::Database;
use crate::outbox::is_postgres;
use crate::sql::{OrFault, Sql};

/// Words of a query that count; more are left out.
const QUERY_WORDS: usize = 12;

/// Words that an item's likeness is looked for by.
const LIKENESS_WORDS: usize = 6;

/// Items that are looked at for likeness: the newest that share a word.
const CANDIDATES: i64 = 32;

/// Longer words are cut.
const WORD: usize = 40;

/// Words kept of an item, so that its search row fits both databases whatever was typed.
const ITEM_WORDS: usize = 4000;

/// Words that say nothing about what an idea is about.
const COMMON: &[&str] = &[
    "about", "after", "all", "also", "and", "any", "are", "because", "been", "but", "can", "could", "does",
    "each", "every", "for", "from", "get", "had", "has", "have", "her", "his", "how", "idea", "into", "its",
    "just", "like", "make", "more", "need", "not", "our", "out", "should", "so", "some", "that", "the",
    "their", "them", "then", "there", "they", "this", "too", "use", "very", "want", "was", "were", "what",
    "when", "where", "which", "who", "why", "will", "with", "would", "you", "your",
];

/// A text as words: lower case, without accents, letters and digits only.
fn words(text: &str) -> impl Iterator<Item = String> {
    let folded: String = text
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let cut = |word: &str| word.chars().take(WORD).collect::<String>();
    folded.split_whitespace().map(cut).collect::<Vec<_>>().into_iter()
}

/// The words of some texts.
fn words_of<'t>(texts: impl IntoIterator<Item = Option<&'t Text>>) -> Vec<String> {
    texts.into_iter().flatten().filter_map(Text::written).flat_map(words).take(ITEM_WORDS).collect()
}

/// The words that an item is found by: those of the idea first, then what was decided and done.
fn of_item(s: &Suggestion) -> (Vec<String>, Vec<String>) {
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
    (words_of([Some(&s.idea)]), words_of(rest))
}

/// Writes an item's search row.
pub(crate) async fn write(
    txn: &DatabaseTransaction,
    workspace: WorkspaceId,
    number: Number,
    suggestion: &Suggestion,
) -> Result<(), StoreError> {
    let (idea, rest) = of_item(suggestion);
    let key = [workspace.0.into(), codec::number(number).into()];
    let sql = if is_postgres(txn) {
        Sql::new(
            "INSERT INTO search_texts (workspace_id, number, terms) VALUES ($1, $2, CAST($3 AS tsvector))
             ON CONFLICT (workspace_id, number) DO UPDATE SET terms = excluded.terms",
        )
        .values(key)
        .values([tsvector(&idea, &rest).into()])
    } else {
        Sql::new(
            "INSERT INTO search_texts (workspace_id, number, idea, rest) VALUES ($1, $2, $3, $4)
             ON CONFLICT (workspace_id, number) DO UPDATE SET idea = excluded.idea, rest = excluded.rest",
        )
        .values(key)
        .values([idea.join(" ").into(), rest.join(" ").into()])
    };
    sql.run(txn).await.or_fault()?;
    Ok(())
}

/// Words with their places; those of the idea weigh more.
fn tsvector(idea: &[String], rest: &[String]) -> String {
    let weighed = idea.iter().map(|w| (w, 'A')).chain(rest.iter().map(|w| (w, 'C')));
    weighed
        .zip(1..)
        .map(|((word, weight), place): (_, u32)| format!("'{word}':{place}{weight}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// A query in the language of the database, of words that are nothing but letters and digits.
fn query(backend: DbBackend, words: &[String], all: bool, idea_only: bool) -> String {
    match backend {
        DbBackend::Postgres => {
            let weight = if idea_only { "A" } else { "" };
            let terms = words.iter().map(|w| format!("'{w}':*{weight}"));
            terms.collect::<Vec<_>>().join(if all { " & " } else { " | " })
        }
        _ => {
            let terms = words.iter().map(|w| format!("\"{w}\"*")).collect::<Vec<_>>();
            let terms = terms.join(if all { " AND " } else { " OR " });
            if idea_only { format!("idea : ({terms})") } else { terms }
        }
    }
}

impl Database {
    /// A number comes first; then what has all words; then what has some of them.
    pub(crate) async fn search_items(
        &self,
        workspace: WorkspaceId,
        text: &str,
        limit: u32,
    ) -> Result<Vec<Listed>, StoreError> {
        let mut found = Vec::new();
        if let Ok(number) = text.parse::<Number>()
            && let Some(item) = self.find_item(workspace, number).await?
        {
            found.push(Listed { number, suggestion: item.suggestion, card: item.card });
        }
        let mut terms: Vec<String> = Vec::new();
        for word in words(text) {
            if !terms.contains(&word) && terms.len() < QUERY_WORDS {
                terms.push(word);
            }
        }
        let numbered = !found.is_empty();
        for all in [true, false] {
            // Neither one word nor a number has "some of them".
            if terms.is_empty() || found.len() >= limit as usize || (!all && (terms.len() == 1 || numbered)) {
                continue;
            }
            for item in self.ranked(workspace, &terms, all, limit).await? {
                if !found.iter().any(|f: &Listed| f.number == item.number) {
                    found.push(item);
                }
            }
        }
        found.truncate(limit as usize);
        Ok(found)
    }

    // CROSS JOIN tells SQLite to ask the index first; else it may ask it anew for every row of the workspace.
    async fn ranked(
        &self,
        workspace: WorkspaceId,
        terms: &[String],
        all: bool,
        limit: u32,
    ) -> Result<Vec<Listed>, StoreError> {
        let query = query(self.inner.backend, terms, all, false);
        let from = match self.inner.backend {
            DbBackend::Postgres => {
                "search_texts t JOIN suggestions s ON s.workspace_id = t.workspace_id AND s.number = t.number
                 LEFT JOIN cards c ON c.workspace_id = s.workspace_id AND c.number = s.number
                 WHERE t.workspace_id = $1 AND t.terms @@ CAST($2 AS tsquery)
                 ORDER BY ts_rank(t.terms, CAST($2 AS tsquery)) DESC, t.number DESC LIMIT $3"
            }
            _ => {
                "search_index i CROSS JOIN search_texts t ON t.id = i.rowid
                 JOIN suggestions s ON s.workspace_id = t.workspace_id AND s.number = t.number
                 LEFT JOIN cards c ON c.workspace_id = s.workspace_id AND c.number = s.number
                 WHERE search_index MATCH $2 AND t.workspace_id = $1
                 ORDER BY bm25(search_index, 5.0, 1.0), t.number DESC LIMIT $3"
            }
        };
        let rows = Sql::new(&format!("SELECT {} FROM {from}", codec::LISTED))
            .values([workspace.0.into(), query.into(), i64::from(limit).into()])
            .all(self.reader())
            .await
            .or_fault()?;
        rows.iter().map(codec::listed).collect()
    }

    /// Of the newest open or verified items whose idea shares one of the longest words, those that share most words.
    pub(crate) async fn similar_items(
        &self,
        workspace: WorkspaceId,
        text: &str,
        except: Option<Number>,
        limit: u32,
    ) -> Result<Vec<Listed>, StoreError> {
        let telling = telling(text);
        if telling.is_empty() {
            return Ok(Vec::new());
        }
        let mut longest: Vec<String> = telling.iter().cloned().collect();
        longest.sort_by_key(|w| std::cmp::Reverse(w.chars().count()));
        longest.truncate(LIKENESS_WORDS);
        let query = query(self.inner.backend, &longest, false, true);
        let from = match self.inner.backend {
            DbBackend::Postgres => {
                "(SELECT workspace_id, number FROM search_texts WHERE workspace_id = $1 AND terms @@ CAST($2 AS tsquery)
                    ORDER BY number DESC LIMIT $3) t"
            }
            _ => {
                "(SELECT x.workspace_id, x.number FROM search_index i CROSS JOIN search_texts x ON x.id = i.rowid
                    WHERE search_index MATCH $2 AND x.workspace_id = $1 ORDER BY i.rowid DESC LIMIT $3) t"
            }
        };
        let rows = Sql::new(&format!(
            "SELECT {} FROM {from} JOIN suggestions s ON s.workspace_id = t.workspace_id AND s.number = t.number
             LEFT JOIN cards c ON c.workspace_id = s.workspace_id AND c.number = s.number
             WHERE s.is_open OR s.stage = 'verified'",
            codec::LISTED
        ))
        .values([workspace.0.into(), query.into(), CANDIDATES.into()])
        .all(self.reader())
        .await
        .or_fault()?;
        let wanted = telling.len().min(2);
        let mut alike = Vec::new();
        for row in &rows {
            let item = codec::listed(row)?;
            let shared = item.suggestion.idea.written().map_or(0, |idea| shared(&telling, idea));
            if Some(item.number) != except && shared >= wanted {
                alike.push((shared, item));
            }
        }
        alike.sort_by_key(|(shared, item)| std::cmp::Reverse((*shared, item.number)));
        Ok(alike.into_iter().take(limit as usize).map(|(_, item)| item).collect())
    }
}

/// The words of a text that say what it is about.
fn telling(text: &str) -> BTreeSet<String> {
    words(text).filter(|w| w.chars().count() > 2 && !COMMON.contains(&w.as_str())).take(ITEM_WORDS).collect()
}

/// How many of the words the idea has, or words of the same beginning (`trolley`, `trolleys`).
fn shared(telling: &BTreeSet<String>, idea: &str) -> usize {
    let others: Vec<String> = words(idea).collect();
    let alike =
        |a: &str, b: &str| a == b || (a.len().min(b.len()) >= 4 && (a.starts_with(b) || b.starts_with(a)));
    telling.iter().filter(|w| others.iter().any(|o| alike(w, o))).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expect_words_without_case_accents_and_signs() {
        let folded: Vec<String> = words("Größe: «Écrou» №5 — \"OR\" (ＡＢＣ) 🧹* NEAR/3").collect();
        assert_eq!(folded, ["große", "ecrou", "no5", "or", "abc", "near", "3"]);
        assert_eq!(words("🧹 ' \" \u{0} -- *").count(), 0);
    }

    #[test]
    fn expect_likeness_by_shared_words() {
        let telling = telling("Put the medicine trolleys back after the round");
        assert_eq!(shared(&telling, "The trolley with medicine is never put back"), 4);
        assert_eq!(shared(&telling, "More bicycles"), 0);
    }
}
