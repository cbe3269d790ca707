//! `oauth_token.do` and `oauth_revoke_token.do`: the same error for all failures.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::APP;
use crate::oauth::issue;
use crate::{Shared, clock};

/// `POST /oauth_token.do`, a form and nothing else.
pub async fn token(State(sandbox): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    match issue(&APP, &sandbox, &headers, &body) {
        Ok(brought) => Json(json!({
            "access_token": brought.issued.access_token,
            "refresh_token": brought.issued.refresh_token,
            "scope": brought.issued.scopes.join(" "),
            "token_type": "Bearer",
            "expires_in": brought.issued.expires_in,
        }))
        .into_response(),
        // A wrong secret, an invalid token and a locked user give the same error.
        Err(_) => {
            let response = json!({ "error_description": "access_denied", "error": "server_error" });
            (StatusCode::UNAUTHORIZED, Json(response)).into_response()
        }
    }
}

/// `GET` and `POST /oauth_revoke_token.do`, with the token in the query or in a form. No authentication. It
/// ends that token; an unknown token gets the same response.
pub async fn revoke(State(sandbox): State<Shared>, RawQuery(query): RawQuery, body: Bytes) -> StatusCode {
    let query = query.unwrap_or_default();
    let sent = url::form_urlencoded::parse(&body).chain(url::form_urlencoded::parse(query.as_bytes()));
    let now = clock::now_ms();
    for (_, token) in sent.filter(|(name, _)| name == "token") {
        sandbox.change(|saved| saved.servicenow.accounts.grants.revoke(&APP.life, &token, now));
    }
    StatusCode::OK
}
