//! `cargo xtask conformance`: clients that others wrote, against the running system. Their programs are in
//! `tests/conformance`.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::dev::{Options, Ports, Stack};
use crate::process_group::Group;
use crate::{build, paths, python_environment, tools};

const FOLDER: &str = "tests/conformance";

/// Installs the clients, starts the system, and plays them. They write their table to docs/agents.md.
///
/// # Errors
/// If something does not build or cannot be installed.
pub fn run() -> Result<ExitCode> {
    build::run(build::Profile::E2e)?;
    tools::sandbox()?;
    tools::npm_packages(FOLDER, tools::Dependencies::All)?;
    let requirements = paths::at(FOLDER).join("requirements.txt");
    let requirements = fs::read_to_string(&requirements)
        .with_context(|| format!("{} cannot be read", requirements.display()))?;
    let python = python_environment::installed(".tools/conformance", &requirements)?;
    let stack = Stack::start(&Options {
        port_offset: Ports::free_offset()?,
        state: Some(paths::fresh(".sandbox/conformance")?),
        no_playground: true,
        tenants: Vec::new(),
        apps: Vec::new(),
        profile: build::Profile::E2e,
        built: true,
    })?;
    let mut clients = paths::node();
    clients
        .arg(paths::at(FOLDER).join("main.mjs"))
        .env("WORKBOT_PUBLIC_URL", stack.worker_url())
        .env("WORKBOT_SANDBOX_URL", stack.sandbox_url())
        .env("WORKBOT_PYTHON", python.join("python"));
    let status = Group::start(clients)?.until_ended()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
