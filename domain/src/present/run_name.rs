//! The name of a run.

use std::borrow::Cow;

use crate::catalog::Catalog;
use crate::run::Run;

impl Run {
    /// Returns the run's name: that of its recipe, or of the app that it connects.
    #[must_use]
    pub fn name<'a>(&self, catalog: &'a Catalog) -> Cow<'a, str> {
        match &self.connects {
            Some(app) => self.words().connect_app(catalog.app_name(app)).into(),
            None => {
                let recipe = catalog.recipes.get(&self.recipe);
                recipe.map_or(self.words().this_command(), |recipe| recipe.name.as_str()).into()
            }
        }
    }
}
