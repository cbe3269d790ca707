//! Bodies of requests, bounded.

use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use workbot_domain::json;
use workbot_shared::ErrorCode;
use worker::Request;

use super::response::RequestError;

/// Teams' own limit for an activity is about 100 KB.
const MAX_BODY: usize = 1_000_000;

/// Reads a body of up to [`MAX_BODY`] bytes, whatever its headers promise.
pub async fn bounded(request: &mut Request) -> Result<Vec<u8>, RequestError> {
    let too_large = || RequestError::of(ErrorCode::TooLarge);
    let stated = request.headers().get("content-length")?.and_then(|length| length.parse::<usize>().ok());
    match stated {
        Some(length) if length > MAX_BODY => return Err(too_large()),
        // One whose length is stated comes in one piece, which costs a fraction of reading a stream.
        Some(_) => return Ok(request.bytes().await?),
        None => {}
    }
    let mut body = Vec::new();
    let Ok(mut chunks) = request.stream() else { return Ok(body) };
    while let Some(chunk) = chunks.next().await {
        body.extend(chunk?);
        if body.len() > MAX_BODY {
            return Err(too_large());
        }
    }
    Ok(body)
}

/// The JSON of a body; `None` when there is no body.
pub async fn json<T: DeserializeOwned>(request: &mut Request) -> Result<Option<T>, RequestError> {
    let body = bounded(request).await?;
    if body.is_empty() {
        return Ok(None);
    }
    json::read(&body).map(Some).map_err(|_| RequestError::of(ErrorCode::BadRequest))
}
