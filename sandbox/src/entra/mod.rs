//! Entra: the sign-in, the bot's own token, and the tokens of Teams' single sign-on.

mod authorize;
mod token_endpoint;
mod tokens;

use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

pub use crate::store::entra::{Directory, OTHER_TENANT, Pending, Person, Plan, TokenShape};
pub use tokens::{BOT_AUDIENCE, sso_token};

use crate::Shared;
use crate::signing_keys::KeyName;

/// A tenant's routes; the tenant can have any id.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/entra/{tid}/v2.0/.well-known/openid-configuration", get(metadata))
        .route("/entra/{tid}/discovery/v2.0/keys", get(keys))
        .route("/entra/{tid}/oauth2/v2.0/authorize", get(authorize::authorize))
        .route("/entra/{tid}/oauth2/v2.0/logout", get(authorize::logout))
        .route("/entra/{tid}/signin", post(authorize::sign_in))
        .route("/entra/{tid}/oauth2/v2.0/token", post(token_endpoint::token))
}

async fn metadata(State(sandbox): State<Shared>, Path(tid): Path<String>) -> Json<Value> {
    let base = format!("{}/entra/{tid}", sandbox.settings.origin);
    Json(json!({
        "issuer": sandbox.settings.entra_issuer(&tid),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
    }))
}

async fn keys(State(sandbox): State<Shared>) -> Json<Value> {
    Json(json!({ "keys": [sandbox.keys.jwk(KeyName::Entra, None)] }))
}
