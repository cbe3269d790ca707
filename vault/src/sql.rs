//! The SQLite database of an object: typed rows, and transactions as a type.
//!
//! A function that takes a [`Tx`] can only be called inside a transaction. Several writes that must commit
//! together are passed the same `Tx`; single writes need none. Without an `await` between them writes are one
//! commit in any case ([`Database`](crate::ports::Database)); a transaction adds the rollback.

use serde::de::DeserializeOwned;
use std::rc::Rc;
use workbot_domain::json;

use crate::ports::{DatabaseError, Object, SqlValue};
use crate::sql_query_cache::QueryCache;

/// Why a database operation failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SqlError {
    #[error(transparent)]
    Database(DatabaseError),
    /// An error other than the database's ended a transaction.
    #[error("{0}")]
    RolledBack(String),
    /// A stored value has a shape that this version does not know. It stays as it is, for a version that
    /// does.
    #[error("cannot read the stored {0}")]
    Unreadable(String),
    /// A value could not be serialized. Nothing was written.
    #[error("cannot serialize a value: {0}")]
    Unwritable(Rc<serde_json::Error>),
}

impl From<serde_json::Error> for SqlError {
    fn from(error: serde_json::Error) -> Self {
        Self::Unwritable(Rc::new(error))
    }
}

impl SqlError {
    /// An error about the stored value `what`.
    pub fn unreadable(what: &str) -> Self {
        Self::Unreadable(what.to_owned())
    }

    /// Whether a later version probably wrote the value. A job that meets one is parked.
    pub fn is_unreadable(&self) -> bool {
        matches!(self, Self::Unreadable(_))
    }
}

impl From<DatabaseError> for SqlError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

/// The object's database.
pub struct Sql {
    object: Rc<dyn Object>,
    cache: QueryCache,
}

/// A transaction under way. Only [`Sql::transaction`] creates one, so a function that takes it runs inside a
/// transaction.
pub struct Tx(());

/// One row. Columns are read one after the other, in the order of the query.
///
/// A column of another type is an error, never an empty value, 0 or NULL: a later version may have written
/// it.
pub struct Row(std::vec::IntoIter<SqlValue>);

impl Row {
    fn of(columns: Vec<SqlValue>) -> Self {
        Self(columns.into_iter())
    }

    fn value(&mut self) -> Result<SqlValue, SqlError> {
        self.0.next().ok_or_else(|| SqlError::unreadable("column"))
    }

    fn unreadable() -> SqlError {
        SqlError::unreadable("value of a column")
    }

    /// Reads a TEXT column.
    pub fn text(&mut self) -> Result<String, SqlError> {
        self.optional_text()?.ok_or_else(Self::unreadable)
    }

    /// Reads a TEXT column that may be NULL.
    pub fn optional_text(&mut self) -> Result<Option<String>, SqlError> {
        match self.value()? {
            SqlValue::Text(text) => Ok(Some(text)),
            SqlValue::Null => Ok(None),
            _ => Err(Self::unreadable()),
        }
    }

    /// Reads a TEXT column of JSON.
    pub fn json<T: DeserializeOwned>(&mut self) -> Result<T, SqlError> {
        self.optional_json()?.ok_or_else(Self::unreadable)
    }

    /// Reads a TEXT column of JSON that may be NULL.
    pub fn optional_json<T: DeserializeOwned>(&mut self) -> Result<Option<T>, SqlError> {
        let Some(text) = self.optional_text()? else { return Ok(None) };
        json::stored(text.as_bytes()).map(Some).map_err(|_| Self::unreadable())
    }

    /// Reads a TEXT column and parses it.
    pub fn parsed<T, E>(&mut self, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, SqlError> {
        parse(&self.text()?).map_err(|_| Self::unreadable())
    }

    /// Reads an INTEGER column that may be NULL.
    pub fn optional_int(&mut self) -> Result<Option<i64>, SqlError> {
        match self.value()? {
            SqlValue::Integer(number) => Ok(Some(number)),
            SqlValue::Null => Ok(None),
            _ => Err(Self::unreadable()),
        }
    }

    /// Reads an INTEGER column.
    pub fn int(&mut self) -> Result<i64, SqlError> {
        self.optional_int()?.ok_or_else(Self::unreadable)
    }

    /// Reads a BLOB column that may be NULL.
    pub fn optional_bytes(&mut self) -> Result<Option<Vec<u8>>, SqlError> {
        match self.value()? {
            SqlValue::Blob(bytes) => Ok(Some(bytes)),
            SqlValue::Null => Ok(None),
            _ => Err(Self::unreadable()),
        }
    }

    /// Reads a BLOB column.
    pub fn bytes(&mut self) -> Result<Vec<u8>, SqlError> {
        self.optional_bytes()?.ok_or_else(Self::unreadable)
    }
}

/// The values for a statement's placeholders.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::ports::SqlValue::from($value)),*] };
}

