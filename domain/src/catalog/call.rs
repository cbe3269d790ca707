//! The call of an app's action, by a step or for choices.

use serde_json::{Map, Value};
use workbot_shared::AppId;

/// The call of an app's action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The app.
    pub app: AppId,
    /// The app's action.
    pub action: String,
    /// The action's parameters: a tree of templates over `inputs` and `steps`.
    pub with: Map<String, Value>,
}
