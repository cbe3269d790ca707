//! Request bodies with a size limit.

use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use workbot_domain::json;
use workbot_shared::ErrorCode;
use worker::Request;

use super::response::RequestError;

/// In bytes. Teams limits an activity to about 100 KB ("Format your bot messages", msteams-docs).
const MAX_BODY: usize = 1_000_000;

/// Reads a body.
///
/// # Errors
/// 413 beyond [`MAX_BODY`] bytes, whatever `Content-Length` says.
pub async fn bounded(request: &mut Request) -> Result<Vec<u8>, RequestError> {
    let too_large = || RequestError::of(ErrorCode::TooLarge);
    let stated = request.headers().get("content-length")?.and_then(|length| length.parse::<usize>().ok());
    match stated {
        Some(length) if length > MAX_BODY => return Err(too_large()),
        // A body with a stated length is read at once, which costs a fraction of reading a stream.
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

/// Reads a JSON body. `None` for an empty body.
///
/// # Errors
/// 413 for a body that is too large, 400 for one that is not the expected JSON.
pub async fn json<T: DeserializeOwned>(request: &mut Request) -> Result<Option<T>, RequestError> {
    let body = bounded(request).await?;
    if body.is_empty() {
        return Ok(None);
    }
    json::read(&body).map(Some).map_err(|_| RequestError::of(ErrorCode::BadRequest))
}
