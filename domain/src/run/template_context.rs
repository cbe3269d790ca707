//! The template variables besides inputs and steps: `person`, `now`, `run` and `account`.
//!
//! Their values stay the same while a run is driven, so that a repeated call sends the same request.

use serde_json::{Map, Value, json};

use super::action_call::Purpose;
use super::end::RunEnd;
use super::state::{Run, StepRecord};
use crate::call::can_be_made;
use crate::catalog::{Action, Catalog, Recipe};
use crate::connection::AccountIdentity;
use crate::person_contact::in_templates;
use crate::template::{TemplateError, evaluate_tree};

/// The template variable that is unknown for some people.
const EMAIL: &str = "person.email";

impl Run {
    /// Returns the variables `person`, `now` and `run`. `now` is the time of the command or of its
    /// confirmation (RFC 3339, whole seconds).
    pub(super) fn asked(&self) -> Map<String, Value> {
        let mut asked = Map::new();
        asked.insert("person".to_owned(), in_templates(&self.person, self.contact.as_ref()));
        asked.insert("now".to_owned(), self.created_at.rfc3339_seconds().into());
        asked.insert("run".to_owned(), json!({ "id": self.id }));
        asked
    }

    /// Returns the variables of the recipe's templates: `person`, `now`, `run`, `inputs`, and `steps` with
    /// their outputs. A step without an output is `null`.
    pub(super) fn values(&self, recipe: &Recipe) -> Value {
        let steps: Map<String, Value> = recipe
            .steps
            .iter()
            .zip(&self.steps)
            .map(|(step, record)| {
                let output = match record {
                    StepRecord::Done { output, .. } => output.clone(),
                    StepRecord::Answered { answer } => Value::Object(answer.clone()),
                    StepRecord::Pending | StepRecord::Intended | StepRecord::Skipped => Value::Null,
                };
                (step.id.clone(), output)
            })
            .collect();
        let mut values = self.asked();
        values.insert("inputs".to_owned(), Value::Object(self.inputs.clone()));
        values.insert("steps".to_owned(), Value::Object(steps));
        Value::Object(values)
    }

    /// Returns the variables of the app's templates besides the call's parameters: `person`, `now`, `run`
    /// (with the `step`'s id, or the input's) and the `account` in use.
    #[must_use]
    pub fn context(&self, purpose: &Purpose, account: &AccountIdentity, catalog: &Catalog) -> Value {
        let step = match purpose {
            Purpose::Choices(input) => input.as_str(),
            Purpose::Step(step) => {
                let recipe = catalog.recipes.get(&self.recipe);
                recipe.and_then(|recipe| recipe.steps.get(*step)).map_or("", |step| step.id.as_str())
            }
        };
        let mut context = self.asked();
        context.insert("run".to_owned(), json!({ "id": self.id, "step": step }));
        let mut shown = json!({ "id": account.id, "label": account.label });
        if let (Some(shown), Some(instance)) = (shown.as_object_mut(), &account.instance) {
            shown.insert("instance".to_owned(), instance.as_str().into());
        }
        context.insert("account".to_owned(), shown);
        Value::Object(context)
    }

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
    use super::*;
    use crate::call::Outcome;
    use crate::catalog::tests::{call, real_catalog};
    use crate::person_contact::Contact;
    use crate::run::{ActionCall, Next, RunState, next};
    use crate::time::Timestamp;
    use workbot_shared::UserId;

    fn contact(email: Option<&str>) -> Option<Contact> {
        Some(Contact { id: UserId::parse("76b0").unwrap(), email: email.map(str::to_owned) })
    }

    /// The catalog with other parameters for the step of [`run`].
    fn with(with: Value) -> Catalog {
        let mut catalog = real_catalog();
        let recipe = catalog.recipes.get_mut(&run().recipe).unwrap();
        call(&mut recipe.steps[0]).with.insert("fields".to_owned(), with);
        catalog
    }

    fn ask(run: &Run, catalog: &Catalog, seconds: i64) -> Next {
        next(run, catalog, &|_| true, &|_| Ok(()), &|_, _| Ok(()), Timestamp(1_000_000 + seconds * 1000))
    }

    #[test]
    fn person_time_and_run_id_are_the_same_in_every_attempt() {
        let catalog = with(json!({
            "name": "{{ person.name }}", "email": "{{ person.email }}", "id": "{{ person.id }}",
            "at": "{{ now }}", "until": "{{ now | days(1) | day }}", "run": "{{ run.id }}"
        }));
        let run = Run { contact: contact(Some("ada@contoso.com")), ..run() };
        let first = ask(&run, &catalog, 1);
        let Next::Call(ActionCall { with, .. }) = &first else { panic!("{first:?}") };
        assert_eq!(
            with["fields"],
            json!({
                "name": "Ada", "email": "ada@contoso.com", "id": "76b0", "at": "1970-01-01T00:16:40Z",
                "until": "1970-01-02", "run": "0123456789abcdef"
            })
        );
        let stored: Run = serde_json::from_value(serde_json::to_value(&run).unwrap()).unwrap();
        assert_eq!(ask(&stored, &catalog, 900), first, "a repeated call sends the same request");
    }

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
    fn an_app_call_knows_its_account_and_its_step() {
        let account = AccountIdentity { label: "ada".into(), id: "005".into(), instance: None };
        let catalog = real_catalog();
        let context = run().context(&Purpose::Step(0), &account, &catalog);
        assert_eq!(context["account"], json!({"id": "005", "label": "ada"}));
        assert_eq!(context["run"], json!({"id": "0123456789abcdef", "step": "opportunity"}));
        let account = AccountIdentity { instance: Some("00D".into()), ..account };
        let context = run().context(&Purpose::Choices("stage".into()), &account, &catalog);
        assert_eq!(
            (&context["account"]["instance"], &context["run"]["step"]),
            (&json!("00D"), &json!("stage"))
        );
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

    #[test]
    fn the_stored_contact_is_pinned_and_dropped_with_the_inputs() {
        let run = Run { contact: contact(Some("ada@contoso.com")), ..run() };
        let stored = serde_json::to_value(&run).unwrap();
        assert_eq!(stored["contact"], json!({"id": "76b0", "email": "ada@contoso.com"}));
        let over = Run { state: RunState::Over { end: RunEnd::Expired }, ..run };
        assert!(!over.stored().unwrap().contains("ada@contoso.com"));
    }
}
