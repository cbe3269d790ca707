//! The common part of all apps with OAuth 2.0: users and sessions, login and consent pages, codes, grants and
//! grant rules. An `App` defines the differences.

mod app;
mod authorization_request;
mod authorize;
mod bearer;
mod grant;
mod grants;
mod login;
mod login_pages;
mod token_endpoint;
mod token_request_failure;
mod users;

use axum::Router;
use axum::routing::{get, post};

pub use crate::store::accounts::{Accounts, Rights, User};
pub use crate::store::grant_rules::{Iss, Rotation, RuleChange, Rules};
pub use crate::store::grants::{Code, Grant, Grants};
pub use app::{App, Flow, Lasts, Life, Pkce, Revokes, Switch, Texts};
pub use authorization_request::AuthorizeRequest;
pub use bearer::{bearer, caller, person_behind};
pub use grant::Issued;
pub use token_endpoint::{IssuedTokens, authenticate, issue, lost};
pub use token_request_failure::OAuthError;

use crate::Shared;

/// The browser's part of the flow: authorization endpoint, forms, logout.
pub fn routes(app: &'static App) -> Router<Shared> {
    let flow = &app.flow;
    let routes = Router::new()
        .route(
            flow.authorize,
            get(move |sandbox, raw, headers| authorize::authorize(app, sandbox, raw, headers)),
        )
        .route(&format!("{}/login", flow.home), post(move |sandbox, form| login::log_in(app, sandbox, form)))
        .route(
            &format!("{}/consent", flow.home),
            post(move |sandbox, headers, form| login::decide(app, sandbox, headers, form)),
        );
    match flow.switch {
        Switch::Prompt => routes,
        Switch::Link(path) | Switch::LogOutBefore(path) => {
            routes.route(path, get(move |sandbox, raw, headers| login::log_out(app, sandbox, raw, headers)))
        }
    }
}
