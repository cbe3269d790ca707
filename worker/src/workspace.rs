//! The workspace: one Durable Object per tenant, with what its admins set.

use futures_util::future::{Either, select};
use futures_util::pin_mut;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use wasm_bindgen::JsValue;
use workbot_domain::run::SetByAdmin;
use workbot_shared::{RecipeId, TenantId};
use worker::{Env, Method, Request, RequestInit, Response, Result};

use crate::clock::pause;
use crate::sql::{Sql, SqlError};
use crate::values;

/// Nobody waits longer than this for a workspace.
const DEADLINE: Duration = Duration::from_secs(10);

/// What is asked of a workspace.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WorkspaceRequest {
    /// What an admin set for a recipe.
    RecipeSettings { recipe: RecipeId },
}

/// The workspace could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("the workspace did not answer")]
pub struct NoWorkspace;

impl From<worker::Error> for NoWorkspace {
    fn from(error: worker::Error) -> Self {
        worker::console_error!("{{\"event\":\"workspace_unreachable\",\"error\":{:?}}}", error.to_string());
        Self
    }
}

/// What an admin of a tenant set for a recipe.
pub async fn recipe_settings(
    env: &Env,
    tenant: &TenantId,
    recipe: &RecipeId,
) -> std::result::Result<SetByAdmin, NoWorkspace> {
    let request = WorkspaceRequest::RecipeSettings { recipe: recipe.clone() };
    let exchange = async {
        let body = serde_json::to_string(&request).map_err(|_| NoWorkspace)?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(JsValue::from_str(&body)));
        let request = Request::new_with_init("https://workspace/", &init)?;
        let stub = env.durable_object("WORKSPACE")?.get_by_name(tenant.as_str())?;
        Ok(stub.fetch_with_request(request).await?.json().await?)
    };
    let deadline = pause(DEADLINE);
    pin_mut!(exchange, deadline);
    match select(exchange, deadline).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(NoWorkspace),
    }
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

mod object {
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

pub use object::Workspace;
