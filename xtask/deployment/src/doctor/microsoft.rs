//! Checks the Bot Framework and Entra: reachable, valid registration and secret of the bot, correct clock.

use workbot_domain::cloud::Cloud;
use workbot_domain::config::Config;

use super::finding::Finding;
use crate::http_client::{Answer, Question};
use secrecy::ExposeSecret as _;

/// A larger difference invalidates tokens, in seconds (5 minutes of skew are allowed).
const SKEW: i64 = 120;

/// The requests: the Bot Framework's metadata, Entra's metadata, a token for the bot.
pub fn questions(config: &Config) -> [Question; 3] {
    let (authority, tenant) = (&config.entra_authority, &config.bot.tenant);
    let token = [
        ("grant_type", "client_credentials"),
        ("client_id", config.bot.app_id.as_str()),
        ("client_secret", config.bot.password.expose_secret()),
        ("scope", config.cloud.bot_scope),
    ];
    [
        Question::get(&config.bot_openid_metadata_url),
        Question::get(format!("{authority}/{tenant}/v2.0/.well-known/openid-configuration")),
        Question::form(format!("{authority}/{tenant}/oauth2/v2.0/token"), &token),
    ]
}

/// The findings for the responses.
pub fn judge(config: &Config, responses: &[Answer]) -> Vec<Finding> {
    let [metadata, authority, token] = responses else { return Vec::new() };
    let mut findings = vec![bot_framework(config, metadata), entra(config, authority)];
    if authority.status == Some(200) {
        findings.push(registration(token));
    }
    findings.extend([metadata, authority].into_iter().find_map(|response| response.ahead_seconds).map(clock));
    findings
}

fn bot_framework(config: &Config, response: &Answer) -> Finding {
    let (url, cloud, issuer) = (&config.bot_openid_metadata_url, config.cloud, response.field("issuer"));
    if response.status != Some(200) || response.field("jwks_uri").is_empty() {
        return Finding::problem(
            format!("no Bot Framework metadata at {url} ({})", response.in_short()),
            "remove BOT_OPENID_METADATA_URL, so that the default of CLOUD applies; check the network",
        );
    }
    // Custom metadata states another issuer, e.g. a local one.
    if url == cloud.bot_openid_metadata_url && issuer != cloud.bot_issuer {
        return Finding::problem(
            format!("{url} states the issuer {issuer}, not {}", cloud.bot_issuer),
            format!("is CLOUD={} right? It is one of {}", cloud.name, Cloud::names()),
        );
    }
    Finding::Fine(format!("the Bot Framework's metadata is at {url}"))
}

fn entra(config: &Config, response: &Answer) -> Finding {
    let (authority, tenant) = (&config.entra_authority, &config.bot.tenant);
    let issuer = format!("{authority}/{tenant}/v2.0");
    if response.status == Some(200) && response.field("issuer") == issuer {
        return Finding::Fine(format!("Entra knows the tenant {tenant}"));
    }
    match response.status {
        Some(200) => Finding::problem(
            format!("{authority} states another issuer than {issuer}"),
            "set BOT_TENANT_ID to the tenant's id, not its name; check ENTRA_AUTHORITY",
        ),
        Some(400 | 404) => Finding::problem(
            format!("{authority} has no tenant {tenant}"),
            "BOT_TENANT_ID: Entra > Overview > Tenant ID",
        ),
        _ => Finding::problem(
            format!("{authority} does not respond as Entra ({})", response.in_short()),
            "remove ENTRA_AUTHORITY, so that the default of CLOUD applies; check the network",
        ),
    }
}

