//! Tests that run natively.

use std::process::Command;

use anyhow::Result;

use crate::{paths, step};

/// The packages that `test quick` tests: seconds, once they are compiled.
const RULES: [&str; 4] = ["workbot-domain", "workbot-vault", "workbot-shared", "workbot-catalog"];
/// The number of stories that `test quick` plays in the simulated world.
const FEW: &str = "300";

/// Runs all unit tests.
///
/// # Errors
/// If a test fails.
pub fn all() -> Result<usize> {
    let mut tests = paths::cargo();
    tests.arg("test").args(paths::HOST_PACKAGES).args(["--exclude", "workbot-e2e"]);
    run("running the unit tests", tests)
}

/// Runs the tests of the rules, the vault, the shared types and the catalog, with few stories of the
/// simulated world.
///
/// # Errors
/// If a test fails.
pub fn rules() -> Result<usize> {
    let mut tests = paths::cargo();
    tests.arg("test").args(RULES.iter().flat_map(|package| ["--package", package]));
    if std::env::var_os("WORLD_SEEDS").is_none() {
        tests.env("WORLD_SEEDS", FEW);
    }
    run("running the tests of the rules", tests)
}

fn run(doing: &str, tests: Command) -> Result<usize> {
    Ok(count(&step::run(doing, tests)?))
}

/// The number of passed tests in cargo's output.
pub fn count(output: &str) -> usize {
    let passed =
        |line: &str| line.strip_prefix("test result: ok. ")?.split(' ').next()?.parse::<usize>().ok();
    output.lines().filter_map(passed).sum()
}
