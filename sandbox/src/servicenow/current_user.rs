//! The user of an access token.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::json;

use super::error_response::ApiResult;
use super::table_api::{caller, good};
use crate::Shared;

/// `GET /api/now/ui/user/current_user`.
pub async fn read(State(sandbox): State<Shared>, headers: HeaderMap) -> ApiResult {
    let user = caller(&sandbox, &headers)?.user;
    let initials: String = user.name.split_whitespace().filter_map(|word| word.chars().next()).collect();
    let result = json!({
        "user_sys_id": user.id,
        "user_name": user.username,
        "user_display_name": user.name,
        "user_initials": initials,
        "user_avatar": null,
    });
    Ok(good(StatusCode::OK, &result))
}
