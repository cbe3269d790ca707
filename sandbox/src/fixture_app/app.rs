//! An app with a fixture, and the record of its requests.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::oauth_app;
use crate::Sandbox;
use crate::fixture::{self, Comparison, Fixture, Received};
use crate::oauth::App;
use crate::store::fixture_apps::DocumentedCall;

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

impl FixtureApp {
    /// Records a request that the vendor does not document.
    pub(super) fn unexpected(
        &self,
        sandbox: &Sandbox,
        received: &Received,
        differences: &[String],
    ) -> Response {
        let text = format!("{}: {}: {}", self.id, received.name(), differences.join("; "));
        sandbox.memory().fixture_apps.unexpected.push(text.clone());
        (StatusCode::BAD_REQUEST, text).into_response()
    }

    /// Records a documented request.
    pub(super) fn documented(
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
    pub(super) fn check_client(&self, sandbox: &Sandbox, comparison: &mut Comparison) {
        let Some(client) = self.oauth.client(&sandbox.settings) else { return };
        comparison.check_client(&client.id, &client.secret);
    }
}
