//! The form of a run: the inputs that are missing or wrong. Values stay as the person typed them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::catalog::{ChoicesFrom, Input, Recipe};
use crate::input_parsing::{
    ChoiceOptions, InputError, InputErrors, RawInputs, raw_input, too_long_to_approve,
};
use crate::json;

/// The inputs of a run while they are incomplete.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// The values given so far, as text, by input id.
    pub given: RawInputs,
    /// The choices that apps offer, by input id. The list is empty for an input whose app returned none.
    pub offers: ChoiceOptions,
    /// Whether the form was submitted before. Missing inputs are reported only then.
    pub sent: bool,
    /// Whether the values are a guess from the person's own words. No app is asked before the person submits.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guessed: bool,
    /// Whether an agent gave the values. Its person approves them on a card, which shows each whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub to_approve: bool,
}

impl Form {
    /// Returns the mistakes to show, by input id. Missing inputs are left out until the form was submitted
    /// once.
    #[must_use]
    pub fn mistakes(&self, recipe: &Recipe) -> InputErrors {
        let mut mistakes = self.parse(recipe).err().unwrap_or_default();
        mistakes.retain(|_, mistake| self.sent || *mistake != InputError::Missing);
        mistakes
    }

    /// Returns the typed inputs.
    ///
    /// # Errors
    /// The mistakes, by input id.
    pub(super) fn parse(&self, recipe: &Recipe) -> Result<Map<String, Value>, InputErrors> {
        let inputs = recipe.parse(&self.given, &self.offers)?;
        match too_long_to_approve(&self.given) {
            Some((longest, _)) if self.to_approve => {
                Err(InputErrors::from([(longest.to_owned(), InputError::TooLongToApprove)]))
            }
            _ => Ok(inputs),
        }
    }
}

/// Returns the typed inputs, or the form that asks for them.
pub(super) fn begin(recipe: &Recipe, given: RawInputs) -> (Map<String, Value>, Option<Form>) {
    let form = |given| (Map::new(), Some(Form { given, ..Form::default() }));
    // Only the app knows the id of a title, and the title of an id: the form has to load the choices first.
    let by_title = recipe.inputs.iter().any(|input| {
        (given.contains_key(&input.id) || input.default.is_some())
            && input.choices_from.as_ref().is_some_and(ChoicesFrom::has_ids)
    });
    match recipe.parse(&given, &ChoiceOptions::new()) {
        Ok(inputs) if !by_title => (inputs, None),
        _ => form(given),
    }
}

/// Returns the inputs in the data of a submitted form as text, whatever JSON type the client used. Values are
/// normalised and cut to the length limit.
#[must_use]
pub fn inputs_from_data(inputs: &[Input], data: &Value) -> RawInputs {
    let given = inputs.iter().filter_map(|input| Some((&input.id, json::text_of(data.get(&input.id)?)?)));
    given.map(|(id, value)| (id.clone(), raw_input(&value))).collect()
}
