//! Tickets: sealed, expiring links with which their subject logs in to one app.

use workbot_domain::config::Config;
use workbot_domain::ids::TicketId;
use workbot_domain::login::{TICKET_LIFETIME, Ticket, TicketRow, TicketStatus, ticket_status};
use workbot_domain::owner::{Owner, Subject};
use workbot_domain::seal::Purpose;
use workbot_domain::time::Timestamp;
use workbot_shared::{AppId, RunId};

use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::sql::SqlError;

/// The link of a ticket, with the ticket sealed into its path.
pub fn link(ctx: &VaultCtx, config: &Config, ticket: &Ticket) -> String {
    let sealed = config.master_keys.seal_text(Purpose::Ticket, ticket, ctx.random());
    format!("{}/connect/{sealed}", config.public_url)
}

impl VaultCtx {
    /// Creates a ticket for one app. Returns its link and the row to insert; the link is valid once the row
    /// is stored.
    ///
    /// # Errors
    /// When the database fails.
    pub fn new_ticket(
        &self,
        config: &Config,
        subject: &Subject,
        app: &AppId,
        owner: Owner,
        run: Option<&RunId>,
        switch_account: bool,
    ) -> Result<(String, TicketRow), SqlError> {
        let row = TicketRow {
            id: self.fresh_id().into(),
            app: app.clone(),
            run: run.cloned(),
            expires_at: self.now() + TICKET_LIFETIME,
            used: false,
            switch_account,
            generation: self.generation(app)?,
        };
        let (id, expires_at) = (row.id.clone(), row.expires_at);
        let ticket = Ticket { subject: subject.clone(), owner, app: app.clone(), id, expires_at };
        Ok((link(self, config, &ticket), row))
    }

    /// Creates and stores a ticket. Returns its link and its id.
    ///
    /// # Errors
    /// When the database fails.
    pub fn create_ticket(
        &self,
        config: &Config,
        subject: &Subject,
        app: &AppId,
        owner: Owner,
        run: Option<&RunId>,
        switch_account: bool,
    ) -> Result<(String, TicketId), SqlError> {
        let (url, ticket) = self.new_ticket(config, subject, app, owner, run, switch_account)?;
        self.insert_ticket(&ticket)?;
        Ok((url, ticket.id))
    }

    /// Whether a ticket that was opened at this time may be used, and its row. A ticket is unknown if the row
    /// is `None`.
    ///
    /// # Errors
    /// When the ticket or its run cannot be read.
    pub fn ticket_status(
        &self,
        id: &TicketId,
        opened_at: Timestamp,
    ) -> Result<(TicketStatus, Option<TicketRow>), VaultError> {
        let ticket = self.ticket(id)?;
        let run = ticket.as_ref().and_then(|ticket| ticket.run.as_ref());
        let waits = match (run, &ticket) {
            (Some(run), Some(ticket)) => self.run(run)?.is_some_and(|(run, _)| run.waits_for(&ticket.app)),
            _ => false,
        };
        Ok((ticket_status(ticket.as_ref(), waits, opened_at), ticket))
    }
}
