//! `cargo xtask bench`: what Workbot costs, measured where anyone can repeat it, beside what is made with Microsoft's
//! own parts.

mod client;
mod connector;
mod kv;
mod listening;
mod load;
mod machine;
mod ours;
mod page;
mod peer;
mod people;
mod place;
mod program;
mod run;
mod saying;
mod site;
mod start;
mod storm;
mod tab;
mod turns;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use place::Place;
use world::World;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The turn `personal_connections`, beside the peer's
    Turns,
    /// A run of one action, and what a list and a run ask of the platform
    Run,
    /// Many callers on one expired connection
    Storm,
    /// The start and the memory, beside the peer's
    Start,
    /// The tab, beside the peer's
    Tab,
}

#[derive(Parser)]
#[command(name = "cargo xtask bench", about = "Measures Workbot, and writes docs/benchmarks.md")]
struct Options {
    /// Only these parts
    parts: Vec<Part>,
    /// How long each load lasts, in seconds
    #[arg(long, default_value_t = 8)]
    seconds: u64,
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
    let place = Place::new(&options.root, &options.state)?;
    let world = Arc::new(World::start(&place).await?);
    let time = Duration::from_secs(options.seconds);
    let parts = if options.parts.is_empty() { Part::value_variants().to_vec() } else { options.parts };
    let mut sections = Vec::new();
    for part in parts {
        let section = match part {
            Part::Turns => turns::measure(&place, &world, time).await?,
            Part::Run => run::measure(&place, &world, time).await?,
            Part::Storm => storm::measure(&place, &world).await?,
            Part::Tab => tab::measure(&place, &world).await?,
            Part::Start => start::measure(&place, &world, time).await?,
        };
        println!("\n{}\n\n{}", section.title, section.text);
        sections.push(section);
    }
    let path = place.at("docs/benchmarks.md");
    page::write(&path, &[turns::TITLE, run::TITLE, storm::TITLE, start::TITLE, tab::TITLE], sections)?;
    println!("written to {}", path.display());
    Ok(())
}

/// The first line of each section: when and on what.
fn measured_on(place: &Place) -> String {
    format!("{}\n", machine::described(place))
}
