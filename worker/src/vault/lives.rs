//! Where the life of a connection is stored: its row, and the refresh whose outcome is not known.

use workbot_domain::connection::Reason;
use workbot_domain::connection::life::{Intent, Life, Status};
use workbot_domain::time::Timestamp;
use workbot_shared::AppId;

use super::Core;
use super::due::Job;
use crate::clock::now;
use crate::sql::{Row, SqlError};
use crate::values;

/// The stored word for why a login is needed.
pub fn reason(word: &str) -> Result<Reason, SqlError> {
    Reason::from_word(word).ok_or_else(|| SqlError::unreadable("reason of a connection"))
}

fn intent(row: &Row) -> Result<Intent, SqlError> {
    Ok(Intent {
        revision: row.text(0)?,
        holder: row.text(1)?,
        since: Timestamp(row.int(2)?),
        started_at: Timestamp(row.int(3)?),
        sends: u32::try_from(row.int(4)?).unwrap_or(u32::MAX),
        unknown: row.int(5)? != 0,
        retry_at: row.optional_int(6)?.map(Timestamp),
        doubts: u32::try_from(row.int(7)?).unwrap_or(u32::MAX),
    })
}

impl Core {
    /// The life of a connection, as it is stored.
    pub(super) fn life(&self, app: &AppId) -> Result<Life, SqlError> {
        let row = self
            .sql
            .row("SELECT status, reason, revision FROM connection WHERE app = ?", values![app.as_str()])?;
        let Some(row) = row else { return Ok(Life { status: Status::Gone, intent: None }) };
        let status = match row.text(0)?.as_str() {
            "connected" => Status::Connected { revision: row.text(2)? },
            "needs_login" => Status::NeedsLogin { revision: row.text(2)?, reason: reason(&row.text(1)?)? },
            "disconnected" => Status::Disconnected,
            _ => return Err(SqlError::unreadable("status of a connection")),
        };
        let row = self.sql.row(
            "SELECT revision, holder, since, started_at, sends, unknown, retry_at, doubts
             FROM refresh_intent WHERE app = ?",
            values![app.as_str()],
        )?;
        let intent = row.as_ref().map(intent).transpose()?;
        Ok(Life { status, intent })
    }

    /// Changes the life of a connection as a rule says, in one transaction.
    pub(super) fn live<T>(&self, app: &AppId, rule: impl FnOnce(&mut Life) -> T) -> Result<T, SqlError> {
        self.sql.transaction(|| {
            let mut life = self.life(app)?;
            let before = life.status.clone();
            let result = rule(&mut life);
            self.store_life(app, &life)?;
            if life.status != before {
                self.enqueue(&Job::Direct { app: app.clone() }, now())?;
            }
            Ok(result)
        })
    }

    /// Stores the life of a connection. To be called in a transaction.
    pub(super) fn store_life(&self, app: &AppId, life: &Life) -> Result<(), SqlError> {
        match &life.status {
            Status::Gone => self.sql.run("DELETE FROM connection WHERE app = ?", values![app.as_str()])?,
            // The bare record: nothing is left that opens what lies in KV.
            Status::Disconnected => self.sql.run(
                "UPDATE connection SET status = 'disconnected', reason = NULL, revision = NULL, kid = NULL,
                 wrapped_key = NULL, expires_at = NULL, missing_since = NULL, scopes = '',
                 ends_at = NULL, idle_told_at = NULL, end_told_at = NULL
                 WHERE app = ?",
                values![app.as_str()],
            )?,
            Status::Connected { revision } => self.sql.run(
                "UPDATE connection SET status = 'connected', reason = NULL, revision = ? WHERE app = ?",
                values![revision.as_str(), app.as_str()],
            )?,
            Status::NeedsLogin { reason, revision } => self.sql.run(
                "UPDATE connection SET status = 'needs_login', reason = ?, revision = ? WHERE app = ?",
                values![reason.word(), revision.as_str(), app.as_str()],
            )?,
        }
        match &life.intent {
            None => self.sql.run("DELETE FROM refresh_intent WHERE app = ?", values![app.as_str()]),
            Some(intent) => self.sql.run(
                "INSERT OR REPLACE INTO refresh_intent
                 (app, revision, holder, since, started_at, sends, unknown, retry_at, doubts)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values![
                    app.as_str(),
                    intent.revision.as_str(),
                    intent.holder.as_str(),
                    intent.since.millis(),
                    intent.started_at.millis(),
                    i64::from(intent.sends),
                    intent.unknown,
                    intent.retry_at.map(Timestamp::millis),
                    i64::from(intent.doubts),
                ],
            ),
        }
    }

    /// A revision can no longer be used or renewed: its owner has to log in again.
    pub(super) fn needs_login(&self, app: &AppId, revision: &str, reason: Reason) -> Result<(), SqlError> {
        self.live(app, |life| life.ends(revision, reason))
    }
}
