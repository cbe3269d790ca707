//! Paths of the project's files.

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// A path relative to the project's root, written with slashes.
pub fn at(path: &str) -> PathBuf {
    path.split('/').fold(root().to_owned(), |folder, name| folder.join(name))
}
