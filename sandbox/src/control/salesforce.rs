//! Inspection of Salesforce: its records.

use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Shared;

/// Those below `/_control/salesforce` that no other app has.
pub fn routes() -> Router<Shared> {
    Router::new().route("/_control/salesforce/records", get(records))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Filter {
    object: Option<String>,
}

async fn records(State(sandbox): State<Shared>, Query(filter): Query<Filter>) -> Json<Value> {
    sandbox.read(|saved| {
        let all = saved.salesforce.records.iter();
        let wanted =
            all.filter(|record| filter.object.as_ref().is_none_or(|object| record.object == *object));
        Json(json!({ "records": wanted.collect::<Vec<_>>() }))
    })
}
