//! The stand-ins around the measured bots: those of `sandbox`, and lighter ones where those would cost more
//! than the measured bot.

use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::json;
use workbot_sandbox::jwt_signer::Variation;
use workbot_sandbox::signing_keys::KeyName;
use workbot_sandbox::{Running, Settings, bot_framework_issuer};

use crate::connector_stand_in::Connector;
use crate::http_client::Client;
use crate::kv_stand_in::Kv;
use crate::paths::Paths;
use crate::static_assets_stand_in::StaticSite;

/// The number of tokens that are issued beforehand.
const TOKENS: usize = 16;

/// The running stand-ins.
pub struct StandIns {
    /// Entra, the issuer of activities, and the apps.
    pub sandbox: Running,
    /// The connector.
    pub connector: Arc<Connector>,
    /// Workers KV.
    pub kv: Arc<Kv>,
    /// The static assets.
    pub site: Arc<StaticSite>,
    /// The HTTP client.
    pub client: Client,
    /// `Authorization` headers of the Bot Framework, issued beforehand.
    pub bearers: Vec<String>,
    worker: String,
}

impl StandIns {
    /// Starts the stand-ins.
    ///
    /// # Errors
    /// When a port is in use.
    pub async fn start(paths: &Paths) -> Result<Self> {
        let worker = paths.variable("PUBLIC_URL").to_owned();
        let port = paths.sandbox().rsplit(':').next().and_then(|port| port.parse().ok());
        let settings = Settings::read(
            port.context("ENTRA_AUTHORITY is not an address of the sandbox")?,
            &worker,
            "http://localhost:1",
            paths.fresh("sandbox")?,
            &paths.file("dev.vars"),
            &[],
        )?;
        let sandbox = workbot_sandbox::start_unsaved(settings).await?;
        let keys = json!({ "keys": [sandbox.sandbox.keys.jwk(KeyName::MsTeams, Some(&["msteams"]))] });
        let connector = Connector::start(keys).await?;
        let mint = |_| bot_framework_issuer::token(&sandbox.sandbox, connector.url(), &Variation::default());
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

    /// The port where the counting worker reports: the Playground's port in a local run.
    pub fn counts_port(&self) -> u16 {
        let port: u16 = self.worker.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(8787);
        port + 2
    }
}
