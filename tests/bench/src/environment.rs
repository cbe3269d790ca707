//! Everything around the measured bots: the stand-ins of `sandbox`, and lighter ones of our own where they would
//! cost more than what is measured.

use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::json;
use workbot_sandbox::keys::KeyName;
use workbot_sandbox::token::Variation;
use workbot_sandbox::{Running, Settings, botframework};

use crate::client::Client;
use crate::connector::Connector;
use crate::kv::Kv;
use crate::paths::Paths;
use crate::static_site::StaticSite;

/// So many tokens are made beforehand.
const TOKENS: usize = 16;

/// The running stand-ins.
pub struct Environment {
    /// Entra, the issuer of activities, the apps.
    pub sandbox: Running,
    /// Where replies go.
    pub connector: Arc<Connector>,
    /// For Workers KV.
    pub kv: Arc<Kv>,
    /// For static assets.
    pub site: Arc<StaticSite>,
    /// For everybody who asks.
    pub client: Client,
    /// `Bearer …` of the Bot Framework, made beforehand.
    pub bearers: Vec<String>,
    worker: String,
}

impl Environment {
    /// Starts it.
    ///
    /// # Errors
    /// When a port is taken.
    pub async fn start(paths: &Paths) -> Result<Self> {
        let worker = paths.variable("PUBLIC_URL").to_owned();
        let port = paths.sandbox().rsplit(':').next().and_then(|port| port.parse().ok());
        let settings = Settings::read(
            port.context("ENTRA_AUTHORITY is not an address of the sandbox")?,
            &worker,
            "http://localhost:1",
            paths.fresh("sandbox")?,
            &paths.file("dev.vars"),
        )?;
        let sandbox = workbot_sandbox::start(settings).await?;
        let keys = json!({ "keys": [sandbox.sandbox.keys.jwk(KeyName::MsTeams, Some(&["msteams"]))] });
        let connector = Connector::start(keys).await?;
        let mint = |_| botframework::token(&sandbox.sandbox, connector.url(), &Variation::default());
        let bearers = (0..TOKENS).map(mint).map(|token| format!("Bearer {token}")).collect();
        Ok(Self {
            connector,
            kv: Kv::start().await?,
            site: StaticSite::start(&paths.at("build/site")).await?,
            client: Client::new(),
            bearers,
            worker,
            sandbox,
        })
    }

    /// The origin of our bot.
    pub fn worker(&self) -> &str {
        &self.worker
    }

    /// Where the counting worker tells what it counted: the port that the Playground has in a local run.
    pub fn counts_port(&self) -> u16 {
        let port: u16 = self.worker.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(8787);
        port + 2
    }
}
