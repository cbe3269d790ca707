//! A submitted form. A command with missing inputs opens it.

use super::state::{Run, RunState};
use crate::catalog::Recipe;
use crate::input_parsing::RawInputs;
use crate::time::Timestamp;

impl Run {
    /// Takes the values of a submitted form. Returns whether the inputs are complete, so that the run
    /// continues.
    pub fn submit_form(&mut self, recipe: &Recipe, given: RawInputs, now: Timestamp) -> bool {
        let (RunState::WaitingInput { .. }, Some(form)) = (&self.state, &mut self.form) else { return false };
        form.given = given;
        let was_guessed = std::mem::take(&mut form.guessed);
        if was_guessed && self.options_to_fetch(recipe).is_some() {
            // Now the apps are asked for their choices; then the form is complete, or shown again.
            self.state = RunState::Running;
            self.created_at = now;
            return true;
        }
        let Some(form) = &mut self.form else { return false };
        form.sent = true;
        let complete = self.complete(recipe);
        if complete {
            self.state = RunState::Running;
            self.created_at = now;
        }
        complete
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::catalog::tests::real_catalog;
    use crate::input_parsing::InputError;
    use crate::recipe_command::find_command;
    use crate::run::form::inputs_from_data;
    use crate::run::next::tests::{agent, run};
    use crate::run::{Approval, Next, RecipeOverrides, RunSettings, next};
    use serde_json::json;
    use std::collections::BTreeMap;
    use workbot_shared::Language;

    const NOW: Timestamp = Timestamp(1_000_000);

    pub(in super::super) fn begun(catalog: &Catalog, text: &str) -> Run {
        let command = find_command(catalog, text).unwrap();
        let like = run();
        let settings = RunSettings::of(command.recipe, catalog, &RecipeOverrides::default());
        let asked_by = (like.conversation, like.person);
        let run =
            Run::new(like.id, command.id, command.recipe, command.raw_inputs(Language::En), asked_by, NOW);
        Run { settings: Some(settings), membership: like.membership, ..run }
    }

    pub(in super::super) fn ask(run: &Run, catalog: &Catalog, connected: bool) -> Next {
        next(run, catalog, &|_| connected, &|_| Ok(()), &|_, _| Ok(()), NOW)
    }

    /// The recipe of a run.
    pub(in super::super) fn recipe<'a>(run: &Run, catalog: &'a Catalog) -> &'a Recipe {
        &catalog.recipes[&run.recipe]
    }

    #[test]
    fn a_command_with_missing_inputs_asks_for_them_before_any_login() {
        let catalog = real_catalog();
        let mut run = begun(&catalog, "create opportunity name: Acme amount: much");
        assert_eq!(ask(&run, &catalog, false), Next::AskInput);
        let recipe = recipe(&run, &catalog);
        let mistakes = run.form.as_ref().unwrap().mistakes(recipe);
        assert_eq!(mistakes, BTreeMap::from([("amount".to_owned(), InputError::NotANumber)]));

        run.state = RunState::WaitingInput { card: Some("card".into()) };
        assert_eq!(ask(&run, &catalog, true), Next::Wait);
        let given = inputs_from_data(
            &recipe.inputs,
            &json!({"name": "Acme", "amount": 5000, "run": "x", "close_date": ""}),
        );
        assert!(!run.submit_form(recipe, given.clone(), NOW));
        let form = run.form.clone().unwrap();
        assert_eq!(
            (form.mistakes(recipe), form.given),
            (BTreeMap::from([("close_date".to_owned(), InputError::Missing)]), given.clone())
        );
        let whole = given.into_iter().chain([("close_date".to_owned(), "2026-12-31".to_owned())]).collect();
        assert!(run.submit_form(recipe, whole, NOW));
        assert_eq!(run.inputs["amount"], json!(5000));
        assert!(matches!(ask(&run, &catalog, false), Next::AskLogin { .. }));
    }

    #[test]
    fn values_that_a_person_enlarges_still_fit_the_card_on_which_they_approve_them() {
        let catalog = real_catalog();
        let agent = agent(Approval::NotNeeded);
        let asks = begun(&catalog, "report problem");
        let recipe = recipe(&asks, &catalog);
        let submitted = |run: Run, details: usize| {
            let mut run = Run { state: RunState::WaitingInput { card: Some("card".into()) }, ..run };
            let values = json!({"problem": "\\".repeat(4000), "details": "x".repeat(details)});
            run.submit_form(recipe, inputs_from_data(&recipe.inputs, &values), NOW);
            run.form.map(|form| form.mistakes(recipe))
        };
        let by_agent = asks.clone().asked_by_agent(agent);
        let too_long = BTreeMap::from([("problem".to_owned(), InputError::TooLongToApprove)]);
        assert_eq!(submitted(by_agent.clone(), 5000), Some(too_long));
        assert_eq!(submitted(by_agent, 10), None);
        assert_eq!(submitted(asks, 5000), None, "the person approves their own form by sending it");
    }

    #[test]
    fn a_form_is_filled_in_once() {
        let catalog = real_catalog();
        let mut run = begun(&catalog, "find account name: Acme");
        assert!(run.form.is_none());
        assert!(!run.submit_form(recipe(&run, &catalog), RawInputs::new(), NOW));
        assert_eq!(run.inputs["name"], json!("Acme"));
    }
}
