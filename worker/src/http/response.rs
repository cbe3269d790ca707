//! Answers: errors in the fixed shape, pages, redirects, and the headers that all of them carry.

use std::error::Error;
use workbot_domain::event::{Cause, CorrelationId, Event};
use workbot_domain::login_page::LoginPage;
use workbot_domain::present::login_page::content_security_policy;
use workbot_domain::present::text::Words;
use workbot_domain::route::Route;
use workbot_shared::{ApiError, ErrorBody, ErrorCode};
use worker::{Headers, Response, Result};

/// The periods of the rate limits in wrangler.toml, in seconds: of the API, and of logins.
const API_PERIOD: &str = "10";
const LOGIN_PERIOD: &str = "60";

/// A request that is answered with an error.
#[derive(Debug)]
pub struct RequestError {
    code: ErrorCode,
    message: Option<String>,
    /// For the log only.
    cause: Option<Cause>,
}

impl RequestError {
    pub fn of(code: ErrorCode) -> Self {
        Self { code, message: None, cause: None }
    }

    /// With a sentence for whoever asked.
    pub fn with_message(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: Some(message.into()), cause: None }
    }

    /// With a cause for the log.
    pub fn with_cause(mut self, cause: impl Error) -> Self {
        self.cause = Some(Cause::of(&cause));
        self
    }

    /// With a cause for the log that quotes nothing.
    pub fn missing(mut self, what: &'static str) -> Self {
        self.cause = Some(Cause::named(what));
        self
    }

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

    /// What the log says of it.
    pub fn event(&self, path: Route) -> Event {
        Event::Refused { status: self.status(), code: self.code, path, cause: self.cause.clone() }
    }

    pub fn response(self, words: Words, id: &CorrelationId) -> Result<Response> {
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

/// The runtime failed us.
impl From<worker::Error> for RequestError {
    fn from(error: worker::Error) -> Self {
        Self::of(ErrorCode::Internal).with_cause(error)
    }
}

/// A page of ours.
pub fn page(words: Words, page: &LoginPage) -> std::result::Result<Response, RequestError> {
    let (status, html) =
        page.render(words.0).map_err(|error| RequestError::of(ErrorCode::Internal).with_cause(error))?;
    let response = Response::from_html(html)?.with_status(status);
    response.headers().set("content-security-policy", &content_security_policy())?;
    if *page == LoginPage::TooMany {
        response.headers().set("retry-after", LOGIN_PERIOD)?;
    }
    Ok(response)
}

/// 303: the browser goes there with GET, whatever brought it here (RFC 9110 section 15.4.4).
pub fn see_other(to: &str) -> Result<Response> {
    let headers = Headers::new();
    headers.set("location", to)?;
    Ok(Response::empty()?.with_status(303).with_headers(headers))
}

/// The headers that every answer of ours carries; what a handler set itself stays.
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
