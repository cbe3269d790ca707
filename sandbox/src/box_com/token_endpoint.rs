//! `token` and `revoke`: the client's credentials in the body, nowhere else.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use serde::Deserialize;
use serde_json::json;

use super::APP;
use crate::oauth::{OAuthError, authenticate, issue};
use crate::{Shared, clock};

/// `POST /oauth2/token`.
pub async fn token(State(sandbox): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    match issue(&APP, &sandbox, &headers, &body) {
        Ok(brought) => Json(json!({
            "access_token": brought.issued.access_token,
            "refresh_token": brought.issued.refresh_token,
            "expires_in": brought.issued.expires_in,
            "token_type": "bearer",
            "restricted_to": [],
        }))
        .into_response(),
        Err(trouble) => refused(trouble),
    }
}

fn refused(trouble: OAuthError) -> Response {
    let (error, description) = match trouble {
        OAuthError::UnknownClient | OAuthError::WrongSecret => {
            ("invalid_client", "The client credentials are invalid")
        }
        OAuthError::NoForm | OAuthError::UnknownGrantType => {
            ("invalid_request", "Invalid grant_type parameter or parameter missing")
        }
        OAuthError::UnknownCode => ("invalid_grant", "Auth code doesn't exist or is invalid for the client"),
        OAuthError::ExpiredCode => ("invalid_grant", "The authorization code has expired"),
        OAuthError::OtherRedirect => {
            ("redirect_uri_mismatch", "The redirect URI does not match the authorization request")
        }
        OAuthError::NoVerifier | OAuthError::WrongVerifier => ("invalid_grant", "Invalid code verifier"),
        OAuthError::ExpiredToken => ("invalid_grant", "Refresh token has expired"),
        OAuthError::UnknownToken | OAuthError::InactiveUser => ("invalid_grant", "Invalid refresh token"),
    };
    let response = json!({ "error": error, "error_description": description });
    (StatusCode::BAD_REQUEST, Json(response)).into_response()
}

/// The form of a revocation.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Revocation {
    token: String,
    client_id: String,
    client_secret: String,
}

/// `POST /oauth2/revoke`: either token ends the pair.
pub async fn revoke(State(sandbox): State<Shared>, Form(request): Form<Revocation>) -> Response {
    if let Err(trouble) = authenticate(&APP, &sandbox, &request.client_id, &request.client_secret) {
        return refused(trouble);
    }
    let now = clock::now_ms();
    let is_revoked =
        sandbox.change(|saved| saved.box_com.accounts.grants.revoke(&APP.life, &request.token, now));
    if is_revoked {
        return StatusCode::OK.into_response();
    }
    let response = json!({ "error": "invalid_token", "error_description": "The token provided is invalid" });
    (StatusCode::BAD_REQUEST, Json(response)).into_response()
}
