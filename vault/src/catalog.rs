//! The catalog that the build checked. It is installed once, before anything is asked.

use std::sync::{LazyLock, OnceLock};
use workbot_domain::catalog::Catalog;
use workbot_shared::Language;

static CATALOG: OnceLock<Catalog> = OnceLock::new();

/// Empty when none was installed: then there is no app and no recipe.
static ENGLISH: LazyLock<&Catalog> = LazyLock::new(|| CATALOG.get_or_init(Catalog::default));

/// In German; made when somebody speaks it.
static GERMAN: LazyLock<Catalog> = LazyLock::new(|| ENGLISH.in_language(Language::De));

/// Installs the catalog of this process. What is installed later does not count.
pub fn install(catalog: Catalog) {
    let _ = CATALOG.set(catalog);
}

/// All apps and recipes, where nobody reads what they say.
pub fn catalog() -> &'static Catalog {
    &ENGLISH
}

/// All apps and recipes, as people of a language read them.
pub fn catalog_in(language: Language) -> &'static Catalog {
    match language {
        Language::En => &ENGLISH,
        Language::De => &GERMAN,
    }
}
