//! SQLite of a Durable Object: typed rows and real transactions, which the runtime's crate does not bind.

use serde::de::DeserializeOwned;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use workbot_domain::event::{Cause, Event};
use worker::{SqlCursor, SqlStorage, SqlStorageValue, State};

use crate::report;

/// The database failed. Says nothing about any value.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SqlError {
    #[error("the object's database failed: {0}")]
    Failed(String),
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

impl From<worker::Error> for SqlError {
    fn from(error: worker::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

#[wasm_bindgen]
extern "C" {
    type Transactional;

    /// `storage.transactionSync()`: all of the body's changes, or none.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &Transactional,
        body: &mut dyn FnMut() -> Result<JsValue, JsValue>,
    ) -> Result<JsValue, JsValue>;
}

/// The object's database.
pub struct Sql {
    storage: JsValue,
    sql: SqlStorage,
}

/// One row, its columns in the order of the query.
pub struct Row(Vec<SqlStorageValue>);

/// What is not of the kind that is asked for is an error, and never read as empty, 0 or absent: a later version may have
/// written it.
impl Row {
    fn value(&self, column: usize) -> Result<&SqlStorageValue, SqlError> {
        self.0.get(column).ok_or_else(|| SqlError::unreadable(&format!("column {column}")))
    }

    fn unreadable(column: usize) -> SqlError {
        SqlError::unreadable(&format!("value of column {column}"))
    }

    /// A column of text.
    pub fn text(&self, column: usize) -> Result<String, SqlError> {
        self.optional_text(column)?.ok_or_else(|| Self::unreadable(column))
    }

    /// A column of text, or NULL.
    pub fn optional_text(&self, column: usize) -> Result<Option<String>, SqlError> {
        match self.value(column)? {
            SqlStorageValue::String(text) => Ok(Some(text.clone())),
            SqlStorageValue::Null => Ok(None),
            _ => Err(Self::unreadable(column)),
        }
    }

    /// A column of JSON.
    pub fn json<T: DeserializeOwned>(&self, column: usize) -> Result<T, SqlError> {
        self.optional_json(column)?.ok_or_else(|| Self::unreadable(column))
    }

    /// A column of JSON, or NULL.
    pub fn optional_json<T: DeserializeOwned>(&self, column: usize) -> Result<Option<T>, SqlError> {
        let Some(text) = self.optional_text(column)? else { return Ok(None) };
        serde_json::from_slice(text.as_bytes()).map(Some).map_err(|_| Self::unreadable(column))
    }

    /// A column of text that is parsed.
    pub fn parsed<T, E>(
        &self,
        column: usize,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, SqlError> {
        parse(&self.text(column)?).map_err(|_| Self::unreadable(column))
    }

    /// A column of whole numbers, or NULL.
    pub fn optional_int(&self, column: usize) -> Result<Option<i64>, SqlError> {
        match self.value(column)? {
            SqlStorageValue::Integer(number) => Ok(Some(*number)),
            SqlStorageValue::Null => Ok(None),
            _ => Err(Self::unreadable(column)),
        }
    }

    /// A column of whole numbers.
    pub fn int(&self, column: usize) -> Result<i64, SqlError> {
        self.optional_int(column)?.ok_or_else(|| Self::unreadable(column))
    }

    /// A column of bytes.
    pub fn bytes(&self, column: usize) -> Result<Vec<u8>, SqlError> {
        match self.value(column)? {
            SqlStorageValue::Blob(bytes) => Ok(bytes.clone()),
            _ => Err(Self::unreadable(column)),
        }
    }
}

/// The values of a statement's placeholders.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$(worker::SqlStorageValue::from($value)),*] };
}

impl Sql {
    pub fn of(state: &State) -> Self {
        let storage = state.storage();
        Self { sql: storage.sql(), storage: storage.as_raw().into() }
    }

    /// Runs one statement and returns its rows.
    pub fn rows(&self, statement: &str, values: Vec<SqlStorageValue>) -> Result<Vec<Row>, SqlError> {
        self.begin(statement, values)?.raw().map(|row| Ok(Row(row?))).collect()
    }

    fn begin(&self, statement: &str, values: Vec<SqlStorageValue>) -> Result<SqlCursor, SqlError> {
        // A JavaScript boolean would be stored as the text "true".
        let values: Vec<_> = values
            .into_iter()
            .map(|value| match value {
                SqlStorageValue::Boolean(yes) => SqlStorageValue::Integer(i64::from(yes)),
                other => other,
            })
            .collect();
        Ok(self.sql.exec(statement, values)?)
    }

    /// Runs one statement and returns its first row.
    pub fn row(&self, statement: &str, values: Vec<SqlStorageValue>) -> Result<Option<Row>, SqlError> {
        Ok(self.rows(statement, values)?.into_iter().next())
    }

    /// Runs one statement; returns whether it changed a row. The statement must end in `RETURNING 1`.
    pub fn changed(&self, statement: &str, values: Vec<SqlStorageValue>) -> Result<bool, SqlError> {
        Ok(!self.rows(statement, values)?.is_empty())
    }

    /// Runs one statement that has no rows to return: it is done as soon as it is begun.
    pub fn run(&self, statement: &str, values: Vec<SqlStorageValue>) -> Result<(), SqlError> {
        self.begin(statement, values).map(|_| ())
    }

    /// Brings the tables up to date. Each entry takes the schema from its index to the next.
    pub fn migrate(&self, migrations: &[&[&str]]) {
        if let Err(error) = self.apply(migrations) {
            report::alone(&Event::MigrationFailed { cause: Cause::of(&error) });
        }
    }

    fn apply(&self, migrations: &[&[&str]]) -> Result<(), SqlError> {
        let version = || self.row("SELECT max(version) FROM schema", values![]);
        // A new object has no tables. Any other is asked no more than this when it wakes.
        let version = version().or_else(|_| {
            self.run("CREATE TABLE IF NOT EXISTS schema (version INTEGER NOT NULL)", values![])?;
            version()
        });
        let version = version?.map(|row| row.optional_int(0)).transpose()?.flatten().unwrap_or(0);
        for (index, statements) in migrations.iter().enumerate().skip(usize::try_from(version).unwrap_or(0)) {
            self.transaction(|| {
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
    pub fn transaction<T>(&self, body: impl FnOnce() -> Result<T, SqlError>) -> Result<T, SqlError> {
        let mut body = Some(body);
        let mut outcome = None;
        let mut call = || {
            let result = body.take().map(|body| body());
            let rolled_back = !matches!(result, Some(Ok(_)));
            outcome = result;
            if rolled_back { Err(JsValue::from_str("rolled back")) } else { Ok(JsValue::UNDEFINED) }
        };
        let committed = self.storage.unchecked_ref::<Transactional>().transaction_sync(&mut call);
        match (outcome, committed) {
            (Some(Ok(value)), Ok(_)) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (_, failed) => Err(SqlError::Failed(format!("transaction: {failed:?}"))),
        }
    }
}
