//! Developer commands: `cargo xtask bench | build | conformance | dev | doctor | import | key | mutants |
//! package | soak | test`.
//!
//! Each command installs its tools (the wasm target, the pinned npm packages, worker-build) and rebuilds only
//! changed parts.
//!
//! # Layers
//!
//! From below to above: each line knows only lines before it.
//!
//! - `process_group`, `random`, `paths`: processes, secrets, paths
//! - `fingerprint`, `master_key`, `step`
//! - `chromium`, `python_environment`, `tools`: what is installed
//! - `import`: app files from documents of others
//! - `build`, `deployment`
//! - `dev`: the whole system
//! - `bench`, `conformance`, `mutants`, `test`

mod bench;
mod build;
mod chromium;
mod conformance;
mod deployment;
mod dev;
mod fingerprint;
mod import;
mod master_key;
mod mutants;
mod paths;
mod process_group;
mod python_environment;
mod random;
mod step;
mod test;
mod tools;

use std::process::ExitCode;

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
    /// Measure how well a language model of your own understands sentences
    #[command(disable_help_flag = true)]
    Ask(deployment::Options),
    /// Measure the cost of a turn, a run and the tab, beside a bot and a tab built with Microsoft's libraries
    #[command(disable_help_flag = true)]
    Bench(bench::Options),
    /// Build the worker and the tab
    Build,
    /// Play clients of agents that others wrote against the running system; writes docs/agents.md
    Conformance,
    /// Run Workbot on this machine, with stand-ins for everything around it, until Ctrl-C
    Dev(dev::Options),
    /// Check a configuration, and list what to register where
    #[command(disable_help_flag = true)]
    Doctor(deployment::Options),
    /// Print an app file, or its table of the login, from a document of somebody else
    #[command(subcommand)]
    Import(import::Source),
    /// Print a new master key
    Key,
    /// Make deliberate faults one at a time, and check that the simulated world detects each
    Mutants(mutants::Options),
    /// Build the package for Teams
    #[command(disable_help_flag = true)]
    Package(deployment::Options),
    /// Run the volume tests, then everything under mixed load with random faults, for minutes, and check what
    /// holds at the end
    #[command(disable_help_flag = true)]
    Soak(bench::Options),
    /// Check everything: lints, unit tests, the running worker over HTTP, the bot and the tab in a browser,
    /// what is deployed
    Test {
        /// Only these
        parts: Vec<test::Part>,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    process_group::listen_for_interrupts()?;
    match command {
        Command::Ask(options) => return deployment::run("ask", &options),
        Command::Bench(options) => return bench::run(&[], &options),
        Command::Build => build::run_or_keep()?,
        Command::Conformance => return conformance::run(),
        Command::Dev(options) => dev::run(&options)?,
        Command::Doctor(options) => return deployment::run("doctor", &options),
        Command::Import(source) => import::run(&source)?,
        Command::Key => master_key::run()?,
        Command::Mutants(options) => return mutants::run(&options),
        Command::Package(options) => return deployment::run("package", &options),
        Command::Soak(options) => {
            test::volume()?;
            return bench::run(&["soak"], &options);
        }
        Command::Test { parts } => test::run(&parts)?,
    }
    Ok(ExitCode::SUCCESS)
}
