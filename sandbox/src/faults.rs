//! Faults that a test injects: what, where, how many times.

mod presets;
mod reshape;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use http_body_util::channel::Channel;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Semaphore;

use self::presets::PRESETS;
use self::reshape::Reshape;
use crate::clock;
use crate::endpoint_groups::ENDPOINTS;

/// Marks a response that must not be sent: the connection is closed instead.
#[derive(Clone)]
pub struct Dropped;

/// A gate that held requests wait at. Once open it stays open.
#[derive(Clone, Debug)]
struct Gate(Arc<Semaphore>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }
}

/// One fault. With `status` or `drop` it replaces the response; otherwise the correct response is slow,
/// incomplete or of another shape.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Fault {
    /// The part that fails, e.g. `salesforce.token` (`endpoints::endpoint` names them all).
    #[serde(rename = "where")]
    pub place: String,
    /// Only requests with this text in path, query or body, encoded or not, or with this person's
    /// credentials: the username of the grant behind a token (a bearer, or `token` and `refresh_token` of a
    /// form or of the query), or the email address of the agent behind a Freshdesk key. The name must be
    /// complete; case is ignored.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub matching: Option<String>,
    /// Only requests with this method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only requests whose path ends with this text: `/v3/conversations` creates chats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The status of the error response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Its headers.
    pub headers: BTreeMap<String, String>,
    /// Its body: a text, or JSON.
    pub body: Value,
    /// The number of affected requests; absent: all, until the faults are removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Close the connection without a response.
    pub drop: bool,
    /// Do the work first, then wait and fail: the response is lost.
    pub after: bool,
    /// The delay in milliseconds: before the work, or with `after` after it.
    pub delay_ms: u64,
    /// Wait until the fault is removed: before the work, or with `after` after it. The worker waits 20 s for
    /// an app and 25 s for tokens.
    pub hold: bool,
    #[serde(skip)]
    gate: Gate,
    /// Repeat the body this number of times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat: Option<usize>,
    /// Send the body byte by byte, with this pause after each, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drip_ms: Option<u64>,
    /// Break the connection after this number of bytes of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_at: Option<usize>,
    /// Changes of the correct response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reshape: Option<Reshape>,
    /// A named fault of a real system, instead of `where`, `status`, `headers` and `body`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
}

/// The parts of a request that a fault compares.
pub struct FaultTarget<'a> {
    /// The endpoint group.
    pub place: &'a str,
    /// Its method.
    pub method: &'a str,
    /// Its path.
    pub path: &'a str,
    /// The text that `match` is searched in.
    pub texts: &'a [String],
    /// The person whose credentials it contains.
    pub person: Option<&'a str>,
}

/// The active faults, in the order of comparison.
#[derive(Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Adds a fault. The error describes an invalid fault.
    pub fn add(&mut self, mut fault: Fault) -> Result<(), String> {
        if let Some(name) = &fault.preset {
            let preset = PRESETS
                .iter()
                .find(|preset| preset.name == name)
                .ok_or_else(|| format!("there is no fault named {name}"))?;
            fault.place = preset.place.to_owned();
            fault.status = Some(preset.status);
            fault.body = Value::from(preset.body);
            for (name, value) in preset.headers {
                fault.headers.entry((*name).to_owned()).or_insert_with(|| (*value).to_owned());
            }
        }
        if !ENDPOINTS.contains(&fault.place.as_str()) {
            return Err(format!(
                "`where` is {:?} and has to be one of {}",
                fault.place,
                ENDPOINTS.join(", ")
            ));
        }
        let is_slow = fault.hold || fault.delay_ms > 0 || fault.drip_ms.is_some();
        let is_other = fault.cut_at.is_some() || fault.reshape.is_some();
        if fault.status.is_none() && !fault.drop && !is_slow && !is_other {
            return Err(
                "a fault needs `status`, `drop`, `hold`, `delay_ms`, `drip_ms`, `cut_at`, `reshape` or `preset`"
                    .to_owned(),
            );
        }
        self.0.push(fault);
        Ok(())
    }

    /// The first fault that matches the request; its count decreases by one.
    pub fn take(&mut self, request: &FaultTarget<'_>) -> Option<Fault> {
        let is_meant = |wanted: &String| {
            request.person.is_some_and(|person| person.eq_ignore_ascii_case(wanted))
                || request.texts.iter().any(|text| text.contains(wanted))
        };
        let index = self.0.iter().position(|fault| {
            fault.place == request.place
                && fault.times != Some(0)
                && fault.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(request.method))
                && fault.path.as_ref().is_none_or(|path| request.path.ends_with(path))
                && fault.matching.as_ref().is_none_or(is_meant)
        })?;
        let fault = self.0.get_mut(index)?;
        fault.times = fault.times.map(|times| times - 1);
        Some(fault.clone())
    }

    /// All faults, exhausted ones included (`times` 0).
    pub fn list(&self) -> &[Fault] {
        &self.0
    }

    /// Removes the faults with this `match`, or all, and returns their number. The requests that they hold go
    /// on.
    pub fn remove(&mut self, matching: Option<&str>) -> usize {
        let is_meant = |fault: &Fault| matching.is_none() || fault.matching.as_deref() == matching;
        let removed = self.0.extract_if(.., |fault| is_meant(fault));
        removed.inspect(|fault| fault.gate.0.close()).count()
    }
}

