//! The login form, the consent page and logging out.

use axum::Form;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use super::{App, AuthorizeRequest, Switch, User};
use crate::{Sandbox, Shared, pages, session};

/// Every user's password.
const PASSWORD: &str = "sandbox";

/// Who is logged in in this browser.
pub(super) fn signed_in(app: &App, sandbox: &Sandbox, headers: &HeaderMap) -> Option<User> {
    sandbox.read(|saved| (app.accounts)(saved).signed_in(session::cookie(headers, &app.cookie())).cloned())
}

/// The login page.
pub(super) fn form(
    app: &App,
    sandbox: &Sandbox,
    query: &str,
    username: &str,
    error: Option<&str>,
) -> Response {
    let users: Vec<String> = sandbox.read(|saved| {
        let users = (app.accounts)(saved).users.iter();
        users.map(|user| user.username.clone()).collect()
    });
    let values = json!({
        "app": app.title,
        "home": app.flow.home,
        "request": query,
        "username": username,
        "error": error,
        "users": users,
    });
    pages::show("login.html", values)
}

/// What the login form sends.
#[derive(Deserialize)]
pub(super) struct Login {
    request: String,
    username: String,
    password: String,
}

/// `POST {home}/login`.
pub(super) async fn log_in(
    app: &'static App,
    State(sandbox): State<Shared>,
    Form(login): Form<Login>,
) -> Response {
    let user = sandbox.read(|saved| (app.accounts)(saved).user(login.username.trim()).cloned());
    let user = user.filter(|user| user.active && login.password == PASSWORD);
    let Some(user) = user else {
        let text = "Please check your username and password.";
        return form(app, &sandbox, &login.request, &login.username, Some(text));
    };
    let id = sandbox.change(|saved| (app.accounts_mut)(saved).log_in(&user));
    // Back to the request, which must not ask for a login again.
    let cookie = AppendHeaders([(header::SET_COOKIE, session::set(&app.cookie(), &id, app.flow.home))]);
    let request = with_prompt(&login.request, |word| word != "login", None);
    (cookie, Redirect::to(&format!("{}?{request}", app.flow.authorize))).into_response()
}

/// The consent page.
pub(super) fn consent(app: &App, user: &User, scopes: &[String], query: &str) -> Response {
    let flow = &app.flow;
    let known = flow.scopes.iter().filter(|(name, _)| scopes.iter().any(|scope| scope == name));
    let mut asked: Vec<&str> = known.map(|(_, words)| *words).collect();
    asked.dedup();
    let other = match flow.switch {
        Switch::Prompt => Some((flow.authorize, with_prompt(query, |word| word != "login", Some("login")))),
        Switch::Link(path) => Some((path, query.to_owned())),
        Switch::LogOutBefore(_) => None,
    };
    let values = json!({
        "app": app.title,
        "home": flow.home,
        "heading": flow.words.heading,
        "allow": flow.words.allow,
        "deny": flow.words.deny,
        "request": query,
        "asked": asked,
        "username": user.username,
        "other": other,
    });
    pages::show("consent.html", values)
}

/// What the consent page sends.
#[derive(Deserialize)]
pub(super) struct Decision {
    request: String,
    decision: String,
}

/// `POST {home}/consent`.
pub(super) async fn decide(
    app: &'static App,
    State(sandbox): State<Shared>,
    headers: HeaderMap,
    Form(given): Form<Decision>,
) -> Response {
    let request = match AuthorizeRequest::checked(app, &sandbox, &given.request) {
        Ok(request) => request,
        Err(refusal) => return *refusal,
    };
    let Some(user) = signed_in(app, &sandbox, &headers) else {
        let text = Some("Your session has ended.");
        return form(app, &sandbox, &given.request, request.hint(app), text);
    };
    match given.decision.as_str() {
        "allow" => request.succeed(app, &sandbox, &user),
        _ => request.deny(app, &sandbox, &user),
    }
}

/// Ends the session. With an authorization request in the query, it starts again.
pub(super) async fn log_out(
    app: &'static App,
    State(sandbox): State<Shared>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    let name = app.cookie();
    if let Some(id) = session::cookie(&headers, &name) {
        sandbox.change(|saved| (app.accounts_mut)(saved).log_out(id));
    }
    let cookie = AppendHeaders([(header::SET_COOKIE, session::end(&name, app.flow.home))]);
    match raw.filter(|query| query.contains("client_id=")) {
        Some(query) => (cookie, Redirect::to(&format!("{}?{query}", app.flow.authorize))).into_response(),
        None => (cookie, pages::problem(StatusCode::OK, app.title, "You are logged out.")).into_response(),
    }
}

/// The same query with other words in `prompt`.
fn with_prompt(query: &str, keep: impl Fn(&str) -> bool, add: Option<&str>) -> String {
    let mut words = Vec::new();
    let mut changed = url::form_urlencoded::Serializer::new(String::new());
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    for (name, value) in &pairs {
        if name == "prompt" {
            words.extend(value.split(' ').filter(|word| keep(word)));
        } else {
            changed.append_pair(name, value);
        }
    }
    words.extend(add);
    if !words.is_empty() {
        changed.append_pair("prompt", &words.join(" "));
    }
    changed.finish()
}
