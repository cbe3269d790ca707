//! Writes a wasm program to two files: what it starts with, and the functions that it needs later.
//!
//! `workbot-wasm-split INPUT --later PATH --first OUT --second OUT`: later are the functions whose names contain
//! `PATH`, e.g. `workbot_tab::sections::`, and what only they call. It is still one program: both files share memory,
//! table and globals. The second file imports them from `program`, which is the exports of the first, and puts its
//! functions into the table. A call from the first file goes through the table; before the second file is there, it
//! traps.
//!
//! A panic becomes a trap without a message: in a browser nobody reads it, and its formatting is a tenth of a file.

mod short_names;
mod split;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;

#[derive(Parser)]
#[command(name = "workbot-wasm-split")]
struct Args {
    /// The program, with the names of its functions.
    input: PathBuf,
    /// What the names of later functions contain: one of these.
    #[arg(long, required = true)]
    later: Vec<String>,
    /// The script that wasm-bindgen wrote for the program: the names of its functions become short, here and there.
    #[arg(long)]
    glue: PathBuf,
    /// The file to start with.
    #[arg(long)]
    first: PathBuf,
    /// The file for later.
    #[arg(long)]
    second: PathBuf,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let program =
        fs::read(&args.input).with_context(|| format!("{} cannot be read", args.input.display()))?;
    let (first, second) = split::split(&program, &args.later)
        .with_context(|| format!("{} cannot be split", args.input.display()))?;
    let glue =
        fs::read_to_string(&args.glue).with_context(|| format!("{} cannot be read", args.glue.display()))?;
    let (first, glue) = short_names::shorten(&first, &glue)?;
    fs::write(&args.glue, glue).with_context(|| format!("{} cannot be written", args.glue.display()))?;
    for (path, module) in [(&args.first, first), (&args.second, second)] {
        fs::write(path, module).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}
