//! Whether an agent still acts for the person: its grant, and the door of the tenant.

use workbot_domain::agent::grant::Grant;
use workbot_domain::agent::policy::DoorPolicy;
use workbot_domain::ids::GrantId;
use workbot_domain::present::run_message;
use workbot_domain::run::RunEnd;

use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::installed_catalog::catalog_in;
use crate::job::Job;
use crate::sql::{SqlError, Tx};
use crate::workspace;

impl VaultCtx {
    /// The grant and what admins allow, if the client acts for the person now. A grant that a closed door has
    /// ended is deleted.
    ///
    /// # Errors
    /// When the workspace does not respond or the database fails: not known is not allowed.
    pub async fn live_grant(&self, id: &GrantId) -> Result<Option<(Grant, DoorPolicy)>, VaultError> {
        let Some(grant) = self.grant(id)?.filter(Grant::is_active) else { return Ok(None) };
        let policy = self.agent_door().await?;
        if policy.admits(grant.granted_at) && !grant.is_over(self.now()) {
            return Ok(Some((grant, policy)));
        }
        self.sql.transaction(|tx| self.end_grant(tx, id))?;
        Ok(None)
    }

    /// What the admins of the tenant allow agents now.
    ///
    /// # Errors
    /// When the workspace does not respond.
    pub async fn agent_door(&self) -> Result<DoorPolicy, VaultError> {
        workspace::agent_door(self, &self.id()?.tenant).await.map_err(|_| VaultError::Elsewhere)
    }

    /// Ends a grant, and the runs of its client that wait. Returns whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub fn end_grant(&self, tx: &Tx, id: &GrantId) -> Result<bool, SqlError> {
        if !self.delete_grant(tx, id)? {
            return Ok(false);
        }
        for open in self.open_runs()? {
            let is_theirs = open.agent.as_ref().is_some_and(|agent| agent.grant == *id);
            let Some((mut run, version)) =
                self.known_run(&open.id).filter(|(run, _)| is_theirs && run.waits())
            else {
                continue;
            };
            if let Some(activity) = run.state.posted_card() {
                let message = run_message::ended(&run, catalog_in(run.language));
                let (activity, near) = (activity.clone(), run.conversation.clone());
                self.enqueue(&Job::UpdateMessage { activity, near, message }, self.now())?;
            }
            run.fail(RunEnd::AgentEnded);
            if self.save_run(&run, version)? {
                self.enqueue(&Job::DriveRun { run: run.id.clone() }, self.now())?;
            }
        }
        Ok(true)
    }

    /// Records the person's answer to what a client wanted, in all of its grants.
    ///
    /// # Errors
    /// When the database fails.
    pub fn answer_agent(&self, _: &Tx, id: &GrantId, approved: bool) -> Result<(), SqlError> {
        let grants = self.grants()?;
        let Some(client) = grants.iter().find(|grant| grant.id == *id).map(|grant| grant.client.id.clone())
        else {
            return Ok(());
        };
        for mut grant in grants.into_iter().filter(|grant| grant.client.id == client) {
            grant.answered(approved, self.now());
            self.put_grant(&grant)?;
        }
        Ok(())
    }
}
