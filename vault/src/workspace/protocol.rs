//! The requests to a workspace, and the functions that send them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use workbot_domain::agent::client::Client;
use workbot_domain::agent::policy::DoorPolicy;
use workbot_domain::audit::Admin;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::owner::Owner;
use workbot_domain::run::{OverrideError, RecipeOverrides};
use workbot_shared::{
    AgentDoorChange, AppId, Audit, AuditEntry, RecipeId, RecipeSettingsChange, TenantId, UserId,
};

use super::agent_directory::{AgentEntry, AgentsPage};
use super::directory::{DirectoryEntry, PeopleCursor, PeoplePage};
use super::key_rotation::{OldKey, Revocations};
use crate::isolate::Isolate;
use crate::object_request;
use crate::ports::{ObjectClass, ObjectError};

/// An audit entry and its id. An entry with a known id is ignored.
pub type AuditNote = (String, AuditEntry);

/// The settings for a run that starts.
#[derive(Serialize, Deserialize)]
pub struct RunPolicy {
    /// The admins' settings of its recipe.
    pub set: RecipeOverrides,
    /// The frozen apps.
    pub frozen: Vec<AppId>,
}

/// A client that an admin registered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RegisteredClient {
    /// The client.
    pub client: Client,
    /// The hash of its secret; `None` for a public client.
    pub secret_hash: Option<String>,
}

/// A request to a workspace.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WorkspaceRequest {
    /// The settings for a run of this recipe.
    GetRunPolicy { recipe: RecipeId },
    /// List the frozen apps.
    Frozen,
    /// Freeze or unfreeze an app.
    Freeze { app: AppId, frozen: bool, noted: AuditNote },
    /// The host of the language model that an admin allowed.
    AllowedLanguageModel,
    /// Allow the language model at a host, or none.
    AllowLanguageModel { host: Option<String>, noted: AuditNote },
    /// What the admins allow agents.
    AgentDoor,
    /// Change what agents may do. `id` is that of the audit entry.
    ChangeAgentDoor { change: AgentDoorChange, id: String, by: Admin },
    /// List the clients that admins registered.
    AgentClients,
    /// Find a client that an admin registered.
    FindAgentClient { id: String },
    /// Register a client, or remove it (`None`).
    PutAgentClient { id: String, client: Option<RegisteredClient>, noted: AuditNote },
    /// Replace the agents of a person in the directory.
    SyncAgents { user: UserId, name: String, agents: Vec<AgentEntry> },
    /// List the agents that act for people.
    AgentsOfPeople { search: String, after: Option<PeopleCursor>, limit: i64 },
    /// List the admins' settings of all recipes.
    AllRecipeSettings,
    /// Change a recipe's settings.
    ChangeRecipeSettings { recipe: RecipeId, change: RecipeSettingsChange, noted: AuditNote },
    /// Insert an audit entry. Idempotent.
    Note { noted: AuditNote },
    /// List the audit, newest first.
    Audit { before: Option<i64>, limit: i64 },
    /// Update the directory's row of a connection (`None` deletes it), and the master keys that its owner's
    /// revocations at the app need.
    SyncDirectory {
        owner: Owner,
        app: AppId,
        connection: Option<DirectoryEntry>,
        #[serde(default)]
        revocations: Revocations,
    },
    /// List people's connections.
    People { search: String, after: Option<PeopleCursor>, limit: i64 },
    /// Whether an owner other than `except` is connected to an app with this account.
    HasAccount { app: AppId, account_id: String, except: Option<Owner> },
    /// List the master keys in use other than this one.
    OldKeys { active: String },
    /// The hourly maintenance: delete expired audit entries, and start a walk if a retired master key is
    /// still needed.
    Maintain { tenant: TenantId, active: String },
}

/// Sends a request to a tenant's workspace.
async fn ask<T: DeserializeOwned>(
    isolate: &Isolate,
    tenant: &TenantId,
    request: &WorkspaceRequest,
) -> Result<T, ObjectError> {
    object_request::ask(isolate, ObjectClass::Workspace, tenant.as_str(), request, &CorrelationId::default())
        .await
}

/// The settings for a run that starts.
///
/// # Errors
/// [`ObjectError`] when the workspace does not respond or fails; so in all functions here.
pub async fn run_policy(
    isolate: &Isolate,
    tenant: &TenantId,
    recipe: &RecipeId,
) -> Result<RunPolicy, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::GetRunPolicy { recipe: recipe.clone() }).await
}

/// The frozen apps of a tenant. Must be read whenever a token is handed out or refreshed.
pub async fn frozen(isolate: &Isolate, tenant: &TenantId) -> Result<Vec<AppId>, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::Frozen).await
}

/// Freezes or unfreezes an app and writes the audit entry, in one transaction.
pub async fn freeze(
    isolate: &Isolate,
    tenant: &TenantId,
    app: AppId,
    frozen: bool,
    noted: AuditNote,
) -> Result<(), ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::Freeze { app, frozen, noted }).await
}

/// The host of the language model that an admin of a tenant allowed.
pub async fn allowed_language_model(
    isolate: &Isolate,
    tenant: &TenantId,
) -> Result<Option<String>, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::AllowedLanguageModel).await
}

