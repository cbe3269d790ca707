//! `cargo xtask build`: the catalog, the worker and the tab, each only if its inputs have changed.

mod catalog;
mod profile;
mod size;
mod tab;
mod wasm_opt_features;
mod worker;

use std::env;
use std::fs::{self, File, TryLockError};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::{paths, tools};
pub use profile::Profile;

/// Builds all three. The catalog comes first: its errors appear within seconds.
///
/// # Errors
/// If a tool is missing and cannot be installed, something does not compile, or the catalog contains an
/// error.
pub fn run(profile: Profile) -> Result<()> {
    let started = Instant::now();
    let _lock = lock(profile)?;
    tools::npm_pins()?;
    let folder = profile.at("worker");
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be created", folder.display()))?;
    catalog::build(profile)?;
    let worker = worker::build(profile)?;
    let tab = tab::build(profile)?;
    tab::icons(profile)?;
    println!("{worker}{tab}built in {:.1} s", started.elapsed().as_secs_f32());
    Ok(())
}

/// The command `cargo xtask build`. While `wrangler dev` runs, a failed build reports its error and keeps the
/// last successful build in use: wrangler would otherwise hold every request until the next build.
///
/// # Errors
/// As [`run`].
pub fn run_or_keep() -> Result<()> {
    let running = env::var("WRANGLER_COMMAND").is_ok_and(|command| command == "dev");
    let profile = Profile::named().unwrap_or(Profile::Release);
    match run(profile) {
        Err(error) if running && worker::is_built(profile) => {
            eprintln!("error: {error:#}\nthe previous build stays in use");
            Ok(())
        }
        result => result,
    }
}

/// wrangler and a person may build at the same time: the second build waits. The lock ends with its process.
fn lock(profile: Profile) -> Result<File> {
    let folder = paths::at(profile.folder());
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be created", folder.display()))?;
    let path = folder.join(".lock");
    let file = File::create(&path).with_context(|| format!("{} cannot be created", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            println!("  waiting for another build to finish");
            file.lock()?;
        }
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("{} cannot be locked", path.display()));
        }
    }
    Ok(file)
}
