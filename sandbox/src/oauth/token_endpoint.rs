//! The token endpoint, without the format of the response, which each app defines.

use axum::http::{HeaderMap, header};

use super::app::{App, Pkce};
use super::grant::Issued;
use super::token_request_failure::OAuthError;
use crate::store::accounts::User;
use crate::{Sandbox, clock, pkce};

/// The form of a token request, its credentials in the body.
#[derive(Default)]
struct TokenRequest {
    grant_type: String,
    client_id: String,
    client_secret: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
    refresh_token: String,
}

/// The result of a token request.
pub struct IssuedTokens {
    /// The user.
    pub user: User,
    /// The tokens.
    pub issued: Issued,
    /// When, in ms.
    pub now: u64,
}

fn read(headers: &HeaderMap, body: &[u8]) -> Option<TokenRequest> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let is_form = kind.trim_start().starts_with("application/x-www-form-urlencoded");
    let mut request = TokenRequest::default();
    for (name, value) in url::form_urlencoded::parse(body) {
        let field = match name.as_ref() {
            "grant_type" => &mut request.grant_type,
            "client_id" => &mut request.client_id,
            "client_secret" => &mut request.client_secret,
            "code" => &mut request.code,
            "redirect_uri" => &mut request.redirect_uri,
            "code_verifier" => &mut request.code_verifier,
            "refresh_token" => &mut request.refresh_token,
            _ => continue,
        };
        *field = value.into_owned();
    }
    is_form.then_some(request)
}

/// Whether this is the registered client.
pub fn authenticate(app: &App, sandbox: &Sandbox, id: &str, secret: &str) -> Result<(), OAuthError> {
    let client = app.client(&sandbox.settings).filter(|client| client.id == id);
    match client {
        None => Err(OAuthError::UnknownClient),
        Some(client) if client.secret != secret => Err(OAuthError::WrongSecret),
        Some(_) => Ok(()),
    }
}

/// Redeems a code or a refresh token.
pub fn issue(
    app: &App,
    sandbox: &Sandbox,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<IssuedTokens, OAuthError> {
    let request = read(headers, body).ok_or(OAuthError::NoForm)?;
    if let Err(trouble) = authenticate(app, sandbox, &request.client_id, &request.client_secret) {
        lost(app, sandbox, headers, body);
        return Err(trouble);
    }
    match request.grant_type.as_str() {
        "authorization_code" => redeem(app, sandbox, &request),
        "refresh_token" => refresh(app, sandbox, &request),
        _ => Err(OAuthError::UnknownGrantType),
    }
}

/// Counts a refresh token of a failed request.
pub fn lost(app: &App, sandbox: &Sandbox, headers: &HeaderMap, body: &[u8]) {
    let request = read(headers, body).filter(|request| request.grant_type == "refresh_token");
    if let Some(request) = request {
        sandbox.change(|saved| {
            let grants = &mut app.accounts_mut(saved).grants;
            grants.count(&app.life, &request.refresh_token, clock::now_ms());
        });
    }
}

fn redeem(app: &App, sandbox: &Sandbox, request: &TokenRequest) -> Result<IssuedTokens, OAuthError> {
    let now = clock::now_ms();
    let (username, scopes) = {
        let mut memory = sandbox.memory();
        let code = memory
            .codes
            .get_mut(&request.code)
            .filter(|code| code.app == app.name && code.client_id == request.client_id)
            .ok_or(OAuthError::UnknownCode)?;
        if std::mem::replace(&mut code.used, true) || now >= code.issued + app.flow.code_seconds * 1000 {
            return Err(OAuthError::ExpiredCode);
        }
        let may_omit = !app.flow.repeats_redirect && request.redirect_uri.is_empty();
        if code.redirect_uri != request.redirect_uri && !may_omit {
            return Err(OAuthError::OtherRedirect);
        }
        verify(app.flow.pkce, code.challenge.as_deref(), &request.code_verifier)?;
        (code.username.clone(), code.scopes.clone())
    };
    sandbox.change(|saved| {
        let accounts = app.accounts_mut(saved);
        let user = accounts.user(&username).filter(|user| user.active).cloned();
        let user = user.ok_or(OAuthError::InactiveUser)?;
        let issued = accounts.grants.create(&app.life, &user, &request.client_id, &scopes, now);
        Ok(IssuedTokens { user, issued, now })
    })
}

fn verify(rule: Pkce, challenge: Option<&str>, verifier: &str) -> Result<(), OAuthError> {
    match (rule, challenge) {
        (Pkce::Ignored, _) | (Pkce::IfChallenged, None) => Ok(()),
        _ if verifier.is_empty() => Err(OAuthError::NoVerifier),
        (_, challenge) if pkce::fits(challenge.unwrap_or_default(), verifier) => Ok(()),
        _ => Err(OAuthError::WrongVerifier),
    }
}

fn refresh(app: &App, sandbox: &Sandbox, request: &TokenRequest) -> Result<IssuedTokens, OAuthError> {
    let now = clock::now_ms();
    sandbox.change(|saved| {
        let accounts = app.accounts_mut(saved);
        let users = &accounts.users;
        let active = |username: &str| users.iter().find(|user| user.active && user.username == username);
        let (token, client_id) = (&request.refresh_token, &request.client_id);
        let (user, issued) = accounts.grants.refresh(&app.life, token, client_id, active, now)?;
        Ok(IssuedTokens { user: user.clone(), issued, now })
    })
}
