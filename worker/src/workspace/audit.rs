//! What admins did.

use workbot_shared::Audit;

use super::Noted;
use crate::sql::{Sql, SqlError};
use crate::values;

pub fn write(sql: &Sql, (id, entry): &Noted) -> Result<(), SqlError> {
    sql.run(
        "INSERT OR IGNORE INTO audit (id, entry) VALUES (?, ?)",
        values![id.as_str(), serde_json::to_string(entry).unwrap_or_default()],
    )
}

pub fn read(sql: &Sql, before: Option<i64>, limit: i64) -> Result<Audit, SqlError> {
    let rows = sql.rows(
        "SELECT serial, entry FROM audit WHERE serial < ? ORDER BY serial DESC LIMIT ?",
        values![before.unwrap_or(i64::from(i32::MAX)), limit],
    )?;
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == limit);
    let next_cursor = rows.last().filter(|_| full).map(|row| row.int(0).to_string());
    Ok(Audit { entries: rows.iter().filter_map(|row| row.json(1)).collect(), next_cursor })
}
