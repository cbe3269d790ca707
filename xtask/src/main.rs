//! Developer commands: `cargo xtask build | dev | test`.
//!
//! Each installs what it needs (the wasm target, the pinned npm tools, worker-build) and does only what has not
//! been done since its inputs last changed.

mod build;
mod inputs;
mod step;
mod tools;
mod tree;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, runs and tests Workbot", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the worker and the tab
    Build,
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Build => build::run(),
    }
}
