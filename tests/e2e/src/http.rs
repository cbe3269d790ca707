//! HTTP requests and their responses.

use serde_json::Value;
use std::time::Duration;
use ureq::Agent;
use ureq::http;
use workbot_shared::Receipt;

/// Gets a path of the worker with these headers.
pub fn get(path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = agent().get(format!("{}{path}", crate::worker()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Response::read(request.call().expect("the worker"))
}

/// An HTTP client that follows no redirect, keeps no cookie and treats every status as a response.
pub fn agent() -> Agent {
    Agent::config_builder()
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(40)))
        .build()
        .into()
}

/// A response, read to its end.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Response {
    pub fn read(mut response: http::Response<ureq::Body>) -> Self {
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        let status = response.status().as_u16();
        Self { status, headers, body: response.body_mut().read_to_string().unwrap_or_default() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The receipt of a disconnect or a deletion.
    pub fn receipt(&self) -> Receipt {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|_| panic!("no receipt: {} {}", self.status, self.body))
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.body))
    }
}
