//! Opening a database: which kind, how many connections, is the schema ours, does another process run it already.

use std::collections::{HashMap, HashSet};
use std::fs::{File, TryLockError};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use kaizen_domain::{GuildId, MemberId, TeamId, Times, UserId, WorkspaceId};
use kaizen_migrations::Schema;
use kaizen_workflow::ports::StoreError;
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr};

use crate::pool::{Pool, STALE};
use crate::sql::{OrFault, Sql};
use crate::workspaces::CachedPolicy;

/// How long a statement waits for a lock of another process before it counts as failed.
const BUSY: Duration = Duration::from_secs(5);

/// How long a caller waits for a free connection.
const ACQUIRE: Duration = Duration::from_secs(5);

/// A statement of PostgreSQL that takes longer counts as failed.
const STATEMENT: Duration = Duration::from_secs(30);

/// Pages in SQLite's write-ahead log before a commit moves them into the file: at the default of 1000 more than one commit
/// in a hundred would wait for that.
const CHECKPOINT: &str = "4000";

/// What a new workspace gets.
#[derive(Debug, Clone)]
pub struct Founding {
    /// Its times.
    pub times: Times,
    /// Its time zone.
    pub zone: chrono_tz::Tz,
}

impl Default for Founding {
    fn default() -> Self {
        Founding { times: Times::default(), zone: chrono_tz::UTC }
    }
}

/// How the outbox holds things together.
#[derive(Debug, Clone, Copy)]
pub struct OutboxTiming {
    /// Between two edits of one card.
    pub card_gap: Duration,
    /// How long a reminder waits for others to the same person.
    pub bundle_hold: Duration,
}

impl Default for OutboxTiming {
    fn default() -> Self {
        OutboxTiming { card_gap: Duration::from_secs(2), bundle_hold: Duration::from_secs(2) }
    }
}

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// What a new workspace gets.
    pub founding: Founding,
    /// How the outbox holds things together.
    pub outbox: OutboxTiming,
    /// Connections: on PostgreSQL in all, on SQLite for reading that may take long.
    pub connections: u32,
}

impl Default for Options {
    fn default() -> Self {
        Options { founding: Founding::default(), outbox: OutboxTiming::default(), connections: 4 }
    }
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither SQLite nor PostgreSQL.
    #[error("the database's address must begin with sqlite:// or postgres://")]
    Address,
    /// It does not answer, or refuses us.
    #[error("the database cannot be opened: {0}")]
    Unreachable(#[source] DbErr),
    /// The folder or file cannot be used.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A newer program has been here.
    #[error(
        "the database was made by a newer version of the program (it knows {0}); use that version, or restore a backup"
    )]
    Newer(String),
    /// The schema is older than the program.
    #[error("the database lacks {0} migration(s): run `kaizen migrate`")]
    NotMigrated(usize),
    /// Another process runs on this file.
    #[error("another process is running on {0}; for several processes use PostgreSQL")]
    InUse(PathBuf),
}

/// A database with everything that the ports need. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    /// Where changes go, and short reading: one connection on SQLite. It keeps the pages that it knows as long as nobody else
    /// writes, and has one thread (what that saves: docs/performance.md).
    main: Arc<Pool>,
    /// Where reading goes that may take long; the same pool as `main` on PostgreSQL.
    aside: Arc<Pool>,
    /// Whose turn it is to write on SQLite: waiting here is fair, waiting for the file's lock is not.
    turn: tokio::sync::Mutex<()>,
    pub(crate) backend: DbBackend,
    pub(crate) options: Options,
    /// The file of an SQLite database.
    file: Option<PathBuf>,
    lock: Mutex<Option<File>>,
    pub(crate) policies: RwLock<HashMap<WorkspaceId, CachedPolicy>>,
    pub(crate) people: RwLock<HashMap<(WorkspaceId, MemberId), UserId>>,
    pub(crate) planned: RwLock<HashSet<(WorkspaceId, TeamId)>>,
    pub(crate) counts: crate::search::Counts,
    pub(crate) sharing: RwLock<HashMap<GuildId, Vec<MemberId>>>,
    installation: OnceLock<String>,
    /// A temporary database goes with its last handle.
    _temporary: Option<tempfile::TempDir>,
}

struct Pools {
    main: Arc<Pool>,
    aside: Arc<Pool>,
    backend: DbBackend,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("backend", &self.inner.backend).finish_non_exhaustive()
    }
}

/// The future of a transaction's work.
pub(crate) type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 't>>;

