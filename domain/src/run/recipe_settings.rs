//! The settings of a recipe: the defaults in its file, the overrides by an admin, and the values that a run
//! fixes at its start.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use workbot_shared::{AppId, RecipeSettings, RecipeSettingsChange};

use crate::catalog::{Catalog, Recipe};

/// The settings that are fixed for a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSettings {
    /// Whether the recipe is enabled.
    pub enabled: bool,
    /// Whether guests may run the recipe.
    #[serde(default)]
    pub guests: bool,
    /// The apps that the run calls with the person's private connection.
    pub as_person: Vec<AppId>,
}

/// An admin's overrides for a recipe, as stored. An absent value means the default of the recipe's file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecipeOverrides {
    /// Whether the recipe is enabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether guests may run the recipe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guests: Option<bool>,
    /// The toggle *Verify user access at runtime*, by app.
    pub verify_user_access: BTreeMap<AppId, bool>,
}

/// Why a change of the settings is invalid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverrideError {
    /// The app has no OAuth login, so nobody can have a private connection to it.
    NoLogins(AppId),
    /// The recipe does not use the app.
    NotUsed(AppId),
}

impl RecipeOverrides {
    /// Returns the overrides after a change.
    ///
    /// # Errors
    /// [`OverrideError`] if the change is invalid. No part of the change is applied then.
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

    /// Returns the effective settings. An app without logins is never used as the person, whatever an admin
    /// set before it lost them.
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
    /// Returns the settings that a run fixes when it starts now.
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
    fn without_overrides_the_recipes_file_decides_and_the_default_is_off() {
        let nothing = RecipeOverrides::default();
        assert!(verified("create-opportunity", &nothing));
        assert!(!verified("find-account", &nothing));
        let settings = settings("find-account", &nothing);
        assert!(settings.enabled && !settings.guests);
    }

    #[test]
    fn a_change_is_partial_and_can_be_reverted() {
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
        // Switching off is allowed, because it changes nothing.
        let off = json!({"verify_user_access": {"freshdesk": false}});
        assert!(change("create-ticket", RecipeOverrides::default(), off).is_ok());
        // An override from before the app lost its logins.
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
