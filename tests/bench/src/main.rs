//! `cargo xtask bench`: the cost of Workbot, measured so that anyone can repeat it, beside a bot and a tab
//! built with Microsoft's own parts.
//!
//! # Layers
//!
//! Each line depends only on lines above it.
//!
//! - `client`, `test_server`, `report`, `people`, `paths`, `child_process`: HTTP, the written page, paths,
//!   processes
//! - `connector`, `kv`, `load`, `machine`, `seed`, `static_site`
//! - `environment`: the environment of a bot
//! - `target_workbot`, `target_baseline`, `turn_load`: the measured bots, and the messages to them
//! - `soak`, `cold_start`, `tab`, `turns`
//! - `crypto`, `domain_rules`, `run`
//! - `growth`, `refresh_storm`

mod child_process;
mod client;
mod cold_start;
mod connector;
mod crypto;
mod domain_rules;
mod environment;
mod growth;
mod kv;
mod load;
mod machine;
mod paths;
mod people;
mod refresh_storm;
mod report;
mod run;
mod seed;
mod soak;
mod static_site;
mod tab;
mod target_baseline;
mod target_workbot;
mod test_server;
mod turn_load;
mod turns;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use environment::Environment;
use paths::Paths;

/// A part of the benchmark.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The turn `personal_connections`, compared
    Turns,
    /// A run with one action, compared, and the platform requests of a list and a run
    Run,
    /// Many callers on one expired connection
    Storm,
    /// Many owners, connections and recipes
    Growth,
    /// The start and the memory, compared
    Start,
    /// The tab, compared
    Tab,
    /// Signatures and seals, in wasm and by WebCrypto
    Crypto,
    /// Mixed load with random failures of external parties: runs only if named
    Soak,
}

#[derive(Parser)]
#[command(name = "cargo xtask bench", about = "Measures Workbot, and writes docs/benchmarks.md")]
struct Options {
    /// Only these parts
    parts: Vec<Part>,
    /// How long each load lasts, in seconds
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// The maximal number of owners for growth; each has a database on disk (about 100 KB)
    #[arg(long, default_value_t = 1000)]
    owners: usize,
    #[command(flatten)]
    soak: soak::Options,
    /// The project's folder
    #[arg(long, hide = true)]
    root: PathBuf,
    /// The folder for the data of this run, with the variables `dev.vars`
    #[arg(long, hide = true)]
    state: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match measure(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(options: Options) -> Result<()> {
    let paths = Paths::new(&options.root, &options.state)?;
    let environment = Arc::new(Environment::start(&paths).await?);
    let time = Duration::from_secs(options.seconds);
    let all = Part::value_variants().iter().copied().filter(|part| *part != Part::Soak);
    let parts = if options.parts.is_empty() { all.collect() } else { options.parts };
    let path = paths.at("docs/benchmarks.md");
    for part in parts {
        let section = match part {
            Part::Turns => turns::measure(&paths, &environment, time).await?,
            Part::Run => run::measure(&paths, &environment, time).await?,
            Part::Storm => refresh_storm::measure(&paths, &environment).await?,
            Part::Crypto => crypto::measure(&paths).await?,
            Part::Tab => tab::measure(&paths, &environment).await?,
            Part::Growth => growth::measure(&paths, &environment, options.owners).await?,
            Part::Start => cold_start::measure(&paths, &environment, time).await?,
            Part::Soak => soak::measure(&paths, &environment, options.soak).await?,
        };
        println!("\n## {}\n\n{}", section.title, section.text);
        // Written at once: a later part may fail.
        report::write(&path, &TITLES, section)?;
    }
    println!("written to {}", path.display());
    Ok(())
}

/// The sections, in the order of the page.
const TITLES: [&str; 9] = [
    report::JUDGED,
    turns::TITLE,
    run::TITLE,
    refresh_storm::TITLE,
    growth::TITLE,
    cold_start::TITLE,
    tab::TITLE,
    crypto::TITLE,
    soak::TITLE,
];
