//! `cargo xtask bench`: builds what is measured and who measures (tests/bench), and chooses ports.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::dev::Ports;
use crate::process::Group;
use crate::{build, chromium, dev, paths, tools};

/// Options of the program itself.
#[derive(clap::Args)]
pub struct Options {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    given: Vec<String>,
}

/// Measures some parts, or those that the options name.
///
/// # Errors
/// When something does not build, or nothing is free to listen on.
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
    // What it starts ends with it, however it ends.
    let status = Group::start(command)?.until_ended()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
