//! Commands as a person types them: `create opportunity name: Acme amount: 5000 close_date: 2026-12-31`.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use workbot_shared::{Language, RecipeId};

use crate::catalog::{Catalog, Choice, Input, InputType, Recipe};
use crate::command_inputs::split;
use crate::numbers_and_dates::{day, number};

/// A recognised command.
#[derive(Debug, PartialEq)]
pub struct Command<'a> {
    /// The recipe's id.
    pub id: &'a RecipeId,
    /// The recipe.
    pub recipe: &'a Recipe,
    /// The text after the command.
    rest: String,
}

/// The given inputs as text, by input id.
pub type RawInputs = BTreeMap<String, String>;

/// The choices that apps offer, by input id.
pub type ChoiceOptions = BTreeMap<String, Vec<Choice>>;

/// Maximum length of an input, in characters.
pub const LONGEST_INPUT: usize = 8000;

/// What is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputError {
    /// It is required and missing.
    Missing,
    /// It is not a number.
    NotANumber,
    /// It is not a date like `2026-12-31`.
    NotADate,
    /// It is not one of the choices.
    NotAChoice,
    /// It is neither yes nor no.
    NotYesOrNo,
    /// It is longer than [`LONGEST_INPUT`].
    TooLong,
}

/// Finds the recipe whose command a text starts with; the longest command wins. Case and spacing are ignored.
#[must_use]
pub fn find_command<'a>(catalog: &'a Catalog, text: &str) -> Option<Command<'a>> {
    catalog
        .recipes
        .iter()
        .filter_map(|(id, recipe)| Some(Command { id, recipe, rest: strip_command(text, &recipe.command)? }))
        .max_by_key(|command| command.recipe.command.len())
}

/// Returns the text after `command`, if `text` starts with its words. A punctuation mark after the last word
/// is skipped. The space between two words may be missing, because a client may send one that is invisible
/// and removed.
///
/// ```
/// use workbot_domain::recipe_command::strip_command;
///
/// assert_eq!(strip_command("Close  deal: name: Acme", "close deal").as_deref(), Some("name: Acme"));
/// assert_eq!(strip_command("closed deals", "close deal"), None);
/// ```
#[must_use]
pub fn strip_command(text: &str, command: &str) -> Option<String> {
    let mut rest = text.trim_start();
    for word in command.split_whitespace() {
        let mut letters = rest.trim_start().chars();
        let is_next = |c: char| letters.next().is_some_and(|other| other.to_lowercase().eq(c.to_lowercase()));
        if !word.chars().all(is_next) {
            return None;
        }
        rest = letters.as_str();
    }
    let tail = rest.trim_start_matches(['.', ',', ':', '!']);
    (tail.is_empty() || tail.starts_with(char::is_whitespace)).then(|| tail.trim_start().to_owned())
}

/// Cuts a value to one character more than [`LONGEST_INPUT`], so that it still counts as too long.
pub(crate) fn truncate(mut value: String) -> String {
    if let Some((end, _)) = value.char_indices().nth(LONGEST_INPUT + 1) {
        value.truncate(end);
    }
    value
}

impl Command<'_> {
    /// Returns the inputs given in the text. Numbers are read in this language, and then written as clients
    /// write them in every language.
    #[must_use]
    pub fn raw_inputs(&self, language: Language) -> RawInputs {
        let mut given = RawInputs::new();
        for (id, value) in split(&self.rest, self.recipe) {
            let kind = self.recipe.inputs.iter().find(|input| input.id == id).map(|input| input.kind);
            let number = number(&value, language).filter(|_| kind == Some(InputType::Number));
            let value = number.map_or_else(|| truncate(value), |number| number.to_string());
            given.entry(id.to_owned()).or_insert(value);
        }
        given
    }
}

/// Mistakes, by input id.
pub type InputErrors = BTreeMap<String, InputError>;

