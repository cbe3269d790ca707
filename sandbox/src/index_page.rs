//! The index page.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;

use crate::Shared;
use crate::freshdesk::{FIRST_KEY, SECOND_KEY};
use crate::html_page::show;
use crate::salesforce::{CONTOSO, FABRIKAM};

/// The index.
pub fn routes() -> Router<Shared> {
    Router::new().route("/", get(index))
}

async fn index(State(sandbox): State<Shared>) -> Response {
    let settings = &sandbox.settings;
    show(
        "index.html",
        json!({
            "worker": settings.worker,
            "playground": settings.playground,
            "contoso": CONTOSO,
            "fabrikam": FABRIKAM,
            "freshdesk_key": FIRST_KEY,
            "second_freshdesk_key": SECOND_KEY,
        }),
    )
}
