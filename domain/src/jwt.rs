//! JSON Web Tokens, as far as a rule needs them: parsing, and the two claims that every issuer shares. The signature itself is checked by the caller (WebCrypto at the edge); the types see to it that no claim
//! is read before.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

use crate::json;
use crate::time::Timestamp;

/// Clocks may differ by this much (Bot Framework documents 5 minutes; we use it for every issuer).
pub const SKEW: Duration = Duration::from_secs(300);

/// Why a token does not prove anything. Never holds the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No bearer token was sent.
    #[error("there is no bearer token")]
    Missing,
    /// Not three base64url parts of JSON.
    #[error("the token is malformed")]
    Malformed,
    /// Signed with something else than RS256, or not at all.
    #[error("the token is not signed with RS256")]
    Algorithm,
    /// The issuer does not list the key.
    #[error("the token is signed with an unknown key")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the token's signature does not fit")]
    Signature,
    /// From another issuer.
    #[error("the token is from another issuer")]
    Issuer,
    /// For another audience.
    #[error("the token is for someone else")]
    Audience,
    /// Expired, or not valid yet, beyond the skew.
    #[error("the token is not valid at this time")]
    Time,
    /// A claim that must be there is missing or wrong.
    #[error("the token lacks a claim, or has a wrong one")]
    Claim,
    /// From a tenant that is not served here.
    #[error("the token is from a tenant that is not served here")]
    Tenant,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
}

/// A token whose signature nobody has checked yet. Its claims cannot be read, except for [`Self::peek`].
#[derive(Debug)]
pub struct UnverifiedToken {
    kid: String,
    claims: Vec<u8>,
    signing_input: String,
    signature: Vec<u8>,
}

impl UnverifiedToken {
    /// Takes the token out of an `Authorization` header (RFC 6750 section 2.1).
    ///
    /// # Errors
    /// [`TokenError::Missing`], or as [`Self::parse`].
    pub fn from_authorization(header: Option<&str>) -> Result<Self, TokenError> {
        let (scheme, token) =
            header.and_then(|header| header.trim().split_once(' ')).ok_or(TokenError::Missing)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(TokenError::Missing);
        }
        Self::parse(token.trim())
    }

    /// Reads the compact form (RFC 7515 section 7.1); only RS256 with a `kid` is taken.
    ///
    /// # Errors
    /// [`TokenError::Malformed`], [`TokenError::Algorithm`] or, without a `kid`, [`TokenError::UnknownKey`].
    pub fn parse(token: &str) -> Result<Self, TokenError> {
        let (signing_input, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = signing_input.split_once('.').ok_or(TokenError::Malformed)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed);
        let header: Header = json::object(&decode(header)?).map_err(|_| TokenError::Malformed)?;
        if header.alg != "RS256" {
            return Err(TokenError::Algorithm);
        }
        Ok(Self {
            kid: header.kid.ok_or(TokenError::UnknownKey)?,
            claims: decode(claims)?,
            signing_input: signing_input.to_owned(),
            signature: decode(signature)?,
        })
    }

    /// The id of the key that the token names.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Claims before any proof, only to find out whose keys to ask for.
    ///
    /// # Errors
    /// [`TokenError::Claim`] when they are not of this shape.
    pub fn peek<T: DeserializeOwned>(&self) -> Result<T, TokenError> {
        json::object(&self.claims).map_err(|_| TokenError::Claim)
    }

    /// What was signed (RFC 7515 section 5.1).
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.signing_input.as_bytes()
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The claims, once the caller has checked the signature under the key that [`Self::kid`] names.
    ///
    /// # Errors
    /// [`TokenError::Signature`] when it does not hold; [`TokenError::Claim`] when the claims have another shape.
    pub fn verified<T: DeserializeOwned>(self, signature_holds: bool) -> Result<T, TokenError> {
        if signature_holds { self.peek() } else { Err(TokenError::Signature) }
    }
}

/// `aud` is one audience or several (RFC 7519 section 4.1.3). We take exactly one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One audience.
    One(String),
    /// Several; accepted when it is a list of one.
    Several(Vec<String>),
}

impl Audience {
    /// Whether this is the one audience, an id of an application: in whichever case.
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

/// Checks `exp` and `nbf` (RFC 7519 sections 4.1.4 and 4.1.5) with [`SKEW`]; both must be there.
///
/// # Errors
/// [`TokenError::Time`].
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
    fn only_rs256_with_a_kid_is_taken() {
        let parse = |header| UnverifiedToken::parse(&token(header, "{}")).map(|token| token.kid);
        assert_eq!(parse(r#"{"alg":"RS256","kid":"1"}"#), Ok("1".into()));
        assert_eq!(parse(r#"{"alg":"none","kid":"1"}"#), Err(TokenError::Algorithm));
        assert_eq!(parse(r#"{"alg":"HS256","kid":"1"}"#), Err(TokenError::Algorithm));
        assert_eq!(parse(r#"{"alg":"rs256","kid":"1"}"#), Err(TokenError::Algorithm));
        assert_eq!(parse(r#"{"alg":"RS256"}"#), Err(TokenError::UnknownKey));
        assert_eq!(parse("[]"), Err(TokenError::Malformed));
    }

    #[test]
    fn what_is_no_bearer_token_is_told_apart_from_a_broken_one() {
        let read = |header| UnverifiedToken::from_authorization(header).err();
        assert_eq!(read(None), Some(TokenError::Missing));
        assert_eq!(read(Some("Basic YTpi")), Some(TokenError::Missing));
        assert_eq!(read(Some("Bearer abc")), Some(TokenError::Malformed));
        assert_eq!(read(Some("Bearer a.b.c")), Some(TokenError::Malformed));
    }

    #[test]
    fn claims_are_out_of_reach_until_the_signature_holds() {
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