/// Allows the language model at a host in a tenant, or none, and writes the audit entry, in one transaction.
pub async fn allow_language_model(
    isolate: &Isolate,
    tenant: &TenantId,
    host: Option<String>,
    noted: AuditNote,
) -> Result<(), ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::AllowLanguageModel { host, noted }).await
}

/// What the admins of a tenant allow agents.
pub async fn agent_door(isolate: &Isolate, tenant: &TenantId) -> Result<DoorPolicy, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::AgentDoor).await
}

/// Changes what agents may do, and writes the audit entry, in one transaction. Registered clients are not
/// part of it: see [`put_agent_client`].
pub async fn change_agent_door(
    isolate: &Isolate,
    tenant: &TenantId,
    change: AgentDoorChange,
    by: Admin,
) -> Result<(), ObjectError> {
    let id = isolate.fresh_id();
    ask(isolate, tenant, &WorkspaceRequest::ChangeAgentDoor { change, id, by }).await
}

/// The clients that admins of a tenant registered.
pub async fn agent_clients(
    isolate: &Isolate,
    tenant: &TenantId,
) -> Result<Vec<RegisteredClient>, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::AgentClients).await
}

/// The client of this id that an admin registered.
pub async fn find_agent_client(
    isolate: &Isolate,
    tenant: &TenantId,
    id: &str,
) -> Result<Option<RegisteredClient>, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::FindAgentClient { id: id.to_owned() }).await
}

/// Registers a client, or removes it (`None`), and writes the audit entry, in one transaction. The removal of
/// a client that is not registered changes nothing.
pub async fn put_agent_client(
    isolate: &Isolate,
    tenant: &TenantId,
    (id, client): (String, Option<RegisteredClient>),
    noted: AuditNote,
) -> Result<(), ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::PutAgentClient { id, client, noted }).await
}

/// Replaces the agents of a person in the directory.
pub async fn sync_agents(
    isolate: &Isolate,
    tenant: &TenantId,
    (user, name): (UserId, String),
    agents: Vec<AgentEntry>,
) -> Result<(), ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::SyncAgents { user, name, agents }).await
}

/// A page of the agents that act for people, where the name of person, agent or host contains `search`.
pub async fn agents_of_people(
    isolate: &Isolate,
    tenant: &TenantId,
    search: String,
    after: Option<PeopleCursor>,
    limit: i64,
) -> Result<AgentsPage, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::AgentsOfPeople { search, after, limit }).await
}

/// The admins' settings of all recipes of a tenant.
pub async fn all_recipe_settings(
    isolate: &Isolate,
    tenant: &TenantId,
) -> Result<BTreeMap<RecipeId, RecipeOverrides>, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::AllRecipeSettings).await
}

/// Changes a recipe's settings and writes the audit entry, in one transaction. The inner error refuses the
/// change.
pub async fn change_recipe_settings(
    isolate: &Isolate,
    tenant: &TenantId,
    recipe: RecipeId,
    change: RecipeSettingsChange,
    noted: AuditNote,
) -> Result<Result<RecipeOverrides, OverrideError>, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::ChangeRecipeSettings { recipe, change, noted }).await
}

/// Writes an audit entry: an admin act, or a write by a shared connection. Idempotent.
pub async fn note(isolate: &Isolate, tenant: &TenantId, noted: AuditNote) -> Result<(), ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::Note { noted }).await
}

/// A page of the audit, newest first. `before` is the cursor of the page before.
pub async fn audit(
    isolate: &Isolate,
    tenant: &TenantId,
    before: Option<i64>,
    limit: i64,
) -> Result<Audit, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::Audit { before, limit }).await
}

/// Updates the directory's row of an owner's connection to an app (`None` deletes it), and the master keys
/// that the owner's pending revocations there need.
pub async fn sync_directory(
    isolate: &Isolate,
    tenant: &TenantId,
    (owner, app): (Owner, AppId),
    connection: Option<DirectoryEntry>,
    revocations: Revocations,
) -> Result<(), ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::SyncDirectory { owner, app, connection, revocations }).await
}

/// A page of people's connections whose name, account or app contains `search`.
pub async fn people(
    isolate: &Isolate,
    tenant: &TenantId,
    search: String,
    after: Option<PeopleCursor>,
    limit: i64,
) -> Result<PeoplePage, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::People { search, after, limit }).await
}

/// Whether an owner of the tenant other than `except` is connected to an app with this account.
pub async fn has_account(
    isolate: &Isolate,
    tenant: &TenantId,
    (app, account_id): (AppId, String),
    except: Option<Owner>,
) -> Result<bool, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::HasAccount { app, account_id, except }).await
}

/// The master keys that a tenant still needs, other than the active one.
pub async fn old_keys(
    isolate: &Isolate,
    tenant: &TenantId,
    active: &str,
) -> Result<Vec<OldKey>, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::OldKeys { active: active.to_owned() }).await
}

/// Runs the hourly maintenance of a tenant. Returns the master keys that it still needs, other than the
/// active one.
pub async fn maintain(
    isolate: &Isolate,
    tenant: &TenantId,
    active: &str,
) -> Result<Vec<OldKey>, ObjectError> {
    let request = WorkspaceRequest::Maintain { tenant: tenant.clone(), active: active.to_owned() };
    ask(isolate, tenant, &request).await
}
