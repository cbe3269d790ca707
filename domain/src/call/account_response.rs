//! The account call: identifies the account behind a token or key.

use serde_json::Value;

use super::outcome::{parse_body, says_token_is_dead};
use crate::catalog::App;
use crate::connection::AccountIdentity;
use crate::connection::account::{IdentityError, identity};

/// Reads the response of an account call.
///
/// # Errors
/// [`IdentityError`]. Only status 401, the app's own word for a dead token, and a missing account mean that
/// the token is dead.
pub fn account(app: &App, status: u16, body: &[u8]) -> Result<AccountIdentity, IdentityError> {
    let response = parse_body(status, body).unwrap_or_default();
    let is_dead = || says_token_is_dead(app, &response);
    match status {
        // For a dead token, Zendesk responds with an anonymous user whose id is `null`.
        200..=299 if response.pointer(&app.account.id) == Some(&Value::Null) => Err(IdentityError::Dead),
        200..=299 => match identity(&response, &app.account) {
            Some(account) => Ok(account),
            None if is_dead() => Err(IdentityError::Dead),
            None => Err(IdentityError::Unreadable),
        },
        401 => Err(IdentityError::Dead),
        _ if is_dead() => Err(IdentityError::Dead),
        403 => Err(IdentityError::Refused),
        300..=499 if !matches!(status, 408 | 425 | 429) => Err(IdentityError::Unreadable),
        _ => Err(IdentityError::Unreachable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn app() -> App {
        serde_json::from_value(json!({
            "name": "App", "auth": "oauth2", "base_url": "https://app.example", "allowed_hosts": ["app.example"],
            "account": { "url": "/me", "label": ["/email"], "id": "/id" },
            "errors": { "code": "/error", "token": ["token_revoked"] }, "actions": {},
        }))
        .unwrap()
    }

    #[test]
    fn only_the_apps_definite_refusal_means_a_dead_token() {
        use IdentityError::{Dead, Refused, Unreachable, Unreadable};
        for (status, body, error) in [
            (401, "", Dead),
            (401, "<html>", Dead),
            (200, r#"{"id":null,"email":"guest"}"#, Dead),
            (200, r#"{"error":"token_revoked"}"#, Dead),
            (403, r#"{"error":"token_revoked"}"#, Dead),
            (500, r#"{"error":"token_revoked"}"#, Dead),
            (403, "", Refused),
            (403, r#"{"error":"other"}"#, Refused),
            (200, "", Unreadable),
            (200, r#"{"id":"1"}"#, Unreadable),
            (302, "", Unreadable),
            (404, "", Unreadable),
            (408, "", Unreachable),
            (425, "", Unreachable),
            (429, "", Unreachable),
            (500, "", Unreachable),
            (503, "<html>", Unreachable),
        ] {
            assert_eq!(account(&app(), status, body.as_bytes()), Err(error), "{status} {body}");
        }
        let ada = account(&app(), 200, br#"{"id":7,"email":"ada@contoso.com"}"#).unwrap();
        assert_eq!((ada.id.as_str(), ada.label.as_str()), ("7", "ada@contoso.com"));
    }
}
