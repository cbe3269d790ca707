//! Requests to others, and what came back.

use serde::de::DeserializeOwned;
use std::time::Duration;
use workbot_domain::backoff::parse_retry_after;
use workbot_domain::json;

use crate::isolate::Isolate;
use crate::ports::{HttpError, HttpRequest};

/// What came back.
pub struct Response {
    pub status: u16,
    /// The pause that the other side asks for.
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}

/// Sends a request and reads the whole answer.
pub async fn send(isolate: &Isolate, request: HttpRequest) -> Result<Response, HttpError> {
    let response = isolate.platform().send(request).await?;
    let retry_after = response.retry_after.and_then(|text| parse_retry_after(&text, isolate.now()));
    Ok(Response { status: response.status, retry_after, body: response.body })
}

impl Response {
    /// The body as JSON, if it is some.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        json::read(&self.body).ok()
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
