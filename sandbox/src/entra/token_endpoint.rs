//! `POST …/token`: the bot's own token, and the id token of a sign-in.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Form, Json};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

use super::tokens::{BOT_AUDIENCE, claims_of};
use crate::jwt_signer::{self, Variation};
use crate::settings::Client;
use crate::signing_keys::KeyName;
use crate::store::entra::TokenShape;
use crate::{Sandbox, Shared, clock, pkce, random_name, time_formats};

/// A code can be redeemed for this long, in seconds.
const CODE_LIFETIME: u64 = 600;

/// The form of a token request.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct TokenRequest {
    grant_type: String,
    client_id: String,
    client_secret: String,
    scope: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
}

struct TokenError(StatusCode, &'static str, &'static str);

/// The handler.
pub async fn token(
    State(sandbox): State<Shared>,
    Path(tid): Path<String>,
    headers: HeaderMap,
    Form(request): Form<TokenRequest>,
) -> Response {
    let given = basic(&headers)
        .unwrap_or_else(|| Client { id: request.client_id.clone(), secret: request.client_secret.clone() });
    let result = authenticate(&sandbox, &given).and_then(|()| match request.grant_type.as_str() {
        "client_credentials" => bot_token(&sandbox, &tid, &request),
        "authorization_code" => person_tokens(&sandbox, &tid, &request),
        _ => Err(TokenError(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "AADSTS70003: The app requested an unsupported grant type.",
        )),
    });
    match result {
        Ok(response) if request.grant_type == "client_credentials" => {
            let shape = sandbox.memory().entra.bot_token.clone();
            shape.response(response)
        }
        Ok(response) => ([(header::CACHE_CONTROL, "no-store")], Json(response)).into_response(),
        Err(TokenError(status, error, description)) => {
            let response = json!({
                "error": error,
                "error_description": description,
                "timestamp": time_formats::rfc3339(clock::now_ms()),
                "trace_id": random_name::random(32),
                "correlation_id": random_name::random(32),
            });
            (status, Json(response)).into_response()
        }
    }
}

impl TokenShape {
    fn response(&self, mut response: Value) -> Response {
        for (name, value) in &self.fields {
            match response.as_object_mut() {
                Some(fields) if value.is_null() => _ = fields.remove(name),
                Some(fields) => _ = fields.insert(name.clone(), value.clone()),
                None => {}
            }
        }
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let (kind, body) = if self.form {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in response.as_object().into_iter().flatten() {
                form.append_pair(name, &text(value));
            }
            ("application/x-www-form-urlencoded", form.finish())
        } else {
            ("application/json; charset=utf-8", response.to_string())
        };
        let body = if self.bom { format!("\u{feff}{body}") } else { body };
        let status = self.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], body).into_response()
    }
}

fn basic(headers: &HeaderMap) -> Option<Client> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(text.strip_prefix("Basic ")?).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    // RFC 6749 section 2.3.1: both are form-encoded first.
    let plain = |part: &str| {
        let spaced = part.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    Some(Client { id: plain(id), secret: plain(secret) })
}

fn authenticate(sandbox: &Sandbox, given: &Client) -> Result<(), TokenError> {
    let bot = &sandbox.settings.bot;
    if given.id != bot.id {
        return Err(TokenError(
            StatusCode::BAD_REQUEST,
            "unauthorized_client",
            "AADSTS700016: The application was not found in the directory.",
        ));
    }
    if given.secret != bot.secret {
        return Err(TokenError(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "AADSTS7000215: Invalid client secret provided.",
        ));
    }
    Ok(())
}

fn bot_token(sandbox: &Sandbox, tid: &str, request: &TokenRequest) -> Result<serde_json::Value, TokenError> {
    // The Bot Framework of each of Microsoft's clouds has a scope of its own.
    let known = [BOT_AUDIENCE, "https://api.botframework.us", "https://api.botframework.azure.cn"];
    if request.scope.strip_suffix("/.default").is_none_or(|audience| !known.contains(&audience)) {
        return Err(TokenError(
            StatusCode::BAD_REQUEST,
            "invalid_scope",
            "AADSTS1002012: The scope has to be https://api.botframework.com/.default.",
        ));
    }
    if !tid.eq_ignore_ascii_case(&sandbox.settings.bot_tenant) {
        return Err(TokenError(
            StatusCode::BAD_REQUEST,
            "unauthorized_client",
            "AADSTS700016: The bot is registered in another tenant.",
        ));
    }
    let now = clock::now();
    let claims = json!({
        "aud": BOT_AUDIENCE,
        "iss": sandbox.settings.entra_issuer(tid),
        "appid": sandbox.settings.bot.id,
        "tid": tid,
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
    });
    let access_token = jwt_signer::mint(&sandbox.keys, KeyName::Entra, claims, &Variation::default());
    Ok(json!({
        "token_type": "Bearer",
        "expires_in": 3600,
        "ext_expires_in": 3600,
        "access_token": access_token,
    }))
}

fn person_tokens(
    sandbox: &Sandbox,
    tid: &str,
    request: &TokenRequest,
) -> Result<serde_json::Value, TokenError> {
    let invalid = |description| Err(TokenError(StatusCode::BAD_REQUEST, "invalid_grant", description));
    // Removed before the check: a code is valid for one try.
    let Some(code) = sandbox.memory().entra.codes.remove(&request.code) else {
        return invalid("AADSTS70008: The authorization code is unknown, expired or was redeemed before.");
    };
    if clock::now() >= code.issued + CODE_LIFETIME {
        return invalid("AADSTS70008: The authorization code has expired.");
    }
    if !code.person.belongs_to(tid) {
        return invalid("AADSTS70000: The authorization code belongs to another tenant.");
    }
    if code.redirect_uri != request.redirect_uri {
        return invalid("AADSTS500112: The redirect URI is not the one of the authorization request.");
    }
    if !pkce::fits(&code.challenge, &request.code_verifier) {
        return invalid("AADSTS501481: The code_verifier does not match the code_challenge.");
    }
    let mut claims = claims_of(sandbox, &code.person);
    if let (Some(nonce), Some(object)) = (&code.nonce, claims.as_object_mut()) {
        object.insert("nonce".into(), nonce.clone().into());
    }
    let id_token =
        jwt_signer::mint(&sandbox.keys, KeyName::Entra, claims, &planned(sandbox, &code.person.oid));
    Ok(json!({
        "token_type": "Bearer",
        "scope": code.scope,
        "expires_in": 3600,
        "ext_expires_in": 3600,
        "access_token": random_name::random(64),
        "id_token": id_token,
    }))
}

/// The planned variation of this person's next id token, consumed.
fn planned(sandbox: &Sandbox, oid: &str) -> Variation {
    let mut memory = sandbox.memory();
    let plans = &mut memory.entra.plans;
    let index = plans.iter().position(|plan| {
        plan.authorize_error.is_none()
            && plan.oid.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(oid))
    });
    index.map(|index| plans.remove(index).id_token).unwrap_or_default()
}
