//! Finding ideas by their words: `/idea search`, and the ideas that may say the same as a new one.
//!
//! Texts become terms in [`terms`], on both databases the same way; SQLite keeps them in FTS5, PostgreSQL in a `tsvector`
//! with GIN (`pg_trgm` cannot be created everywhere). The database only picks candidates, by the rarest terms and at most so
//! many; which of them come first is decided in [`rank`], so that both databases show the same. What is mistyped is looked
//! for in `search_near`, which knows every term without each of its letters.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kaizen_domain::{Number, Text, WorkspaceId};
use kaizen_workflow::ports::{Alike, Listed, StoreError};
use sea_orm::{DbBackend, QueryResult};

use self::rank::{Asked, Concept, Doc};
use self::terms::Word;
use crate::codec;
use crate::database::Database;
use crate::pool::Pool;
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

/// So many words of an idea may be presumed to be new, so that candidates come in the trip that finds out.
const PRESUMED: usize = 2;

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
        let (asked, _) = self.asked(db, workspace, &words, None).await?;
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
    ) -> Result<Vec<Alike>, StoreError> {
        let words: Vec<Word> = terms::read(text);
        if !words.iter().any(Word::tells) {
            return Ok(Vec::new());
        }
        let db = self.reader();
        let (asked, presumed) = self.asked(db, workspace, &words, Some(ALIKE_CANDIDATES)).await?;
        let Some(rare) = asked.rare(self.inner.backend, ALIKE_CANDIDATES) else { return Ok(Vec::new()) };
        let docs = match presumed {
            Some((query, docs)) if query == rare => docs,
            Some(_) | None => self.candidates(db, workspace, &rare, true).await?,
        };
        let alike: Vec<Number> =
            asked.alike(&docs).into_iter().filter(|n| Some(*n) != except).take(limit as usize).collect();
        self.alike_in_order(db, workspace, &alike).await
    }

    /// The words with what they may stand for and what they weigh. For the likeness of an idea (`alike`: of so many candidates)
    /// also the candidates of the query that they usually come to, in the same trip; without, somebody looks for them, perhaps
    /// still typing.
    async fn asked(
        &self,
        db: &Pool,
        workspace: WorkspaceId,
        words: &[Word],
        alike: Option<u32>,
    ) -> Result<(Asked, Option<(String, Vec<Doc>)>), StoreError> {
        let typed = alike.is_none();
        let items = self.items(db, workspace).await?;
        let mut asked = Asked::new(words, items, if typed { QUERY_WORDS } else { LIKENESS_WORDS });
        let mut counted = Vec::new();
        for concept in asked.concepts() {
            counted.push(Term::Whole(&concept.word.stem));
            if typed {
                counted.push(Term::Beginning(&concept.word.word));
            }
        }
        // One's own idea is among those that have its words.
        let unknown = if typed { 0 } else { 1 };
        let backend = self.inner.backend;
        let doubtful = |asked: &Asked, counts: &HashMap<String, u32>| -> Vec<usize> {
            let count = |term: Term<'_>| counts.get(&term.quoted(backend)).copied().unwrap_or(0);
            let rare = |concept: &Concept| {
                let stem = count(Term::Whole(&concept.word.stem));
                let begins = if typed { count(Term::Beginning(&concept.word.word)) } else { 0 };
                stem.max(begins) <= unknown && terms::can_be_mistyped(&concept.word.stem)
            };
            let concepts = asked.concepts().enumerate().filter(|(_, concept)| rare(concept));
            concepts.map(|(at, _)| at).take(MISTYPED_WORDS).collect()
        };
        let counts = self.counted_lately(&counted);
        // In one trip with the counts of words that are not remembered: each of those may turn out to be rare.
        let first = doubtful(&asked, &counts);
        let guesses = asked.guesses(&first, words);
        // Where nearly all is remembered, the rest is presumed to be new: only this idea has it.
        let presumed = |term: &str| counts.get(&Term::Whole(term).quoted(backend)).copied().unwrap_or(1);
        let query = match alike {
            Some(most) if counts.len() + PRESUMED >= counted.len() => asked.rare_if(backend, most, presumed),
            Some(_) | None => None,
        };
        let look = Look { counts, terms: &counted, keys: &guesses.keys, query: query.as_deref() };
        let LookedUp { counts, near: mut known, docs } = self.look_up(db, workspace, look).await?;
        let presumed = query.zip(docs);
        let count = |term: Term<'_>| counts.get(&term.quoted(backend)).copied().unwrap_or(0);
        let rare = doubtful(&asked, &counts);
        asked.weigh(|term| count(Term::Whole(term)));
        let guesses = if rare == first { guesses } else { asked.guesses(&rare, words) };
        if rare.iter().any(|at| !first.contains(at)) {
            let look = Look { counts: HashMap::new(), terms: &[], keys: &guesses.keys, query: None };
            known = self.look_up(db, workspace, look).await?.near;
        }
        let meant = guesses.meant(&known, MEANT);
        if meant.is_empty() {
            return Ok((asked, presumed));
        }
        let counted: Vec<Term<'_>> = meant.iter().map(|m| Term::Whole(&m.term)).collect();
        let counts = self.counted_lately(&counted);
        let look = Look { counts, terms: &counted, keys: &HashSet::new(), query: None };
        let LookedUp { counts, .. } = self.look_up(db, workspace, look).await?;
        for meant in &meant {
            let count =
                counts.get(&Term::Whole(&meant.term).quoted(self.inner.backend)).copied().unwrap_or(1);
            asked.add(meant, count);
        }
        Ok((asked, presumed))
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
    async fn items(&self, db: &Pool, workspace: WorkspaceId) -> Result<u32, StoreError> {
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

    /// In how many items the terms occur, as far as that is remembered, by the terms as they are looked for.
    fn counted_lately(&self, terms: &[Term<'_>]) -> HashMap<String, u32> {
        let known = lock(&self.inner.counts.terms);
        let terms = terms.iter().map(|t| t.quoted(self.inner.backend));
        terms
            .filter_map(|term| match known.get(&term) {
                Some(count) if is_fresh(*count) => Some((term, count.0)),
                Some(_) | None => None,
            })
            .collect()
    }

    /// In one trip, none where there is nothing to ask. (Limits are written out: SQLite makes a new plan for every value of one
    /// that is bound.)
    async fn look_up(
        &self,
        db: &Pool,
        workspace: WorkspaceId,
        look: Look<'_>,
    ) -> Result<LookedUp, StoreError> {
        let Look { mut counts, terms, keys, query } = look;
        let backend = self.inner.backend;
        let unknown = terms.iter().map(|t| t.quoted(backend)).filter(|term| !counts.contains_key(term));
        let unknown: BTreeSet<String> = unknown.collect();
        if unknown.is_empty() && keys.is_empty() && query.is_none() {
            return Ok(LookedUp { counts, near: Vec::new(), docs: None });
        }
        let sql = match backend {
            DbBackend::Postgres => {
                "SELECT v.term, CAST(NULL AS TEXT) AS near, CAST(NULL AS TEXT) AS found, (SELECT COUNT(*) FROM (SELECT 1 FROM search_texts t
                    WHERE t.terms @@ CAST(v.term AS tsquery) LIMIT 2000) c) AS items
                 FROM json_array_elements_text(CAST($1 AS json)) v (term)
                 UNION ALL SELECT term, near, NULL, NULL FROM search_near WHERE workspace_id = $2
                    AND near = ANY (ARRAY (SELECT json_array_elements_text(CAST($3 AS json))))"
            }
            _ => {
                "SELECT v.value AS term, NULL AS near, NULL AS found, (SELECT COUNT(*) FROM (SELECT 1 FROM search_index i
                    WHERE i.search_index MATCH v.value LIMIT 2000)) AS items
                 FROM json_each($1) v
                 UNION ALL SELECT term, near, NULL, NULL FROM search_near WHERE workspace_id = $2
                    AND near IN (SELECT value FROM json_each($3))"
            }
        };
        let terms = crate::sql::json(&unknown, "search_texts", "terms")?;
        let keys = crate::sql::json(&keys, "search_near", "near")?;
        let mut sql = Sql::new(sql).values([terms.into(), workspace.0.into(), keys.into()]);
        if let Some(query) = query {
            let candidates = candidates(backend, ("$2", "$4"), true);
            sql =
                sql.text(" UNION ALL SELECT NULL, NULL, f.found, NULL FROM (").text(&candidates).text(") f");
            sql = sql.values([query.into()]);
        }
        let rows = sql.all(db).await.or_fault()?;
        let (mut near, mut docs) = (Vec::new(), None);
        let mut known = lock(&self.inner.counts.terms);
        if known.len() >= MOST_COUNTS {
            known.clear();
        }
        for row in &rows {
            let row = Row::of(row, "search_texts", "looked up");
            let Some(term) = row.get::<Option<String>>("term")? else {
                docs = Some(read_docs(backend, &row)?);
                continue;
            };
            if let Some(key) = row.get("near")? {
                near.push((key, term));
                continue;
            }
            let count = u32::try_from(row.get::<i64>("items")?).unwrap_or(u32::MAX);
            known.insert(term.clone(), (count, Instant::now()));
            counts.insert(term, count);
        }
        Ok(LookedUp { counts, near, docs })
    }

    async fn candidates(
        &self,
        db: &Pool,
        workspace: WorkspaceId,
        query: &str,
        alive: bool,
    ) -> Result<Vec<Doc>, StoreError> {
        let backend = self.inner.backend;
        let sql = candidates(backend, ("$1", "$2"), alive);
        let row = Sql::new(&sql).values([workspace.0.into(), query.into()]).one(db).await.or_fault()?;
        row.map_or(Ok(Vec::new()), |row| read_docs(backend, &Row::of(&row, "search_texts", "read")))
    }

    async fn listed_in_order(
        &self,
        db: &Pool,
        workspace: WorkspaceId,
        numbers: &[Number],
    ) -> Result<Vec<Listed>, StoreError> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let rows = listed(codec::LISTED, workspace, numbers).all(db).await.or_fault()?;
        let mut items = rows.iter().map(codec::listed).collect::<Result<Vec<_>, _>>()?;
        items.sort_by_key(|item| numbers.iter().position(|n| *n == item.number));
        Ok(items)
    }

    /// What is shown of these ideas, in this order: of each only what could work better, not its whole state.
    async fn alike_in_order(
        &self,
        db: &Pool,
        workspace: WorkspaceId,
        numbers: &[Number],
    ) -> Result<Vec<Alike>, StoreError> {
        #[derive(serde::Deserialize)]
        struct Said {
            idea: Text,
        }
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let rows = listed(
            "s.number, s.is_open, s.state, c.channel_id, c.message_id, c.thread_id",
            workspace,
            numbers,
        );
        let rows = rows.all(db).await.or_fault()?;
        let alike = |row: &QueryResult| {
            let row = Row::of(row, "suggestions", "alike");
            let number = row.number("number")?;
            let row = row.joined("suggestions", number);
            let Said { idea } = row.json("state")?;
            Ok(Alike { number, idea, is_open: row.get("is_open")?, card: codec::card(&row, &codec::ITEM)? })
        };
        let mut items = rows.iter().map(alike).collect::<Result<Vec<_>, StoreError>>()?;
        items.sort_by_key(|item| numbers.iter().position(|n| *n == item.number));
        Ok(items)
    }
}

