//! The catalogue that the build checked and embedded.

use std::sync::LazyLock;
use workbot_domain::catalogue::Catalogue;
use workbot_shared::Language;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    serde_json::from_slice(include_bytes!(concat!(env!("OUT_DIR"), "/catalogue.json"))).unwrap_or_default()
});

/// In German; made when somebody speaks it.
static GERMAN: LazyLock<Catalogue> = LazyLock::new(|| CATALOGUE.in_language(Language::De));

/// All apps and recipes, where nobody reads what they say.
pub fn catalogue() -> &'static Catalogue {
    &CATALOGUE
}

/// All apps and recipes, as people of a language read them.
pub fn catalogue_in(language: Language) -> &'static Catalogue {
    match language {
        Language::En => &CATALOGUE,
        Language::De => &GERMAN,
    }
}
