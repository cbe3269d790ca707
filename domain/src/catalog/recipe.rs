//! One recipe: `catalog/recipes/<id>.toml`.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use workbot_shared::{AppId, Language};

use super::input::translate_inputs;
use super::{Input, InputTranslation, QuestionTranslation, Reply, Step, StepKind};

/// A bot command with its inputs, its settings, and the actions that it runs in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The name for use in sentences, e.g. `Create opportunity`.
    pub name: String,
    /// The command that a person types.
    pub command: String,
    /// The effect, in one line of help.
    pub hint: String,
    /// The effect, completing the sentence "To … as you, Workbot needs access", e.g. `create this
    /// opportunity`.
    pub purpose: String,
    /// The apps that the recipe uses with the person's private connection, unless an admin overrides it.
    #[serde(default)]
    pub verify_user_access: Vec<AppId>,
    /// Where the result is posted.
    #[serde(default)]
    pub reply_in: ReplyIn,
    /// The inputs.
    #[serde(default)]
    pub inputs: Vec<Input>,
    /// The steps.
    pub steps: Vec<Step>,
    /// The reply.
    pub reply: Reply,
    /// The German translation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub de: Option<Translation>,
}

/// The texts of a recipe in a language other than English. An absent text stays English.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Translation {
    /// Translates [`Recipe::name`].
    pub name: Option<String>,
    /// Translates [`Recipe::hint`].
    pub hint: Option<String>,
    /// Translates [`Recipe::purpose`]. In German it completes "Um in Ihrem Namen …, benötigt Workbot
    /// Zugriff".
    pub purpose: Option<String>,
    /// Translates [`Recipe::reply`].
    pub reply: Option<Reply>,
    /// The texts of the inputs, by id.
    #[serde(default)]
    pub inputs: BTreeMap<String, InputTranslation>,
    /// Translates [`Step::label`], by step id.
    #[serde(default)]
    pub steps: BTreeMap<String, String>,
    /// Translates the questions, by step id.
    #[serde(default)]
    pub ask: BTreeMap<String, QuestionTranslation>,
}

impl Recipe {
    /// Returns the translation into a language; `None` for English, or if there is none.
    #[must_use]
    pub fn translation(&self, language: Language) -> Option<&Translation> {
        match language {
            Language::En => None,
            Language::De => self.de.as_ref(),
        }
    }

    /// Returns the recipe in a language. The command is the same in all languages. The purpose is empty
    /// without a translation, because it has to fit into a sentence.
    #[must_use]
    pub fn in_language(&self, language: Language) -> Self {
        let mut recipe = self.clone();
        if language == Language::En {
            return recipe;
        }
        let nothing = Translation::default();
        let translation = self.translation(language).unwrap_or(&nothing);
        let put = |into: &mut String, text: &Option<String>| {
            if let Some(text) = text {
                into.clone_from(text);
            }
        };
        put(&mut recipe.name, &translation.name);
        put(&mut recipe.hint, &translation.hint);
        recipe.purpose = translation.purpose.clone().unwrap_or_default();
        if let Some(reply) = &translation.reply {
            recipe.reply = reply.clone();
        }
        for step in &mut recipe.steps {
            step.label = translation.steps.get(&step.id).cloned().or_else(|| step.label.take());
            if let (StepKind::Ask(question), Some(translation)) =
                (&mut step.kind, translation.ask.get(&step.id))
            {
                question.translate(translation);
            }
        }
        translate_inputs(&mut recipe.inputs, &translation.inputs);
        recipe
    }

    /// Returns the labels of an input of the command in all languages.
    pub fn labels<'a>(&'a self, input: &'a Input) -> impl Iterator<Item = &'a str> {
        let translated =
            self.de.as_ref().and_then(|translation| translation.inputs.get(&input.id)?.label.as_ref());
        [&input.label].into_iter().chain(translated).chain(&input.other_labels).map(String::as_str)
    }

    /// Returns the apps in the order of their first use.
    #[must_use]
    pub fn apps(&self) -> Vec<&AppId> {
        let mut apps = Vec::new();
        for app in self.steps.iter().filter_map(Step::app) {
            if !apps.contains(&app) {
                apps.push(app);
            }
        }
        apps
    }
}

