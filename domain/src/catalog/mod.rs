//! The catalog: the apps and the recipes, as their TOML files say.
//!
//! The crate `catalog` reads and checks the files; the edge gets the checked result as JSON.

mod action;
mod app;
mod recipe;

pub use action::{Action, AlreadyDone, Method, NextPage, Paging, ParameterLocation, Part};
pub use app::{
    Account, ApiKey, App, ClientAuth, GrantErrors, OAuth2, Pkce, RestErrors, Revokes, Rotation, TokenRequest,
    Var,
};
pub use recipe::{
    Choice, ChoicesFrom, Input, InputTranslation, InputType, Recipe, ReplyIn, Step, Translation,
};

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use workbot_shared::{AppId, Auth, Language, RecipeId};

/// All apps and recipes of this deployment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// The apps by id.
    pub apps: BTreeMap<AppId, App>,
    /// The recipes by id.
    pub recipes: BTreeMap<RecipeId, Recipe>,
    /// What a run keeps of the outputs of each recipe's steps, in their order. The build finds it out.
    #[serde(default)]
    pub kept: BTreeMap<RecipeId, Vec<KeptOutputs>>,
}

/// The names of the outputs that a recipe's templates name of a step; `None` when they may name all.
pub type KeptOutputs = Option<BTreeSet<String>>;

impl Catalog {
    /// The catalog as people of a language read it.
    #[must_use]
    pub fn in_language(&self, language: Language) -> Self {
        let recipes = self.recipes.iter().map(|(id, recipe)| (id.clone(), recipe.in_language(language)));
        Self { apps: self.apps.clone(), recipes: recipes.collect(), kept: self.kept.clone() }
    }

    /// The outputs of a step that a run of a recipe keeps; `None` for all.
    #[must_use]
    pub fn kept(&self, recipe: &RecipeId, step: usize) -> Option<&BTreeSet<String>> {
        self.kept.get(recipe)?.get(step)?.as_ref()
    }

    /// The names of the recipes that use an app as the person: those whose file says so, and those that did.
    #[must_use]
    pub fn used_as_person(&self, app: &AppId, did: &[RecipeId]) -> Vec<&str> {
        let uses =
            |(id, recipe): &(&RecipeId, &Recipe)| recipe.verify_user_access.contains(app) || did.contains(id);
        self.recipes.iter().filter(uses).map(|(_, recipe)| recipe.name.as_str()).collect()
    }

    /// The names of the recipes that use an app, as whomever.
    #[must_use]
    pub fn recipes_with(&self, app: &AppId) -> Vec<&str> {
        let recipes = self.recipes.values().filter(|recipe| recipe.apps().contains(&app));
        recipes.map(|recipe| recipe.name.as_str()).collect()
    }

    /// Whether each person can log in to an app for themselves.
    #[must_use]
    pub fn has_logins(&self, app: &AppId) -> bool {
        self.apps.get(app).is_some_and(|app| app.auth == Auth::Oauth2)
    }

    /// The action of a step, if the catalog still has it.
    #[must_use]
    pub fn action(&self, step: &Step) -> Option<&Action> {
        self.apps.get(&step.app)?.actions.get(&step.action)
    }

    /// Whether a step changes something in its app.
    #[must_use]
    pub fn writes(&self, step: &Step) -> bool {
        self.action(step).is_some_and(|action| action.writes)
    }

    /// What an app is called; its id when the catalog no longer knows it.
    #[must_use]
    pub fn app_name<'a>(&'a self, app: &'a AppId) -> &'a str {
        self.apps.get(app).map_or(app.as_str(), |app| app.name.as_str())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::template::Template;

    /// The catalog of this project, read once, as the worker reads it.
    pub(crate) fn real_catalog() -> Catalog {
        static REAL: LazyLock<Catalog> = LazyLock::new(|| {
            let checked = workbot_catalog::load().unwrap_or_else(|error| panic!("{error}"));
            serde_json::from_value(serde_json::to_value(checked).unwrap()).unwrap()
        });
        REAL.clone()
    }

    /// The catalog of this project with a *Win deal* of four steps: a search, then a write in each of three apps.
    pub(crate) fn catalog_of_four_steps() -> Catalog {
        let mut catalog = real_catalog();
        let id = RecipeId::parse("win-deal").unwrap();
        let recipe = catalog.recipes.get_mut(&id).unwrap();
        recipe.steps.retain(|step| ["found", "closed", "folder", "request"].contains(&step.id.as_str()));
        let last = recipe.steps.last_mut().unwrap();
        last.when = Some(Template("steps.closed and inputs.setup".to_owned()));
        last.with = serde_json::Map::from_iter([("item".to_owned(), "7".into())]);
        let theirs = serde_json::from_value(serde_json::to_value(&*recipe).unwrap()).unwrap();
        catalog.kept.insert(id, workbot_catalog::kept(&theirs));
        catalog
    }
}
