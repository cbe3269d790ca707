//! The login page and the consent page.

use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;

use super::app::{App, Switch};
use crate::store::accounts::User;
use crate::{Sandbox, html_page, session_cookie};

/// The user of this browser's session.
pub(super) fn signed_in(app: &App, sandbox: &Sandbox, headers: &HeaderMap) -> Option<User> {
    sandbox
        .read(|saved| app.accounts(saved).signed_in(session_cookie::cookie(headers, &app.cookie())).cloned())
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
        let users = app.accounts(saved).users.iter();
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
    html_page::show("login.html", values)
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
    html_page::show("consent.html", values)
}

/// The same query with other words in `prompt`.
pub(super) fn with_prompt(query: &str, keep: impl Fn(&str) -> bool, add: Option<&str>) -> String {
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
