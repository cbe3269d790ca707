//! The worker, built by worker-build with pinned tools, so that it downloads nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::profile::Profile;
use super::{size, wasm_opt_features};
use crate::fingerprint::{self, Stamp};
use crate::{paths, step, tools};

const SOURCES: [&str; 3] = ["domain", "vault", "worker"];
/// The entry module.
const MAIN: &str = "main.js";
/// The output files of worker-build.
const BUILT: [&str; 2] = ["index.js", "index_bg.wasm"];

fn outputs(profile: Profile) -> Vec<PathBuf> {
    let folder = profile.at("worker");
    std::iter::once(MAIN).chain(BUILT).map(|name| folder.join(name)).collect()
}

/// Whether a build exists.
pub fn is_built(profile: Profile) -> bool {
    outputs(profile).iter().all(|file| file.is_file())
}

/// Builds `worker/main.js`, `index.js` and its module, and reports their size. What does not compile leaves
/// the files of the build before.
///
/// # Errors
/// If it does not compile.
pub fn build(profile: Profile) -> Result<String> {
    let digest = fingerprint::digest(&SOURCES, profile.name())?;
    let stamp = Stamp::new(&profile.at("worker.stamp"));
    if let Some(report) = stamp.current(&digest)
        && is_built(profile)
    {
        return Ok(report);
    }
    stamp.forget();
    let stage = profile.at("worker-next");

    tools::wasm_target()?;
    let wasm_bindgen = tools::wasm_bindgen()?;
    let mut command = Command::new(tools::worker_build()?);
    paths::with_npm_bins(&mut command);
    command
        .arg("--out-dir")
        .arg(&stage)
        .current_dir(paths::at("worker"))
        .env("CARGO_TARGET_DIR", paths::target())
        .env("WASM_BINDGEN_BIN", wasm_bindgen)
        .env("WASM_OPT_BIN", paths::npm_bin("wasm-opt"))
        .env("ESBUILD_BIN", paths::npm_bin("esbuild"));
    match profile {
        Profile::Release => command.arg("--release"),
        Profile::E2e => command.args(["--profile", profile.name(), "--no-opt"]),
    };
    step::run("building the worker", command)?;
    if profile == Profile::Release {
        drop_names(&stage.join("index_bg.wasm"))?;
    }

    let folder = profile.at("worker");
    for name in BUILT {
        fs::rename(stage.join(name), folder.join(name))
            .with_context(|| format!("{name} cannot be moved to {}", folder.display()))?;
    }
    fs::copy(paths::at("worker").join(MAIN), folder.join(MAIN))
        .with_context(|| format!("{MAIN} cannot be copied to {}", folder.display()))?;

    let report = size::report("worker", &outputs(profile))?;
    stamp.record(&digest, &report)?;
    Ok(report)
}

/// worker-build always keeps the names of functions: a seventh of the upload. A panic states its file and
/// line without them.
fn drop_names(module: &Path) -> Result<()> {
    let mut command = Command::new(paths::npm_bin("wasm-opt"));
    paths::with_npm_bins(&mut command);
    command.arg("--strip-debug").args(wasm_opt_features::FEATURES).arg(module).arg("-o").arg(module);
    step::run("dropping the names", command)?;
    Ok(())
}
