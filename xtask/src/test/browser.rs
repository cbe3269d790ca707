//! Browser tests of the chat and the tab.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::build::Profile;
use crate::dev::Ports;
use crate::{chromium, paths, step, tools};

const FOLDER: &str = "tests/e2e/browser";
/// The main story, from the login to a restart.
const STORY: &str = "story.test.mjs";
/// Number of files that run in parallel, each with its own system.
const SIDE_BY_SIDE: usize = 2;

/// Runs every file against a build. `pictures`: whether each state is photographed for review.
///
/// # Errors
/// When a test fails.
pub fn run(profile: Profile, pictures: bool) -> Result<usize> {
    files_with(&files()?, profile, pictures)
}

/// Runs the main story alone, against the release.
///
/// # Errors
/// When a test fails.
pub fn story() -> Result<usize> {
    files_with(&[paths::at(FOLDER).join(STORY)], Profile::Release, true)
}

fn files_with(files: &[PathBuf], profile: Profile, pictures: bool) -> Result<usize> {
    let chromium = chromium::find()?;
    tools::npm_pins()?;
    tools::npm_packages("tests/conformance", tools::Dependencies::Some)?;
    let state = paths::fresh(&format!(".sandbox/test/{}", profile.name()))?;
    let mut ports = Vec::new();
    for (file, offset) in files.iter().zip(Ports::free_offsets(files.len())?) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        ports.push(format!("{name}={offset}"));
    }
    let mut tests = paths::node();
    tests
        // The limit catches a test that hangs; each wait inside a test has its own limit.
        .args(["--test", "--test-reporter=spec", "--test-timeout=1800000"])
        .arg(format!("--test-concurrency={SIDE_BY_SIDE}"))
        .args(files)
        // Not `current_exe`: a build of the unit tests may have replaced that file.
        .env("XTASK_BIN", paths::built("xtask"))
        .env("CHROMIUM", chromium)
        .env("WORKBOT_STATE", &state)
        .env("WORKBOT_PICTURES", if pictures { "1" } else { "" })
        .env("WORKBOT_PORT_OFFSETS", ports.join(","))
        .env(Profile::VARIABLE, profile.name());
    let output = step::run("running the browser tests", tests)
        .with_context(|| format!("the logs of the run are below {}", state.display()))?;
    let passed: Vec<_> = output.lines().filter(|line| line.contains('✔')).collect();
    for line in &passed {
        println!("    {}", line.trim());
    }
    Ok(passed.len())
}

/// The files `*.test.mjs`. They are passed to Node by name: Node succeeds if a pattern matches no file.
fn files() -> Result<Vec<PathBuf>> {
    let folder = paths::at(FOLDER);
    let entries = fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let is_test = |path: &PathBuf| path.to_string_lossy().ends_with(".test.mjs");
    let mut tests: Vec<_> = paths.into_iter().filter(is_test).collect();
    if tests.is_empty() {
        bail!("{} contains no *.test.mjs", folder.display());
    }
    tests.sort();
    Ok(tests)
}
