//! `token` and `revoke`, without `expires_in` and with Salesforce's own error codes.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

use super::APP;
use crate::jwt_signer::hmac_sha256;
use crate::oauth::{IssuedTokens, OAuthError, issue};
use crate::{Sandbox, Shared, clock};

/// `POST …/token`.
pub async fn token(State(sandbox): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let (status, response) = match issue(&APP, &sandbox, &headers, &body) {
        Ok(brought) => (StatusCode::OK, response(&sandbox, brought)),
        Err(trouble) => {
            let (error, description) = words(trouble);
            (StatusCode::BAD_REQUEST, json!({ "error": error, "error_description": description }))
        }
    };
    (status, [(header::CACHE_CONTROL, "no-cache, no-store")], Json(response)).into_response()
}

/// `error` and `error_description`.
fn words(trouble: OAuthError) -> (&'static str, &'static str) {
    match trouble {
        OAuthError::UnknownClient => ("invalid_client_id", "client identifier invalid"),
        OAuthError::WrongSecret => ("invalid_client", "invalid client credentials"),
        OAuthError::NoForm | OAuthError::UnknownGrantType => {
            ("unsupported_grant_type", "grant type not supported")
        }
        OAuthError::UnknownCode => ("invalid_grant", "invalid authorization code"),
        OAuthError::ExpiredCode => ("invalid_grant", "expired authorization code"),
        OAuthError::OtherRedirect => ("redirect_uri_mismatch", "redirect_uri must match configuration"),
        OAuthError::NoVerifier => ("invalid_grant", "code verifier is missing"),
        OAuthError::WrongVerifier => ("invalid_request", "invalid code verifier"),
        OAuthError::InactiveUser => ("invalid_grant", "inactive user"),
        OAuthError::ExpiredToken | OAuthError::UnknownToken => {
            ("invalid_grant", "expired access/refresh token")
        }
    }
}

fn response(sandbox: &Sandbox, IssuedTokens { user, issued, now }: IssuedTokens) -> Value {
    let settings = &sandbox.settings;
    let id = format!("{}/salesforce/id/{}/{}", settings.origin, user.org, user.id);
    let issued_at = now.to_string();
    let signed = format!("{id}{issued_at}");
    // Only a client gets a token.
    let secret = settings.salesforce.as_ref().map_or("", |client| &client.secret);
    let signature = hmac_sha256(secret.as_bytes(), signed.as_bytes());
    // The scopes have another order than in the request.
    let scopes: Vec<String> = issued.scopes.into_iter().rev().collect();
    let mut response = json!({
        "access_token": issued.access_token,
        "signature": STANDARD.encode(signature),
        "scope": scopes.join(" "),
        "instance_url": format!("{}/salesforce-org/{}", settings.origin, user.org),
        "id": id,
        "token_type": "Bearer",
        "issued_at": issued_at,
    });
    // A response does not repeat an unchanged refresh token.
    let fresh = issued.refresh_token.filter(|_| issued.is_new);
    if let (Some(token), Some(object)) = (fresh, response.as_object_mut()) {
        object.insert("refresh_token".into(), token.into());
    }
    response
}

/// The form of a revocation.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Revocation {
    token: String,
}

/// `POST …/revoke`: no client authentication; errors as a form instead of JSON.
pub async fn revoke(State(sandbox): State<Shared>, Form(request): Form<Revocation>) -> Response {
    let now = clock::now_ms();
    let is_revoked =
        sandbox.change(|saved| saved.salesforce.accounts.grants.revoke(&APP.life, &request.token, now));
    if is_revoked {
        return StatusCode::OK.into_response();
    }
    let kind = [(header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
    let text = match request.token.is_empty() {
        true => "error=unsupported_token_type&error_description=this+token+type+is+not+supported",
        false => "error=invalid_token&error_description=invalid+token",
    };
    (StatusCode::BAD_REQUEST, kind, text).into_response()
}
