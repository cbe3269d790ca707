//! Folders and files: read, create, update.

use std::cmp::Ordering;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::api_request::{Parameters, number, object, reader, required, window, writer};
use super::error_response::{ApiResult, Problem};
use super::item_rules::check_name;
use super::json;
use crate::Shared;
use crate::store::box_com::{Item, ROOT, SharedLink};

/// `GET /folders/{id}` and `GET /files/{id}`.
pub async fn read(
    kind: &str,
    State(sandbox): State<Shared>,
    Path(id): Path<String>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> ApiResult {
    let caller = reader(&sandbox, &headers)?;
    let id = number(&id)?;
    let whole = sandbox.read(|saved| {
        let store = &saved.box_com;
        if (kind, id) == ("folder", ROOT) {
            return Ok(json::whole_root(store, &caller.user));
        }
        let item = store.item(&caller.user, kind, id)?;
        Ok(json::whole(store, &caller.user, item, &sandbox.settings.origin))
    })?;
    let fields = parameters.get("fields").map(String::as_str);
    Ok(Json(json::chosen(whole, fields)).into_response())
}

/// `GET /folders/{id}/items`, by offset or, with `usemarker=true`, by marker.
pub async fn items(
    State(sandbox): State<Shared>,
    Path(id): Path<String>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> ApiResult {
    let caller = reader(&sandbox, &headers)?;
    let (limit, mut offset) = window(&parameters, 100, 1000)?;
    let text = |name: &str| parameters.get(name).map(String::as_str);
    let is_marked = text("usemarker") == Some("true");
    if is_marked {
        let marker = text("marker").unwrap_or("m0");
        let wrong = || Problem::bad("invalid_parameter", "marker", "Invalid marker");
        offset = marker.strip_prefix('m').and_then(|place| place.parse().ok()).ok_or_else(wrong)?;
    }
    let (sort, direction) = (text("sort").unwrap_or("name"), text("direction").unwrap_or("ASC"));
    let folder = number(&id)?;
    let all: Vec<Value> = sandbox.read(|saved| {
        let store = &saved.box_com;
        if folder != ROOT {
            store.item(&caller.user, "folder", folder)?;
        }
        let mut children: Vec<&Item> = store.children(&caller.user, folder).collect();
        children.sort_by(|one, other| order(one, other, sort, direction));
        let show = |item: &Item| match text("fields") {
            None => json::mini(item),
            fields => json::chosen(json::whole(store, &caller.user, item, &sandbox.settings.origin), fields),
        };
        Ok(children.into_iter().map(show).collect())
    })?;
    let total = all.len();
    let entries: Vec<Value> = all.into_iter().skip(offset).take(limit).collect();
    let end = offset + entries.len();
    let order = json!([{ "by": "type", "direction": "ASC" }, { "by": sort, "direction": direction }]);
    let response = if is_marked {
        let next = if end < total { format!("m{end}") } else { String::new() };
        json!({ "entries": entries, "limit": limit, "next_marker": next })
    } else {
        json!({ "total_count": total, "entries": entries, "offset": offset, "limit": limit, "order": order })
    };
    Ok(Json(response).into_response())
}

/// Folders come first in every sort order.
fn order(one: &Item, other: &Item, sort: &str, direction: &str) -> Ordering {
    let rest = match sort {
        "id" => one.id.cmp(&other.id),
        "date" => one.modified.cmp(&other.modified),
        _ => one.name.to_lowercase().cmp(&other.name.to_lowercase()),
    };
    let rest = if direction == "DESC" { rest.reverse() } else { rest };
    one.file.is_some().cmp(&other.file.is_some()).then(rest)
}

/// `POST /folders`.
pub async fn create(
    State(sandbox): State<Shared>,
    Query(parameters): Parameters,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult {
    let caller = writer(&sandbox, &headers)?;
    let body = Value::from(object(&body)?);
    let (name, parent) = (required(&body, "/name")?, required(&body, "/parent/id")?);
    let whole = sandbox.change(|saved| {
        let store = &mut saved.box_com;
        let item = store.add(&caller.user, &caller.client_id, name, parent, None)?;
        Ok(json::whole(store, &caller.user, &item, &sandbox.settings.origin))
    })?;
    let fields = parameters.get("fields").map(String::as_str);
    Ok((StatusCode::CREATED, Json(json::chosen(whole, fields))).into_response())
}

/// `PUT /folders/{id}` and `PUT /files/{id}`: a new name, description or shared link.
pub async fn change(
    kind: &str,
    State(sandbox): State<Shared>,
    Path(id): Path<String>,
    Query(parameters): Parameters,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult {
    let caller = writer(&sandbox, &headers)?;
    let (id, body) = (number(&id)?, object(&body)?);
    let known = sandbox.read(|saved| saved.box_com.item(&caller.user, kind, id).cloned())?;
    let matching = headers.get(header::IF_MATCH).and_then(|etag| etag.to_str().ok());
    if matching.is_some_and(|etag| etag.trim_matches('"') != known.etag.to_string()) {
        let message = "The resource has been modified. Please retrieve the resource again and retry";
        return Err(Problem::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", message));
    }
    let link = match body.get("shared_link") {
        None => known.shared_link.clone(),
        Some(Value::Null) => None,
        Some(given) => Some(SharedLink::read(given, known.shared_link.as_ref())?),
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let name = text("name").unwrap_or(known.name);
    check_name(&name)?;
    let whole = sandbox.change(|saved| {
        let store = &mut saved.box_com;
        store.check_free(&caller.user, &known.parent, &name, Some(id))?;
        let item = store.item_mut(&caller.user, kind, id)?;
        item.name = name;
        item.description = text("description").unwrap_or(known.description);
        item.shared_link = link;
        item.touch(&caller.user);
        let item = item.clone();
        Ok(json::whole(store, &caller.user, &item, &sandbox.settings.origin))
    })?;
    let fields = parameters.get("fields").map(String::as_str);
    Ok(Json(json::chosen(whole, fields)).into_response())
}
