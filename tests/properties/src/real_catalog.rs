//! The catalog of this project.

use std::sync::LazyLock;

use workbot_domain::catalog::{Catalog, Step};

/// The catalog of this project.
pub fn real() -> &'static Catalog {
    static REAL: LazyLock<Catalog> = LazyLock::new(|| workbot_catalog::load().expect("the catalog"));
    &REAL
}

/// The values of a call that later steps and the reply can use.
pub fn outputs(step: &Step) -> impl Iterator<Item = &'static str> {
    let action = real().action(step).into_iter();
    action.flat_map(|action| action.output_names()).map(String::as_str).chain(["link", "more"])
}
