//! JSON Web Tokens (RFC 7519), as far as the rules need them: parsing, and the claims that all issuers share.
//!
//! The caller checks the signature (WebCrypto, in the worker). The types ensure that no claim is used before.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

use crate::json::{self, ReadError};
use crate::time::Timestamp;

/// Tolerated difference between clocks. The Bot Framework documents 5 minutes; Workbot uses it for every
/// issuer.
pub const SKEW: Duration = Duration::from_secs(300);

/// Why a token proves nothing. It never holds the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The request has no bearer token.
    #[error("missing bearer token")]
    Missing,
    /// The token is not three base64url parts with JSON.
    #[error("malformed token")]
    Malformed,
    /// The token is unsigned, or signed with another algorithm than RS256.
    #[error("the token is not signed with RS256")]
    Algorithm,
    /// The issuer does not list the key.
    #[error("the token is signed with an unknown key")]
    UnknownKey,
    /// The signature is invalid.
    #[error("invalid token signature")]
    Signature,
    /// The token is from another issuer.
    #[error("wrong token issuer")]
    Issuer,
    /// The token is for another audience.
    #[error("wrong token audience")]
    Audience,
    /// The token has expired or is not valid yet, beyond the tolerated skew.
    #[error("the token has expired or is not valid yet")]
    Time,
    /// A required claim is missing or wrong.
    #[error("the token has a missing or wrong claim")]
    Claim,
    /// The tenant of the token is not served here.
    #[error("the token's tenant is not served here")]
    Tenant,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
}

/// A token with an unchecked signature. Its claims are accessible only by [`Self::peek`].
#[derive(Debug)]
pub struct UnverifiedToken {
    kid: String,
    text: String,
    /// The length of the signing input, which `text` begins with.
    signed: usize,
    claims: Vec<u8>,
    signature: Vec<u8>,
}

impl UnverifiedToken {
    /// Reads the token in an `Authorization` header (RFC 6750 section 2.1).
    ///
    /// # Errors
    /// [`TokenError::Missing`] without a bearer token, else as [`Self::parse`].
    pub fn from_authorization(header: Option<&str>) -> Result<Self, TokenError> {
        let (scheme, token) =
            header.and_then(|header| header.trim().split_once(' ')).ok_or(TokenError::Missing)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(TokenError::Missing);
        }
        Self::parse(token.trim())
    }

    /// Parses the compact serialization (RFC 7515 section 7.1). Only RS256 with a `kid` is accepted.
    ///
    /// # Errors
    /// [`TokenError::Malformed`], [`TokenError::Algorithm`], or [`TokenError::UnknownKey`] without a `kid`.
    pub fn parse(token: &str) -> Result<Self, TokenError> {
        let (signing_input, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = signing_input.split_once('.').ok_or(TokenError::Malformed)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed);
        let header: Header = json::read(&decode(header)?).map_err(|_| TokenError::Malformed)?;
        if header.alg != "RS256" {
            return Err(TokenError::Algorithm);
        }
        Ok(Self {
            kid: header.kid.ok_or(TokenError::UnknownKey)?,
            claims: decode(claims)?,
            text: token.to_owned(),
            signed: signing_input.len(),
            signature: decode(signature)?,
        })
    }

    /// Returns the whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the id of the signing key.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Reads claims before the signature is checked. Use it only to choose the issuer whose keys are needed.
    ///
    /// # Errors
    /// [`TokenError::Claim`] if the claims have another shape.
    pub fn peek<T: DeserializeOwned>(&self) -> Result<T, TokenError> {
        json::read(&self.claims).map_err(|_| TokenError::Claim)
    }

    /// Returns the JWS signing input (RFC 7515 section 5.1).
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.text.get(..self.signed).unwrap_or_default().as_bytes()
    }

    /// Returns the signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Returns the claims. `signature_holds` is the result of the caller's check with the key of
    /// [`Self::kid`].
    ///
    /// # Errors
    /// [`TokenError::Signature`] for an invalid signature, [`TokenError::Claim`] if the claims have another
    /// shape.
    pub fn verified<T: DeserializeOwned>(self, signature_holds: bool) -> Result<T, TokenError> {
        if signature_holds { self.peek() } else { Err(TokenError::Signature) }
    }
}

