//! Checks the deployed worker and the account of wrangler.

use std::env;
use std::process::{Command, Stdio};

use workbot_domain::config::Config;

use super::finding::Finding;
use crate::http_client::{Answer, Question};
use crate::project_path::at;

const OURS: &str = env!("CARGO_PKG_VERSION");

/// The request to the deployed worker.
pub fn question(config: &Config) -> Question {
    Question::get(format!("{}/healthz", config.public_url))
}

/// The finding for its response.
pub fn judge(config: &Config, response: &Answer) -> Finding {
    let (url, version) = (&config.public_url, response.field("version"));
    let not_set_up = response.listed("not_set_up");
    match (response.status, response.field("status").as_str()) {
        (Some(200), "ok") if !not_set_up.is_empty() => Finding::problem(
            format!(
                "{url} runs version {version}, and has apps that are half set up: {}",
                not_set_up.join("; ")
            ),
            "`npx wrangler secret bulk FILE` sets its variables",
        ),
        (Some(200), "ok") if version == OURS => {
            Finding::Fine(format!("{url} runs version {version} and is healthy"))
        }
        (Some(200), "ok") => {
            Finding::Note(format!("{url} runs version {version}; these files are version {OURS}"))
        }
        (Some(503), "misconfigured") => Finding::problem(
            format!("{url} is misconfigured: {}", response.listed("problems").join("; ")),
            "`npx wrangler secret bulk FILE` sets its variables",
        ),
        (Some(404) | None, _) => Finding::Note(format!(
            "nothing is deployed at {url} yet, or it is unreachable from here ({})",
            response.in_short()
        )),
        _ => Finding::problem(
            format!("{url} responds, but not as Workbot ({})", response.in_short()),
            "check PUBLIC_URL: is it this worker's address?",
        ),
    }
}

/// Whether wrangler is logged in. A local run needs no account.
pub fn login(config: &Config) -> Option<Finding> {
    if config.public_url.starts_with("http:") {
        return None;
    }
    let asked = Command::new("node")
        .arg(at("node_modules/wrangler/bin/wrangler.js"))
        .args(["whoami", "--json"])
        .env("WRANGLER_SEND_METRICS", "false")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    Some(match asked {
        Ok(status) if status.success() => Finding::Fine("wrangler is logged in".to_owned()),
        _ if env::var_os("CLOUDFLARE_API_TOKEN").is_some() => Finding::problem(
            "Cloudflare rejects CLOUDFLARE_API_TOKEN",
            "create a token from the template \"Edit Cloudflare Workers\"",
        ),
        _ => {
            Finding::problem("wrangler is not logged in", "`npx wrangler login`, or set CLOUDFLARE_API_TOKEN")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checked_catalog;
    use crate::settings::Settings;
    use serde_json::json;

    #[test]
    fn what_answers_at_the_address_is_told_apart() {
        let (settings, catalog) = (
            Settings::of(&[
                ("PUBLIC_URL", "https://bot.contoso.com"),
                ("BOT_APP_ID", "b"),
                ("BOT_TENANT_ID", "t"),
                ("BOT_APP_PASSWORD", "p"),
                ("MASTER_KEYS", "k1:qJ0mV1m2b8dX5n3Qm1c0e7Zt9Yh4Rk6wUoPsLgTfDxA"),
            ]),
            checked_catalog::tests::real_catalog(),
        );
        let config = Config::read(&catalog, &|name| settings.get(name)).unwrap();
        let found = |status, body: &serde_json::Value| {
            judge(&config, &Answer { status: Some(status), body: body.to_string(), ..Answer::default() })
        };
        assert!(matches!(found(200, &json!({"status": "ok", "version": OURS})), Finding::Fine(_)));
        assert!(matches!(found(200, &json!({"status": "ok", "version": "0.0.1"})), Finding::Note(_)));
        let ill = found(503, &json!({"status": "misconfigured", "problems": ["MASTER_KEYS is not set"]}));
        assert!(ill.is_problem() && ill.to_string().contains("MASTER_KEYS is not set"), "{ill}");
        let half =
            json!({"status": "ok", "version": OURS, "not_set_up": ["APP_BOX_CLIENT_SECRET is not set"]});
        let half = found(200, &half);
        assert!(half.is_problem() && half.to_string().contains("APP_BOX_CLIENT_SECRET is not set"), "{half}");
        assert!(matches!(found(404, &json!(null)), Finding::Note(_)), "nothing is deployed there yet");
        assert!(found(200, &json!("Welcome")).is_problem(), "somebody else is there");
    }
}
