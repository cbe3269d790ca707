//! The project's own files: the catalogue, and what a package is made of.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use workbot_domain::catalogue::Catalogue;
use workbot_domain::catalogue::source::{self, read};

fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// A path below the project's root, written with slashes.
pub fn at(path: &str) -> PathBuf {
    path.split('/').fold(root().to_owned(), |folder, name| folder.join(name))
}

/// The catalogue, checked as the worker's build checks it.
///
/// # Errors
/// Every mistake in it.
pub fn catalogue() -> Result<Catalogue> {
    let files = |folder, ending| {
        source::files(root(), folder, ending).with_context(|| format!("{folder} cannot be read"))
    };
    read(&files("catalog/apps", "toml")?, &files("catalog/recipes", "toml")?, &files("catalog/icons", "svg")?)
        .or_else(|mistakes| {
            let lines: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
            bail!("the catalogue has mistakes:\n{}", lines.join("\n"))
        })
}

#[cfg(test)]
pub mod tests {
    use std::sync::LazyLock;

    use super::*;

    /// The catalogue of this project, read once.
    pub fn real_catalogue() -> Catalogue {
        static REAL: LazyLock<Catalogue> = LazyLock::new(|| catalogue().unwrap());
        REAL.clone()
    }
}
