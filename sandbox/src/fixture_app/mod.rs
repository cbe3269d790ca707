//! The apps that have a fixture. One stand-in plays them all: what an app expects and responds stands in its
//! fixture, `sandbox/fixtures/<id>.toml`.
//!
//! Such an app is at `/apps/{id}/{host}/…`, with the vendor's host and path. A request that the vendor does
//! not document gets a response that names the difference, and is recorded.

mod api;
mod app;
mod authorization;
mod oauth_app;
mod response;
mod token_endpoint;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::Map;

pub use app::{FixtureApp, all, at, named};

use crate::fixture::{Address, Received};
use crate::{Sandbox, Shared, oauth};

const LARGEST_BODY: usize = 4 << 20;

/// Their routes: for each app the login and consent pages of all apps, and everything of the vendor's hosts.
pub fn routes() -> Router<Shared> {
    let logins = all().filter(|app| app.fixture.login.is_some());
    let pages = logins.fold(Router::new(), |routes, app| routes.merge(oauth::routes(&app.oauth)));
    pages.route("/apps/{id}/{host}/", any(handle)).route("/apps/{id}/{host}/{*path}", any(handle))
}

async fn handle(State(sandbox): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let found = at(path).and_then(|app| Some((app, app.fixture.vendor_path(path)?)));
    let Some((app, (host, path))) = found else {
        return (StatusCode::NOT_FOUND, "No fixture has this address.").into_response();
    };
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large.").into_response();
    };
    let at_vendor = |text: &str| app.fixture.with_addresses_at_vendor(&sandbox.settings.origin, text);
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let body = str::from_utf8(&body).map_or_else(|_| body.to_vec(), |text| at_vendor(text).into_bytes());
    let received = Received {
        method: parts.method.as_str(),
        host,
        path,
        query: query.map(|(name, value)| (name.into_owned(), at_vendor(&value))).collect(),
        headers: &parts.headers,
        body: &body,
    };
    respond(app, &sandbox, &received)
}

fn respond(app: &'static FixtureApp, sandbox: &Sandbox, received: &Received) -> Response {
    let none = Map::new();
    let is_at = |address: &Address| received.place(address, &none).is_some();
    let fixture = app.fixture;
    if let Some(login) = fixture.login.as_ref().filter(|login| is_at(&login.url)) {
        return authorization::authorize(app, login, sandbox, received);
    }
    if let Some(token) = &fixture.token {
        let refresh_url = fixture.refresh.as_ref().and_then(|refresh| refresh.url.as_ref());
        // RFC 6749 section 3.2. Some vendors revoke at the same address with another method.
        if received.method == "POST" && (is_at(&token.url) || refresh_url.is_some_and(is_at)) {
            return token_endpoint::respond(app, token, sandbox, received);
        }
    }
    api::respond(app, sandbox, received)
}
