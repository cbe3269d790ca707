//! The name of the object itself.

use crate::sql::{Sql, values};

/// What is written down of the name. The runtime tells an object its name, except in an alarm that a life without a name
/// set; the first life that is told writes it down.
pub fn known(sql: &Sql, told: Option<&str>) -> Option<String> {
    let row = sql.row("SELECT name FROM object_name", values![]).ok().flatten();
    let stored = row.and_then(|mut row| row.text().ok());
    if let (Some(name), None) = (told, &stored) {
        // A database that fails is reported by whatever comes next.
        let _ = sql.run("INSERT OR IGNORE INTO object_name (only, name) VALUES (1, ?)", values![name]);
    }
    stored
}
