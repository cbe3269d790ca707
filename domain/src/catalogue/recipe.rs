//! One recipe: `catalog/recipes/<id>.toml`.

use serde::{Deserialize, Serialize};
use workbot_shared::AppId;

use crate::template::Template;

/// A bot command plus the actions that it runs, in order, plus its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What it is called in sentences, e.g. `Create opportunity`.
    pub name: String,
    /// What a person types.
    pub command: String,
    /// What it does, in a line of help.
    pub hint: String,
    /// What it does, in the sentence "To … as you, Workbot needs access", e.g. `create this opportunity`.
    pub purpose: String,
    /// The apps whose actions use the private connection of whoever runs it, unless the setting says otherwise.
    #[serde(default)]
    pub verify_user_access: Vec<AppId>,
    /// Where the result goes.
    #[serde(default)]
    pub reply_in: ReplyIn,
    /// What it needs to know.
    #[serde(default)]
    pub inputs: Vec<Input>,
    /// What it does.
    pub steps: Vec<Step>,
    /// What it answers, in Markdown; may use `inputs` and `steps`.
    pub reply: Template,
}

impl Recipe {
    /// The apps that it uses, in order of first use.
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

/// Where a run's result goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyIn {
    /// To the person alone.
    #[default]
    Private,
    /// Where the command was given, without the account.
    Here,
}

/// Something that a recipe needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its name in `command id: value` and in forms.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// What kind of value.
    #[serde(rename = "type")]
    pub kind: InputType,
    /// Whether the recipe can run without it.
    #[serde(default = "yes")]
    pub required: bool,
    /// An example of a value, for help.
    pub example: String,
}

fn yes() -> bool {
    true
}

/// What kind of value an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputType {
    /// A line of text.
    Text,
    /// A number.
    Number,
    /// A date, `2026-12-31`.
    Date,
}

/// One action of a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name in later steps and in the reply.
    pub id: String,
    /// The app.
    pub app: AppId,
    /// The app's action.
    pub action: String,
    /// The action's parameters: a tree of templates over `inputs` and `steps`.
    #[serde(default)]
    pub with: serde_json::Map<String, serde_json::Value>,
    /// Only when this expression holds.
    pub when: Option<Template>,
}
