//! Agents that act for a person.

use crate::{RecipeId, UserId};
use serde::{Deserialize, Serialize};

/// An agent that acts for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRow {
    /// The id of the person's consent.
    pub grant: String,
    /// The agent's name, which it gave itself.
    pub client: String,
    /// The host that vouches for it; absent if an admin registered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// When the person agreed: RFC 3339, in UTC.
    pub granted_at: String,
    /// When the agent last called, with a lag of an hour: RFC 3339, in UTC.
    pub last_used_at: String,
    /// The recipes that it may run without asking, as far as an admin allows that.
    pub without_asking: Vec<RecipeId>,
    /// Until when it may not ask, because the person refused three times in a row: RFC 3339, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_until: Option<String>,
}

/// The response of `GET /api/agents`, of the changes there, and of `GET /api/admin/users/{user}/agents`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agents {
    /// Whether agents may act at all. If not, there are none.
    pub open: bool,
    /// The agents, by name.
    pub agents: Vec<AgentRow>,
    /// The recipes that the person may let an agent run without asking, by name. Empty if an admin forbids
    /// that.
    pub recipes: Vec<AgentRecipe>,
}

/// A recipe that changes something, so that an agent has to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRecipe {
    /// Its id.
    pub id: RecipeId,
    /// Its name.
    pub name: String,
    /// The name of the first app that it uses; empty without one.
    pub app_name: String,
}

/// One row of `GET /api/admin/agents/people`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonAgent {
    /// The person's user id.
    pub user: UserId,
    /// The person's display name; empty while unknown.
    pub name: String,
    /// The id of the person's consent.
    pub grant: String,
    /// The agent's name, which it gave itself.
    pub client: String,
    /// The host that vouches for it; absent if an admin registered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// When the person agreed: RFC 3339, in UTC.
    pub granted_at: String,
}

/// The response of `GET /api/admin/agents/people`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonAgents {
    /// The rows, sorted by the person's name.
    pub agents: Vec<PersonAgent>,
    /// The `cursor` of the next page; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
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
