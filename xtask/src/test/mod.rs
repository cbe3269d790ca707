//! `cargo xtask test`: everything that is checked, the quick things first. The first failure ends it.

mod browser;
mod changed;
mod http;
mod lint;
mod native;
mod release;

use std::time::Instant;

use anyhow::Result;
use clap::ValueEnum;

/// A part that can be run alone.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Part {
    /// While you work: formatting, lints of what you changed, tests of the rules (not part of the whole: it repeats it)
    Quick,
    /// Formatting, lints and documentation
    Lint,
    /// Unit tests, on this machine
    Native,
    /// The running worker, seen over HTTP
    Http,
    /// The bot and the tab in a real browser
    Browser,
    /// What is deployed: the optimised build, and the main story with it
    Release,
}

const WHOLE: [Part; 5] = [Part::Lint, Part::Native, Part::Http, Part::Browser, Part::Release];

/// Runs one part, or the whole.
///
/// # Errors
/// At the first failure.
pub fn run(only: Option<Part>) -> Result<()> {
    let started = Instant::now();
    let parts = only.as_ref().map_or(WHOLE.as_slice(), std::slice::from_ref);
    let mut summary = Vec::new();
    for part in parts {
        let began = Instant::now();
        let passed = part.run()?;
        summary.push((part.name(), passed, began.elapsed()));
    }
    println!();
    for (name, passed, took) in &summary {
        println!("{name:<8} {passed:>5} tests {:>5.0} s", took.as_secs_f32());
    }
    let passed: usize = summary.iter().map(|(_, passed, _)| passed).sum();
    println!("all passed in {:.0} s", started.elapsed().as_secs_f32());
    println!("{passed} passed, 0 failed");
    Ok(())
}

impl Part {
    fn run(self) -> Result<usize> {
        println!("{}", self.name());
        match self {
            Part::Quick => {
                lint::changed()?;
                native::rules()
            }
            Part::Lint => lint::all().map(|()| 0),
            Part::Native => native::all(),
            Part::Http => http::run(),
            Part::Browser => browser::run(),
            Part::Release => release::run(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Part::Quick => "quick",
            Part::Lint => "lint",
            Part::Native => "native",
            Part::Http => "http",
            Part::Browser => "browser",
            Part::Release => "release",
        }
    }
}
