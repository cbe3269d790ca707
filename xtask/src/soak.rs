//! `cargo xtask soak`: the whole system under mixed load while what is outside fails at random, and what holds at the end.

use anyhow::{Context, Result, bail};

use crate::dev::{self, Ports, Stack};
use crate::tree;

/// How long.
#[derive(clap::Args)]
pub struct Options {
    /// So many minutes of load; what is under way then is waited for
    #[arg(long, default_value_t = 20.0)]
    minutes: f64,
    /// The same people do the same again with the same number
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs it. What happens is printed; the logs and data stay in `.sandbox/soak`.
///
/// # Errors
/// When something did not hold.
pub fn run(options: &Options) -> Result<()> {
    let state = tree::fresh(".sandbox/soak")?;
    let mut stack = Stack::start(&dev::Options {
        port_offset: Ports::free_offset()?,
        state: Some(state.clone()),
        no_playground: true,
        tenants: vec!["company-1".to_owned()],
    })?;
    let group = stack.worker_group().context("the worker does not run")?;
    let mut soak = tree::cargo();
    soak.args(["run", "--quiet", "--package", "workbot-e2e", "--bin", "workbot-soak"])
        .env("WORKBOT_PUBLIC_URL", stack.worker_url())
        .env("WORKBOT_SANDBOX_URL", stack.sandbox_url())
        .env("WORKBOT_STATE", &state)
        .env("WORKBOT_COMPANIES", "1")
        .env("WORKBOT_WORKER_GROUP", group.to_string())
        .env("WORKBOT_SOAK_MINUTES", options.minutes.to_string())
        .env("WORKBOT_SOAK_SEED", options.seed.to_string());
    let held = soak.status().context("the load could not be started")?.success();
    stack.stop();
    if !held {
        bail!("something did not hold. The logs are in {}", state.join("logs").display());
    }
    Ok(())
}
