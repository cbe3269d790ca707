//! Reads and checks the catalogue: the files in `apps`, `recipes` and `icons`. A mistake is named with file, line and
//! remedy. A catalogue without one is written as JSON, the file that the worker loads beside its module.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use workbot_domain::catalogue::source::{files, read};

#[derive(Parser)]
#[command(about = "Checks the catalogue")]
struct Options {
    /// Write the checked catalogue to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<ExitCode> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.parent().unwrap_or(here);
    let of = |folder: &str, ending: &str| {
        files(root, folder, ending).with_context(|| format!("{folder} cannot be read"))
    };
    let checked =
        read(&of("catalog/apps", "toml")?, &of("catalog/recipes", "toml")?, &of("catalog/icons", "svg")?);
    let catalogue = match checked {
        Ok(catalogue) => catalogue,
        Err(mistakes) => {
            mistakes.iter().for_each(|mistake| eprintln!("{mistake}"));
            return Ok(ExitCode::FAILURE);
        }
    };
    if let Some(out) = &options.out {
        fs::write(out, serde_json::to_vec(&catalogue)?)
            .with_context(|| format!("{} cannot be written", out.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
