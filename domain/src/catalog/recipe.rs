//! One recipe: `catalog/recipes/<id>.toml`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use workbot_shared::{AppId, Language};

use super::Reply;
use crate::character_normalization::normalised;
use crate::template::Template;

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
}

/// The texts of an input in a language other than English.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputTranslation {
    /// Translates [`Input::label`].
    pub label: Option<String>,
    /// Translates [`Input::hint`].
    pub hint: Option<String>,
    /// Translates [`Input::example`].
    pub example: Option<String>,
    /// The titles of the choices, by value.
    #[serde(default)]
    pub choices: BTreeMap<String, String>,
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
        }
        for input in &mut recipe.inputs {
            let Some(translation) = translation.inputs.get(&input.id) else { continue };
            if let Some(label) = &translation.label {
                input.other_labels.push(std::mem::replace(&mut input.label, label.clone()));
            }
            put(&mut input.example, &translation.example);
            input.hint = translation.hint.clone().or_else(|| input.hint.take());
            for choice in &mut input.choices {
                if let Some(title) = translation.choices.get(&choice.value) {
                    choice.title.clone_from(title);
                }
            }
        }
        recipe
    }

    /// Returns the labels of an input in all languages.
    pub fn labels<'a>(&'a self, input: &'a Input) -> impl Iterator<Item = &'a str> {
        let translated =
            self.de.as_ref().and_then(|translation| translation.inputs.get(&input.id)?.label.as_ref());
        [&input.label].into_iter().chain(translated).chain(&input.other_labels).map(String::as_str)
    }

    /// Returns the apps in the order of their first use.
    #[must_use]
    pub fn apps(&self) -> Vec<&AppId> {
        let mut apps = Vec::new();
        for step in &self.steps {
            if !apps.contains(&&step.app) {
                apps.push(&step.app);
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

/// An input of a recipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The name in `command id: value` and in forms.
    pub id: String,
    /// The label for people.
    pub label: String,
    /// The labels in other languages, in a translated recipe.
    #[serde(skip)]
    other_labels: Vec<String>,
    /// The type of the value.
    #[serde(rename = "type")]
    pub kind: InputType,
    /// Whether a value is required. A missing optional value is `null`, also for yes or no.
    #[serde(default = "yes")]
    pub required: bool,
    /// The default value, of the input's type; for a choice its `value`.
    pub default: Option<Value>,
    /// What to enter, in one line for forms.
    pub hint: Option<String>,
    /// An example value, for help.
    pub example: String,
    /// The choices, for `type = "choice"`. With `choices_from` they apply if the app returns none, and are
    /// further names for the app's choices.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// The app's action that returns the choices, for `type = "choice"`.
    pub choices_from: Option<ChoicesFrom>,
}

fn yes() -> bool {
    true
}

/// The type of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputType {
    /// One line of text.
    Text,
    /// Several lines of text.
    Multiline,
    /// A number.
    Number,
    /// A date, `2026-12-31`.
    Date,
    /// One of several values.
    Choice,
    /// Yes or no: `true` or `false` in templates.
    YesNo,
}

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The text for people.
    pub title: String,
    /// The value for templates.
    pub value: String,
}

/// Choices that an app's action returns. It is called with the connection that the run uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoicesFrom {
    /// The app; a step of the recipe has to use it too.
    pub app: AppId,
    /// The action; it has to be a read.
    pub action: String,
    /// The action's parameters, without templates.
    #[serde(default)]
    pub with: Map<String, Value>,
    /// The output that holds the list.
    pub items: String,
    /// JSON pointer, inside an item, to the text for people.
    pub title: String,
    /// JSON pointer, inside an item, to the value for templates.
    pub value: String,
}

impl Input {
    /// Returns the available choices: those that the app offers, if any, else those of the file.
    #[must_use]
    pub fn choosable<'a>(&'a self, offers: &'a [Choice]) -> &'a [Choice] {
        if self.choices_from.is_some() && !offers.is_empty() { offers } else { &self.choices }
    }
}

impl ChoicesFrom {
    /// Reads the choices from an action's output. Items without a title or a value are skipped.
    #[must_use]
    pub fn choices(&self, output: &Value) -> Vec<Choice> {
        let text = |item: &Value, pointer: &str| match item.pointer(pointer)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let items = output.get(&self.items).and_then(Value::as_array);
        items
            .into_iter()
            .flatten()
            .filter_map(|item| {
                Some(Choice { title: text(item, &self.title)?, value: text(item, &self.value)? })
            })
            .collect()
    }
}

impl Choice {
    /// Finds a choice by title or value, ignoring case and invisible characters.
    #[must_use]
    pub fn named<'a>(choices: &'a [Self], text: &str) -> Option<&'a Self> {
        let folded = |text: &str| normalised(text).trim().to_lowercase();
        let text = folded(text);
        choices
            .iter()
            .find(|choice| folded(&choice.value) == text)
            .or_else(|| choices.iter().find(|choice| folded(&choice.title) == text))
    }
}

/// One step of a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The name in later steps and in the reply.
    pub id: String,
    /// The label for people, e.g. `Create the folder`; default: the app's name.
    pub label: Option<String>,
    /// The app.
    pub app: AppId,
    /// The app's action.
    pub action: String,
    /// The action's parameters: a tree of templates over `inputs` and `steps`.
    #[serde(default)]
    pub with: Map<String, Value>,
    /// The condition; the step is skipped unless it holds.
    pub when: Option<Template>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use crate::template::{Target, evaluate_tree};
    use serde_json::json;
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
                "closed": {"link": "https://acme.my.salesforce.com/006"},
                "folder": {"id": "7", "link": "https://app.box.com/folder/7"},
                "shared": {"url": "https://contoso.box.com/s/x"},
                "item": {"first_id": "i7", "first_name": "Customer set-up"},
                "request": {"number": "REQ1", "link": "https://contoso.service-now.com/x"}
            }
        });
        let win = recipe("win-deal");
        let step = |id: &str| win.steps.iter().find(|step| step.id == id).unwrap();
        let with = evaluate_tree(&Value::Object(step("request").with.clone()), &values).unwrap();
        assert_eq!(
            with,
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
        values["steps"] = json!({"found": {"total": 2, "records": [{"Name": "A"}, {"Name": "B"}]}, "closed": null, "folder": null, "item": null});
        assert_eq!(
            reply("win-deal", &values),
            "More than one open opportunity is named like *Acme*; nothing was done. Which one?\n\n- A\n- B"
        );
        for step in &win.steps[1..] {
            assert!(!step.when.as_ref().unwrap().holds(&values).unwrap(), "{}", step.id);
        }
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
        let with = evaluate_tree(&Value::Object(step("again").with), &second).unwrap();
        assert_eq!(with["name"], "Q1 2026-12-31 0a1b.txt", "the name is the same in every attempt");
        let file = evaluate_tree(&Value::Object(step("shared").with), &second).unwrap();
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
            let with = evaluate_tree(&Value::Object(ticket.with.clone()), &values).unwrap();
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
