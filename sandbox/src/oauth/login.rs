//! The forms of the login and consent pages, and the logout.

use axum::Form;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::app::App;
use super::authorization_request::AuthorizeRequest;
use super::login_pages::{form, signed_in, with_prompt};
use crate::{Shared, html_page, session_cookie};

/// Every user's password.
const PASSWORD: &str = "sandbox";

/// The login form.
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
    let user = sandbox.change(|saved| {
        let accounts = app.accounts_mut(saved);
        // An app with a fixture begins without users.
        accounts.seed(app);
        accounts.user(login.username.trim()).cloned()
    });
    let user = user.filter(|user| user.active && login.password == PASSWORD);
    let Some(user) = user else {
        let text = "Please check your username and password.";
        return form(app, &sandbox, &login.request, &login.username, Some(text));
    };
    let id = sandbox.change(|saved| app.accounts_mut(saved).log_in(&user));
    // Redirects to the request, which must not ask for a login again.
    let cookie =
        AppendHeaders([(header::SET_COOKIE, session_cookie::set(&app.cookie(), &id, app.flow.home))]);
    let request = with_prompt(&login.request, |word| word != "login", None);
    (cookie, Redirect::to(&format!("{}?{request}", app.flow.authorize))).into_response()
}

/// The consent form.
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
    if let Some(id) = session_cookie::cookie(&headers, &name) {
        sandbox.change(|saved| app.accounts_mut(saved).log_out(id));
    }
    let cookie = AppendHeaders([(header::SET_COOKIE, session_cookie::end(&name, app.flow.home))]);
    match raw.filter(|query| query.contains("client_id=")) {
        Some(query) => (cookie, Redirect::to(&format!("{}?{query}", app.flow.authorize))).into_response(),
        None => {
            (cookie, html_page::problem(StatusCode::OK, app.title, "You are logged out.")).into_response()
        }
    }
}
