//! The directory: a row per connection, without anything secret. The vaults bring it up to date by due work, so it may be
//! a moment behind; nothing is decided by it that the vaults decide.

use serde::{Deserialize, Serialize};
use workbot_domain::owner::Owner;
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, ConnectionStatus};

use crate::sql::{Sql, SqlError};
use crate::values;

/// So many owners of an old key are named at once.
const OWNERS: i64 = 50;

/// A connection, as the directory knows it.
#[derive(Serialize, Deserialize)]
pub struct Directed {
    pub account: String,
    pub account_id: String,
    pub instance: Option<String>,
    pub status: ConnectionStatus,
    pub connected_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    /// The master key by which its data key is wrapped.
    pub kid: Option<String>,
}

/// A master key that is no longer the active one.
#[derive(Serialize, Deserialize)]
pub struct OldKey {
    pub kid: String,
    /// How many connections are still wrapped by it.
    pub connections: i64,
    /// Some of their owners.
    pub owners: Vec<Owner>,
}

fn name(owner: &Owner) -> String {
    serde_json::to_string(owner).unwrap_or_default()
}

pub fn put(sql: &Sql, owner: &Owner, app: &AppId, connection: Option<&Directed>) -> Result<(), SqlError> {
    let key = values![name(owner), app.as_str()];
    let Some(connection) = connection else {
        return sql.run("DELETE FROM directory WHERE owner = ? AND app = ?", key);
    };
    let status = serde_json::to_string(&connection.status).unwrap_or_default();
    sql.run(
        "INSERT OR REPLACE INTO directory
         (owner, app, account, account_id, instance, status, connected_at, last_used_at, kid)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values![
            name(owner),
            app.as_str(),
            connection.account.as_str(),
            connection.account_id.as_str(),
            connection.instance.clone(),
            status.trim_matches('"'),
            connection.connected_at.millis(),
            connection.last_used_at.map(Timestamp::millis),
            connection.kid.clone(),
        ],
    )
}

pub fn has_account(sql: &Sql, app: &AppId, account_id: &str, except: &Owner) -> Result<bool, SqlError> {
    let row = sql.row(
        "SELECT 1 FROM directory WHERE app = ? AND account_id = ? AND owner <> ? AND status = 'connected'",
        values![app.as_str(), account_id, name(except)],
    )?;
    Ok(row.is_some())
}

pub fn old_keys(sql: &Sql, active: &str) -> Result<Vec<OldKey>, SqlError> {
    let kids = sql.rows(
        "SELECT kid, count(*) FROM directory WHERE kid IS NOT NULL AND kid <> ? GROUP BY kid ORDER BY kid",
        values![active],
    )?;
    kids.iter()
        .map(|row| {
            let kid = row.text(0);
            let owners = sql.rows(
                "SELECT DISTINCT owner FROM directory WHERE kid = ? LIMIT ?",
                values![kid.as_str(), OWNERS],
            )?;
            let owners = owners.iter().filter_map(|row| row.json(0)).collect();
            Ok(OldKey { kid, connections: row.int(1), owners })
        })
        .collect()
}
