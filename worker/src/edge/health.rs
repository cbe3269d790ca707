//! `GET /healthz`: whether this deployment is set up, and if not, what to do. Shows no value.

use serde_json::json;
use workbot_domain::event::Event;
use worker::{Env, Response};

use super::answer::Failure;
use crate::configuration::configuration;
use crate::report;

pub fn show(env: &Env) -> Result<Response, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    match configuration(env) {
        Ok(_) => Ok(Response::from_json(&json!({ "status": "ok", "version": version }))?),
        Err(problems) => {
            let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
            let body = json!({ "status": "misconfigured", "version": version, "problems": &problems });
            report::alone(&Event::Misconfigured { problems });
            Ok(Response::from_json(&body)?.with_status(503))
        }
    }
}
