//! Finding ideas by their words: `/idea search`, and the ideas that may say the same as a new one.
//!
//! Texts become terms in [`terms`], on both databases the same way; SQLite keeps them in FTS5, PostgreSQL in a `tsvector`
//! with GIN (`pg_trgm` cannot be created everywhere). The database only picks candidates, by the rarest terms and at most so
//! many; which of them come first is decided in [`rank`], so that both databases show the same. What is mistyped is looked
//! for in `search_near`, which knows every term without each of its letters.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kaizen_domain::{Number, WorkspaceId};
use kaizen_workflow::ports::{Listed, StoreError};
use sea_orm::{DatabaseConnection, DbBackend};

use self::rank::{Asked, Doc};
use self::terms::Word;
use crate::codec;
use crate::database::Database;
use crate::sql::{OrFault, Row, Sql};

mod index;
mod rank;
mod terms;

pub(crate) use index::{rewrite, write};

/// Words of a search that count; more are left out.
const QUERY_WORDS: usize = 12;

/// Words of a new idea that its likeness is looked for by.
const LIKENESS_WORDS: usize = 32;

/// Words of a new idea or a search that are looked for with a typing mistake in them.
const MISTYPED_WORDS: usize = 8;

/// Terms that a mistyped word may stand for.
const MEANT: usize = 4;

/// Items that are looked at closely for a search, and for the likeness of a new idea: that is on everybody's way.
const CANDIDATES: u32 = 300;
const ALIKE_CANDIDATES: u32 = 100;

/// How long the count of a rare term is believed, and that of a frequent one.
const RARE_FRESH: Duration = Duration::from_secs(30);
const FREQUENT_FRESH: Duration = Duration::from_mins(15);
/// From this count on a term is frequent.
const FREQUENT: u32 = 100;

/// Counts that are remembered.
const MOST_COUNTS: usize = 20_000;

/// How often terms occur, and how many items there are: for weighing, so it may be a little out of date. Memory only,
/// bounded.
#[derive(Default)]
pub(crate) struct Counts {
    terms: Mutex<HashMap<String, (u32, Instant)>>,
    items: Mutex<HashMap<WorkspaceId, (u32, Instant)>>,
    /// Terms that are remembered for mistyped words.
    known: Mutex<HashMap<WorkspaceId, HashSet<String>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_fresh((count, at): (u32, Instant)) -> bool {
    at.elapsed() < if count < FREQUENT { RARE_FRESH } else { FREQUENT_FRESH }
}

/// A term as the database looks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Term<'t> {
    Whole(&'t str),
    Beginning(&'t str),
}

impl Term<'_> {
    /// In the query language of the database; nothing in it but letters and digits.
    fn quoted(self, backend: DbBackend) -> String {
        match (self, backend) {
            (Term::Whole(term), DbBackend::Postgres) => format!("'{term}'"),
            (Term::Beginning(term), DbBackend::Postgres) => format!("'{term}':*"),
            (Term::Whole(term), _) => format!("\"{term}\""),
            (Term::Beginning(term), _) => format!("\"{term}\"*"),
        }
    }
}

/// Terms of which all or any must occur, in the query language of the database.
fn joined(backend: DbBackend, parts: &[String], all: bool) -> String {
    let between = match (backend, all) {
        (DbBackend::Postgres, true) => " & ",
        (DbBackend::Postgres, false) => " | ",
        (_, true) => " AND ",
        (_, false) => " OR ",
    };
    format!("({})", parts.join(between))
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
        let mut words: Vec<Word> = Vec::new();
        for word in terms::read(text).into_iter().filter(Word::tells) {
            if !words.contains(&word) && words.len() < QUERY_WORDS {
                words.push(word);
            }
        }
        if words.is_empty() {
            return Ok(found);
        }
        // Somebody types: what they look for may be anything, and others do not wait for it.
        let db = self.aside();
        let asked = self.asked(db, workspace, &words, true).await?;
        let numbered = !found.is_empty();
        let backend = self.inner.backend;
        let groups: Vec<String> = asked
            .concepts()
            .map(|c| {
                let mut any: Vec<String> =
                    c.terms.iter().map(|t| Term::Whole(&t.term).quoted(backend)).collect();
                any.push(Term::Beginning(&c.word.word).quoted(backend));
                joined(backend, &any, false)
            })
            .collect();
        let all = joined(backend, &groups, true);
        let mut docs = self.candidates(db, workspace, &all, false).await?;
        // Neither one word nor a number has "some of them".
        if docs.len() < limit as usize && groups.len() > 1 && !numbered {
            let known: HashSet<Number> = docs.iter().map(|d| d.number).collect();
            if let Some(rare) = asked.rare(backend, CANDIDATES) {
                let more = self.candidates(db, workspace, &rare, false).await?;
                docs.extend(more.into_iter().filter(|d| !known.contains(&d.number)));
            }
        }
        let limit = (limit as usize).saturating_sub(found.len());
        let known = found.first().map(|f| f.number);
        let ranked: Vec<Number> =
            asked.found(&docs).into_iter().filter(|n| Some(*n) != known).take(limit).collect();
        found.extend(self.listed_in_order(db, workspace, &ranked).await?);
        Ok(found)
    }

