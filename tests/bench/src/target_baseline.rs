//! The bot for comparison: tests/bench/peer, built with Microsoft's SDK.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use workbot_sandbox::clock;
use workbot_sandbox::salesforce::APP;

use crate::child_process::ChildProcess;
use crate::environment::Environment;
use crate::paths::{Paths, version_in};
use crate::people::Person;
use crate::test_server::free_port;

/// Where the bot for comparison keeps its records.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// The SDK's `MemoryStorage`
    Memory,
    /// SQLite on disk, synchronised at each commit
    File,
}

impl Storage {
    fn log(self) -> &'static str {
        match self {
            Self::Memory => "peer.log",
            Self::File => "peer-file.log",
        }
    }
}

/// The running bot for comparison.
pub struct Baseline {
    /// The process.
    pub program: ChildProcess,
    /// Its origin.
    pub url: String,
    /// The time from its start to its first response.
    pub answered_after: Duration,
}

impl Baseline {
    /// Starts it with a stored connection to Salesforce for each of these people, and waits until it
    /// responds.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(
        paths: &Paths,
        environment: &Environment,
        people: &[Person],
        storage: Storage,
    ) -> Result<Self> {
        let folder = install(paths, "tests/bench/peer")?;
        let records = paths.file("peer-records.json");
        fs::write(&records, records_of(paths, environment, people).to_string())
            .with_context(|| format!("{} cannot be written", records.display()))?;
        let port = free_port()?;
        let url = format!("http://127.0.0.1:{port}");
        let mut command = Command::new(paths.at("node_modules/node/bin/node"));
        command
            .arg(folder.join("bot.mjs"))
            .env("NODE_ENV", "production")
            .env("PORT", port.to_string())
            .env("AUTHORITY", environment.connector.url())
            .env("ISSUER", format!("{}/botframework", paths.sandbox()))
            .env("TENANT", paths.variable("BOT_TENANT_ID"))
            .env("APP_ID", paths.variable("BOT_APP_ID"))
            .env("RECORDS", records);
        if storage == Storage::File {
            command
                .env("NODE_NO_WARNINGS", "1")
                .env("DATABASE", paths.fresh("peer-data")?.join("peer.sqlite"));
        }
        let mut program = ChildProcess::start(command, &paths.file(storage.log()))?;
        let healthz = format!("{url}/healthz");
        let answered_after = program
            .until(|| async { environment.client.get(&healthz).await.is_ok() })
            .await
            .context("the bot for comparison did not start: its log is peer.log in the folder of this run")?;
        Ok(Self { program, url, answered_after })
    }
}

/// The stored records: the connection of each person, with a valid access token.
pub fn records_of(paths: &Paths, environment: &Environment, people: &[Person]) -> Value {
    let client = paths.variable("APP_SALESFORCE_CLIENT_ID");
    let scopes = ["api", "id", "refresh_token"].map(str::to_owned);
    let granted: Vec<_> = environment.sandbox.sandbox.change(|saved| {
        let accounts = &mut saved.salesforce.accounts;
        let grant = |person: &Person| {
            let user = accounts.put(&APP, &person.upn, |_| {});
            let issued = accounts.grants.create(&APP.life, &user, client, &scopes, clock::now_ms());
            (user.org, issued.access_token)
        };
        people.iter().map(grant).collect()
    });
    let record = |(person, (org, access_token)): (&Person, (String, String))| {
        json!({
            "oid": person.oid,
            "connections": [{
                "app": "salesforce", "name": "Salesforce", "account": person.upn, "status": "connected",
                "connected_at": "2026-11-01T08:00:00Z", "used_by": [],
                "instance_url": format!("{}/salesforce-org/{org}", paths.sandbox()), "access_token": access_token,
            }]
        })
    };
    people.iter().zip(granted).map(record).collect()
}

/// Installs the packages that a folder's package-lock.json pins, if they are missing. Returns the folder.
///
/// # Errors
/// When npm fails.
pub fn install(paths: &Paths, folder: &str) -> Result<PathBuf> {
    let folder = paths.at(folder);
    if folder.join("node_modules/.package-lock.json").is_file() {
        return Ok(folder);
    }
    println!("  installing what {} pins", folder.display());
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let done = Command::new(npm)
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(&folder)
        .status()
        .context("cannot start npm")?;
    if !done.success() {
        bail!("npm ci failed in {}", folder.display());
    }
    Ok(folder)
}

/// The SDK's version.
pub fn version(folder: &Path) -> String {
    version_in(&folder.join("node_modules"), "@microsoft/agents-hosting").unwrap_or_else(|| "?".to_owned())
}
