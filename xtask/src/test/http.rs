//! The running worker, seen over HTTP.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::native::count;
use crate::build::Profile;
use crate::dev::{Options, Ports, Stack};
use crate::{paths, step};

/// So many tenants are served for tests that need one of their own.
const COMPANIES: usize = 140;
/// Tests at the same time: they wait for the worker, and it for what is outside, more than they compute.
const THREADS: &str = "12";

/// Compiles the tests, and says where they are.
///
/// # Errors
/// When they do not compile.
pub fn compile() -> Result<PathBuf> {
    let mut compile = paths::cargo();
    compile.arg("test").args(paths::HOST_PACKAGES);
    compile.args(["--test", "e2e", "--no-run", "--message-format=json-render-diagnostics"]);
    let said = step::run("compiling the HTTP tests", compile)?;
    let programs = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut programs = programs.filter_map(|message| Some(message.get("executable")?.as_str()?.to_owned()));
    let program = programs.next();
    Ok(program.context("cargo names no program for the HTTP tests")?.into())
}

/// Runs the tests, then those that kill the worker, with what was built.
///
/// # Errors
/// When one fails.
pub fn run(tests: &Path) -> Result<usize> {
    let state = paths::fresh(".sandbox/test/http")?;
    let mut stack = Stack::start(&Options {
        port_offset: Ports::free_offset()?,
        state: Some(state.clone()),
        no_playground: true,
        tenants: (1..=COMPANIES).map(|number| format!("company-{number}")).collect(),
        profile: Profile::E2e,
        built: true,
    })?;
    let passed = with(tests, &mut stack, &state)
        .with_context(|| format!("the logs of the run are in {}", state.join("logs").display()));
    stack.stop();
    passed
}

fn with(tests: &Path, stack: &mut Stack, state: &Path) -> Result<usize> {
    let of_system = |arguments: &[&str]| {
        let mut tests = Command::new(tests);
        tests
            .args(arguments)
            .current_dir(paths::at("tests/e2e"))
            .env("WORKBOT_PUBLIC_URL", stack.worker_url())
            .env("WORKBOT_SANDBOX_URL", stack.sandbox_url())
            .env("WORKBOT_STATE", state)
            .env("WORKBOT_COMPANIES", COMPANIES.to_string())
            .env("WORKBOT_WORKER_LOG", stack.logs().join("worker.log"))
            .env("WORKBOT_WORKER_LINE", stack.worker_line());
        tests
    };
    let side_by_side = of_system(&["--test-threads", THREADS]);
    // Those that kill the worker have it to themselves.
    let mut alone = of_system(&["--ignored", "--test-threads", "1"]);
    let mut passed = count(&step::run("running the HTTP tests", side_by_side)?);
    if let Some(group) = stack.worker_group().filter(|_| cfg!(unix)) {
        alone.env("WORKBOT_WORKER_GROUP", group.to_string());
        passed += count(&step::run("running the crash tests", alone)?);
    }
    Ok(passed)
}
