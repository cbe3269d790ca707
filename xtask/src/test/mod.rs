//! `cargo xtask test`: everything that is checked, the quick things first. The first failure ends it.

mod browser;
mod changed;
mod http;
mod lane;
mod lint;
mod native;
mod release;

use std::time::Instant;

use anyhow::Result;
use clap::ValueEnum;

use crate::build::{self, Profile};
use crate::{process, tools};
use lane::{Lane, PASSED};

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

/// What mostly computes; the others mostly wait.
const COMPUTING: [Part; 3] = [Part::Lint, Part::Native, Part::Release];

/// What was run.
#[derive(Default)]
struct Summary {
    lines: Vec<String>,
    passed: usize,
}

impl Summary {
    fn part(&mut self, part: Part, run: impl FnOnce() -> Result<usize>) -> Result<()> {
        let (name, began) = (part.name(), Instant::now());
        println!("{name}");
        let passed = run()?;
        self.passed += passed;
        self.lines.push(format!("{name:<8} {passed:>5} tests {:>5.0} s", began.elapsed().as_secs_f32()));
        Ok(())
    }
}

/// Runs some parts, or the whole.
///
/// # Errors
/// At the first failure.
pub fn run(parts: &[Part]) -> Result<()> {
    let started = Instant::now();
    let mut summary = Summary::default();
    if parts.is_empty() {
        whole(&mut summary)?;
    } else {
        parts.iter().try_for_each(|part| summary.part(*part, || part.run()))?;
    }
    println!("\n{}", summary.lines.join("\n"));
    println!("all passed in {:.0} s", started.elapsed().as_secs_f32());
    println!("{}{PASSED}", summary.passed);
    Ok(())
}

/// What computes runs while the others wait. What they need is there before: cargo lets one compile at a time.
fn whole(summary: &mut Summary) -> Result<()> {
    let tests = http::compile()?;
    system()?;
    let lane = Lane::start(&COMPUTING.map(Part::name))?;
    let waited = summary
        .part(Part::Http, || http::run(&tests))
        .and_then(|()| summary.part(Part::Browser, browser::run));
    match waited {
        Err(error) if !process::interrupted() => Err(error),
        // Of two failures the first one counts: the other is that somebody had to stop.
        waited => {
            summary.passed += lane.finish()?;
            waited
        }
    }
}

/// Runs the tests of how much is taken, with much more of it.
///
/// # Errors
/// When one fails.
pub fn volume() -> Result<()> {
    let tests = http::compile()?;
    system()?;
    http::run_volume(&tests)
}

/// Builds what the tests of a running system run.
fn system() -> Result<()> {
    build::run(Profile::E2e)?;
    tools::sandbox()?;
    Ok(())
}

impl Part {
    fn run(self) -> Result<usize> {
        match self {
            Part::Quick => {
                lint::changed()?;
                native::rules()
            }
            Part::Lint => lint::all().map(|()| 0),
            Part::Native => native::all(),
            Part::Http => {
                // First: a mistake in them should not cost the build of everything.
                let tests = http::compile()?;
                system()?;
                http::run(&tests)
            }
            Part::Browser => {
                system()?;
                browser::run()
            }
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
