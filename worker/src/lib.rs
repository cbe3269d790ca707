//! The Worker at Cloudflare's edge: the ports, the Durable Object classes and the HTTP routes. The logic is
//! in `workbot-vault`, the rules are in `workbot-domain`.
//!
//! # Layers
//!
//! Each line depends only on lines above it.
//!
//! - `catalog`, `js_fetch`, `telemetry`, `key_rotation`: the catalog's file; `fetch` of the runtime; log and
//!   metrics; the hourly maintenance
//! - `config`, `platform`: the deployment's variables; the ports of a process
//! - `isolate`: the state of this process
//! - `durable_objects`, `http`: the Durable Object classes; the HTTP routes

mod catalog;
mod config;
mod durable_objects;
mod http;
mod isolate;
mod js_fetch;
mod key_rotation;
mod platform;
mod telemetry;

pub use durable_objects::{Vault, Workspace};

use worker::{Context, Env, Request, Response, Result, ScheduleContext, ScheduledEvent, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    http::serve(request, env, context).await
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    key_rotation::begin(&isolate::isolate(&env)).await;
}
