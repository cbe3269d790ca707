//! `cargo xtask dev`: the worker under wrangler, the sandbox and the Agents Playground as the chat.

mod http_client;
mod log_follower;
mod ports;
mod service;
mod stack;
mod vars;
mod wrangler_config;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::process_group;
pub use ports::Ports;
pub use service::Service;
pub use stack::{Options, Stack};

/// Writes the variables for a run that another program starts, or that has some of its own. `tenants` are
/// served beside the bot's own. Returns the origins of its worker and its sandbox.
///
/// # Errors
/// If the file cannot be written.
pub fn write_variables(path: &Path, ports: &Ports, tenants: &[String]) -> Result<(String, String)> {
    vars::write_if_absent(path, ports, tenants)?;
    Ok((ports::origin(ports.worker), ports::origin(ports.sandbox)))
}

/// Runs until an interrupt, or until a service ends.
///
/// # Errors
/// If a port is in use, something does not build, or a service ends by itself.
pub fn run(options: &Options) -> Result<()> {
    let mut stack = Stack::start(options)?;
    println!("{stack}\nCtrl-C stops everything.");
    while !process_group::interrupted() {
        stack.check(Duration::from_millis(300))?;
    }
    println!("\nstopping");
    stack.stop();
    Ok(())
}
