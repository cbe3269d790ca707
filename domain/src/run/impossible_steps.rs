//! Steps that cannot be made, because a template yields no value or the request would be invalid.

use serde_json::{Map, Value, json};

use super::end::RunEnd;
use super::state::{Run, StepRecord};
use crate::call::can_be_made;
use crate::catalog::{Action, Catalog, Recipe};
use crate::template::{TemplateError, evaluate_tree};

/// The template variable that is unknown for some people.
const EMAIL: &str = "person.email";

impl Run {
    /// Returns why a step from index `first` on cannot be made with the values known so far, or `None`.
    ///
    /// The check runs before the first write, so that a run does not stop halfway because of a value that was
    /// known to be wrong at the start. Parameters that depend on outputs still to come are skipped.
    pub(super) fn blocking_end(&self, first: usize, recipe: &Recipe, catalog: &Catalog) -> Option<RunEnd> {
        let (values, to_come) = self.values_to_come(recipe);
        recipe.steps.iter().zip(&self.steps).skip(first).find_map(|(step, record)| {
            if *record != StepRecord::Pending {
                return None;
            }
            match step.when.as_ref().map(|when| when.holds(&values)) {
                None | Some(Ok(true)) => {}
                Some(Ok(false) | Err(_)) => return None,
            }
            let call = step.call()?;
            let mut with = Map::new();
            for (name, tree) in &call.with {
                let text = tree.to_string();
                if to_come.iter().any(|step| text.contains(step.as_str())) {
                    continue;
                }
                match evaluate_tree(tree, &values) {
                    Ok(value) => {
                        with.insert(name.clone(), value);
                    }
                    Err(error) => return Some(self.template_failure(&error)),
                }
            }
            let action = catalog.action(step)?;
            match can_be_made(action, &with, &self.asked()) {
                Ok(()) => None,
                Err(error) if self.lacks_email(&error.template) => Some(RunEnd::EmailUnknown),
                Err(_) => Some(RunEnd::InvalidRequest { app: call.app.clone() }),
            }
        })
    }

    /// Returns the values as if each step that is not done succeeded, and these steps as `steps.{id}`.
    pub(super) fn values_to_come(&self, recipe: &Recipe) -> (Value, Vec<String>) {
        let mut values = self.values(recipe);
        let to_come: Vec<String> = recipe
            .steps
            .iter()
            .zip(&self.steps)
            .filter(|(_, record)| matches!(record, StepRecord::Pending | StepRecord::Intended))
            .map(|(step, _)| format!("steps.{}", step.id))
            .collect();
        if let Some(steps) = values.get_mut("steps").and_then(Value::as_object_mut) {
            for step in &to_come {
                let id = step.trim_start_matches("steps.");
                steps.insert(id.to_owned(), json!({ "to_come": true }));
            }
        }
        (values, to_come)
    }

    /// Returns how the run ends when a template of the recipe yields no value.
    pub(super) fn template_failure(&self, error: &TemplateError) -> RunEnd {
        if self.lacks_email(&error.template) { RunEnd::EmailUnknown } else { RunEnd::RecipeMistake }
    }

    /// Whether the action itself uses the person's email address while that address is unknown.
    pub(super) fn lacks_email_for(&self, action: &Action, with: &Value) -> bool {
        let (true, Some(with)) = (self.lacks_email(EMAIL), with.as_object()) else { return false };
        can_be_made(action, with, &self.asked()).is_err_and(|error| self.lacks_email(&error.template))
    }

    fn lacks_email(&self, template: &str) -> bool {
        let known = self.contact.as_ref().is_some_and(|contact| contact.email.is_some());
        !known && template.contains(EMAIL)
    }
}

#[cfg(test)]
mod tests {
    use super::super::next::tests::run;
    use super::super::template_context::tests::{ask, contact, with};
    use super::*;
    use crate::call::Outcome;
    use crate::catalog::tests::{call, real_catalog};
    use crate::run::{Next, Purpose};

    #[test]
    fn an_unknown_email_address_ends_the_run_before_any_request() {
        let catalog = with(json!({ "email": "{{ person.email }}" }));
        for contact in [None, contact(None)] {
            let asked = ask(&Run { contact, ..run() }, &catalog, 1);
            assert_eq!(asked, Next::Finish(RunEnd::EmailUnknown));
        }
        // A run with another address in its inputs does not need the person's own.
        let catalog = with(json!({ "email": "{{ inputs.name or person.email }}" }));
        assert!(matches!(ask(&run(), &catalog, 1), Next::Call(_)));
    }

    #[test]
    fn an_action_that_uses_the_address_itself_requires_it_too() {
        let mut catalog = real_catalog();
        let app = &catalog.recipes[&run().recipe].steps[0].app().cloned().unwrap();
        let action = catalog.apps.get_mut(app).unwrap().actions.get_mut("create_record").unwrap();
        action.headers.insert("from".to_owned(), crate::template::Template("{{ person.email }}".to_owned()));
        assert_eq!(ask(&run(), &catalog, 1), Next::Finish(RunEnd::EmailUnknown));
        let known = Run { contact: contact(Some("ada@contoso.com")), ..run() };
        assert!(matches!(ask(&known, &catalog, 1), Next::Call(_)));
    }

    #[test]
    fn a_later_step_that_cannot_be_sent_prevents_the_first_write() {
        let mut catalog = real_catalog();
        let mut run = run();
        let second = |with: Value, when: Option<&str>| {
            let mut step = catalog.recipes[&run.recipe].steps[0].clone();
            step.id = "second".to_owned();
            step.when = when.map(|when| crate::template::Template(when.to_owned()));
            let call = call(&mut step);
            (call.action, call.with) = ("get_record".to_owned(), with.as_object().unwrap().clone());
            step
        };
        let cases = [
            (second(json!({"object": "Account", "id": "{{ inputs.name }}"}), None), true),
            (second(json!({"object": "Account", "id": "{{ '..' }}"}), None), false),
            (second(json!({"object": "Account", "id": ""}), None), false),
            (second(json!({"object": "Account", "id": "{{ inputs.name | date }}"}), None), false),
            (second(json!({"object": "Account", "id": "{{ person.email }}"}), None), false),
            (second(json!({"object": "Account", "id": "{{ '..' }}"}), Some("steps.opportunity")), false),
            (second(json!({"object": "Account", "id": "{{ '..' }}"}), Some("inputs.amount > 9000")), true),
            (second(json!({"object": "Account", "id": "{{ steps.opportunity.link }}"}), None), true),
        ];
        run.steps.push(StepRecord::Pending);
        for (step, is_called) in cases {
            let shown = format!("{:?} {:?}", step.kind, step.when);
            let recipe = catalog.recipes.get_mut(&run.recipe).unwrap();
            recipe.steps.truncate(1);
            recipe.steps.push(step);
            let next = ask(&run, &catalog, 1);
            assert_eq!(matches!(next, Next::Call(_)), is_called, "{shown}: {next:?}");
        }
        // After the first write the remaining steps are tried.
        run.record_outcome(&Purpose::Step(0), Outcome::Done(json!({"link": "006"})), "ada", &catalog);
        assert!(matches!(ask(&run, &catalog, 1), Next::Call(_)));
    }
}
