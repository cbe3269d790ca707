//! The project's files: the catalog and the sources of a package.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use workbot_catalog::CatalogError;
use workbot_domain::catalog::Catalog;

fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// A path relative to the project's root, written with slashes.
pub fn at(path: &str) -> PathBuf {
    path.split('/').fold(root().to_owned(), |folder, name| folder.join(name))
}

/// The catalog, checked as the worker's build checks it.
///
/// # Errors
/// All errors in it.
pub fn catalog() -> Result<Catalog> {
    workbot_catalog::load().map_err(|error| match error {
        CatalogError::Mistakes(_) => anyhow!("the catalog has mistakes:\n{error}"),
        error => error.into(),
    })
}

#[cfg(test)]
pub mod tests {
    use std::sync::LazyLock;

    use super::*;

    /// The catalog of this project, loaded once.
    pub fn real_catalog() -> Catalog {
        static REAL: LazyLock<Catalog> = LazyLock::new(|| catalog().unwrap());
        REAL.clone()
    }
}
