//! The results of queries that one start of an object keeps in memory, until their tables are written.
//!
//! An object is the only writer of its database, and all of its statements pass through
//! [`Sql`](crate::sql::Sql). So a kept result is what the database would return.

use std::cell::RefCell;
use std::collections::VecDeque;

use crate::ports::SqlValue;

/// How many results are kept. The oldest one makes room for a new one.
const MOST_KEPT: usize = 32;

type Rows = Vec<Vec<SqlValue>>;

struct KeptResult {
    statement: String,
    values: Vec<SqlValue>,
    rows: Rows,
}

/// The kept results.
#[derive(Default)]
pub struct QueryCache(RefCell<VecDeque<KeptResult>>);

impl QueryCache {
    /// The kept rows of a query with these values.
    pub fn find(&self, statement: &str, values: &[SqlValue]) -> Option<Rows> {
        let kept = self.0.borrow();
        let same = |kept: &&KeptResult| kept.statement == statement && kept.values == values;
        kept.iter().find(same).map(|kept| kept.rows.clone())
    }

    /// Keeps the rows of a query.
    pub fn keep(&self, statement: &str, values: Vec<SqlValue>, rows: &Rows) {
        let mut kept = self.0.borrow_mut();
        if kept.len() == MOST_KEPT {
            kept.pop_front();
        }
        kept.push_back(KeptResult { statement: statement.to_owned(), values, rows: rows.clone() });
    }

    /// Forgets what a statement may change: every query that names its table anywhere. A statement of another
    /// kind than INSERT, UPDATE and DELETE may change everything.
    pub fn on_statement(&self, statement: &str) {
        let mut words = words(statement);
        match words.next() {
            Some("SELECT") => {}
            Some("INSERT") => self.forget(words.skip_while(|word| *word != "INTO").nth(1)),
            Some("DELETE") => self.forget(words.nth(1)),
            Some("UPDATE") => self.forget(words.next()),
            _ => self.forget(None),
        }
    }

    /// Forgets the queries of a table, or all.
    pub fn forget(&self, table: Option<&str>) {
        let of_table =
            |kept: &KeptResult| table.is_none_or(|table| words(&kept.statement).any(|word| word == table));
        self.0.borrow_mut().retain(|kept| !of_table(kept));
    }
}

/// The keywords and names of a statement.
fn words(statement: &str) -> impl Iterator<Item = &str> {
    statement
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERIES: [&str; 3] = [
        "SELECT a FROM run",
        "SELECT run.a FROM job JOIN run ON run.id = job.id",
        "SELECT runs FROM job_run",
    ];

    fn left_after(statement: &str) -> Vec<&'static str> {
        let cache = QueryCache::default();
        for query in QUERIES {
            cache.keep(query, Vec::new(), &vec![vec![SqlValue::Integer(1)]]);
        }
        cache.on_statement(statement);
        QUERIES.into_iter().filter(|query| cache.find(query, &[]).is_some()).collect()
    }

    #[test]
    fn a_write_forgets_every_query_that_names_its_table() {
        let [of_run, of_both, of_another] = QUERIES;
        for write in [
            "INSERT INTO run (id) VALUES (?)",
            "INSERT OR REPLACE INTO run (id) VALUES (?)",
            "UPDATE run SET a = ?",
            "DELETE FROM run WHERE id IN (SELECT id FROM job)",
        ] {
            assert_eq!(left_after(write), [of_another], "{write}");
        }
        assert_eq!(left_after("UPDATE job SET a = ? RETURNING id"), [of_run, of_another]);
        assert_eq!(left_after("INSERT INTO job_run (id) SELECT id FROM run"), [of_run, of_both]);
    }

    #[test]
    fn a_query_forgets_nothing_and_another_statement_everything() {
        assert_eq!(left_after("SELECT a FROM run"), QUERIES);
        for other in
            ["CREATE TABLE other (id TEXT)", "ALTER TABLE run ADD b", "WITH x AS (SELECT 1) DELETE FROM run"]
        {
            assert_eq!(left_after(other), Vec::<&str>::new(), "{other}");
        }
    }

    #[test]
    fn results_differ_by_values_and_the_oldest_makes_room() {
        let cache = QueryCache::default();
        for number in 0..=32 {
            cache.keep("SELECT ?", vec![SqlValue::Integer(number)], &Vec::new());
        }
        let has = |number| cache.find("SELECT ?", &[SqlValue::Integer(number)]).is_some();
        assert!(!has(0) && has(1) && has(32) && !has(33));
    }
}
