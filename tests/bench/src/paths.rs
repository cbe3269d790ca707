//! The paths and addresses that `cargo xtask bench` has chosen for this run.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

/// The folders and addresses of a run.
pub struct Paths {
    /// The project's folder.
    root: PathBuf,
    /// The folder for the data of this run, emptied at its start.
    state: PathBuf,
    /// The worker's variables, as `cargo xtask dev` writes them.
    variables: Vec<(String, String)>,
}

impl Paths {
    /// Creates the folder for the run's data, or empties it.
    ///
    /// # Errors
    /// When it cannot be created, or the variables cannot be read.
    pub fn new(root: &Path, state: &Path) -> Result<Self> {
        let variables = workbot_variables::read(&state.join("dev.vars"))
            .context("the worker's variables")?
            .into_iter()
            .collect();
        let (root, state) = (root.to_owned(), state.to_owned());
        Ok(Self { root, state, variables })
    }

    /// A path below the project's folder, written with slashes.
    pub fn at(&self, path: &str) -> PathBuf {
        path.split('/').fold(self.root.clone(), |folder, name| folder.join(name))
    }

    /// An empty folder of this name for data.
    ///
    /// # Errors
    /// When it cannot be emptied or created.
    pub fn fresh(&self, name: &str) -> Result<PathBuf> {
        let folder = self.state.join(name);
        if folder.is_dir() {
            fs::remove_dir_all(&folder).with_context(|| format!("{} cannot be emptied", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("{} cannot be created", folder.display()))?;
        Ok(folder)
    }

    /// A file in the folder of this run.
    pub fn file(&self, name: &str) -> PathBuf {
        self.state.join(name)
    }

    /// The worker's variables.
    pub fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    /// A variable of the worker. Empty if it is not set.
    pub fn variable(&self, name: &str) -> &str {
        self.variables.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The sandbox's origin.
    pub fn sandbox(&self) -> &str {
        self.variable("ENTRA_AUTHORITY").trim_end_matches("/entra")
    }

    /// The version of an npm package of the project.
    pub fn version(&self, package: &str) -> Option<String> {
        version_in(&self.at("node_modules"), package)
    }
}

/// The version of a package in a folder `node_modules`.
pub fn version_in(modules: &Path, package: &str) -> Option<String> {
    let text = fs::read_to_string(modules.join(package).join("package.json")).ok()?;
    let about: Value = serde_json::from_str(&text).ok()?;
    about.get("version")?.as_str().map(str::to_owned)
}
