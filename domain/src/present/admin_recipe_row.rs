//! A recipe's settings for the admin API.

use workbot_shared::{AppId, RecipeApp, RecipeId, RecipeRow};

use super::text::Texts;
use crate::catalog::{Catalog, Recipe};
use crate::run::RecipeOverrides;

impl RecipeOverrides {
    /// Returns the recipe's row for admins.
    #[must_use]
    pub fn row(&self, words: Texts, id: &RecipeId, recipe: &Recipe, catalog: &Catalog) -> RecipeRow {
        let app = |app: &AppId| {
            let (app_name, oauth2) = (catalog.app_name(app).to_owned(), catalog.has_logins(app));
            let reason = (!oauth2).then(|| words.no_logins(&app_name));
            RecipeApp { app: app.clone(), app_name, oauth2, reason }
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
        let row = RecipeOverrides::default().row(Texts(Language::En), &id, &catalog.recipes[&id], &catalog);
        let reason = row.apps[0].reason.clone().unwrap();
        assert!(!row.apps[0].oauth2 && reason.contains("nobody can log in to it for themselves"));
    }
}
