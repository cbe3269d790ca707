//! The template variables besides inputs and steps: `person`, `now`, `run` and `account`.
//!
//! Their values stay the same while a run is driven, so that a repeated call sends the same request.

use serde_json::{Map, Value, json};

use super::action_call::Purpose;
use super::state::{Run, StepRecord};
use crate::catalog::{Catalog, Recipe};
use crate::connection::AccountIdentity;
use crate::person_template_variable::in_templates;

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
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::next::tests::run;
    use super::*;
    use crate::catalog::tests::{call, real_catalog};
    use crate::person_template_variable::Contact;
    use crate::run::{ActionCall, Next, RunEnd, RunState, next};
    use crate::time::Timestamp;
    use workbot_shared::UserId;

    pub(in super::super) fn contact(email: Option<&str>) -> Option<Contact> {
        Some(Contact { id: UserId::parse("76b0").unwrap(), email: email.map(str::to_owned) })
    }

    /// The catalog with other parameters for the step of [`run`].
    pub(in super::super) fn with(with: Value) -> Catalog {
        let mut catalog = real_catalog();
        let recipe = catalog.recipes.get_mut(&run().recipe).unwrap();
        call(&mut recipe.steps[0]).with.insert("fields".to_owned(), with);
        catalog
    }

    pub(in super::super) fn ask(run: &Run, catalog: &Catalog, seconds: i64) -> Next {
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
    fn the_stored_contact_is_pinned_and_dropped_with_the_inputs() {
        let run = Run { contact: contact(Some("ada@contoso.com")), ..run() };
        let stored = serde_json::to_value(&run).unwrap();
        assert_eq!(stored["contact"], json!({"id": "76b0", "email": "ada@contoso.com"}));
        let over = Run { state: RunState::Over { end: RunEnd::Expired }, ..run };
        assert!(!over.stored().unwrap().contains("ada@contoso.com"));
    }
}
