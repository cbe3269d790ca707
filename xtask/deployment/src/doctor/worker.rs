//! The deployed worker, and who deploys it.

use std::env;
use std::process::{Command, Stdio};

use workbot_domain::config::Config;

use super::finding::Finding;
use super::network::{Answer, Question};
use crate::sources::at;

const OURS: &str = env!("CARGO_PKG_VERSION");

/// How the deployed worker is.
pub fn question(config: &Config) -> Question {
    Question::get(format!("{}/healthz", config.public_url))
}

/// What its answer means.
pub fn judge(config: &Config, answer: &Answer) -> Finding {
    let (url, said) = (&config.public_url, answer.json());
    let version = said["version"].as_str().unwrap_or_default();
    match (answer.status, said["status"].as_str()) {
        (Some(200), Some("ok")) if version == OURS => {
            Finding::Fine(format!("{url} runs version {version}, and is well"))
        }
        (Some(200), Some("ok")) => {
            Finding::Note(format!("{url} runs version {version}; these files are version {OURS}"))
        }
        (Some(503), Some(_)) => {
            let problems: Vec<_> = said["problems"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|problem| problem.as_str())
                .collect();
            Finding::problem(
                format!("{url} is misconfigured: {}", problems.join("; ")),
                "`npx wrangler secret bulk FILE` sets its variables",
            )
        }
        (Some(404) | None, _) => Finding::Note(format!(
            "nothing is deployed at {url} yet, or not reachable from here ({})",
            answer.in_short()
        )),
        _ => Finding::problem(
            format!("{url} answers, but not as Workbot ({})", answer.in_short()),
            "check PUBLIC_URL: is it this worker's address?",
        ),
    }
}

/// Whether wrangler may deploy. A local run needs no account.
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
            "Cloudflare does not take CLOUDFLARE_API_TOKEN",
            "make a token from the template \"Edit Cloudflare Workers\"",
        ),
        _ => {
            Finding::problem("wrangler is not logged in", "`npx wrangler login`, or set CLOUDFLARE_API_TOKEN")
        }
    })
}
