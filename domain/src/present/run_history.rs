//! A run in its person's history and in the list of open runs.

use serde_json::Value;
use workbot_shared::{ActivityEntry, ActivityStep, AppId, OwnerKind, RunOutcome, RunRow, StepOutcome};

use crate::catalog::{Catalog, Step};
use crate::run::{Ending, Run, RunState, StepRecord, is_web};

impl Run {
    /// Returns the run's entry in the person's history. `catalog` is the one of the person's language.
    #[must_use]
    pub fn entry(&self, catalog: &Catalog) -> ActivityEntry {
        let steps = catalog.recipes.get(&self.recipe).map_or(&[][..], |recipe| &recipe.steps);
        let shown = |(step, record)| self.step(step, record, catalog);
        ActivityEntry {
            run: self.id.clone(),
            at: self.created_at.rfc3339(),
            recipe: self.recipe.clone(),
            name: self.name(catalog).into_owned(),
            client: self.agent.as_ref().map(|agent| agent.client.clone()),
            outcome: match &self.state {
                RunState::Over { end } | RunState::Replying(Ending { end, .. }) if end.is_success() => {
                    RunOutcome::Done
                }
                RunState::Over { .. } | RunState::Replying(_) => RunOutcome::Failed,
                RunState::Cancelled => RunOutcome::Cancelled,
                RunState::Running
                | RunState::WaitingInput { .. }
                | RunState::WaitingLogin { .. }
                | RunState::WaitingConfirmation
                | RunState::WaitingAnswer { .. }
                | RunState::WaitingApproval { .. } => RunOutcome::UnderWay,
            },
            steps: steps.iter().zip(&self.steps).filter_map(shown).collect(),
        }
    }

    fn step(&self, step: &Step, record: &StepRecord, catalog: &Catalog) -> Option<ActivityStep> {
        let call = step.call()?;
        let (outcome, account, link) = match record {
            StepRecord::Skipped | StepRecord::Answered { .. } => return None,
            StepRecord::Pending => (StepOutcome::NotDone, None, None),
            StepRecord::Intended => (StepOutcome::Unknown, None, None),
            StepRecord::Done { output, account } => {
                let link = output.get("link").and_then(Value::as_str).filter(|link| is_web(link));
                (StepOutcome::Done, Some(account.clone()), link.map(str::to_owned))
            }
        };
        Some(ActivityStep {
            app: call.app.clone(),
            app_name: catalog.app_name(&call.app).to_owned(),
            action: call.action.clone(),
            label: step.label.clone(),
            writes: catalog.writes(step),
            outcome,
            acts_as: self.acts_as(&call.app),
            account,
            link,
        })
    }

    fn acts_as(&self, app: &AppId) -> OwnerKind {
        if self.is_as_person(app) { OwnerKind::Person } else { OwnerKind::Shared }
    }

    /// Returns the run's row in the list of open runs.
    #[must_use]
    pub fn row(&self, catalog: &Catalog) -> RunRow {
        RunRow {
            run: self.id.clone(),
            name: self.name(catalog).into_owned(),
            at: self.created_at.rfc3339(),
            status: self.status(),
            step: self.waiting_step(catalog).and_then(|step| step.label.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::catalog_of_four_steps;
    use crate::present::final_reply::cancelled;
    use crate::run::next::tests::{halfway, run};
    use crate::run::{Form, RunEnd};
    use serde_json::json;

    #[test]
    fn an_entry_shows_each_step_with_outcome_account_and_link() {
        let catalog = catalog_of_four_steps();
        let mut run = halfway(&catalog);
        run.set(2, StepRecord::Intended);
        run.state = RunState::Over { end: RunEnd::Expired };
        let entry = run.entry(&catalog);
        assert_eq!((entry.name.as_str(), entry.outcome), ("Win deal", RunOutcome::Failed));
        let steps: Vec<_> =
            entry.steps.iter().map(|step| (step.app.as_str(), step.writes, step.outcome)).collect();
        assert_eq!(
            steps,
            [
                ("salesforce", false, StepOutcome::Done),
                ("salesforce", true, StepOutcome::Done),
                ("box", true, StepOutcome::Unknown),
                ("servicenow", true, StepOutcome::NotDone),
            ]
        );
        let closed = &entry.steps[1];
        assert_eq!(closed.link.as_deref(), Some("https://acme.my.salesforce.com/006(1)"));
        assert_eq!((closed.acts_as, closed.account.as_deref()), (OwnerKind::Person, Some("ada@contoso.com")));
    }

    #[test]
    fn a_skipped_step_and_an_invalid_link_are_not_shown() {
        let catalog = catalog_of_four_steps();
        let mut run = halfway(&catalog);
        run.set(2, StepRecord::Skipped);
        let output = json!({"link": "javascript:alert(1)"});
        run.set(1, StepRecord::Done { output, account: "a".into() });
        let entry = run.entry(&catalog);
        assert_eq!((entry.steps.len(), entry.steps[1].link.as_deref()), (3, None));
    }

    #[test]
    fn only_a_run_that_called_an_app_has_acted() {
        assert!(!run().has_effects());
        let mut unsure = run();
        unsure.set(0, StepRecord::Intended);
        assert!(unsure.has_effects() && halfway(&catalog_of_four_steps()).has_effects());
        unsure.set(0, StepRecord::Skipped);
        assert!(!unsure.has_effects());
    }

    #[test]
    fn only_a_waiting_run_can_be_cancelled_by_its_row() {
        let catalog = catalog_of_four_steps();
        let waits = |state: RunState| Run { state, ..run() }.row(&catalog).status.waits();
        assert!(waits(RunState::WaitingConfirmation) && waits(RunState::WaitingInput { card: None }));
        assert!(
            !waits(RunState::Running)
                && !waits(RunState::Cancelled)
                && !waits(RunState::Over { end: RunEnd::Expired })
        );
    }

    #[test]
    fn a_finished_run_keeps_accounts_and_links_only() {
        let catalog = catalog_of_four_steps();
        let mut run = halfway(&catalog);
        run.form = Some(Form::default());
        let waiting = run.stored().unwrap();
        assert_eq!(serde_json::from_str::<Run>(&waiting).unwrap(), run, "an open run keeps everything");
        for state in [
            RunState::Replying(RunEnd::Expired.into()),
            RunState::Over { end: RunEnd::Expired },
            RunState::Cancelled,
        ] {
            run.state = state;
            let stored = run.stored().unwrap();
            let back: Run = serde_json::from_str(&stored).unwrap();
            assert!(!stored.contains("Acme") && !stored.contains("first_id"), "{stored}");
            assert_eq!((back.entry(&catalog), back.row(&catalog)), (run.entry(&catalog), run.row(&catalog)));
            assert_eq!(cancelled(&back, &catalog), cancelled(&run, &catalog));
        }
    }
}
