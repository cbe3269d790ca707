//! Stand-ins for Bot Framework, Entra and the apps: the command line.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use workbot_sandbox::{Settings, start};

/// Stand-ins for Bot Framework, Entra and the apps, on one local port.
#[derive(Parser)]
#[command(name = "workbot-sandbox", version)]
struct Arguments {
    /// The port to listen on, on 127.0.0.1 and on ::1.
    #[arg(long, default_value_t = 8788)]
    port: u16,
    /// Where the worker is served.
    #[arg(long, default_value = "http://localhost:8787")]
    worker: String,
    /// Where the Agents Playground is served.
    #[arg(long, default_value = "http://localhost:8789")]
    playground: String,
    /// The folder with the persistent keys, accounts and records.
    #[arg(long)]
    state: PathBuf,
    /// The worker's variables: the bot's and the apps' client ids and secrets are read from here.
    #[arg(long, default_value = ".dev.vars")]
    env_file: PathBuf,
    /// Apps with a fixture to play without variables, `all` or `none`. Their variables are written to
    /// `apps.vars` in the folder of the state.
    #[arg(long, value_delimiter = ',', default_value = "none")]
    apps: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line without a backtrace: the usual cause is a port in use.
            eprintln!("The sandbox cannot run: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let settings = Settings::read(
        arguments.port,
        &arguments.worker,
        &arguments.playground,
        arguments.state,
        &arguments.env_file,
        &arguments.apps,
    )?;
    let origin = settings.origin.clone();
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let running = start(settings).await?;
    println!("Sandbox ready at {origin}");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    running.stop();
    Ok(())
}
