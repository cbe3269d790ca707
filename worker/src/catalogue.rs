//! The catalogue that the build checked and embedded.

use std::sync::LazyLock;
use workbot_domain::catalogue::Catalogue;
use workbot_shared::RecipeId;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    serde_json::from_slice(include_bytes!(concat!(env!("OUT_DIR"), "/catalogue.json"))).unwrap_or_default()
});

/// All apps and recipes.
pub fn catalogue() -> &'static Catalogue {
    &CATALOGUE
}

/// What a recipe is called in sentences.
pub fn recipe_name(id: &RecipeId) -> &'static str {
    catalogue().recipes.get(id).map_or("this command", |recipe| recipe.name.as_str())
}
