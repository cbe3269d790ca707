//! HTTP requests to other parties, with the parsed `Retry-After` of their responses.

use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::time::Duration;
use workbot_domain::backoff::parse_retry_after;
use workbot_domain::json;

use crate::isolate::Isolate;
use crate::ports::{HttpError, HttpRequest};

/// A response, read to its end.
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The pause that the other party asks for (`Retry-After`, RFC 9110 section 10.2.3).
    pub retry_after: Option<Duration>,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, of at most [`HttpRequest::most`] bytes.
    pub body: Vec<u8>,
}

/// Sends a request and reads the whole response.
///
/// # Errors
/// [`HttpError`] when no response came. The outcome of the request is unknown then.
pub async fn send(isolate: &Isolate, request: HttpRequest) -> Result<Response, HttpError> {
    let response = isolate.platform().send(request).await?;
    let retry_after = response.headers.get("retry-after");
    let retry_after = retry_after.and_then(|text| parse_retry_after(text, isolate.now()));
    Ok(Response { status: response.status, retry_after, headers: response.headers, body: response.body })
}

impl Response {
    /// The body as JSON. `None` if it is not the expected JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        json::read(&self.body).ok()
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
