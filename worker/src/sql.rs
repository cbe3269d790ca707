//! SQLite of a Durable Object: typed rows and real transactions, which the runtime's crate does not bind.

use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use workbot_domain::event::{Cause, Event};
use worker::{SqlCursor, SqlStorage, SqlStorageValue, State};

use crate::report;

/// The database failed. Says nothing about any value.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the object's database failed: {0}")]
pub struct SqlError(String);

impl SqlError {
    /// What is stored is of a shape that this version does not know. It is left as it is, for one that does.
    pub fn unreadable(what: &str) -> Self {
        Self(format!("the stored {what} cannot be read"))
    }
}

impl From<worker::Error> for SqlError {
    fn from(error: worker::Error) -> Self {
        Self(error.to_string())
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

impl Row {
    /// A column of text; empty when it is NULL.
    pub fn text(&self, column: usize) -> String {
        self.optional_text(column).unwrap_or_default()
    }

    /// A column of text, or NULL.
    pub fn optional_text(&self, column: usize) -> Option<String> {
        match self.0.get(column) {
            Some(SqlStorageValue::String(text)) => Some(text.clone()),
            _ => None,
        }
    }

    /// A column of JSON; `None` when it is NULL or of a shape that is not known.
    pub fn json<T: DeserializeOwned>(&self, column: usize) -> Option<T> {
        serde_json::from_slice(self.optional_text(column)?.as_bytes()).ok()
    }

    /// A column of whole numbers, or NULL.
    pub fn optional_int(&self, column: usize) -> Option<i64> {
        match self.0.get(column) {
            Some(SqlStorageValue::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    /// A column of whole numbers; 0 when it is NULL.
    pub fn int(&self, column: usize) -> i64 {
        self.optional_int(column).unwrap_or_default()
    }

    /// A column of bytes; empty when it is NULL.
    pub fn bytes(&self, column: usize) -> Vec<u8> {
        match self.0.get(column) {
            Some(SqlStorageValue::Blob(bytes)) => bytes.clone(),
            _ => Vec::new(),
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
        let version = version?.map_or(0, |row| row.int(0));
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
            (_, failed) => Err(SqlError(format!("transaction: {failed:?}"))),
        }
    }
}
