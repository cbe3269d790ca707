//! Control of Freshdesk: its keys and tickets.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Shared;

/// Those below `/_control/freshdesk`.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/_control/freshdesk/keys", post(put_key))
        .route("/_control/freshdesk/revoke-key", post(revoke_key))
        .route("/_control/freshdesk/tickets", get(tickets))
}

#[derive(Deserialize)]
struct NewKey {
    key: String,
    email: String,
    name: Option<String>,
}

async fn put_key(State(sandbox): State<Shared>, Json(new): Json<NewKey>) -> Response {
    // A user name of Basic authentication ends at the first colon (RFC 7617 section 2).
    if new.key.is_empty() || new.key.contains(':') {
        let error = json!({ "error": "a key is a text without a colon" });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    let name = new.name.as_deref().unwrap_or(&new.email);
    let agent = sandbox.change(|saved| saved.freshdesk.put_key(&new.key, &new.email, name));
    Json(json!(agent)).into_response()
}

#[derive(Deserialize)]
struct Which {
    key: String,
}

async fn revoke_key(State(sandbox): State<Shared>, Json(which): Json<Which>) -> Json<Value> {
    let count = sandbox.change(|saved| saved.freshdesk.revoke_key(&which.key));
    Json(json!({ "count": count }))
}

async fn tickets(State(sandbox): State<Shared>) -> Json<Value> {
    sandbox.read(|saved| Json(json!({ "tickets": saved.freshdesk.tickets })))
}
