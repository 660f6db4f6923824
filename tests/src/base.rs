//! The two databases that stories run on, each story with one of its own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kaizen_storage::{Database, Founding, Options, OutboxTiming};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::postgres;

/// Which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// A file in a folder of its own.
    Sqlite,
    /// A database of the process's private cluster.
    Postgres,
}

/// A fresh, migrated database. It goes when this is dropped.
#[derive(Debug)]
pub struct Fresh {
    /// Its address.
    pub url: String,
    base: Base,
    folder: TempDir,
}

/// Edits of a card and bundles of reminders wait as short as a story can stand.
pub fn quick() -> Options {
    Options {
        founding: Founding::default(),
        outbox: OutboxTiming { card_gap: Duration::from_millis(5), bundle_hold: Duration::from_millis(150) },
        connections: 4,
    }
}

impl Fresh {
    /// Makes one.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn make(base: Base) -> Fresh {
        let folder = tempfile::Builder::new().prefix("kaizen-story-").tempdir().expect("a temporary folder");
        match base {
            Base::Sqlite => {
                let url = format!("sqlite://{}", folder.path().join("kaizen.db").display());
                migrate(&url).await;
                Fresh { url, base, folder }
            }
            Base::Postgres => {
                static TEMPLATE: OnceCell<String> = OnceCell::const_new();
                let template = TEMPLATE
                    .get_or_init(|| async {
                        let name = postgres::cluster().create_database(None);
                        migrate(&postgres::cluster().url(&name)).await;
                        name
                    })
                    .await;
                let name = postgres::cluster().create_database(Some(template));
                Fresh { url: postgres::cluster().url(&name), base, folder }
            }
        }
    }

    /// The file, if it is SQLite.
    pub fn file(&self) -> Option<PathBuf> {
        (self.base == Base::Sqlite).then(|| self.folder.path().join("kaizen.db"))
    }

    /// Where its erasure journal is: on SQLite where it is without being told.
    pub fn journal(&self) -> PathBuf {
        self.folder.path().join("kaizen.db.erasures")
    }

    /// A folder beside it, which goes with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Restores it from a backup, as the handbook says.
    ///
    /// # Panics
    /// When it cannot be restored.
    pub fn restore(&mut self, backup: &Path) {
        match self.file() {
            Some(file) => {
                for end in ["", "-wal", "-shm"] {
                    let old = self.folder.path().join(format!("kaizen.db{end}"));
                    if old.exists() {
                        std::fs::rename(&old, self.folder.path().join(format!("before.db{end}")))
                            .expect("it moves");
                    }
                }
                std::fs::copy(backup, file).expect("the backup is copied");
            }
            None => {
                let name = postgres::cluster().create_database(None);
                postgres::cluster().run_file_in(&name, backup);
                self.url = postgres::cluster().url(&name);
            }
        }
    }

    /// Opens it.
    ///
    /// # Panics
    /// When it does not open.
    pub async fn open(&self, options: Options) -> Database {
        Database::open(&self.url, options).await.expect("the story's database opens")
    }
}

async fn migrate(url: &str) {
    let database = Database::open(url, quick()).await.expect("a new database opens");
    database.migrate().await.expect("a new database is migrated");
    database.close().await;
}
