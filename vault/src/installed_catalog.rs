//! The catalog that the build checked. The worker installs it once, before the first request.

use std::sync::{LazyLock, OnceLock};
use workbot_domain::catalog::Catalog;
use workbot_shared::Language;

static CATALOG: OnceLock<Catalog> = OnceLock::new();

/// Empty if no catalog was installed: no app and no recipe exists then.
static ENGLISH: LazyLock<&Catalog> = LazyLock::new(|| CATALOG.get_or_init(Catalog::default));

/// The German catalog, built at its first use.
static GERMAN: LazyLock<Catalog> = LazyLock::new(|| ENGLISH.in_language(Language::De));

/// Installs the catalog of this process. Later calls have no effect.
pub fn install(catalog: Catalog) {
    let _ = CATALOG.set(catalog);
}

/// All apps and recipes, for code that shows none of their texts.
pub fn catalog() -> &'static Catalog {
    &ENGLISH
}

/// All apps and recipes, with their texts in one language.
pub fn catalog_in(language: Language) -> &'static Catalog {
    match language {
        Language::En => &ENGLISH,
        Language::De => &GERMAN,
    }
}
