//! Checks the catalog. Prints each error with file, line and fix. Writes a valid catalog as JSON, the file
//! that the worker loads beside its module.

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use workbot_catalog::{CatalogError, load};

fn main() -> ExitCode {
    match out().and_then(|out| run(out.as_ref())) {
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

/// The output file for the checked catalog. Parsed by hand, so that tests that use this crate's library do
/// not compile a command-line parser.
fn out() -> Result<Option<PathBuf>> {
    let mut arguments = env::args_os().skip(1);
    match (arguments.next(), arguments.next(), arguments.next()) {
        (None, ..) => Ok(None),
        (Some(name), Some(file), None) if name == "--out" => Ok(Some(file.into())),
        _ => bail!("usage: workbot-catalog [--out FILE]"),
    }
}

fn run(out: Option<&PathBuf>) -> Result<()> {
    let catalog = load()?;
    if let Some(out) = out {
        fs::write(out, serde_json::to_vec(&catalog)?)
            .with_context(|| format!("{} cannot be written", out.display()))?;
    }
    Ok(())
}
