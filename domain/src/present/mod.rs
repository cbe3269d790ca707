//! What people read: cards, messages, replies, login pages, tables. It knows what there is to present; nothing below knows
//! how it is presented.

pub mod card;
pub mod csv;
mod history;
pub mod login_page;
pub mod run_reply;
mod settings;
pub mod text;

use std::borrow::Cow;

use crate::activity::Turn;
use crate::catalogue::Catalogue;
use crate::run::Run;
use text::Words;

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
    pub fn name<'a>(&self, catalogue: &'a Catalogue) -> Cow<'a, str> {
        match &self.connects {
            Some(app) => self.words().connect_app(catalogue.app_name(app)).into(),
            None => {
                let recipe = catalogue.recipes.get(&self.recipe);
                recipe.map_or(self.words().this_command(), |recipe| recipe.name.as_str()).into()
            }
        }
    }
}
