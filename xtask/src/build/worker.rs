//! The worker, built by worker-build with pinned tools, so that it downloads nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{size, wasm_opt};
use crate::fingerprint::{self, Stamp};
use crate::{paths, step, tools};

const SOURCES: [&str; 3] = ["domain", "vault", "worker"];
/// The entry module.
const MAIN: &str = "main.js";
/// The output files of worker-build.
const BUILT: [&str; 2] = ["index.js", "index_bg.wasm"];

fn outputs() -> Vec<PathBuf> {
    let folder = paths::at("build/worker");
    std::iter::once(MAIN).chain(BUILT).map(|name| folder.join(name)).collect()
}

/// Whether a build exists.
pub fn is_built() -> bool {
    outputs().iter().all(|file| file.is_file())
}

/// Builds `build/worker/main.js`, `index.js` and its module, and returns their sizes. If it does not compile,
/// the files of the previous build stay.
///
/// # Errors
/// If it does not compile.
pub fn build() -> Result<String> {
    let digest = fingerprint::digest(&SOURCES)?;
    let stamp = Stamp::new("worker");
    if let Some(report) = stamp.current(&digest)
        && is_built()
    {
        return Ok(report);
    }
    stamp.forget();
    let stage = paths::at("build/worker-next");

    tools::wasm_target()?;
    let wasm_bindgen = tools::wasm_bindgen()?;
    let mut command = Command::new(tools::worker_build()?);
    paths::with_npm_bins(&mut command);
    command
        .args(["--release", "--out-dir", "../build/worker-next"])
        .current_dir(paths::at("worker"))
        .env("CARGO_TARGET_DIR", paths::target())
        .env("WASM_BINDGEN_BIN", wasm_bindgen)
        .env("WASM_OPT_BIN", paths::npm_bin("wasm-opt"))
        .env("ESBUILD_BIN", paths::npm_bin("esbuild"));
    step::run("building the worker", command)?;
    drop_names(&stage.join("index_bg.wasm"))?;

    let folder = paths::at("build/worker");
    for name in BUILT {
        fs::rename(stage.join(name), folder.join(name))
            .with_context(|| format!("{name} cannot be moved to {}", folder.display()))?;
    }
    fs::copy(paths::at("worker").join(MAIN), folder.join(MAIN))
        .with_context(|| format!("{MAIN} cannot be copied to {}", folder.display()))?;

    let report = size::report("worker", &outputs())?;
    stamp.record(&digest, &report)?;
    Ok(report)
}

/// worker-build always keeps the names of functions: a seventh of the upload. A panic states its file and
/// line without them.
fn drop_names(module: &Path) -> Result<()> {
    let mut command = Command::new(paths::npm_bin("wasm-opt"));
    paths::with_npm_bins(&mut command);
    command.arg("--strip-debug").args(wasm_opt::FEATURES).arg(module).arg("-o").arg(module);
    step::run("dropping the names", command)?;
    Ok(())
}
