//! The two databases that stories run on, each story with one of its own.

use std::path::PathBuf;
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
    folder: Option<TempDir>,
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
        match base {
            Base::Sqlite => {
                let folder =
                    tempfile::Builder::new().prefix("kaizen-story-").tempdir().expect("a temporary folder");
                let url = format!("sqlite://{}", folder.path().join("kaizen.db").display());
                migrate(&url).await;
                Fresh { url, folder: Some(folder) }
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
                Fresh { url: postgres::cluster().url(&name), folder: None }
            }
        }
    }

    /// The file, if it is SQLite.
    pub fn file(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.path().join("kaizen.db"))
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
