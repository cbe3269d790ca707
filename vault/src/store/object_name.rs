//! The stored name of the object.

use crate::sql::{Sql, values};

/// Returns the stored name, and stores the given one if there is none yet. The runtime passes an object its
/// name, except in an alarm that was set by a start without a name.
pub fn known(sql: &Sql, given: Option<&str>) -> Option<String> {
    let row = sql.row("SELECT name FROM object_name", values![]).ok().flatten();
    let stored = row.and_then(|mut row| row.text().ok());
    if let (Some(name), None) = (given, &stored) {
        // The next statement reports a failing database.
        let _ = sql.run("INSERT OR IGNORE INTO object_name (only, name) VALUES (1, ?)", values![name]);
    }
    stored
}
