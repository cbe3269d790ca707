//! What the authorization server hands out: sealed values that nobody can read or forge. Each kind is sealed
//! for a purpose of its own, so that none takes the place of another.
//!
//! A sealed value proves what it says. Whether it is still valid is written in the person's vault, in the
//! [`Grant`](super::grant::Grant) that it names.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::Duration;
use subtle::ConstantTimeEq;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use workbot_shared::RunId;

use crate::ids::GrantId;
use crate::owner::Subject;
use crate::seal::{MasterKeys, Purpose, Random};
use crate::time::Timestamp;

/// How long an authorization code is valid (RFC 6749 section 4.1.2 recommends at most 10 minutes).
pub const CODE_LIFETIME: Duration = Duration::from_secs(60);
/// How long an access token is valid.
pub const ACCESS_LIFETIME: Duration = Duration::from_secs(3600);
/// How long a refresh token is valid. Each refresh hands out a new one.
pub const REFRESH_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long the state of a call that waits for a login is valid.
pub const CALL_STATE_LIFETIME: Duration = Duration::from_secs(3600);

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AgentTokenError {
    /// It is not one of ours, was altered, or is of another kind.
    #[error("the token is invalid")]
    Invalid,
    /// It has expired.
    #[error("the token has expired")]
    Expired,
    /// It is for another resource (RFC 8707).
    #[error("the token is for another resource")]
    OtherResource,
}

/// An authorization code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The person.
    pub subject: Subject,
    /// The grant, which waits for the code.
    pub grant: GrantId,
    /// The client id.
    pub client: String,
    /// The redirect URI of the authorization request.
    pub redirect_uri: String,
    /// The PKCE code challenge, S256.
    pub challenge: String,
    /// When the code expires.
    pub expires_at: Timestamp,
}

/// An access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// The person.
    pub subject: Subject,
    /// The grant.
    pub grant: GrantId,
    /// The resource for which it was issued.
    pub resource: String,
    /// When the token expires.
    pub expires_at: Timestamp,
}

/// A refresh token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshToken {
    /// The person.
    pub subject: Subject,
    /// The grant.
    pub grant: GrantId,
    /// The client id.
    pub client: String,
    /// The number of this token among those of the grant.
    pub serial: u64,
    /// When the token expires.
    pub expires_at: Timestamp,
}

/// The state of a call that waits for a login (`requestState`). The client sends it back with the same call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallState {
    /// The grant: the person and the client.
    pub grant: GrantId,
    /// The run.
    pub run: RunId,
    /// The digest of the call; see [`ToolCall::digest`](super::request::ToolCall::digest).
    pub call: String,
    /// When the state expires.
    pub expires_at: Timestamp,
}

impl Code {
    /// Whether a verifier matches the challenge (RFC 7636 section 4.6, S256).
    #[must_use]
    pub fn is_verified_by(&self, verifier: &str) -> bool {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        bool::from(challenge.as_bytes().ct_eq(self.challenge.as_bytes()))
    }

    /// Seals the code.
    #[must_use]
    pub fn seal(&self, keys: &MasterKeys, nonce: Random<12>) -> String {
        keys.seal_text(Purpose::AgentCode, self, nonce)
    }

    /// Opens a code, also one that has expired: its grant decides, which ends if the code comes a second
    /// time.
    ///
    /// # Errors
    /// [`AgentTokenError::Invalid`] for anything but a code.
    pub fn open(keys: &MasterKeys, text: &str) -> Result<Self, AgentTokenError> {
        keys.open_text(Purpose::AgentCode, text).map_err(|_| AgentTokenError::Invalid)
    }
}

impl AccessToken {
    /// Seals the token.
    #[must_use]
    pub fn seal(&self, keys: &MasterKeys, nonce: Random<12>) -> String {
        keys.seal_text(Purpose::AgentAccessToken, self, nonce)
    }

    /// Opens a token for this resource.
    ///
    /// # Errors
    /// [`AgentTokenError`] for anything but an access token for this resource that is valid now.
    pub fn open(
        keys: &MasterKeys,
        text: &str,
        resource: &str,
        now: Timestamp,
    ) -> Result<Self, AgentTokenError> {
        let token: Self =
            keys.open_text(Purpose::AgentAccessToken, text).map_err(|_| AgentTokenError::Invalid)?;
        if token.resource != resource {
            return Err(AgentTokenError::OtherResource);
        }
        if now < token.expires_at { Ok(token) } else { Err(AgentTokenError::Expired) }
    }
}

impl RefreshToken {
    /// Seals the token.
    #[must_use]
    pub fn seal(&self, keys: &MasterKeys, nonce: Random<12>) -> String {
        keys.seal_text(Purpose::AgentRefreshToken, self, nonce)
    }

    /// Opens a token. An expired one is opened too: whether its grant goes on is decided where the grant is.
    ///
    /// # Errors
    /// [`AgentTokenError::Invalid`] for anything but a refresh token.
    pub fn open(keys: &MasterKeys, text: &str) -> Result<Self, AgentTokenError> {
        keys.open_text(Purpose::AgentRefreshToken, text).map_err(|_| AgentTokenError::Invalid)
    }
}

