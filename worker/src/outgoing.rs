//! Requests to others: always with a deadline, never following a redirect, answers of bounded size.

use futures_util::StreamExt;
use js_sys::Uint8Array;
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use web_sys::{AbortController, RequestInit, RequestRedirect, Response};
use workbot_domain::json;
use workbot_domain::outage::stated;
use worker::{Headers, Method};

use crate::clock::{now, within};
use crate::fetching::{Fetcher, whole};

/// How long an app, Entra or the connector may take.
pub const LIMIT: Duration = Duration::from_secs(20);

/// Larger answers than this are not read on.
const MAX_ANSWER: usize = 1024 * 1024;

/// A request to someone else.
pub struct Outgoing {
    pub method: Method,
    pub url: String,
    pub headers: Vec<(String, String)>,
    /// The header that says who asks, with its value.
    pub secret: Option<(String, SecretString)>,
    pub body: Option<Vec<u8>>,
    pub limit: Duration,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: Headers,
    pub body: Vec<u8>,
}

/// No answer came. Whether the request was carried out is not known.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    #[error("no answer in time")]
    TimedOut,
    #[error("the connection failed")]
    Failed,
}

impl From<worker::Error> for Unanswered {
    /// Errors of the runtime may quote addresses; ours never do.
    fn from(_: worker::Error) -> Self {
        Self::Failed
    }
}

impl Outgoing {
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), secret: None, body: None, limit: LIMIT }
    }

    pub fn json(mut self, body: &serde_json::Value) -> Self {
        self.headers.push(("content-type".to_owned(), "application/json".to_owned()));
        self.body = Some(body.to_string().into_bytes());
        self
    }

    pub fn bearer(self, token: &SecretString) -> Self {
        self.secret("authorization", format!("Bearer {}", token.expose_secret()).into())
    }

    pub fn secret(mut self, header: impl Into<String>, value: SecretString) -> Self {
        self.secret = Some((header.into(), value));
        self
    }

    /// Sends it and reads the whole answer.
    pub async fn send(self) -> Result<Answer, Unanswered> {
        let limit = self.limit;
        let abort = AbortController::new().map_err(worker::Error::from)?;
        let exchange = async {
            let init = self.init()?;
            init.set_signal(Some(&abort.signal()));
            let response = Fetcher::internet().answer(&self.url, &init).await?;
            let (status, headers) = (response.status(), Headers(response.headers()));
            let body = read(response, &headers).await?;
            Ok(Answer { status, headers, body })
        };
        within(limit, exchange).await.unwrap_or_else(|| {
            abort.abort();
            Err(Unanswered::TimedOut)
        })
    }

    fn init(&self) -> Result<RequestInit, worker::Error> {
        let headers = Headers::new();
        for (name, value) in &self.headers {
            headers.set(name, value)?;
        }
        if let Some((name, value)) = &self.secret {
            headers.set(name, value.expose_secret())?;
        }
        if !headers.has("accept")? {
            headers.set("accept", "application/json")?;
        }
        let init = RequestInit::new();
        init.set_method(self.method.as_ref());
        init.set_headers(&headers.0);
        init.set_redirect(RequestRedirect::Manual);
        if let Some(body) = &self.body {
            init.set_body(&Uint8Array::from(body.as_slice()));
        }
        Ok(init)
    }
}

/// The whole body. One whose length is stated comes in one piece, which costs a fraction of reading a stream.
async fn read(response: Response, headers: &Headers) -> Result<Vec<u8>, Unanswered> {
    let stated = headers.get("content-length")?;
    match stated.and_then(|length| length.parse::<usize>().ok()) {
        Some(length) if length > MAX_ANSWER => return Err(Unanswered::Failed),
        // What is encoded is longer than it says.
        Some(_) if !headers.has("content-encoding")? => return Ok(whole(&response).await?),
        _ => {}
    }
    let mut response = worker::Response::from(response);
    let mut body = Vec::new();
    if let Ok(mut chunks) = response.stream() {
        while let Some(chunk) = chunks.next().await {
            body.extend(chunk?);
            if body.len() > MAX_ANSWER {
                return Err(Unanswered::Failed);
            }
        }
    }
    Ok(body)
}

impl Answer {
    /// The body as JSON, if it is some.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        json::read(&self.body).ok()
    }

    /// The pause that the other side asks for.
    pub fn retry_after(&self) -> Option<Duration> {
        stated(&self.headers.get("retry-after").ok().flatten()?, now())
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
