//! Answers: errors in the fixed shape, pages, redirects, and the headers that all of them carry.

use workbot_domain::page::{Page, content_security_policy};
use workbot_domain::text::Words;
use workbot_shared::{ApiError, ErrorBody, ErrorCode};
use worker::{Headers, Response, Result};

use crate::clock::random;

/// The period of the rate limit in wrangler.toml, in seconds.
const RETRY_AFTER_SECONDS: u32 = 10;

/// A request that is answered with an error.
#[derive(Debug)]
pub struct Failure {
    code: ErrorCode,
    message: Option<String>,
    /// For the log only; never holds a secret.
    cause: Option<String>,
}

/// Finds the log line of an answer: eight hex digits in two groups, easy to read out.
pub fn correlation_id() -> String {
    let [a, b, c, d] = random();
    format!("{a:02x}{b:02x}-{c:02x}{d:02x}")
}

impl Failure {
    pub fn of(code: ErrorCode) -> Self {
        Self { code, message: None, cause: None }
    }

    /// With a sentence for whoever asked.
    pub fn saying(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: Some(message.into()), cause: None }
    }

    /// With a cause for the log.
    pub fn because(mut self, cause: impl ToString) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    fn status(&self) -> u16 {
        match self.code {
            ErrorCode::BadRequest | ErrorCode::Unsupported => 400,
            ErrorCode::Unauthorized => 401,
            ErrorCode::Forbidden => 403,
            ErrorCode::NotFound => 404,
            ErrorCode::MethodNotAllowed => 405,
            ErrorCode::Conflict => 409,
            ErrorCode::TooLarge => 413,
            ErrorCode::TooManyRequests => 429,
            ErrorCode::Internal => 500,
            ErrorCode::Misconfigured | ErrorCode::TemporarilyUnavailable => 503,
        }
    }

    pub fn log(&self, correlation_id: &str, path: &str) {
        let cause = self.cause.as_deref().unwrap_or_default();
        worker::console_log!(
            "{{\"event\":\"refused\",\"status\":{},\"path\":{path:?},\"cause\":{cause:?},\"id\":\"{correlation_id}\"}}",
            self.status()
        );
    }

    pub fn response(self, words: Words, correlation_id: &str) -> Result<Response> {
        let (status, code) = (self.status(), self.code);
        let message = self.message.unwrap_or_else(|| words.error(code).to_owned());
        let error = ErrorBody { code, message, correlation_id: correlation_id.to_owned() };
        let response = Response::from_json(&ApiError { error })?.with_status(status);
        if code == ErrorCode::TooManyRequests {
            response.headers().set("retry-after", &RETRY_AFTER_SECONDS.to_string())?;
        }
        Ok(response)
    }
}

/// The runtime failed us.
impl From<worker::Error> for Failure {
    fn from(error: worker::Error) -> Self {
        Self::of(ErrorCode::Internal).because(error)
    }
}

/// A page of ours.
pub fn page(words: Words, page: &Page) -> std::result::Result<Response, Failure> {
    let (status, html) =
        page.render(words.0).map_err(|error| Failure::of(ErrorCode::Internal).because(error))?;
    let response = Response::from_html(html)?.with_status(status);
    response.headers().set("content-security-policy", &content_security_policy())?;
    Ok(response)
}

/// 303: the browser goes there with GET, whatever brought it here (RFC 9110 section 15.4.4).
pub fn see_other(to: &str) -> std::result::Result<Response, Failure> {
    let headers = Headers::new();
    headers.set("location", to)?;
    Ok(Response::empty()?.with_status(303).with_headers(headers))
}

/// The headers that every answer of ours carries; what a handler set itself stays.
pub fn secured(response: Response) -> Result<Response> {
    let headers = Headers::new();
    for (name, value) in response.headers() {
        headers.append(&name, &value)?;
    }
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ] {
        if !headers.has(name)? {
            headers.set(name, value)?;
        }
    }
    Ok(response.with_headers(headers))
}
