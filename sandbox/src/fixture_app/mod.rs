//! The apps that have a fixture. One stand-in plays them all: what an app expects and responds stands in its
//! fixture, `sandbox/fixtures/<id>.toml`.
//!
//! Such an app is at `/apps/{id}/{host}/…`, with the vendor's host and path. A request that the vendor does
//! not document gets a response that names the difference, and is recorded.

mod api;
mod authorization;
mod oauth_app;
mod response;
mod token_endpoint;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::{Map, Value};

use crate::fixture::{self, Address, Comparison, Fixture, Received};
use crate::oauth::{self, App};
use crate::store::fixture_apps::DocumentedCall;
use crate::{Sandbox, Shared};

const LARGEST_BODY: usize = 4 << 20;

/// An app with a fixture.
pub struct FixtureApp {
    /// The id of the app, in the catalog too.
    pub id: &'static str,
    /// What the vendor documents.
    pub fixture: &'static Fixture,
    /// Its OAuth. An app without logins has no client.
    pub oauth: App,
}

static APPS: LazyLock<BTreeMap<&'static str, FixtureApp>> = LazyLock::new(|| {
    let app = |(id, fixture): (&'static String, &'static Fixture)| {
        (id.as_str(), FixtureApp { id, fixture, oauth: oauth_app::of(id, fixture) })
    };
    fixture::all().iter().map(app).collect()
});

/// All apps with a fixture.
pub fn all() -> impl Iterator<Item = &'static FixtureApp> {
    APPS.values()
}

/// The app with this id.
pub fn named(id: &str) -> Option<&'static FixtureApp> {
    APPS.get(id)
}

/// The app of a path `/apps/{id}/…`.
pub fn at(path: &str) -> Option<&'static FixtureApp> {
    named(&fixture::at(path)?.id)
}

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
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let received = Received {
        method: parts.method.as_str(),
        host,
        path,
        query: query.into_owned().collect(),
        headers: &parts.headers,
        body: &body,
    };
    app.respond(&sandbox, &received)
}

impl FixtureApp {
    fn respond(&'static self, sandbox: &Sandbox, received: &Received) -> Response {
        let none = Map::new();
        let is_at = |address: &Address| received.place(address, &none).is_some();
        let fixture = self.fixture;
        if let Some(login) = fixture.login.as_ref().filter(|login| is_at(&login.url)) {
            return authorization::authorize(self, login, sandbox, received);
        }
        if let Some(token) = &fixture.token {
            let refresh_url = fixture.refresh.as_ref().and_then(|refresh| refresh.url.as_ref());
            if is_at(&token.url) || refresh_url.is_some_and(is_at) {
                return token_endpoint::respond(self, token, sandbox, received);
            }
        }
        api::respond(self, sandbox, received)
    }

    /// Records a request that the vendor does not document.
    fn unexpected(&self, sandbox: &Sandbox, received: &Received, differences: &[String]) -> Response {
        let text = format!("{}: {}: {}", self.id, received.name(), differences.join("; "));
        sandbox.memory().fixture_apps.unexpected.push(text.clone());
        (StatusCode::BAD_REQUEST, text).into_response()
    }

    /// Records a documented request.
    fn documented(
        &self,
        sandbox: &Sandbox,
        name: &str,
        is_next_page: bool,
        parameters: Vec<(String, Value)>,
        status: u16,
    ) {
        let call = DocumentedCall { app: self.id, name: name.to_owned(), is_next_page, parameters, status };
        sandbox.memory().fixture_apps.calls.push(call);
    }

    /// Adds a difference for each part of the client's credentials that is wrong.
    fn check_client(&self, sandbox: &Sandbox, comparison: &mut Comparison) {
        let Some(client) = self.oauth.client(&sandbox.settings) else { return };
        comparison.check_client(&client.id, &client.secret);
    }
}