/// Where the result of a run is posted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyIn {
    /// In the personal chat.
    #[default]
    Private,
    /// In the conversation of the command, without the account.
    Here,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use crate::catalog::{Choice, ChoicesFrom};
    use crate::template::{Target, evaluate_tree};
    use serde_json::{Value, json};
    use workbot_shared::RecipeId;

    fn recipe(id: &str) -> Recipe {
        real_catalog().recipes[&RecipeId::parse(id).unwrap()].clone()
    }

    fn reply(id: &str, values: &Value) -> String {
        recipe(id).reply.text.render(Target::Markdown(Language::En), values).unwrap().trim().to_owned()
    }

    #[test]
    fn an_apps_response_becomes_choices_by_the_pointers() {
        let from: ChoicesFrom = serde_json::from_value(json!({
            "app": "box", "action": "list_folder", "items": "items", "title": "/name", "value": "/id"
        }))
        .unwrap();
        let output =
            json!({"items": [{"id": 7, "name": "Contracts"}, {"id": "8"}, {"id": "9", "name": "Q3"}]});
        let choices = from.choices(&output);
        let shown: Vec<_> =
            choices.iter().map(|choice| (choice.title.as_str(), choice.value.as_str())).collect();
        assert_eq!(shown, [("Contracts", "7"), ("Q3", "9")]);
        assert_eq!(Choice::named(&choices, "contracts").unwrap().value, "7");
        assert!(from.choices(&json!({})).is_empty());
    }

    #[test]
    fn a_recipe_over_several_apps_says_what_was_done_in_each() {
        let mut values = json!({
            "inputs": {"opportunity": "Acme", "folder": true, "setup": true, "notes": null},
            "steps": {
                "found": {"total": 1, "first_id": "006", "first_name": "Acme renewal", "records": []},
                "which": null,
                "closed": {"link": "https://acme.my.salesforce.com/006"},
                "folder": {"id": "7", "link": "https://app.box.com/folder/7"},
                "shared": {"url": "https://contoso.box.com/s/x"},
                "item": {"first_id": "i7", "first_name": "Customer set-up"},
                "request": {"number": "REQ1", "link": "https://contoso.service-now.com/x"}
            }
        });
        let win = recipe("win-deal");
        let step = |id: &str| win.steps.iter().find(|step| step.id == id).unwrap();
        let with = |id: &str, values: &Value| {
            evaluate_tree(&Value::Object(step(id).call().unwrap().with.clone()), values).unwrap()
        };
        assert_eq!(
            with("request", &values),
            json!({"item": "i7", "variables": {"short_description": "Set-up for Acme renewal", "description": "No notes.\n\nOpportunity: https://acme.my.salesforce.com/006\nFolder: https://contoso.box.com/s/x"}})
        );
        let ordered = |values: &Value| step("request").when.as_ref().unwrap().holds(values).unwrap();
        assert!(ordered(&values));
        assert_eq!(
            reply("win-deal", &values),
            "[Acme renewal](https://acme.my.salesforce.com/006) is won in Salesforce\n\n\
             - Its folder in Box: [Acme renewal](https://app.box.com/folder/7)\n\
             - The set-up is asked for in ServiceNow: [REQ1](https://contoso.service-now.com/x)"
        );
        for item in [
            json!({"first_id": null, "first_name": null}),
            json!({"first_id": "x", "first_name": "Set-up of a phone"}),
        ] {
            (values["steps"]["item"], values["steps"]["request"]) = (item, json!(null));
            assert!(!ordered(&values), "no other item is ordered");
            assert!(reply("win-deal", &values).ends_with(
                "- The set-up was not asked for: ServiceNow's catalog has no item *Customer set-up* that you may order"
            ));
        }
        values["steps"] = json!({"found": {"total": 0, "records": []}, "which": null, "closed": null, "folder": null, "item": null});
        assert_eq!(
            reply("win-deal", &values),
            "There is no open opportunity named like *Acme* in Salesforce; nothing was done"
        );
        for step in &win.steps[1..] {
            assert!(!step.when.as_ref().unwrap().holds(&values).unwrap(), "{}", step.id);
        }
        let records = json!([{"Id": "1", "Name": "A"}, {"Id": "2", "Name": "B"}]);
        values["steps"]["found"] = json!({"total": 2, "records": records, "first_id": "1"});
        let holds = |id: &str, values: &Value| step(id).when.as_ref().unwrap().holds(values).unwrap();
        assert!(holds("which", &values) && !holds("closed", &values), "the person is asked first");
        values["steps"]["which"] = json!({"opportunity": records[1]});
        assert!(holds("closed", &values));
        assert_eq!(with("closed", &values)["id"], "2");
    }

    #[test]
    fn a_note_with_a_taken_title_is_saved_under_another_and_the_reply_says_so() {
        let step = |id: &str| recipe("save-note").steps.iter().find(|step| step.id == id).cloned().unwrap();
        let values = |saved: Value, again: Value, shared: Value| {
            json!({
                "inputs": {"title": "Q1", "text": "x", "folder": null, "share": false},
                "steps": {"into": null, "saved": saved, "again": again, "shared": shared},
                "now": "2026-12-31T09:00:00Z", "run": {"id": "0a1b"}
            })
        };
        let free = json!({"id": "5", "name": "Q1.txt", "taken": null, "link": "https://app.box.com/file/5"});
        let first = values(free, json!(null), json!(null));
        assert!(!step("again").when.unwrap().holds(&first).unwrap());
        assert_eq!(reply("save-note", &first), "Saved [Q1.txt](https://app.box.com/file/5)");
        let taken = json!({"id": null, "name": null, "taken": "4", "link": "https://app.box.com/file/4"});
        let again =
            json!({"id": "6", "name": "Q1 2026-12-31 0a1b.txt", "link": "https://app.box.com/file/6"});
        let second = values(taken, again, json!(null));
        assert!(step("again").when.unwrap().holds(&second).unwrap());
        let with =
            evaluate_tree(&Value::Object(step("again").call().unwrap().with.clone()), &second).unwrap();
        assert_eq!(with["name"], "Q1 2026-12-31 0a1b.txt", "the name is the same in every attempt");
        let file =
            evaluate_tree(&Value::Object(step("shared").call().unwrap().with.clone()), &second).unwrap();
        assert_eq!(file["file"], "6");
        assert_eq!(
            reply("save-note", &second),
            "There is a [note of this title](https://app.box.com/file/4) already, so I saved yours as [Q1 2026-12-31 0a1b.txt](https://app.box.com/file/6)"
        );
    }

    #[test]
    fn a_ticket_belongs_to_its_person_unless_another_address_is_given() {
        let ticket = &recipe("create-ticket").steps[0];
        for (given, expected) in
            [(json!(null), "ada@contoso.com"), (json!("bob@contoso.com"), "bob@contoso.com")]
        {
            let values = json!({
                "inputs": {"subject": "s", "description": "d", "email": given}, "person": {"email": "ada@contoso.com"},
                "steps": {"ticket": {"link": "https://contoso.freshdesk.com/a/tickets/1"}}
            });
            let with = evaluate_tree(&Value::Object(ticket.call().unwrap().with.clone()), &values).unwrap();
            assert_eq!(with["email"], expected);
            assert!(reply("create-ticket", &values).ends_with(&format!("for {expected}")));
        }
    }

    #[test]
    fn a_recipe_is_translated_and_missing_texts_stay_english() {
        let mut problem = recipe("report-problem");
        let german = problem.in_language(Language::De);
        let urgency =
            |recipe: &Recipe| recipe.inputs.iter().find(|input| input.id == "urgency").cloned().unwrap();
        assert_eq!((german.name.as_str(), german.command.as_str()), ("Problem melden", "report problem"));
        assert_eq!(
            (urgency(&german).label.as_str(), urgency(&german).choices[0].title.as_str()),
            ("Dringlichkeit", "Hoch")
        );
        assert_eq!(problem.in_language(Language::En), problem);
        let translation = problem.de.as_mut().unwrap();
        (translation.hint, translation.purpose) = (None, None);
        translation.inputs.get_mut("urgency").unwrap().choices.remove("1");
        let german = problem.in_language(Language::De);
        assert_eq!((&german.hint, urgency(&german).choices[0].title.as_str()), (&problem.hint, "High"));
        assert_eq!(german.purpose, "", "an English purpose does not fit into a German sentence");
    }

    #[test]
    fn every_recipe_is_translated_into_every_language() {
        for (id, recipe) in &real_catalog().recipes {
            for language in Language::ALL.into_iter().filter(|language| *language != Language::En) {
                let translation = recipe.translation(language).unwrap();
                assert!(
                    translation.name.is_some() && translation.hint.is_some() && translation.purpose.is_some(),
                    "{id}"
                );
                assert!(translation.reply.is_some(), "{id}");
                for step in &recipe.steps {
                    assert_eq!(
                        translation.steps.contains_key(&step.id),
                        step.label.is_some(),
                        "{id} {}",
                        step.id
                    );
                }
                for input in &recipe.inputs {
                    let translation = translation.inputs.get(&input.id).unwrap();
                    assert!(
                        translation.label.is_some() && translation.hint.is_some() == input.hint.is_some(),
                        "{id} {}",
                        input.id
                    );
                }
            }
        }
    }

    #[test]
    fn a_record_that_was_not_found_is_not_approved() {
        let found =
            json!({"found": [{}], "id": "c1", "short_description": "Patch", "link": "https://x.example/c1"});
        let values = json!({
            "inputs": {"change": "CHG1", "decision": "approved", "comment": null},
            "steps": {"found": found, "mine": {"found": [], "id": null}, "decided": null}
        });
        let decided = &recipe("approve-change").steps[2];
        assert!(!decided.when.as_ref().unwrap().holds(&values).unwrap());
        assert!(
            reply("approve-change", &values)
                .ends_with("does not wait for your approval; nothing was changed")
        );
    }
}
