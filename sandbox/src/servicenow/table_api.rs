//! The Table API.

use std::collections::HashMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::access_rules::{Fields, may_insert, may_update};
use super::error_response::{ApiResult, Problem};
use super::ids::sys_id;
use super::json::DisplayOptions;
use super::tables::Table;
use super::{APP, encoded_query, paging_headers};
use crate::oauth::User;
use crate::store::servicenow::{Record, Store};
use crate::{Sandbox, Shared, clock, oauth};

/// The parameters of a request.
pub type Parameters = Query<HashMap<String, String>>;

/// The caller and the client.
pub struct Caller {
    pub user: User,
    pub client_id: String,
}

/// A caller with a valid token who accepts JSON.
pub fn caller(sandbox: &Sandbox, headers: &HeaderMap) -> Result<Caller, Problem> {
    let (user, grant) = oauth::caller(&APP, sandbox, headers).ok_or_else(Problem::unauthenticated)?;
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    if !["json", "*/*", "application/*"].iter().any(|kind| accepted.contains(kind)) {
        let message = "Invalid media type. Supported types: application/json";
        return Err(Problem::new(StatusCode::NOT_ACCEPTABLE, message, None));
    }
    Ok(Caller { user, client_id: grant.client_id })
}

/// A response with the headers of a rate limit.
pub fn good(status: StatusCode, result: &Value) -> Response {
    let reset = (clock::now() / 3600 + 1) * 3600;
    let limits = [
        ("x-ratelimit-limit", "5000".to_owned()),
        ("x-ratelimit-reset", reset.to_string()),
        ("x-ratelimit-rule", sys_id("rate rule")),
    ];
    let mut response = (status, Json(json!({ "result": result }))).into_response();
    for (name, value) in limits {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// The fields of a body, all converted to strings.
pub fn fields(headers: &HeaderMap, body: &Bytes) -> Result<Fields, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/json") {
        let message = "Unsupported media type. Supported types: application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message, None));
    }
    let given: Map<String, Value> = serde_json::from_slice(body).map_err(|_| {
        let detail = Some("The payload is not valid JSON");
        Problem::new(StatusCode::BAD_REQUEST, "Exception while reading request", detail)
    })?;
    let text = |value| match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(given.into_iter().map(|(name, value)| (name, text(value))).collect())
}

fn table(name: &str) -> Result<&'static Table, Problem> {
    let message = format!("Invalid table {name}");
    Table::named(name).ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, message, None))
}

/// `GET /api/now/table/{table}`.
pub async fn list(
    State(sandbox): State<Shared>,
    Path(name): Path<String>,
    Query(parameters): Parameters,
    uri: Uri,
    headers: HeaderMap,
) -> ApiResult {
    let caller = caller(&sandbox, &headers)?;
    let table = table(&name)?;
    let look = DisplayOptions::read(&parameters, &sandbox.settings.origin);
    let text = parameters.get("sysparm_query").map(String::as_str).unwrap_or_default();
    let is_field = |field: &str| table.kind(field.split('.').next().unwrap_or(field)).is_some();
    let query = encoded_query::Query::parse(text, &caller.user, is_field);
    let number = |name: &str, usual| parameters.get(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (limit, offset) = (number("sysparm_limit", 10_000), number("sysparm_offset", 0));
    let (total, rows) = sandbox.read(|saved| {
        let store = &saved.servicenow;
        let rows = query.run(store, store.rows(table.name));
        let page = rows.iter().skip(offset).take(limit);
        let shown: Vec<Value> = page.map(|row| look.show(store, row)).collect();
        (rows.len(), shown)
    });
    let mut response = good(StatusCode::OK, &rows.into());
    paging_headers::describe(response.headers_mut(), &sandbox.settings.origin, &uri, total, limit, offset);
    Ok(response)
}

/// `POST /api/now/table/{table}`.
pub async fn create(
    State(sandbox): State<Shared>,
    Path(name): Path<String>,
    Query(parameters): Parameters,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult {
    let caller = caller(&sandbox, &headers)?;
    let (table, fields) = (table(&name)?, fields(&headers, &body)?);
    may_insert(table, &caller.user)?;
    let look = DisplayOptions::read(&parameters, &sandbox.settings.origin);
    let (id, shown) = sandbox.change(|saved| {
        let store = &mut saved.servicenow;
        let record = store.insert(table, &caller.user, &caller.client_id, fields);
        (record.sys_id.clone(), look.show(store, &record))
    });
    let location = [(header::LOCATION, look.link(table.name, &id))];
    Ok((location, good(StatusCode::CREATED, &shown)).into_response())
}

/// `GET /api/now/table/{table}/{sys_id}`.
pub async fn read(
    State(sandbox): State<Shared>,
    Path((name, id)): Path<(String, String)>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> ApiResult {
    caller(&sandbox, &headers)?;
    let table = table(&name)?;
    let look = DisplayOptions::read(&parameters, &sandbox.settings.origin);
    let shown = sandbox.read(|saved| {
        let store = &saved.servicenow;
        store.record(table.name, &id).map(|record| look.show(store, &record))
    });
    Ok(good(StatusCode::OK, &shown.ok_or_else(Problem::not_found)?))
}

/// `PATCH` and `PUT /api/now/table/{table}/{sys_id}`.
pub async fn update(
    State(sandbox): State<Shared>,
    Path((name, id)): Path<(String, String)>,
    Query(parameters): Parameters,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult {
    let caller = caller(&sandbox, &headers)?;
    let (table, fields) = (table(&name)?, fields(&headers, &body)?);
    let look = DisplayOptions::read(&parameters, &sandbox.settings.origin);
    let shown = sandbox.change(|saved| {
        let store = &mut saved.servicenow;
        let record = store.record(table.name, &id).ok_or_else(Problem::not_found)?;
        let record = save(store, table, record, &caller, fields)?;
        Ok(look.show(store, &record))
    })?;
    Ok(good(StatusCode::OK, &shown))
}

/// Updates a record, if the caller has the right.
pub fn save(
    store: &mut Store,
    table: &Table,
    mut record: Record,
    caller: &Caller,
    fields: Fields,
) -> Result<Record, Problem> {
    may_update(table, &record, &caller.user, &fields)?;
    store.set(table, &mut record, &caller.user, &caller.client_id, fields);
    record.mod_count += 1;
    record.updated = clock::now_ms();
    record.updated_by.clone_from(&caller.user.username);
    if let Some(known) = store.records.iter_mut().find(|known| known.sys_id == record.sys_id) {
        known.clone_from(&record);
    }
    if table.name == "sysapproval_approver" {
        store.conclude(&record);
    }
    Ok(record)
}
