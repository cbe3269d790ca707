//! Tests of the release build.

use anyhow::{Result, bail};

use super::browser;
use crate::build::{self, Profile};
use crate::{paths, step, tools};

/// Builds the release, and plays the main story with it.
///
/// # Errors
/// If something is missing or the story fails.
pub fn run() -> Result<usize> {
    tools::for_a_system()?;
    build::run(Profile::Release)?;
    deploy()?;
    browser::story()
}

/// Runs a dry-run deployment of the release: wrangler runs the build command, checks the configuration,
/// bundles the worker and finds the tab.
///
/// # Errors
/// If something is missing.
pub fn deploy() -> Result<()> {
    let state = paths::fresh(".sandbox/test/deployment")?;
    let mut deploy = paths::node();
    deploy
        .arg(paths::at("node_modules/wrangler/bin/wrangler.js"))
        .args(["deploy", "--dry-run", "--outdir"])
        .arg(&state)
        .env("CARGO_TARGET_DIR", paths::target())
        .env("CI", "1")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_LOG_PATH", state.join("wrangler"));
    let output = step::run("running a dry-run deployment", deploy)?;
    let deployed = std::fs::read_dir(&state)?.filter_map(Result::ok);
    if !deployed.map(|file| file.file_name()).any(|name| name.to_string_lossy().ends_with("catalog.bin")) {
        bail!("the deployment would lack the catalog. wrangler said:\n{output}");
    }
    for binding in ["env.VAULT", "env.WORKSPACE", "env.CONNECTIONS", "env.ASSETS"] {
        if !output.contains(binding) {
            bail!("the deployment would lack {binding}. wrangler said:\n{output}");
        }
    }
    Ok(())
}