/// What is looked up at once.
struct Look<'l> {
    /// In how many items terms occur, as far as that is remembered.
    counts: HashMap<String, u32>,
    /// Terms of which that is asked where it is not remembered; at most 2,000, beyond which nobody needs to know.
    terms: &'l [Term<'l>],
    /// Shortened and whole terms that may be known.
    keys: &'l HashSet<String>,
    /// What finds candidates for a likeness.
    query: Option<&'l str>,
}

/// What one look gave.
struct LookedUp {
    /// In how many items the terms occur.
    counts: HashMap<String, u32>,
    /// Of the keys those that are known, each with the whole term that it stands for.
    near: Vec<(String, String)>,
    /// The candidates, where they were asked for.
    docs: Option<Vec<Doc>>,
}

/// The newest items that a query finds, as one row: each row of its own would cost more on its way here than it costs to
/// find. `workspace` and `query` are placeholders; with `alive` only what is open or verified.
fn candidates(backend: DbBackend, (workspace, query): (&str, &str), alive: bool) -> String {
    let limit = if alive { ALIKE_CANDIDATES } else { CANDIDATES };
    let (join, open) = if alive {
        (
            " JOIN suggestions s ON s.workspace_id = t.workspace_id AND s.number = t.number",
            " AND (s.is_open OR s.stage = 'verified')",
        )
    } else {
        ("", "")
    };
    if backend == DbBackend::Postgres {
        // Found first, then sorted: else PostgreSQL reads from the newest item on until it has enough, or all of them.
        format!(
            "SELECT CAST(json_agg(json_build_array(c.number, c.terms, '')) AS TEXT) AS found FROM (
                WITH t AS MATERIALIZED (SELECT workspace_id, number, terms FROM search_texts
                    WHERE workspace_id = {workspace} AND terms @@ CAST({query} AS tsquery))
                SELECT t.number, CAST(t.terms AS TEXT) AS terms FROM t{join} WHERE TRUE{open}
                ORDER BY t.number DESC LIMIT {limit}) c"
        )
    } else {
        // CROSS JOIN tells SQLite to ask the index first; else it may ask it anew for every row of the workspace.
        format!(
            "SELECT json_group_array(json_array(c.number, c.idea, c.rest)) AS found FROM (
                SELECT t.number, t.idea, t.rest FROM search_index i CROSS JOIN search_texts t ON t.id = i.rowid{join}
                WHERE search_index MATCH {query} AND t.workspace_id = {workspace}{open} ORDER BY i.rowid DESC LIMIT {limit}) c"
        )
    }
}

/// What [`candidates`] found.
fn read_docs(backend: DbBackend, row: &Row<'_>) -> Result<Vec<Doc>, StoreError> {
    if row.get::<Option<String>>("found")?.is_none() {
        return Ok(Vec::new());
    }
    let found: Vec<(u32, String, String)> = row.json("found")?;
    let doc = |(number, idea, rest): (u32, String, String)| {
        let number = Number(number);
        if backend == DbBackend::Postgres {
            Doc::of_tsvector(number, &idea)
        } else {
            Doc { number, idea, rest }
        }
    };
    Ok(found.into_iter().map(doc).collect())
}

/// Of these items these columns, with their cards.
fn listed(columns: &str, workspace: WorkspaceId, numbers: &[Number]) -> Sql {
    Sql::new("SELECT ")
        .text(columns)
        .text(" FROM suggestions s LEFT JOIN cards c ON c.workspace_id = s.workspace_id AND c.number = s.number WHERE s.workspace_id = ")
        .value(workspace.0)
        .text(" AND s.number IN ")
        .list(numbers.iter().map(|n| codec::number(*n).into()))
}
