//! `cargo xtask build`: the worker and the tab, each only when something that goes into it has changed.

mod size;
mod tab;
mod worker;

use std::fs::{self, File, TryLockError};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::{tools, tree};

/// What wasm-opt may use: rustc's defaults and wasm-bindgen's exceptions. Named, because with all features binaryen
/// writes modules that engines refuse.
const WASM_FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-exception-handling",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Builds both.
///
/// # Errors
/// When a tool is missing and cannot be installed, or when something does not compile.
pub fn run() -> Result<()> {
    let started = Instant::now();
    let _lock = lock()?;
    tools::npm_pins()?;
    let worker = worker::build()?;
    let tab = tab::build()?;
    println!("{worker}{tab}built in {:.1} s", started.elapsed().as_secs_f32());
    Ok(())
}

/// wrangler's build command and a person's may come at the same time: the second waits. The lock ends with the
/// process, however that ends.
fn lock() -> Result<File> {
    let folder = tree::at("build");
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
