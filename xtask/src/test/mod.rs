//! `cargo xtask test`: all checks, the fast ones first. The first failure ends the run.

mod background_test;
mod browser;
mod changed_packages;
mod http;
mod lint;
mod mock_model;
mod native;
mod release;

use std::time::Instant;

use anyhow::Result;
use clap::ValueEnum;

use crate::build::{self, Profile};
use crate::{process_group, tools};
use background_test::{Lane, PASSED};

/// A part that can run alone.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Part {
    /// While you work: formatting, lints of what you changed, tests of the rules (not in the full run, which
    /// includes all of it)
    Quick,
    /// Formatting, lints and documentation
    Lint,
    /// Unit tests on this machine
    Native,
    /// Tests of the running worker over HTTP
    Http,
    /// The bot and the tab in a browser
    Browser,
    /// The release build: a dry-run deployment, and the main story
    Release,
}

/// The parts that compile for this machine. The others compile to WebAssembly, in output folders of their
/// own, and then mostly wait: cargo's lock of one folder does not hold the other.
const COMPILING_HERE: [Part; 2] = [Part::Lint, Part::Native];

/// The results so far.
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

/// Runs the given parts, or all parts if none is given.
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

/// Runs all parts in two lanes. What both need is installed first, once. The HTTP and the browser tests use
/// the release, which is compiled in any case: the `e2e` build would cost minutes more.
fn whole(summary: &mut Summary) -> Result<()> {
    tools::for_a_system()?;
    let tests = http::compile()?;
    let lane = Lane::start(&COMPILING_HERE.map(Part::name))?;
    let waited = (|| {
        build::run(Profile::Release)?;
        summary.part(Part::Http, || http::run(&tests, Profile::Release))?;
        summary.part(Part::Browser, || browser::run(Profile::Release, false))?;
        // Last: wrangler runs the build command, which waits for the other lane's cargo.
        summary.part(Part::Release, || release::deploy().map(|()| 0))
    })();
    match waited {
        Err(error) if !process_group::interrupted() => Err(error),
        // If both fail, the first failure is reported: the other side was only interrupted.
        waited => {
            summary.passed += lane.finish()?;
            waited
        }
    }
}

/// Runs the volume tests with their large amounts.
///
/// # Errors
/// If a test fails.
pub fn volume() -> Result<()> {
    let tests = http::compile()?;
    system()?;
    http::run_volume(&tests)
}

/// Builds what the tests of a running system need: quickly, unless the environment names the release.
fn system() -> Result<Profile> {
    let profile = Profile::named().unwrap_or(Profile::E2e);
    tools::for_a_system()?;
    build::run(profile)?;
    Ok(profile)
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
                // Compiled first: a compile error should not cost a build of the whole system.
                let tests = http::compile()?;
                http::run(&tests, system()?)
            }
            Part::Browser => browser::run(system()?, true),
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
