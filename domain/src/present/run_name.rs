//! The language of a person or a run, and the name of a run.

use std::borrow::Cow;

use super::text::Texts;
use crate::activity::Turn;
use crate::catalog::Catalog;
use crate::run::Run;

impl Turn {
    /// Returns the texts in the language of the person's client.
    #[must_use]
    pub fn words(&self) -> Texts {
        Texts(self.locale.unwrap_or_default())
    }
}

impl Run {
    /// Returns the texts in the run's language.
    #[must_use]
    pub fn words(&self) -> Texts {
        Texts(self.language)
    }

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
