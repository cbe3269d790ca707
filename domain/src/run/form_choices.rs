//! An app's choices for the inputs of a form, read with the connection that the run uses.

use serde_json::Value;

use super::state::Run;
use crate::catalog::{Call, Recipe};

/// Limit for the stored choices of one input, in bytes of their titles and values. A picklist shows fewer.
const MOST_OFFERED: usize = 32 * 1024;

impl Run {
    /// Returns the next input whose choices have not been requested from its app.
    pub(super) fn options_to_fetch<'a>(&self, recipe: &'a Recipe) -> Option<(&'a str, &'a Call)> {
        let form = self.form.as_ref().filter(|form| !form.guessed)?;
        recipe
            .inputs
            .iter()
            .filter(|input| !form.offers.contains_key(&input.id))
            .find_map(|input| Some((input.id.as_str(), input.choices_from.as_ref()?.call()?)))
    }

    /// Records the choices of an input from the app's `answer`. Without an answer the input becomes a text
    /// field.
    pub(super) fn set_options(&mut self, recipe: &Recipe, input: &str, response: Option<&Value>) {
        let from = recipe.inputs.iter().find(|known| known.id == input);
        let from = from.and_then(|input| input.choices_from.as_ref());
        if let (Some(form), Some(from)) = (&mut self.form, from) {
            let mut offers = response.map(|response| from.choices(response)).unwrap_or_default();
            let mut room = MOST_OFFERED;
            let fits = offers.iter().take_while(|choice| {
                let fits = room.checked_sub(choice.title.len() + choice.value.len());
                room = fits.unwrap_or_default();
                fits.is_some()
            });
            offers.truncate(fits.count());
            form.offers.insert(input.to_owned(), offers);
        }
        if self.options_to_fetch(recipe).is_none() {
            self.complete(recipe);
        }
    }

    pub(super) fn complete(&mut self, recipe: &Recipe) -> bool {
        let Some(form) = &self.form else { return true };
        let Ok(inputs) = form.parse(recipe) else { return false };
        let title = |(id, value): (&String, &Value)| {
            let offers = form.offers.get(id)?;
            let chosen = offers.iter().find(|offer| value.as_str() == Some(&offer.value))?;
            Some((id.clone(), chosen.title.clone()))
        };
        self.titles = inputs.iter().filter_map(title).collect();
        self.inputs = inputs;
        self.form = None;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::form_submission::tests::{ask, begun, recipe};
    use crate::call::Outcome;
    use crate::catalog::tests::real_catalog;
    use crate::run::form::inputs_from_data;
    use crate::run::next::tests::agent;
    use crate::run::{ActionCall, Approval, Next, Purpose, Run};
    use serde_json::json;
    use workbot_shared::AppId;

    #[test]
    fn an_apps_choices_are_read_as_the_person_before_the_form_is_shown() {
        let catalog = real_catalog();
        let mut run = begun(&catalog, "approve change");
        let recipe = recipe(&run, &catalog);
        assert!(matches!(ask(&run, &catalog, false), Next::AskLogin { .. }));
        let Next::Call(ActionCall { purpose, app, action, writes, as_person, .. }) =
            ask(&run, &catalog, true)
        else {
            panic!()
        };
        assert_eq!(
            (purpose, app, action.as_str(), writes, as_person),
            (
                Purpose::Choices("change".into()),
                AppId::parse("servicenow").unwrap(),
                "my_approvals",
                false,
                true
            )
        );
        let response = json!({"approvals": [{"sysapproval": {"display_value": "CHG1"}}]});
        run.record_outcome(&Purpose::Choices("change".into()), Outcome::Done(response), "ada", &catalog);
        assert_eq!(ask(&run, &catalog, true), Next::AskInput);
        assert_eq!(run.form.as_ref().unwrap().offers["change"][0].value, "CHG1");
        assert!(run.form.as_ref().unwrap().mistakes(recipe).is_empty());
    }

    #[test]
    fn an_agents_choice_of_an_app_is_approved_with_the_title_that_the_app_gives_it() {
        let catalog = real_catalog();
        let agent = agent(Approval::Needed);
        let asked =
            || begun(&catalog, "post message channel: C08EXTERNAL text: Hi").asked_by_agent(agent.clone());
        let channels = json!({"channels": [
            {"id": "C0TEAM", "name": "team"}, {"id": "C08EXTERNAL", "name": "partners\u{200B}\n\u{202E}x"}
        ]});
        let after = |outcome: Outcome| {
            let mut run = asked();
            assert!(matches!(ask(&run, &catalog, false), Next::AskLogin { .. }));
            let Next::Call(call) = ask(&run, &catalog, true) else { panic!() };
            assert_eq!((call.action.as_str(), call.as_person), ("list_channels", true), "before any card");
            run.record_outcome(&call.purpose, outcome, "ada", &catalog);
            run
        };
        let run = after(Outcome::Done(channels));
        assert_eq!(ask(&run, &catalog, true), Next::AskApproval);
        assert_eq!(
            (&run.inputs["channel"], run.titles["channel"].as_str()),
            (&json!("C08EXTERNAL"), "partners x")
        );
        assert!(serde_json::from_str::<Run>(&run.stored().unwrap()).unwrap() == run);
        // The person is asked about an id that the app does not have.
        let unknown = after(Outcome::Done(json!({"channels": [{"id": "C0TEAM", "name": "team"}]})));
        assert_eq!(ask(&unknown, &catalog, true), Next::AskInput);
        // The card says that the app returned no titles.
        let refused = after(Outcome::Refused { message: "no".into() });
        assert_eq!((ask(&refused, &catalog, true), refused.titles.len()), (Next::AskApproval, 0));
    }

    #[test]
    fn the_default_of_an_apps_choice_is_read_from_the_app_too() {
        let mut catalog = real_catalog();
        let id = workbot_shared::RecipeId::parse("post-message").unwrap();
        catalog.recipes.get_mut(&id).unwrap().inputs[0].default = Some(json!("C0TEAM"));
        let run = begun(&catalog, "post message text: Hi");
        assert!(matches!(ask(&run, &catalog, true), Next::Call(_)));
    }

    #[test]
    fn given_values_and_offered_choices_are_bounded() {
        let catalog = real_catalog();
        let mut run = begun(&catalog, "approve change");
        let long = "x".repeat(1_000_000);
        let given = inputs_from_data(&recipe(&run, &catalog).inputs, &json!({"change": long}));
        assert!(given["change"].len() <= 8001);
        let begun = begun(&catalog, &format!("find account name: {long}"));
        assert!(begun.form.as_ref().unwrap().given["name"].len() <= 8001);
        assert!(!begun.form.unwrap().mistakes(&catalog.recipes[&begun.recipe]).is_empty());
        let offers: Vec<_> =
            (0..10_000).map(|n| json!({"sysapproval": {"display_value": format!("CHG{n}")}})).collect();
        run.record_outcome(
            &Purpose::Choices("change".into()),
            Outcome::Done(json!({"approvals": offers})),
            "ada",
            &catalog,
        );
        let kept = run.form.unwrap().offers["change"].len();
        assert!((1000..5000).contains(&kept), "{kept}");
    }

    #[test]
    fn an_app_that_returns_no_choices_leaves_a_text_field() {
        let catalog = real_catalog();
        let mut run = begun(&catalog, "approve change");
        let refused = Outcome::Refused { message: "no".into() };
        run.record_outcome(&Purpose::Choices("change".into()), refused, "ada", &catalog);
        assert_eq!(ask(&run, &catalog, true), Next::AskInput);
        assert!(run.form.unwrap().offers["change"].is_empty());
    }

    #[test]
    fn a_title_given_inline_becomes_its_value_without_a_form() {
        let mut catalog = real_catalog();
        let id = workbot_shared::RecipeId::parse("approve-change").unwrap();
        let from = catalog.recipes.get_mut(&id).unwrap().inputs[0].choices_from.as_mut().unwrap();
        from.value = "/sysapproval/value".into();
        let response = json!({"approvals": [{"sysapproval": {"display_value": "CHG1", "value": "9f"}}]});
        let noted = |text: &str| {
            let mut run = begun(&catalog, text);
            assert!(matches!(ask(&run, &catalog, true), Next::Call(_)));
            let outcome = Outcome::Done(response.clone());
            run.record_outcome(&Purpose::Choices("change".into()), outcome, "ada", &catalog);
            run
        };
        let run = noted("approve change change: chg1 decision: Approve");
        assert_eq!((run.inputs["change"].clone(), run.form), (json!("9f"), None));
        let run = noted("approve change change: CHG2 decision: Approve");
        assert_eq!(ask(&run, &catalog, true), Next::AskInput);
    }
}
