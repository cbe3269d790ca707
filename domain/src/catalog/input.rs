//! An input of a command or of a question, and its texts in other languages.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

use super::{Choice, ChoicesFrom};

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
    pub(super) other_labels: Vec<String>,
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
    /// An example value, for help. An input of a question may have none.
    #[serde(default)]
    pub example: String,
    /// The choices, for `type = "choice"`. With `choices_from` they apply if the app returns none, and are
    /// further names for the app's choices.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// The app's action or the earlier step that returns the choices, for `type = "choice"`.
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

impl Input {
    /// Returns the available choices: those that the app offers, if any, else those of the file.
    #[must_use]
    pub fn choosable<'a>(&'a self, offers: &'a [Choice]) -> &'a [Choice] {
        if self.choices_from.is_some() && !offers.is_empty() { offers } else { &self.choices }
    }
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

/// Puts the texts of a translation into inputs.
pub(super) fn translate_inputs(inputs: &mut [Input], translations: &BTreeMap<String, InputTranslation>) {
    for input in inputs {
        let Some(translation) = translations.get(&input.id) else { continue };
        if let Some(label) = &translation.label {
            input.other_labels.push(std::mem::replace(&mut input.label, label.clone()));
        }
        if let Some(example) = &translation.example {
            input.example.clone_from(example);
        }
        input.hint = translation.hint.clone().or_else(|| input.hint.take());
        translate_choices(&mut input.choices, &translation.choices);
    }
}

/// Puts translated titles into choices. `titles` are by value.
pub(super) fn translate_choices(choices: &mut [Choice], titles: &BTreeMap<String, String>) {
    for choice in choices {
        if let Some(title) = titles.get(&choice.value) {
            choice.title.clone_from(title);
        }
    }
}
