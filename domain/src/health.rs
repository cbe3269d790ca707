//! What `/healthz` says of a configuration. Shows no value.

use serde_json::{Value, json};

use crate::config::{Config, Problem};

/// The status and the body: 200 as long as the bot itself is set up. Apps that are half set up are named beside that, in
/// `not_set_up`; where there is none, neither is the member.
#[must_use]
pub fn health(version: &str, config: Result<&Config, &[Problem]>) -> (u16, Value) {
    let texts = |problems: &[Problem]| problems.iter().map(ToString::to_string).collect::<Vec<_>>();
    match config {
        Ok(config) if config.app_problems.is_empty() => (200, json!({ "status": "ok", "version": version })),
        Ok(config) => {
            let not_set_up = texts(&config.app_problems);
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
    fn half_an_app_is_named_and_the_bot_is_well() {
        assert_eq!(of(&[]), (200, json!({"status": "ok", "version": "1.2.3"})));
        let (status, body) = of(&[("APP_SALESFORCE_CLIENT_SECRET", "")]);
        assert_eq!((status, &body["status"]), (200, &json!("ok")));
        let named = body["not_set_up"][0].as_str().unwrap();
        assert!(named.starts_with("APP_SALESFORCE_CLIENT_SECRET is not set"), "{named}");
    }

    #[test]
    fn a_bot_that_lacks_something_is_not_well() {
        let (status, body) = of(&[("BOT_APP_ID", "")]);
        assert_eq!((status, &body["status"]), (503, &json!("misconfigured")));
        assert_eq!(body["problems"], json!(["BOT_APP_ID is not set"]));
    }
}
