//! The catalog: the apps and the recipes, as their TOML files define them.
//!
//! The crate `catalog` reads and checks the files. The worker reads the checked result.

mod account;
mod action;
mod app;
mod call;
mod choices;
mod input;
mod oauth2;
mod question;
mod recipe;
mod registration;
mod reply;
mod step;

pub use account::{Account, Organization};
pub use action::{Action, AlreadyDone, Method, NextPage, Paging, ParameterLocation, Part};
pub use app::{ApiKey, App, RestErrors, Var};
pub use call::Call;
pub use choices::{Choice, ChoiceSource, ChoicesFrom};
pub use input::{Input, InputTranslation, InputType};
pub use oauth2::{
    ClientAuth, GrantErrors, OAuth2, Pkce, Revoke, RevokeAuth, RevokedToken, Revokes, Rotation, TokenRequest,
};
pub use question::{PRESSED, Question, QuestionTranslation};
pub use recipe::{Recipe, ReplyIn, Translation};
pub use registration::{Consent, Registration};
pub use reply::{Button, Fact, List, Reply};
pub use step::{Step, StepKind};

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use workbot_shared::{AppId, Auth, Language, RecipeId};

/// All apps and recipes of a deployment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// The apps by id.
    pub apps: BTreeMap<AppId, App>,
    /// The recipes by id.
    pub recipes: BTreeMap<RecipeId, Recipe>,
    /// The outputs that a run stores for each step of a recipe, in the order of the steps. The build computes
    /// them.
    #[serde(default)]
    pub kept: BTreeMap<RecipeId, Vec<KeptOutputs>>,
}

/// The names of a step's outputs that the recipe's templates use; `None` if they may use any.
pub type KeptOutputs = Option<BTreeSet<String>>;

impl Catalog {
    /// Returns the catalog in a language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> Self {
        let recipes = self.recipes.iter().map(|(id, recipe)| (id.clone(), recipe.in_language(language)));
        Self { apps: self.apps.clone(), recipes: recipes.collect(), kept: self.kept.clone() }
    }

    /// Returns the outputs of a step that a run stores; `None` for all.
    #[must_use]
    pub fn kept(&self, recipe: &RecipeId, step: usize) -> Option<&BTreeSet<String>> {
        self.kept.get(recipe)?.get(step)?.as_ref()
    }

    /// Returns the names of the recipes that use an app as the person: those whose file says so, and those in
    /// `did`.
    #[must_use]
    pub fn used_as_person(&self, app: &AppId, did: &[RecipeId]) -> Vec<&str> {
        let uses =
            |(id, recipe): &(&RecipeId, &Recipe)| recipe.verify_user_access.contains(app) || did.contains(id);
        self.recipes.iter().filter(uses).map(|(_, recipe)| recipe.name.as_str()).collect()
    }

    /// Returns the names of the recipes that use an app.
    #[must_use]
    pub fn recipes_with(&self, app: &AppId) -> Vec<&str> {
        let recipes = self.recipes.values().filter(|recipe| recipe.apps().contains(&app));
        recipes.map(|recipe| recipe.name.as_str()).collect()
    }

    /// Whether people log in to an app themselves (OAuth).
    #[must_use]
    pub fn has_logins(&self, app: &AppId) -> bool {
        self.apps.get(app).is_some_and(|app| app.auth == Auth::Oauth2)
    }

    /// Returns the action of a step, if it has one that the catalog knows.
    #[must_use]
    pub fn action(&self, step: &Step) -> Option<&Action> {
        let call = step.call()?;
        self.apps.get(&call.app)?.actions.get(&call.action)
    }

    /// Whether a step changes anything at its app.
    #[must_use]
    pub fn writes(&self, step: &Step) -> bool {
        self.action(step).is_some_and(|action| action.writes)
    }

    /// Returns the name of an app, or its id if the catalog does not have it.
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

    /// The catalog of this project, read once, in the way the worker reads it.
    pub(crate) fn real_catalog() -> Catalog {
        static REAL: LazyLock<Catalog> = LazyLock::new(|| {
            let checked = workbot_catalog::load().unwrap_or_else(|error| panic!("{error}"));
            serde_json::from_value(serde_json::to_value(checked).unwrap()).unwrap()
        });
        REAL.clone()
    }

    /// The call of a step.
    pub(crate) fn call(step: &mut Step) -> &mut Call {
        let StepKind::Call(call) = &mut step.kind else { panic!("a question") };
        call
    }

    /// The catalog of this project, with a recipe *Win deal* of four steps: a search, then a write in each of
    /// three apps.
    pub(crate) fn catalog_of_four_steps() -> Catalog {
        let mut catalog = real_catalog();
        let id = RecipeId::parse("win-deal").unwrap();
        let recipe = catalog.recipes.get_mut(&id).unwrap();
        recipe.steps.retain(|step| ["found", "closed", "folder", "request"].contains(&step.id.as_str()));
        let last = recipe.steps.last_mut().unwrap();
        last.when = Some(Template("steps.closed and inputs.setup".to_owned()));
        call(last).with = serde_json::Map::from_iter([("item".to_owned(), "7".into())]);
        // Without the question.
        let text = serde_json::to_string(&*recipe).unwrap();
        let (of_answer, otherwise) = ("steps.which.opportunity.", " if steps.which else ");
        let text = ["Id", "Name"]
            .into_iter()
            .fold(text, |text, field| text.replace(&format!("{of_answer}{field}{otherwise}"), ""))
            .replace(" or steps.which", "");
        *recipe = serde_json::from_str(&text).unwrap();
        catalog.kept.insert(id, workbot_catalog::kept(&serde_json::from_str(&text).unwrap()));
        catalog
    }
}
