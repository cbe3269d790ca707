//! The deployment program: `cargo xtask package`, `cargo xtask doctor` and `cargo xtask
//! ask`.
//!
//! # Layers
//!
//! From below to above: each line knows only lines before it.
//!
//! - `project_files`: the project's own files
//! - `settings`: the variables
//! - `http_client`: requests through the pinned Node
//! - `package`
//! - `doctor`, `language_model_accuracy`

mod doctor;
mod http_client;
mod language_model_accuracy;
mod package;
mod project_files;
mod settings;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use doctor::Health;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
enum Command {
    /// Measure how well a language model understands sentences
    Ask(language_model_accuracy::Options),
    /// Build the package for Teams
    Package(package::Options),
    /// Check a configuration, and list what to register where
    Doctor(doctor::Options),
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(Health::Good) => ExitCode::SUCCESS,
        Ok(Health::Ill) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<Health> {
    match command {
        Command::Ask(options) => language_model_accuracy::run(&options).map(|()| Health::Good),
        Command::Package(options) => package::run(&options).map(|()| Health::Good),
        Command::Doctor(options) => doctor::run(&options),
    }
}
