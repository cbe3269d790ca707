//! A third party's stand-in for a language model: `mockllm` of PyPI, a server with the API of OpenAI's chat
//! completions. It is installed once, into `.tools`, and responds as `tests/e2e/language-model.yml` says.

use std::net::TcpListener;
use std::process::Command;

use anyhow::Result;

use crate::{paths, python_environment};

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
    let programs = python_environment::installed(FOLDER, PACKAGE)?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut command = Command::new(programs.join("mockllm"));
    command.args(["start", "--host", "127.0.0.1", "--port", &port.to_string(), "--responses"]);
    command.arg(paths::at(RESPONSES));
    // It looks for changed Python files below its working directory four times a second, and this folder
    // holds few files.
    command.current_dir(paths::at("tests/e2e"));
    Ok((command, port))
}
