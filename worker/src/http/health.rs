//! `GET /healthz`: whether the deployment is configured, and if not, what to fix. Shows no value of a
//! variable.

use workbot_domain::health::health;
use workbot_vault::Isolate;

use super::response::{RequestError, Response};

/// 200 with the version, or 503 with the problems.
pub fn show(isolate: &Isolate) -> Result<Response, RequestError> {
    let (status, body) = health(env!("CARGO_PKG_VERSION"), isolate.checked_configuration());
    Ok(Response::json(&body)?.with_status(status))
}