impl CallState {
    /// Seals the state.
    #[must_use]
    pub fn seal(&self, keys: &MasterKeys, nonce: Random<12>) -> String {
        keys.seal_text(Purpose::AgentCallState, self, nonce)
    }

    /// Opens a state that came back with the call of this digest, from this grant.
    ///
    /// # Errors
    /// [`AgentTokenError`] for a state that was altered, has expired, or belongs to another grant or call.
    pub fn open(
        keys: &MasterKeys,
        text: &str,
        (grant, call): (&GrantId, &str),
        now: Timestamp,
    ) -> Result<Self, AgentTokenError> {
        let state: Self =
            keys.open_text(Purpose::AgentCallState, text).map_err(|_| AgentTokenError::Invalid)?;
        if state.grant != *grant || state.call != call {
            return Err(AgentTokenError::Invalid);
        }
        if now < state.expires_at { Ok(state) } else { Err(AgentTokenError::Expired) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use workbot_shared::{TenantId, UserId};

    const NOW: Timestamp = Timestamp(1_000_000);
    const RESOURCE: &str = "https://workbot.contoso.com/mcp";

    fn keys(byte: u8) -> MasterKeys {
        MasterKeys::parse(&format!("a:{}", URL_SAFE_NO_PAD.encode([byte; 32]))).unwrap()
    }

    fn ada() -> Subject {
        Subject { tenant: TenantId::parse("t").unwrap(), user: UserId::parse("ada").unwrap() }
    }

    fn access(resource: &str) -> AccessToken {
        let (grant, expires_at) = ("g1".into(), NOW + ACCESS_LIFETIME);
        AccessToken { subject: ada(), grant, resource: resource.into(), expires_at }
    }

    fn refresh() -> RefreshToken {
        let (grant, client, expires_at) = ("g1".into(), "c".into(), NOW + REFRESH_LIFETIME);
        RefreshToken { subject: ada(), grant, client, serial: 1, expires_at }
    }

    #[test]
    fn an_access_token_is_valid_for_an_hour_at_its_own_resource() {
        let sealed = access(RESOURCE).seal(&keys(1), [1; 12]);
        let open = |resource: &str, now| AccessToken::open(&keys(1), &sealed, resource, now);
        assert_eq!(open(RESOURCE, NOW), Ok(access(RESOURCE)));
        assert_eq!(open("https://other.example/mcp", NOW), Err(AgentTokenError::OtherResource));
        assert_eq!(open(RESOURCE, NOW + ACCESS_LIFETIME), Err(AgentTokenError::Expired));
        assert_eq!(AccessToken::open(&keys(2), &sealed, RESOURCE, NOW), Err(AgentTokenError::Invalid));
    }

    #[test]
    fn no_kind_of_token_takes_the_place_of_another() {
        let keys = keys(1);
        let (access, refresh) = (access(RESOURCE).seal(&keys, [1; 12]), refresh().seal(&keys, [2; 12]));
        assert!(AccessToken::open(&keys, &refresh, RESOURCE, NOW).is_err());
        assert!(RefreshToken::open(&keys, &access).is_err());
        assert!(Code::open(&keys, &access).is_err());
        for text in ["", "x", &access.to_uppercase(), &access[..access.len() - 2], &format!("{access}00")] {
            assert_eq!(AccessToken::open(&keys, text, RESOURCE, NOW), Err(AgentTokenError::Invalid));
        }
    }

    #[test]
    fn a_code_is_valid_for_its_verifier() {
        // The example of RFC 7636 appendix B.
        let code = Code {
            subject: ada(),
            grant: "g1".into(),
            client: "c".into(),
            redirect_uri: "https://agent.example/callback".into(),
            challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into(),
            expires_at: NOW + CODE_LIFETIME,
        };
        assert!(code.is_verified_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!code.is_verified_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK"));
        let sealed = code.seal(&keys(1), [1; 12]);
        assert_eq!(Code::open(&keys(1), &sealed), Ok(code));
        assert_eq!(Code::open(&keys(2), &sealed), Err(AgentTokenError::Invalid));
    }

    #[test]
    fn a_foreign_altered_or_old_request_state_is_refused() {
        let (grant, other): (GrantId, GrantId) = ("g1".into(), "g2".into());
        let run = RunId::parse("0123456789abcdef").unwrap();
        let expires_at = NOW + CALL_STATE_LIFETIME;
        let state = CallState { grant: grant.clone(), run, call: "digest".into(), expires_at };
        let sealed = state.seal(&keys(1), [1; 12]);
        let open = |text: &str, grant: &GrantId, call: &str, now| {
            CallState::open(&keys(1), text, (grant, call), now)
        };
        assert_eq!(open(&sealed, &grant, "digest", NOW), Ok(state));
        assert_eq!(open(&sealed, &other, "digest", NOW), Err(AgentTokenError::Invalid));
        assert_eq!(open(&sealed, &grant, "other", NOW), Err(AgentTokenError::Invalid));
        assert_eq!(open(&sealed, &grant, "digest", expires_at), Err(AgentTokenError::Expired));
        let altered = sealed.replacen(&sealed[40..41], if &sealed[40..41] == "0" { "1" } else { "0" }, 1);
        assert_eq!(open(&altered, &grant, "digest", NOW), Err(AgentTokenError::Invalid));
    }
}
