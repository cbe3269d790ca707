//! Pages of a list: `?cursor=&limit=`. A cursor is made by one page for the next; to whoever asks it means nothing.

use serde::de::DeserializeOwned;
use workbot_shared::ErrorCode;
use worker::Request;

use super::query::parameter;
use super::response::RequestError;

/// So many rows are on a page unless told otherwise, and so many at most.
const PAGE: i64 = 50;
pub const LARGEST_PAGE: i64 = 200;

/// Which page is asked for: where it begins, if it is not the first, and how many rows it has.
pub fn page<C: DeserializeOwned>(request: &Request) -> Result<(Option<C>, i64), RequestError> {
    let bad = || RequestError::of(ErrorCode::BadRequest);
    let limit = match parameter(request, "limit") {
        None => PAGE,
        Some(text) => text.parse::<i64>().map_err(|_| bad())?.clamp(1, LARGEST_PAGE),
    };
    let cursor = match parameter(request, "cursor") {
        None => None,
        Some(text) => Some(serde_json::from_str(&text).map_err(|_| bad())?),
    };
    Ok((cursor, limit))
}
