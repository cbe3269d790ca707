//! The `wasm-split` command, in the version of Cargo.lock. It writes two files: what a program starts with,
//! and what its split points need.
//!
//! A split point is a function with `#[wasm_split]`. The linker's relocations (`--emit-relocs`) tell which
//! functions and data reach which.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use clap::Parser;
use wasm_split_cli_support::Options;

#[derive(Parser)]
#[command(name = "workbot-wasm-split")]
struct Args {
    /// The program with its relocations.
    input: PathBuf,
    /// The file to start with.
    #[arg(long)]
    first: PathBuf,
    /// The script that wasm-bindgen writes for it.
    #[arg(long)]
    script: String,
    /// The folder of the other files.
    #[arg(long)]
    out_dir: PathBuf,
    /// The script there that loads them.
    #[arg(long)]
    loader: String,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let program =
        fs::read(&args.input).with_context(|| format!("{} cannot be read", args.input.display()))?;
    let mut options = Options::new(&program);
    options.output_dir = &args.out_dir;
    options.main_out_path = &args.first;
    options.main_module = &args.script;
    options.link_name = &args.loader;
    wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("{} could not be split: {error:#}", args.input.display()))?;
    Ok(())
}
