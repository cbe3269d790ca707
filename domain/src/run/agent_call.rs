//! A run that an agent asked for, in the name of its person. Its first write waits until the person has
//! approved it in their own chat.

use serde::{Deserialize, Serialize};

use super::state::{Run, RunState, StepRecord};
use crate::catalog::Catalog;
use crate::ids::{ActivityId, GrantId};

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

impl Run {
    /// The same run, asked for by an agent.
    #[must_use]
    pub fn asked_by_agent(self, agent: AgentCall) -> Self {
        Self { agent: Some(agent), ..self }
    }

    /// Whether a write has to be approved first.
    #[must_use]
    pub fn needs_approval(&self) -> bool {
        self.agent.as_ref().is_some_and(|agent| agent.approval == Approval::Needed)
    }

    /// Records the person's approval. Returns whether the run waited for it.
    pub(super) fn approve(&mut self) -> bool {
        let waits = matches!(self.state, RunState::WaitingApproval { .. });
        if let (Some(agent), true) = (&mut self.agent, waits) {
            agent.approval = Approval::Given;
        }
        waits
    }

    /// Whether the agent shows the addresses of this run's logins, so that no card does.
    #[must_use]
    pub(super) fn has_logins_at_agent(&self) -> bool {
        self.agent.as_ref().is_some_and(|agent| agent.opens_urls)
    }

    /// Whether the end is sent to the person. Of an agent's run they hear if they were asked, or if something
    /// was written; what it read, the agent says.
    #[must_use]
    pub fn tells_person(&self, catalog: &Catalog) -> bool {
        let was_asked = |agent: &AgentCall| {
            let answered = |record: &StepRecord| matches!(record, StepRecord::Answered { .. });
            agent.approval == Approval::Given || self.steps.iter().any(answered)
        };
        self.agent.as_ref().is_none_or(|agent| was_asked(agent) || self.has_written(catalog))
    }

    /// Whether the person sees the progress. An agent's run is shown once it was approved.
    #[must_use]
    pub fn shows_progress(&self) -> bool {
        self.agent.as_ref().is_none_or(|agent| agent.approval == Approval::Given)
    }

    /// The run with a posted card for the approval.
    pub fn wait_for_approval(&mut self, card: Option<ActivityId>) {
        self.state = RunState::WaitingApproval { card };
    }
}
