//! The API, version 2: a key as the user name of Basic authentication, any password.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::new_ticket::FieldError;
use crate::store::freshdesk::{Agent, Draft, Store};
use crate::{Sandbox, Shared};

/// The API key of a request; the password behind it is ignored.
pub fn key(headers: &HeaderMap) -> Option<String> {
    let (scheme, credentials) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let credentials = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    Some(credentials.split(':').next().unwrap_or_default().to_owned())
}

/// Why a request fails.
pub enum ApiError {
    NotLoggedIn,
    NoJson,
    Invalid(Vec<FieldError>),
    NoSuchTicket,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::NotLoggedIn => {
                let message = "You have to be logged in to perform this action.";
                (StatusCode::UNAUTHORIZED, json!({ "code": "invalid_credentials", "message": message }))
            }
            Self::NoJson => {
                let message = "Request body has invalid json format";
                (StatusCode::BAD_REQUEST, json!({ "code": "invalid_json", "message": message }))
            }
            Self::Invalid(objections) => {
                let body = json!({ "description": "Validation failed", "errors": objections });
                (StatusCode::BAD_REQUEST, body)
            }
            Self::NoSuchTicket => return StatusCode::NOT_FOUND.into_response(),
        };
        (status, Json(body)).into_response()
    }
}

fn agent(sandbox: &Sandbox, headers: &HeaderMap) -> Result<Agent, ApiError> {
    key(headers)
        .and_then(|key| sandbox.read(|saved| saved.freshdesk.agent(&key).cloned()))
        .ok_or(ApiError::NotLoggedIn)
}

/// `GET /agents/me`: the agent of the key.
pub async fn me(State(sandbox): State<Shared>, headers: HeaderMap) -> Result<Response, ApiError> {
    let agent = agent(&sandbox, &headers)?;
    Ok(good(StatusCode::OK, agent.to_json()))
}

/// `POST /tickets`.
pub async fn create(
    State(sandbox): State<Shared>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let agent = agent(&sandbox, &headers)?;
    let given = serde_json::from_slice(&body).map_err(|_| ApiError::NoJson)?;
    let draft = Draft::read(given).map_err(ApiError::Invalid)?;
    let ticket = sandbox.change(|saved| saved.freshdesk.add_ticket(&agent, draft));
    let location = format!("{}/freshdesk/api/v2/tickets/{}", sandbox.settings.origin, ticket.id);
    Ok(([(header::LOCATION, location)], good(StatusCode::CREATED, ticket.to_json())).into_response())
}

/// `GET /tickets/{id}`; a 404 has no body.
pub async fn read(
    State(sandbox): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    agent(&sandbox, &headers)?;
    let ticket = sandbox.read(|saved| saved.freshdesk.ticket(&id).cloned());
    Ok(good(StatusCode::OK, ticket.ok_or(ApiError::NoSuchTicket)?.to_json()))
}

fn good(status: StatusCode, response: Value) -> Response {
    let limits = [
        ("x-freshdesk-api-version", "current=v2; requested=v2"),
        ("x-ratelimit-total", "400"),
        ("x-ratelimit-remaining", "382"),
        ("x-ratelimit-used-currentrequest", "1"),
    ];
    (status, limits, Json(response)).into_response()
}

/// The agent of the key in the headers, revoked or not.
pub fn person_behind(store: &Store, headers: &HeaderMap) -> Option<String> {
    Some(store.owner_of_key(&key(headers)?)?.email.clone())
}
