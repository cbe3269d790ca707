//! Freshdesk, an app without OAuth2: agents with API keys, and their tickets.

mod agent_api_keys;
mod html;
mod new_ticket;
mod rest;
mod seed;
mod ticket_pages;
mod ticket_records;

use axum::Router;
use axum::routing::{get, post};

pub use crate::store::freshdesk::{Agent, Draft, Store, Ticket};
pub use rest::person_behind;
pub use seed::{FIRST_KEY, SECOND_KEY};

use crate::Shared;

/// The API below `/freshdesk/api/v2`, and the pages.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/freshdesk/api/v2/agents/me", get(rest::me))
        .route("/freshdesk/api/v2/tickets", post(rest::create))
        .route("/freshdesk/api/v2/tickets/{id}", get(rest::read))
        .route("/freshdesk", get(ticket_pages::list))
        .route("/freshdesk/", get(ticket_pages::list))
        .route("/freshdesk/a/tickets/{id}", get(ticket_pages::show))
}
