//! Checks the catalogue. A mistake is named with file, line and remedy; a catalogue without one is written as JSON, the
//! file that the worker loads beside its module.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use workbot_catalog::{CatalogError, load};

#[derive(Parser)]
#[command(about = "Checks the catalogue")]
struct Options {
    /// Write the checked catalogue to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            match error.downcast_ref() {
                Some(CatalogError::Mistakes(_)) => eprintln!("{error}"),
                _ => eprintln!("error: {error:#}"),
            }
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let catalogue = load()?;
    if let Some(out) = &options.out {
        fs::write(out, serde_json::to_vec(&catalogue)?)
            .with_context(|| format!("{} cannot be written", out.display()))?;
    }
    Ok(())
}
