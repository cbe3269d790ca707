//! The catalog, checked as the build checks it.

use anyhow::{Result, anyhow};
use workbot_catalog::CatalogError;
use workbot_domain::catalog::Catalog;

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
