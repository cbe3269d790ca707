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
