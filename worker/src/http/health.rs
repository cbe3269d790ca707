//! `GET /healthz`: whether the deployment is configured, and if not, what to fix. Shows no value of a
//! variable.

use std::rc::Rc;
use workbot_domain::health::health;
use workbot_vault::Isolate;

use super::response::{RequestError, Response};
use crate::config::config;

/// 200 with the version, or 503 with the problems.
pub fn show(isolate: &Isolate) -> Result<Response, RequestError> {
    let config = isolate.configuration().map_or_else(config, |config| Ok(Rc::clone(config)));
    let config = config.as_ref().map(AsRef::as_ref).map_err(Vec::as_slice);
    let (status, body) = health(env!("CARGO_PKG_VERSION"), config);
    Ok(Response::json(&body)?.with_status(status))
}
