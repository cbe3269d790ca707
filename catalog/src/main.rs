//! Checks the catalog. Prints each error with file, line and fix. Writes a valid catalog as JSON, the file
//! that the worker loads beside its module, or the pages of the apps in docs/apps.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use workbot_catalog::{CatalogError, load, pages};

fn main() -> ExitCode {
    match task().and_then(|task| run(&task)) {
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

/// What to do with a valid catalog.
enum Task {
    /// Nothing more.
    Check,
    /// Write it to this file.
    Write(PathBuf),
    /// Write the pages of the apps.
    Pages,
}

/// The arguments. Parsed by hand, so that tests that use this crate's library do not compile a command-line
/// parser.
fn task() -> Result<Task> {
    let mut arguments = env::args_os().skip(1);
    match (arguments.next(), arguments.next(), arguments.next()) {
        (None, ..) => Ok(Task::Check),
        (Some(name), Some(file), None) if name == "--out" => Ok(Task::Write(file.into())),
        (Some(name), None, None) if name == "pages" => Ok(Task::Pages),
        _ => bail!("usage: workbot-catalog [--out FILE | pages]"),
    }
}

fn run(task: &Task) -> Result<()> {
    let catalog = load()?;
    let write = |file: &Path, content: &[u8]| {
        fs::write(file, content).with_context(|| format!("{} cannot be written", file.display()))
    };
    match task {
        Task::Check => {
            println!("{} apps and {} recipes: no mistake", catalog.apps.len(), catalog.recipes.len());
            Ok(())
        }
        Task::Write(file) => write(file, &serde_json::to_vec(&catalog)?),
        Task::Pages => {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
            let pages = pages(&catalog);
            pages.iter().try_for_each(|page| write(&root.join(&page.path), page.text.as_bytes()))?;
            println!("wrote {} pages in docs/apps", pages.len());
            Ok(())
        }
    }
}
