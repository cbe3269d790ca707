//! Environments of Python, each with the packages of one purpose.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{paths, step};

/// Installs packages into an environment of their own, unless they are there. `requirements` names a package
/// and its version per line. Returns the folder of its programs.
///
/// # Errors
/// If there is no Python with `venv`, or a package cannot be installed: the message says which.
pub fn installed(folder: &str, requirements: &str) -> Result<PathBuf> {
    let home = paths::at(folder);
    let (marker, programs) = (home.join("installed"), home.join("bin"));
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == requirements) {
        return Ok(programs);
    }
    let mut environment = Command::new("python3");
    environment.args(["-m", "venv", "--clear"]).arg(&home);
    step::run("making an environment of Python", environment)
        .context("Python 3.10 or later with the module venv is missing (Debian: apt install python3-venv)")?;
    let mut install = Command::new(programs.join("pip"));
    install.args(["install", "--quiet", "--disable-pip-version-check"]).args(requirements.split_whitespace());
    let packages = requirements.lines().count();
    step::run(&format!("installing {packages} packages of PyPI into {folder}"), install)
        .with_context(|| format!("the packages of {folder} cannot be installed from PyPI"))?;
    fs::write(&marker, requirements).with_context(|| format!("{folder} cannot be written"))?;
    Ok(programs)
}
