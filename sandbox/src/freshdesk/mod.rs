//! Freshdesk, an app without OAuth2: agents with API keys, and the tickets that they create.

mod agents;
mod draft;
mod html;
mod pages;
mod rest;
mod tickets;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};

pub use agents::Agent;
pub use tickets::Ticket;

use self::agents::Key;
use crate::Shared;

/// The API key that is always there; its agent is `support@contoso.com`.
pub const FIRST_KEY: &str = "freshdesk-local-key";
/// Another agent's key; its agent is `helpdesk@contoso.com`.
pub const SECOND_KEY: &str = "freshdesk-second-key";

/// Everything Freshdesk keeps.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Store {
    agents: Vec<Agent>,
    keys: Vec<Key>,
    /// Oldest first; their ids rise by one.
    pub tickets: Vec<Ticket>,
    contacts: u64,
}

impl Store {
    /// The agents that are always there. A key that was revoked stays so.
    pub fn seed(&mut self) {
        for (key, email, name) in [
            (FIRST_KEY, "support@contoso.com", "Support Desk"),
            (SECOND_KEY, "helpdesk@contoso.com", "Help Desk"),
        ] {
            if !self.knows_key(key) {
                self.put_key(key, email, name);
            }
        }
    }

    /// The ids of agents and requesters, who are all contacts.
    fn fresh_contact_id(&mut self) -> u64 {
        self.contacts += 1;
        43_000_000_000 + self.contacts
    }
}

/// Whose key the headers carry, whether it still opens anything or not.
pub fn behind(store: &Store, headers: &HeaderMap) -> Option<String> {
    Some(store.owner_of_key(&rest::key(headers)?)?.email.clone())
}

/// The API below `/freshdesk/api/v2`, and the pages.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/freshdesk/api/v2/agents/me", get(rest::me))
        .route("/freshdesk/api/v2/tickets", post(rest::create))
        .route("/freshdesk/api/v2/tickets/{id}", get(rest::read))
        .route("/freshdesk", get(pages::list))
        .route("/freshdesk/", get(pages::list))
        .route("/freshdesk/a/tickets/{id}", get(pages::show))
}
