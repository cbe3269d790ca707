//! Responses: errors in the documented shape, HTML pages, redirects, and the security headers of all of them.

use std::error::Error;
use workbot_domain::event::{Cause, CorrelationId, Event};
use workbot_domain::login_page::LoginPage;
use workbot_domain::present::login_page::content_security_policy;
use workbot_domain::present::text::Texts;
use workbot_domain::route::Route;
use workbot_shared::{ApiError, ErrorBody, ErrorCode};
use worker::{Headers, Response, Result};

/// The periods of the rate limits in wrangler.toml, in seconds: for `Retry-After`.
const API_PERIOD: &str = "10";
const LOGIN_PERIOD: &str = "60";

/// A request that failed: the code decides the HTTP status.
#[derive(Debug)]
pub struct RequestError {
    code: ErrorCode,
    message: Option<String>,
    /// The cause, for the log only.
    cause: Option<Cause>,
}

impl RequestError {
    /// An error with the default message of its code.
    pub fn of(code: ErrorCode) -> Self {
        Self { code, message: None, cause: None }
    }

    /// An error with a message for the person.
    pub fn with_message(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: Some(message.into()), cause: None }
    }

    /// Adds the cause for the log.
    pub fn with_cause(mut self, cause: impl Error) -> Self {
        self.cause = Some(Cause::of(&cause));
        self
    }

    /// Adds a fixed cause for the log, which quotes no input.
    pub fn missing(mut self, what: &'static str) -> Self {
        self.cause = Some(Cause::named(what));
        self
    }

    /// The error code.
    pub fn code(&self) -> ErrorCode {
        self.code
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
            ErrorCode::HeaderTooLarge => 431,
            ErrorCode::Internal => 500,
            ErrorCode::Misconfigured | ErrorCode::TemporarilyUnavailable => 503,
        }
    }

    /// The log event of this error.
    pub fn event(&self, path: Route) -> Event {
        Event::Refused { status: self.status(), code: self.code, path, cause: self.cause.clone() }
    }

    /// The error response: `{"error":{"code","message","correlation_id"}}`, with `Retry-After` for 429.
    pub fn response(self, words: Texts, id: &CorrelationId) -> Result<Response> {
        let (status, code) = (self.status(), self.code);
        let message = self.message.unwrap_or_else(|| words.error(code));
        let error = ErrorBody { code, message, correlation_id: id.as_str().to_owned() };
        let response = Response::from_json(&ApiError { error })?.with_status(status);
        if code == ErrorCode::TooManyRequests {
            response.headers().set("retry-after", API_PERIOD)?;
        }
        Ok(response)
    }
}

/// An error of the runtime is 500.
impl From<worker::Error> for RequestError {
    fn from(error: worker::Error) -> Self {
        Self::of(ErrorCode::Internal).with_cause(error)
    }
}

/// An HTML page, with its own content security policy.
pub fn page(words: Texts, page: &LoginPage) -> std::result::Result<Response, RequestError> {
    let (status, html) =
        page.render(words.0).map_err(|error| RequestError::of(ErrorCode::Internal).with_cause(error))?;
    let response = Response::from_html(html)?.with_status(status);
    response.headers().set("content-security-policy", &content_security_policy())?;
    if *page == LoginPage::TooMany {
        response.headers().set("retry-after", LOGIN_PERIOD)?;
    }
    Ok(response)
}

/// 303 See Other: the browser continues with GET (RFC 9110 section 15.4.4).
pub fn see_other(to: &str) -> Result<Response> {
    let headers = Headers::new();
    headers.set("location", to)?;
    Ok(Response::empty()?.with_status(303).with_headers(headers))
}

/// Adds the security headers of all responses. A header that a handler has set stays.
pub fn secured(response: Response) -> Result<Response> {
    let headers = response.headers();
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
    Ok(response)
}
