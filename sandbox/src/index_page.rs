//! The index page.

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};

use crate::Shared;
use crate::fixture::{self, Fixture};
use crate::freshdesk::{FIRST_KEY, SECOND_KEY};
use crate::html_page::show;
use crate::salesforce::{CONTOSO, FABRIKAM};

/// The index.
pub fn routes() -> Router<Shared> {
    Router::new().route("/", get(index))
}

async fn index(State(sandbox): State<Shared>) -> Response {
    let settings = &sandbox.settings;
    let apps: Vec<Value> = fixture::all().values().map(|fixture| app(fixture, &settings.origin)).collect();
    show(
        "index.html",
        json!({
            "worker": settings.worker,
            "playground": settings.playground,
            "contoso": CONTOSO,
            "fabrikam": FABRIKAM,
            "freshdesk_key": FIRST_KEY,
            "second_freshdesk_key": SECOND_KEY,
            "apps": apps,
        }),
    )
}

/// An app and its addresses here.
fn app(fixture: &Fixture, origin: &str) -> Value {
    let hosts: BTreeSet<&str> = fixture.hosts().collect();
    let addresses = hosts.into_iter().map(|host| format!("{origin}{}", fixture.path(host, "")));
    let key = &fixture.api.key;
    json!({"id": fixture.id, "addresses": addresses.collect::<Vec<_>>(), "key": key})
}
