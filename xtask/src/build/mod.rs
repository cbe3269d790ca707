//! `cargo xtask build`: the catalog, the worker and the tab, each only if its inputs have changed.

mod catalog;
mod size;
mod tab;
mod wasm_opt;
mod worker;

use std::env;
use std::fs::{self, File, TryLockError};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::{paths, tools};

/// Builds all three. The catalog comes first: its errors appear within seconds.
///
/// # Errors
/// If a tool is missing and cannot be installed, something does not compile, or the catalog contains an
/// error.
pub fn run() -> Result<()> {
    let started = Instant::now();
    let _lock = lock()?;
    tools::npm_pins()?;
    let folder = paths::at("build/worker");
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be created", folder.display()))?;
    catalog::build()?;
    let worker = worker::build()?;
    let tab = tab::build()?;
    tab::icons()?;
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
    match run() {
        Err(error) if running && worker::is_built() => {
            eprintln!("error: {error:#}\nthe previous build stays in use");
            Ok(())
        }
        result => result,
    }
}

/// wrangler and a person may build at the same time: the second build waits. The lock ends with its process.
fn lock() -> Result<File> {
    let folder = paths::at("build");
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
