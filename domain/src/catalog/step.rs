//! One step of a recipe: the call of an app's action, or a question to the person.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use workbot_shared::AppId;

use super::{Call, Question};
use crate::template::Template;

/// One step of a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StepTable", into = "StepTable")]
pub struct Step {
    /// The name in later steps and in the reply.
    pub id: String,
    /// The label for people, e.g. `Create the folder`; default: the app's name.
    pub label: Option<String>,
    /// The condition; the step is skipped unless it holds.
    pub when: Option<Template>,
    /// What the step does.
    pub kind: StepKind,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum StepKind {
    /// It calls an app.
    Call(Call),
    /// It asks the person, and the run waits for the answer.
    Ask(Question),
}

impl Step {
    /// Returns the call; `None` for a question.
    #[must_use]
    pub fn call(&self) -> Option<&Call> {
        match &self.kind {
            StepKind::Call(call) => Some(call),
            StepKind::Ask(_) => None,
        }
    }

    /// Returns the app that the step calls; `None` for a question.
    #[must_use]
    pub fn app(&self) -> Option<&AppId> {
        self.call().map(|call| &call.app)
    }

    /// Returns the question; `None` for a call.
    #[must_use]
    pub fn question(&self) -> Option<&Question> {
        match &self.kind {
            StepKind::Call(_) => None,
            StepKind::Ask(question) => Some(question),
        }
    }
}

/// A step as its table `[[steps]]` is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepTable {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<AppId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    with: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<Template>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<Question>,
}

impl TryFrom<StepTable> for Step {
    type Error = &'static str;

    fn try_from(table: StepTable) -> Result<Self, Self::Error> {
        let StepTable { id, label, app, action, with, when, ask } = table;
        let kind = match (app, action, with, ask) {
            (Some(app), Some(action), with, None) => {
                StepKind::Call(Call { app, action, with: with.unwrap_or_default() })
            }
            (None, None, None, Some(question)) => StepKind::Ask(question),
            _ => return Err("a step has either `app` and `action`, or `ask`"),
        };
        Ok(Self { id, label, when, kind })
    }
}

impl From<Step> for StepTable {
    fn from(Step { id, label, when, kind }: Step) -> Self {
        let table = Self { id, label, app: None, action: None, with: None, when, ask: None };
        match kind {
            StepKind::Call(Call { app, action, with }) => Self {
                app: Some(app),
                action: Some(action),
                with: (!with.is_empty()).then_some(with),
                ..table
            },
            StepKind::Ask(question) => Self { ask: Some(question), ..table },
        }
    }
}
