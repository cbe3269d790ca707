//! Uploads of small files, on a host of their own.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::api_request::{Parameters, required, writer};
use super::error_response::{ApiResult, Problem};
use super::{json, sha1};
use crate::store::box_com::FileVersion;
use crate::{Shared, multipart};

/// `POST /files/content`: the part `attributes` comes before the part `file`.
pub async fn upload(
    State(sandbox): State<Shared>,
    Query(parameters): Parameters,
    headers: HeaderMap,
    body: Bytes,
) -> ApiResult {
    let caller = writer(&sandbox, &headers)?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let wrong = |code, message: &str| Problem::new(StatusCode::BAD_REQUEST, code, message);
    let parts =
        multipart::parts(kind, &body).ok_or_else(|| wrong("bad_request", "The body is no multipart form"))?;
    let place = |name: &str| parts.iter().position(|part| part.name == name);
    let missing = |name: &str| Problem::bad("missing_parameter", name, &format!("'{name}' is required"));
    let attributes = place("attributes").ok_or_else(|| missing("attributes"))?;
    let content = place("file").ok_or_else(|| missing("file"))?;
    if content < attributes {
        let message = "The attributes have to come before the file";
        return Err(wrong("metadata_after_file_contents", message));
    }
    let content_of = |index: usize| parts.get(index).map(|part| part.content).unwrap_or_default();
    let attributes: Value = serde_json::from_slice(content_of(attributes))
        .map_err(|_| wrong("bad_request", "The attributes are no JSON"))?;
    let (name, parent) = (required(&attributes, "/name")?, required(&attributes, "/parent/id")?);
    let bytes = content_of(content);
    let file = sandbox.change(|saved| {
        let store = &mut saved.box_com;
        let version = FileVersion { id: store.fresh_id(), size: bytes.len(), sha1: sha1::hex(bytes) };
        let item = store.add(&caller.user, &caller.client_id, name, parent, Some(version))?;
        Ok(json::whole(store, &caller.user, &item, &sandbox.settings.origin))
    })?;
    let file = json::chosen(file, parameters.get("fields").map(String::as_str));
    Ok((StatusCode::CREATED, Json(json!({ "total_count": 1, "entries": [file] }))).into_response())
}
