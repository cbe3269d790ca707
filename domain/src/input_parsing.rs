//! The inputs of a recipe: from the text of a command, a form or a language model to typed values.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use workbot_shared::Language;

use crate::catalog::{Choice, Input, InputType, Recipe};
use crate::character_normalization::normalised;
use crate::numbers_and_dates::{day, number};
use crate::template::escape_markdown;

/// The given inputs as text, by input id.
pub type RawInputs = BTreeMap<String, String>;

/// The choices that apps offer, by input id.
pub type ChoiceOptions = BTreeMap<String, Vec<Choice>>;

/// Maximum length of an input, in characters.
pub const LONGEST_INPUT: usize = 8000;

/// The most bytes of the values of a run that a person approves, as escaped Markdown in JSON. The card shows
/// every value whole, and with all else stays below 28 KB, which every Teams client accepts as a message.
pub const MOST_VALUE_BYTES: usize = 16 * 1024;

/// The bytes that a text takes of [`MOST_VALUE_BYTES`].
#[must_use]
pub fn value_bytes(text: &str) -> usize {
    Value::String(escape_markdown(text)).to_string().len()
}

/// Returns the longest input and the bytes of all, if these exceed [`MOST_VALUE_BYTES`].
#[must_use]
pub fn too_long_to_approve(given: &RawInputs) -> Option<(&str, usize)> {
    let sizes = given.iter().map(|(id, value)| (value_bytes(value), id.as_str()));
    let total: usize = sizes.clone().map(|(bytes, _)| bytes).sum();
    sizes.max().filter(|_| total > MOST_VALUE_BYTES).map(|(_, longest)| (longest, total))
}

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
    /// It is the longest of values that exceed [`MOST_VALUE_BYTES`] together.
    TooLongToApprove,
}

/// Returns a given value as it is kept, the same for people, agents and a language model: [`normalised`], and
/// cut to one character more than [`LONGEST_INPUT`], so that it still counts as too long.
pub(crate) fn raw_input(value: &str) -> String {
    let mut value = normalised(value);
    if let Some((end, _)) = value.char_indices().nth(LONGEST_INPUT + 1) {
        value.truncate(end);
    }
    value
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
                    .is_some_and(|from| known.is_empty() || !from.has_ids());
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
    use serde_json::json;

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
}
