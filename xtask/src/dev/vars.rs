//! The worker's variables for a local run: `.dev.vars`, which wrangler reads by default, or another file.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::ports::{Ports, origin};
use crate::random::secret;

/// Writes the file if it does not exist. An existing file stays: it may configure another cloud.
///
/// # Errors
/// If the file cannot be written.
pub fn write_if_absent(path: &Path, ports: &Ports, tenants: &[String]) -> Result<()> {
    if path.is_file() {
        return Ok(());
    }
    let text = variables(&origin(ports.worker), &origin(ports.sandbox), tenants)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| format!("{} cannot be written", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("{} cannot be written", path.display()))?;
    println!("  wrote {} with fresh secrets", path.display());
    Ok(())
}

/// Checks that no line of the file is ambiguous, and that a generated file belongs to these ports.
///
/// # Errors
/// If a line is invalid, or the file was written for other ports.
pub fn check(path: &Path, ports: Option<&Ports>) -> Result<()> {
    let values = workbot_variables::read(path).with_context(|| path.display().to_string())?;
    let Some(address) = ports.map(|ports| origin(ports.worker)) else { return Ok(()) };
    if values.get("PUBLIC_URL") != Some(&address) {
        bail!(
            "{} was written for other ports (PUBLIC_URL is not {address}): use the same --port-offset again, or another --state",
            path.display()
        );
    }
    Ok(())
}

/// The tenant of the Agents Playground.
const BOT_TENANT: &str = "00000000-0000-0000-0000-0000000000001";

fn variables(worker: &str, sandbox: &str, more_tenants: &[String]) -> Result<String> {
    let master_key = secret()?;
    let bot_password = secret()?;
    let (salesforce_secret, servicenow_secret, box_secret) = (secret()?, secret()?, secret()?);
    // An empty list means the bot's own tenant only.
    let tenants = match more_tenants {
        [] => String::new(),
        more => format!("{BOT_TENANT},{}", more.join(",")),
    };
    Ok(format!(
        "# Written by `cargo xtask dev`, once. The addresses are those of the local stand-ins (sandbox).
# Put others here to reach another cloud; delete the file to get a fresh one (what was connected is then lost).
PUBLIC_URL={worker}
BOT_APP_ID=00000000-0000-0000-0000-00000000b017
BOT_TENANT_ID={BOT_TENANT}
BOT_NAME=Workbot
IDLE_DAYS=90
BOT_APP_PASSWORD={bot_password}
ALLOWED_TENANTS={tenants}
BOT_OPENID_METADATA_URL={sandbox}/botframework/.well-known/openidconfiguration
ENTRA_AUTHORITY={sandbox}/entra
TRUSTED_SERVICE_URLS={sandbox}
TAB_HOST_ORIGINS={sandbox}
MASTER_KEYS=k1:{master_key}
LLM_URL={sandbox}/language-model/v1
LLM_MODEL=local
LLM_API_KEY=local-language-model-key
APP_SALESFORCE_CLIENT_ID=workbot-local
APP_SALESFORCE_CLIENT_SECRET={salesforce_secret}
APP_SALESFORCE_LOGIN_URL={sandbox}/salesforce
APP_SERVICENOW_CLIENT_ID=workbot-local
APP_SERVICENOW_CLIENT_SECRET={servicenow_secret}
APP_SERVICENOW_INSTANCE_URL={sandbox}/servicenow
APP_BOX_CLIENT_ID=workbot-local
APP_BOX_CLIENT_SECRET={box_secret}
APP_BOX_ACCOUNT_URL={sandbox}/box-account
APP_BOX_APP_URL={sandbox}/box-account
APP_BOX_API_URL={sandbox}/box-api
APP_BOX_UPLOAD_URL={sandbox}/box-upload
APP_BOX_ISSUER={sandbox}/box-account
APP_FRESHDESK_SITE_URL={sandbox}/freshdesk
"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_its_own_secrets() {
        let make = || variables("http://localhost:8787", "http://localhost:8788", &[]).unwrap();
        let secrets = |text: &str| -> Vec<String> {
            let secret = |line: &&str| {
                line.contains("PASSWORD=") || line.contains("SECRET=") || line.contains("KEYS=")
            };
            text.lines().filter(secret).map(str::to_owned).collect()
        };
        let (one, other) = (secrets(&make()), secrets(&make()));
        assert_eq!(one.len(), 5);
        assert!(one.iter().all(|line| !other.contains(line)));
    }
}
