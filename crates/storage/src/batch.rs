//! Several statements in one trip to the database: all of them take effect, or none.
//!
//! Each trip costs a hand-over to the driver (on SQLite to its thread) and back, more than most of our statements cost
//! themselves. On PostgreSQL the statements become parts of one (`WITH a AS (…), b AS (…) SELECT …`), which is a transaction
//! by itself; on SQLite they are one text between BEGIN IMMEDIATE and COMMIT. A statement that needs what an earlier one made
//! asks for it in SQL, see [`Batch::either`].

use sea_orm::sqlx::{self, AssertSqlSafe};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, QueryResult, RuntimeErr, Statement, Value,
};
use sea_query_sqlx::SqlxValues;

use crate::database::Database;
use crate::sql::Sql;

/// A statement of several.
#[derive(Debug)]
pub(crate) struct Batch {
    backend: DbBackend,
    sql: Sql,
    steps: usize,
}

impl Batch {
    /// Nothing yet.
    pub(crate) fn new(backend: DbBackend) -> Self {
        Batch { backend, sql: Sql::default(), steps: 0 }
    }

    /// One more statement.
    pub(crate) fn step(&mut self, build: impl FnOnce(Sql) -> Sql) {
        let name = format!("step_{}", self.steps);
        self.named_step(&name, build);
    }

    /// One more statement. On PostgreSQL later ones can read what it returns under `name`; none of them sees anything else
    /// that it wrote, and no two may change the same row.
    pub(crate) fn named_step(&mut self, name: &str, build: impl FnOnce(Sql) -> Sql) {
        let sql = std::mem::take(&mut self.sql).restarted();
        let sql = match (self.is_postgres(), self.steps) {
            (true, 0) => sql.text("WITH ").text(name).text(" AS ("),
            (true, _) => sql.text("), ").text(name).text(" AS ("),
            (false, 0) => sql,
            (false, _) => sql.text("; "),
        };
        self.sql = build(sql);
        self.steps += 1;
    }

    /// SQL that differs: on PostgreSQL what an earlier step returned, on SQLite what stands in the table by now.
    pub(crate) fn either(&self, postgres: &'static str, sqlite: &'static str) -> &'static str {
        if self.is_postgres() { postgres } else { sqlite }
    }

    /// Does it go to PostgreSQL?
    pub(crate) fn is_postgres(&self) -> bool {
        self.backend == DbBackend::Postgres
    }

    fn finished(self, answer: &str) -> (String, Vec<Value>) {
        let close = if self.is_postgres() { ") " } else { "; " };
        self.sql.text(close).text(answer).into_parts()
    }

    /// Runs it within a transaction; the rows of `answer`, a SELECT.
    pub(crate) async fn run(
        self,
        txn: &DatabaseTransaction,
        answer: &str,
    ) -> Result<Vec<QueryResult>, DbErr> {
        if self.steps == 0 {
            return Ok(Vec::new());
        }
        let backend = self.backend;
        let (text, values) = self.finished(answer);
        txn.query_all_raw(Statement::from_sql_and_values(backend, text, values)).await
    }
}

impl Database {
    /// Runs a batch as a transaction of its own, in one trip; the rows of `answer`, a SELECT.
    pub(crate) async fn at_once(&self, batch: Batch, answer: &str) -> Result<Vec<QueryResult>, DbErr> {
        if batch.is_postgres() {
            let backend = batch.backend;
            let (text, values) = batch.finished(answer);
            return self.writer().query_all_raw(Statement::from_sql_and_values(backend, text, values)).await;
        }
        let (text, values) = batch.finished(answer);
        let text = format!("BEGIN IMMEDIATE; {text}; COMMIT");
        let database = self.clone();
        // In a task of its own, so that a caller that is dropped leaves no open transaction behind.
        let task = tokio::spawn(async move {
            let _turn = database.turn().await;
            let kept = database.writer().sqlite().map_err(|e| sqlx::Error::Configuration(e.into()))?;
            let mut connection = kept.take().await?;
            let query = sqlx::query_with(AssertSqlSafe(text), SqlxValues(sea_orm::sea_query::Values(values)));
            let rows = query.fetch_all(&mut *connection).await;
            if rows.is_ok() {
                kept.put_back(connection);
            } else {
                // Where SQLite has rolled back by itself this fails, and nothing is open either way.
                let _ = sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await;
            }
            rows
        });
        match task.await {
            Ok(Ok(rows)) => Ok(rows.into_iter().map(QueryResult::from).collect()),
            Ok(Err(error)) => Err(DbErr::Query(RuntimeErr::SqlxError(error.into()))),
            Err(panic) => Err(DbErr::Custom(panic.to_string())),
        }
    }
}
