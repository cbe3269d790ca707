//! The signing keys of an issuer (RFC 7517): the choice of the key for a token, and the times of fetching.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::time::Duration;

use crate::json;
use crate::jwt::TokenError;
use crate::time::Timestamp;

/// A public RSA key of an issuer (RFC 7517 section 4, RFC 7518 section 6.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Jwk {
    /// The key type; only `RSA` is used.
    pub kty: String,
    /// The key id.
    #[serde(default, deserialize_with = "null_is_absent")]
    pub kid: String,
    /// The modulus, base64url.
    #[serde(default, deserialize_with = "null_is_absent")]
    pub n: String,
    /// The exponent, base64url.
    #[serde(default, deserialize_with = "null_is_absent")]
    pub e: String,
    /// The channels that the key is endorsed for (Bot Framework).
    #[serde(default, deserialize_with = "null_is_absent")]
    pub endorsements: Vec<String>,
}

fn null_is_absent<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// The RSA keys of an issuer.
#[derive(Debug, Clone, Deserialize)]
pub struct Jwks {
    #[serde(deserialize_with = "rsa_keys")]
    keys: Vec<Jwk>,
}

/// Reads the keys. Keys of other types, or of an unknown shape, are skipped (RFC 7517 section 5). A set
/// without any RSA key is an error: accepting it would refuse everybody for an hour.
fn rsa_keys<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Jwk>, D::Error> {
    let keys: Vec<Jwk> = json::list::<_, Jwk>(from)?.into_iter().filter(|key| key.kty == "RSA").collect();
    if keys.is_empty() { Err(D::Error::custom("no RSA key")) } else { Ok(keys) }
}

/// Keys are fetched again after a day ("Authenticate requests", bot-docs).
const KEEP_KEYS: Duration = Duration::from_secs(24 * 3600);
/// Minimum time between two fetches for unknown key ids. Without it strangers could cause a fetch with each
/// token.
const ASK_AGAIN: Duration = Duration::from_secs(3600);
/// How long a failed fetch is remembered, so that an unavailable issuer is not asked for every token.
const KEEP_FAILURE: Duration = Duration::from_secs(3);
/// How long others wait for a request that fetches. Then another one fetches, because the first may have been
/// cancelled with its caller.
const FETCH_TAKES: Duration = Duration::from_secs(3);
/// Maximum time that a request waits for the fetch of another.
const LONGEST_WAIT: Duration = Duration::from_secs(6);

/// The keys of an issuer, with the time of fetching.
#[derive(Debug, Clone)]
pub struct KeySet {
    /// The issuer's name, as its metadata states it.
    pub issuer: String,
    /// The keys.
    pub keys: Jwks,
    /// When they were fetched.
    pub fetched_at: Timestamp,
}

impl KeySet {
    /// Returns the keys with this id; an issuer may have several. `None` if the keys have to be fetched
    /// again.
    fn find(&self, kid: &str, now: Timestamp) -> Option<Result<Vec<Jwk>, TokenError>> {
        let known: Vec<_> = self.keys.keys.iter().filter(|key| key.kid == kid).cloned().collect();
        let keep = if known.is_empty() { ASK_AGAIN } else { KEEP_KEYS };
        let found = if known.is_empty() { Err(TokenError::UnknownKey) } else { Ok(known) };
        (now < self.fetched_at + keep).then_some(found)
    }
}

/// The state for one issuer: its keys, a fetch in progress, and the last failure.
#[derive(Debug, Clone, Default)]
pub struct CachedIssuer {
    keys: Option<KeySet>,
    fetch_began: Option<Timestamp>,
    failed_at: Option<Timestamp>,
}

/// The next step of a request that needs a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyStep {
    /// Try these keys.
    Use {
        /// The issuer's name.
        issuer: String,
        /// The keys with the id; at least one.
        keys: Vec<Jwk>,
    },
    /// Refuse the token: the issuer has no such key.
    Refuse(TokenError),
    /// Fetch the keys, report the result ([`CachedIssuer::store`] or [`CachedIssuer::mark_failed`]), and ask
    /// again.
    Fetch,
    /// Wait a moment and ask again: another request fetches.
    Wait,
    /// The issuer's keys are unavailable now.
    Unavailable,
}

impl CachedIssuer {
    /// Returns the next step of a request that has needed the key `kid` since `since`. One request fetches
    /// and the others poll, because in Workers no request may await the I/O of another.
    pub fn step(&mut self, kid: &str, since: Timestamp, now: Timestamp) -> KeyStep {
        if let Some(set) = &self.keys
            && let Some(found) = set.find(kid, now)
        {
            return match found {
                Ok(keys) => KeyStep::Use { issuer: set.issuer.clone(), keys },
                Err(error) => KeyStep::Refuse(error),
            };
        }
        let within = |at: Option<Timestamp>, time| at.is_some_and(|at| now < at + time);
        if within(self.failed_at, KEEP_FAILURE) || now >= since + LONGEST_WAIT {
            return KeyStep::Unavailable;
        }
        if within(self.fetch_began, FETCH_TAKES) {
            return KeyStep::Wait;
        }
        self.fetch_began = Some(now);
        KeyStep::Fetch
    }

    /// Stores the fetched keys.
    pub fn store(&mut self, keys: KeySet) {
        *self = Self { keys: Some(keys), ..Self::default() };
    }

    /// Records a failed fetch.
    pub fn mark_failed(&mut self, now: Timestamp) {
        self.fetch_began = None;
        self.failed_at = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(10_000) + Duration::from_secs(seconds)
    }