impl Fault {
    /// Waits for the delay, and for the removal if the fault holds its requests.
    pub async fn wait(&self) {
        clock::sleep(Duration::from_millis(self.delay_ms)).await;
        if self.hold {
            // The gate has no permits: this returns when it is closed.
            let _closed = self.gate.0.acquire().await;
        }
    }

    /// The error response, if the fault has one.
    pub fn response(&self) -> Option<Response<Body>> {
        if self.drop {
            let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
            response.extensions_mut().insert(Dropped);
            return Some(response);
        }
        let status = StatusCode::from_u16(self.status?).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = match &self.body {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let body = body.repeat(self.repeat.unwrap_or(1));
        let kind = match body.trim_start().chars().next() {
            Some('{' | '[') => "application/json",
            Some('<') => "text/html; charset=utf-8",
            _ => "text/plain; charset=utf-8",
        };
        let mut response = (status, [(header::CONTENT_TYPE, kind)], body).into_response();
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        Some(response)
    }

    /// The response on the wire: reshaped, at once or byte by byte, possibly incomplete.
    pub async fn sent(&self, response: Response<Body>) -> Response<Body> {
        let response = match &self.reshape {
            Some(reshape) => reshape.reshaped(response).await,
            None => response,
        };
        if self.drip_ms.is_none() && self.cut_at.is_none() {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
        // The reader can detect that the body is incomplete.
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
        let (mut sender, body) = Channel::<Bytes, io::Error>::new(1);
        let (drip, cut_at) = (self.drip_ms.map(Duration::from_millis), self.cut_at);
        tokio::spawn(async move {
            let first = whole.slice(..cut_at.unwrap_or(whole.len()).min(whole.len()));
            let size = if drip.is_some() { 1 } else { first.len().max(1) };
            for piece in first.chunks(size) {
                if sender.send_data(Bytes::copy_from_slice(piece)).await.is_err() {
                    return;
                }
                tokio::time::sleep(drip.unwrap_or_default()).await;
            }
            if cut_at.is_some() {
                sender.abort(io::Error::from(io::ErrorKind::ConnectionAborted));
            }
        });
        Response::from_parts(parts, Body::new(body))
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    async fn sent(fault: &Fault) -> Result<Bytes, axum::Error> {
        let response = Response::new(Body::from("an answer"));
        to_bytes(fault.sent(response).await.into_body(), usize::MAX).await
    }

    #[tokio::test]
    async fn an_answer_in_drips_comes_whole() {
        let drip = Fault { drip_ms: Some(1), ..Fault::default() };
        assert_eq!(sent(&drip).await.unwrap(), "an answer");
    }

    #[tokio::test]
    async fn a_held_request_waits_until_its_fault_is_removed() {
        let mut faults = Faults::default();
        let fault = Fault {
            place: "box.rest".to_owned(),
            matching: Some("ada".to_owned()),
            hold: true,
            ..Fault::default()
        };
        faults.add(fault).unwrap();
        let texts = ["/ada".to_owned()];
        let request =
            FaultTarget { place: "box.rest", method: "GET", path: "/", texts: &texts, person: None };
        let held = faults.take(&request).unwrap();
        let is_held = || async { timeout(Duration::ZERO, held.wait()).await.is_err() };
        assert!(is_held().await);
        faults.remove(Some("ben"));
        assert!(is_held().await);
        faults.remove(Some("ada"));
        assert!(!is_held().await);
    }

    #[tokio::test]
    async fn an_answer_that_is_cut_breaks_off() {
        let cut = Fault { cut_at: Some(3), ..Fault::default() };
        assert!(sent(&cut).await.is_err());
    }
}
