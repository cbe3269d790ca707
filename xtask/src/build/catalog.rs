//! The catalog: checked, then written as the file that the worker loads. A changed catalog compiles nothing.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::profile::Profile;
use crate::{step, tools};

/// Builds `worker/catalog.bin`. A mistake in a file changes nothing there.
///
/// # Errors
/// If a file contains an error or cannot be read.
pub fn build(profile: Profile) -> Result<()> {
    let file = profile.at("worker/catalog.bin");
    let next = profile.at("catalog.json");
    let mut check = Command::new(tools::catalog()?);
    check.arg("--out").arg(&next);
    step::run("checking the catalog", check)?;
    let checked = fs::read(&next).with_context(|| format!("{} cannot be read", next.display()))?;
    if fs::read(&file).ok().as_ref() != Some(&checked) {
        fs::rename(&next, &file).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}
