//! The database of one object: SQLite in memory, with the implicit transaction of a Durable Object. Writes
//! between two waits are one commit; a crash before the commit discards all of them.
//!
//! Creating the tables of a new object takes longer than a short story. So the databases of an ended world
//! are emptied, and the objects of a later world reuse them with their tables.

use rusqlite::limits::Limit;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params_from_iter};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use workbot_vault::ports::{DatabaseError, ObjectClass, SqlValue};

/// The longest pattern of LIKE, in bytes, as workerd sets it.
const LONGEST_LIKE_PATTERN: i32 = 50;

/// Number of empty databases that are kept per class: no story has more objects at once.
const MOST_KEPT: usize = 8;

thread_local! {
    /// Empty databases with all tables, by class of object.
    static EMPTY: RefCell<BTreeMap<ObjectClass, Vec<Connection>>> = RefCell::default();
}

/// A database and its uncommitted writes.
pub struct Database {
    /// `None` after the end of the world.
    connection: RefCell<Option<Connection>>,
    /// Whether the implicit transaction is open.
    open: Cell<bool>,
    /// Nesting depth of explicit transactions.
    depth: Cell<u32>,
    /// What the object's own statements have cost so far.
    pub cost: Cell<Cost>,
}

/// What the statements of an object cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Its statements.
    pub statements: u64,
    /// The rows that they wrote, without those of indexes.
    pub rows: u64,
    /// The commits of its database.
    pub commits: u64,
    /// The alarms that it set.
    pub alarms: u64,
}

fn failed(error: rusqlite::Error) -> DatabaseError {
    DatabaseError(error.to_string())
}

fn ended() -> DatabaseError {
    DatabaseError("the world has ended".to_owned())
}

impl Database {
    /// The database of a new object. `without_tables`: the object must create its tables.
    pub fn of(class: ObjectClass, without_tables: bool) -> Self {
        let empty = || EMPTY.with_borrow_mut(|all| all.get_mut(&class)?.pop());
        let connection = if without_tables { None } else { empty() };
        let connection = connection.unwrap_or_else(|| {
            let connection = Connection::open_in_memory().unwrap();
            connection.set_limit(Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LONGEST_LIKE_PATTERN).unwrap();
            connection.set_prepared_statement_cache_capacity(200);
            connection
        });
        Self {
            connection: RefCell::new(Some(connection)),
            open: Cell::new(false),
            depth: Cell::new(0),
            cost: Cell::default(),
        }
    }

    /// Keeps the emptied database for a later world, if `is_worth_it`.
    pub fn recycle(&self, class: ObjectClass, is_worth_it: impl FnOnce(&Self) -> bool) {
        self.roll_back();
        if !is_worth_it(self) {
            self.connection.take();
            return;
        }
        for table in self.tables().iter().filter(|table| *table != "schema") {
            self.look(&format!("DELETE FROM \"{table}\""));
        }
        self.commit();
        EMPTY.with_borrow_mut(|all| {
            let kept = all.entry(class).or_default();
            if kept.len() < MOST_KEPT {
                kept.extend(self.connection.take());
            }
        });
        self.connection.take();
    }

    fn tables(&self) -> Vec<String> {
        let rows = self.look("SELECT name FROM sqlite_master WHERE type = 'table'");
        let text = |row: Vec<SqlValue>| match row.into_iter().next() {
            Some(SqlValue::Text(name)) => Some(name),
            _ => None,
        };
        rows.into_iter().filter_map(text).collect()
    }

    fn begin(&self) -> Result<(), DatabaseError> {
        if !self.open.replace(true) {
            self.control("BEGIN")?;
        }
        Ok(())
    }

    fn control(&self, statement: &str) -> Result<(), DatabaseError> {
        let connection = self.connection.borrow();
        let connection = connection.as_ref().ok_or_else(ended)?;
        connection.prepare_cached(statement).and_then(|mut it| it.execute([])).map_err(failed)?;
        Ok(())
    }

    pub fn execute(
        &self,
        statement: &str,
        values: Vec<SqlValue>,
    ) -> Result<Vec<Vec<SqlValue>>, DatabaseError> {
        let connection = self.connection.borrow();
        let mut prepared =
            connection.as_ref().ok_or_else(ended)?.prepare_cached(statement).map_err(failed)?;
        if !prepared.readonly() {
            self.begin()?;
        }
        let columns = prepared.column_count();
        let mut found = prepared.query(params_from_iter(values.into_iter().map(stored))).map_err(failed)?;
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(failed)? {
            let read = |column| row.get_ref(column).map(value);
            rows.push((0..columns).map(read).collect::<Result<_, _>>().map_err(failed)?);
        }
        Ok(rows)
    }

    /// A statement of the object itself, which counts.
    pub fn execute_counted(
        &self,
        statement: &str,
        values: Vec<SqlValue>,
    ) -> Result<Vec<Vec<SqlValue>>, DatabaseError> {
        let rows = |database: &Self| {
            database.connection.borrow().as_ref().map_or(0, rusqlite::Connection::total_changes)
        };
        let before = rows(self);
        let result = self.execute(statement, values);
        let cost = self.cost.get();
        let rows = cost.rows + (rows(self) - before);
        self.cost.set(Cost { statements: cost.statements + 1, rows, ..cost });
        result
    }

    pub fn transaction(&self, body: &mut dyn FnMut() -> bool) -> Result<(), DatabaseError> {
        self.begin()?;
        let name = format!("t{}", self.depth.get());
        self.control(&format!("SAVEPOINT {name}"))?;
        self.depth.set(self.depth.get() + 1);
        let keep = body();
        self.depth.set(self.depth.get() - 1);
        if !keep {
            self.control(&format!("ROLLBACK TO {name}"))?;
        }
        self.control(&format!("RELEASE {name}"))
    }

    /// Whether there are uncommitted writes.
    pub fn is_dirty(&self) -> bool {
        self.open.get()
    }

    pub fn commit(&self) {
        if self.open.replace(false) {
            let cost = self.cost.get();
            self.cost.set(Cost { commits: cost.commits + 1, ..cost });
            self.control("COMMIT").unwrap();
        }
    }

    pub fn roll_back(&self) {
        if self.open.replace(false) {
            self.control("ROLLBACK").unwrap();
        }
    }

    /// The rows of a query, for readers outside of the object.
    pub fn look(&self, query: &str) -> Vec<Vec<SqlValue>> {
        self.execute(query, Vec::new()).unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// All stored rows: the table and the values of each row.
    pub fn everything(&self) -> Vec<(String, Vec<SqlValue>)> {
        let rows = |name: String| {
            let rows = self.look(&format!("SELECT * FROM \"{name}\""));
            rows.into_iter().map(move |row| (name.clone(), row)).collect::<Vec<_>>()
        };
        self.tables().into_iter().flat_map(rows).collect()
    }
}

fn stored(value: SqlValue) -> Value {
    match value {
        SqlValue::Null => Value::Null,
        SqlValue::Integer(number) => Value::Integer(number),
        SqlValue::Real(number) => Value::Real(number),
        SqlValue::Text(text) => Value::Text(text),
        SqlValue::Blob(bytes) => Value::Blob(bytes),
    }
}

fn value(stored: ValueRef<'_>) -> SqlValue {
    match stored {
        ValueRef::Null => SqlValue::Null,
        ValueRef::Integer(number) => SqlValue::Integer(number),
        ValueRef::Real(number) => SqlValue::Real(number),
        ValueRef::Text(text) => SqlValue::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => SqlValue::Blob(bytes.to_vec()),
    }
}
