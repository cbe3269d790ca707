//! The bot's own access token, with which it calls the Bot Connector.

use secrecy::SecretString;
use serde::Deserialize;
use std::time::Duration;

use crate::connection::token_response::fields;
use crate::json;

/// The bot's own token from Entra ("Authenticate requests from your bot to the Bot Connector service",
/// bot-docs).
pub struct BotToken {
    /// The access token.
    pub token: SecretString,
    /// How long it is used.
    pub used_for: Duration,
}

/// A token is used until five minutes before its expiry, or for two thirds of its lifetime if that is
/// shorter.
const MARGIN: Duration = Duration::from_secs(300);
/// Assumed lifetime if the response states none. Entra's tokens live for an hour or more.
const LIFE: Duration = Duration::from_secs(600);
/// Maximum lifetime; no token of Entra lives longer.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

#[derive(Deserialize)]
struct BotTokenResponse {
    access_token: String,
    #[serde(default, deserialize_with = "json::seconds")]
    expires_in: Option<Duration>,
}

impl BotToken {
    /// Reads a token response: JSON (RFC 6749 section 5.1), or a form as older endpoints send.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        let response: BotTokenResponse = json::from_value(&fields(body)?).ok()?;
        let token = response.access_token.trim();
        // A bearer header allows no other characters (RFC 6750 section 2.1).
        if token.is_empty() || !token.chars().all(|character| character.is_ascii_graphic()) {
            return None;
        }
        let life = response.expires_in.filter(|life| !life.is_zero()).unwrap_or(LIFE).min(LONGEST_LIFE);
        Some(Self { token: token.to_owned().into(), used_for: life - MARGIN.min(life / 3) })
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_bots_token_is_read_in_every_shape() {
        for (body, seconds) in [
            (json!({"token_type": "Bearer", "expires_in": 3600, "access_token": "t"}).to_string(), 3300),
            (json!({"token_type": "Bearer", "expires_in": "3599", "access_token": "t"}).to_string(), 3299),
            (json!({"expires_in": 3599.9, "access_token": "t"}).to_string(), 3299),
            (json!({"expires_in": " 3600 ", "access_token": "t", "ext_expires_in": {}}).to_string(), 3300),
            (json!({"expires_in": 60, "access_token": "t"}).to_string(), 40),
            (json!({"access_token": "t"}).to_string(), 400),
            (json!({"access_token": " t\n", "expires_in": null}).to_string(), 400),
            (json!({"access_token": "t", "expires_in": {}}).to_string(), 400),
            (json!({"access_token": "t", "expires_in": "soon"}).to_string(), 400),
            (json!({"access_token": "t", "expires_in": 0}).to_string(), 400),
            (json!({"access_token": "t", "expires_in": -1}).to_string(), 400),
            (json!({"access_token": "t", "expires_in": 1e12}).to_string(), 86_100),
            ("\u{feff}{\"access_token\": \"t\", \"expires_in\": 3600}".to_owned(), 3300),
            ("access_token=t&expires_in=3600&token_type=Bearer".to_owned(), 3300),
        ] {
            let read = BotToken::read(body.as_bytes()).unwrap();
            assert_eq!((read.token.expose_secret(), read.used_for.as_secs()), ("t", seconds), "{body}");
        }
    }

    #[test]
    fn a_response_without_a_token_holds_none() {
        for body in [
            "",
            "null",
            "[]",
            "{}",
            "<html><h1>Sign in</h1></html>",
            r#"{"access_token": ""}"#,
            r#"{"access_token": null}"#,
            r#"{"access_token": {}}"#,
            r#"{"access_token": 7}"#,
            r#"{"access_token": "t\r\nx: y"}"#,
            r#"{"error": "invalid_client"}"#,
        ] {
            assert!(BotToken::read(body.as_bytes()).is_none(), "{body}");
        }
    }
}
