//! What a workspace is asked, and the functions that ask it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use workbot_domain::event::CorrelationId;
use workbot_domain::owner::Owner;
use workbot_domain::run::{OverrideError, RecipeOverrides};
use workbot_shared::{AppId, Audit, AuditEntry, RecipeId, RecipeSettingsChange, TenantId};

use super::directory::{DirectoryEntry, PeopleCursor, PeoplePage};
use super::key_rotation::{OldKey, Revocations};
use crate::isolate::Isolate;
use crate::object_rpc;
use crate::ports::{ObjectClass, ObjectError};

/// An entry for the audit, with the id under which it is written once.
pub type AuditNote = (String, AuditEntry);

/// What a run is told when it begins.
#[derive(Serialize, Deserialize)]
pub struct RunPolicy {
    /// What an admin set for its recipe.
    pub set: RecipeOverrides,
    /// The apps that nobody may use now.
    pub frozen: Vec<AppId>,
}

/// What is asked of a workspace.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WorkspaceRequest {
    /// A run begins.
    GetRunPolicy { recipe: RecipeId },
    /// The apps that nobody may use now.
    Frozen,
    /// Freeze an app, or let it be used again.
    Freeze { app: AppId, frozen: bool, noted: AuditNote },
    /// What admins set for all recipes.
    AllRecipeSettings,
    /// Change a recipe's settings.
    ChangeRecipeSettings { recipe: RecipeId, change: RecipeSettingsChange, noted: AuditNote },
    /// Note what was done elsewhere. Once, however often it is asked.
    Note { noted: AuditNote },
    /// What admins did, newest first.
    Audit { before: Option<i64>, limit: i64 },
    /// A connection is now so, or gone; and its revocations need these keys.
    SyncDirectory {
        owner: Owner,
        app: AppId,
        connection: Option<DirectoryEntry>,
        #[serde(default)]
        revocations: Revocations,
    },
    /// The connections of people.
    People { search: String, after: Option<PeopleCursor>, limit: i64 },
    /// Whether an owner, except this one, is connected to an app with this account.
    HasAccount { app: AppId, account_id: String, except: Option<Owner> },
    /// The master keys in use, other than this one.
    OldKeys { active: String },
    /// What is to be done every hour: what has been kept for long enough goes, and the owners of old keys are walked through.
    Maintain { tenant: TenantId, active: String },
}

async fn ask<T: DeserializeOwned>(
    isolate: &Isolate,
    tenant: &TenantId,
    request: &WorkspaceRequest,
) -> Result<T, ObjectError> {
    object_rpc::ask(isolate, ObjectClass::Workspace, tenant.as_str(), request, &CorrelationId::default())
        .await
}

/// Tells a run that begins what holds for it.
pub async fn run_policy(
    isolate: &Isolate,
    tenant: &TenantId,
    recipe: &RecipeId,
) -> Result<RunPolicy, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::GetRunPolicy { recipe: recipe.clone() }).await
}

/// The apps that nobody in a tenant may use now. To be asked whenever a token is handed out.
pub async fn frozen(isolate: &Isolate, tenant: &TenantId) -> Result<Vec<AppId>, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::Frozen).await
}

/// Freezes an app, or lets it be used again, with its entry in the audit: both, or neither.
pub async fn freeze(
    isolate: &Isolate,
    tenant: &TenantId,
    app: AppId,
    frozen: bool,
    noted: AuditNote,
) -> Result<(), ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::Freeze { app, frozen, noted }).await
}

/// What the admins of a tenant set for its recipes.
pub async fn all_recipe_settings(
    isolate: &Isolate,
    tenant: &TenantId,
) -> Result<BTreeMap<RecipeId, RecipeOverrides>, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::AllRecipeSettings).await
}

/// Changes a recipe's settings, with its entry in the audit: both, or neither.
pub async fn change_recipe_settings(
    isolate: &Isolate,
    tenant: &TenantId,
    recipe: RecipeId,
    change: RecipeSettingsChange,
    noted: AuditNote,
) -> Result<Result<RecipeOverrides, OverrideError>, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::ChangeRecipeSettings { recipe, change, noted }).await
}

/// Notes what an admin did, or what was written by a shared connection.
pub async fn note(isolate: &Isolate, tenant: &TenantId, noted: AuditNote) -> Result<(), ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::Note { noted }).await
}

/// What the admins of a tenant did, newest first; `before` is the cursor of the page before.
pub async fn audit(
    isolate: &Isolate,
    tenant: &TenantId,
    before: Option<i64>,
    limit: i64,
) -> Result<Audit, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::Audit { before, limit }).await
}

/// Brings the directory up to date about an owner's connection to an app, `None`: it is gone; and about their revocations
/// there.
pub async fn sync_directory(
    isolate: &Isolate,
    tenant: &TenantId,
    (owner, app): (Owner, AppId),
    connection: Option<DirectoryEntry>,
    revocations: Revocations,
) -> Result<(), ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::SyncDirectory { owner, app, connection, revocations }).await
}

/// The connections of a tenant's people whose name, account or app holds what is searched for, in pages.
pub async fn people(
    isolate: &Isolate,
    tenant: &TenantId,
    search: String,
    after: Option<PeopleCursor>,
    limit: i64,
) -> Result<PeoplePage, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::People { search, after, limit }).await
}

/// Whether an owner in the tenant, except this one, is connected to an app with this account.
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

/// Does in a tenant what is to be done every hour. Answers the master keys that it still needs, other than the active one.
pub async fn maintain(
    isolate: &Isolate,
    tenant: &TenantId,
    active: &str,
) -> Result<Vec<OldKey>, ObjectError> {
    let request = WorkspaceRequest::Maintain { tenant: tenant.clone(), active: active.to_owned() };
    ask(isolate, tenant, &request).await
}
