//! The Worker at Cloudflare's edge: the ports, the Durable Object classes and the HTTP routes. The logic is
//! in `workbot-vault`, the rules are in `workbot-domain`.
//!
//! # Layers
//!
//! Each line depends only on lines above it.
//!
//! - `ports_js`: the functions of `worker/js/ports.js`
//! - `catalog`, `telemetry`, `key_rotation`: the catalog's file; log and metrics; the hourly maintenance
//! - `config`, `platform`: the deployment's variables; the ports of a process
//! - `isolate`: the state of this process
//! - `durable_object_storage`: the ports of one Durable Object
//! - `durable_object_classes`, `http`: the Durable Object classes; the HTTP routes

mod catalog;
mod config;
mod durable_object_classes;
mod durable_object_storage;
mod http;
mod isolate;
mod key_rotation;
mod platform;
mod ports_js;
mod telemetry;

pub use durable_object_classes::{Vault, Workspace};

use wasm_bindgen::JsCast;
use worker::web_sys::{Request, Response};
use worker::{Context, Env, ScheduleContext, ScheduledEvent, event};

/// Handles an HTTP request.
#[event(fetch)]
async fn fetch(request: Request, _env: Env, _context: Context) -> worker::Result<Response> {
    Ok(http::serve(request.into()).await.unchecked_into())
}

/// Handles the hourly trigger.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, _env: Env, _context: ScheduleContext) {
    key_rotation::begin(&isolate::isolate()).await;
}
