//! The keys of an issuer (RFC 7517): which of them a token is checked with, and when they are fetched.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::time::Duration;

use crate::json;
use crate::jwt::TokenError;
use crate::time::Timestamp;

/// A public RSA key of an issuer (RFC 7517 section 4, RFC 7518 section 6.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Jwk {
    /// The key's type; only `RSA` is used.
    pub kty: String,
    /// The key's id.
    #[serde(default, deserialize_with = "null_is_absent")]
    pub kid: String,
    /// The modulus, base64url.
    #[serde(default, deserialize_with = "null_is_absent")]
    pub n: String,
    /// The exponent, base64url.
    #[serde(default, deserialize_with = "null_is_absent")]
    pub e: String,
    /// The channels that the key may speak for (Bot Framework).
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

/// Keys of other kinds, and of a shape that is not known, are skipped (RFC 7517 section 5). A set without any RSA key is
/// not one: to take it would refuse everybody for an hour.
fn rsa_keys<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Jwk>, D::Error> {
    let keys: Vec<Jwk> = json::list::<_, Jwk>(from)?.into_iter().filter(|key| key.kty == "RSA").collect();
    if keys.is_empty() { Err(D::Error::custom("there is no RSA key")) } else { Ok(keys) }
}

/// Keys are asked for again after a day ("Authenticate requests", bot-docs).
const KEEP_KEYS: Duration = Duration::from_secs(24 * 3600);
/// An unknown key id makes us ask again, but at most once an hour, or strangers could make us ask all day.
const ASK_AGAIN: Duration = Duration::from_secs(3600);
/// A failure counts for so long: an issuer that is down is not asked again for each token that somebody sends.
const KEEP_FAILURE: Duration = Duration::from_secs(3);
/// A request that fetches is waited for so long. Then another fetches: its caller may have gone, and it with them.
const FETCH_TAKES: Duration = Duration::from_secs(3);
/// Nobody waits longer than this for what others fetch.
const LONGEST_WAIT: Duration = Duration::from_secs(6);

/// An issuer's keys, as they were when we asked.
#[derive(Debug, Clone)]
pub struct KeySet {
    /// The issuer's name.
    pub issuer: String,
    /// Its keys.
    pub keys: Jwks,
    /// When they came.
    pub fetched_at: Timestamp,
}

impl KeySet {
    /// The keys with this id; an issuer may have several. `None`: it has to be asked again.
    fn find(&self, kid: &str, now: Timestamp) -> Option<Result<Vec<Jwk>, TokenError>> {
        let known: Vec<_> = self.keys.keys.iter().filter(|key| key.kid == kid).cloned().collect();
        let keep = if known.is_empty() { ASK_AGAIN } else { KEEP_KEYS };
        let found = if known.is_empty() { Err(TokenError::UnknownKey) } else { Ok(known) };
        (now < self.fetched_at + keep).then_some(found)
    }
}

/// What is known of an issuer: its keys, whether they are being fetched, and whether that failed a moment ago.
#[derive(Debug, Clone, Default)]
pub struct CachedIssuer {
    keys: Option<KeySet>,
    fetch_began: Option<Timestamp>,
    failed_at: Option<Timestamp>,
}

/// What a request does that needs a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyStep {
    /// It tries these keys.
    Use {
        /// The issuer's name.
        issuer: String,
        /// The keys of the id; at least one.
        keys: Vec<Jwk>,
    },
    /// It is refused: the issuer has no such key.
    Refuse(TokenError),
    /// It fetches the keys, says what came of it ([`CachedIssuer::store`], [`CachedIssuer::mark_failed`]), and asks again.
    Fetch,
    /// It waits a moment and asks again: another request fetches.
    Wait,
    /// The issuer does not give its keys now.
    Unavailable,
}

impl CachedIssuer {
    /// What a request does that asked for the key `kid` first at `since`. One request fetches, and the others wait; no
    /// request may await what belongs to another.
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

    /// The keys came.
    pub fn store(&mut self, keys: KeySet) {
        *self = Self { keys: Some(keys), ..Self::default() };
    }

    /// They did not.
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

    /// An issuer's keys of these ids, fetched at second 0; the second's modulus is its number.
    fn set(kids: &[&str]) -> KeySet {
        let key = |(number, kid)| serde_json::json!({"kty": "RSA", "kid": kid, "n": format!("{number}")});
        let keys: Vec<_> = kids.iter().enumerate().map(key).collect();
        let keys = serde_json::from_value(serde_json::json!({ "keys": keys })).unwrap();
        KeySet { issuer: "issuer".into(), keys, fetched_at: at(0) }
    }

    /// What a request does that came at this second.
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
    fn an_issuer_may_change_its_keys_and_a_stranger_cannot_make_us_ask_all_day() {
        let hour = 3600;
        let known = || {
            let mut issuer = CachedIssuer::default();
            issuer.store(set(&["old"]));
            issuer
        };
        assert_eq!(uses(&step(&mut known(), "old", 24 * hour - 1)), ["0"]);
        assert_eq!(step(&mut known(), "old", 24 * hour), KeyStep::Fetch, "it may have been withdrawn");
        for unknown in ["new", ""] {
            assert_eq!(step(&mut known(), unknown, hour - 1), KeyStep::Refuse(TokenError::UnknownKey));
            assert_eq!(step(&mut known(), unknown, hour), KeyStep::Fetch, "it may have come since");
        }
    }

    #[test]
    fn one_request_fetches_and_the_others_wait_for_what_it_brings() {
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
    fn while_an_issuer_is_down_its_known_keys_are_used_and_strangers_cause_no_fetch_each() {
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
        assert_eq!(fetches, 20, "one in three seconds");
    }

    #[test]
    fn a_fetch_whose_caller_has_gone_holds_up_nobody_for_long() {
        let mut issuer = CachedIssuer::default();
        assert_eq!(step(&mut issuer, "a", 0), KeyStep::Fetch);
        assert_eq!(issuer.step("a", at(0), at(2)), KeyStep::Wait);
        assert_eq!(issuer.step("a", at(0), at(3)), KeyStep::Fetch, "another one");
        assert_eq!(issuer.step("a", at(1), at(5)), KeyStep::Wait);
        assert_eq!(issuer.step("a", at(1), at(7)), KeyStep::Unavailable, "nobody waits for ever");
    }

    #[test]
    fn every_key_of_the_id_is_tried() {
        let mut issuer = CachedIssuer::default();
        issuer.store(set(&["twice", "other", "twice"]));
        assert_eq!(uses(&step(&mut issuer, "twice", 0)), ["0", "2"]);
    }

    #[test]
    fn an_odd_key_spoils_no_other() {
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
    fn what_holds_no_rsa_key_does_not_replace_the_keys_that_are_known() {
        for nothing in [r#"{"keys":[]}"#, r#"{"keys":[{"kty":"EC","kid":"a"}]}"#, r#"{"keys":null}"#, "{}"] {
            assert!(serde_json::from_str::<Jwks>(nothing).is_err(), "{nothing}");
        }
    }
}
