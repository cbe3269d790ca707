//! The audit of admin acts on an owner's connection.

use workbot_domain::audit::Admin;
use workbot_shared::{AppId, AuditAction};

use crate::context::VaultCtx;
use crate::job::Job;
use crate::sql::{SqlError, Tx};

impl VaultCtx {
    /// Enqueues an audit entry for what an admin did to this owner's connection. A job delivers it to the
    /// workspace. Does nothing if `by` is `None`.
    pub fn note_for_audit(
        &self,
        _: &Tx,
        by: Option<&Admin>,
        act: AuditAction,
        app: &AppId,
        account: &str,
    ) -> Result<(), SqlError> {
        let Some(by) = by else { return Ok(()) };
        let name = self.name()?;
        let owner = (&self.id()?.owner, name.as_str());
        let entry = by.changed_connection(act, app, owner, account, self.now());
        self.enqueue(&Job::WriteAudit { id: self.fresh_id(), entry }, self.now())
    }
}
