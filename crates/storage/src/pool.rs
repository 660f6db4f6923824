//! A pool of which one connection stays at hand between statements.
//!
//! The driver tries each connection as it comes back to its pool: a task and a trip more for every statement, on SQLite to
//! its thread. So what has just worked is kept here for whoever comes next. Where somebody waits, or after a failure, it goes
//! back to the pool and is tried there.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::{self, AssertSqlSafe, Executor, IntoArguments, Postgres, Sqlite};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use sea_query_sqlx::SqlxValues;

/// A connection that lay idle for longer is tried before it is used.
pub(crate) const STALE: Duration = Duration::from_secs(5);

/// Connections to one database, of which one stays at hand.
pub(crate) struct Pool {
    all: DatabaseConnection,
    at_hand: AtHand,
}

enum AtHand {
    Sqlite(Kept<Sqlite>),
    Postgres(Kept<Postgres>),
}

/// The connection that is at hand, if there is one.
pub(crate) struct Kept<D: sqlx::Database> {
    pool: sqlx::Pool<D>,
    state: Mutex<State<D>>,
}

struct State<D: sqlx::Database> {
    idle: Option<(PoolConnection<D>, Instant)>,
    /// So many wait for the pool: nothing is kept from them.
    waiting: usize,
}

/// Somebody waits for the pool; no more when it is dropped.
struct Waits<'k, D: sqlx::Database>(&'k Kept<D>);

impl Pool {
    /// All connections that were opened.
    pub(crate) fn new(all: DatabaseConnection) -> Pool {
        let at_hand = match all.get_database_backend() {
            DbBackend::Postgres => AtHand::Postgres(Kept::new(all.get_postgres_connection_pool().clone())),
            _ => AtHand::Sqlite(Kept::new(all.get_sqlite_connection_pool().clone())),
        };
        Pool { all, at_hand }
    }

    /// A transaction. On SQLite it takes its lock at once: one that reads and then writes would fail at once, whatever the busy
    /// timeout.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let immediate = matches!(self.at_hand, AtHand::Sqlite(_)).then_some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode: immediate, ..Default::default() };
        self.waiting_for(self.all.begin_with_options(options)).await
    }

    /// Closes every connection after what is in hand; later calls fail.
    pub(crate) async fn close(&self) {
        // What is committed is safe without; closing only tidies up.
        let _ = self.waiting_for(self.all.close_by_ref()).await;
    }

    /// SQLite's connection, for what is more than a statement.
    ///
    /// # Errors
    /// When none is free in time, or where this is PostgreSQL.
    pub(crate) fn sqlite(&self) -> Result<&Kept<Sqlite>, DbErr> {
        match &self.at_hand {
            AtHand::Sqlite(kept) => Ok(kept),
            AtHand::Postgres(_) => Err(DbErr::Custom("this is not SQLite".to_owned())),
        }
    }

    /// Waits for a connection of the pool itself.
    async fn waiting_for<T>(&self, wait: impl Future<Output = T>) -> T {
        match &self.at_hand {
            AtHand::Sqlite(kept) => {
                let _waits = kept.let_go();
                wait.await
            }
            AtHand::Postgres(kept) => {
                let _waits = kept.let_go();
                wait.await
            }
        }
    }
}

#[async_trait]
impl ConnectionTrait for Pool {
    fn get_database_backend(&self) -> DbBackend {
        self.all.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.at_hand {
            AtHand::Sqlite(kept) => kept.execute(statement).await,
            AtHand::Postgres(kept) => kept.execute(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.waiting_for(self.all.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.at_hand {
            AtHand::Sqlite(kept) => kept.one(statement).await,
            AtHand::Postgres(kept) => kept.one(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.at_hand {
            AtHand::Sqlite(kept) => kept.all(statement).await,
            AtHand::Postgres(kept) => kept.all(statement).await,
        }
    }
}

impl<D: sqlx::Database> Kept<D> {
    fn new(pool: sqlx::Pool<D>) -> Self {
        Kept { pool, state: Mutex::new(State { idle: None, waiting: 0 }) }
    }

    /// The connection at hand, or one of the pool. What failed with it is dropped; what worked comes back with
    /// [`Kept::put_back`].
    pub(crate) async fn take(&self) -> Result<PoolConnection<D>, sqlx::Error> {
        let _waits = {
            let mut state = self.state();
            match state.idle.take() {
                Some((connection, since)) if since.elapsed() < STALE => return Ok(connection),
                // Back to the pool, which tries it.
                Some(_) | None => self.waits(&mut state),
            }
        };
        self.pool.acquire().await
    }

    /// It worked, and nothing is open on it.
    pub(crate) fn put_back(&self, connection: PoolConnection<D>) {
        let mut state = self.state();
        if state.waiting == 0 && state.idle.is_none() && !self.pool.is_closed() {
            state.idle = Some((connection, Instant::now()));
        }
    }

    /// Nothing is kept for as long as what this returns is held.
    fn let_go(&self) -> Waits<'_, D> {
        let mut state = self.state();
        state.idle = None;
        self.waits(&mut state)
    }

    fn waits(&self, state: &mut State<D>) -> Waits<'_, D> {
        state.waiting += 1;
        Waits(self)
    }

    fn state(&self) -> MutexGuard<'_, State<D>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D> Kept<D>
where
    D: sqlx::Database,
    SqlxValues: IntoArguments<D>,
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
    QueryResult: From<D::Row>,
    ExecResult: From<D::QueryResult>,
{
    async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut connection = self.take().await.map_err(no_connection)?;
        let done = query(statement).execute(&mut *connection).await.map_err(failed)?;
        self.put_back(connection);
        Ok(done.into())
    }

    async fn one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut connection = self.take().await.map_err(no_connection)?;
        let row = query(statement).fetch_optional(&mut *connection).await.map_err(failed)?;
        self.put_back(connection);
        Ok(row.map(QueryResult::from))
    }

    async fn all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut connection = self.take().await.map_err(no_connection)?;
        let rows = query(statement).fetch_all(&mut *connection).await.map_err(failed)?;
        self.put_back(connection);
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }
}

impl<D: sqlx::Database> Drop for Waits<'_, D> {
    fn drop(&mut self) {
        self.0.state().waiting -= 1;
    }
}

impl<D: sqlx::Database> Drop for Kept<D> {
    fn drop(&mut self) {
        // Without a runtime the driver cannot take it back; the process ends with it.
        if tokio::runtime::Handle::try_current().is_err()
            && let Some((connection, _)) = self.state().idle.take()
        {
            std::mem::forget(connection);
        }
    }
}

fn query<'q, D: sqlx::Database>(statement: Statement) -> sqlx::query::Query<'q, D, SqlxValues>
where
    SqlxValues: IntoArguments<D>,
{
    let values = statement.values.unwrap_or(sea_orm::sea_query::Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

fn no_connection(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
