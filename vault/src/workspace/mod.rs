//! The workspace: one Durable Object per tenant, with what its admins set, what they did, and which connections there
//! are. What it answers is cached nowhere.

mod audit;
mod directory;
mod rotation;
mod settings;

pub use directory::{Directed, People, PeopleCursor, Person};
pub use rotation::{OldKey, Revocations};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::rc::Rc;
use workbot_domain::event::{Cause, CorrelationId, Event};
use workbot_domain::owner::Owner;
use workbot_domain::run::{CannotSet, SetByAdmin};
use workbot_shared::{AppId, Audit, AuditEntry, RecipeId, RecipeSettingsChange, TenantId};

use crate::isolate::Isolate;
use crate::objects;
use crate::ports::{Object, ObjectClass, ObjectError};
use crate::sql::{Sql, SqlError};

/// Each entry takes the schema from its index to the next. Entries are never changed, only added.
const MIGRATIONS: [&[&str]; 3] = [&[
    "CREATE TABLE IF NOT EXISTS recipe_settings (recipe TEXT PRIMARY KEY, settings TEXT NOT NULL)",
    "CREATE TABLE audit (serial INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, entry TEXT NOT NULL)",
    "CREATE TABLE frozen (app TEXT PRIMARY KEY)",
    "CREATE TABLE directory (
        owner TEXT NOT NULL, app TEXT NOT NULL, account TEXT NOT NULL, account_id TEXT NOT NULL, instance TEXT,
        status TEXT NOT NULL, connected_at INTEGER NOT NULL, last_used_at INTEGER, kid TEXT,
        PRIMARY KEY (owner, app))",
    "CREATE INDEX directory_kid ON directory (kid)",
    "CREATE INDEX directory_account ON directory (app, account_id)",
], &[
    "ALTER TABLE directory ADD COLUMN name TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX directory_name ON directory (name COLLATE NOCASE, owner, app)",
], &[
    "ALTER TABLE audit ADD COLUMN keep_until INTEGER",
    "CREATE INDEX audit_keep_until ON audit (keep_until) WHERE keep_until IS NOT NULL",
    "CREATE TABLE revocation_key (
        owner TEXT NOT NULL, app TEXT NOT NULL, kid TEXT NOT NULL, revocations INTEGER NOT NULL,
        PRIMARY KEY (owner, app, kid))",
    "CREATE TABLE rotation (only INTEGER PRIMARY KEY CHECK (only = 1), tenant TEXT NOT NULL, after TEXT NOT NULL)",
]];

/// An entry for the audit, with the id under which it is written once.
pub type Noted = (String, AuditEntry);

/// What a run is told when it begins.
#[derive(Serialize, Deserialize)]
pub struct ForRun {
    /// What an admin set for its recipe.
    pub set: SetByAdmin,
    /// The apps that nobody may use now.
    pub frozen: Vec<AppId>,
}

/// What is asked of a workspace.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WorkspaceRequest {
    /// A run begins.
    ForRun { recipe: RecipeId },
    /// The apps that nobody may use now.
    Frozen,
    /// Freeze an app, or let it be used again.
    Freeze { app: AppId, frozen: bool, noted: Noted },
    /// What admins set for all recipes.
    AllRecipeSettings,
    /// Change a recipe's settings.
    ChangeRecipeSettings { recipe: RecipeId, change: RecipeSettingsChange, noted: Noted },
    /// Note what was done elsewhere. Once, however often it is asked.
    Note { noted: Noted },
    /// What admins did, newest first.
    Audit { before: Option<i64>, limit: i64 },
    /// A connection is now so, or gone; and its revocations need these keys.
    Direct {
        owner: Owner,
        app: AppId,
        connection: Option<Directed>,
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
    objects::ask(isolate, ObjectClass::Workspace, tenant.as_str(), request, &CorrelationId::default()).await
}

/// Tells a run that begins what holds for it.
pub async fn for_run(isolate: &Isolate, tenant: &TenantId, recipe: &RecipeId) -> Result<ForRun, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::ForRun { recipe: recipe.clone() }).await
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
    noted: Noted,
) -> Result<(), ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::Freeze { app, frozen, noted }).await
}

/// What the admins of a tenant set for its recipes.
pub async fn all_recipe_settings(
    isolate: &Isolate,
    tenant: &TenantId,
) -> Result<BTreeMap<RecipeId, SetByAdmin>, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::AllRecipeSettings).await
}

