//! The running system, seen from outside: what tests need to drive it. Only HTTP, and the types of `shared`.

mod browser;
mod chat;
mod company;
mod faults;
mod runtime;
mod sandbox;

pub use browser::{Browser, Page};
pub use chat::{Chat, TENANT, Turn, login_link, login_links, text_of};
pub use company::Company;
pub use faults::{FAULTS, Kind, all_faults};
pub use runtime::{kill, start};
pub use sandbox::Sandbox;

use serde_json::Value;
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::http::Response;

/// What `cargo xtask test` says of the system under test.
pub fn setting(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: run `cargo xtask test http`"))
}

/// The worker's origin.
pub fn worker() -> String {
    setting("WORKBOT_PUBLIC_URL")
}

/// The worker's log so far.
pub fn worker_log() -> String {
    std::fs::read_to_string(setting("WORKBOT_WORKER_LOG")).expect("the worker's log")
}

/// What the worker said last.
fn log_end() -> String {
    let log = worker_log();
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

/// An HTTP client that follows nothing, keeps nothing and takes every status as an answer.
pub fn agent() -> Agent {
    Agent::config_builder()
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(40)))
        .build()
        .into()
}

/// An answer, read.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn read(mut response: Response<ureq::Body>) -> Self {
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

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.body))
    }
}

/// Waits until something is there; the wait ends as soon as it is. So long that a job can be begun by a worker that is
/// killed, left alone until its claim ends, and be done by the next.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(240);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "never came: {what}\nThe worker's log ends with:\n{}", log_end());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A name that no other test uses, and that no other one begins with.
pub fn unique(prefix: &str) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{prefix}{}-{:04}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
