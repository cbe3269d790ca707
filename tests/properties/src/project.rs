//! The catalogue of this project.

use std::sync::LazyLock;

use workbot_domain::catalogue::{Catalogue, Step};

/// The catalogue of this project.
pub fn real() -> &'static Catalogue {
    static REAL: LazyLock<Catalogue> = LazyLock::new(|| workbot_catalog::load().expect("the catalogue"));
    &REAL
}

/// What later steps and the reply can use of a step.
pub fn outputs(step: &Step) -> impl Iterator<Item = &'static str> {
    let action = real().action(step).expect("a step has an action");
    action.output.keys().map(String::as_str).chain(["link", "more"])
}