    /// The keys of an issuer with these ids, fetched at second 0. The modulus of each is its number.
    fn set(kids: &[&str]) -> KeySet {
        let key = |(number, kid)| serde_json::json!({"kty": "RSA", "kid": kid, "n": format!("{number}")});
        let keys: Vec<_> = kids.iter().enumerate().map(key).collect();
        let keys = serde_json::from_value(serde_json::json!({ "keys": keys })).unwrap();
        KeySet { issuer: "issuer".into(), keys, fetched_at: at(0) }
    }

    /// The step of a request that came at this second.
    fn step(issuer: &mut CachedIssuer, kid: &str, second: u64) -> KeyStep {
        issuer.step(kid, at(second), at(second))
    }

    fn uses(step: &KeyStep) -> Vec<&str> {
        match step {
            KeyStep::Use { keys, .. } => keys.iter().map(|key| key.n.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn an_issuer_may_change_its_keys_and_unknown_key_ids_cause_at_most_one_fetch_an_hour() {
        let hour = 3600;
        let known = || {
            let mut issuer = CachedIssuer::default();
            issuer.store(set(&["old"]));
            issuer
        };
        assert_eq!(uses(&step(&mut known(), "old", 24 * hour - 1)), ["0"]);
        assert_eq!(
            step(&mut known(), "old", 24 * hour),
            KeyStep::Fetch,
            "the issuer may have withdrawn the key"
        );
        for unknown in ["new", ""] {
            assert_eq!(step(&mut known(), unknown, hour - 1), KeyStep::Refuse(TokenError::UnknownKey));
            assert_eq!(
                step(&mut known(), unknown, hour),
                KeyStep::Fetch,
                "the issuer may have added the key"
            );
        }
    }

    #[test]
    fn one_request_fetches_and_the_others_wait_for_its_result() {
        let mut issuer = CachedIssuer::default();
        assert_eq!(step(&mut issuer, "a", 0), KeyStep::Fetch);
        for _ in 0..50 {
            assert_eq!(step(&mut issuer, "a", 1), KeyStep::Wait);
        }
        issuer.store(set(&["a"]));
        assert_eq!(uses(&step(&mut issuer, "a", 1)), ["0"]);
        assert_eq!(step(&mut issuer, "b", 1), KeyStep::Refuse(TokenError::UnknownKey));
    }

    #[test]
    fn a_failure_is_shared_and_remembered_for_seconds() {
        let mut issuer = CachedIssuer::default();
        assert_eq!(step(&mut issuer, "a", 0), KeyStep::Fetch);
        issuer.mark_failed(at(1));
        for second in 1..4 {
            assert_eq!(step(&mut issuer, "a", second), KeyStep::Unavailable);
        }
        assert_eq!(step(&mut issuer, "a", 4), KeyStep::Fetch);
        assert_eq!(step(&mut issuer, "a", 4), KeyStep::Wait);
    }

    #[test]
    fn while_an_issuer_is_unavailable_its_known_keys_are_used_and_strangers_cause_few_fetches() {
        let mut issuer = CachedIssuer::default();
        issuer.store(set(&["a"]));
        let began = 3600;
        let mut fetches = 0;
        for tenth in 0..600 {
            let now = at(began) + Duration::from_millis(100 * tenth);
            if issuer.step("unknown", now, now) == KeyStep::Fetch {
                fetches += 1;
                issuer.mark_failed(now);
            }
            assert_eq!(uses(&issuer.step("a", now, now)), ["0"]);
        }
        assert_eq!(fetches, 20, "one fetch per three seconds");
    }

    #[test]
    fn a_cancelled_fetch_delays_nobody_for_long() {
        let mut issuer = CachedIssuer::default();
        assert_eq!(step(&mut issuer, "a", 0), KeyStep::Fetch);
        assert_eq!(issuer.step("a", at(0), at(2)), KeyStep::Wait);
        assert_eq!(issuer.step("a", at(0), at(3)), KeyStep::Fetch, "another one");
        assert_eq!(issuer.step("a", at(1), at(5)), KeyStep::Wait);
        assert_eq!(issuer.step("a", at(1), at(7)), KeyStep::Unavailable, "the wait is limited");
    }

    #[test]
    fn every_key_with_the_id_is_tried() {
        let mut issuer = CachedIssuer::default();
        issuer.store(set(&["twice", "other", "twice"]));
        assert_eq!(uses(&step(&mut issuer, "twice", 0)), ["0", "2"]);
    }

    #[test]
    fn a_malformed_key_does_not_affect_others() {
        for odd in [
            "null",
            "7",
            r#"{"kty":"RSA","kid":5}"#,
            r#"{"kid":"no type"}"#,
            r#"{"kty":"EC","kid":"good"}"#,
            r#"{"kty":"RSA","kid":"good","endorsements":"msteams"}"#,
        ] {
            let keys =
                format!(r#"{{"keys":[{odd},{{"kty":"RSA","kid":"good","endorsements":null,"x5c":[]}}]}}"#);
            let keys: Jwks = serde_json::from_str(&keys).unwrap_or_else(|error| panic!("{odd}: {error}"));
            assert_eq!(keys.keys.iter().map(|key| key.kid.as_str()).collect::<Vec<_>>(), ["good"], "{odd}");
        }
    }

    #[test]
    fn a_set_without_an_rsa_key_does_not_replace_known_keys() {
        for nothing in [r#"{"keys":[]}"#, r#"{"keys":[{"kty":"EC","kid":"a"}]}"#, r#"{"keys":null}"#, "{}"] {
            assert!(serde_json::from_str::<Jwks>(nothing).is_err(), "{nothing}");
        }
    }
}
