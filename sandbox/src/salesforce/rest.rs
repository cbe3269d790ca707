//! The REST calls below `/services/data/v65.0`.

use std::collections::HashMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::error_response::{ApiResult, Problem};
use super::schema::Object;
use super::{APP, soql};
use crate::oauth::{self, User};
use crate::store::salesforce::{Record, Store};
use crate::{Sandbox, Shared, clock, random_name};

const LARGEST_PAGE: usize = 2000;
const SMALLEST_PAGE: usize = 200;

/// The caller and the client.
pub(super) struct Caller {
    user: User,
    client_id: String,
}

impl Caller {
    /// Inserts a record of this caller; returns its id.
    pub(super) fn add_record(
        &self,
        store: &mut Store,
        object: &Object,
        fields: Map<String, Value>,
    ) -> String {
        store.add_record(&self.user, &self.client_id, object, fields)
    }

    /// Sets fields of a record.
    pub(super) fn change_record(&self, record: &mut Record, fields: Map<String, Value>) {
        record.fields.extend(fields);
        record.modified = clock::now_ms();
        record.modified_by_id.clone_from(&self.user.id);
    }
}

pub(super) fn caller(sandbox: &Sandbox, org: &str, headers: &HeaderMap) -> Result<Caller, Problem> {
    let invalid = |message: &str| Problem::new(StatusCode::UNAUTHORIZED, "INVALID_SESSION_ID", message);
    let expired = || invalid("Session expired or invalid");
    let (user, grant) =
        oauth::caller(&APP, sandbox, headers).filter(|(user, _)| user.org == org).ok_or_else(expired)?;
    if !grant.scopes.iter().any(|scope| scope == "api") {
        return Err(invalid("This session is not valid for use with the REST API"));
    }
    Ok(Caller { user, client_id: grant.client_id })
}

/// A caller with write access. Others get the error of an inaccessible record.
pub(super) fn writer(sandbox: &Sandbox, org: &str, headers: &HeaderMap) -> Result<Caller, Problem> {
    let caller = caller(sandbox, org, headers)?;
    let closed = || {
        let message = "insufficient access rights on object id";
        Problem::new(StatusCode::FORBIDDEN, "INSUFFICIENT_ACCESS_OR_READONLY", message)
    };
    caller.user.may_write().then_some(caller).ok_or_else(closed)
}

pub(super) fn good(status: StatusCode, response: Value) -> Response {
    (status, [("sforce-limit-info", "api-usage=18/15000")], Json(response)).into_response()
}

pub(super) fn fields(body: &Bytes) -> Result<Map<String, Value>, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "JSON_PARSER_ERROR", error.to_string()))
}

/// `GET /services/data`: no token needed.
pub async fn versions() -> Json<Value> {
    Json(json!([{ "label": "Winter '26", "url": "/services/data/v65.0", "version": "65.0" }]))
}

/// `GET /limits`.
pub async fn limits(State(sandbox): State<Shared>, Path(org): Path<String>, headers: HeaderMap) -> ApiResult {
    caller(&sandbox, &org, &headers)?;
    let response = json!({ "DailyApiRequests": { "Max": 15000, "Remaining": 14982 } });
    Ok(good(StatusCode::OK, response))
}

