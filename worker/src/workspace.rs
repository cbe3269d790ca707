//! The workspace: one Durable Object per tenant, with what its admins set and what they did.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use workbot_domain::run::{CannotSet, SetByAdmin};
use workbot_shared::{Audit, AuditEntry, RecipeId, RecipeSettingsChange, TenantId};
use worker::{Env, Request, Response, Result};

use crate::catalogue::catalogue;
use crate::object::{self, NoAnswer};
use crate::sql::{Sql, SqlError};
use crate::values;

/// Each entry takes the schema from its index to the next. Entries are never changed, only added.
const MIGRATIONS: [&[&str]; 1] = [&[
    "CREATE TABLE IF NOT EXISTS recipe_settings (recipe TEXT PRIMARY KEY, settings TEXT NOT NULL)",
    "CREATE TABLE audit (serial INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, entry TEXT NOT NULL)",
]];

/// What is asked of a workspace.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WorkspaceRequest {
    /// What an admin set for a recipe.
    RecipeSettings { recipe: RecipeId },
    /// What admins set for all recipes.
    AllRecipeSettings,
    /// Change a recipe's settings.
    ChangeRecipeSettings { recipe: RecipeId, change: RecipeSettingsChange, id: String, entry: AuditEntry },
    /// Note what an admin did elsewhere. Once, however often it is asked.
    Note { id: String, entry: AuditEntry },
    /// What admins did, newest first.
    Audit { before: Option<i64>, limit: i64 },
}

async fn ask<T: DeserializeOwned>(
    env: &Env,
    tenant: &TenantId,
    request: &WorkspaceRequest,
) -> std::result::Result<T, NoAnswer> {
    object::ask(env, "WORKSPACE", tenant.as_str(), request).await
}

/// What an admin of a tenant set for a recipe.
pub async fn recipe_settings(
    env: &Env,
    tenant: &TenantId,
    recipe: &RecipeId,
) -> std::result::Result<SetByAdmin, NoAnswer> {
    ask(env, tenant, &WorkspaceRequest::RecipeSettings { recipe: recipe.clone() }).await
}

/// What the admins of a tenant set for its recipes.
pub async fn all_recipe_settings(
    env: &Env,
    tenant: &TenantId,
) -> std::result::Result<BTreeMap<RecipeId, SetByAdmin>, NoAnswer> {
    ask(env, tenant, &WorkspaceRequest::AllRecipeSettings).await
}

/// Changes a recipe's settings, with its entry in the audit: both, or neither.
pub async fn change_recipe_settings(
    env: &Env,
    tenant: &TenantId,
    recipe: RecipeId,
    change: RecipeSettingsChange,
    (id, entry): (String, AuditEntry),
) -> std::result::Result<std::result::Result<SetByAdmin, CannotSet>, NoAnswer> {
    ask(env, tenant, &WorkspaceRequest::ChangeRecipeSettings { recipe, change, id, entry }).await
}

/// Notes what an admin did.
pub async fn note(
    env: &Env,
    tenant: &TenantId,
    id: &str,
    entry: &AuditEntry,
) -> std::result::Result<(), NoAnswer> {
    ask(env, tenant, &WorkspaceRequest::Note { id: id.to_owned(), entry: entry.clone() }).await
}

/// What the admins of a tenant did, newest first; `before` is the cursor of the page before.
pub async fn audit(
    env: &Env,
    tenant: &TenantId,
    before: Option<i64>,
    limit: i64,
) -> std::result::Result<Audit, NoAnswer> {
    ask(env, tenant, &WorkspaceRequest::Audit { before, limit }).await
}

type Answered<T> = std::result::Result<T, SqlError>;

fn unreadable() -> SqlError {
    SqlError::from(worker::Error::RustError("stored settings cannot be read".to_owned()))
}

