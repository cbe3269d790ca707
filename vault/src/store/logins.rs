//! The tables of logins: tickets, attempts, and the generations of connections.

use workbot_domain::ids::TicketId;
use workbot_domain::limits_per_person::{ATTEMPTS, TICKETS};
use workbot_domain::login::{Attempt, LoginError, LoginState, TicketRow};
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, RunId};

use crate::context::VaultCtx;
use crate::sql::{Row, SqlError, Tx, values};

impl VaultCtx {
    /// Inserts a ticket and deletes the oldest ones beyond [`TICKETS`], so that repeated requests for links
    /// cannot fill the table.
    ///
    /// # Errors
    /// When the database fails; so in all functions here.
    pub fn insert_ticket(&self, ticket: &TicketRow) -> Result<(), SqlError> {
        self.sql.run(
            "INSERT INTO login_ticket (id, app, run, expires_at, used, switch_account, generation)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            values![
                ticket.id.as_str(),
                ticket.app.as_str(),
                ticket.run.as_ref().map(|run| run.as_str().to_owned()),
                ticket.expires_at.millis(),
                ticket.used,
                ticket.switch_account,
                ticket.generation
            ],
        )?;
        self.sql.run(
            "DELETE FROM login_ticket WHERE id IN (SELECT id FROM login_ticket ORDER BY expires_at DESC LIMIT -1 OFFSET ?)",
            values![TICKETS],
        )
    }

    /// Marks a ticket as one for the company's connection, with the generation of that connection.
    pub fn mark_ticket_shared(&self, _: &Tx, ticket: &TicketId, generation: i64) -> Result<(), SqlError> {
        let statement = "UPDATE login_ticket SET shared = 1, generation = ? WHERE id = ?";
        self.sql.run(statement, values![generation, ticket.as_str()])
    }

    /// Ends all logins under way.
    pub fn end_all_logins(&self, _: &Tx) -> Result<(), SqlError> {
        self.sql.run("DELETE FROM login_ticket", values![])?;
        self.sql.run("DELETE FROM login_attempt", values![])
    }

    /// A ticket by its id.
    pub fn ticket(&self, id: &TicketId) -> Result<Option<TicketRow>, SqlError> {
        let row = self.sql.row(
            "SELECT id, app, run, expires_at, used, switch_account, generation FROM login_ticket WHERE id = ?",
            values![id.as_str()],
        )?;
        let read = |mut row: Row| {
            Ok(TicketRow {
                id: row.text()?.into(),
                app: row.parsed(AppId::parse)?,
                run: row
                    .optional_text()?
                    .map(|run| RunId::parse(&run).map_err(|_| SqlError::unreadable("run of a ticket")))
                    .transpose()?,
                expires_at: Timestamp(row.int()?),
                used: row.int()? != 0,
                switch_account: row.int()? != 0,
                generation: row.int()?,
            })
        };
        row.map(read).transpose()
    }

    /// Consumes a ticket. Returns whether it was unused.
    pub fn consume_ticket(&self, ticket: &TicketId) -> Result<bool, SqlError> {
        self.sql.changed(
            "UPDATE login_ticket SET used = 1 WHERE id = ? AND used = 0 RETURNING 1",
            values![ticket.as_str()],
        )
    }

    /// The number of disconnects of an app's connection. A login that started in an earlier generation is not
    /// stored.
    pub fn generation(&self, app: &AppId) -> Result<i64, SqlError> {
        let row = self
            .sql
            .row("SELECT generation FROM connection_generation WHERE app = ?", values![app.as_str()])?;
        Ok(row.map(|mut row| row.int()).transpose()?.unwrap_or(0))
    }

    /// Ends all logins to an app: deletes their tickets and attempts, and raises the generation, so that an
    /// exchange under way is not stored. Tickets for the company's connection stay: the company's vault
    /// checks its own generation.
    pub fn end_logins(&self, _tx: &Tx, app: &AppId) -> Result<(), SqlError> {
        self.sql.run(
            "DELETE FROM login_attempt WHERE json_extract(body, '$.ticket') IN
             (SELECT id FROM login_ticket WHERE app = ? AND shared = 0)",
            values![app.as_str()],
        )?;
        self.sql.run("DELETE FROM login_ticket WHERE app = ? AND shared = 0", values![app.as_str()])?;
        self.sql.run(
            "INSERT INTO connection_generation (app, generation) VALUES (?, 1)
             ON CONFLICT (app) DO UPDATE SET generation = generation + 1",
            values![app.as_str()],
        )
    }

    /// Inserts an attempt at its current stage.
    pub fn put_attempt(&self, attempt: &Attempt) -> Result<(), SqlError> {
        let text = serde_json::to_string(attempt)?;
        self.sql.run(
            "INSERT INTO login_attempt (id, body, expires_at) VALUES (?, ?, ?)",
            values![attempt.id.as_str(), text, attempt.expires_at.millis()],
        )
    }

    /// Deletes the oldest attempts beyond [`ATTEMPTS`]: of those whose browser is proven, or of the others.
    /// Opening a link many times can neither fill the table nor push out a proven attempt.
    pub fn keep_newest_attempts(&self, proven: bool) -> Result<(), SqlError> {
        self.sql.run(
            "DELETE FROM login_attempt WHERE id IN (
                SELECT id FROM login_attempt WHERE (json_type(body, '$.stage.app') IS NOT NULL) = ?
                ORDER BY expires_at DESC LIMIT -1 OFFSET ?)",
            values![proven, ATTEMPTS],
        )
    }

    /// Takes an attempt for a callback: checks it and deletes it in one transaction. A callback that fails
    /// the check deletes nothing, so that nobody can break another person's login.
    pub fn take_attempt(
        &self,
        state: &LoginState,
        cookie: Option<&str>,
    ) -> Result<Result<Attempt, LoginError>, SqlError> {
        self.sql.transaction(|_| {
            let row = self
                .sql
                .row("SELECT body FROM login_attempt WHERE id = ?", values![state.attempt.as_str()])?;
            let attempt = row.map(|mut row| row.json::<Attempt>()).transpose()?;
            let Some(attempt) = attempt else { return Ok(Err(LoginError::AlreadyTaken)) };
            if let Err(error) = attempt.check(state.step, cookie, self.now()) {
                return Ok(Err(error));
            }
            self.sql.run("DELETE FROM login_attempt WHERE id = ?", values![attempt.id.as_str()])?;
            Ok(Ok(attempt))
        })
    }
}
