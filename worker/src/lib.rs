//! The edge worker: what only the runtime can do. All that happens is in `workbot-vault`, all that is decided in
//! `workbot-domain`.
//!
//! # Layers
//!
//! From below to above: each line knows only lines before it.
//!
//! - `catalog`, `js_fetch`, `telemetry`, `key_rotation`: the file beside the module; requests of the runtime; the log and
//!   the metrics; what is done every hour
//! - `config`, `platform`: the variables; the ports of a process
//! - `isolate`: this process
//! - `durable_objects`, `http`: the Durable Objects; the HTTP surface

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
