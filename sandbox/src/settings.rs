//! The settings: addresses and clients of the worker.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::{fixture, local_variables};

/// Addresses, and the client ids and secrets that the stand-ins check.
#[derive(Clone)]
pub struct Settings {
    /// The port to listen on.
    pub port: u16,
    /// The sandbox's own origin, `http://localhost:{port}`.
    pub origin: String,
    /// The worker's origin.
    pub worker: String,
    /// The Agents Playground's origin.
    pub playground: String,
    /// The folder with keys and state.
    pub state: PathBuf,
    /// The bot, which is also the OIDC client.
    pub bot: Client,
    /// The tenant in which the bot is registered.
    pub bot_tenant: String,
    /// The worker's client at Salesforce, if the variables contain one.
    pub salesforce: Option<Client>,
    /// The worker's client at ServiceNow, if the variables contain one.
    pub servicenow: Option<Client>,
    /// The worker's client at Box, if the variables contain one.
    pub box_com: Option<Client>,
    /// The worker's clients at the apps with a fixture, as far as the variables contain them.
    pub fixture_apps: BTreeMap<String, Client>,
}

/// A registered OAuth client.
#[derive(Clone)]
pub struct Client {
    /// The public id.
    pub id: String,
    /// The secret.
    pub secret: String,
}

impl Settings {
    /// Reads the worker's variables from `env_file` (`NAME=value` lines). `apps` with a fixture, ids or
    /// `all`, are played without variables there: theirs are written to `apps.vars` in `state`.
    pub fn read(
        port: u16,
        worker: &str,
        playground: &str,
        state: PathBuf,
        env_file: &Path,
        apps: &[String],
    ) -> anyhow::Result<Self> {
        let shown = env_file.display();
        let mut variables = workbot_variables::read(env_file).with_context(|| {
            format!("{shown} cannot be used (`cargo xtask dev` writes one, --env-file names another)")
        })?;
        let origin = format!("http://localhost:{port}");
        let local = local_variables::of(apps, &origin, &variables)?;
        fs::create_dir_all(&state)?;
        let file = state.join("apps.vars");
        local_variables::write(&file, &local)
            .with_context(|| format!("{} cannot be written", file.display()))?;
        variables.extend(local);
        let get = |name: &str| match variables.get(name) {
            Some(value) if !value.is_empty() => Ok(value.clone()),
            _ => bail!("{shown} does not set {name}: add a line {name}=…"),
        };
        let optional = |app: &str| {
            let app = app.to_uppercase().replace('-', "_");
            let id = get(&format!("APP_{app}_CLIENT_ID")).ok()?;
            Some(Client { id, secret: get(&format!("APP_{app}_CLIENT_SECRET")).ok()? })
        };
        Ok(Self {
            port,
            origin,
            worker: origin_of(worker).context("--worker is not an address like http://localhost:8787")?,
            playground: origin_of(playground)
                .context("--playground is not an address like http://localhost:8789")?,
            state,
            bot: Client { id: get("BOT_APP_ID")?, secret: get("BOT_APP_PASSWORD")? },
            bot_tenant: get("BOT_TENANT_ID")?,
            salesforce: optional("SALESFORCE"),
            servicenow: optional("SERVICENOW"),
            box_com: optional("BOX"),
            fixture_apps: fixture::all()
                .keys()
                .filter_map(|app| Some((app.clone(), optional(app)?)))
                .collect(),
        })
    }

    /// The worker's redirect URI for an app, the only registered one.
    pub fn callback(&self, app: &str) -> String {
        format!("{}/oauth/callback/{app}", self.worker)
    }

    /// The service URL of every activity that the sandbox sends.
    pub fn service_url(&self) -> String {
        format!("{}/connector", self.origin)
    }

    /// The issuer of Bot Framework tokens.
    pub fn bot_issuer(&self) -> String {
        format!("{}/botframework", self.origin)
    }

    /// The issuer of a tenant's Entra tokens.
    pub fn entra_issuer(&self, tenant: &str) -> String {
        format!("{}/entra/{tenant}/v2.0", self.origin)
    }
}

fn origin_of(address: &str) -> anyhow::Result<String> {
    Ok(url::Url::parse(address)?.origin().ascii_serialization())
}
