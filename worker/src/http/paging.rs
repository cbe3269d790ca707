//! Paging of lists: `?cursor=&limit=`. A cursor is opaque to clients.

use serde::de::DeserializeOwned;
use workbot_shared::ErrorCode;

use super::request::Request;
use super::response::RequestError;

/// The default number of rows per page, and the maximum.
const PAGE: i64 = 50;
pub const LARGEST_PAGE: i64 = 200;

/// Reads the requested page: the cursor (`None` for the first page) and the number of rows.
///
/// # Errors
/// 400 for an invalid limit or cursor.
pub fn page<C: DeserializeOwned>(request: &Request) -> Result<(Option<C>, i64), RequestError> {
    let bad = || RequestError::of(ErrorCode::BadRequest);
    let limit = match request.parameter("limit") {
        None => PAGE,
        Some(text) => text.parse::<i64>().map_err(|_| bad())?.clamp(1, LARGEST_PAGE),
    };
    let cursor = match request.parameter("cursor") {
        None => None,
        Some(text) => Some(workbot_domain::json::stored(text.as_bytes()).map_err(|_| bad())?),
    };
    Ok((cursor, limit))
}
