//! The directory: one row per connection, without secrets. Jobs of the vaults keep it up to date, so it may
//! lag by a moment. No vault reads its own state from it.

use serde::{Deserialize, Serialize};
use workbot_domain::json;
use workbot_domain::owner::Owner;
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, ConnectionStatus, UserId};

use crate::sql::{Row, Sql, SqlError, values};

/// A connection in the directory.
#[derive(Serialize, Deserialize)]
pub struct DirectoryEntry {
    /// The owner's display name. Empty for the company, or if it is unknown.
    #[serde(default)]
    pub name: String,
    /// The label of the account.
    pub account: String,
    /// The account's id at the app.
    pub account_id: String,
    /// The account's instance at the app, such as a Salesforce organization.
    pub instance: Option<String>,
    /// The status.
    pub status: ConnectionStatus,
    /// When it was established.
    pub connected_at: Timestamp,
    /// When it was last used, with a lag of one day at most.
    pub last_used_at: Option<Timestamp>,
    /// The id of the master key that wraps its data key.
    pub kid: Option<String>,
}

/// The cursor of a page of people's connections: name, owner, app of the last row.
pub type PeopleCursor = (String, String, String);

/// A page of people's connections.
#[derive(Serialize, Deserialize)]
pub struct PeoplePage {
    /// The connections.
    pub rows: Vec<PersonEntry>,
    /// The cursor of the next page, if there is one.
    pub next: Option<PeopleCursor>,
}

/// One connection of a person.
#[derive(Serialize, Deserialize)]
pub struct PersonEntry {
    /// The person's id.
    pub user: UserId,
    /// The person's display name.
    pub name: String,
    /// The app.
    pub app: AppId,
    /// The connection.
    pub connection: DirectoryEntry,
}

/// The key of an owner in the tables: JSON.
pub fn name(owner: &Owner) -> Result<String, SqlError> {
    Ok(serde_json::to_string(owner)?)
}

/// Inserts, replaces or deletes the row of a connection.
pub fn put(
    sql: &Sql,
    owner: &Owner,
    app: &AppId,
    connection: Option<&DirectoryEntry>,
) -> Result<(), SqlError> {
    let key = values![name(owner)?, app.as_str()];
    let Some(connection) = connection else {
        return sql.run("DELETE FROM directory WHERE owner = ? AND app = ?", key);
    };
    sql.run(
        "INSERT OR REPLACE INTO directory
         (owner, app, account, account_id, instance, status, connected_at, last_used_at, kid, name)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values![
            name(owner)?,
            app.as_str(),
            connection.account.as_str(),
            connection.account_id.as_str(),
            connection.instance.clone(),
            connection.status.as_word(),
            connection.connected_at.millis(),
            connection.last_used_at.map(Timestamp::millis),
            connection.kid.clone(),
            connection.name.as_str(),
        ],
    )
}

/// A page of people's connections, ordered by name. `search` filters by name, account or app, and ignores the
/// case of ASCII letters; `after` is the cursor of the page before.
///
/// Not LIKE: its pattern may have 50 bytes at most in workerd (`SQLITE_LIMIT_LIKE_PATTERN_LENGTH`).
pub fn people(
    sql: &Sql,
    search: &str,
    after: Option<&PeopleCursor>,
    limit: i64,
) -> Result<PeoplePage, SqlError> {
    let nothing = PeopleCursor::default();
    let (name, owner, app) = after.unwrap_or(&nothing);
    let rows = sql.rows(
        "SELECT name, owner, app, account, account_id, instance, status, connected_at, last_used_at FROM directory
         WHERE owner <> '\"shared\"' AND (name COLLATE NOCASE, owner, app) > (?1, ?2, ?3)
         AND (instr(lower(name), lower(?4)) > 0 OR instr(lower(account), lower(?4)) > 0
              OR instr(lower(app), lower(?4)) > 0)
         ORDER BY name COLLATE NOCASE, owner, app LIMIT ?5",
        values![name.as_str(), owner.as_str(), app.as_str(), search, limit],
    )?;
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == limit);
    let (mut people, mut last) = (Vec::new(), None);
    for mut row in rows {
        let place: PeopleCursor = (row.text()?, row.text()?, row.text()?);
        people.push(person(&place, &mut row)?);
        last = Some(place);
    }
    Ok(PeoplePage { rows: people, next: last.filter(|_| full) })
}

fn person((name, owner, app): &PeopleCursor, row: &mut Row) -> Result<PersonEntry, SqlError> {
    let Ok(Owner::User(user)) = json::stored(owner.as_bytes()) else {
        return Err(SqlError::unreadable("owner of a connection"));
    };
    Ok(PersonEntry {
        user,
        name: name.clone(),
        app: AppId::parse(app).map_err(|_| SqlError::unreadable("app of a connection"))?,
        connection: DirectoryEntry {
            name: String::new(),
            account: row.text()?,
            account_id: row.text()?,
            instance: row.optional_text()?,
            status: row.parsed(ConnectionStatus::from_word)?,
            connected_at: Timestamp(row.int()?),
            last_used_at: row.optional_int()?.map(Timestamp),
            kid: None,
        },
    })
}

/// Whether an owner other than `except` is connected to an app with this account.
pub fn has_account(
    sql: &Sql,
    app: &AppId,
    account_id: &str,
    except: Option<&Owner>,
) -> Result<bool, SqlError> {
    let rows = sql.rows(
        "SELECT DISTINCT status FROM directory WHERE app = ? AND account_id = ? AND owner <> ?",
        values![app.as_str(), account_id, except.map(name).transpose()?.unwrap_or_default()],
    )?;
    let statuses = rows.into_iter().map(|mut row| row.parsed(ConnectionStatus::from_word));
    let statuses = statuses.collect::<Result<Vec<_>, _>>()?;
    Ok(statuses.contains(&ConnectionStatus::Connected))
}
