//! `cargo xtask test`: all checks, the fastest first. The first failure ends it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::dev::{self, Ports, Stack};
use crate::{build, chromium, paths, step, tools};

/// The number of tenants for tests that need one of their own.
const COMPANIES: usize = 140;
const BROWSER_TESTS: &str = "tests/e2e/browser";
/// The packages that are compiled to wasm, for the edge and the browser.
const WASM_PACKAGES: [&str; 5] =
    ["workbot-shared", "workbot-domain", "workbot-vault", "workbot-worker", "workbot-tab"];

/// A part of the tests.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Part {
    /// Formatting and lints
    Lint,
    /// Native tests: rules, simulated world, sandbox, tools
    Native,
    /// Tests of the running worker over HTTP
    Http,
    /// Tests of the chat and the tab in a browser
    Browser,
}

/// Runs one part, or all parts.
///
/// # Errors
/// At the first failure.
pub fn run(only: Option<Part>) -> Result<()> {
    let started = Instant::now();
    let mut passed = 0;
    let parts = only.as_ref().map_or(Part::value_variants(), std::slice::from_ref);
    for part in parts {
        match part {
            Part::Lint => lint()?,
            Part::Native => passed += native()?,
            Part::Http => passed += http()?,
            Part::Browser => passed += browser()?,
        }
    }
    println!("\nall passed in {:.0} s", started.elapsed().as_secs_f32());
    println!("{passed} passed, 0 failed");
    Ok(())
}

fn lint() -> Result<()> {
    println!("lint");
    tools::wasm_target()?;
    let mut format = paths::cargo();
    format.args(["fmt", "--all", "--check"]);
    step::run("checking the formatting (`cargo fmt` repairs it)", format)?;

    let mut native = paths::cargo();
    native.args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]);
    step::run("checking the lints", native)?;

    let mut wasm = paths::cargo();
    wasm.args(["clippy", "--target", "wasm32-unknown-unknown"]);
    wasm.args(WASM_PACKAGES.iter().flat_map(|package| ["--package", package]));
    wasm.args(["--", "--deny", "warnings"]);
    step::run("checking the lints of what becomes wasm", wasm)?;
    Ok(())
}

fn native() -> Result<usize> {
    println!("native tests");
    let mut tests = paths::cargo();
    tests.args([
        "test",
        "--workspace",
        "--exclude",
        "workbot-e2e",
        "--exclude",
        "workbot-bench",
        "--exclude",
        "workbot-bench-crypto",
    ]);
    Ok(count(&step::run("running the unit tests", tests)?))
}

fn http() -> Result<usize> {
    println!("HTTP tests");
    // Compiled first, so that an error in them appears before the whole system starts.
    let mut compile = paths::cargo();
    compile.args(["test", "--package", "workbot-e2e", "--no-run"]);
    step::run("compiling the HTTP tests", compile)?;

    let state = paths::fresh(".sandbox/test/http")?;
    deployable(&state)?;
    let mut stack = Stack::start(&dev::Options {
        port_offset: Ports::free_offset()?,
        state: Some(state.clone()),
        no_playground: true,
        tenants: (1..=COMPANIES).map(|number| format!("company-{number}")).collect(),
    })?;
    let (worker, sandbox, log) = (stack.worker_url(), stack.sandbox_url(), stack.logs().join("worker.log"));
    let tests = |more: &[&str]| {
        let mut tests = paths::cargo();
        tests
            .args(["test", "--package", "workbot-e2e"])
            .args(more)
            .env("WORKBOT_PUBLIC_URL", &worker)
            .env("WORKBOT_SANDBOX_URL", &sandbox)
            .env("WORKBOT_STATE", &state)
            .env("WORKBOT_COMPANIES", COMPANIES.to_string())
            .env("WORKBOT_WORKER_LOG", &log);
        tests
    };
    let mut result = step::run("running the HTTP tests", tests(&[]));
    // The crash tests kill the worker, so they run alone.
    let group = stack.worker_group().filter(|_| cfg!(unix) && result.is_ok());
    if let (Ok(before), Some(group)) = (&result, group) {
        let mut crashes = tests(&["--test", "crash", "--", "--ignored", "--test-threads", "1"]);
        crashes
            .env("WORKBOT_WORKER_GROUP", group.to_string())
            .env("WORKBOT_WORKER_LINE", stack.worker_line());
        result = step::run("running the crash tests", crashes).map(|after| format!("{before}\n{after}"));
    }
    stack.stop();
    Ok(count(
        &result.with_context(|| format!("the logs of the run are in {}", state.join("logs").display()))?,
    ))
}

/// A dry run of the deployment: wrangler accepts the configuration, bundles the worker and finds the tab.
fn deployable(state: &Path) -> Result<()> {
    build::run()?;
    let mut deploy = paths::node();
    deploy
        .arg(paths::at("node_modules/wrangler/bin/wrangler.js"))
        .args(["deploy", "--dry-run", "--outdir"])
        .arg(state.join("deployment"))
        .env("CARGO_TARGET_DIR", paths::target())
        .env("CI", "1")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_LOG_PATH", state.join("wrangler"));
    let said = step::run("deploying, short of the upload", deploy)?;
    let deployed = std::fs::read_dir(state.join("deployment"))?.filter_map(Result::ok);
    if !deployed.map(|file| file.file_name()).any(|name| name.to_string_lossy().ends_with("catalog.bin")) {
        bail!("the deployment would lack the catalog. wrangler said:\n{said}");
    }
    for binding in ["env.VAULT", "env.WORKSPACE", "env.CONNECTIONS", "env.ASSETS"] {
        if !said.contains(binding) {
            bail!("the deployment would lack {binding}. wrangler said:\n{said}");
        }
    }
    Ok(())
}

fn browser() -> Result<usize> {
    println!("browser tests");
    let chromium = chromium::find()?;
    tools::npm_pins()?;
    let state = paths::fresh(".sandbox/test/browser")?;
    let mut tests = paths::node();
    tests
        // This limit ends hanging tests. Each test has its own, shorter limits.
        .args(["--test", "--test-concurrency=1", "--test-reporter=spec", "--test-timeout=1800000"])
        .args(browser_tests()?)
        // Not the running executable: the native tests may have replaced it.
        .env("XTASK_BIN", paths::built("xtask"))
        .env("CHROMIUM", chromium)
        .env("WORKBOT_STATE", &state)
        .env("WORKBOT_PORT_OFFSET", Ports::free_offset()?.to_string());
    let output = step::run("running the browser tests", tests)
        .with_context(|| format!("the logs of the run are below {}", state.display()))?;
    let passed: Vec<_> = output.lines().filter(|line| line.contains('✔')).collect();
    for line in &passed {
        println!("    {}", line.trim());
    }
    Ok(passed.len())
}

/// The files `*.test.mjs`, passed to Node by name: with a pattern that matches nothing, Node would succeed.
fn browser_tests() -> Result<Vec<PathBuf>> {
    let folder = paths::at(BROWSER_TESTS);
    let entries = fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let is_test = |path: &PathBuf| path.to_string_lossy().ends_with(".test.mjs");
    let mut tests: Vec<_> = paths.into_iter().filter(is_test).collect();
    if tests.is_empty() {
        bail!("{} holds no *.test.mjs", folder.display());
    }
    tests.sort();
    Ok(tests)
}

/// Counts and prints the passed tests in cargo's output.
fn count(output: &str) -> usize {
    let passed =
        |line: &str| line.strip_prefix("test result: ok. ")?.split(' ').next()?.parse::<usize>().ok();
    let passed = output.lines().filter_map(passed).sum();
    println!("    {passed} tests passed");
    passed
}
