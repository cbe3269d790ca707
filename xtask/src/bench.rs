//! `cargo xtask bench`: builds the worker, the tab and the benchmark program (tests/bench), and chooses
//! ports.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::dev::Ports;
use crate::process::Group;
use crate::{build, chromium, dev, paths, tools};

/// Options of the benchmark program.
#[derive(clap::Args)]
pub struct Options {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    given: Vec<String>,
}

/// Measures the given parts, or those in the options.
///
/// # Errors
/// If something does not build, or no port is free.
pub fn run(parts: &[&str], options: &Options) -> Result<ExitCode> {
    build::run(build::Profile::Release)?;
    let (program, wasm_bindgen) = (tools::bench()?, tools::wasm_bindgen()?);
    let state = paths::fresh(".sandbox/bench")?;
    let ports = Ports::new(Ports::free_offset()?)?;
    let (worker, sandbox) = dev::write_variables(&state.join("dev.vars"), &ports)?;
    let mut command = Command::new(program);
    paths::with_npm_bins(&mut command);
    if let Ok(chromium) = chromium::find() {
        command.env("CHROMIUM", chromium);
    }
    command
        .args(parts)
        .args(&options.given)
        .arg("--root")
        .arg(paths::root())
        .arg("--state")
        .arg(&state)
        .env("CARGO_TARGET_DIR", paths::target())
        .env("WASM_BINDGEN_BIN", wasm_bindgen)
        .env("WORKBOT_PUBLIC_URL", worker)
        .env("WORKBOT_SANDBOX_URL", sandbox)
        .env("WORKBOT_WORKER_LOG", state.join("workerd.log"));
    // All child processes end with the benchmark.
    let status = Group::start(command)?.until_ended()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