/// The claim `aud`: one audience or a list (RFC 7519 section 4.1.3). Workbot accepts exactly one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub enum Audience {
    /// One audience.
    One(String),
    /// A list; accepted if it has one entry.
    Several(Vec<String>),
}

impl TryFrom<Value> for Audience {
    type Error = ReadError;

    fn try_from(claim: Value) -> Result<Self, ReadError> {
        match claim {
            Value::String(one) => Ok(Self::One(one)),
            several => json::from_value(&several).map(Self::Several),
        }
    }
}

impl Audience {
    /// Whether this is exactly the expected application id, ignoring case.
    #[must_use]
    pub fn is(&self, expected: &str) -> bool {
        match self {
            Self::One(one) => one.eq_ignore_ascii_case(expected),
            Self::Several(several) => {
                matches!(several.as_slice(), [one] if one.eq_ignore_ascii_case(expected))
            }
        }
    }
}

/// Checks `exp` and `nbf` (RFC 7519 sections 4.1.4 and 4.1.5) with a tolerance of [`SKEW`]. Both are in
/// seconds since the Unix epoch.
///
/// # Errors
/// [`TokenError::Time`] if the token has expired or is not valid yet.
pub fn check_time(exp: i64, nbf: i64, now: Timestamp) -> Result<(), TokenError> {
    let valid = Timestamp::from_seconds(exp) + SKEW > now && Timestamp::from_seconds(nbf) <= now + SKEW;
    if valid { Ok(()) } else { Err(TokenError::Time) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", part(header), part(claims), part("signature"))
    }

    #[test]
    fn only_rs256_with_a_kid_is_accepted() {
        let parse = |header| UnverifiedToken::parse(&token(header, "{}")).map(|token| token.kid);
        assert_eq!(parse(r#"{"alg":"RS256","kid":"1"}"#), Ok("1".into()));
        assert_eq!(parse(r#"{"alg":"none","kid":"1"}"#), Err(TokenError::Algorithm));
        assert_eq!(parse(r#"{"alg":"HS256","kid":"1"}"#), Err(TokenError::Algorithm));
        assert_eq!(parse(r#"{"alg":"rs256","kid":"1"}"#), Err(TokenError::Algorithm));
        assert_eq!(parse(r#"{"alg":"RS256"}"#), Err(TokenError::UnknownKey));
        assert_eq!(parse("[]"), Err(TokenError::Malformed));
    }

    #[test]
    fn a_missing_bearer_token_differs_from_a_malformed_one() {
        let read = |header| UnverifiedToken::from_authorization(header).err();
        assert_eq!(read(None), Some(TokenError::Missing));
        assert_eq!(read(Some("Basic YTpi")), Some(TokenError::Missing));
        assert_eq!(read(Some("Bearer abc")), Some(TokenError::Malformed));
        assert_eq!(read(Some("Bearer a.b.c")), Some(TokenError::Malformed));
    }

    #[test]
    fn claims_are_inaccessible_until_the_signature_is_valid() {
        let parse = || UnverifiedToken::parse(&token(r#"{"alg":"RS256","kid":"1"}"#, r#"{"a":1}"#)).unwrap();
        assert_eq!(parse().verified::<serde_json::Value>(false), Err(TokenError::Signature));
        assert_eq!(parse().verified::<serde_json::Value>(true).unwrap()["a"], 1);
    }

    #[test]
    fn time_is_checked_with_five_minutes_of_skew() {
        let now = Timestamp::from_seconds(10_000);
        assert_eq!(check_time(10_000 - 299, 10_000, now), Ok(()));
        assert_eq!(check_time(10_000 - 300, 10_000, now), Err(TokenError::Time));
        assert_eq!(check_time(20_000, 10_000 + 300, now), Ok(()));
        assert_eq!(check_time(20_000, 10_000 + 301, now), Err(TokenError::Time));
    }

    #[test]
    fn exactly_one_audience_is_accepted() {
        let audience = |json| serde_json::from_str::<Audience>(json).unwrap();
        assert!(audience(r#""me""#).is("me"));
        assert!(audience(r#"["me"]"#).is("me"));
        assert!(audience(r#""ME""#).is("me") && audience(r#"["me"]"#).is("ME"));
        assert!(!audience(r#"["me","you"]"#).is("me"));
    }
}