fn settings_of(sql: &Sql, recipe: &RecipeId) -> Answered<SetByAdmin> {
    let row = sql.row("SELECT settings FROM recipe_settings WHERE recipe = ?", values![recipe.as_str()])?;
    // What cannot be read is not taken for "nothing was set": a toggle must never fall off by itself.
    row.map_or_else(|| Ok(SetByAdmin::default()), |row| row.json(0).ok_or_else(unreadable))
}

fn all_settings(sql: &Sql) -> Answered<BTreeMap<RecipeId, SetByAdmin>> {
    let rows = sql.rows("SELECT recipe, settings FROM recipe_settings", values![])?;
    let known = rows.iter().filter_map(|row| Some((RecipeId::parse(&row.text(0)).ok()?, row)));
    known.map(|(recipe, row)| Ok((recipe, row.json(1).ok_or_else(unreadable)?))).collect()
}

fn change_settings(
    sql: &Sql,
    recipe: &RecipeId,
    change: &RecipeSettingsChange,
    (id, entry): (&str, &AuditEntry),
) -> Answered<std::result::Result<SetByAdmin, CannotSet>> {
    let Some(definition) = catalogue().recipes.get(recipe) else { return Err(unreadable()) };
    sql.transaction(|| {
        let set = match settings_of(sql, recipe)?.changed(change, definition, catalogue()) {
            Ok(set) => set,
            Err(refused) => return Ok(Err(refused)),
        };
        sql.run(
            "INSERT OR REPLACE INTO recipe_settings (recipe, settings) VALUES (?, ?)",
            values![recipe.as_str(), serde_json::to_string(&set).unwrap_or_default()],
        )?;
        write_down(sql, id, entry)?;
        Ok(Ok(set))
    })
}

fn write_down(sql: &Sql, id: &str, entry: &AuditEntry) -> Answered<()> {
    sql.run(
        "INSERT OR IGNORE INTO audit (id, entry) VALUES (?, ?)",
        values![id, serde_json::to_string(entry).unwrap_or_default()],
    )
}

fn read_audit(sql: &Sql, before: Option<i64>, limit: i64) -> Answered<Audit> {
    let rows = sql.rows(
        "SELECT serial, entry FROM audit WHERE serial < ? ORDER BY serial DESC LIMIT ?",
        values![before.unwrap_or(i64::from(i32::MAX)), limit],
    )?;
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == limit);
    let next_cursor = rows.last().filter(|_| full).map(|row| row.int(0).to_string());
    Ok(Audit { entries: rows.iter().filter_map(|row| row.json(1)).collect(), next_cursor })
}

async fn handle(sql: &Sql, request: Request) -> Result<Response> {
    fn answer<T: Serialize>(answered: Answered<T>) -> Result<Response> {
        Response::from_json(&answered.map_err(|error| worker::Error::RustError(error.to_string()))?)
    }
    match object::asked(request).await? {
        WorkspaceRequest::RecipeSettings { recipe } => answer(settings_of(sql, &recipe)),
        WorkspaceRequest::AllRecipeSettings => answer(all_settings(sql)),
        WorkspaceRequest::ChangeRecipeSettings { recipe, change, id, entry } => {
            answer(change_settings(sql, &recipe, &change, (&id, &entry)))
        }
        WorkspaceRequest::Note { id, entry } => answer(write_down(sql, &id, &entry)),
        WorkspaceRequest::Audit { before, limit } => answer(read_audit(sql, before, limit)),
    }
}

mod class {
    #![allow(missing_docs, reason = "the macro's own items")]

    use super::{MIGRATIONS, Sql, handle};
    use worker::{DurableObject, Env, Request, Response, Result, State, durable_object, wasm_bindgen};

    /// The Durable Object class `Workspace`.
    #[durable_object]
    pub struct Workspace {
        sql: Sql,
    }

    impl DurableObject for Workspace {
        fn new(state: State, _env: Env) -> Self {
            let sql = Sql::of(&state);
            sql.migrate(&MIGRATIONS);
            Self { sql }
        }

        async fn fetch(&self, request: Request) -> Result<Response> {
            handle(&self.sql, request).await
        }
    }
}

pub use class::Workspace;
