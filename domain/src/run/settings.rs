//! The settings that a run keeps to.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use workbot_shared::AppId;

use crate::catalogue::Recipe;

/// What of a recipe's settings a run keeps to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSettings {
    /// Whether the recipe may run at all.
    pub enabled: bool,
    /// The apps whose private connection is used.
    pub as_person: Vec<AppId>,
}

/// What an admin set for a recipe; what is not set is as its file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SetByAdmin {
    /// Whether the recipe may run.
    pub enabled: Option<bool>,
    /// Verify user access at runtime, by app.
    pub verify_user_access: BTreeMap<AppId, bool>,
}

impl RunSettings {
    /// The settings of a recipe: the file's, unless an admin set them.
    #[must_use]
    pub fn of(recipe: &Recipe, set: &SetByAdmin) -> Self {
        let verified = |app: &&AppId| {
            set.verify_user_access
                .get(app)
                .copied()
                .unwrap_or_else(|| recipe.verify_user_access.contains(app))
        };
        Self {
            enabled: set.enabled.unwrap_or(true),
            as_person: recipe.apps().into_iter().filter(verified).cloned().collect(),
        }
    }
}
