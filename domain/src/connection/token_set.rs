//! One revision of a connection's tokens, and the freshness of its access token.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;
use workbot_shared::SharedSecret;

use crate::time::Timestamp;

/// How long before its expiry a token is refreshed. A token that lives for a few minutes is refreshed in the
/// last third of its life.
pub const REFRESH_BEFORE: Duration = Duration::from_secs(120);

/// One revision of a connection's tokens. It is stored only sealed.
#[derive(Debug, Clone)]
pub struct TokenSet {
    /// The access token (RFC 6749 section 1.4).
    pub access_token: SecretString,
    /// The refresh token (RFC 6749 section 1.5), if the app issued one.
    pub refresh_token: Option<SecretString>,
    /// When the access token was issued, if that is known.
    pub issued_at: Option<Timestamp>,
    /// When the access token expires, as the app stated or its file assumes.
    pub expires_at: Timestamp,
    /// The granted scopes.
    pub scopes: Vec<String>,
    /// The fields of the token response that the app's file keeps.
    pub kept: Map<String, Value>,
}

/// The stored JSON, version 1. Changes need a new version, because stored values have to stay readable.
#[derive(Serialize, Deserialize)]
struct StoredTokens {
    v: u8,
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issued_at: Option<Timestamp>,
    expires_at: Timestamp,
    scopes: Vec<String>,
    kept: Map<String, Value>,
}

impl TokenSet {
    /// Creates the token set of an API key, or of a user and password, that an admin entered. It is valid
    /// until the app refuses it.
    #[must_use]
    pub fn of_secret(secret: SharedSecret) -> Self {
        let (secret, kept) = match secret {
            SharedSecret::Key { api_key } => (api_key, Map::new()),
            SharedSecret::Password { user, password } => {
                (password, Map::from_iter([("user".to_owned(), Value::String(user))]))
            }
        };
        Self {
            access_token: secret.into(),
            refresh_token: None,
            issued_at: None,
            expires_at: Timestamp::NEVER,
            scopes: Vec::new(),
            kept,
        }
    }

    /// Creates a token set for a token in an unusable response. It serves only for the revocation.
    #[must_use]
    pub fn to_be_revoked(token: SecretString) -> Self {
        Self {
            access_token: token,
            refresh_token: None,
            issued_at: None,
            expires_at: Timestamp::NEVER,
            scopes: Vec::new(),
            kept: Map::new(),
        }
    }

    /// Returns this set with a new refresh token and an expired access token, so that the next use refreshes
    /// it.
    #[must_use]
    pub fn renewable_by(&self, refresh_token: SecretString, now: Timestamp) -> Self {
        Self { refresh_token: Some(refresh_token), expires_at: self.expires_at.min(now), ..self.clone() }
    }

    /// Returns the set that a vault hands to a run: access without the refresh token.
    #[must_use]
    pub fn without_refresh_token(&self) -> Self {
        Self { refresh_token: None, ..self.clone() }
    }

    /// Whether a refresh returned a different refresh token. Its lifetime then starts again.
    #[must_use]
    pub fn has_another_refresh_token(&self, before: &Self) -> bool {
        let secret =
            |tokens: &Self| tokens.refresh_token.as_ref().map(|token| token.expose_secret().to_owned());
        secret(self) != secret(before)
    }

    /// Serializes the set. The bytes are sealed before they are stored.
    ///
    /// # Errors
    /// Serialization does not fail for any token set. The error keeps a failure from storing an empty value.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let stored = StoredTokens {
            v: 1,
            access_token: self.access_token.expose_secret().to_owned(),
            refresh_token: self.refresh_token.as_ref().map(|token| token.expose_secret().to_owned()),
            issued_at: self.issued_at,
            expires_at: self.expires_at,
            scopes: self.scopes.clone(),
            kept: self.kept.clone(),
        };
        serde_json::to_vec(&stored)
    }

    /// Reads the bytes back. Returns `None` for an unknown shape or version.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let stored: StoredTokens = crate::json::stored(bytes).ok()?;
        (stored.v == 1).then(|| Self {
            access_token: stored.access_token.into(),
            refresh_token: stored.refresh_token.map(Into::into),
            issued_at: stored.issued_at,
            expires_at: stored.expires_at,
            scopes: stored.scopes,
            kept: stored.kept,
        })
    }
}

