//! Teams' part for the tab: the page that holds it.

use axum::Router;
use axum::response::Html;
use axum::routing::get;

/// The host page.
pub fn router() -> Router {
    Router::new().route("/teams", get(Html("<!doctype html><title>Teams</title>")))
}
