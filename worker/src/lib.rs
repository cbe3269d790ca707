//! The edge worker: what only the runtime can do. All that happens is in `workbot-vault`, all that is decided in
//! `workbot-domain`.
//!
//! Each line knows only those above it:
//!
//! * `js_fetch` requests of the runtime; `telemetry` the log and the metrics; `catalogue` the file beside the module
//! * `platform` and `object` the ports; `config` the variables; `isolate` this process
//! * `edge` the HTTP surface; `key_rotation` what is done every hour

mod catalogue;
mod config;
mod edge;
mod isolate;
mod js_fetch;
mod key_rotation;
mod object;
mod platform;
mod telemetry;

pub use object::{Vault, Workspace};

use worker::{Context, Env, Request, Response, Result, ScheduleContext, ScheduledEvent, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    edge::serve(request, env, context).await
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    key_rotation::begin(&isolate::isolate(&env)).await;
}
