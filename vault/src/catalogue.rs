//! The catalogue that the build checked. It is installed once, before anything is asked.

use std::sync::{LazyLock, OnceLock};
use workbot_domain::catalogue::Catalogue;
use workbot_shared::Language;

static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();

/// Empty when none was installed: then there is no app and no recipe.
static ENGLISH: LazyLock<&Catalogue> = LazyLock::new(|| CATALOGUE.get_or_init(Catalogue::default));

/// In German; made when somebody speaks it.
static GERMAN: LazyLock<Catalogue> = LazyLock::new(|| ENGLISH.in_language(Language::De));

/// Installs the catalogue of this process. What is installed later does not count.
pub fn install(catalogue: Catalogue) {
    let _ = CATALOGUE.set(catalogue);
}

/// All apps and recipes, where nobody reads what they say.
pub fn catalogue() -> &'static Catalogue {
    &ENGLISH
}

/// All apps and recipes, as people of a language read them.
pub fn catalogue_in(language: Language) -> &'static Catalogue {
    match language {
        Language::En => &ENGLISH,
        Language::De => &GERMAN,
    }
}