pub(crate) use values;

impl Sql {
    /// The database of an object.
    pub fn of(object: Rc<dyn Object>) -> Self {
        Self { object, cache: QueryCache::default() }
    }

    /// Every statement passes through here.
    fn execute(&self, statement: &str, values: Vec<SqlValue>) -> Result<Vec<Vec<SqlValue>>, SqlError> {
        self.cache.on_statement(statement);
        Ok(self.object.execute(statement, values)?)
    }

    /// Runs a statement and returns its rows.
    pub fn rows(&self, statement: &str, values: Vec<SqlValue>) -> Result<Vec<Row>, SqlError> {
        Ok(self.execute(statement, values)?.into_iter().map(Row::of).collect())
    }

    /// Runs a statement and returns its first row.
    pub fn row(&self, statement: &str, values: Vec<SqlValue>) -> Result<Option<Row>, SqlError> {
        Ok(self.execute(statement, values)?.into_iter().next().map(Row::of))
    }

    /// The rows of a query, from memory if none of its tables was written since it was made. For queries that
    /// many turns repeat with the same values.
    pub fn cached_rows(&self, query: &str, values: Vec<SqlValue>) -> Result<Vec<Row>, SqlError> {
        let rows = match self.cache.find(query, &values) {
            Some(rows) => rows,
            None => {
                let rows = self.execute(query, values.clone())?;
                self.cache.keep(query, values, &rows);
                rows
            }
        };
        Ok(rows.into_iter().map(Row::of).collect())
    }

    /// The first row of a query, as [`Self::cached_rows`].
    pub fn cached_row(&self, query: &str, values: Vec<SqlValue>) -> Result<Option<Row>, SqlError> {
        Ok(self.cached_rows(query, values)?.into_iter().next())
    }

    /// Runs a statement and returns whether it changed a row. The statement must end in `RETURNING 1`.
    pub fn changed(&self, statement: &str, values: Vec<SqlValue>) -> Result<bool, SqlError> {
        Ok(!self.execute(statement, values)?.is_empty())
    }

    /// Runs a statement that returns no rows.
    pub fn run(&self, statement: &str, values: Vec<SqlValue>) -> Result<(), SqlError> {
        self.execute(statement, values)?;
        Ok(())
    }

    /// Migrates the schema. The entry at index N migrates version N to version N + 1, in one transaction.
    pub fn migrate(&self, migrations: &[&[&str]]) -> Result<(), SqlError> {
        let version = || self.row("SELECT max(version) FROM schema", values![]);
        // Only a new object lacks the table. Every other start costs this single read.
        let version = version().or_else(|_| {
            self.run("CREATE TABLE IF NOT EXISTS schema (version INTEGER NOT NULL)", values![])?;
            version()
        });
        let version = version?.map(|mut row| row.optional_int()).transpose()?.flatten().unwrap_or(0);
        for (index, statements) in migrations.iter().enumerate().skip(usize::try_from(version).unwrap_or(0)) {
            self.transaction(|_| {
                for statement in *statements {
                    self.run(statement, values![])?;
                }
                let version = i64::try_from(index + 1).unwrap_or(1);
                self.run("INSERT INTO schema (version) VALUES (?)", values![version])
            })?;
        }
        Ok(())
    }

    /// Runs `body` in a transaction: all of its writes are committed, or none.
    ///
    /// # Errors
    /// The error of `body`, or of the commit. Nothing was written then.
    pub fn transaction<T>(&self, body: impl FnOnce(&Tx) -> Result<T, SqlError>) -> Result<T, SqlError> {
        let mut body = Some(body);
        let mut outcome = None;
        let committed = self.object.transaction(&mut || {
            outcome = body.take().map(|body| body(&Tx(())));
            matches!(outcome, Some(Ok(_)))
        });
        if !matches!((&outcome, &committed), (Some(Ok(_)), Ok(()))) {
            // What was read meanwhile is rolled back.
            self.cache.forget(None);
        }
        match (outcome, committed) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err(DatabaseError("a transaction that was not begun".to_owned()).into()),
        }
    }
}
