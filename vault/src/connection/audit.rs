//! What admins do to an owner's connection, for the audit.

use workbot_domain::owner::Owner;
use workbot_shared::{AppId, AuditAct, AuditEntry};

use crate::context::VaultCtx;
use crate::job::Job;
use crate::protocol::Admin;
use crate::sql::{SqlError, Tx};

impl VaultCtx {
    /// Notes, for the audit, what an admin did to this owner's connection: due work brings it to the workspace.
    pub fn note_for_audit(
        &self,
        _: &Tx,
        by: Option<&Admin>,
        act: AuditAct,
        app: &AppId,
        account: &str,
    ) -> Result<(), SqlError> {
        let Some(by) = by else { return Ok(()) };
        let (user, detail) = match &self.id()?.owner {
            Owner::Shared => (None, account.to_owned()),
            Owner::User(user) => match self.name()? {
                name if name.is_empty() => (Some(user.clone()), account.to_owned()),
                name => (Some(user.clone()), format!("{name}: {account}")),
            },
        };
        let entry = AuditEntry { app: Some(app.clone()), user, detail, ..by.does(act, self.now()) };
        self.enqueue(&Job::Report { id: self.fresh_id(), entry }, self.now())
    }
}
