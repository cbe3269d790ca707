//! What Freshdesk keeps.

use serde::{Deserialize, Serialize};

/// Everything Freshdesk keeps.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Store {
    pub(crate) agents: Vec<Agent>,
    pub(crate) keys: Vec<Key>,
    /// Oldest first; their ids rise by one.
    pub tickets: Vec<Ticket>,
    pub(crate) contacts: u64,
}

/// Someone who answers tickets.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Agent {
    /// The agent's id, which is a contact's.
    pub id: u64,
    /// The login name.
    pub email: String,
    /// The display name.
    pub name: String,
    /// Since when, in ms.
    pub created: u64,
}

/// An API key. A revoked one is remembered: seeding must not bring it back.
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
    /// What the requester asked for.
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
    /// How it came in.
    pub source: u64,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
}
