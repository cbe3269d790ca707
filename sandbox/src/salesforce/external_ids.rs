//! Records by external id: `/sobjects/{Object}/{Field}/{value}`, the idempotent way to create a record.

use std::collections::HashMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::error_response::{ApiResult, Problem};
use super::rest::{caller, fields, good, writer};
use super::schema::{EXTERNAL_ID, Object};
use crate::Shared;
use crate::store::salesforce::Record;

/// Organisation, object, field and value.
type Address = (String, String, String, String);

/// `GET`: the record, or 300 with the addresses of several records.
pub async fn read(
    State(sandbox): State<Shared>,
    Path((org, object, field, value)): Path<Address>,
    headers: HeaderMap,
) -> ApiResult {
    caller(&sandbox, &org, &headers)?;
    let object = external(&object, &field)?;
    let found: Vec<Record> = sandbox.read(|saved| {
        let all = saved.salesforce.records.iter();
        all.filter(|record| is(record, &org, object, &value)).cloned().collect()
    });
    match found.as_slice() {
        [] => Err(Problem::not_found()),
        [record] => Ok(good(StatusCode::OK, record.to_full_json())),
        several => Ok(choices(several.iter())),
    }
}

/// `PATCH`: 201 if it created a record, 200 if it updated one, 300 if several have the value.
pub async fn upsert(
    State(sandbox): State<Shared>,
    Path((org, object, field, value)): Path<Address>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult {
    let caller = writer(&sandbox, &org, &headers)?;
    let object = external(&object, &field)?;
    let given = fields(&body)?;
    if given.contains_key(EXTERNAL_ID) {
        let message = "The external id belongs into the address, not into the body.";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "INVALID_FIELD", message));
    }
    let only_update = query.get("updateOnly").is_some_and(|only| only == "true");
    // Lookup and write are one step: two concurrent callers create one record.
    sandbox.change(|saved| {
        let store = &mut saved.salesforce;
        let mut found: Vec<&mut Record> =
            store.records.iter_mut().filter(|record| is(record, &org, object, &value)).collect();
        match found.as_mut_slice() {
            [] if only_update => Err(Problem::not_found()),
            [] => {
                let mut fields = object.accept(given, true)?;
                fields.insert(EXTERNAL_ID.to_owned(), value.into());
                let id = caller.add_record(store, object, fields);
                Ok(good(StatusCode::CREATED, done(&id, true)))
            }
            [record] => {
                caller.change_record(record, object.accept(given, false)?);
                Ok(good(StatusCode::OK, done(&record.id, false)))
            }
            several => Ok(choices(several.iter().map(|record| &**record))),
        }
    })
}

fn external(object: &str, field: &str) -> Result<&'static Object, Problem> {
    let object = Object::named(object).ok_or_else(Problem::not_found)?;
    if field.eq_ignore_ascii_case(EXTERNAL_ID) {
        return Ok(object);
    }
    let message = format!("Provided external ID field does not exist or is not accessible: {field}");
    Err(Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", message))
}

fn is(record: &Record, org: &str, object: &Object, value: &str) -> bool {
    let carried = record.fields.get(EXTERNAL_ID).and_then(Value::as_str);
    record.org == org && record.object == object.name && carried == Some(value)
}

fn done(id: &str, created: bool) -> Value {
    json!({ "id": id, "success": true, "errors": [], "created": created })
}

fn choices<'a>(records: impl Iterator<Item = &'a Record>) -> Response {
    let urls: Vec<String> = records
        .map(|record| format!("/services/data/v65.0/sobjects/{}/{}", record.object, record.id))
        .collect();
    (StatusCode::MULTIPLE_CHOICES, Json(urls)).into_response()
}
