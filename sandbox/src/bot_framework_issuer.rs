//! The Bot Framework as an issuer: the metadata and keys with which the worker verifies activities.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::jwt_signer::{self, Variation};
use crate::signing_keys::KeyName;
use crate::{Sandbox, Shared, clock};

/// The public routes.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/botframework/.well-known/openidconfiguration", get(metadata))
        .route("/botframework/.well-known/keys", get(keys))
}

async fn metadata(State(sandbox): State<Shared>) -> Json<Value> {
    let issuer = sandbox.settings.bot_issuer();
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/invalid"),
        "jwks_uri": format!("{issuer}/.well-known/keys"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    }))
}

async fn keys(State(sandbox): State<Shared>) -> Json<Value> {
    let keys = &sandbox.keys;
    Json(json!({ "keys": [
        keys.jwk(KeyName::MsTeams, Some(&["msteams"])),
        keys.jwk(KeyName::WebChat, Some(&["webchat"])),
        keys.jwk(KeyName::Plain, None),
    ]}))
}

/// The Bot Framework's token for an activity from `service_url`.
pub fn token(sandbox: &Sandbox, service_url: &str, variation: &Variation) -> String {
    let now = clock::now();
    let claims = json!({
        "iss": sandbox.settings.bot_issuer(),
        "aud": sandbox.settings.bot.id,
        "serviceurl": service_url,
        "nbf": now,
        "exp": now + 3600,
    });
    jwt_signer::mint(&sandbox.keys, KeyName::MsTeams, claims, variation)
}
