//! A run that an agent asked for, in the name of its person. Its first write waits until the person has
//! approved it in their own chat.

use super::agent_caller::{AgentCall, Approval};
use super::state::{Run, RunState, StepRecord};
use crate::catalog::Catalog;
use crate::ids::ActivityId;

impl Run {
    /// The same run, asked for by an agent.
    #[must_use]
    pub fn asked_by_agent(mut self, agent: AgentCall) -> Self {
        if let Some(form) = &mut self.form {
            // Also without asking: the person may want to be asked by the time of the write.
            form.to_approve = true;
        }
        Self { agent: Some(agent), ..self }
    }

    /// Whether a write has to be approved first.
    #[must_use]
    pub fn needs_approval(&self) -> bool {
        self.agent.as_ref().is_some_and(|agent| agent.approval == Approval::Needed)
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
