//! The project's own files: the catalogue, and what a package is made of.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use workbot_domain::catalogue::Catalogue;
use workbot_domain::catalogue::source::{SourceFile, read};

/// A path below the project's root, written with slashes.
pub fn at(path: &str) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().nth(2).unwrap_or(here);
    path.split('/').fold(root.to_owned(), |folder, name| folder.join(name))
}

/// The catalogue, checked as the worker's build checks it.
///
/// # Errors
/// Every mistake in it.
pub fn catalogue() -> Result<Catalogue> {
    read(&files("catalog/apps")?, &files("catalog/recipes")?).or_else(|mistakes| {
        let lines: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        bail!("the catalogue has mistakes:\n{}", lines.join("\n"))
    })
}

fn files(folder: &str) -> Result<Vec<SourceFile>> {
    let entries = fs::read_dir(at(folder)).with_context(|| format!("{folder} cannot be read"))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    let file = |path: PathBuf| {
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(SourceFile { path: format!("{folder}/{stem}.toml"), stem, text })
    };
    paths.into_iter().map(file).collect()
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
