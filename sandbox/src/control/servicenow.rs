//! Inspection of ServiceNow, and insertion of records as a user: for example an approval, which the API
//! cannot request.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Shared;
use crate::servicenow::{Record, Table};

/// Those below `/_control/servicenow` that no other app has.
pub fn routes() -> Router<Shared> {
    Router::new().route("/_control/servicenow/records", get(records).post(insert))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Filter {
    table: Option<String>,
}

async fn records(State(sandbox): State<Shared>, Query(filter): Query<Filter>) -> Json<Value> {
    sandbox.read(|saved| {
        let all = saved.servicenow.records.iter();
        let is_wanted = |record: &&Record| filter.table.as_ref().is_none_or(|table| record.table == *table);
        Json(json!({ "records": all.filter(is_wanted).collect::<Vec<_>>() }))
    })
}

#[derive(Deserialize)]
struct NewRecord {
    table: String,
    username: String,
    fields: BTreeMap<String, String>,
}

async fn insert(State(sandbox): State<Shared>, Json(new): Json<NewRecord>) -> Response {
    let made = sandbox.change(|saved| {
        let store = &mut saved.servicenow;
        let user = store.accounts.user(&new.username).cloned()?;
        Some(store.insert(Table::named(&new.table)?, &user, "control", new.fields))
    });
    match made {
        Some(record) => Json(json!(record)).into_response(),
        None => {
            let error = json!({ "error": "there is no such table or user" });
            (StatusCode::BAD_REQUEST, Json(error)).into_response()
        }
    }
}
