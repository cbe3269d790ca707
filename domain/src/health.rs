//! The response of `/healthz` about the configuration. It contains no configured value.

use serde_json::{Value, json};

use crate::config::{Config, Problem};

/// Returns the HTTP status and the JSON body: 200 while the bot itself is set up, else 503 with the problems.
/// Mistakes in the set-up of an app or of the language model are listed in `not_set_up`, which is absent if
/// there are none.
#[must_use]
pub fn health(version: &str, config: Result<&Config, &[Problem]>) -> (u16, Value) {
    let texts = |problems: &[Problem]| problems.iter().map(ToString::to_string).collect::<Vec<_>>();
    match config {
        Ok(config) if config.problems.is_empty() => (200, json!({ "status": "ok", "version": version })),
        Ok(config) => {
            let not_set_up = texts(&config.problems);
            (200, json!({ "status": "ok", "version": version, "not_set_up": not_set_up }))
        }
        Err(problems) => {
            (503, json!({ "status": "misconfigured", "version": version, "problems": texts(problems) }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::configured;

    fn of(change: &[(&str, &str)]) -> (u16, Value) {
        let config = configured(change);
        health("1.2.3", config.as_ref().map_err(Vec::as_slice))
    }

    #[test]
    fn an_incomplete_app_is_named_and_the_bot_is_healthy() {
        assert_eq!(of(&[]), (200, json!({"status": "ok", "version": "1.2.3"})));
        let (status, body) = of(&[("APP_SALESFORCE_CLIENT_SECRET", "")]);
        assert_eq!((status, &body["status"]), (200, &json!("ok")));
        let named = body["not_set_up"][0].as_str().unwrap();
        assert!(named.starts_with("APP_SALESFORCE_CLIENT_SECRET is not set"), "{named}");
        let (status, body) = of(&[("LLM_URL", "https://models.contoso.com/v1")]);
        assert_eq!(status, 200);
        assert_eq!(body["not_set_up"], json!(["LLM_MODEL is missing: name the model of LLM_URL"]));
    }

    #[test]
    fn an_incomplete_bot_is_not_healthy() {
        let (status, body) = of(&[("BOT_APP_ID", "")]);
        assert_eq!((status, &body["status"]), (503, &json!("misconfigured")));
        assert_eq!(body["problems"], json!(["BOT_APP_ID is not set"]));
    }
}
