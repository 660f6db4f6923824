//! Statements for both databases. SQL is written out: the hot paths are a handful of statements that both understand, with
//! `$1` as placeholders; the few differences are here.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use kaizen_domain::{Instant, Number};
use kaizen_workflow::ports::StoreError;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, RuntimeErr, Statement, TryGetable, Value};

/// What stands in a row: a value, SQL that says where it comes from, or SQL around a value.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    /// A value.
    Value(Value),
    /// SQL.
    Sql(&'static str),
    /// SQL before and after a value.
    With(Value, &'static str, &'static str),
    /// A text in which a place is taken by what SQL gives.
    Replaced {
        /// The text.
        value: Value,
        /// The place: what it looks like with nothing in it.
        place: &'static str,
        /// What stands there before what SQL gives.
        head: &'static str,
        /// What SQL gives.
        sql: &'static str,
        /// What stands there after it.
        tail: &'static str,
    },
}

impl<V: Into<Value>> From<V> for Cell {
    fn from(value: V) -> Self {
        Cell::Value(value.into())
    }
}

/// A statement that grows with its values.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    text: String,
    values: Vec<Value>,
    rows: usize,
}

impl Sql {
    /// Begins with this text.
    pub(crate) fn new(text: &str) -> Self {
        Sql { text: text.to_owned(), values: Vec::new(), rows: 0 }
    }

    /// More text.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// A value and its placeholder.
    pub(crate) fn value(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        // Writing to a string cannot fail.
        let _ = write!(self.text, "${}", self.values.len());
        self
    }

    /// Values for the placeholders that the text names already.
    pub(crate) fn values(mut self, values: impl IntoIterator<Item = Value>) -> Self {
        self.values.extend(values);
        self
    }

    /// One row of a `VALUES` list, with what comes after the last value of the row, as SQL.
    pub(crate) fn row(self, values: impl IntoIterator<Item = Value>, tail: &str) -> Self {
        self.row_of(values.into_iter().map(Cell::Value), tail)
    }

    /// The same, of values and SQL.
    pub(crate) fn row_of(mut self, cells: impl IntoIterator<Item = Cell>, tail: &str) -> Self {
        self.text.push_str(if self.rows == 0 { "(" } else { ", (" });
        self.rows += 1;
        self = self.cells(cells).text(tail);
        self.text.push(')');
        self
    }

    /// Values with commas between them.
    pub(crate) fn cells<C: Into<Cell>>(mut self, cells: impl IntoIterator<Item = C>) -> Self {
        for (i, cell) in cells.into_iter().enumerate() {
            if i > 0 {
                self.text.push_str(", ");
            }
            self = match cell.into() {
                Cell::Value(value) => self.value(value),
                Cell::Sql(text) => self.text(text),
                Cell::With(value, head, tail) => self.text(head).value(value).text(tail),
                Cell::Replaced { value, place, head, sql, tail } => self
                    .text("replace(")
                    .value(value)
                    .text(&format!(", '{place}', '{head}' || CAST({sql} AS TEXT) || '{tail}')")),
            };
        }
        self
    }

    /// The next row is the first of a list again.
    pub(crate) fn restarted(self) -> Self {
        Sql { rows: 0, ..self }
    }

    /// Text and values.
    pub(crate) fn into_parts(self) -> (String, Vec<Value>) {
        (self.text, self.values)
    }

    /// A list in parentheses.
    pub(crate) fn list(mut self, values: impl IntoIterator<Item = Value>) -> Self {
        self.text.push('(');
        for (i, value) in values.into_iter().enumerate() {
            if i > 0 {
                self.text.push_str(", ");
            }
            self = self.value(value);
        }
        self.text.push(')');
        self
    }

    fn statement(self, backend: DbBackend) -> Statement {
        Statement::from_sql_and_values(backend, self.text, self.values)
    }

    /// Runs it; how many rows it touched.
    pub(crate) async fn run(self, db: &impl ConnectionTrait) -> Result<u64, DbErr> {
        Ok(db.execute_raw(self.statement(db.get_database_backend())).await?.rows_affected())
    }

    /// At most one row.
    pub(crate) async fn one(self, db: &impl ConnectionTrait) -> Result<Option<QueryResult>, DbErr> {
        db.query_one_raw(self.statement(db.get_database_backend())).await
    }

    /// All rows.
    pub(crate) async fn all(self, db: &impl ConnectionTrait) -> Result<Vec<QueryResult>, DbErr> {
        db.query_all_raw(self.statement(db.get_database_backend())).await
    }
}

/// The database's own clock, in microseconds: what leases are counted by. On PostgreSQL that of the statement, which an index
/// can be searched with; `clock_timestamp()` would be asked anew for each row.
pub(crate) fn clock(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000000 AS BIGINT)",
        _ => "CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
    }
}

/// An instant as it is stored.
pub(crate) fn micros(at: Instant) -> i64 {
    at.timestamp_micros()
}

