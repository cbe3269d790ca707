//! The bot that ours is measured beside: tests/bench/peer, made with Microsoft's SDK.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use workbot_sandbox::clock;
use workbot_sandbox::salesforce::APP;

use crate::listening::free_port;
use crate::people::Person;
use crate::place::{Place, version_in};
use crate::program::Program;
use crate::world::World;

/// The running peer.
pub struct Peer {
    /// Its process.
    pub program: Program,
    /// Its origin.
    pub url: String,
    /// How long after its start it answered.
    pub answered_after: Duration,
}

impl Peer {
    /// Starts it with a record of one connection to Salesforce for each of these people, and waits until it answers.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(place: &Place, world: &World, people: &[Person]) -> Result<Self> {
        let folder = install(place, "tests/bench/peer")?;
        let records = place.file("peer-records.json");
        fs::write(&records, records_of(place, world, people).to_string())
            .with_context(|| format!("{} cannot be written", records.display()))?;
        let port = free_port()?;
        let url = format!("http://127.0.0.1:{port}");
        let mut command = Command::new(place.at("node_modules/node/bin/node"));
        command
            .arg(folder.join("bot.mjs"))
            .env("NODE_ENV", "production")
            .env("PORT", port.to_string())
            .env("AUTHORITY", world.connector.url())
            .env("ISSUER", format!("{}/botframework", place.sandbox()))
            .env("TENANT", place.variable("BOT_TENANT_ID"))
            .env("APP_ID", place.variable("BOT_APP_ID"))
            .env("RECORDS", records);
        let mut program = Program::start(command, &place.file("peer.log"))?;
        let healthz = format!("{url}/healthz");
        let answered_after = program
            .until(|| async { world.client.get(&healthz).await.is_ok() })
            .await
            .context("the baseline bot; its log is peer.log in the folder of this run")?;
        Ok(Self { program, url, answered_after })
    }
}

/// What its storage holds of each: the connection, with an access token that Salesforce takes.
fn records_of(place: &Place, world: &World, people: &[Person]) -> Value {
    let client = place.variable("APP_SALESFORCE_CLIENT_ID");
    let scopes = ["api", "id", "refresh_token"].map(str::to_owned);
    let granted: Vec<_> = world.sandbox.sandbox.change(|saved| {
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
                "instance_url": format!("{}/salesforce-org/{org}", place.sandbox()), "access_token": access_token,
            }]
        })
    };
    people.iter().zip(granted).map(record).collect()
}

/// Installs what a folder's package-lock.json pins, if that is not there; says where the folder is.
///
/// # Errors
/// When npm fails.
pub fn install(place: &Place, folder: &str) -> Result<PathBuf> {
    let folder = place.at(folder);
    if folder.join("node_modules/.package-lock.json").is_file() {
        return Ok(folder);
    }
    println!("  installing what {} pins", folder.display());
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let done = Command::new(npm)
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(&folder)
        .status()
        .context("npm could not be started")?;
    if !done.success() {
        bail!("npm ci failed in {}", folder.display());
    }
    Ok(folder)
}

/// The SDK's version.
pub fn version(folder: &Path) -> String {
    version_in(&folder.join("node_modules"), "@microsoft/agents-hosting").unwrap_or_else(|| "?".to_owned())
}
