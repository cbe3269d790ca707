//! `GET /healthz`: whether this deployment is set up, and if not, what to do. Shows no value.

use workbot_domain::event::Event;
use workbot_domain::health::health;
use worker::{Env, Response};

use super::answer::Failure;
use crate::configuration::configuration;
use crate::report;

pub fn show(env: &Env) -> Result<Response, Failure> {
    let config = configuration(env);
    let config = config.as_ref().map(AsRef::as_ref).map_err(Vec::as_slice);
    let (status, body) = health(env!("CARGO_PKG_VERSION"), config);
    if let Err(problems) = config {
        report::alone(&Event::misconfigured(problems));
    }
    Ok(Response::from_json(&body)?.with_status(status))
}
