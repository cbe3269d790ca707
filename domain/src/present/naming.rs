//! In which language somebody is spoken to, and what a run is called.

use std::borrow::Cow;

use super::text::Words;
use crate::activity::Turn;
use crate::catalog::Catalog;
use crate::run::Run;

impl Turn {
    /// Speaks as the person's client does.
    #[must_use]
    pub fn words(&self) -> Words {
        Words(self.locale.unwrap_or_default())
    }
}

impl Run {
    /// Speaks of it.
    #[must_use]
    pub fn words(&self) -> Words {
        Words(self.language)
    }

    /// What it is called.
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
