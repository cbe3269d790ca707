//! The edge worker: what `domain` decides is done here.
//!
//! `edge` answers HTTP; `vault` and `workspace` are the Durable Objects; the other modules are adapters, one per outside
//! party.

mod app_client;
mod catalogue;
mod clock;
mod configuration;
mod connector;
mod edge;
mod entra;
mod fetching;
mod issuer;
mod oauth_client;
mod object;
mod outgoing;
mod report;
mod rotation;
mod sql;
mod vault;
mod workspace;

pub use vault::Vault;
pub use workspace::Workspace;

use worker::{Context, Env, Request, Response, Result, ScheduleContext, ScheduledEvent, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    edge::serve(request, env, context).await
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    report::count_in(&env);
    rotation::begin(&env).await;
}
