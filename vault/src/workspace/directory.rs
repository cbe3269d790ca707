//! The directory: a row per connection, without anything secret. The vaults bring it up to date by due work, so it may be
//! a moment behind; nothing is decided by it that the vaults decide.

use serde::{Deserialize, Serialize};
use workbot_domain::owner::Owner;
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, ConnectionStatus, UserId};

use crate::sql::{Row, Sql, SqlError, values};

/// A connection, as the directory knows it.
#[derive(Serialize, Deserialize)]
pub struct Directed {
    /// What its owner is called; empty for the company, and while nobody has said it.
    #[serde(default)]
    pub name: String,
    pub account: String,
    pub account_id: String,
    pub instance: Option<String>,
    pub status: ConnectionStatus,
    pub connected_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    /// The master key by which its data key is wrapped.
    pub kid: Option<String>,
}

/// Where a page of people's connections ended: name, owner, app.
pub type PeopleCursor = (String, String, String);

/// A page of people's connections.
#[derive(Serialize, Deserialize)]
pub struct People {
    pub rows: Vec<Person>,
    pub next: Option<PeopleCursor>,
}

/// One connection of a person.
#[derive(Serialize, Deserialize)]
pub struct Person {
    pub user: UserId,
    pub name: String,
    pub app: AppId,
    pub connection: Directed,
}

pub fn name(owner: &Owner) -> Result<String, SqlError> {
    Ok(serde_json::to_string(owner)?)
}

pub fn put(sql: &Sql, owner: &Owner, app: &AppId, connection: Option<&Directed>) -> Result<(), SqlError> {
    let key = values![name(owner)?, app.as_str()];
    let Some(connection) = connection else {
        return sql.run("DELETE FROM directory WHERE owner = ? AND app = ?", key);
    };
    let status = serde_json::to_string(&connection.status)?;
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
            status.trim_matches('"'),
            connection.connected_at.millis(),
            connection.last_used_at.map(Timestamp::millis),
            connection.kid.clone(),
            connection.name.as_str(),
        ],
    )
}

/// The connections of people, by name, whose person or account the search names; `after` is where the page before ended.
pub fn people(sql: &Sql, search: &str, after: Option<&PeopleCursor>, limit: i64) -> Result<People, SqlError> {
    let nothing = PeopleCursor::default();
    let (name, owner, app) = after.unwrap_or(&nothing);
    // What means something in a pattern means itself.
    let found = format!("%{}%", search.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
    let rows = sql.rows(
        "SELECT name, owner, app, account, account_id, instance, status, connected_at, last_used_at FROM directory
         WHERE owner <> '\"shared\"' AND (name COLLATE NOCASE, owner, app) > (?1, ?2, ?3)
         AND (name LIKE ?4 ESCAPE '\\' OR account LIKE ?4 ESCAPE '\\' OR app LIKE ?4 ESCAPE '\\')
         ORDER BY name COLLATE NOCASE, owner, app LIMIT ?5",
        values![name.as_str(), owner.as_str(), app.as_str(), found, limit],
    )?;
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == limit);
    let ended_at = |row: &Row| Ok::<_, SqlError>((row.text(0)?, row.text(1)?, row.text(2)?));
    let next = rows.last().filter(|_| full).map(ended_at).transpose()?;
    Ok(People { rows: rows.iter().map(person).collect::<Result<_, SqlError>>()?, next })
}

fn person(row: &Row) -> Result<Person, SqlError> {
    let Owner::User(user) = row.json(1)? else { return Err(SqlError::unreadable("owner of a connection")) };
    Ok(Person {
        user,
        name: row.text(0)?,
        app: row.parsed(2, AppId::parse)?,
        connection: Directed {
            name: String::new(),
            account: row.text(3)?,
            account_id: row.text(4)?,
            instance: row.optional_text(5)?,
            status: row.parsed(6, |word| serde_json::from_value(word.into()))?,
            connected_at: Timestamp(row.int(7)?),
            last_used_at: row.optional_int(8)?.map(Timestamp),
            kid: None,
        },
    })
}

pub fn has_account(
    sql: &Sql,
    app: &AppId,
    account_id: &str,
    except: Option<&Owner>,
) -> Result<bool, SqlError> {
    let row = sql.row(
        "SELECT 1 FROM directory WHERE app = ? AND account_id = ? AND owner <> ? AND status = 'connected'",
        values![app.as_str(), account_id, except.map(name).transpose()?.unwrap_or_default()],
    )?;
    Ok(row.is_some())
}
