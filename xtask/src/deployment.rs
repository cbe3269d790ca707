//! `cargo xtask package`, `cargo xtask doctor` and `cargo xtask ask`. They need the crate of the catalog, so
//! they are a separate program (xtask/deployment) that a plain build does not compile.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::{paths, tools};

/// Options of that program.
#[derive(clap::Args)]
pub struct Options {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    given: Vec<String>,
}

/// Runs one of its commands in the current folder.
///
/// # Errors
/// If it does not compile, or a tool cannot be installed.
pub fn run(name: &str, options: &Options) -> Result<ExitCode> {
    let program = tools::deployment()?;
    let is = |flag: &str| options.given.iter().any(|given| given == flag);
    if ["ask", "doctor"].contains(&name) && !is("--offline") && !is("--help") {
        tools::npm_pins()?;
    }
    let mut command = Command::new(program);
    paths::with_npm_bins(&mut command);
    let status =
        command.arg(name).args(&options.given).status().context("the program could not be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