/// Changes a recipe's settings, with its entry in the audit: both, or neither.
pub async fn change_recipe_settings(
    isolate: &Isolate,
    tenant: &TenantId,
    recipe: RecipeId,
    change: RecipeSettingsChange,
    noted: Noted,
) -> Result<Result<SetByAdmin, CannotSet>, ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::ChangeRecipeSettings { recipe, change, noted }).await
}

/// Notes what an admin did, or what was written by a shared connection.
pub async fn note(isolate: &Isolate, tenant: &TenantId, noted: Noted) -> Result<(), ObjectError> {
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
pub async fn direct(
    isolate: &Isolate,
    tenant: &TenantId,
    (owner, app): (Owner, AppId),
    connection: Option<Directed>,
    revocations: Revocations,
) -> Result<(), ObjectError> {
    ask(isolate, tenant, &WorkspaceRequest::Direct { owner, app, connection, revocations }).await
}

/// The connections of a tenant's people whose name, account or app holds what is searched for, in pages.
pub async fn people(
    isolate: &Isolate,
    tenant: &TenantId,
    search: String,
    after: Option<PeopleCursor>,
    limit: i64,
) -> Result<People, ObjectError> {
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

/// One life of a workspace's object.
pub struct Workspace {
    isolate: Rc<Isolate>,
    object: Rc<dyn Object>,
    sql: Sql,
}

impl Workspace {
    /// Begins a life of an object.
    pub fn new(isolate: Rc<Isolate>, object: Rc<dyn Object>) -> Self {
        let sql = Sql::of(Rc::clone(&object));
        if let Err(error) = sql.migrate(&MIGRATIONS) {
            isolate.report_alone(&Event::MigrationFailed { cause: Cause::of(&error) });
        }
        Self { isolate, object, sql }
    }

    /// Answers a request. Both are JSON.
    ///
    /// # Errors
    /// When the request cannot be read, or not be done: then nothing was changed.
    pub async fn fetch(&self, request: &[u8]) -> Result<Vec<u8>, SqlError> {
        fn answer<T: Serialize>(answered: Result<T, SqlError>) -> Result<Vec<u8>, SqlError> {
            Ok(serde_json::to_vec(&answered?)?)
        }
        let (sql, now) = (&self.sql, self.isolate.now());
        match serde_json::from_slice(request)? {
            WorkspaceRequest::ForRun { recipe } => answer(settings::for_run(sql, &recipe)),
            WorkspaceRequest::Frozen => answer(settings::frozen(sql)),
            WorkspaceRequest::Freeze { app, frozen, noted } => {
                answer(settings::freeze(sql, &app, frozen, &noted, now))
            }
            WorkspaceRequest::AllRecipeSettings => answer(settings::all(sql)),
            WorkspaceRequest::ChangeRecipeSettings { recipe, change, noted } => {
                answer(settings::change(sql, &recipe, &change, &noted, now))
            }
            WorkspaceRequest::Note { noted } => answer(audit::write(sql, &noted, now)),
            WorkspaceRequest::Audit { before, limit } => {
                answer(audit::read(&self.isolate, sql, before, limit))
            }
            WorkspaceRequest::Direct { owner, app, connection, revocations } => {
                answer(sql.transaction(|_| {
                    directory::put(sql, &owner, &app, connection.as_ref())?;
                    rotation::put(sql, &owner, &app, &revocations)
                }))
            }
            WorkspaceRequest::People { search, after, limit } => {
                answer(directory::people(sql, &search, after.as_ref(), limit))
            }
            WorkspaceRequest::HasAccount { app, account_id, except } => {
                answer(directory::has_account(sql, &app, &account_id, except.as_ref()))
            }
            WorkspaceRequest::OldKeys { active } => answer(rotation::old_keys(sql, &active)),
            WorkspaceRequest::Maintain { tenant, active } => answer(self.maintained(&tenant, &active).await),
        }
    }

    /// Whether an old key is still needed decides whether there is a walk.
    async fn maintained(&self, tenant: &TenantId, active: &str) -> Result<Vec<OldKey>, SqlError> {
        audit::sweep(&self.sql, self.isolate.now())?;
        let old = rotation::old_keys(&self.sql, active)?;
        if !old.is_empty() {
            rotation::begin(&*self.object, &self.sql, tenant).await?;
        }
        Ok(old)
    }

    /// The alarm came: there is none any more.
    pub async fn alarm(&self) {
        rotation::go_on(&self.isolate, &*self.object, &self.sql).await;
    }
}
