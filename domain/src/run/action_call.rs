//! A call of an app's action, as a run needs it.

use serde_json::Value;
use workbot_shared::AppId;

/// A call of an app's action.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionCall {
    /// What for.
    pub purpose: Purpose,
    /// The app.
    pub app: AppId,
    /// Its action.
    pub action: String,
    /// The parameters.
    pub with: Value,
    /// Whether its intent is to be noted first.
    pub writes: bool,
    /// Whether the private connection is used, or the shared one.
    pub as_person: bool,
}

/// What an app is called for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// For a step.
    Step(usize),
    /// For what can be chosen for an input.
    Choices(String),
}