impl Database {
    /// Opens `sqlite://path/to/file` (made if it is not there), `sqlite::memory:` (a temporary file that goes with the last
    /// handle) or `postgres://…`. The schema is not looked at: see [`Database::migrate`] and [`Database::check_schema`].
    ///
    /// # Errors
    /// When the address is neither, or the database does not answer.
    pub async fn open(url: &str, options: Options) -> Result<Database, OpenError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Self::open_postgres(url, options).await;
        }
        let path = url.strip_prefix("sqlite:").ok_or(OpenError::Address)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        let path = path.split('?').next().unwrap_or(path);
        if path == ":memory:" {
            let folder = tempfile::Builder::new().prefix("kaizen-").tempdir();
            let folder = folder.map_err(|source| OpenError::File { path: std::env::temp_dir(), source })?;
            let file = folder.path().join("kaizen.db");
            return Self::open_sqlite(&file, options, Some(folder)).await;
        }
        if path.is_empty() {
            return Err(OpenError::Address);
        }
        Self::open_sqlite(Path::new(path), options, None).await
    }

    async fn open_postgres(url: &str, options: Options) -> Result<Database, OpenError> {
        let mut connect = ConnectOptions::new(url);
        quiet(&mut connect)
            .max_connections(options.connections.max(2))
            .min_connections(1)
            .statement_timeout(STATEMENT);
        let pool = sea_orm::Database::connect(connect).await.map_err(OpenError::Unreachable)?;
        let pool = Arc::new(Pool::new(pool));
        Ok(Self::with(
            Pools { main: Arc::clone(&pool), aside: pool, backend: DbBackend::Postgres },
            options,
            None,
            None,
        ))
    }

    async fn open_sqlite(
        file: &Path,
        options: Options,
        temporary: Option<tempfile::TempDir>,
    ) -> Result<Database, OpenError> {
        let at = |source| OpenError::File { path: file.to_owned(), source };
        if let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(at)?;
        }
        let connect = |connections: u32, reading: bool| {
            let file = file.to_owned();
            let mut connect = ConnectOptions::new("sqlite://");
            quiet(&mut connect).max_connections(connections).min_connections(1);
            connect.map_sqlx_sqlite_opts(move |sqlite| {
                sqlite
                    .filename(&file)
                    .create_if_missing(!reading)
                    .busy_timeout(BUSY)
                    .foreign_keys(true)
                    .pragma("journal_mode", "WAL")
                    .pragma("synchronous", "FULL")
                    .pragma("secure_delete", "ON")
                    .pragma("cache_size", if reading { "-512" } else { "-2048" })
                    .pragma("wal_autocheckpoint", CHECKPOINT)
                    .pragma("query_only", if reading { "ON" } else { "OFF" })
            });
            sea_orm::Database::connect(connect)
        };
        let main = connect(1, false).await.map_err(OpenError::Unreachable)?;
        let aside = connect(options.connections.max(1), true).await.map_err(OpenError::Unreachable)?;
        let pools = Pools {
            main: Arc::new(Pool::new(main)),
            aside: Arc::new(Pool::new(aside)),
            backend: DbBackend::Sqlite,
        };
        Ok(Self::with(pools, options, Some(file.to_owned()), temporary))
    }

    fn with(
        Pools { main, aside, backend }: Pools,
        options: Options,
        file: Option<PathBuf>,
        temporary: Option<tempfile::TempDir>,
    ) -> Self {
        Database {
            inner: Arc::new(Inner {
                main,
                aside,
                turn: tokio::sync::Mutex::new(()),
                backend,
                options,
                file,
                lock: Mutex::new(None),
                policies: RwLock::default(),
                people: RwLock::default(),
                planned: RwLock::default(),
                counts: crate::search::Counts::default(),
                sharing: RwLock::default(),
                installation: OnceLock::new(),
                _temporary: temporary,
            }),
        }
    }

    /// Brings the schema up to the program's. Two processes may do so at once: one waits, then finds nothing to do.
    ///
    /// # Errors
    /// [`OpenError::Newer`] for a database of a newer program, which is left alone; or a fault of the database.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        match kaizen_migrations::compare(&*self.inner.main).await.map_err(OpenError::Unreachable)? {
            Schema::Current => {}
            Schema::Newer(name) => return Err(OpenError::Newer(name)),
            Schema::Behind(_) => {
                let migrate = async {
                    let txn = self.inner.main.begin().await?;
                    kaizen_migrations::up(&txn).await?;
                    txn.commit().await
                };
                migrate.await.map_err(OpenError::Unreachable)?;
            }
        }
        self.name_installation().await.map_err(OpenError::Unreachable)
    }

    /// The first process on a database gives the installation its name; all others read it. A database that was restored is
    /// another installation (see `backup.rs`).
    async fn name_installation(&self) -> Result<(), DbErr> {
        let db = &*self.inner.main;
        Sql::new("UPDATE notes SET value = $1 WHERE name = 'installation' AND EXISTS (SELECT 1 FROM notes r WHERE r.name = $2)")
            .values([kaizen_workflow::ids::reference().into(), crate::backup::RESTORED_FROM.into()])
            .run(db)
            .await?;
        Sql::new("INSERT INTO notes (name, value) VALUES ('installation', $1) ON CONFLICT (name) DO NOTHING")
            .values([kaizen_workflow::ids::reference().into()])
            .run(db)
            .await?;
        let row = Sql::new("SELECT value FROM notes WHERE name = 'installation'").one(db).await?;
        if let Some(name) = row.map(|row| row.try_get("", "value")).transpose()? {
            // Read before: it is the same.
            let _ = self.inner.installation.set(name);
        }
        Ok(())
    }

    /// A short random name of this database, the same in all processes, known once [`Database::migrate`] was called; empty
    /// before.
    pub fn installation(&self) -> &str {
        self.inner.installation.get().map_or("", String::as_str)
    }

    /// Is the schema the program's?
    ///
    /// # Errors
    /// Says what is wrong where it is not.
    pub async fn check_schema(&self) -> Result<(), OpenError> {
        match kaizen_migrations::compare(&*self.inner.main).await.map_err(OpenError::Unreachable)? {
            Schema::Current => Ok(()),
            Schema::Behind(missing) => Err(OpenError::NotMigrated(missing)),
            Schema::Newer(name) => Err(OpenError::Newer(name)),
        }
    }

    /// For `run`: holds an SQLite file against a second `run` until the last handle is dropped or the process ends.
    /// On PostgreSQL several processes are welcome, and nothing is locked.
    ///
    /// # Errors
    /// [`OpenError::InUse`] where another process has it.
    pub fn lock_exclusively(&self) -> Result<(), OpenError> {
        let Some(database) = &self.inner.file else { return Ok(()) };
        let mut held = self.inner.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_some() {
            return Ok(());
        }
        let mut path = database.clone().into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        let file = File::options().create(true).append(true).open(&path);
        let file = file.map_err(|source| OpenError::File { path: path.clone(), source })?;
        match file.try_lock() {
            Ok(()) => {
                *held = Some(file);
                Ok(())
            }
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(database.clone())),
            Err(TryLockError::Error(source)) => Err(OpenError::File { path, source }),
        }
    }

    /// Which kind of database this is, for operators: `sqlite` or `postgres`.
    pub fn kind(&self) -> &'static str {
        match self.inner.backend {
            DbBackend::Postgres => "postgres",
            _ => "sqlite",
        }
    }

    /// Closes every connection after what is in hand; later calls fail.
    pub async fn close(&self) {
        self.inner.aside.close().await;
        self.inner.main.close().await;
    }

    /// For short reading: on the path of a command, of a timer, of what is sent. On SQLite it is the connection that writes,
    /// so nothing within a transaction may read here.
    pub(crate) fn reader(&self) -> &Pool {
        &self.inner.main
    }

    /// For reading that may take long and that nobody else should wait for: lists, searches, measures, exports.
    pub(crate) fn aside(&self) -> &Pool {
        &self.inner.aside
    }

    /// For single statements that change something.
    pub(crate) fn writer(&self) -> &Pool {
        &self.inner.main
    }

    /// Waits for the turn to write, on SQLite; on PostgreSQL there is nothing to wait for.
    pub(crate) async fn turn(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        match self.inner.backend {
            DbBackend::Sqlite => Some(self.inner.turn.lock().await),
            _ => None,
        }
    }

    /// The database's own clock, as SQL.
    pub(crate) fn clock(&self) -> &'static str {
        crate::sql::clock(self.inner.backend)
    }

    /// One transaction, in a task of its own: a caller that is dropped meanwhile neither cancels a commit half-way nor
    /// leaves a connection with an open transaction in the pool.
    pub(crate) async fn transaction<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> Work<'t, T> + Send + 'static,
    {
        let database = self.clone();
        let task = tokio::spawn(async move {
            let _turn = database.turn().await;
            let txn = database.writer().begin().await.or_fault()?;
            match work(&txn).await {
                Ok(value) => {
                    txn.commit().await.or_fault()?;
                    Ok(value)
                }
                Err(error) => {
                    // The error that made us roll back says more than a failing rollback.
                    let _ = txn.rollback().await;
                    Err(error)
                }
            }
        });
        match task.await {
            Ok(result) => result,
            Err(panic) => Err(StoreError::Unavailable(Box::new(panic))),
        }
    }

    /// Takes erased words out of the write-ahead log of SQLite, as far as no reader holds it.
    pub(crate) async fn truncate_log(&self) {
        if self.inner.backend == DbBackend::Sqlite {
            let emptied = self.inner.main.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await;
            if let Err(error) = emptied {
                tracing::warn!(%error, "the write-ahead log was not emptied after a redaction");
            }
        }
    }
}

fn quiet(connect: &mut ConnectOptions) -> &mut ConnectOptions {
    // Statements carry people's words: they are never logged.
    connect
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .acquire_timeout(ACQUIRE)
        .connect_timeout(ACQUIRE)
        .test_before_acquire_if_idle_for(STALE)
}