/// Returns the typed values of inputs.
///
/// # Errors
/// The mistakes, by input id.
pub fn parse_inputs(
    inputs: &[Input],
    given: &RawInputs,
    offers: &ChoiceOptions,
) -> Result<Map<String, Value>, InputErrors> {
    let mut values = Map::new();
    let mut mistakes = InputErrors::new();
    for input in inputs {
        let text = given.get(&input.id).map(|text| text.trim()).filter(|text| !text.is_empty());
        let typed = match text {
            Some(text) => input.parse(text, offers.get(&input.id).map_or(&[], Vec::as_slice)),
            None if input.required && input.default.is_none() => Err(InputError::Missing),
            None => Ok(input.default.clone().unwrap_or(Value::Null)),
        };
        match typed {
            Ok(value) => drop(values.insert(input.id.clone(), value)),
            Err(mistake) => drop(mistakes.insert(input.id.clone(), mistake)),
        }
    }
    if mistakes.is_empty() { Ok(values) } else { Err(mistakes) }
}

impl Recipe {
    /// Returns the typed inputs of the command.
    ///
    /// # Errors
    /// The mistakes, by input id.
    pub fn parse(
        &self,
        given: &RawInputs,
        offers: &ChoiceOptions,
    ) -> Result<Map<String, Value>, InputErrors> {
        parse_inputs(&self.inputs, given, offers)
    }
}

