//! The audit: admin acts, and writes by shared connections.

use workbot_domain::audit::retention;
use workbot_domain::log_event::{Cause, Event};
use workbot_domain::time::Timestamp;
use workbot_shared::Audit;

use super::protocol::AuditNote;
use crate::isolate::Isolate;
use crate::sql::{Sql, SqlError, values};

/// A serial after the newest entry: the largest integer that a JavaScript number represents exactly.
const AFTER_ALL: i64 = (1 << 53) - 1;

/// Inserts an audit entry. An entry with a known id is ignored, so that the job that delivers it can repeat.
pub fn write(sql: &Sql, (id, entry): &AuditNote, now: Timestamp) -> Result<(), SqlError> {
    let keep_until = retention(entry.act).map(|kept| (now + kept).millis());
    sql.run(
        "INSERT OR IGNORE INTO audit (id, entry, keep_until) VALUES (?, ?, ?)",
        values![id.as_str(), serde_json::to_string(entry)?, keep_until],
    )
}

/// A page of entries, newest first. `before` is the cursor of the page before. Unreadable entries are logged
/// and left out.
pub fn read(isolate: &Isolate, sql: &Sql, before: Option<i64>, limit: i64) -> Result<Audit, SqlError> {
    let rows = sql.rows(
        "SELECT serial, entry FROM audit WHERE serial < ? ORDER BY serial DESC LIMIT ?",
        values![before.unwrap_or(AFTER_ALL), limit],
    )?;
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == limit);
    // An entry of a later version is left out and stays as it is.
    let (mut entries, mut last) = (Vec::new(), None);
    for mut row in rows {
        last = Some(row.int()?);
        match row.json() {
            Ok(entry) => entries.push(entry),
            Err(error) => isolate.report_alone(&Event::VaultFailed { cause: Cause::of(&error) }),
        }
    }
    Ok(Audit { entries, next_cursor: last.filter(|_| full).map(|serial| serial.to_string()) })
}

/// Deletes entries after their retention period.
pub fn clean_up(sql: &Sql, now: Timestamp) -> Result<(), SqlError> {
    sql.run("DELETE FROM audit WHERE keep_until < ?", values![now.millis()])
}