    /// Open and verified items that may say the same, the likeliest first.
    pub(crate) async fn similar_items(
        &self,
        workspace: WorkspaceId,
        text: &str,
        except: Option<Number>,
        limit: u32,
    ) -> Result<Vec<Listed>, StoreError> {
        let words: Vec<Word> = terms::read(text);
        if !words.iter().any(Word::tells) {
            return Ok(Vec::new());
        }
        let db = self.reader();
        let asked = self.asked(db, workspace, &words, false).await?;
        let Some(rare) = asked.rare(self.inner.backend, ALIKE_CANDIDATES) else { return Ok(Vec::new()) };
        let docs = self.candidates(db, workspace, &rare, true).await?;
        let alike: Vec<Number> =
            asked.alike(&docs).into_iter().filter(|n| Some(*n) != except).take(limit as usize).collect();
        self.listed_in_order(db, workspace, &alike).await
    }

    /// The words with what they may stand for and what they weigh. `typed`: somebody looks for them, perhaps still typing.
    async fn asked(
        &self,
        db: &DatabaseConnection,
        workspace: WorkspaceId,
        words: &[Word],
        typed: bool,
    ) -> Result<Asked, StoreError> {
        let items = self.items(db, workspace).await?;
        let mut asked = Asked::new(words, items, if typed { QUERY_WORDS } else { LIKENESS_WORDS });
        let mut counted = Vec::new();
        for concept in asked.concepts() {
            counted.push(Term::Whole(&concept.word.stem));
            if typed {
                counted.push(Term::Beginning(&concept.word.word));
            }
        }
        let counts = self.counts(db, &counted).await?;
        // One's own idea is among those that have its words.
        let unknown = if typed { 0 } else { 1 };
        let count = |term: Term<'_>| counts.get(&term.quoted(self.inner.backend)).copied().unwrap_or(0);
        let doubtful: Vec<usize> = asked
            .concepts()
            .enumerate()
            .filter(|(_, c)| {
                let stem = count(Term::Whole(&c.word.stem));
                let begins = if typed { count(Term::Beginning(&c.word.word)) } else { 0 };
                stem.max(begins) <= unknown && terms::can_be_mistyped(&c.word.stem)
            })
            .map(|(at, _)| at)
            .take(MISTYPED_WORDS)
            .collect();
        asked.weigh(|term| count(Term::Whole(term)));
        let guesses = asked.guesses(&doubtful, words);
        if guesses.keys.is_empty() {
            return Ok(asked);
        }
        let known = self.vocabulary(db, workspace, &guesses.keys).await?;
        let meant = guesses.meant(&known, MEANT);
        if meant.is_empty() {
            return Ok(asked);
        }
        let counted: Vec<Term<'_>> = meant.iter().map(|m| Term::Whole(&m.term)).collect();
        let counts = self.counts(db, &counted).await?;
        for meant in &meant {
            let count =
                counts.get(&Term::Whole(&meant.term).quoted(self.inner.backend)).copied().unwrap_or(1);
            asked.add(meant, count);
        }
        Ok(asked)
    }