/// `POST /sobjects/{Object}`.
pub async fn create(
    State(sandbox): State<Shared>,
    Path((org, object)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult {
    let caller = writer(&sandbox, &org, &headers)?;
    let object = Object::named(&object).ok_or_else(Problem::not_found)?;
    let fields = object.accept(fields(&body)?, true)?;
    let id = sandbox.change(|saved| caller.add_record(&mut saved.salesforce, object, fields));
    let location = format!("/services/data/v65.0/sobjects/{}/{id}", object.name);
    let response = json!({ "id": id, "success": true, "errors": [] });
    Ok(([("location", location)], good(StatusCode::CREATED, response)).into_response())
}

/// `GET /sobjects/{Object}/{id}`, `?fields=` narrows it.
pub async fn read(
    State(sandbox): State<Shared>,
    Path((org, object, id)): Path<(String, String, String)>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> ApiResult {
    caller(&sandbox, &org, &headers)?;
    let object = Object::named(&object).ok_or_else(Problem::not_found)?;
    let record = sandbox
        .read(|saved| {
            let mut all = saved.salesforce.records.iter();
            all.find(|record| is(record, &org, object, &id)).cloned()
        })
        .ok_or_else(Problem::not_found)?;
    let response = match query.get("fields") {
        None => record.to_full_json(),
        Some(list) => record.to_json(&readable(object, list.split(','))?),
    };
    Ok(good(StatusCode::OK, response))
}

/// `PATCH /sobjects/{Object}/{id}`.
pub async fn update(
    State(sandbox): State<Shared>,
    Path((org, object, id)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult {
    let caller = writer(&sandbox, &org, &headers)?;
    let object = Object::named(&object).ok_or_else(Problem::not_found)?;
    let fields = object.accept(fields(&body)?, false)?;
    sandbox
        .change(|saved| {
            let mut all = saved.salesforce.records.iter_mut();
            let record = all.find(|record| is(record, &org, object, &id))?;
            caller.change_record(record, fields);
            Some(())
        })
        .ok_or_else(Problem::not_found)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `DELETE /sobjects/{Object}/{id}`; a repeated call gives 404.
pub async fn delete(
    State(sandbox): State<Shared>,
    Path((org, object, id)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> ApiResult {
    writer(&sandbox, &org, &headers)?;
    let object = Object::named(&object).ok_or_else(Problem::not_found)?;
    let is_gone = sandbox.change(|saved| {
        let records = &mut saved.salesforce.records;
        let before = records.len();
        records.retain(|record| !is(record, &org, object, &id));
        records.len() < before
    });
    if !is_gone {
        return Err(Problem::new(StatusCode::NOT_FOUND, "ENTITY_IS_DELETED", "entity is deleted"));
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /query?q=`.
pub async fn query(
    State(sandbox): State<Shared>,
    Path(org): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> ApiResult {
    caller(&sandbox, &org, &headers)?;
    let text = query.get("q").map(String::as_str).unwrap_or_default();
    let malformed = |message| Problem::new(StatusCode::BAD_REQUEST, "MALFORMED_QUERY", message);
    let query = soql::Query::parse(text).map_err(malformed)?;
    let object = Object::named(&query.object).ok_or_else(|| {
        let message = format!("sObject type '{}' is not supported.", query.object);
        Problem::new(StatusCode::BAD_REQUEST, "INVALID_TYPE", message)
    })?;
    let fields = readable(object, query.fields.iter().map(String::as_str))?;
    readable(object, query.named_fields())?;
    let rows: Vec<Value> = sandbox.read(|saved| {
        let all = saved.salesforce.records.iter();
        let own = all.filter(|record| record.org == org && record.object == object.name);
        query.run(own.collect(), object).iter().map(|record| record.to_json(&fields)).collect()
    });
    let total = rows.len();
    Ok(page(&sandbox, &headers, rows, total, 0))
}

/// `GET /query/{cursor}-{offset}`: the next page of a long result.
pub async fn next_page(
    State(sandbox): State<Shared>,
    Path((org, cursor)): Path<(String, String)>,
    headers: HeaderMap,
) -> ApiResult {
    caller(&sandbox, &org, &headers)?;
    let invalid = || Problem::new(StatusCode::BAD_REQUEST, "INVALID_QUERY_LOCATOR", "invalid query locator");
    let offset =
        cursor.rsplit_once('-').and_then(|(_, offset)| offset.parse::<usize>().ok()).ok_or_else(invalid)?;
    let rows = sandbox.memory().salesforce.cursors.get(&cursor).cloned().ok_or_else(invalid)?;
    let total = offset + rows.len();
    Ok(page(&sandbox, &headers, rows, total, offset))
}

/// One page of rows; the others wait under a cursor.
fn page(
    sandbox: &Sandbox,
    headers: &HeaderMap,
    mut rows: Vec<Value>,
    total: usize,
    offset: usize,
) -> Response {
    let size = headers
        .get("sforce-query-options")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().strip_prefix("batchSize="))
        .and_then(|size| size.parse::<usize>().ok())
        .map_or(LARGEST_PAGE, |size| size.clamp(SMALLEST_PAGE, LARGEST_PAGE));
    let rest = rows.split_off(size.min(rows.len()));
    let mut response = json!({ "totalSize": total, "done": rest.is_empty(), "records": rows });
    if let (false, Some(object)) = (rest.is_empty(), response.as_object_mut()) {
        let cursor = format!("01gxx{}-{}", random_name::random(10), offset + size);
        let url = format!("/services/data/v65.0/query/{cursor}");
        object.insert("nextRecordsUrl".into(), url.into());
        sandbox.memory().salesforce.cursors.insert(cursor, rest);
    }
    good(StatusCode::OK, response)
}

fn readable<'a>(
    object: &Object,
    fields: impl Iterator<Item = &'a str>,
) -> Result<Vec<&'static str>, Problem> {
    fields
        .map(|field| {
            object.readable(field.trim()).ok_or_else(|| {
                let message = format!("No such column '{field}' on entity '{}'.", object.name);
                Problem::new(StatusCode::BAD_REQUEST, "INVALID_FIELD", message)
            })
        })
        .collect()
}

/// Ids have 15 or 18 characters; both forms are valid.
fn is(record: &Record, org: &str, object: &Object, id: &str) -> bool {
    record.org == org
        && record.object == object.name
        && (record.id == id || (id.len() == 15 && record.id.starts_with(id)))
}
