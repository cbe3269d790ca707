//! The token endpoint: it checks the request by the fixture, and issues the tokens as all apps do.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use serde_json::{Map, Value};

use super::app::FixtureApp;
use super::response::{json_or_text, with_tokens};
use crate::Sandbox;
use crate::fixture::{ClientAuth, Comparison, Ending, Pkce, Received, Token, compare_texts};
use crate::oauth::{OAuthError, issue};

const FORM: &str = "application/x-www-form-urlencoded";

/// What a request of one grant type looks like.
struct Documented<'a> {
    client_auth: ClientAuth,
    content_type: &'a str,
    params: &'a BTreeMap<String, String>,
    headers: &'a BTreeMap<String, String>,
    response: &'a str,
}

pub(super) fn respond(
    app: &'static FixtureApp,
    token: &Token,
    sandbox: &Sandbox,
    received: &Received,
) -> Response {
    let Some(fields) = fields(received) else {
        let text = String::from_utf8_lossy(received.body);
        return app.unexpected(sandbox, received, &[format!("the body cannot be read: {text}")]);
    };
    let is_refresh = fields.iter().any(|(name, value)| name == "grant_type" && value == "refresh_token");
    let documented = documented(app, token, is_refresh);
    let mut comparison = Comparison::default();
    if received.method != "POST" {
        comparison.differences.push("the method is not POST".to_owned());
    }
    let is_there = |url| received.place(url, &Map::new()).is_some();
    let refresh_url = app.fixture.refresh.as_ref().and_then(|refresh| refresh.url.as_ref());
    let url = refresh_url.filter(|_| is_refresh).unwrap_or(&token.url);
    if !is_there(url) {
        comparison.differences.push("this grant type has another address".to_owned());
    }
    let patterns = patterns(app, sandbox, &documented, is_refresh);
    compare_texts("body field", &patterns, &fields, &Map::new(), &mut comparison);
    compare_headers(received, &documented, &mut comparison);
    app.check_client(sandbox, &mut comparison);
    if !comparison.differences.is_empty() {
        return app.unexpected(sandbox, received, &comparison.differences);
    }
    let name = if is_refresh { "refresh" } else { "token" };
    match issue(&app.oauth, sandbox, &form_headers(), form(app, sandbox, fields).as_bytes()) {
        Ok(issued) => {
            app.documented(sandbox, name, false, Vec::new(), 200);
            let body = with_tokens(documented.response, &issued.issued);
            json_or_text(
                app,
                sandbox,
                received,
                Ending { status: 200, headers: &BTreeMap::new(), body: &body },
            )
        }
        Err(OAuthError::ExpiredToken | OAuthError::UnknownToken | OAuthError::InactiveUser)
            if is_refresh && app.fixture.refresh.is_some() =>
        {
            let Some(refresh) = &app.fixture.refresh else { return app.unexpected(sandbox, received, &[]) };
            app.documented(sandbox, name, false, Vec::new(), refresh.dead.status);
            json_or_text(app, sandbox, received, refresh.dead.ending())
        }
        Err(error) => app.unexpected(sandbox, received, &[format!("the request fails: {error:?}")]),
    }
}

fn documented<'a>(app: &'a FixtureApp, token: &'a Token, is_refresh: bool) -> Documented<'a> {
    let refresh = app.fixture.refresh.as_ref().filter(|_| is_refresh);
    Documented {
        client_auth: refresh.and_then(|refresh| refresh.client_auth).unwrap_or(token.client_auth),
        content_type: refresh
            .and_then(|refresh| refresh.content_type.as_deref())
            .unwrap_or(&token.content_type),
        params: refresh.and_then(|refresh| refresh.params.as_ref()).unwrap_or(&token.params),
        headers: refresh.and_then(|refresh| refresh.headers.as_ref()).unwrap_or(&token.headers),
        response: refresh.and_then(|refresh| refresh.response.as_deref()).unwrap_or(&token.response),
    }
}

/// The fields of the request (RFC 6749 sections 4.1.3 and 6, RFC 7636 section 4.5).
fn patterns(
    app: &FixtureApp,
    sandbox: &Sandbox,
    documented: &Documented,
    is_refresh: bool,
) -> BTreeMap<String, String> {
    let mut patterns = documented.params.clone();
    let mut add = |name: &str, pattern: &str| patterns.insert(name.to_owned(), pattern.to_owned());
    if is_refresh {
        add("grant_type", "refresh_token");
        add("refresh_token", "<refresh_token>");
    } else {
        add("grant_type", "authorization_code");
        add("code", "<string>");
        add("redirect_uri", &sandbox.settings.callback(app.id));
        match app.fixture.login.as_ref().map(|login| login.pkce) {
            Some(Pkce::Required) => _ = add("code_verifier", "<string>"),
            Some(Pkce::Optional) => _ = add("code_verifier?", "<string>"),
            Some(Pkce::Refused) | None => {}
        }
    }
    match documented.client_auth {
        ClientAuth::Body => {
            add("client_id", "<client_id>");
            add("client_secret", "<client_secret>");
        }
        ClientAuth::Basic => _ = add("client_id?", "<client_id>"),
    }
    patterns
}

fn compare_headers(received: &Received, documented: &Documented, comparison: &mut Comparison) {
    received.compare_headers(documented.headers, &Map::new(), comparison);
    if documented.client_auth == ClientAuth::Basic {
        let basic = BTreeMap::from([("Authorization".to_owned(), "Basic <client_basic>".to_owned())]);
        received.compare_headers(&basic, &Map::new(), comparison);
    } else if received.header("authorization").is_some() {
        comparison.differences.push("header Authorization is not documented".to_owned());
    }
    let kind = received.header("content-type").unwrap_or_default();
    let expected = if documented.content_type == "json" { "application/json" } else { FORM };
    if !kind.starts_with(expected) {
        comparison.differences.push(format!("header Content-Type is `{kind}`, expected `{expected}`"));
    }
}

/// The fields of a form or of a JSON object.
fn fields(received: &Received) -> Option<Vec<(String, String)>> {
    if !received.header("content-type")?.starts_with("application/json") {
        return Some(url::form_urlencoded::parse(received.body).into_owned().collect());
    }
    let object: Map<String, Value> = serde_json::from_slice(received.body).ok()?;
    Some(object.into_iter().map(|(name, value)| (name, crate::fixture::shown(&value))).collect())
}

fn form_headers() -> HeaderMap {
    HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(FORM))])
}

/// The same fields as a form with the client's credentials, which were checked.
fn form(app: &FixtureApp, sandbox: &Sandbox, fields: Vec<(String, String)>) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    if let Some(client) = app.oauth.client(&sandbox.settings) {
        form.append_pair("client_id", &client.id).append_pair("client_secret", &client.secret);
    }
    form.finish()
}
