//! What search costs with 100,000 ideas: run by hand, `cargo test -p kaizen-storage --test contract scale -- --ignored --nocapture
//! --test-threads 1`. The labelled set of [`crate::alike`] lies among the others.

use std::time::{Duration, Instant};

use kaizen_domain::suggestion::Command;
use kaizen_workflow::ports::Queries;

use crate::alike::{ASIDE, IDEAS, TUNE, lines};
use crate::support::*;

/// Ideas beside those of the labelled set.
const OTHERS: u32 = 100_000;
/// Different words in them; the n-th is about n times as rare as the first.
const WORDS: u32 = 20_000;
/// Terms of one.
const TERMS: u32 = 16;

/// Numbers without end that look thrown.
struct Thrown(u64);

impl Thrown {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 33).unwrap()) / f64::from(1_u32 << 31)
    }

    /// By Zipf's law, about.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
    fn word(&mut self, words: &[String]) -> usize {
        let rank = (f64::from(WORDS + 1).ln() * self.next()).exp() - 1.0;
        (rank as usize).min(words.len() - 1)
    }
}

/// The words of the labelled set first, so that the frequent ones of theirs are frequent everywhere; then others.
fn words() -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for text in lines(IDEAS).map(|(_, text)| text) {
        for word in text.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| w.len() > 3) {
            let word = word.to_lowercase();
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }
    let mut thrown = Thrown(7);
    while words.len() < WORDS as usize {
        let letter = |thrown: &mut Thrown| char::from(b'a' + (thrown.next() * 26.0) as u8);
        words.push((0..7).map(|_| letter(&mut thrown)).collect());
    }
    words
}

async fn fill(world: &World) {
    let (_, number) = suggest(&world.db, "One idea of many").await;
    assert_eq!(number.0, 1);
    let raw = world.raw().await;
    let postgres = world.db.kind() == "postgres";
    let words = words();
    let mut thrown = Thrown(42);
    for batch in 0..OTHERS / 1_000 {
        let (mut items, mut texts) = (Vec::new(), Vec::new());
        for n in 0..1_000 {
            let number = 2 + batch * 1_000 + n;
            items.push(format!("({number})"));
            let mut terms: Vec<&str> = (0..TERMS).map(|_| words[thrown.word(&words)].as_str()).collect();
            terms.sort_unstable();
            terms.dedup();
            texts.push(if postgres {
                let terms: Vec<String> =
                    terms.iter().zip(1..).map(|(t, p)| format!("''{t}'':{p}A")).collect();
                format!("(1, {number}, '{}', 1)", terms.join(" "))
            } else {
                format!("(1, {number}, '{}', '', 1)", terms.join(" "))
            });
        }
        raw.run(&format!(
            "INSERT INTO suggestions (workspace_id, number, version, last_seq, stage, is_open, team_id, author_id, area,
                responsible_id, owed_by, owed_kind, due_at, submitted_at, updated_at, state)
             SELECT workspace_id, v.column1, version, last_seq, stage, is_open, team_id, author_id, area, responsible_id,
                owed_by, owed_kind, due_at, submitted_at, updated_at, state
             FROM suggestions, (VALUES {}) v WHERE number = 1",
            items.join(",")
        ))
        .await;
        let columns = if postgres { "terms" } else { "idea, rest" };
        raw.run(&format!(
            "INSERT INTO search_texts (workspace_id, number, {columns}, format) VALUES {}",
            texts.join(",")
        ))
        .await;
    }
    for some in words.chunks(500) {
        let near = some.iter().flat_map(|word| {
            let without = (0..word.len()).map(move |i| format!("{}{}", &word[..i], &word[i + 1..]));
            without.chain([word.clone()]).map(move |near| format!("(1, '{near}', '{word}')"))
        });
        let near: Vec<String> = near.collect();
        raw.run(&format!(
            "INSERT INTO search_near (workspace_id, near, term) VALUES {} ON CONFLICT DO NOTHING",
            near.join(",")
        ))
        .await;
    }
    raw.run(&format!("UPDATE workspaces SET next_number = {}", OTHERS + 2)).await;
    raw.run("ANALYZE").await;
}

/// What this process and the database's have used of the processors so far.
fn processor(postgres: bool) -> Duration {
    let ticks = |stat: &str| -> u64 {
        let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        rest.split(' ').skip(11).take(2).filter_map(|t| t.parse::<u64>().ok()).sum()
    };
    let mut sum = ticks(&std::fs::read_to_string("/proc/self/stat").unwrap());
    if postgres {
        for process in std::fs::read_dir("/proc").unwrap().flatten() {
            let stat = std::fs::read_to_string(process.path().join("stat")).unwrap_or_default();
            if stat.contains("(postgres)") {
                sum += ticks(&stat);
            }
        }
    }
    Duration::from_millis(sum * 10)
}

