use kaizen_domain::{GuildId, MemberId};
use kaizen_storage::Options;
use kaizen_workflow::clock::{Clock, SystemClock};
use kaizen_workflow::erasing::{Erased, Journal as _};

use super::*;

async fn empty() -> Database {
    let database = Database::open("sqlite::memory:", Options::default()).await.unwrap();
    database.migrate().await.unwrap();
    database
}

fn config(journal: &Path) -> Config {
    let environment = [("KAIZEN__DATABASE__ERASURE_JOURNAL".to_owned(), journal.display().to_string())];
    Config::layered(None, environment).unwrap()
}

async fn start(database: &Database, journal: &Path) -> Result<Option<Arc<Journal>>, NotReady> {
    before_serving(database, &config(journal), Arc::new(SystemClock)).await
}

fn erasure(name: &str) -> Erasure {
    let erased = Erased::Person { guild: GuildId(1000), member: MemberId(12) };
    Erasure { name: name.to_owned(), at: SystemClock.now(), erased }
}

#[tokio::test]
async fn expect_a_journal_that_is_missed() {
    let (folder, database) = (tempfile::tempdir().unwrap(), empty().await);
    let path = folder.path().join("erasures");
    start(&database, &path).await.unwrap().expect("it is begun");
    start(&database, &path).await.unwrap().expect("it is there");
    std::fs::remove_file(&path).unwrap();
    let missing = start(&database, &path).await.unwrap_err();
    assert!(matches!(&missing, NotReady::Missing(p) if *p == path), "{missing}");
    assert!(!path.exists(), "it is not made anew in secret");
    let off =
        Config::layered(None, [("KAIZEN__DATABASE__ERASURE_JOURNAL".to_owned(), "off".to_owned())]).unwrap();
    let off = before_serving(&database, &off, Arc::new(SystemClock)).await.unwrap_err();
    assert!(matches!(off, NotReady::NotConfigured), "{off}");
    // Whoever makes an empty file says that it is lost; what the database knows is written into it.
    database.nothing_left(&erasure("a")).await.unwrap();
    std::fs::write(&path, "").unwrap();
    start(&database, &path).await.unwrap().expect("it is begun again");
    assert_eq!(lacking(&database, &path).await.unwrap(), 0);
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 2);
}

#[tokio::test]
async fn expect_each_erasure_once() {
    let (folder, database) = (tempfile::tempdir().unwrap(), empty().await);
    let path = folder.path().join("erasures");
    let journal = start(&database, &path).await.unwrap().unwrap();
    for name in ["a", "b"] {
        database.nothing_left(&erasure(name)).await.unwrap();
    }
    assert_eq!(lacking(&database, &path).await.unwrap(), 2);
    journal.keep_up().await.unwrap();
    journal.keep_up().await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 3, "{text}");
    // What another database of the same journal does not know is known afterwards, though there is nobody to forget.
    let other = empty().await;
    other.set_note(NOTE, &database.note(NOTE).await.unwrap().unwrap()).await.unwrap();
    start(&other, &path).await.unwrap();
    assert_eq!(other.erasures().await.unwrap(), database.erasures().await.unwrap());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn expect_a_torn_line_to_be_written_again_and_a_broken_one_to_be_refused() {
    let (folder, database) = (tempfile::tempdir().unwrap(), empty().await);
    let path = folder.path().join("erasures");
    start(&database, &path).await.unwrap();
    database.nothing_left(&erasure("a")).await.unwrap();
    let head = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{head}{{\"name\":\"a\",\"at\":")).unwrap();
    start(&database, &path).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.ends_with("}}}\n") && text.lines().count() == 2, "{text}");
    for (broken, line) in [
        (format!("{head}nonsense\n{}", text.lines().nth(1).unwrap()), 2),
        ("nonsense\n".to_owned(), 1),
        (text.replace("\"format\":1", "\"format\":2"), 1),
    ] {
        std::fs::write(&path, &broken).unwrap();
        let refused = start(&database, &path).await.unwrap_err();
        assert!(matches!(refused, NotReady::Line { line: found, .. } if found == line), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), broken, "it is left as it is");
    }
    // That of another database.
    std::fs::write(&path, text.replace(&database.note(NOTE).await.unwrap().unwrap(), "0123")).unwrap();
    let foreign = start(&database, &path).await.unwrap_err();
    assert!(matches!(foreign, NotReady::Foreign(_)), "{foreign}");
    let foreign = start(&empty().await, &path).await.unwrap_err();
    assert!(matches!(foreign, NotReady::Foreign(_)), "{foreign}");
    // A folder.
    let folder = folder.path().join("folder");
    std::fs::create_dir(&folder).unwrap();
    let refused = start(&empty().await, &folder).await.unwrap_err();
    assert!(matches!(refused, NotReady::File { .. }), "{refused}");
}

#[cfg(unix)]
#[tokio::test]
async fn expect_only_its_owner_to_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, database) = (tempfile::tempdir().unwrap(), empty().await);
    let path = folder.path().join("erasures");
    start(&database, &path).await.unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
