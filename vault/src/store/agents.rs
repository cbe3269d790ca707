//! The tables of agents: the person's grants, and the calls whose run is kept.
//!
//! docs/storage.md documents each column.

use std::time::Duration;
use workbot_domain::agent::grant::Grant;
use workbot_domain::agent::result::RunResult;
use workbot_domain::agent::token::CALL_STATE_LIFETIME;
use workbot_domain::ids::GrantId;
use workbot_domain::time::Timestamp;
use workbot_shared::RunId;

use crate::context::VaultCtx;
use crate::sql::{SqlError, Tx, values};

/// How long the run of a call is found again by the same call.
const SAME_CALL: Duration = Duration::from_secs(10 * 60);
/// How long a call and its result are kept for `get_run`.
pub const CALLS_KEPT: Duration = Duration::from_secs(24 * 3600);

/// A call of a tool, by which a repeated one is recognised.
pub struct CallKey<'a> {
    /// The grant.
    pub grant: &'a GrantId,
    /// The JSON-RPC id of the request.
    pub request: &'a str,
    /// The digest of tool and arguments.
    pub call: &'a str,
}

impl VaultCtx {
    /// A grant, if there is one.
    ///
    /// # Errors
    /// When the database fails or a grant cannot be read; so in all functions here.
    pub fn grant(&self, id: &GrantId) -> Result<Option<Grant>, SqlError> {
        let row = self.sql.cached_row("SELECT body FROM agent_grant WHERE id = ?", values![id.as_str()])?;
        row.map(|mut row| row.json()).transpose()
    }

    /// All grants. Unreadable ones are logged and left out.
    pub fn grants(&self) -> Result<Vec<Grant>, SqlError> {
        let rows = self.sql.cached_rows("SELECT body FROM agent_grant ORDER BY id", values![])?;
        Ok(rows.into_iter().filter_map(|mut row| self.if_readable(row.json())).collect())
    }

    /// Inserts or replaces a grant.
    pub fn put_grant(&self, grant: &Grant) -> Result<(), SqlError> {
        self.sql.run(
            "INSERT OR REPLACE INTO agent_grant (id, body) VALUES (?, ?)",
            values![grant.id.as_str(), serde_json::to_string(grant)?],
        )
    }

    /// Deletes a grant. Returns whether there was one.
    pub fn delete_grant(&self, _: &Tx, id: &GrantId) -> Result<bool, SqlError> {
        self.sql.changed("DELETE FROM agent_grant WHERE id = ? RETURNING 1", values![id.as_str()])
    }

    /// Stores a call with its run.
    pub fn insert_call(&self, _: &Tx, key: &CallKey<'_>, run: &RunId) -> Result<(), SqlError> {
        self.sql.run(
            "INSERT INTO agent_call (run, grant_id, request, call, asked_login, at, result)
             VALUES (?, ?, ?, ?, 0, ?, NULL)",
            values![run.as_str(), key.grant.as_str(), key.request, key.call, self.now().millis()],
        )
    }

    /// The run of the same call: the same request again, or the call that comes again because its login was
    /// asked for.
    pub fn run_of_call(&self, key: &CallKey<'_>) -> Result<Option<RunId>, SqlError> {
        let row = self.sql.row(
            "SELECT run FROM agent_call WHERE grant_id = ? AND call = ?
             AND ((request = ? AND at > ?) OR (asked_login = 1 AND at > ?)) ORDER BY at DESC LIMIT 1",
            values![
                key.grant.as_str(),
                key.call,
                key.request,
                (self.now() - SAME_CALL).millis(),
                (self.now() - CALL_STATE_LIFETIME).millis()
            ],
        )?;
        row.map(|mut row| row.parsed(RunId::parse)).transpose()
    }

    /// Whether a client started this run, and the result of the run if it has ended.
    pub fn call_of_run(&self, grant: &GrantId, run: &RunId) -> Result<Option<Option<RunResult>>, SqlError> {
        let row = self.sql.row(
            "SELECT result FROM agent_call WHERE run = ? AND grant_id = ?",
            values![run.as_str(), grant.as_str()],
        )?;
        row.map(|mut row| row.optional_json()).transpose()
    }

    /// Stores whether the latest response to a call asked for logins.
    pub fn note_login_asked(&self, run: &RunId, asked: bool) -> Result<(), SqlError> {
        self.sql.run(
            "UPDATE agent_call SET asked_login = ?1 WHERE run = ?2 AND asked_login <> ?1",
            values![i64::from(asked), run.as_str()],
        )
    }

    /// Stores the result of a run, for its client.
    pub fn note_agent_result(&self, run: &RunId, result: &RunResult) -> Result<(), SqlError> {
        self.sql.run(
            "UPDATE agent_call SET result = ? WHERE run = ?",
            values![serde_json::to_string(result)?, run.as_str()],
        )
    }

    /// Deletes calls after their time, and the grants whose tokens have all expired. Returns whether there
    /// was such a grant.
    pub fn clean_up_agents(&self, tx: &Tx, now: Timestamp) -> Result<bool, SqlError> {
        self.sql.run("DELETE FROM agent_call WHERE at < ?", values![(now - CALLS_KEPT).millis()])?;
        let mut any = false;
        for over in self.grants()?.iter().filter(|grant| grant.is_over(now)) {
            any |= self.delete_grant(tx, &over.id)?;
        }
        Ok(any)
    }
}
