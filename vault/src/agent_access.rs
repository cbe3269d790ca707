//! Whether an agent still acts for the person: its grant, and the door of the tenant.

use std::collections::BTreeSet;
use std::time::Duration;
use workbot_domain::agent::grant::Grant;
use workbot_domain::agent::policy::DoorPolicy;
use workbot_domain::audit::Admin;
use workbot_domain::ids::GrantId;
use workbot_domain::present::outgoing_activity::text_message;
use workbot_domain::run::RunEnd;

use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::job::Job;
use crate::sql::{SqlError, Tx};
use crate::workspace;

/// How long a list of agents waits for what admins allow.
const PATIENCE: Duration = Duration::from_secs(2);

impl VaultCtx {
    /// The grant and what admins allow, if the client acts for the person now. A grant that a closed door has
    /// ended is deleted.
    ///
    /// # Errors
    /// When the workspace does not respond or the database fails: not known is not allowed.
    pub async fn live_grant(&self, id: &GrantId) -> Result<Option<(Grant, DoorPolicy)>, VaultError> {
        let Some(grant) = self.grant(id)?.filter(Grant::is_active) else { return Ok(None) };
        let policy = self.agent_door().await?;
        if policy.admits(&grant) && !grant.is_over(self.now()) {
            return Ok(Some((grant, policy)));
        }
        self.sql.transaction(|tx| self.end_grant(tx, id))?;
        Ok(None)
    }

    /// What the admins of the tenant allow agents now. The door of a tenant that the deployment no longer
    /// serves is closed.
    ///
    /// # Errors
    /// When the workspace does not respond.
    pub async fn agent_door(&self) -> Result<DoorPolicy, VaultError> {
        if !self.is_tenant_served()? {
            return Ok(DoorPolicy::default());
        }
        workspace::agent_door(self, &self.id()?.tenant).await.map_err(|_| VaultError::Elsewhere)
    }

    /// The names of the agents that act for the person, with the hosts that vouch for them. If the workspace
    /// does not respond in time, those that may act.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn acting_agents(&self) -> Result<Vec<String>, VaultError> {
        let mut grants = self.grants()?;
        grants.retain(|grant| grant.is_live(self.now()));
        if grants.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(Ok(policy)) = self.within(PATIENCE, self.agent_door()).await {
            grants.retain(|grant| policy.admits(grant));
        }
        let names: BTreeSet<_> = grants.into_iter().map(|grant| grant.client.title()).collect();
        Ok(names.into_iter().collect())
    }

    /// Ends a grant, and the runs of its client that wait. Returns whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub fn end_grant(&self, tx: &Tx, id: &GrantId) -> Result<bool, SqlError> {
        if !self.delete_grant(tx, id)? {
            return Ok(false);
        }
        self.enqueue(&Job::SyncAgents, self.now())?;
        for open in self.open_runs()? {
            let is_theirs = open.agent.as_ref().is_some_and(|agent| agent.grant == *id);
            let Some((run, version)) = self.known_run(&open.id).filter(|(run, _)| is_theirs && run.waits())
            else {
                continue;
            };
            self.end_run(tx, run, version, RunEnd::AgentEnded)?;
        }
        Ok(true)
    }

    /// Ends a grant for an admin: the audit gets an entry, and the person is told.
    ///
    /// # Errors
    /// When the database fails.
    pub fn end_grant_by_admin(&self, tx: &Tx, grant: &Grant, admin: &Admin) -> Result<(), SqlError> {
        let (owner, name, client) = (self.subject()?.user, self.name()?, grant.client.title());
        self.end_grant(tx, &grant.id)?;
        let entry = admin.ended_agent((&owner, &name), &client, self.now());
        self.enqueue(&Job::WriteAudit { id: self.fresh_id(), entry }, self.now())?;
        self.notify_later(tx, |words| text_message(&words.agent_ended_by_admin(&client)))
    }

    /// Records the person's answer to what a client wanted, in all of its grants.
    ///
    /// # Errors
    /// When the database fails.
    pub fn answer_agent(&self, tx: &Tx, id: &GrantId, approved: bool) -> Result<(), SqlError> {
        let grants = self.grants()?;
        let Some(answered) = grants.iter().find(|grant| grant.id == *id) else { return Ok(()) };
        self.change_grants_of(tx, &answered.client.id, |grant| grant.answered(approved, self.now()))
    }

    /// Records that a client asks for the person's approval, in all of its grants.
    ///
    /// # Errors
    /// When the database fails.
    pub fn note_agent_asks(&self, tx: &Tx, client: &str) -> Result<(), SqlError> {
        self.change_grants_of(tx, client, |grant| grant.asks(self.now()))
    }

    /// Changes all grants of a client.
    ///
    /// # Errors
    /// When the database fails.
    pub fn change_grants_of(
        &self,
        _: &Tx,
        client: &str,
        change: impl Fn(&mut Grant),
    ) -> Result<(), SqlError> {
        for mut grant in self.grants()?.into_iter().filter(|grant| grant.client.id == client) {
            change(&mut grant);
            self.put_grant(&grant)?;
        }
        Ok(())
    }
}
