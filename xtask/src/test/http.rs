//! Tests of the running worker over HTTP.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::mock_model;
use super::native::count;
use crate::build::Profile;
use crate::dev::{self, Options, Ports, Service, Stack};
use crate::{paths, step};

/// Number of tenants that the system serves; some tests need a tenant of their own.
const COMPANIES: usize = 140;
/// Number of tests in parallel. They spend more time waiting than computing, as does the worker.
const THREADS: &str = "8";
/// The tests whose amount grows with `WORKBOT_MANY`.
const VOLUME: [&str; 2] = [
    "limits::many_attempts_with_one_persons_links_affect_only_them",
    "token_refresh::parallel_commands_on_an_expired_token_refresh_once_in_each_rotation_class",
];

/// Compiles the tests and returns the path of their program.
///
/// # Errors
/// If the tests do not compile.
pub fn compile() -> Result<PathBuf> {
    let mut compile = paths::cargo();
    compile.arg("test").args(paths::HOST_PACKAGES);
    compile.args(["--test", "e2e", "--no-run", "--message-format=json-render-diagnostics"]);
    let messages = step::run("compiling the HTTP tests", compile)?;
    let programs = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut programs = programs.filter_map(|message| Some(message.get("executable")?.as_str()?.to_owned()));
    let program = programs.next();
    Ok(program.context("cargo reported no program for the HTTP tests")?.into())
}

/// Runs the tests against a build, then those that kill the worker.
///
/// # Errors
/// If a test fails.
pub fn run(tests: &Path, profile: Profile) -> Result<usize> {
    Tested::start(tests, ".sandbox/test/http", profile)?.all()
}

/// Runs the volume tests with their large amounts.
///
/// # Errors
/// If a test fails or does not exist.
pub fn run_volume(tests: &Path) -> Result<()> {
    Tested::start(tests, ".sandbox/test/volume", Profile::E2e)?.volume()
}

/// A running system and the program of its tests.
struct Tested<'a> {
    program: &'a Path,
    state: PathBuf,
    stack: Stack,
    /// The stand-in for a language model, or why it does not run: its test says so.
    model: Result<Service, String>,
}

impl<'a> Tested<'a> {
    fn start(program: &'a Path, state: &str, profile: Profile) -> Result<Self> {
        let state = paths::fresh(state)?;
        let (port_offset, variables) = (Ports::free_offset()?, state.join("dev.vars"));
        let tenants: Vec<_> = (1..=COMPANIES).map(|number| format!("company-{number}")).collect();
        dev::write_variables(&variables, &Ports::new(port_offset)?, &tenants)?;
        let model = start_model(&state, &variables).map_err(|error| format!("{error:#}"));
        let stack = Stack::start(&Options {
            port_offset,
            state: Some(state.clone()),
            no_playground: true,
            tenants,
            apps: Vec::new(),
            profile,
            built: true,
        })?;
        Ok(Tested { program, state, stack, model })
    }

    fn all(mut self) -> Result<usize> {
        let side_by_side = self.tests(&["--test-threads", THREADS]);
        let mut passed = self.step("running the HTTP tests", side_by_side)?;
        // The tests that kill the worker run alone.
        let mut alone = self.tests(&["--ignored", "--test-threads", "1"]);
        if let Some(group) = self.stack.worker_group().filter(|_| cfg!(unix)) {
            alone.env("WORKBOT_WORKER_GROUP", group.to_string());
            passed += self.step("running the crash tests", alone)?;
        }
        Ok(passed)
    }

    fn volume(self) -> Result<()> {
        let mut tests = self.tests(&VOLUME);
        tests.env("WORKBOT_MANY", "1");
        let passed = self.step("running the volume tests", tests)?;
        ensure!(passed == VOLUME.len(), "only {passed} of {} volume tests ran", VOLUME.len());
        Ok(())
    }

    fn tests(&self, arguments: &[&str]) -> Command {
        let mut tests = Command::new(self.program);
        tests
            .args(arguments)
            .current_dir(paths::at("tests/e2e"))
            .env("WORKBOT_PUBLIC_URL", self.stack.worker_url())
            .env("WORKBOT_SANDBOX_URL", self.stack.sandbox_url())
            .env("WORKBOT_STATE", &self.state)
            .env("WORKBOT_COMPANIES", COMPANIES.to_string())
            .env("WORKBOT_WORKER_LOG", self.stack.logs().join("worker.log"))
            .env("WORKBOT_WORKER_LINE", self.stack.worker_line())
            .env("WORKBOT_MOCK_MODEL_MISSING", self.model.as_ref().err().map_or("", String::as_str));
        tests
    }

    fn step(&self, doing: &str, tests: Command) -> Result<usize> {
        let output = step::run(doing, tests)
            .with_context(|| format!("the logs of the run are in {}", self.stack.logs().display()))?;
        Ok(count(&output))
    }
}

/// Starts the stand-in for a language model, and names it in the variables.
fn start_model(state: &Path, variables: &Path) -> Result<Service> {
    let (command, port) = mock_model::command()?;
    let mut service = Service::start("model", port, state, command)?;
    service.wait_until_ready("/providers")?;
    let text = fs::read_to_string(variables)?;
    let model = format!("LLM_URL=http://127.0.0.1:{port}/v1");
    let lines = text.lines().map(|line| if line.starts_with("LLM_URL=") { &model } else { line });
    fs::write(variables, lines.collect::<Vec<_>>().join("\n"))?;
    Ok(service)
}

impl Drop for Tested<'_> {
    fn drop(&mut self) {
        if let Ok(model) = &mut self.model {
            model.ask_to_end();
            model.finish();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_volume_test_exists() {
        for name in VOLUME {
            let (module, test) = name.split_once("::").unwrap();
            let file = paths::at("tests/e2e/tests").join(format!("{module}.rs"));
            let code = std::fs::read_to_string(&file).unwrap();
            assert!(code.contains(&format!("fn {test}(")), "{name}");
        }
    }
}
