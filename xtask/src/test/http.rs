//! The running worker, seen over HTTP.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::native::count;
use crate::build::Profile;
use crate::dev::{Options, Ports, Stack};
use crate::{paths, step};

/// So many tenants are served for tests that need one of their own.
const COMPANIES: usize = 140;
/// Tests at the same time: they wait for the worker, and it for what is outside, more than they compute.
const THREADS: &str = "12";

/// Runs the tests, then those that kill the worker.
///
/// # Errors
/// When one fails.
pub fn run() -> Result<usize> {
    // Compiled first: a mistake in them should not cost the start of everything.
    let mut compile = tests();
    compile.arg("--no-run");
    step::run("compiling the HTTP tests", compile)?;

    let state = paths::fresh(".sandbox/test/http")?;
    let mut stack = Stack::start(&Options {
        port_offset: Ports::free_offset()?,
        state: Some(state.clone()),
        no_playground: true,
        tenants: (1..=COMPANIES).map(|number| format!("company-{number}")).collect(),
        profile: Profile::E2e,
    })?;
    let passed = with(&mut stack, &state)
        .with_context(|| format!("the logs of the run are in {}", state.join("logs").display()));
    stack.stop();
    passed
}

fn with(stack: &mut Stack, state: &Path) -> Result<usize> {
    let of_system = |mut tests: Command| {
        tests
            .env("WORKBOT_PUBLIC_URL", stack.worker_url())
            .env("WORKBOT_SANDBOX_URL", stack.sandbox_url())
            .env("WORKBOT_STATE", state)
            .env("WORKBOT_COMPANIES", COMPANIES.to_string())
            .env("WORKBOT_WORKER_LOG", stack.logs().join("worker.log"))
            .env("WORKBOT_WORKER_LINE", stack.worker_line());
        tests
    };
    let mut side_by_side = of_system(tests());
    side_by_side.args(["--", "--test-threads", THREADS]);
    // Those that kill the worker have it to themselves.
    let mut alone = of_system(tests());
    alone.args(["--", "--ignored", "--test-threads", "1"]);
    let mut passed = count(&step::run("running the HTTP tests", side_by_side)?);
    if let Some(group) = stack.worker_group().filter(|_| cfg!(unix)) {
        alone.env("WORKBOT_WORKER_GROUP", group.to_string());
        passed += count(&step::run("running the crash tests", alone)?);
    }
    Ok(passed)
}

/// All of the workspace is named, so that its dependencies are those that the unit tests were compiled with.
fn tests() -> Command {
    let mut tests = paths::cargo();
    tests.args(["test", "--workspace", "--test", "e2e"]);
    tests
}
