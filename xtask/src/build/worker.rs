//! The worker: worker-build with our own helpers, so that it downloads nothing.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::size;
use crate::inputs::{self, Stamp};
use crate::{step, tools, tree};

const SOURCES: [&str; 3] = ["catalog", "domain", "worker"];

/// Builds `build/worker/index.js` and its module, and reports their size.
///
/// # Errors
/// When it does not compile.
pub fn build() -> Result<String> {
    let module = tree::at("build/worker/index_bg.wasm");
    let outputs = [tree::at("build/worker/index.js"), module.clone()];
    let digest = inputs::digest(&SOURCES)?;
    let stamp = Stamp::new("worker");
    if let Some(report) = stamp.current(&digest)
        && outputs.iter().all(|file| file.is_file())
    {
        return Ok(report);
    }
    stamp.forget();

    tools::wasm_target()?;
    let wasm_bindgen = tools::wasm_bindgen()?;
    let mut command = Command::new(tools::worker_build()?);
    tree::with_npm_bins(&mut command);
    command
        .args(["--release", "--out-dir", "../build/worker"])
        .current_dir(tree::at("worker"))
        .env("CARGO_TARGET_DIR", tree::target())
        .env("WASM_BINDGEN_BIN", wasm_bindgen)
        .env("WASM_OPT_BIN", tree::npm_bin("wasm-opt"))
        .env("ESBUILD_BIN", tree::npm_bin("esbuild"));
    step::run("building the worker", command)?;
    drop_names(&module)?;

    let report = size::report("worker", &outputs)?;
    stamp.record(&digest, &report)?;
    Ok(report)
}

/// worker-build always keeps the functions' names: a seventh of what is uploaded and started. A panic states its
/// file and line without them.
fn drop_names(module: &Path) -> Result<()> {
    let mut command = Command::new(tree::npm_bin("wasm-opt"));
    tree::with_npm_bins(&mut command);
    command.arg("--strip-debug").args(super::WASM_FEATURES).arg(module).arg("-o").arg(module);
    step::run("dropping the names", command)?;
    Ok(())
}
