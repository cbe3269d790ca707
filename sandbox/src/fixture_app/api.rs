//! The calls with a token or key, and the revocation.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::response::Response;
use serde_json::{Map, Value};

use super::app::FixtureApp;
use super::response::{filled, json_or_text};
use crate::fixture::{Call, Comparison, Ending, Received, Refusal, Secret};
use crate::oauth::{Rights, User};
use crate::{Sandbox, clock};

/// The user whose rights a key has.
const KEY_USER: &str = "integration@contoso.com";

/// A documented call.
struct Route<'a> {
    name: &'a str,
    call: Cow<'a, Call>,
    with: &'a Map<String, Value>,
    kind: RouteKind<'a>,
}

enum RouteKind<'a> {
    Revocation,
    Account,
    Action { is_next_page: bool, fill: &'a BTreeMap<String, usize>, forbidden: Option<&'a Refusal> },
}

static NO_PARAMETERS: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
static NOT_FILLED: BTreeMap<String, usize> = BTreeMap::new();

/// All documented calls; the next page of a list stands before its first.
fn routes(app: &FixtureApp) -> Vec<Route<'_>> {
    let fixture = app.fixture;
    let whole = |name, call, kind| Route { name, call: Cow::Borrowed(call), with: &NO_PARAMETERS, kind };
    let mut routes: Vec<Route> = Vec::new();
    routes.extend(fixture.revoke.iter().map(|call| whole("revoke", call, RouteKind::Revocation)));
    routes.push(whole("account", &fixture.account.call, RouteKind::Account));
    let organization = fixture.account.expected.organization.iter();
    routes.extend(organization.map(|call| whole("organization", call, RouteKind::Account)));
    for (name, action) in &fixture.actions {
        let details = &action.details;
        let forbidden = details.forbidden.as_ref();
        let mut add = |call, is_next_page, fill| {
            let kind = RouteKind::Action { is_next_page, fill, forbidden };
            routes.push(Route { name, call, with: &details.with, kind });
        };
        if let Ok(Some(next)) = action.next() {
            add(Cow::Owned(next), true, &NOT_FILLED);
        }
        add(Cow::Borrowed(&action.call), false, &details.fill);
    }
    routes
}

pub(super) fn respond(app: &'static FixtureApp, sandbox: &Sandbox, received: &Received) -> Response {
    let routes = routes(app);
    let mut methods = Vec::new();
    let mut nearest: Option<(&Route, Comparison)> = None;
    for route in &routes {
        let Some(address) = &route.call.request else { continue };
        let Some(mut comparison) = received.place(address, route.with) else { continue };
        if received.method != address.method {
            methods.push(address.method.as_str());
            continue;
        }
        received.compare(&route.call, route.with, &mut comparison);
        if !matches!(route.kind, RouteKind::Revocation) {
            let api = &app.fixture.api;
            let key = BTreeMap::from([(api.header.clone(), api.authorization.clone())]);
            received.compare_headers(&key, route.with, &mut comparison);
            received.compare_headers(&api.headers, route.with, &mut comparison);
        }
        app.check_client(sandbox, &mut comparison);
        let is_nearer =
            nearest.as_ref().is_none_or(|(_, known)| comparison.differences.len() < known.differences.len());
        if is_nearer {
            nearest = Some((route, comparison));
        }
    }
    let Some((route, comparison)) = nearest else {
        let difference = match methods.as_slice() {
            [] => "the address is not documented".to_owned(),
            methods => format!("the method is not documented, only {}", methods.join(", ")),
        };
        return app.unexpected(sandbox, received, &[difference]);
    };
    if !comparison.differences.is_empty() {
        let nearest = format!("differs from `{}`", route.name);
        let differences: Vec<String> = [nearest].into_iter().chain(comparison.differences).collect();
        return app.unexpected(sandbox, received, &differences);
    }
    if let RouteKind::Revocation = route.kind {
        return revoke(app, sandbox, received, route, &comparison);
    }
    let refusal = refusal(app, sandbox, received, route, &comparison);
    let ending = refusal.map_or_else(|| route.call.ending(), Refusal::ending);
    let (body, is_next_page) = match &route.kind {
        RouteKind::Action { is_next_page, fill, .. } if refusal.is_none() && !fill.is_empty() => {
            (filled(ending.body, fill), *is_next_page)
        }
        RouteKind::Action { is_next_page, .. } => (ending.body.to_owned(), *is_next_page),
        RouteKind::Account | RouteKind::Revocation => (ending.body.to_owned(), false),
    };
    app.documented(sandbox, route.name, is_next_page, comparison.parameters, ending.status);
    json_or_text(app, sandbox, received, Ending { body: &body, ..ending })
}

/// The refusal of a call that is in order otherwise.
fn refusal<'a>(
    app: &'a FixtureApp,
    sandbox: &Sandbox,
    received: &Received,
    route: &Route<'a>,
    comparison: &Comparison,
) -> Option<&'a Refusal> {
    let api = &app.fixture.api;
    let rights = match comparison.secret(Secret::AccessToken) {
        Some(token) => match user_of(app, sandbox, token) {
            Some(user) => user.rights,
            None => return Some(&api.expired),
        },
        None => match sandbox.read(|saved| app.oauth.accounts(saved).user(KEY_USER).cloned()) {
            // The key has ended with its user.
            Some(user) if !user.active => return Some(&api.expired),
            user => user.map(|user| user.rights).unwrap_or_default(),
        },
    };
    let RouteKind::Action { forbidden, .. } = route.kind else { return None };
    let is_allowed = match rights {
        Rights::Full => true,
        Rights::ReadOnly => received.method == "GET",
        Rights::None => false,
    };
    (!is_allowed).then(|| forbidden.unwrap_or(&api.forbidden))
}

/// The active user of a valid access token.
fn user_of(app: &FixtureApp, sandbox: &Sandbox, token: &str) -> Option<User> {
    sandbox.change(|saved| {
        let accounts = app.oauth.accounts_mut(saved);
        let grant = accounts.grants.use_access_token(&app.oauth.life, token, clock::now_ms())?;
        let username = grant.username.clone();
        accounts.user(&username).filter(|user| user.active).cloned()
    })
}

fn revoke(
    app: &'static FixtureApp,
    sandbox: &Sandbox,
    received: &Received,
    route: &Route,
    comparison: &Comparison,
) -> Response {
    let (now, life) = (clock::now_ms(), &app.oauth.life);
    let any = [Secret::Token, Secret::RefreshToken, Secret::AccessToken];
    let sent = any.into_iter().find_map(|secret| Some((secret, comparison.secret(secret)?)));
    // A token that is no longer valid does no harm (RFC 7009 section 2.2).
    let is_done = sent.is_some_and(|(secret, token)| {
        sandbox.change(|saved| {
            let grants = &mut app.oauth.accounts_mut(saved).grants;
            let is_refresh_token = grants.gives_access(life, token, now);
            let is_access_token = grants.use_access_token(life, token, now).is_some();
            match secret {
                _ if !is_refresh_token && !is_access_token => true,
                Secret::RefreshToken if !is_refresh_token => false,
                Secret::AccessToken if !is_access_token => false,
                _ => grants.revoke(life, token, now),
            }
        })
    });
    if !is_done {
        return app.unexpected(
            sandbox,
            received,
            &["the token to revoke is not the documented one".to_owned()],
        );
    }
    app.documented(sandbox, route.name, false, Vec::new(), route.call.status);
    json_or_text(app, sandbox, received, route.call.ending())
}
