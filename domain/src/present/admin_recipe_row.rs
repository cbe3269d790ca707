//! A recipe's settings for the admin API.

use std::collections::BTreeMap;
use workbot_shared::{AppId, RecipeApp, RecipeId, RecipeRow};

use super::text::Texts;
use crate::catalog::{Catalog, Recipe};
use crate::run::RecipeOverrides;

impl RecipeOverrides {
    /// Returns the recipe's row for admins. `missing` holds the variables that each app without a set-up
    /// lacks.
    #[must_use]
    pub fn row(
        &self,
        words: Texts,
        id: &RecipeId,
        recipe: &Recipe,
        catalog: &Catalog,
        missing: &BTreeMap<AppId, Vec<String>>,
    ) -> RecipeRow {
        let app = |app: &AppId| {
            let (app_name, oauth2) = (catalog.app_name(app).to_owned(), catalog.has_logins(app));
            let reason = (!oauth2).then(|| words.no_logins(&app_name));
            let missing = missing.get(app).cloned().unwrap_or_default();
            RecipeApp { app: app.clone(), app_name, oauth2, reason, missing }
        };
        RecipeRow {
            id: id.clone(),
            name: recipe.name.clone(),
            command: recipe.command.clone(),
            hint: recipe.hint.clone(),
            settings: self.effective(recipe, catalog),
            apps: recipe.apps().into_iter().map(app).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use workbot_shared::Language;

    #[test]
    fn an_app_without_logins_says_why_it_has_no_toggle() {
        let (catalog, id) = (real_catalog(), RecipeId::parse("create-ticket").unwrap());
        let lacks = vec!["APP_FRESHDESK_SITE_URL".to_owned()];
        let missing = BTreeMap::from([(AppId::parse("freshdesk").unwrap(), lacks.clone())]);
        let words = Texts(Language::En);
        let row = RecipeOverrides::default().row(words, &id, &catalog.recipes[&id], &catalog, &missing);
        assert_eq!(row.apps[0].missing, lacks);
        let reason = row.apps[0].reason.clone().unwrap();
        assert!(!row.apps[0].oauth2 && reason.contains("nobody can log in to it for themselves"));
    }
}
