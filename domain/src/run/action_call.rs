//! The call of an app's action that a run requests from the vault, as a value.

use serde_json::Value;
use workbot_shared::AppId;

/// One call of an app's action.
#[derive(Debug, Clone, PartialEq)]
pub struct ActionCall {
    /// Which part of the run needs the result.
    pub purpose: Purpose,
    /// The app to call.
    pub app: AppId,
    /// The action's name in the app's file, e.g. `create_record`.
    pub action: String,
    /// The action's parameters: a JSON object with all templates evaluated.
    pub with: Value,
    /// Whether the action writes. The intent of a write is recorded before the request is sent.
    pub writes: bool,
    /// Whether the call uses the person's private connection (`true`) or the shared connection (`false`).
    pub as_person: bool,
}

/// Which part of a run needs the result of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// A step of the recipe, by its index.
    Step(usize),
    /// The choices of an input, by the input's id. The form offers them as a picklist.
    Choices(String),
}
