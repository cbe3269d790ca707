//! HTTP requests through the pinned Node.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::form_urlencoded;

const PROBE: &str = include_str!("http_client.mjs");

/// A request: GET, or POST with a body. The probe receives it on its standard input, which no other process
/// can read.
#[derive(Clone, Serialize)]
pub struct Question {
    url: String,
    body: Option<String>,
    headers: BTreeMap<&'static str, String>,
}

impl Question {
    /// A GET request.
    pub fn get(url: impl Into<String>) -> Self {
        Self { url: url.into(), body: None, headers: BTreeMap::new() }
    }

    /// A POST request with a form.
    pub fn form(url: impl Into<String>, fields: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::post(url, body, "application/x-www-form-urlencoded")
    }

    /// A POST request with the fields as JSON.
    pub fn json(url: impl Into<String>, fields: &[(&str, &str)]) -> Self {
        let object: serde_json::Map<_, _> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
        Self::post(url, Value::Object(object).to_string(), "application/json")
    }

    /// A POST request with a JSON body.
    pub fn json_body(url: impl Into<String>, body: String) -> Self {
        Self::post(url, body, "application/json")
    }

    fn post(url: impl Into<String>, body: String, kind: &str) -> Self {
        let headers = [("content-type", kind.to_owned()), ("accept", "application/json".to_owned())];
        Self { url: url.into(), body: Some(body), headers: headers.into() }
    }

    /// Adds a header.
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.insert(name, value);
        self
    }
}

/// The result of a request.
#[derive(Debug, Default, Clone, Deserialize)]
pub struct Answer {
    /// The HTTP status, if a response came.
    pub status: Option<u16>,
    /// The response body.
    pub body: String,
    /// The lead of this machine's clock over the server's, in seconds.
    pub ahead_seconds: Option<i64>,
    /// Why no response came.
    pub error: Option<String>,
}

impl Answer {
    /// A string in the JSON response; empty if absent.
    pub fn field(&self, name: &str) -> String {
        let json: Value = serde_json::from_str(&self.body).unwrap_or_default();
        json.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// A list of strings in the JSON response.
    pub fn listed(&self, name: &str) -> Vec<String> {
        let json: Value = serde_json::from_str(&self.body).unwrap_or_default();
        json.get(name).cloned().and_then(|list| serde_json::from_value(list).ok()).unwrap_or_default()
    }

    /// A short description.
    pub fn in_short(&self) -> String {
        match (self.status, &self.error) {
            (Some(status), _) => format!("status {status}"),
            (None, Some(error)) => format!("no response: {error}"),
            (None, None) => "no response".to_owned(),
        }
    }
}

/// Sends all requests in parallel.
///
/// # Errors
/// If the pinned Node cannot be started.
pub fn ask(questions: &[Question]) -> Result<Vec<Answer>> {
    let mut node = Command::new("node")
        .args(["--use-system-ca", "--input-type=module", "--eval", PROBE])
        .env("NODE_USE_ENV_PROXY", "1")
        .env("NODE_NO_WARNINGS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("node could not be started: run this by `cargo xtask`")?;
    if let Some(mut input) = node.stdin.take() {
        input.write_all(&serde_json::to_vec(questions)?)?;
    }
    let output = node.wait_with_output()?;
    ensure!(output.status.success(), "the probe failed ({})", output.status);
    let responses: Vec<Answer> =
        serde_json::from_slice(&output.stdout).context("the probe's output is not JSON")?;
    ensure!(responses.len() == questions.len(), "the probe's output is incomplete");
    Ok(responses)
}
