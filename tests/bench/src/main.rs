//! `cargo xtask bench`: the cost of Workbot, measured so that anyone can repeat it, beside a bot and a tab
//! built with Microsoft's own parts.
//!
//! # Layers
//!
//! Each line depends only on lines above it.
//!
//! - `http_client`, `test_server`, `benchmarks_page`, `people`, `paths`: HTTP, the written page, paths
//! - `child_process`: processes
//! - `connector_stand_in`, `kv_stand_in`, `static_assets_stand_in`
//! - `closed_loop`, `machine`, `database_file_edits`
//! - `stand_ins`: the parties around a bot
//! - `target_workbot`, `target_baseline`, `command_turn`: the measured bots, and the messages to them
//! - `target_minimal`: a minimal object
//! - `comparison`: bots compared by turns
//! - `soak`, `cold_start`, `personal_connections_command`, `read_command`, `write_command`
//! - `tab`, `webcrypto`, `many_connections_and_recipes`, `platform_counts`
//! - `growth`, `refresh_storm`, `wake_after_eviction`
//! - `background_cpu`

mod background_cpu;
mod benchmarks_page;
mod child_process;
mod closed_loop;
mod cold_start;
mod command_turn;
mod comparison;
mod connector_stand_in;
mod database_file_edits;
mod growth;
mod http_client;
mod kv_stand_in;
mod machine;
mod many_connections_and_recipes;
mod paths;
mod people;
mod personal_connections_command;
mod platform_counts;
mod read_command;
mod refresh_storm;
mod soak;
mod stand_ins;
mod static_assets_stand_in;
mod tab;
mod target_baseline;
mod target_minimal;
mod target_workbot;
mod test_server;
mod wake_after_eviction;
mod webcrypto;
mod write_command;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use clap::{Parser, ValueEnum};

use comparison::{Contest, Manner};
use paths::Paths;
use stand_ins::StandIns;

/// A part of the benchmark.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The turn `personal_connections`, compared
    Turns,
    /// A run with one action, compared, and the platform requests of a list and a run
    Run,
    /// A run that creates a record, compared
    Write,
    /// The next turn after ten idle seconds, compared with a minimal object
    Woken,
    /// The CPU time of the minutes after a turn
    After,
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
    /// How long each load lasts, in seconds, in eight rounds
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Also measure the module of this commit, by turns with today's
    #[arg(long, value_name = "COMMIT")]
    beside: Vec<String>,
    /// Also measure the finished build in this folder (main.js, index.js, index_bg.wasm); NAME= names its
    /// rows
    #[arg(long, value_name = "[NAME=]FOLDER")]
    beside_module: Vec<String>,
    /// Turns, run and write in three short rounds with fewer people; the page stays as it is
    #[arg(long)]
    quick: bool,
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

impl Options {
    fn manner(&self) -> Result<Manner> {
        ensure!(self.beside.is_empty(), "`cargo xtask bench` builds the module of a commit");
        let named = |given: &String| match given.split_once('=') {
            Some((name, folder)) => (name.to_owned(), PathBuf::from(folder)),
            None => (given.clone(), PathBuf::from(given)),
        };
        let beside = self.beside_module.iter().map(named).collect();
        let (rounds, time, people) = if self.quick {
            (QUICK_ROUNDS, Duration::from_millis(700), people::FEW)
        } else {
            (ROUNDS, Duration::from_secs(self.seconds) / u32::try_from(ROUNDS)?, people::MANY)
        };
        Ok(Manner { rounds, time, people, quick: self.quick, beside })
    }

    fn parts(&self) -> Vec<Part> {
        let all = Part::value_variants().iter().copied();
        match self.parts.as_slice() {
            [] if self.quick => vec![Part::Turns, Part::Run, Part::Write],
            [] => all.filter(|part| *part != Part::Soak).collect(),
            parts => parts.to_vec(),
        }
    }
}

async fn measure(options: Options) -> Result<()> {
    let paths = Paths::new(&options.root, &options.state)?;
    let stand_ins = Arc::new(StandIns::start(&paths).await?);
    let (manner, time) = (options.manner()?, Duration::from_secs(options.seconds));
    let path = paths.at("docs/benchmarks.md");
    let mut running: Option<Contest> = None;
    for part in options.parts() {
        let compared = matches!(part, Part::Turns | Part::Run | Part::Write);
        let counts = match part {
            Part::Run => platform_counts::measure(&paths, &stand_ins, &manner).await?,
            _ => String::new(),
        };
        if !compared {
            running = None;
        } else if running.is_none() {
            running = Some(Contest::prepared(&paths, &stand_ins, &manner).await?);
        }
        let contest = running.as_ref();
        let section = match (part, contest) {
            (Part::Turns, Some(contest)) => {
                personal_connections_command::measure(&paths, &stand_ins, &manner, contest).await?
            }
            (Part::Run, Some(contest)) => {
                let counts = (counts.as_str(), platform_counts::COUNTED);
                read_command::measure(&paths, &stand_ins, &manner, contest, counts).await?
            }
            (Part::Write, Some(contest)) => {
                write_command::measure(&paths, &stand_ins, &manner, contest).await?
            }
            (Part::Turns | Part::Run | Part::Write, None) => bail!("no bot runs"),
            (Part::Storm, _) => refresh_storm::measure(&paths, &stand_ins, &manner).await?,
            (Part::Woken, _) => wake_after_eviction::measure(&paths, &stand_ins, &manner).await?,
            (Part::After, _) => background_cpu::measure(&paths, &stand_ins, &manner).await?,
            (Part::Crypto, _) => webcrypto::measure(&paths).await?,
            (Part::Tab, _) => tab::measure(&paths, &stand_ins).await?,
            (Part::Growth, _) => growth::measure(&paths, &stand_ins, options.owners).await?,
            (Part::Start, _) => cold_start::measure(&paths, &stand_ins, time).await?,
            (Part::Soak, _) => soak::measure(&paths, &stand_ins, options.soak).await?,
        };
        println!("\n## {}\n\n{}", section.title, section.text);
        // Written at once: a later part may fail.
        if !manner.quick {
            benchmarks_page::write(&path, &TITLES, section)?;
        }
    }
    if !manner.quick {
        println!("written to {}", path.display());
    }
    Ok(())
}

/// The rounds of each load, which the bots take in turn, so that other work of the machine affects all.
const ROUNDS: usize = 8;
const QUICK_ROUNDS: usize = 3;

/// The sections, in the order of the page.
const TITLES: [&str; 12] = [
    benchmarks_page::JUDGED,
    personal_connections_command::TITLE,
    read_command::TITLE,
    write_command::TITLE,
    wake_after_eviction::TITLE,
    background_cpu::TITLE,
    refresh_storm::TITLE,
    growth::TITLE,
    cold_start::TITLE,
    tab::TITLE,
    webcrypto::TITLE,
    soak::TITLE,
];
