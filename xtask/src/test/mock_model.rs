//! A third party's stand-in for a language model: `mockllm` of PyPI, a server with the API of OpenAI's chat
//! completions. It is installed once, into `.tools`, and responds as `tests/e2e/language-model.yml` says.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{paths, step};

/// The package and its version.
const PACKAGE: &str = "mockllm==0.0.8";
/// Its own environment of Python.
const FOLDER: &str = ".tools/mockllm";
const RESPONSES: &str = "tests/e2e/language-model.yml";

/// Installs the package, unless it is there. Returns the command that starts it at a free port, and that
/// port.
///
/// # Errors
/// If there is no Python with `venv`, or the package cannot be installed: the message says which.
pub fn command() -> Result<(Command, u16)> {
    let folder = paths::at(FOLDER);
    let installed = folder.join("installed");
    if !fs::read_to_string(&installed).is_ok_and(|package| package == PACKAGE) {
        install(&folder).with_context(|| format!("{PACKAGE} of PyPI cannot be installed"))?;
        fs::write(&installed, PACKAGE).with_context(|| format!("{FOLDER} cannot be written"))?;
    }
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut command = Command::new(folder.join("bin/mockllm"));
    command.args(["start", "--host", "127.0.0.1", "--port", &port.to_string(), "--responses"]);
    command.arg(paths::at(RESPONSES));
    Ok((command, port))
}

fn install(folder: &Path) -> Result<()> {
    let mut environment = Command::new("python3");
    environment.args(["-m", "venv", "--clear"]).arg(folder);
    step::run("making an environment of Python", environment)
        .context("Python 3.10 or later with the module venv is missing (Debian: apt install python3-venv)")?;
    let mut install = Command::new(folder.join("bin/pip"));
    install.args(["install", "--quiet", "--disable-pip-version-check", PACKAGE]);
    step::run("installing mockllm", install)?;
    Ok(())
}