/// A duration in microseconds.
pub(crate) fn micros_of(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// The 64 bits of a platform's id.
pub(crate) const fn bits(id: u64) -> i64 {
    id.cast_signed()
}

/// Which row, for operators; made into words only when something is wrong with it.
#[derive(Debug, Clone)]
pub(crate) enum Key {
    /// One of several, before more is known.
    Word(&'static str),
    /// By its id, or the platform's.
    Id(i64),
    /// By the number of its item.
    Number(Number),
    /// By several things.
    Words(String),
}

impl From<&'static str> for Key {
    fn from(word: &'static str) -> Self {
        Key::Word(word)
    }
}

impl From<i64> for Key {
    fn from(id: i64) -> Self {
        Key::Id(id)
    }
}

impl From<Number> for Key {
    fn from(number: Number) -> Self {
        Key::Number(number)
    }
}

impl From<String> for Key {
    fn from(words: String) -> Self {
        Key::Words(words)
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Key::Word(word) => f.write_str(word),
            Key::Id(id) => id.fmt(f),
            Key::Number(number) => number.fmt(f),
            Key::Words(words) => f.write_str(words),
        }
    }
}

/// A row being read, for errors that say where.
pub(crate) struct Row<'r> {
    row: &'r QueryResult,
    table: &'static str,
    key: Key,
}

impl<'r> Row<'r> {
    /// A row of a table; `key` says which, for operators.
    pub(crate) fn of(row: &'r QueryResult, table: &'static str, key: impl Into<Key>) -> Self {
        Row { row, table, key: key.into() }
    }

    /// The same row, read as one of another table that was joined.
    pub(crate) fn joined(&self, table: &'static str, key: impl Into<Key>) -> Self {
        Row { row: self.row, table, key: key.into() }
    }

    /// A column.
    pub(crate) fn get<T: TryGetable>(&self, column: &'static str) -> Result<T, StoreError> {
        self.row.try_get("", column).map_err(|_| self.corrupt(column, "missing, or of another type"))
    }

    /// A column with a platform's id.
    pub(crate) fn id(&self, column: &'static str) -> Result<u64, StoreError> {
        Ok(self.get::<i64>(column)?.cast_unsigned())
    }

    /// A column with an instant.
    pub(crate) fn instant(&self, column: &'static str) -> Result<Instant, StoreError> {
        self.as_instant(column, self.get(column)?)
    }

    /// A column with an instant or nothing.
    pub(crate) fn instant_or_none(&self, column: &'static str) -> Result<Option<Instant>, StoreError> {
        self.get::<Option<i64>>(column)?.map(|at| self.as_instant(column, at)).transpose()
    }

    fn as_instant(&self, column: &'static str, at: i64) -> Result<Instant, StoreError> {
        DateTime::<Utc>::from_timestamp_micros(at).ok_or_else(|| self.corrupt(column, "not a time"))
    }

    /// A column with a number of an item.
    pub(crate) fn number(&self, column: &'static str) -> Result<Number, StoreError> {
        u32::try_from(self.get::<i64>(column)?)
            .map(Number)
            .map_err(|_| self.corrupt(column, "not a number of an item"))
    }

    /// A column with JSON.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        let text: String = self.get(column)?;
        // The parser's message can quote a person's text; the place in it is enough.
        serde_json::from_str(&text).map_err(|e| {
            let why = format!("{:?} at line {}, column {}", e.classify(), e.line(), e.column());
            self.corrupt(column, &why)
        })
    }

    /// This column cannot be read.
    pub(crate) fn corrupt(&self, column: &'static str, why: &str) -> StoreError {
        StoreError::Corrupt { table: self.table, column, row: self.key.to_string(), why: why.to_owned() }
    }
}

/// JSON for a column.
pub(crate) fn json<T: serde::Serialize>(
    value: &T,
    table: &'static str,
    column: &'static str,
) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Corrupt {
        table,
        column,
        row: "to be written".into(),
        why: format!("{:?}", e.classify()),
    })
}

/// Text for a plain column: PostgreSQL refuses the character NUL.
pub(crate) fn clean(text: &str) -> String {
    text.replace('\0', "")
}

/// What a fault of the database means to the caller, by its code.
pub(crate) fn fault(error: DbErr) -> StoreError {
    // serialization failure, deadlock
    if matches!(code(&error).as_deref(), Some("40001" | "40P01")) {
        return StoreError::Conflict;
    }
    StoreError::Unavailable(Box::new(error))
}

/// Was a row refused because its key is there already?
pub(crate) fn is_unique_violation(error: &DbErr) -> bool {
    // PostgreSQL's code; SQLite's for a primary key and for another unique index.
    matches!(code(error).as_deref(), Some("23505" | "1555" | "2067"))
}

fn code(error: &DbErr) -> Option<String> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(e))
        | DbErr::Exec(RuntimeErr::SqlxError(e))
        | DbErr::Query(RuntimeErr::SqlxError(e)) => Some(e.as_database_error()?.code()?.into_owned()),
        _ => None,
    }
}

/// `?` on a database call gives a [`StoreError`].
pub(crate) trait OrFault<T> {
    /// The value, or what the fault means.
    fn or_fault(self) -> Result<T, StoreError>;
}

impl<T> OrFault<T> for Result<T, DbErr> {
    fn or_fault(self) -> Result<T, StoreError> {
        self.map_err(fault)
    }
}
