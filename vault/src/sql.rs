//! The SQLite database of an object: typed rows, and transactions as a type.

use serde::de::DeserializeOwned;
use std::rc::Rc;
use workbot_domain::json;

use crate::ports::{DatabaseError, Object, SqlValue};

/// The database failed. Says nothing about any value.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SqlError {
    #[error(transparent)]
    Database(DatabaseError),
    /// Something else than the database ended a transaction.
    #[error("{0}")]
    RolledBack(String),
    /// What is stored is of a shape that this version does not know. It is left as it is, for one that does.
    #[error("the stored {0} cannot be read")]
    Unreadable(String),
    /// Nothing was written in its place.
    #[error("a value cannot be written: {0}")]
    Unwritable(Rc<serde_json::Error>),
}

impl From<serde_json::Error> for SqlError {
    fn from(error: serde_json::Error) -> Self {
        Self::Unwritable(Rc::new(error))
    }
}

impl SqlError {
    pub fn unreadable(what: &str) -> Self {
        Self::Unreadable(what.to_owned())
    }

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
}

/// A transaction that is under way. Only [`Sql::transaction`] hands one out: what takes it can only be called inside one.
pub struct Tx(());

/// One row. Its columns are read in the order of the query, one after the other.
///
/// What is not of the kind that is asked for is an error, and never read as empty, 0 or absent: a later version may have
/// written it.
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

    /// A column of text.
    pub fn text(&mut self) -> Result<String, SqlError> {
        self.optional_text()?.ok_or_else(Self::unreadable)
    }

    /// A column of text, or NULL.
    pub fn optional_text(&mut self) -> Result<Option<String>, SqlError> {
        match self.value()? {
            SqlValue::Text(text) => Ok(Some(text)),
            SqlValue::Null => Ok(None),
            _ => Err(Self::unreadable()),
        }
    }

    /// A column of JSON.
    pub fn json<T: DeserializeOwned>(&mut self) -> Result<T, SqlError> {
        self.optional_json()?.ok_or_else(Self::unreadable)
    }

    /// A column of JSON, or NULL.
    pub fn optional_json<T: DeserializeOwned>(&mut self) -> Result<Option<T>, SqlError> {
        let Some(text) = self.optional_text()? else { return Ok(None) };
        json::stored(text.as_bytes()).map(Some).map_err(|_| Self::unreadable())
    }

    /// A column of text that is parsed.
    pub fn parsed<T, E>(&mut self, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, SqlError> {
        parse(&self.text()?).map_err(|_| Self::unreadable())
    }

    /// A column of whole numbers, or NULL.
    pub fn optional_int(&mut self) -> Result<Option<i64>, SqlError> {
        match self.value()? {
            SqlValue::Integer(number) => Ok(Some(number)),
            SqlValue::Null => Ok(None),
            _ => Err(Self::unreadable()),
        }
    }

    /// A column of whole numbers.
    pub fn int(&mut self) -> Result<i64, SqlError> {
        self.optional_int()?.ok_or_else(Self::unreadable)
    }

    /// A column of bytes, or NULL.
    pub fn optional_bytes(&mut self) -> Result<Option<Vec<u8>>, SqlError> {
        match self.value()? {
            SqlValue::Blob(bytes) => Ok(Some(bytes)),
            SqlValue::Null => Ok(None),
            _ => Err(Self::unreadable()),
        }
    }

    /// A column of bytes.
    pub fn bytes(&mut self) -> Result<Vec<u8>, SqlError> {
        self.optional_bytes()?.ok_or_else(Self::unreadable)
    }
}

/// The values of a statement's placeholders.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::ports::SqlValue::from($value)),*] };
}

pub(crate) use values;

impl Sql {
    pub fn of(object: Rc<dyn Object>) -> Self {
        Self { object }
    }

    /// Runs one statement and returns its rows.
    pub fn rows(&self, statement: &str, values: Vec<SqlValue>) -> Result<Vec<Row>, SqlError> {
        Ok(self.object.execute(statement, values)?.into_iter().map(Row::of).collect())
    }

    /// Runs one statement and returns its first row.
    pub fn row(&self, statement: &str, values: Vec<SqlValue>) -> Result<Option<Row>, SqlError> {
        Ok(self.object.execute(statement, values)?.into_iter().next().map(Row::of))
    }

    /// Runs one statement; returns whether it changed a row. The statement must end in `RETURNING 1`.
    pub fn changed(&self, statement: &str, values: Vec<SqlValue>) -> Result<bool, SqlError> {
        Ok(!self.object.execute(statement, values)?.is_empty())
    }

    /// Runs one statement that has no rows to return.
    pub fn run(&self, statement: &str, values: Vec<SqlValue>) -> Result<(), SqlError> {
        self.object.execute(statement, values)?;
        Ok(())
    }

    /// Brings the tables up to date. Each entry takes the schema from its index to the next.
    pub fn migrate(&self, migrations: &[&[&str]]) -> Result<(), SqlError> {
        let version = || self.row("SELECT max(version) FROM schema", values![]);
        // A new object has no tables. Any other is asked no more than this when it wakes.
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

    /// All of the body's changes, or none.
    pub fn transaction<T>(&self, body: impl FnOnce(&Tx) -> Result<T, SqlError>) -> Result<T, SqlError> {
        let mut body = Some(body);
        let mut outcome = None;
        let committed = self.object.transaction(&mut || {
            outcome = body.take().map(|body| body(&Tx(())));
            matches!(outcome, Some(Ok(_)))
        });
        match (outcome, committed) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err(DatabaseError("a transaction that was not begun".to_owned()).into()),
        }
    }
}
