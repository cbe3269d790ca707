//! `cargo xtask import`: makes an app file, or a part of one, from a document of somebody else. What the
//! document does not say is marked `TODO`, which the catalog's check refuses with file and line.

mod nango;
mod openapi;
mod toml_string;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Subcommand;

/// The kind of document.
#[derive(Subcommand)]
pub enum Source {
    /// An OpenAPI document (JSON, version 3.0 or 3.1): prints an app file with the chosen operations as
    /// actions
    Openapi {
        /// The document
        file: PathBuf,
        /// The ids of the operations, separated by commas
        #[arg(long, value_delimiter = ',', required = true)]
        operations: Vec<String>,
    },
    /// Your own copy of Nango's providers.yaml: prints the table `[oauth2]` of a provider
    Nango {
        /// The file
        file: PathBuf,
        /// The provider's name in it
        name: String,
    },
}

/// Prints what the document says.
///
/// # Errors
/// If the document cannot be read, or lacks what was asked for.
pub fn run(source: &Source) -> Result<()> {
    let (Source::Openapi { file, .. } | Source::Nango { file, .. }) = source;
    let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let imported = match source {
        Source::Openapi { operations, .. } => openapi::app_file(&serde_json::from_str(&text)?, operations)?,
        Source::Nango { name, .. } => nango::oauth2(&text, name)?,
    };
    print!("{imported}");
    Ok(())
}
