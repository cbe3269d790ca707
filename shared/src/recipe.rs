//! Recipes and their settings, as admins see them.

use crate::{AppId, RecipeId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A recipe's settings, as they are in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeSettings {
    /// Whether it may run at all.
    pub enabled: bool,
    /// Whether guests may run it.
    pub guests: bool,
    /// Verify user access at runtime, for each app that it uses.
    pub verify_user_access: BTreeMap<AppId, bool>,
}

/// The body of `PUT /api/admin/recipes/{recipe}/settings`: what is to change. What is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecipeSettingsChange {
    /// Whether the recipe may run at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether guests may run it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guests: Option<bool>,
    /// Verify user access at runtime, by app.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub verify_user_access: BTreeMap<AppId, bool>,
}

/// An app that a recipe uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeApp {
    /// The app.
    pub app: AppId,
    /// What people call it.
    pub app_name: String,
    /// Whether the setting *Verify user access at runtime* can be had.
    pub oauth2: bool,
    /// Why it cannot, for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One row of `GET /api/admin/recipes`, and the answer of `PUT /api/admin/recipes/{recipe}/settings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeRow {
    /// The recipe.
    pub id: RecipeId,
    /// What people call it.
    pub name: String,
    /// What a person types.
    pub command: String,
    /// What it does, in a line.
    pub hint: String,
    /// Its settings.
    pub settings: RecipeSettings,
    /// The apps that it uses, in order of first use.
    pub apps: Vec<RecipeApp>,
}

/// The answer of `GET /api/admin/recipes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipes {
    /// The rows, by the recipe's id.
    pub recipes: Vec<RecipeRow>,
    /// Where the next page begins, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_may_be_partial_and_a_misspelt_one_is_refused() {
        let change: RecipeSettingsChange =
            serde_json::from_str(r#"{"verify_user_access":{"salesforce":true}}"#).unwrap();
        assert_eq!((change.enabled, change.verify_user_access.len()), (None, 1));
        assert!(serde_json::from_str::<RecipeSettingsChange>(r#"{"enabld":true}"#).is_err());
    }
}