    /// One more idea has these stems: a word that was rare a moment ago is not to be taken for a mistyped one.
    fn count_stems(&self, stems: &[String]) {
        let mut known = lock(&self.inner.counts.terms);
        for stem in stems {
            if let Some((count, _)) = known.get_mut(&Term::Whole(stem).quoted(self.inner.backend)) {
                *count = count.saturating_add(1);
            }
        }
    }

    /// How many items there are, about.
    async fn items(&self, db: &DatabaseConnection, workspace: WorkspaceId) -> Result<u32, StoreError> {
        if let Some(known) = lock(&self.inner.counts.items).get(&workspace).copied().filter(|k| is_fresh(*k))
        {
            return Ok(known.0);
        }
        let row = Sql::new("SELECT COALESCE(MAX(number), 0) AS items FROM suggestions WHERE workspace_id = ")
            .value(workspace.0)
            .one(db)
            .await
            .or_fault()?;
        let items = match row {
            Some(row) => Row::of(&row, "suggestions", "counted").get::<i64>("items")?,
            None => 0,
        };
        let items = u32::try_from(items).unwrap_or(u32::MAX);
        lock(&self.inner.counts.items).insert(workspace, (items, Instant::now()));
        Ok(items)
    }

    /// In how many items the terms occur, by the terms as they are looked for; at most 2,000, beyond which nobody needs to
    /// know. (Limits are written out: SQLite makes a new plan for every value of one that is bound.)
    async fn counts(
        &self,
        db: &DatabaseConnection,
        terms: &[Term<'_>],
    ) -> Result<HashMap<String, u32>, StoreError> {
        let mut counts = HashMap::with_capacity(terms.len());
        let mut unknown: Vec<String> = Vec::new();
        {
            let known = lock(&self.inner.counts.terms);
            for term in terms.iter().map(|t| t.quoted(self.inner.backend)) {
                match known.get(&term).copied().filter(|k| is_fresh(*k)) {
                    Some((count, _)) => {
                        counts.insert(term, count);
                    }
                    None => unknown.push(term),
                }
            }
        }
        if unknown.is_empty() {
            return Ok(counts);
        }
        unknown.sort_unstable();
        unknown.dedup();
        let sql = match self.inner.backend {
            DbBackend::Postgres => {
                "SELECT v.term, (SELECT COUNT(*) FROM (SELECT 1 FROM search_texts t
                    WHERE t.terms @@ CAST(v.term AS tsquery) LIMIT 2000) c) AS items
                 FROM json_array_elements_text(CAST($1 AS json)) v (term)"
            }
            _ => {
                "SELECT v.value AS term, (SELECT COUNT(*) FROM (SELECT 1 FROM search_index i
                    WHERE i.search_index MATCH v.value LIMIT 2000)) AS items
                 FROM json_each($1) v"
            }
        };
        let list = crate::sql::json(&unknown, "search_texts", "terms")?;
        let rows = Sql::new(sql).values([list.into()]).all(db).await.or_fault()?;
        let mut known = lock(&self.inner.counts.terms);
        if known.len() >= MOST_COUNTS {
            known.clear();
        }
        for row in &rows {
            let row = Row::of(row, "search_texts", "counted");
            let (term, count): (String, i64) = (row.get("term")?, row.get("items")?);
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            known.insert(term.clone(), (count, Instant::now()));
            counts.insert(term, count);
        }
        Ok(counts)
    }

    /// Of these shortened and whole terms, those that are known, each with the whole term that it stands for.
    async fn vocabulary(
        &self,
        db: &DatabaseConnection,
        workspace: WorkspaceId,
        keys: &HashSet<String>,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let sql = match self.inner.backend {
            DbBackend::Postgres => {
                "SELECT near, term FROM search_near WHERE workspace_id = $1
                    AND near = ANY (ARRAY (SELECT json_array_elements_text(CAST($2 AS json))))"
            }
            _ => {
                "SELECT near, term FROM search_near WHERE workspace_id = $1 AND near IN (SELECT value FROM json_each($2))"
            }
        };
        let keys: Vec<&String> = keys.iter().collect();
        let list = crate::sql::json(&keys, "search_near", "near")?;
        let rows = Sql::new(sql).values([workspace.0.into(), list.into()]).all(db).await.or_fault()?;
        rows.iter()
            .map(|row| {
                let row = Row::of(row, "search_near", "read");
                Ok((row.get("near")?, row.get("term")?))
            })
            .collect()
    }

    // CROSS JOIN tells SQLite to ask the index first; else it may ask it anew for every row of the workspace. All candidates
    // come as one row: each row of its own would cost more on its way here than it costs to find.
    async fn candidates(
        &self,
        db: &DatabaseConnection,
        workspace: WorkspaceId,
        query: &str,
        alive: bool,
    ) -> Result<Vec<Doc>, StoreError> {
        let limit = if alive { ALIKE_CANDIDATES } else { CANDIDATES };
        let postgres = self.inner.backend == DbBackend::Postgres;
        let (join, open) = if alive {
            (
                " JOIN suggestions s ON s.workspace_id = t.workspace_id AND s.number = t.number",
                " AND (s.is_open OR s.stage = 'verified')",
            )
        } else {
            ("", "")
        };
        let sql = if postgres {
            // Found first, then sorted: else PostgreSQL reads from the newest item on until it has enough, or all of them.
            format!(
                "SELECT CAST(json_agg(json_build_array(c.number, c.terms, '')) AS TEXT) AS found FROM (
                    WITH t AS MATERIALIZED (SELECT workspace_id, number, terms FROM search_texts
                        WHERE workspace_id = $1 AND terms @@ CAST($2 AS tsquery))
                    SELECT t.number, CAST(t.terms AS TEXT) AS terms FROM t{join} WHERE TRUE{open}
                    ORDER BY t.number DESC LIMIT {limit}) c"
            )
        } else {
            format!(
                "SELECT json_group_array(json_array(c.number, c.idea, c.rest)) AS found FROM (
                    SELECT t.number, t.idea, t.rest FROM search_index i CROSS JOIN search_texts t ON t.id = i.rowid{join}
                    WHERE search_index MATCH $2 AND t.workspace_id = $1{open} ORDER BY i.rowid DESC LIMIT {limit}) c"
            )
        };
        let row = Sql::new(&sql).values([workspace.0.into(), query.into()]).one(db).await.or_fault()?;
        let Some(row) = row else { return Ok(Vec::new()) };
        let row = Row::of(&row, "search_texts", "read");
        if row.get::<Option<String>>("found")?.is_none() {
            return Ok(Vec::new());
        }
        let found: Vec<(u32, String, String)> = row.json("found")?;
        let doc = |(number, idea, rest): (u32, String, String)| {
            let number = Number(number);
            if postgres { Doc::of_tsvector(number, &idea) } else { Doc { number, idea, rest } }
        };
        Ok(found.into_iter().map(doc).collect())
    }

    async fn listed_in_order(
        &self,
        db: &DatabaseConnection,
        workspace: WorkspaceId,
        numbers: &[Number],
    ) -> Result<Vec<Listed>, StoreError> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let rows = Sql::new("SELECT ")
            .text(codec::LISTED)
            .text(" FROM suggestions s LEFT JOIN cards c ON c.workspace_id = s.workspace_id AND c.number = s.number WHERE s.workspace_id = ")
            .value(workspace.0)
            .text(" AND s.number IN ")
            .list(numbers.iter().map(|n| codec::number(*n).into()))
            .all(db)
            .await
            .or_fault()?;
        let mut items = rows.iter().map(codec::listed).collect::<Result<Vec<_>, _>>()?;
        items.sort_by_key(|item| numbers.iter().position(|n| *n == item.number));
        Ok(items)
    }
}
