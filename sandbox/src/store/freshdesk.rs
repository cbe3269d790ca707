//! The data of Freshdesk.

use serde::{Deserialize, Serialize};

/// The data of Freshdesk.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Store {
    pub(crate) agents: Vec<Agent>,
    pub(crate) keys: Vec<Key>,
    /// Oldest first; their ids rise by one.
    pub tickets: Vec<Ticket>,
    pub(crate) contacts: u64,
}

/// An agent.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Agent {
    /// The agent's id, which is a contact's.
    pub id: u64,
    /// The login name.
    pub email: String,
    /// The display name.
    pub name: String,
    /// When created, in ms.
    pub created: u64,
}

/// An API key. A revoked one stays stored, so that seeding does not restore it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Key {
    pub(crate) key: String,
    pub(crate) agent: u64,
    pub(crate) revoked: bool,
}

/// One ticket.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Ticket {
    /// From 1 upward.
    pub id: u64,
    /// The fields from the request.
    #[serde(flatten)]
    pub draft: Draft,
    /// The contact with the requester's email address.
    pub requester_id: u64,
    /// The email address of the agent whose key created it.
    pub created_by: String,
    /// When it was created, in ms.
    pub created: u64,
}

/// The fields of a new ticket.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Draft {
    /// One line.
    pub subject: String,
    /// HTML, as it was given.
    pub description: String,
    /// The requester's address.
    pub email: String,
    /// 2 open, 3 pending, 4 resolved, 5 closed.
    pub status: u64,
    /// 1 low to 4 urgent.
    pub priority: u64,
    /// The source.
    pub source: u64,
    /// The type.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The tags.
    pub tags: Vec<String>,
}
