//! The token of a request, and its user.

use std::borrow::Cow;

use axum::http::{HeaderMap, Uri, header};

use super::app::App;
use crate::store::accounts::User;
use crate::store::grants::Grant;
use crate::{Sandbox, clock};

/// The token of an `Authorization: Bearer` header.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ")
}

/// The active user and the grant of a valid access token, which is marked as used.
pub fn caller(app: &App, sandbox: &Sandbox, headers: &HeaderMap) -> Option<(User, Grant)> {
    let token = bearer(headers)?;
    let now = clock::now_ms();
    sandbox.change(|saved| {
        let accounts = app.accounts_mut(saved);
        let grant = accounts.grants.use_access_token(&app.life, token, now)?.clone();
        let user = accounts.user(&grant.username).filter(|user| user.active)?.clone();
        Some((user, grant))
    })
}

/// The login name of the tokens in a request: a bearer, or `token` and `refresh_token` of a form or of the
/// query. Includes invalid tokens that are still stored.
pub fn person_behind(
    app: &App,
    sandbox: &Sandbox,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Option<String> {
    let query = uri.query().unwrap_or_default().as_bytes();
    let sent: Vec<(Cow<str>, Cow<str>)> =
        url::form_urlencoded::parse(body).chain(url::form_urlencoded::parse(query)).collect();
    let is_token = |name: &str| name == "token" || name == "refresh_token";
    let in_form = sent.iter().filter(|(name, _)| is_token(name)).map(|(_, token)| token.as_ref());
    let mut tokens = bearer(headers).into_iter().chain(in_form);
    sandbox.read(|saved| {
        let grants = &app.accounts(saved).grants;
        tokens.find_map(|token| grants.username_behind(token)).map(str::to_owned)
    })
}
