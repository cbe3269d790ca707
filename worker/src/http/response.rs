//! Responses: errors in the documented shape, HTML pages, redirects, and the security headers of all of them.

use futures_util::{Stream, StreamExt};
use js_sys::Uint8Array;
use serde::Serialize;
use std::cell::RefCell;
use std::error::Error;
use std::future::poll_fn;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::future_to_promise;
use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::log_event::{Cause, Event};
use workbot_domain::login_page::LoginPage;
use workbot_domain::present::login_page::content_security_policy;
use workbot_domain::present::text::Texts;
use workbot_domain::route::Route;
use workbot_shared::{ApiError, ErrorBody, ErrorCode};

use crate::ports_js::{respond, stream};

/// The periods of the rate limits in wrangler.toml, in seconds: for `Retry-After`.
const API_PERIOD: &str = "10";
/// That of login steps and of token requests.
pub const LOGIN_PERIOD: &str = "60";

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

    /// The message for the person.
    pub fn message(&self, words: Texts) -> String {
        self.message.clone().unwrap_or_else(|| words.error(self.code))
    }

    /// The error response: `{"error":{"code","message","correlation_id"}}`, with the headers of its status.
    pub fn response(&self, route: Route, words: Texts, id: &CorrelationId) -> Response {
        let (code, message) = (self.code, self.message(words));
        let error = ErrorBody { code, message, correlation_id: id.as_str().to_owned() };
        self.response_with(&ApiError { error }, route)
    }

    /// The error response as a page, if the failure is ours (5xx).
    pub fn page(&self, route: Route, words: Texts, id: &CorrelationId) -> Response {
        let (message, correlation_id) = (Some(self.message(words)), id.as_str().to_owned());
        let shown = || page(words, &LoginPage::OurFault { message, correlation_id });
        match (self.status() >= 500).then(shown) {
            Some(Ok(response)) => response.with_status(self.status()),
            _ => self.response(route, words, id),
        }
    }

    /// The error response with another body of JSON. 401 names the scheme, 405 the methods of the route
    /// (RFC 9110 sections 15.5.2 and 15.5.6), 429 the time to wait.
    pub fn response_with(&self, body: &impl Serialize, route: Route) -> Response {
        let response = Response::json(body).unwrap_or_else(|_| Response::empty());
        let response = response.with_status(self.status());
        match self.code {
            ErrorCode::Unauthorized => response.with("www-authenticate", "Bearer"),
            ErrorCode::MethodNotAllowed => response.with("allow", route.methods()),
            ErrorCode::TooManyRequests => response.with("retry-after", API_PERIOD),
            _ => response,
        }
    }
}

/// A response. It gets the security headers of all responses, unless it states others.
pub struct Response {
    status: u16,
    content: Content,
    headers: Vec<String>,
}

enum Content {
    Empty,
    Json(Vec<u8>),
    Html(String),
    /// A `ReadableStream`.
    Stream(JsValue),
    /// The whole response of the runtime.
    Made(JsValue),
}

impl Response {
    fn of(content: Content) -> Self {
        Self { status: 200, content, headers: Vec::new() }
    }

    /// 200 without a body.
    pub fn empty() -> Self {
        Self::of(Content::Empty)
    }

    /// 200 with JSON.
    ///
    /// # Errors
    /// 500 if the value cannot be serialized.
    pub fn json(value: &impl Serialize) -> Result<Self, RequestError> {
        let body = serde_json::to_vec(value);
        body.map(|body| Self::of(Content::Json(body)))
            .map_err(|error| RequestError::of(ErrorCode::Internal).with_cause(error))
    }

    /// 200 with a body that is read while it is sent. An error aborts the response.
    pub fn streamed<E: Error + 'static>(chunks: impl Stream<Item = Result<String, E>> + 'static) -> Self {
        let chunks = Rc::new(RefCell::new(chunks.boxed_local()));
        let next = Closure::<dyn FnMut() -> js_sys::Promise>::new(move || {
            let chunks = Rc::clone(&chunks);
            future_to_promise(async move {
                let chunk = poll_fn(|context| chunks.borrow_mut().poll_next_unpin(context)).await;
                match chunk {
                    None => Ok(JsValue::UNDEFINED),
                    Some(Ok(text)) => Ok(Uint8Array::from(text.as_bytes()).into()),
                    Some(Err(error)) => Err(js_sys::Error::new(&error.to_string()).into()),
                }
            })
        });
        Self::of(Content::Stream(stream(next.into_js_value())))
    }

    /// A response that the runtime has made, with all of its headers.
    pub fn made(response: JsValue) -> Self {
        Self::of(Content::Made(response))
    }

    /// Sets the status.
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Sets a header.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.extend([name.to_owned(), value.into()]);
        self
    }

    /// Sets headers, by names and values.
    pub fn with_all(self, headers: &[(&str, &str)]) -> Self {
        headers.iter().fold(self, |response, (name, value)| response.with(name, *value))
    }

    /// The response of the runtime.
    pub fn into_js(self) -> JsValue {
        let typed = |headers: &mut Vec<String>, media: &str| {
            headers.extend(["content-type".to_owned(), media.to_owned()]);
        };
        let mut headers = self.headers;
        let content = match self.content {
            Content::Made(response) => return response,
            Content::Empty => JsValue::UNDEFINED,
            Content::Json(bytes) => {
                // JSON without further headers is the usual response, whose headers are made once.
                if !headers.is_empty() {
                    typed(&mut headers, "application/json");
                }
                Uint8Array::from(bytes.as_slice()).into()
            }
            Content::Html(html) => {
                typed(&mut headers, "text/html; charset=utf-8");
                JsValue::from_str(&html)
            }
            Content::Stream(stream) => stream,
        };
        respond(self.status, content, headers)
    }
}

/// An HTML page, with its own content security policy.
pub fn page(words: Texts, page: &LoginPage) -> Result<Response, RequestError> {
    let (status, html) =
        page.render(words.0).map_err(|error| RequestError::of(ErrorCode::Internal).with_cause(error))?;
    let response = Response::of(Content::Html(html))
        .with_status(status)
        .with("content-security-policy", content_security_policy());
    Ok(if *page == LoginPage::TooMany { response.with("retry-after", LOGIN_PERIOD) } else { response })
}

/// An HTML page with its status, and its content security policy.
pub fn html((status, html): (u16, String), policy: String) -> Response {
    Response::of(Content::Html(html)).with_status(status).with("content-security-policy", policy)
}

/// 303 See Other: the browser continues with GET (RFC 9110 section 15.4.4).
pub fn see_other(to: impl Into<String>) -> Response {
    Response::empty().with_status(303).with("location", to)
}
