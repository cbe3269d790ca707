//! The effect of a call's outcome on a run.

use super::action_call::Purpose;
use super::end::{Ending, RunEnd};
use super::state::{Run, RunState, StepRecord};
use crate::call::Outcome;
use crate::catalog::Catalog;

impl Run {
    /// Records the outcome of a call.
    ///
    /// The caller has restored the step's record to its value before the call. An unknown outcome of an
    /// earlier attempt therefore stays recorded, whatever a later refusal says.
    ///
    /// The caller handles [`Outcome::TokenDead`] itself: it renews the token or asks for a login.
    pub fn record_outcome(&mut self, purpose: &Purpose, outcome: Outcome, account: &str, catalog: &Catalog) {
        let Some(recipe) = catalog.recipes.get(&self.recipe) else { return };
        let step = match purpose {
            Purpose::Step(step) => *step,
            Purpose::Choices(input) => {
                let response = if let Outcome::Done(response) = &outcome { Some(response) } else { None };
                return self.set_options(recipe, input, response);
            }
        };
        let Some(definition) = recipe.steps.get(step) else { return };
        let Some(app) = definition.app().cloned() else { return };
        let writes = catalog.writes(definition);
        let end = match outcome {
            Outcome::Done(output) => match self.kept_output(step, output, writes, catalog) {
                Some(output) => {
                    return self.set(step, StepRecord::Done { output, account: account.to_owned() });
                }
                None => RunEnd::TooMuch { app },
            },
            Outcome::NotSent => RunEnd::InvalidRequest { app },
            Outcome::Refused { message } => RunEnd::Refused { app, message },
            Outcome::Unknown if writes => {
                self.set(step, StepRecord::Intended);
                RunEnd::OutcomeUnknown { app }
            }
            Outcome::Busy | Outcome::TokenDead { .. } | Outcome::Unknown => RunEnd::AppUnavailable { app },
        };
        self.state = RunState::Replying(Ending { end, account: Some(account.to_owned()) });
    }

    /// Ends the run after repeated failures. A write in progress is reported as an unknown outcome.
    pub fn fail_unavailable(&mut self, catalog: &Catalog) {
        let recipe = catalog.recipes.get(&self.recipe);
        let mut steps = recipe.map_or(&[][..], |recipe| &recipe.steps).iter().zip(&self.steps);
        let in_doubt = steps.find(|(_, record)| **record == StepRecord::Intended);
        let app = in_doubt.and_then(|(step, _)| step.app());
        let end = app.map(|app| RunEnd::OutcomeUnknown { app: app.clone() });
        self.fail(end.unwrap_or(RunEnd::Unavailable));
    }
}