/// What to do with a token set before a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Use it.
    Fresh,
    /// Refresh it now. The access token still works, and is used if the refresh returns no other in time.
    Ending,
    /// Refresh it. The access token has expired.
    Ended,
}

impl TokenSet {
    /// Returns the freshness of the access token at a time.
    #[must_use]
    pub fn freshness(&self, now: Timestamp) -> Freshness {
        let life = self.issued_at.map(|issued_at| self.expires_at.since(issued_at));
        let before = life.map_or(REFRESH_BEFORE, |life| REFRESH_BEFORE.min(life / 3));
        if now + before < self.expires_at {
            Freshness::Fresh
        } else if now < self.expires_at {
            Freshness::Ending
        } else {
            Freshness::Ended
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    /// Tokens that expire at a time.
    pub(crate) fn tokens(expires_at: Timestamp) -> TokenSet {
        TokenSet {
            access_token: "access".into(),
            refresh_token: Some("refresh".into()),
            issued_at: None,
            expires_at,
            scopes: vec!["api".into()],
            kept: json!({"instance_url": "https://acme.my.salesforce.com"}).as_object().cloned().unwrap(),
        }
    }

    #[test]
    fn the_stored_form_is_pinned() {
        let bytes = tokens(Timestamp(7_200_000)).to_bytes().unwrap();
        assert_eq!(
            String::from_utf8(bytes.clone()).unwrap(),
            r#"{"v":1,"access_token":"access","refresh_token":"refresh","expires_at":7200000,"scopes":["api"],"kept":{"instance_url":"https://acme.my.salesforce.com"}}"#
        );
        assert_eq!(TokenSet::from_bytes(&bytes).unwrap().to_bytes().unwrap(), bytes);
        assert!(TokenSet::from_bytes(br#"{"v":2}"#).is_none());
        let issued = TokenSet { issued_at: Some(Timestamp(5)), ..tokens(Timestamp(7)) }.to_bytes().unwrap();
        assert!(String::from_utf8(issued.clone()).unwrap().contains(r#""issued_at":5,"expires_at":7,"#));
        assert_eq!(TokenSet::from_bytes(&issued).unwrap().issued_at, Some(Timestamp(5)));
    }

    #[test]
    fn a_token_is_refreshed_before_it_expires() {
        let tokens = tokens(Timestamp(7_200_000));
        assert_eq!(tokens.freshness(Timestamp(0)), Freshness::Fresh);
        assert_eq!(tokens.freshness(Timestamp(7_200_000 - 120_000)), Freshness::Ending);
        assert_eq!(tokens.freshness(Timestamp(7_200_000)), Freshness::Ended);
    }

    #[test]
    fn a_token_of_a_few_minutes_is_not_refreshed_before_every_call() {
        let of = |seconds: i64| TokenSet {
            issued_at: Some(Timestamp(0)),
            expires_at: Timestamp(seconds * 1000),
            ..tokens(Timestamp(0))
        };
        for (life, ending) in [(30, 20), (120, 80), (300, 200), (360, 240), (3600, 3480)] {
            let at = |seconds: i64| of(life).freshness(Timestamp(seconds * 1000));
            assert_eq!((at(ending - 1), at(ending)), (Freshness::Fresh, Freshness::Ending), "{life}");
            assert_eq!((at(life - 1), at(life)), (Freshness::Ending, Freshness::Ended), "{life}");
        }
        let for_ever = TokenSet { expires_at: Timestamp::NEVER, ..of(1) };
        assert_eq!(for_ever.freshness(Timestamp(i64::MAX / 2)), Freshness::Ended);
        assert_eq!(for_ever.freshness(Timestamp(2_000_000_000_000)), Freshness::Fresh);
    }

    #[test]
    fn tokens_never_show_in_debug() {
        let shown = format!("{:?}", tokens(Timestamp(0)));
        assert!(!shown.contains("\"access\"") && !shown.contains("\"refresh\""), "{shown}");
    }
}
