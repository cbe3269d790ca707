//! Steps that the guardrails of the person's connections forbid.

use std::collections::BTreeMap;
use workbot_shared::AppId;

use super::end::RunEnd;
use super::state::{Run, StepRecord};
use crate::catalog::{Catalog, Recipe, Step};
use crate::connection::GuardrailError;

impl Run {
    /// Returns how the run ends because guardrails forbid a step ahead, or `None`.
    ///
    /// A step whose condition depends on missing inputs is not considered, and one whose condition depends on
    /// outputs still to come only if `before_write`: the check then assumes that each step succeeds. Such a
    /// step is checked when it is called. A step with a stored intent was permitted.
    pub(super) fn forbidden_end(
        &self,
        (recipe, catalog): (&Recipe, &Catalog),
        guardrails: &dyn Fn(&AppId, u32) -> Result<(), GuardrailError>,
        before_write: bool,
    ) -> Option<RunEnd> {
        let (values, to_come) = self.values_to_come(recipe);
        let is_expected = |step: &Step| {
            step.when.as_ref().is_none_or(|when| {
                let is_open = || to_come.iter().any(|output| when.0.contains(output.as_str()));
                self.form.is_none()
                    && (before_write || !is_open())
                    && when.holds(&values).is_ok_and(|holds| holds)
            })
        };
        let mut writes = BTreeMap::<&AppId, u32>::new();
        for (step, record) in recipe.steps.iter().zip(&self.steps) {
            let Some(app) = step.app().filter(|app| self.is_as_person(app)) else { continue };
            if *record == StepRecord::Pending && is_expected(step) {
                *writes.entry(app).or_default() += u32::from(catalog.writes(step));
            }
        }
        writes.into_iter().find_map(|(app, writes)| {
            let guardrail = guardrails(app, writes).err()?;
            Some(RunEnd::RefusedByGuardrail { app: app.clone(), guardrail })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::{catalog_of_four_steps, real_catalog};
    use crate::recipe_command::find_command;
    use crate::run::next::tests::{halfway, run};
    use crate::run::{Next, RunSettings, RunState, next};
    use crate::template::Template;
    use crate::time::Timestamp;
    use workbot_shared::Language;

    fn app(id: &str) -> AppId {
        AppId::parse(id).unwrap()
    }

    /// The next effect for a run whose person is connected everywhere and allows no writes at these apps.
    fn without_writes(run: &Run, catalog: &Catalog, apps: &[&str]) -> Next {
        let guardrails = |app: &AppId, writes: u32| {
            let refused = writes > 0 && apps.contains(&app.as_str());
            if refused { Err(GuardrailError::ReadOnly) } else { Ok(()) }
        };
        next(run, catalog, &|_| true, &|_| Ok(()), &guardrails, run.created_at)
    }

    fn refused(id: &str) -> Next {
        Next::Finish(RunEnd::RefusedByGuardrail { app: app(id), guardrail: GuardrailError::ReadOnly })
    }

    fn recipe(catalog: &mut Catalog) -> &mut Recipe {
        catalog.recipes.values_mut().find(|recipe| recipe.command == "win deal").unwrap()
    }

    /// A run over three apps after its read.
    fn before_the_first_write(catalog: &Catalog) -> Run {
        let mut run = halfway(catalog);
        run.set(1, StepRecord::Pending);
        run
    }

    /// A run over three apps before its first step.
    fn fresh(catalog: &Catalog, text: &str) -> Run {
        let command = find_command(catalog, text).unwrap();
        let inputs = command.raw_inputs(Language::En);
        let like = halfway(catalog);
        let asked_by = (like.conversation.clone(), like.person.clone());
        let fresh = Run::new(like.id.clone(), command.id, command.recipe, inputs, asked_by, like.created_at);
        Run { membership: like.membership, settings: like.settings, ..fresh }
    }

    #[test]
    fn a_forbidden_step_prevents_the_first_one_and_the_form() {
        let catalog = catalog_of_four_steps();
        let mut without_condition = catalog.clone();
        recipe(&mut without_condition).steps[3].when = None;
        for (text, waits_for_form) in [("win deal opportunity: Acme", false), ("win deal", true)] {
            let run = fresh(&catalog, text);
            assert_eq!(run.form.is_some(), waits_for_form);
            let end = without_writes(&run, &without_condition, &["servicenow"]);
            assert_eq!(end, refused("servicenow"), "the last step");
            let state = RunState::WaitingLogin { card: None, apps: vec![app("box")] };
            let waiting = Run { state, ..run };
            assert_eq!(without_writes(&waiting, &without_condition, &["servicenow"]), refused("servicenow"));
        }
    }

    #[test]
    fn a_step_that_depends_on_a_write_prevents_that_write_and_no_read() {
        let catalog = catalog_of_four_steps();
        let run = fresh(&catalog, "win deal opportunity: Acme");
        assert!(matches!(without_writes(&run, &catalog, &["servicenow"]), Next::Call(_)));
        let found = before_the_first_write(&catalog);
        assert!(matches!(without_writes(&found, &catalog, &[]), Next::Call(_)));
        assert_eq!(without_writes(&found, &catalog, &["servicenow"]), refused("servicenow"));
    }

    #[test]
    fn the_writes_ahead_are_checked_together() {
        let catalog = catalog_of_four_steps();
        let seen = std::cell::RefCell::new(Vec::new());
        let guardrails = |app: &AppId, writes: u32| {
            seen.borrow_mut().push((app.to_string(), writes));
            Ok(())
        };
        let run = before_the_first_write(&catalog);
        let _ = next(&run, &catalog, &|_| true, &|_| Ok(()), &guardrails, run.created_at);
        let one = |app: &str| (app.to_owned(), 1);
        assert!(seen.take().ends_with(&[one("box"), one("salesforce"), one("servicenow")]));
        let run = halfway(&catalog);
        let _ = next(&run, &catalog, &|_| true, &|_| Ok(()), &guardrails, run.created_at);
        assert_eq!(seen.take(), [one("box"), one("servicenow")], "steps that are done count no more");
        let once = RunState::Over { end: RunEnd::Expired };
        let _ =
            next(&Run { state: once, ..run }, &catalog, &|_| true, &|_| Ok(()), &guardrails, Timestamp(0));
        assert!(seen.take().is_empty());
    }

    #[test]
    fn a_guardrail_does_not_apply_to_the_shared_connection_or_to_a_stored_intent() {
        let catalog = real_catalog();
        assert_eq!(without_writes(&run(), &catalog, &["salesforce"]), refused("salesforce"));
        let shared = RunSettings { enabled: true, guests: false, as_person: Vec::new() };
        let shared = Run { settings: Some(shared), ..run() };
        assert!(matches!(without_writes(&shared, &catalog, &["salesforce"]), Next::Call(_)));
        let catalog = catalog_of_four_steps();
        let mut intended = halfway(&catalog);
        intended.set(2, StepRecord::Intended);
        assert!(matches!(without_writes(&intended, &catalog, &["box"]), Next::Call(_)));
    }

    #[test]
    fn a_step_whose_condition_does_not_hold_or_is_open_forbids_nothing() {
        let mut catalog = catalog_of_four_steps();
        for (text, forbids) in [
            ("inputs.opportunity == 'Acme'", true),
            ("inputs.opportunity == 'Box'", false),
            ("steps.folder.id", false),
        ] {
            recipe(&mut catalog).steps[3].when = Some(Template(text.to_owned()));
            let run = fresh(&catalog, "win deal opportunity: Acme");
            let refuses = without_writes(&run, &catalog, &["servicenow"]) == refused("servicenow");
            assert_eq!(refuses, forbids, "{text}");
        }
        recipe(&mut catalog).steps[3].when = Some(Template("inputs.opportunity != 'Box'".to_owned()));
        let asked = fresh(&catalog, "win deal");
        assert_eq!(
            without_writes(&asked, &catalog, &["servicenow"]),
            Next::AskInput,
            "unknown before the form"
        );
    }
}
