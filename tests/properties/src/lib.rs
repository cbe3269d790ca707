//! What holds for whatever comes in. Each property takes bytes, so that the same one is fed by generated examples in the
//! suite (`tests/generated.rs`) and by a fuzzer (`tests/fuzz`).

mod answers;
mod lenient;
mod messages;
mod reading;
mod sealing;
mod speaking;

pub use answers::{answer, reply};
pub use lenient::{field, json, keys, roster};
pub use messages::{message, value};
pub use reading::{activity, catalogue, token, token_answer};
pub use sealing::sealed;
pub use speaking::{placed, pressed, said};

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
fn outputs(step: &Step) -> impl Iterator<Item = &'static str> {
    let action = real().action(step).expect("a step has an action");
    action.output.keys().map(String::as_str).chain(["link", "more"])
}
