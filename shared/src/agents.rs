//! Agents that act for a person.

use crate::RecipeId;
use serde::{Deserialize, Serialize};

/// One row of `GET /api/agents`: an agent that acts for the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRow {
    /// The id of the person's consent.
    pub grant: String,
    /// The agent's name, with the host that vouches for it.
    pub client: String,
    /// When the person agreed: RFC 3339, in UTC.
    pub granted_at: String,
    /// When the agent last called, with a lag of an hour: RFC 3339, in UTC.
    pub last_used_at: String,
    /// The recipes that it may run without asking.
    pub without_asking: Vec<RecipeId>,
}

/// The response of `GET /api/agents`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agents {
    /// The agents, by name.
    pub agents: Vec<AgentRow>,
}

/// The body of `PUT /api/agents/{grant}/recipes/{recipe}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentPermission {
    /// Whether the agent may run the recipe without asking.
    pub without_asking: bool,
}

/// The response of `GET` and `PUT /api/admin/agents`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentDoor {
    /// Whether agents may act at all.
    pub open: bool,
    /// Whether they may run recipes that only read.
    pub reads: bool,
    /// Whether people may let an agent write without asking.
    pub without_asking: bool,
    /// The clients that admins registered.
    pub clients: Vec<AgentClientRow>,
    /// The client that was just registered. Its secret is shown this once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered: Option<AgentClientSecret>,
}

/// A client that an admin registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentClientRow {
    /// The client id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The redirect URIs.
    pub redirect_uris: Vec<String>,
    /// Whether it has a secret.
    pub confidential: bool,
}

/// The id and the secret of a new client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentClientSecret {
    /// The client id.
    pub id: String,
    /// The secret; absent for a public client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// The body of `PUT /api/admin/agents`. An absent member stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentDoorChange {
    /// Whether agents may act at all.
    #[serde(default)]
    pub open: Option<bool>,
    /// Whether they may run recipes that only read.
    #[serde(default)]
    pub reads: Option<bool>,
    /// Whether people may let an agent write without asking.
    #[serde(default)]
    pub without_asking: Option<bool>,
    /// A client to register.
    #[serde(default)]
    pub register: Option<NewAgentClient>,
    /// The id of a client to remove.
    #[serde(default)]
    pub remove: Option<String>,
}

/// A client to register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAgentClient {
    /// The name.
    pub name: String,
    /// The redirect URIs.
    pub redirect_uris: Vec<String>,
    /// Whether it gets a secret.
    #[serde(default)]
    pub confidential: bool,
}
