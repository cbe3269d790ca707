//! One local server that stands in for the outside world of Workbot: Bot Framework, Entra, the Teams connector,
//! Salesforce, ServiceNow, Box and Freshdesk, with the faults that the real ones have. Everything it knows is invented.
//!
//! A simulated world calls the [`router`] of a [`Sandbox::in_memory`] in its own process, without a socket, a file or a
//! runtime; it sets the time ([`clock::set`]) and the seed of all names ([`session::seed`]) of its thread.

pub mod botframework;
pub mod box_com;
pub mod clock;
pub mod connector;
pub mod control;
pub mod entra;
pub mod faults;
pub mod freshdesk;
pub mod gate;
pub mod keys;
pub mod multipart;
pub mod oauth;
pub mod outbound;
pub mod pages;
pub mod persons;
pub mod pkce;
pub mod relay;
pub mod salesforce;
pub mod server;
pub mod servicenow;
pub mod session;
pub mod settings;
pub mod state;
pub mod teams_host;
pub mod token;

use axum::{Router, middleware};

pub use server::{Running, start};
pub use settings::Settings;
pub use state::{Sandbox, Shared};

/// Everything that the sandbox answers, faults and request log included.
pub fn router(sandbox: Shared) -> Router {
    Router::new()
        .merge(pages::routes())
        .merge(botframework::routes())
        .merge(connector::routes())
        .merge(relay::routes())
        .merge(entra::routes())
        .merge(salesforce::routes())
        .merge(servicenow::routes())
        .merge(box_com::routes())
        .merge(freshdesk::routes())
        .merge(control::routes())
        .layer(middleware::from_fn_with_state(sandbox.clone(), gate::pass))
        .with_state(sandbox)
        .merge(teams_host::router())
}
