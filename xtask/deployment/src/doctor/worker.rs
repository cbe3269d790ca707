//! Checks the deployed worker and the account of wrangler.

use std::env;
use std::process::{Command, Stdio};

use workbot_domain::agent::oauth::Door;
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
                "{url} runs version {version}, and something there is half set up: {}",
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

/// The requests for the metadata that agents read first: of the authorization server, of the resource.
pub fn agent_questions(config: &Config) -> [Question; 2] {
    ["oauth-authorization-server", "oauth-protected-resource/mcp"]
        .map(|name| Question::get(format!("{}/.well-known/{name}", config.public_url)))
}

/// The finding for their responses: the issuer and the resource that clients compare with the address that
/// they know (RFC 8414 section 3.3, RFC 9728 section 3.3). `None` if no such worker responds.
pub fn judge_agents(config: &Config, health: &Answer, metadata: &[Answer]) -> Option<Finding> {
    let [server, resource] = metadata else { return None };
    let door = Door::of(&config.public_url);
    if health.status != Some(200) || health.field("version").is_empty() {
        return None;
    }
    if let Some(missing) = metadata.iter().find(|response| response.status != Some(200)) {
        return Some(Finding::problem(
            format!("agents find no metadata at {}/.well-known ({})", config.public_url, missing.in_short()),
            "deploy this version, and let everything below /.well-known through to the worker",
        ));
    }
    let stated = (server.field("issuer"), resource.field("resource"));
    if stated == (door.issuer.clone(), door.resource()) {
        return Some(Finding::Fine(format!(
            "agents find the metadata of {} (an admin opens the door: docs/agents.md)",
            door.resource()
        )));
    }
    Some(Finding::problem(
        format!("agents are told the issuer {} and the resource {}: they reject both", stated.0, stated.1),
        format!("both begin with the worker's PUBLIC_URL: set it to {}", config.public_url),
    ))
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

    fn config() -> Config {
        let settings = Settings::of_a_bot(&[]);
        Config::read(&checked_catalog::tests::real_catalog(), &|name| settings.get(name)).unwrap()
    }

    fn response(status: u16, body: &serde_json::Value) -> Answer {
        Answer { status: Some(status), body: body.to_string(), ..Answer::default() }
    }

    #[test]
    fn the_metadata_of_the_agents_door_states_the_public_address() {
        let (config, health) = (config(), response(200, &json!({"status": "ok", "version": OURS})));
        let door = |url: &str| {
            let door = Door::of(url);
            [response(200, &door.server_metadata()), response(200, &door.resource_metadata("W"))]
        };
        let found = |metadata: &[Answer]| judge_agents(&config, &health, metadata).unwrap();
        assert!(matches!(found(&door("https://bot.contoso.com")), Finding::Fine(_)));
        let other = found(&door("https://workbot.contoso.workers.dev"));
        assert!(
            other.is_problem() && other.to_string().contains("set it to https://bot.contoso.com"),
            "{other}"
        );
        let missing = found(&[response(404, &json!(null)), response(404, &json!(null))]);
        assert!(missing.is_problem() && missing.to_string().contains("status 404"), "{missing}");
        let nobody = judge_agents(&config, &response(404, &json!(null)), &door("https://bot.contoso.com"));
        assert_eq!(nobody, None, "healthz says it already");
        let asked = serde_json::to_string(&agent_questions(&config)).unwrap();
        assert!(
            asked.contains("https://bot.contoso.com/.well-known/oauth-protected-resource/mcp"),
            "{asked}"
        );
    }

    #[test]
    fn what_answers_at_the_address_is_told_apart() {
        let config = config();
        let found = |status, body: &serde_json::Value| judge(&config, &response(status, body));
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
