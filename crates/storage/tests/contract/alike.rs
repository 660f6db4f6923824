//! How well duplicates are found: a labelled set of ideas of a ward, a social-work team and a shop floor, and what others
//! wrote later that says the same (`tests/alike`). Part of it is kept aside: nothing was tuned by it.

use kaizen_domain::{Number, WorkspaceId};
use kaizen_storage::Database;
use kaizen_workflow::ports::Queries;

use crate::support::*;

pub(crate) const IDEAS: &str = include_str!("../alike/ideas.tsv");
pub(crate) const TUNE: &str = include_str!("../alike/tune.tsv");
pub(crate) const ASIDE: &str = include_str!("../alike/aside.tsv");

/// Ideas that are offered with a new one.
const OFFERED: u32 = 5;

pub(crate) fn lines(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> + Clone {
    file.lines()
        .filter(|l| !l.starts_with('#'))
        .map(|l| l.split_once('\t').expect("a name, a tab, the words"))
}

/// Recall among the first and the first five, and how many new ideas were taken for an old one.
#[derive(Debug, Default)]
struct Measured {
    known: u32,
    first: u32,
    offered: u32,
    new: u32,
    mistaken: u32,
}

impl Measured {
    fn recall(&self) -> f64 {
        f64::from(self.offered) / f64::from(self.known.max(1))
    }
}

async fn measure(db: &Database, workspace: WorkspaceId, part: &str, file: &'static str) -> Measured {
    let names: Vec<&str> = lines(IDEAS).map(|(name, _)| name).collect();
    let mut measured = Measured::default();
    for (name, text) in lines(file) {
        // As a new idea: it is there itself when the others are looked for.
        let (_, own) = suggest(db, text).await;
        let found = db.similar(workspace, text, Some(own), OFFERED).await.unwrap();
        act(db, sam(), own, kaizen_domain::suggestion::Command::Withdraw { reason: None }, at(1))
            .await
            .unwrap();
        let found: Vec<&str> =
            found.iter().filter_map(|l| names.get(l.number.0 as usize - 1).copied()).collect();
        if name == "-" {
            measured.new += 1;
            measured.mistaken += u32::from(!found.is_empty());
            println!("{part}  new            {text}: {}", found.join(" "));
            continue;
        }
        let place = found.iter().position(|f| *f == name);
        measured.known += 1;
        measured.first += u32::from(place == Some(0));
        measured.offered += u32::from(place.is_some());
        if place != Some(0) {
            let place = place.map_or("missed".to_owned(), |p| format!("place {}", p + 1));
            println!("{part}  {name} {place:<10} {text}: {}", found.join(" "));
        }
    }
    measured
}

pub(crate) async fn expect_duplicates_among_the_first_five(world: World) {
    let db = &world.db;
    let workspace = found(db).await;
    for ((_, idea), expected) in lines(IDEAS).zip(1..) {
        assert_eq!(suggest(db, idea).await.1, Number(expected));
    }
    let only = std::env::var("ALIKE_ONLY").ok();
    let parts = [("tune", TUNE), ("aside", ASIDE)];
    println!("part   duplicates  first  in five  recall  new  mistaken   ({})", db.kind());
    for (part, file) in parts.into_iter().filter(|(part, _)| only.as_deref().is_none_or(|o| o == *part)) {
        let m = measure(db, workspace, part, file).await;
        println!(
            "{part:<6} {:>10}  {:>5}  {:>7}  {:>6.2}  {:>3}  {:>8}",
            m.known,
            m.first,
            m.offered,
            m.recall(),
            m.new,
            m.mistaken
        );
        assert!(m.recall() >= 0.8, "{part}: {m:?}");
    }
}

fn numbers(lines: &[kaizen_workflow::ports::Listed]) -> Vec<u32> {
    lines.iter().map(|l| l.number.0).collect()
}

pub(crate) async fn expect_search_with_mistakes_and_other_forms(world: World) {
    let db = &world.db;
    let workspace = found(db).await;
    let ideas = [
        "The hand gel dispenser by the door is empty",
        "Label the shelf in the supply room",
        "A wheelchair for the entrance",
        "نظافة اليدين قبل كل زيارة",
        "病房门口需要手消毒液",
        "Łukasz und Frau Jäger brauchen größere Handschuhe",
        "Barcode scanners for the store",
    ];
    for idea in ideas {
        suggest(db, idea).await;
    }
    let found = async |text: &str| numbers(&db.search(workspace, text, 10).await.unwrap());
    for (typed, expected) in [
        ("hand gell dispensr", 1),
        ("dispesners", 1),
        ("shelves", 2),
        ("labeling shelfs", 2),
        ("wheel chair", 3),
        ("wheelchiar", 3),
        ("اليدين", 4),
        ("消毒", 5),
        ("液", 5),
        ("门口 手消毒", 5),
        ("lukasz", 6),
        ("Jaeger Handschue", 6),
        ("GRÖSSERE", 6),
        ("bar code", 7),
        ("barcod", 7),
    ] {
        assert_eq!(found(typed).await.first(), Some(&expected), "{typed}");
    }
    for typed in ["🧹", "🧴🧼", "…", "毒药", "xylophone", "the"] {
        assert_eq!(found(typed).await, Vec::<u32>::new(), "{typed}");
    }
}

pub(crate) async fn expect_erased_words_in_no_vocabulary(world: World) {
    let db = &world.db;
    let workspace = found(db).await;
    let (_, number) = suggest(db, "Leonhard waits for the lift every morning").await;
    suggest(db, "The lift is slow").await;
    let raw = world.raw().await;
    assert_ne!(raw.count("search_near WHERE term = 'leonhard'").await, 0);
    let lift = raw.count("search_near WHERE term = 'lift'").await;
    let words = vec!["Leonhard".to_owned(), "lift".to_owned()];
    act(db, sam(), number, kaizen_domain::suggestion::Command::Redact { words }, at(1)).await.unwrap();
    assert_eq!(raw.count("search_near WHERE term = 'leonhard' OR near LIKE '%eonhar%'").await, 0);
    assert_eq!(raw.count("search_near WHERE term = 'lift'").await, lift, "another idea has it");
    assert!(db.search(workspace, "leonard", 10).await.unwrap().is_empty());
    assert_eq!(numbers(&db.search(workspace, "lifts", 10).await.unwrap()), [2]);
}

/// Rows as the version before wrote them.
async fn age(raw: &Raw, postgres: bool) {
    raw.run("DELETE FROM search_near").await;
    if postgres {
        raw.run(
            "UPDATE search_texts SET format = 0, terms = CAST('''shelves'':1A ''label'':2A' AS tsvector)",
        )
        .await;
    } else {
        raw.run("UPDATE search_texts SET format = 0, idea = 'label the shelves', rest = ''").await;
    }
}

pub(crate) async fn expect_older_rows_indexed_anew_a_few_at_a_time(world: World) {
    let db = &world.db;
    let workspace = found(db).await;
    for _ in 0..7 {
        suggest(db, "Label the shelves").await;
    }
    let raw = world.raw().await;
    age(&raw, db.kind() == "postgres").await;
    let found = async |text: &str| db.search(workspace, text, 10).await.unwrap().len();
    // Until then they are found by their words.
    assert_eq!((found("shelves").await, found("shelf").await), (7, 0));
    assert_eq!(db.index_older(3).await.unwrap(), 3);
    // A new process goes on where the other one stopped, and two at once do each once.
    let other = world.another().await;
    assert_eq!(other.index_older(1).await.unwrap(), 1);
    let (one, two) = tokio::join!(db.index_older(100), other.index_older(100));
    assert_eq!(one.unwrap() + two.unwrap(), 3);
    assert_eq!(db.index_older(100).await.unwrap(), 0);
    assert_eq!(raw.count("search_texts WHERE format = 1").await, 7);
    assert_eq!((found("shelf").await, found("shelfs").await, found("lable").await), (7, 7, 7));
}

pub(crate) async fn expect_an_unreadable_idea_to_hold_up_no_other(world: World) {
    let db = &world.db;
    let workspace = found(db).await;
    suggest(db, "Label the shelves").await;
    suggest(db, "Label the shelves").await;
    let raw = world.raw().await;
    age(&raw, db.kind() == "postgres").await;
    raw.run("UPDATE suggestions SET state = '{}' WHERE number = 1").await;
    assert_eq!((db.index_older(1).await.unwrap(), db.index_older(1).await.unwrap()), (1, 1));
    assert_eq!(db.index_older(1).await.unwrap(), 0);
    assert_eq!(numbers(&db.search(workspace, "shelf", 10).await.unwrap()), [2]);
}
