//! The question of a step: `[steps.ask]` in a recipe's file.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

use super::input::{translate_choices, translate_inputs};
use super::{Choice, Input, InputTranslation};
use crate::template::Template;

/// The name under which later steps find the button that was pressed. No input of a question has it.
pub const PRESSED: &str = "button";

/// A question to the person. The run waits for the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The text, in Markdown. It may use `inputs` and the outputs of earlier steps.
    pub text: Template,
    /// What the person fills in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Input>,
    /// The buttons that answer; without any there is one, *Continue*.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Choice>,
}

/// The texts of a question in a language other than English.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionTranslation {
    /// Translates [`Question::text`].
    pub text: Option<Template>,
    /// The texts of the inputs, by id.
    #[serde(default)]
    pub inputs: BTreeMap<String, InputTranslation>,
    /// The titles of the buttons, by value.
    #[serde(default)]
    pub buttons: BTreeMap<String, String>,
}

impl Question {
    /// Returns the choices that earlier steps offer, by input id. `values` are the variables of the recipe's
    /// templates.
    #[must_use]
    pub fn offers(&self, values: &Value) -> BTreeMap<String, Vec<Choice>> {
        let offered = |input: &Input| {
            let from = input.choices_from.as_ref()?;
            Some((input.id.clone(), from.choices(values.get("steps")?.get(from.step()?)?)))
        };
        self.inputs.iter().filter_map(offered).collect()
    }

    pub(super) fn translate(&mut self, translation: &QuestionTranslation) {
        if let Some(text) = &translation.text {
            self.text.clone_from(text);
        }
        translate_inputs(&mut self.inputs, &translation.inputs);
        translate_choices(&mut self.buttons, &translation.buttons);
    }
}
