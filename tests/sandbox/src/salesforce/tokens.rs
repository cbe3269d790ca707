//! `token` and `revoke`, without `expires_in` and with Salesforce's own error words.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

use super::User;
use super::grants::Issued;
use crate::token::hmac_sha256;
use crate::{Sandbox, Shared, clock, pkce};

const CODE_LIFETIME_MS: u64 = 15 * 60 * 1000;

/// The form of a token request.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct TokenRequest {
    grant_type: String,
    client_id: String,
    client_secret: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
    refresh_token: String,
}

/// `error` and `error_description`.
struct Refusal(&'static str, &'static str);

const EXPIRED: Refusal = Refusal("invalid_grant", "expired access/refresh token");

/// `POST …/token`.
pub async fn token(State(sandbox): State<Shared>, Form(request): Form<TokenRequest>) -> Response {
    let client = &sandbox.settings.salesforce;
    let result = if request.client_id != client.id {
        Err(Refusal("invalid_client_id", "client identifier invalid"))
    } else if request.client_secret != client.secret {
        Err(Refusal("invalid_client", "invalid client credentials"))
    } else {
        match request.grant_type.as_str() {
            "authorization_code" => redeem(&sandbox, &request),
            "refresh_token" => refresh(&sandbox, &request),
            _ => Err(Refusal("unsupported_grant_type", "grant type not supported")),
        }
    };
    let (status, answer) = match result {
        Ok(answer) => (StatusCode::OK, answer),
        Err(Refusal(error, description)) => {
            (StatusCode::BAD_REQUEST, json!({ "error": error, "error_description": description }))
        }
    };
    (status, [(header::CACHE_CONTROL, "no-cache, no-store")], Json(answer)).into_response()
}

fn redeem(sandbox: &Sandbox, request: &TokenRequest) -> Result<Value, Refusal> {
    let now = clock::now_ms();
    let (username, scopes) = {
        let mut memory = sandbox.memory();
        let code = memory
            .salesforce
            .codes
            .get_mut(&request.code)
            .filter(|code| code.client_id == request.client_id)
            .ok_or(Refusal("invalid_grant", "invalid authorization code"))?;
        if std::mem::replace(&mut code.used, true) || now >= code.issued + CODE_LIFETIME_MS {
            return Err(Refusal("invalid_grant", "expired authorization code"));
        }
        if code.redirect_uri != request.redirect_uri {
            return Err(Refusal("redirect_uri_mismatch", "redirect_uri must match configuration"));
        }
        if request.code_verifier.is_empty() {
            return Err(Refusal("invalid_grant", "code verifier is missing"));
        }
        if !pkce::fits(&code.challenge, &request.code_verifier) {
            return Err(Refusal("invalid_request", "invalid code verifier"));
        }
        (code.username.clone(), code.scopes.clone())
    };
    let user = active(sandbox, &username)?;
    let issued = sandbox.change(|saved| {
        let grants = &mut saved.salesforce.grants;
        grants.create(&user, &request.client_id, &scopes, now)
    });
    Ok(answer(sandbox, &user, issued, now))
}

fn refresh(sandbox: &Sandbox, request: &TokenRequest) -> Result<Value, Refusal> {
    let now = clock::now_ms();
    let token = &request.refresh_token;
    let owner = sandbox.read(|saved| {
        let grants = &saved.salesforce.grants;
        grants.owner_of_refresh_token(token).map(str::to_owned)
    });
    let Some(owner) = owner else {
        sandbox.change(|saved| saved.salesforce.grants.punish_reuse(token, now));
        return Err(EXPIRED);
    };
    let user = active(sandbox, &owner)?;
    let issued = sandbox.change(|saved| {
        let grants = &mut saved.salesforce.grants;
        grants.refresh(token, &request.client_id, &user, now)
    });
    Ok(answer(sandbox, &user, issued.ok_or(EXPIRED)?, now))
}

fn active(sandbox: &Sandbox, username: &str) -> Result<User, Refusal> {
    sandbox
        .read(|saved| saved.salesforce.user(username).cloned())
        .filter(|user| user.active)
        .ok_or(Refusal("invalid_grant", "inactive user"))
}

fn answer(sandbox: &Sandbox, user: &User, issued: Issued, now: u64) -> Value {
    let settings = &sandbox.settings;
    let id = format!("{}/salesforce/id/{}/{}", settings.origin, user.org, user.id);
    let issued_at = now.to_string();
    let signed = format!("{id}{issued_at}");
    let signature = hmac_sha256(settings.salesforce.secret.as_bytes(), signed.as_bytes());
    // The order of scopes is not that of the request.
    let scopes: Vec<String> = issued.scopes.into_iter().rev().collect();
    let mut answer = json!({
        "access_token": issued.access_token,
        "signature": STANDARD.encode(signature),
        "scope": scopes.join(" "),
        "instance_url": format!("{}/salesforce-org/{}", settings.origin, user.org),
        "id": id,
        "token_type": "Bearer",
        "issued_at": issued_at,
    });
    if let (Some(token), Some(object)) = (issued.refresh_token, answer.as_object_mut()) {
        object.insert("refresh_token".into(), token.into());
    }
    answer
}

/// The form of a revocation.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Revocation {
    token: String,
}

/// `POST …/revoke`: no client authentication, and errors in a form, not in JSON.
pub async fn revoke(State(sandbox): State<Shared>, Form(request): Form<Revocation>) -> Response {
    let now = clock::now_ms();
    if sandbox.change(|saved| saved.salesforce.grants.revoke(&request.token, now)) {
        return StatusCode::OK.into_response();
    }
    let kind = [(header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
    let text = match request.token.is_empty() {
        true => "error=unsupported_token_type&error_description=this+token+type+is+not+supported",
        false => "error=invalid_token&error_description=invalid+token",
    };
    (StatusCode::BAD_REQUEST, kind, text).into_response()
}
