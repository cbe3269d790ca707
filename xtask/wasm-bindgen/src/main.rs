//! The `wasm-bindgen` command, in the version of Cargo.lock.
//!
//! The command and the crate must have exactly the same version. A binary of this workspace always has,
//! without a download. It accepts the options that worker-build and `cargo xtask build` pass, and rejects all
//! others. One option is its own: `--short-imports`.

mod short_imports;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use wasm_bindgen_cli_support::Bindgen;

/// The loader of the module.
#[derive(Clone, Copy, ValueEnum)]
enum Target {
    /// A bundler that understands `import` of a `.wasm` file.
    Bundler,
    /// An ES module with source phase imports, for Workers.
    Module,
    /// A browser, without a bundler.
    Web,
}

#[derive(Parser)]
#[command(name = "wasm-bindgen", version)]
struct Args {
    /// The module from cargo.
    input: PathBuf,
    #[arg(long)]
    out_dir: PathBuf,
    /// The file name without extension; default: the crate's name.
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
    /// The caller passes the location of the module.
    #[arg(long)]
    omit_default_module_path: bool,
    #[arg(long)]
    split_linked_modules: bool,
    /// Keep the linker's exports, e.g. the table of functions.
    #[arg(long)]
    keep_lld_exports: bool,
    /// Shorten the names of the imported functions, in the module and in the script.
    #[arg(long, requires = "out_name")]
    short_imports: bool,
    /// Restart the worker after a panic.
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
        .keep_lld_exports(args.keep_lld_exports)
        .reset_state_function(args.reset_state_function)
        .force_enable_abort_handler(args.force_enable_abort_handler)
        .generate(&args.out_dir)
        .with_context(|| format!("{} could not be bound", args.input.display()))?;
    if let Some(name) = args.out_name.filter(|_| args.short_imports) {
        let (module, script) =
            (args.out_dir.join(format!("{name}_bg.wasm")), args.out_dir.join(format!("{name}.js")));
        let (shorter, its) = short_imports::shorten(&fs::read(&module)?, &fs::read_to_string(&script)?)?;
        fs::write(module, shorter)?;
        fs::write(script, its)?;
    }
    Ok(())
}
