//! The tokens whose signature was verified. The Bot Framework sends one token with all activities of an hour,
//! so its signature is verified once.
//!
//! Only the signature is not verified again. All claims, times included, are checked with each request.

use serde::Deserialize;
use std::collections::HashMap;

use crate::jwks::Jwk;
use crate::jwt::UnverifiedToken;
use crate::time::Timestamp;

/// The maximal number of known tokens, of about 2 KB each.
const MOST: usize = 256;

/// The known tokens by their whole text, each with the key that signed it.
#[derive(Debug, Default)]
pub struct VerifiedTokens(HashMap<String, Verified>);

#[derive(Debug)]
struct Verified {
    modulus: String,
    exponent: String,
    until: Timestamp,
}

#[derive(Deserialize)]
struct Expiry {
    exp: i64,
}

impl VerifiedTokens {
    /// Whether the signature of exactly this token holds with this key. `false` after the token's expiry, and
    /// for a key that its issuer has replaced, because another one is asked for then.
    #[must_use]
    pub fn knows(&self, token: &UnverifiedToken, key: &Jwk, now: Timestamp) -> bool {
        self.0.get(token.text()).is_some_and(|verified| {
            now < verified.until && verified.modulus == key.n && verified.exponent == key.e
        })
    }

    /// Records that the signature of a token holds with this key. A token without an expiry is not recorded.
    pub fn record(&mut self, token: &UnverifiedToken, key: &Jwk, now: Timestamp) {
        let Ok(Expiry { exp }) = token.peek() else { return };
        if self.0.len() >= MOST {
            self.0.retain(|_, verified| now < verified.until);
        }
        if self.0.len() >= MOST {
            self.0.clear();
        }
        let until = Timestamp::from_seconds(exp);
        let verified = Verified { modulus: key.n.clone(), exponent: key.e.clone(), until };
        self.0.insert(token.text().to_owned(), verified);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_seconds(second)
    }

    fn token(claims: &serde_json::Value, signature: &str) -> UnverifiedToken {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let header = r#"{"alg":"RS256","kid":"1"}"#;
        let text = format!("{}.{}.{}", part(header), part(&claims.to_string()), part(signature));
        UnverifiedToken::parse(&text).unwrap()
    }

    fn key(n: &str, e: &str) -> Jwk {
        serde_json::from_value(json!({"kty": "RSA", "kid": "1", "n": n, "e": e})).unwrap()
    }

    #[test]
    fn a_token_is_verified_once_with_the_same_text_and_key_until_it_expires() {
        let mut known = VerifiedTokens::default();
        let claims = json!({"exp": 100, "sub": "ada"});
        let (verified, key_then) = (token(&claims, "signature"), key("n", "AQAB"));
        assert!(!known.knows(&verified, &key_then, at(1)), "nobody has verified it");
        known.record(&verified, &key_then, at(1));
        assert!(known.knows(&verified, &key_then, at(99)));
        assert!(!known.knows(&verified, &key_then, at(100)), "it has expired");
        assert!(
            !known.knows(&verified, &key("other", "AQAB"), at(99)),
            "the issuer has another key of this id"
        );
        assert!(!known.knows(&verified, &key("n", "AQ"), at(99)), "the issuer has another key of this id");
        assert!(!known.knows(&token(&claims, "forged"), &key_then, at(99)), "another signature");
        let changed = token(&json!({"exp": 100, "sub": "eve"}), "signature");
        assert!(!known.knows(&changed, &key_then, at(99)), "other claims with the same signature");
    }

    #[test]
    fn a_token_without_a_readable_expiry_is_verified_each_time() {
        for claims in [json!({}), json!({"exp": "soon"}), json!({"exp": null})] {
            let mut known = VerifiedTokens::default();
            let token = token(&claims, "signature");
            known.record(&token, &key("n", "AQAB"), at(1));
            assert!(!known.knows(&token, &key("n", "AQAB"), at(1)), "{claims}");
        }
    }

    #[test]
    fn the_number_of_known_tokens_is_limited_and_expired_ones_go_first() {
        let (mut known, key) = (VerifiedTokens::default(), key("n", "AQAB"));
        let lasting = token(&json!({"exp": 1000}), "lasting");
        known.record(&lasting, &key, at(1));
        for number in 1..MOST {
            known.record(&token(&json!({"exp": 50}), &number.to_string()), &key, at(1));
        }
        known.record(&token(&json!({"exp": 1000}), "one more"), &key, at(60));
        assert!(known.knows(&lasting, &key, at(60)) && known.0.len() == 2);
        for number in 0..3 * MOST {
            known.record(&token(&json!({"exp": 1000}), &format!("{number}")), &key, at(60));
            assert!(known.0.len() <= MOST);
        }
    }
}
