//! The workspace: one Durable Object per tenant, with what its admins set.

use serde::{Deserialize, Serialize};
use workbot_domain::run::SetByAdmin;
use workbot_shared::{RecipeId, TenantId};
use worker::{Env, Request, Response, Result};

use crate::object::{self, NoAnswer};
use crate::sql::{Sql, SqlError};
use crate::values;

/// What is asked of a workspace.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WorkspaceRequest {
    /// What an admin set for a recipe.
    RecipeSettings { recipe: RecipeId },
}

/// What an admin of a tenant set for a recipe.
pub async fn recipe_settings(
    env: &Env,
    tenant: &TenantId,
    recipe: &RecipeId,
) -> std::result::Result<SetByAdmin, NoAnswer> {
    let request = WorkspaceRequest::RecipeSettings { recipe: recipe.clone() };
    object::ask(env, "WORKSPACE", tenant.as_str(), &request).await
}

fn migrate(sql: &Sql) -> std::result::Result<(), SqlError> {
    sql.run(
        "CREATE TABLE IF NOT EXISTS recipe_settings (recipe TEXT PRIMARY KEY, settings TEXT NOT NULL)",
        values![],
    )
}

async fn handle(sql: &Sql, mut request: Request) -> Result<Response> {
    match request.json().await? {
        WorkspaceRequest::RecipeSettings { recipe } => {
            let row = sql
                .row("SELECT settings FROM recipe_settings WHERE recipe = ?", values![recipe.as_str()])
                .map_err(|error| worker::Error::RustError(error.to_string()))?;
            let set: SetByAdmin = row.and_then(|row| row.json(0)).unwrap_or_default();
            Response::from_json(&set)
        }
    }
}

mod class {
    #![allow(missing_docs, reason = "the macro's own items")]

    use super::{Sql, handle, migrate};
    use worker::{DurableObject, Env, Request, Response, Result, State, durable_object, wasm_bindgen};

    /// The Durable Object class `Workspace`.
    #[durable_object]
    pub struct Workspace {
        sql: Sql,
    }

    impl DurableObject for Workspace {
        fn new(state: State, _env: Env) -> Self {
            let sql = Sql::of(&state);
            if let Err(error) = migrate(&sql) {
                worker::console_error!(
                    "{{\"event\":\"migration_failed\",\"error\":{:?}}}",
                    error.to_string()
                );
            }
            Self { sql }
        }

        async fn fetch(&self, request: Request) -> Result<Response> {
            handle(&self.sql, request).await
        }
    }
}

pub use class::Workspace;
