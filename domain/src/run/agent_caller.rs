//! The agent that asked for a run.

use serde::{Deserialize, Serialize};

use crate::ids::GrantId;

/// The agent that asked for a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentCall {
    /// The grant by which it acts.
    pub grant: GrantId,
    /// Its name for people.
    pub client: String,
    /// Whether it shows its person the address of a login itself. Otherwise the login card is posted in the
    /// person's chat.
    pub opens_urls: bool,
    /// Whether the person has to approve a write.
    pub approval: Approval,
}

/// Whether a person has to approve a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// The person has to approve it.
    Needed,
    /// The person approved it.
    Given,
    /// The person lets this agent do this recipe without asking.
    NotNeeded,
}