impl Input {
    /// Returns the typed value of a text.
    ///
    /// A choice is named by its title or value. `offers` are the choices of the app, or of an earlier step.
    /// If the titles differ from the values, the text has to name one of them, as far as they are known.
    /// Otherwise any text is accepted, because only the app knows its values. Of an earlier step's choices it
    /// always has to name one. Yes and no are understood in every language.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(&self, text: &str, offers: &[Choice]) -> Result<Value, InputError> {
        if text.chars().count() > LONGEST_INPUT {
            return Err(InputError::TooLong);
        }
        match self.kind {
            InputType::Text | InputType::Multiline => Ok(Value::String(text.to_owned())),
            InputType::Number => number(text, Language::En).map(Value::Number).ok_or(InputError::NotANumber),
            InputType::Date => {
                day(text).map(|day| Value::String(day.to_string())).ok_or(InputError::NotADate)
            }
            InputType::Choice => {
                let known = self.choosable(offers);
                let is_free = self
                    .choices_from
                    .as_ref()
                    .filter(|from| from.call().is_some())
                    .is_some_and(|from| known.is_empty() || from.title == from.value);
                // A name in the recipe's file for a value that the app offers.
                let own = || {
                    let choice = Choice::named(&self.choices, text)?;
                    known.iter().find(|offer| offer.value == choice.value)
                };
                match Choice::named(known, text).or_else(own) {
                    Some(choice) => Ok(Value::String(choice.value.clone())),
                    None if is_free => Ok(Value::String(text.to_owned())),
                    None => Err(InputError::NotAChoice),
                }
            }
            InputType::YesNo => match text.to_lowercase().as_str() {
                "yes" | "y" | "ja" | "j" | "true" | "on" | "1" => Ok(Value::Bool(true)),
                "no" | "n" | "nein" | "false" | "off" | "0" => Ok(Value::Bool(false)),
                _ => Err(InputError::NotYesOrNo),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use serde_json::json;

    fn inputs(text: &str) -> Result<Value, BTreeMap<String, InputError>> {
        let catalog = real_catalog();
        let command = find_command(&catalog, text).unwrap();
        command.recipe.parse(&command.raw_inputs(Language::En), &ChoiceOptions::new()).map(Value::Object)
    }

    #[test]
    fn inputs_are_given_inline_in_any_order() {
        let expected = json!({"name": "Acme", "amount": 5000, "close_date": "2026-12-31"});
        assert_eq!(
            inputs("create opportunity name: Acme amount: 5000 close_date: 2026-12-31").unwrap(),
            expected
        );
        assert_eq!(
            inputs("  CREATE   Opportunity close_date:2026-12-31, Amount: 5,000 name:Acme").unwrap(),
            expected
        );
    }

    #[test]
    fn a_command_is_recognised_without_the_space_that_a_client_removed() {
        let catalog = real_catalog();
        let found = |text: &str| find_command(&catalog, text).map(|command| command.id.to_string());
        for written in
            ["create\u{200B}opportunity name: A", "CreateOpportunity: name: A", "createopportunity"]
        {
            let text = crate::character_normalization::normalised(written);
            assert_eq!(found(&text).as_deref(), Some("create-opportunity"), "{text}");
        }
        for text in ["createopportunityname: A", "createopportunities", "create", "c reate opportunity"] {
            assert_eq!(found(text), None, "{text}");
        }
        assert_eq!(
            found(&crate::character_normalization::normalised("crea\u{200B}te opportunity")).as_deref(),
            Some("create-opportunity")
        );
    }

    #[test]
    fn inline_numbers_and_dates_are_read_in_the_language() {
        let catalog = real_catalog().in_language(Language::De);
        let given = |text: &str, language| {
            let command = find_command(&catalog, text).unwrap();
            let inputs = command.recipe.parse(&command.raw_inputs(language), &ChoiceOptions::new()).unwrap();
            (inputs["amount"].clone(), inputs["close_date"].clone())
        };
        let text = "create opportunity name: 1.000 amount: 5.000 close_date: 31.12.2026";
        assert_eq!(given(text, Language::De), (json!(5000), json!("2026-12-31")));
        assert_eq!(given(text, Language::En), (json!(5.0), json!("2026-12-31")));
        let command = find_command(&catalog, text).unwrap();
        assert_eq!(command.raw_inputs(Language::De)["name"], "1.000", "a text is not read as a number");
        let text = "report problem problem: Drucker urgency: hoch folder: nein";
        let command = find_command(&catalog, text).unwrap();
        let inputs = command.recipe.parse(&command.raw_inputs(Language::De), &ChoiceOptions::new()).unwrap();
        assert_eq!((&inputs["urgency"], &inputs["folder"]), (&json!("1"), &json!(false)));
    }

    #[test]
    fn a_value_may_contain_spaces_and_in_quotes_anything() {
        let given =
            inputs("create opportunity name: Acme & Söhne – Q4 amount: 1.5 close_date: 2026-12-31").unwrap();
        assert_eq!((&given["name"], &given["amount"]), (&json!("Acme & Söhne – Q4"), &json!(1.5)));
        let quoted =
            inputs(r#"create opportunity name: "the amount: deal" amount: 1 close_date: 2026-12-31"#)
                .unwrap();
        assert_eq!(quoted["name"], json!("the amount: deal"));
    }

    #[test]
    fn a_single_input_needs_no_name() {
        for (text, name) in [
            ("find account Acme Labs", json!("Acme Labs")),
            ("find account name: Acme Labs", json!("Acme Labs")),
            ("find account \"name: x\"", json!("name: x")),
            ("find account", json!(null)),
        ] {
            assert_eq!(inputs(text).unwrap()["name"], name, "{text}");
        }
    }

    #[test]
    fn every_missing_or_wrong_input_is_named() {
        assert_eq!(
            inputs("create opportunity amount: much close_date: 2026-02-30").unwrap_err(),
            BTreeMap::from([
                ("name".to_owned(), InputError::Missing),
                ("amount".to_owned(), InputError::NotANumber),
                ("close_date".to_owned(), InputError::NotADate)
            ])
        );
        assert_eq!(inputs("create opportunity").unwrap_err().len(), 3);
    }

    #[test]
    fn a_text_that_only_resembles_a_command_is_not_one() {
        let catalog = real_catalog();
        assert_eq!(find_command(&catalog, "create opportunities"), None);
        assert_eq!(find_command(&catalog, "create"), None);
        assert_eq!(find_command(&catalog, ""), None);
    }

    fn input(fields: Value) -> Input {
        let mut whole = json!({"id": "x", "label": "X", "example": "x"});
        whole.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn a_choice_is_named_by_title_or_value_ignoring_case() {
        let urgency = input(json!({"type": "choice", "choices": [
            {"title": "High", "value": "1"}, {"title": "Low", "value": "3"}
        ]}));
        for (text, value) in [("high", "1"), ("LOW", "3"), ("3", "3")] {
            assert_eq!(urgency.parse(text, &[]), Ok(json!(value)), "{text}");
        }
        assert_eq!(urgency.parse("medium", &[]), Err(InputError::NotAChoice));
    }

    #[test]
    fn an_apps_choice_is_named_by_title_and_other_values_are_accepted_where_allowed() {
        let from = |value: &str| {
            input(json!({"type": "choice", "choices_from": {
                "app": "box", "action": "list_folder", "items": "items", "title": "/name", "value": value
            }}))
        };
        let offers = [Choice { title: "Contracts".into(), value: "7".into() }];
        assert_eq!(from("/id").parse("contracts", &offers), Ok(json!("7")));
        assert_eq!(from("/id").parse("Invoices", &offers), Err(InputError::NotAChoice));
        assert_eq!(from("/id").parse("8", &[]), Ok(json!("8")), "the app returned no choices");
        assert_eq!(from("/name").parse("Invoices", &offers), Ok(json!("Invoices")));
        let offers = [Choice { title: "Q3\u{A0}Plan\u{2011}B".into(), value: "9\u{200B}".into() }];
        assert_eq!(
            from("/id").parse("q3 plan-b", &offers),
            Ok(json!("9\u{200B}")),
            "the value is the app's own"
        );
    }

    #[test]
    fn a_recipes_own_choice_names_an_offered_value_and_applies_if_none_is_offered() {
        let stage = input(json!({
            "type": "choice", "choices": [{"title": "Won", "value": "Closed Won"}, {"title": "Lost", "value": "Closed Lost"}],
            "choices_from": {"app": "salesforce", "action": "picklist_values", "items": "values", "title": "/label", "value": "/value"}
        }));
        let offer = |title: &str, value: &str| Choice { title: title.into(), value: value.into() };
        let offers = [offer("Gewonnen", "Closed Won"), offer("Angebot", "Our offer")];
        for (text, offers, expected) in [
            ("won", &offers[..], Ok(json!("Closed Won"))),
            ("Gewonnen", &offers, Ok(json!("Closed Won"))),
            ("closed won", &offers, Ok(json!("Closed Won"))),
            ("our offer", &offers, Ok(json!("Our offer"))),
            ("Lost", &offers, Err(InputError::NotAChoice)),
            ("Wonn", &offers, Err(InputError::NotAChoice)),
            ("Lost", &[], Ok(json!("Closed Lost"))),
            ("Wonn", &[], Err(InputError::NotAChoice)),
        ] {
            assert_eq!(stage.parse(text, offers), expected, "{text} {offers:?}");
        }
    }

    #[test]
    fn every_input_has_a_maximum_length() {
        let notes = input(json!({"type": "multiline"}));
        assert_eq!(notes.parse(&"ä".repeat(LONGEST_INPUT), &[]).map(|_| ()), Ok(()));
        assert_eq!(notes.parse(&"ä".repeat(LONGEST_INPUT + 1), &[]), Err(InputError::TooLong));
    }

    #[test]
    fn yes_and_no_are_true_and_false() {
        let public = input(json!({"type": "yes_no"}));
        for (text, value) in [("Yes", true), ("y", true), ("no", false), ("FALSE", false)] {
            assert_eq!(public.parse(text, &[]), Ok(json!(value)), "{text}");
        }
        assert_eq!(public.parse("perhaps", &[]), Err(InputError::NotYesOrNo));
    }

    #[test]
    fn an_omitted_input_has_its_default() {
        let mut catalog = real_catalog();
        let recipe = catalog.recipes.get_mut(&RecipeId::parse("create-opportunity").unwrap()).unwrap();
        recipe.inputs[1].default = Some(json!(100));
        let command = find_command(&catalog, "create opportunity name: A close_date: 2026-12-31").unwrap();
        let inputs = command.recipe.parse(&command.raw_inputs(Language::En), &ChoiceOptions::new()).unwrap();
        assert_eq!(inputs["amount"], json!(100));
    }
}
