//! The user of an access token.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;

use super::api_request::{Parameters, reader};
use super::error_response::ApiResult;
use super::json;
use crate::Shared;

/// `GET /users/me`.
pub async fn read(
    State(sandbox): State<Shared>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> ApiResult {
    let caller = reader(&sandbox, &headers)?;
    let fields = parameters.get("fields").map(String::as_str);
    Ok(Json(json::chosen(json::whole_user(&caller.user), fields)).into_response())
}
