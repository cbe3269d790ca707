//! Inspection of Box: folders, files, comments and tasks.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::Shared;

/// Those below `/_control/box` that no other app has.
pub fn routes() -> Router<Shared> {
    Router::new().route("/_control/box/items", get(items))
}

async fn items(State(sandbox): State<Shared>) -> Json<Value> {
    sandbox.read(|saved| {
        let store = &saved.box_com;
        Json(json!({ "items": store.items, "comments": store.comments, "tasks": store.tasks }))
    })
}
