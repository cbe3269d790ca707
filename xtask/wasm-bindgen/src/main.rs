//! The `wasm-bindgen` command, at the version that Cargo.lock holds.
//!
//! The command and the crate must be of the same version to the last digit. A binary of this workspace is so
//! without anyone having to think of it, and nothing has to be downloaded. It knows the options that
//! worker-build and `cargo xtask build` pass; any other is refused.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use wasm_bindgen_cli_support::Bindgen;

/// What loads the module.
#[derive(Clone, Copy, ValueEnum)]
enum Target {
    /// A bundler that understands `import` of a `.wasm` file.
    Bundler,
    /// An ES module with source phase imports, as Workers have it.
    Module,
    /// A browser, without a bundler.
    Web,
}

#[derive(Parser)]
#[command(name = "wasm-bindgen", version)]
struct Args {
    /// The module that cargo built.
    input: PathBuf,
    #[arg(long)]
    out_dir: PathBuf,
    /// File name without extension; the crate's name if absent.
    #[arg(long)]
    out_name: Option<String>,
    #[arg(long, value_enum, default_value_t = Target::Bundler)]
    target: Target,
    #[arg(long)]
    no_typescript: bool,
    /// Accepted because TypeScript is the default.
    #[arg(long, conflicts_with = "no_typescript")]
    typescript: bool,
    #[arg(long)]
    debug: bool,
    #[arg(long)]
    no_demangle: bool,
    #[arg(long)]
    keep_debug: bool,
    #[arg(long)]
    remove_name_section: bool,
    #[arg(long)]
    remove_producers_section: bool,
    /// Leave it to the caller to say where the module is.
    #[arg(long)]
    omit_default_module_path: bool,
    #[arg(long)]
    split_linked_modules: bool,
    /// Let the worker start afresh after a panic.
    #[arg(long = "experimental-reset-state-function")]
    reset_state_function: bool,
    #[arg(long)]
    force_enable_abort_handler: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let mut bindgen = Bindgen::new();
    match args.target {
        Target::Bundler => bindgen.bundler(true)?,
        Target::Module => bindgen.module(true)?,
        Target::Web => bindgen.web(true)?,
    };
    if let Some(name) = &args.out_name {
        bindgen.out_name(name);
    }
    bindgen
        .input_path(&args.input)
        .typescript(!args.no_typescript)
        .debug(args.debug)
        .demangle(!args.no_demangle)
        .keep_debug(args.keep_debug)
        .remove_name_section(args.remove_name_section)
        .remove_producers_section(args.remove_producers_section)
        .omit_default_module_path(args.omit_default_module_path)
        .split_linked_modules(args.split_linked_modules)
        .reset_state_function(args.reset_state_function)
        .force_enable_abort_handler(args.force_enable_abort_handler)
        .generate(&args.out_dir)
        .with_context(|| format!("{} could not be bound", args.input.display()))
}
