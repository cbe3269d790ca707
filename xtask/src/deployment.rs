//! `cargo xtask package` and `cargo xtask doctor`: they read the catalog, so they are a program of their own
//! (xtask/deployment), and nobody waits for it who only builds.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::{paths, tools};

/// Options of the program itself.
#[derive(clap::Args)]
pub struct Options {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    given: Vec<String>,
}

/// Runs one of its commands, where the person is.
///
/// # Errors
/// When it does not compile, or what it needs cannot be installed.
pub fn run(name: &str, options: &Options) -> Result<ExitCode> {
    let program = tools::deployment()?;
    let is = |flag: &str| options.given.iter().any(|given| given == flag);
    if name == "doctor" && !is("--offline") && !is("--help") {
        tools::npm_pins()?;
    }
    let mut command = Command::new(program);
    paths::with_npm_bins(&mut command);
    let status =
        command.arg(name).args(&options.given).status().context("the program could not be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
