//! A recipe's settings: what its file says, what an admin set, and what of it a run keeps to.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use workbot_shared::{AppId, RecipeSettings, RecipeSettingsChange};

use crate::catalog::{Catalog, Recipe};

/// What of a recipe's settings a run keeps to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSettings {
    /// Whether the recipe may run at all.
    pub enabled: bool,
    /// Whether guests may run it.
    #[serde(default)]
    pub guests: bool,
    /// The apps whose private connection is used.
    pub as_person: Vec<AppId>,
}

/// What an admin set for a recipe, as it is stored; what is not set is as the recipe's file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecipeOverrides {
    /// Whether the recipe may run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether guests may run it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guests: Option<bool>,
    /// Verify user access at runtime, by app.
    pub verify_user_access: BTreeMap<AppId, bool>,
}

/// A change that cannot be made, because of an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverrideError {
    /// Nobody can log in to the app for themselves.
    NoLogins(AppId),
    /// The recipe does not use the app.
    NotUsed(AppId),
}

impl RecipeOverrides {
    /// What is set after a change.
    ///
    /// # Errors
    /// When the change cannot be made; then none of it is.
    pub fn with_change(
        mut self,
        change: &RecipeSettingsChange,
        recipe: &Recipe,
        catalog: &Catalog,
    ) -> Result<Self, OverrideError> {
        for (app, verify) in &change.verify_user_access {
            if !recipe.apps().contains(&app) {
                return Err(OverrideError::NotUsed(app.clone()));
            }
            if *verify && !catalog.has_logins(app) {
                return Err(OverrideError::NoLogins(app.clone()));
            }
            self.verify_user_access.insert(app.clone(), *verify);
        }
        self.enabled = change.enabled.or(self.enabled);
        self.guests = change.guests.or(self.guests);
        Ok(self)
    }

    /// The settings in force. An app without logins is never used as the person, whatever was set before it lost them.
    #[must_use]
    pub fn effective(&self, recipe: &Recipe, catalog: &Catalog) -> RecipeSettings {
        let verified = |app: &AppId| {
            let set = self.verify_user_access.get(app).copied();
            set.unwrap_or_else(|| recipe.verify_user_access.contains(app)) && catalog.has_logins(app)
        };
        RecipeSettings {
            enabled: self.enabled.unwrap_or(true),
            guests: self.guests.unwrap_or(false),
            verify_user_access: recipe.apps().into_iter().map(|app| (app.clone(), verified(app))).collect(),
        }
    }
}

impl RunSettings {
    /// What a run that begins now keeps to.
    #[must_use]
    pub fn of(recipe: &Recipe, catalog: &Catalog, set: &RecipeOverrides) -> Self {
        let RecipeSettings { enabled, guests, verify_user_access } = set.effective(recipe, catalog);
        let as_person = recipe.apps().into_iter().filter(|app| verify_user_access.get(app) == Some(&true));
        Self { enabled, guests, as_person: as_person.cloned().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use serde_json::json;
    use workbot_shared::RecipeId;

    fn settings(recipe: &str, set: &RecipeOverrides) -> RecipeSettings {
        let catalog = real_catalog();
        set.effective(&catalog.recipes[&RecipeId::parse(recipe).unwrap()], &catalog)
    }

    fn change(
        recipe: &str,
        set: RecipeOverrides,
        change: serde_json::Value,
    ) -> Result<RecipeOverrides, OverrideError> {
        let catalog = real_catalog();
        let change = serde_json::from_value(change).unwrap();
        set.with_change(&change, &catalog.recipes[&RecipeId::parse(recipe).unwrap()], &catalog)
    }

    fn verified(recipe: &str, set: &RecipeOverrides) -> bool {
        settings(recipe, set).verify_user_access.values().all(|on| *on)
    }

    #[test]
    fn without_a_word_of_an_admin_the_file_counts_and_a_silent_file_means_off() {
        let nothing = RecipeOverrides::default();
        assert!(verified("create-opportunity", &nothing));
        assert!(!verified("find-account", &nothing));
        let settings = settings("find-account", &nothing);
        assert!(settings.enabled && !settings.guests);
    }

    #[test]
    fn a_change_is_partial_and_can_be_taken_back() {
        let on = json!({"verify_user_access": {"salesforce": true}});
        let set = change("find-account", RecipeOverrides::default(), on).unwrap();
        assert!(verified("find-account", &set));
        let set = change("find-account", set, json!({"enabled": false})).unwrap();
        assert!(verified("find-account", &set) && !settings("find-account", &set).enabled);
        let off = json!({"verify_user_access": {"salesforce": false}});
        assert!(!verified("find-account", &change("find-account", set, off).unwrap()));
    }

    #[test]
    fn an_app_without_logins_has_no_toggle() {
        let on = |app: &str| json!({"enabled": false, "verify_user_access": {app: true}});
        let refused = change("create-ticket", RecipeOverrides::default(), on("freshdesk"));
        assert!(matches!(refused, Err(OverrideError::NoLogins(_))), "{refused:?}");
        let refused = change("create-ticket", RecipeOverrides::default(), on("salesforce"));
        assert!(matches!(refused, Err(OverrideError::NotUsed(_))), "{refused:?}");
        // As it is anyway.
        let off = json!({"verify_user_access": {"freshdesk": false}});
        assert!(change("create-ticket", RecipeOverrides::default(), off).is_ok());
        // Set while the app still had logins.
        let stale: RecipeOverrides =
            serde_json::from_value(json!({"verify_user_access": {"freshdesk": true}, "later": 1})).unwrap();
        assert!(!verified("create-ticket", &stale));
    }

    #[test]
    fn the_stored_form_is_pinned() {
        let set = RecipeOverrides { enabled: Some(true), ..RecipeOverrides::default() };
        assert_eq!(serde_json::to_string(&set).unwrap(), r#"{"enabled":true,"verify_user_access":{}}"#);
    }
}