/// Entra's codes ("Microsoft Entra authentication and authorization error codes", Microsoft documentation).
fn registration(response: &Answer) -> Finding {
    if response.status == Some(200) && !response.field("access_token").is_empty() {
        return Finding::Fine(
            "Entra issues a token for the bot: BOT_APP_ID and BOT_APP_PASSWORD match".to_owned(),
        );
    }
    let description = response.field("error_description");
    let says = |code: &str| description.starts_with(&format!("AADSTS{code}:"));
    let (what, fix) = if says("700016") {
        (
            "the tenant BOT_TENANT_ID has no app registration BOT_APP_ID",
            "check both; a registration is in one tenant only",
        )
    } else if says("7000215") {
        (
            "BOT_APP_PASSWORD is not the registration's secret",
            "use the secret's Value, not its ID; make a new one if it is no longer shown",
        )
    } else if says("7000222") {
        ("BOT_APP_PASSWORD has expired", "make a new client secret in Entra, and set it")
    } else {
        ("Entra gives the bot no token", "check BOT_APP_ID, BOT_TENANT_ID and BOT_APP_PASSWORD")
    };
    let code = description.split(':').next().filter(|code| code.starts_with("AADSTS"));
    Finding::problem(format!("{what} ({})", code.map_or_else(|| response.in_short(), str::to_owned)), fix)
}

fn clock(ahead: i64) -> Finding {
    if ahead.abs() <= SKEW {
        return Finding::Fine("this machine's clock is correct".to_owned());
    }
    let way = if ahead > 0 { "ahead" } else { "behind" };
    Finding::problem(
        format!("this machine's clock is {} seconds {way}", ahead.abs()),
        "set it by a time server: a local run would refuse tokens, or have its own refused",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checked_catalog;
    use crate::settings::Settings;
    use serde_json::{Value, json};
    use workbot_domain::cloud::CLOUDS;

    fn config(more: &[(&str, &str)]) -> Config {
        let settings = Settings::of_a_bot(more);
        Config::read(&checked_catalog::tests::real_catalog(), &|name| settings.get(name)).unwrap()
    }

    fn response(status: u16, body: &Value) -> Answer {
        Answer { status: Some(status), body: body.to_string(), ..Answer::default() }
    }

    #[test]
    fn a_refused_secret_is_told_apart_from_an_expired_one_and_an_unknown_bot() {
        for (code, says) in [
            ("700016", "no app registration BOT_APP_ID"),
            ("7000215", "not the registration's secret"),
            ("7000222", "has expired"),
            ("50034", "no token"),
        ] {
            let description = format!("AADSTS{code}: Something. Trace ID: 1");
            let found = registration(&response(401, &json!({"error_description": description})));
            assert!(found.is_problem() && found.to_string().contains(says), "{found}");
            assert!(found.to_string().contains(code) && !found.to_string().contains("Trace"), "{found}");
        }
        assert!(!registration(&response(200, &json!({"access_token": "t"}))).is_problem());
    }

    #[test]
    fn a_bot_is_asked_about_in_its_own_cloud() {
        for cloud in CLOUDS {
            let config = config(&[("CLOUD", cloud.name)]);
            let asked = serde_json::to_string(&questions(&config)).unwrap();
            for expected in [cloud.bot_openid_metadata_url, cloud.entra_authority] {
                assert!(asked.contains(expected), "{}: {asked}", cloud.name);
            }
            let scope: String = url::form_urlencoded::byte_serialize(cloud.bot_scope.as_bytes()).collect();
            assert!(asked.contains(&format!("scope={scope}")), "{}: {asked}", cloud.name);
        }
    }

    #[test]
    fn metadata_of_another_cloud_is_found() {
        let metadata = |issuer: &str| response(200, &json!({"issuer": issuer, "jwks_uri": "https://x/keys"}));
        let high = config(&[("CLOUD", "gcc_high")]);
        assert!(!bot_framework(&high, &metadata("https://api.botframework.us")).is_problem());
        let found = bot_framework(&high, &metadata("https://api.botframework.com"));
        assert!(found.is_problem() && found.to_string().contains("CLOUD=gcc_high"), "{found}");
        let own = config(&[("BOT_OPENID_METADATA_URL", "http://localhost:1/metadata")]);
        assert!(!bot_framework(&own, &metadata("http://localhost:1")).is_problem());
    }

    #[test]
    fn a_clock_may_be_wrong_by_two_minutes() {
        assert!(!clock(120).is_problem() && !clock(-120).is_problem());
        assert!(clock(-300).to_string().contains("300 seconds behind"));
    }
}