async fn measure(world: World) {
    let db = &world.db;
    let postgres = db.kind() == "postgres";
    let workspace = found(db).await;
    fill(&world).await;
    let mut names = std::collections::HashMap::new();
    for (name, idea) in lines(IDEAS) {
        names.insert(suggest(db, idea).await.1, name);
    }
    for round in ["first time", "again", "again"] {
        let (mut known, mut offered) = (0, 0);
        let (mut took, before, queries) =
            (Vec::new(), processor(postgres), TUNE.lines().chain(ASIDE.lines()).count());
        for (name, text) in lines(TUNE).chain(lines(ASIDE)) {
            let start = Instant::now();
            let found = db.similar(workspace, text, None, 5).await.unwrap();
            took.push(start.elapsed());
            if name != "-" {
                known += 1;
                offered += u32::from(found.iter().any(|l| names.get(&l.number) == Some(&name)));
            }
        }
        let used = processor(postgres) - before;
        took.sort_unstable();
        println!(
            "{} similar, {round}: recall {:.2} of {known}; median {:?}, 95 % {:?}, longest {:?}; processor {:?} each",
            db.kind(),
            f64::from(offered) / f64::from(known),
            took[took.len() / 2],
            took[took.len() * 95 / 100],
            took[took.len() - 1],
            used / u32::try_from(queries).unwrap()
        );
    }
    for typed in
        ["hand gell dispensr", "shelves", "patients", "ward", "patients on the ward in bed", "w", "zzzz"]
    {
        let start = Instant::now();
        let found = db.search(workspace, typed, 11).await.unwrap();
        println!("{} search {typed:?}: {} found, {:?}", db.kind(), found.len(), start.elapsed());
    }
    let before = processor(postgres);
    let start = Instant::now();
    for (_, text) in lines(ASIDE).chain(lines(TUNE)).cycle().take(500) {
        let (_, number) = suggest(db, text).await;
        if number.0 % 50 == 0 {
            act(db, sam(), number, Command::Follow, at(1)).await.unwrap();
        }
    }
    let used = processor(postgres) - before;
    println!(
        "{} 500 new ideas without looking for similar ones: {:?}, processor {:?} each",
        db.kind(),
        start.elapsed(),
        used / 500
    );
    let raw = world.raw().await;
    let plan = |sql: &str| {
        if postgres { format!("EXPLAIN ANALYZE {sql}") } else { format!("EXPLAIN QUERY PLAN {sql}") }
    };
    let statements = if postgres {
        [
            "WITH t AS MATERIALIZED (SELECT workspace_id, number, terms FROM search_texts
                WHERE workspace_id = 1 AND terms @@ CAST('(''dispens'' | (''hand'' & ''ward''))' AS tsquery))
             SELECT t.number, CAST(t.terms AS TEXT) AS terms FROM t
             JOIN suggestions s ON s.workspace_id = t.workspace_id AND s.number = t.number
             WHERE TRUE AND (s.is_open OR s.stage = 'verified') ORDER BY t.number DESC LIMIT 300",
            "SELECT v.term, (SELECT COUNT(*) FROM (SELECT 1 FROM search_texts t
                WHERE t.terms @@ CAST(v.term AS tsquery) LIMIT 2000) c) AS items
             FROM json_array_elements_text('[\"''ward''\", \"''dispens''\"]') v (term)",
            "SELECT near, term FROM search_near WHERE workspace_id = 1
                AND near = ANY (ARRAY (SELECT json_array_elements_text('[\"dispensr\", \"ispensr\"]')))",
        ]
    } else {
        [
            "SELECT t.number, t.idea, t.rest FROM search_index i CROSS JOIN search_texts t ON t.id = i.rowid
             JOIN suggestions s ON s.workspace_id = t.workspace_id AND s.number = t.number
             WHERE search_index MATCH '(\"dispens\" OR (\"hand\" AND \"ward\"))' AND t.workspace_id = 1
             AND (s.is_open OR s.stage = 'verified') ORDER BY i.rowid DESC LIMIT 300",
            "SELECT v.value AS term, (SELECT COUNT(*) FROM (SELECT 1 FROM search_index i
                WHERE i.search_index MATCH v.value LIMIT 2000)) AS items FROM json_each('[\"ward\", \"dispens\"]') v",
            "SELECT near, term FROM search_near WHERE workspace_id = 1 AND near IN (SELECT value FROM json_each('[\"dispensr\"]'))",
        ]
    };
    for sql in statements {
        println!("{sql}");
        for line in raw.plan(&plan(sql)).await {
            println!("    {line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement of minutes, not a test"]
async fn on_sqlite() {
    Box::pin(measure(World::sqlite().await)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement of minutes, not a test"]
async fn on_postgres() {
    Box::pin(measure(World::postgres().await)).await;
}
