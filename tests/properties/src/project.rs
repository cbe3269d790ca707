//! The catalogue of this project.

use std::path::Path;
use std::sync::LazyLock;
use workbot_domain::catalogue::source::{files, read};
use workbot_domain::catalogue::{Catalogue, Step};

/// The catalogue of this project.
pub fn real() -> &'static Catalogue {
    static REAL: LazyLock<Catalogue> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let files = |folder, ending| files(&root, folder, ending).expect("the catalogue's files");
        let (apps, recipes) = (files("catalog/apps", "toml"), files("catalog/recipes", "toml"));
        read(&apps, &recipes, &files("catalog/icons", "svg")).expect("the catalogue")
    });
    &REAL
}

/// What later steps and the reply can use of a step.
pub fn outputs(step: &Step) -> impl Iterator<Item = &'static str> {
    let action = real().action(step).expect("a step has an action");
    action.output.keys().map(String::as_str).chain(["link", "more"])
}
