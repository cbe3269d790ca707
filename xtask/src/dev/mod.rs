//! `cargo xtask dev`: the worker under wrangler, the sandbox around it and the Agents Playground as the chat.

mod configuration;
mod http;
mod log;
mod ports;
mod service;
mod stack;
mod vars;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::process;
pub use ports::Ports;
pub use stack::{Options, Stack};

/// Writes the variables of a run that someone else starts; returns the origins of its worker and of its sandbox.
///
/// # Errors
/// When the file cannot be written.
pub fn write_variables(path: &Path, ports: &Ports) -> Result<(String, String)> {
    vars::write_if_absent(path, ports, &[])?;
    Ok((ports::origin(ports.worker), ports::origin(ports.sandbox)))
}

/// Runs until someone stops it or a part of it ends.
///
/// # Errors
/// When a port is taken, when something does not build, or when a part ends by itself.
pub fn run(options: &Options) -> Result<()> {
    let mut stack = Stack::start(options)?;
    println!("{stack}\nCtrl-C stops everything.");
    while !process::interrupted() {
        stack.check(Duration::from_millis(300))?;
    }
    println!("\nstopping");
    stack.stop();
    Ok(())
}
