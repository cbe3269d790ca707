//! The login form and the consent page.

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::json;

use super::oauth::{AuthorizeRequest, SCOPES};
use super::{PASSWORD, User};
use crate::{Sandbox, Shared, pages, session};

const COOKIE: &str = "sandbox_salesforce";

/// Who is logged in in this browser.
pub fn signed_in(sandbox: &Sandbox, headers: &HeaderMap) -> Option<User> {
    sandbox.read(|saved| saved.salesforce.signed_in(session::cookie(headers, COOKIE)).cloned())
}

/// The login page.
pub fn form(sandbox: &Sandbox, query: &str, username: &str, error: Option<&str>) -> Response {
    let users: Vec<String> = sandbox.read(|saved| {
        let users = saved.salesforce.users.iter();
        users.map(|user| user.username.clone()).collect()
    });
    pages::show(
        "login.html",
        json!({ "request": query, "username": username, "error": error, "users": users }),
    )
}

/// What the login form sends.
#[derive(Deserialize)]
pub struct Login {
    request: String,
    username: String,
    password: String,
}

/// `POST /salesforce/login`.
pub async fn log_in(State(sandbox): State<Shared>, Form(login): Form<Login>) -> Response {
    let user = sandbox.read(|saved| saved.salesforce.user(login.username.trim()).cloned());
    let user = user.filter(|user| user.active && login.password == PASSWORD);
    let Some(user) = user else {
        let text = "Please check your username and password.";
        return form(&sandbox, &login.request, &login.username, Some(text));
    };
    let id = session::random(32);
    sandbox.change(|saved| {
        let sessions = &mut saved.salesforce.sessions;
        sessions.insert(id.clone(), user.username.clone())
    });
    // Back to the request, which must not ask for a login again.
    let cookie = AppendHeaders([(header::SET_COOKIE, session::set(COOKIE, &id, "/salesforce"))]);
    let next = format!(
        "/salesforce/services/oauth2/authorize?{}",
        with_prompt(&login.request, |word| word != "login", None)
    );
    (cookie, Redirect::to(&next)).into_response()
}

/// The consent page.
pub fn consent(user: &User, scopes: &[String], query: &str) -> Response {
    let mut asked: Vec<&str> = SCOPES
        .iter()
        .filter(|(name, _)| scopes.iter().any(|scope| scope == name))
        .map(|(_, words)| *words)
        .collect();
    asked.dedup();
    let other = with_prompt(query, |word| word != "login", Some("login"));
    let values = json!({ "request": query, "asked": asked, "username": user.username, "other": other });
    pages::show("consent.html", values)
}

/// What the consent page sends.
#[derive(Deserialize)]
pub struct Decision {
    request: String,
    decision: String,
}

/// `POST /salesforce/consent`.
pub async fn decide(
    State(sandbox): State<Shared>,
    headers: HeaderMap,
    Form(form): Form<Decision>,
) -> Response {
    let Some(request) = AuthorizeRequest::parse(&form.request) else {
        return pages::problem(StatusCode::BAD_REQUEST, "Salesforce", "The form is damaged. Start again.");
    };
    if let Some(refusal) = request.refusal(&sandbox) {
        return refusal;
    }
    let Some(user) = signed_in(&sandbox, &headers) else {
        return self::form(&sandbox, &form.request, &request.login_hint, Some("Your session has ended."));
    };
    match form.decision.as_str() {
        "allow" => request.succeed(&sandbox, &user),
        _ => request.fail("access_denied", "end-user denied authorization"),
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
