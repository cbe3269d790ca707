//! Choices of an input, and where an app returns them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use workbot_shared::AppId;

use super::Call;
use crate::character_normalization::normalised;

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The text for people.
    pub title: String,
    /// The value for templates.
    pub value: String,
}

/// Choices that an app returns: `choices_from` of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ChoicesTable", into = "ChoicesTable")]
pub struct ChoicesFrom {
    /// Where the list comes from.
    pub source: ChoiceSource,
    /// The output that holds the list.
    pub items: String,
    /// JSON pointer, inside an item, to the text for people.
    pub title: String,
    /// JSON pointer, inside an item, to the value for templates.
    pub value: String,
}

/// Where a list of choices comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChoiceSource {
    /// For an input of the command: a read of an app, with the connection that the run uses. A step of the
    /// recipe has to use the app too. The parameters have no templates.
    Call(Call),
    /// For an input of a question: an earlier step.
    Step(String),
}

impl ChoicesFrom {
    /// Returns the call that returns the choices of a command's input.
    #[must_use]
    pub fn call(&self) -> Option<&Call> {
        match &self.source {
            ChoiceSource::Call(call) => Some(call),
            ChoiceSource::Step(_) => None,
        }
    }

    /// Returns the id of the earlier step whose output holds the choices of a question's input.
    #[must_use]
    pub fn step(&self) -> Option<&str> {
        match &self.source {
            ChoiceSource::Call(_) => None,
            ChoiceSource::Step(step) => Some(step),
        }
    }

    /// Whether the values are the app's ids, so that people know the choices by their titles only.
    #[must_use]
    pub fn has_ids(&self) -> bool {
        self.title != self.value
    }

    /// Returns the item of an output that has this value.
    #[must_use]
    pub fn item<'a>(&self, output: &'a Value, value: &str) -> Option<&'a Value> {
        let items = output.get(&self.items)?.as_array()?;
        items.iter().find(|item| text_at(item, &self.value).as_deref() == Some(value))
    }

    /// Reads the choices from an output. Items without a title or a value are skipped. A title is one
    /// normalised line; a value is the app's own.
    #[must_use]
    pub fn choices(&self, output: &Value) -> Vec<Choice> {
        let items = output.get(&self.items).and_then(Value::as_array);
        items
            .into_iter()
            .flatten()
            .filter_map(|item| {
                let (title, value) = (one_line(&text_at(item, &self.title)?), text_at(item, &self.value)?);
                (!title.is_empty()).then_some(Choice { title, value })
            })
            .collect()
    }
}

impl Choice {
    /// Finds a choice by title or value, ignoring case and invisible characters.
    #[must_use]
    pub fn named<'a>(choices: &'a [Self], text: &str) -> Option<&'a Self> {
        let folded = |text: &str| one_line(text).to_lowercase();
        let text = folded(text);
        choices
            .iter()
            .find(|choice| folded(&choice.value) == text)
            .or_else(|| choices.iter().find(|choice| folded(&choice.title) == text))
    }
}

/// Returns the normalised text with single blanks.
fn one_line(text: &str) -> String {
    normalised(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the text or number at a JSON pointer; `None` if there is none, or it is empty.
fn text_at(item: &Value, pointer: &str) -> Option<String> {
    match item.pointer(pointer)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The choices as their table is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChoicesTable {
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<AppId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    with: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
    items: String,
    title: String,
    value: String,
}

impl TryFrom<ChoicesTable> for ChoicesFrom {
    type Error = &'static str;

    fn try_from(table: ChoicesTable) -> Result<Self, Self::Error> {
        let ChoicesTable { app, action, with, step, items, title, value } = table;
        let source = match (app, action, with, step) {
            (Some(app), Some(action), with, None) => {
                ChoiceSource::Call(Call { app, action, with: with.unwrap_or_default() })
            }
            (None, None, None, Some(step)) => ChoiceSource::Step(step),
            _ => return Err("`choices_from` has either `app` and `action`, or `step`"),
        };
        Ok(Self { source, items, title, value })
    }
}

impl From<ChoicesFrom> for ChoicesTable {
    fn from(ChoicesFrom { source, items, title, value }: ChoicesFrom) -> Self {
        let table = Self { app: None, action: None, with: None, step: None, items, title, value };
        match source {
            ChoiceSource::Call(Call { app, action, with }) => Self {
                app: Some(app),
                action: Some(action),
                with: (!with.is_empty()).then_some(with),
                ..table
            },
            ChoiceSource::Step(step) => Self { step: Some(step), ..table },
        }
    }
}
