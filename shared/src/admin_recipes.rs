//! Recipes and their settings for admins.

use crate::{AppId, RecipeId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The effective settings of a recipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeSettings {
    /// Whether the recipe may run.
    pub enabled: bool,
    /// Whether guests of the tenant may run the recipe.
    pub guests: bool,
    /// *Verify user access at runtime*, for each app of the recipe: `true` uses the person's connection.
    pub verify_user_access: BTreeMap<AppId, bool>,
}

/// The body of `PUT /api/admin/recipes/{recipe}/settings`. Absent fields stay unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecipeSettingsChange {
    /// Whether the recipe may run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether guests of the tenant may run the recipe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guests: Option<bool>,
    /// *Verify user access at runtime*, by app.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub verify_user_access: BTreeMap<AppId, bool>,
}

/// An app of a recipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeApp {
    /// The app's id.
    pub app: AppId,
    /// The display name.
    pub app_name: String,
    /// Whether the app supports *Verify user access at runtime*.
    pub oauth2: bool,
    /// Why not, for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The names of the missing or malformed variables of the deployment. The recipe is offered to nobody as
    /// long as one of its apps lacks any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// One row of `GET /api/admin/recipes`, and the response of `PUT /api/admin/recipes/{recipe}/settings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeRow {
    /// The recipe's id.
    pub id: RecipeId,
    /// The display name.
    pub name: String,
    /// The text that a person types.
    pub command: String,
    /// One line of help.
    pub hint: String,
    /// The effective settings.
    pub settings: RecipeSettings,
    /// The apps of its steps, in the order of their first use.
    pub apps: Vec<RecipeApp>,
}

/// The response of `GET /api/admin/recipes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipes {
    /// The rows, sorted by the recipe's id.
    pub recipes: Vec<RecipeRow>,
    /// The `cursor` of the next page; absent on the last page.
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
