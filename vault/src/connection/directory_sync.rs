//! Updates of this vault's rows in the workspace's directory.

use workbot_shared::{AppId, TenantId};

use crate::context::VaultCtx;
use crate::error::VaultError;
use crate::ports::ObjectError;
use crate::workspace;
use crate::workspace::{AgentEntry, DirectoryEntry};
use workbot_domain::agent::grant::Grant;
use workbot_domain::job_policy::JobOutcome;

impl VaultCtx {
    /// Sends a request to the workspace as part of a job. The job is retried if the workspace does not
    /// respond.
    pub async fn call_workspace<'a, F: Future<Output = Result<(), ObjectError>>>(
        &'a self,
        ask: impl FnOnce(&'a TenantId) -> F,
    ) -> Result<JobOutcome, VaultError> {
        let answered = ask(&self.id()?.tenant).await;
        Ok(if answered.is_ok() { JobOutcome::Done } else { JobOutcome::Retry })
    }

    /// Writes the current state of a connection and of its pending revocations to the directory.
    pub async fn sync_directory(&self, app: &AppId) -> Result<JobOutcome, VaultError> {
        let connection = match (self.usage(app)?, self.record(app)?) {
            (Some(usage), Some(record)) => Some(DirectoryEntry {
                name: self.name()?,
                account: record.account().label.clone(),
                account_id: record.account().id.clone(),
                instance: record.account().instance.clone(),
                status: record.status(),
                connected_at: usage.connected_at,
                last_used_at: usage.last_used_at,
                kid: usage.kid,
            }),
            _ => None,
        };
        let revocations = self.revocation_keys(app)?;
        let place = (self.id()?.owner.clone(), app.clone());
        self.call_workspace(|tenant| workspace::sync_directory(self, tenant, place, connection, revocations))
            .await
    }

    /// Writes the agents that act for this person to the directory.
    pub async fn sync_agents(&self) -> Result<JobOutcome, VaultError> {
        let mut grants = self.grants()?;
        grants.retain(|grant| grant.is_live(self.now()));
        let entry = |grant: Grant| AgentEntry {
            grant: grant.id,
            client_id: grant.client.id,
            client: grant.client.name,
            host: grant.client.host,
            granted_at: grant.granted_at,
        };
        let agents = grants.into_iter().map(entry).collect();
        let (user, name) = (self.subject()?.user, self.name()?);
        self.call_workspace(|tenant| workspace::sync_agents(self, tenant, (user, name), agents)).await
    }
}
