//! The names of a run and of its steps.

use std::borrow::Cow;

use super::text::Texts;
use crate::catalog::{Catalog, Step};
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

impl Texts {
    /// Returns the name of a step: its label, or else the name of the app that it calls.
    #[must_use]
    pub fn step_name<'a>(self, step: &'a Step, catalog: &'a Catalog) -> &'a str {
        let default = || step.app().map_or(self.your_answer(), |app| catalog.app_name(app));
        step.label.as_deref().unwrap_or_else(default)
    }
}
