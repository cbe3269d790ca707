//! What a run still has to be told before it can begin. What was given stays as it was typed, right or wrong.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

use crate::catalog::Recipe;
use crate::characters::normalised;
use crate::command::{ChoiceOptions, InputError, RawInputs, truncate};
use crate::json;

/// Inputs that are not complete yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// What was given so far.
    pub given: RawInputs,
    /// What apps offer; nothing for an input whose app did not say.
    pub offers: ChoiceOptions,
    /// Whether it was sent before: only then it is worth a word that something is missing.
    pub sent: bool,
}

impl Form {
    /// What is wrong, by input, as far as it is worth a word.
    #[must_use]
    pub fn mistakes(&self, recipe: &Recipe) -> BTreeMap<String, InputError> {
        let mut mistakes = recipe.parse(&self.given, &self.offers).err().unwrap_or_default();
        mistakes.retain(|_, mistake| self.sent || *mistake != InputError::Missing);
        mistakes
    }
}

/// The inputs, or the form that asks for them.
pub(super) fn begin(recipe: &Recipe, given: RawInputs) -> (Map<String, Value>, Option<Form>) {
    let form = |given| (Map::new(), Some(Form { given, ..Form::default() }));
    // A title that an app gave means nothing before the app says which value it has.
    let by_title = recipe.inputs.iter().any(|input| {
        given.contains_key(&input.id)
            && input.choices_from.as_ref().is_some_and(|from| from.title != from.value)
    });
    match recipe.parse(&given, &ChoiceOptions::new()) {
        Ok(inputs) if !by_title => (inputs, None),
        _ => form(given),
    }
}

/// What a submitted form holds: its inputs as text, whatever kind of value the client made of them.
#[must_use]
pub fn inputs_from_data(recipe: &Recipe, data: &Value) -> RawInputs {
    let given =
        recipe.inputs.iter().filter_map(|input| Some((&input.id, json::text_of(data.get(&input.id)?)?)));
    given.map(|(id, value)| (id.clone(), truncate(normalised(&value)))).collect()
}
