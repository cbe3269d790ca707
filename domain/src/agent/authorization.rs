//! The browser's way through an authorization request: the sign-in at Entra, then the consent page. Nothing
//! is stored: each step is sealed into a cookie of the browser that began it.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use workbot_shared::TenantId;

use super::oauth::AuthorizationRequest;
use crate::login::Step;
use crate::owner::Subject;
use crate::time::Timestamp;

/// How long a person may take.
pub const AUTHORIZATION_LIFETIME: Duration = Duration::from_secs(600);
/// The largest cookie that browsers take is 4,096 bytes, its name included (RFC 6265 section 6.1).
pub const LARGEST_COOKIE: usize = 3_900;

/// The `state` of the sign-in: which cookie belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigninState {
    /// The id of the authorization.
    pub id: String,
    /// When the browser has to be back.
    pub expires_at: Timestamp,
}

/// The cookie during the sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signin {
    /// The id of the authorization.
    pub id: String,
    /// The request.
    pub request: AuthorizationRequest,
    /// The tenant at which the person signs in; `None` for any that the deployment serves.
    pub tenant: Option<TenantId>,
    /// The silent sign-in or the one with a prompt.
    pub step: Step,
    /// The nonce that the ID token has to repeat.
    pub nonce: String,
    /// The PKCE code verifier of the sign-in.
    pub verifier: String,
    /// When the browser has to be back.
    pub expires_at: Timestamp,
}

/// The cookie of the consent page: the person is proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The id of the authorization.
    pub id: String,
    /// The request.
    pub request: AuthorizationRequest,
    /// The person who signed in.
    pub subject: Subject,
    /// Their user name, for the page.
    pub signed_in_as: String,
    /// When the person has to have decided.
    pub expires_at: Timestamp,
}

impl Signin {
    /// The state for the sign-in.
    #[must_use]
    pub fn state(&self) -> SigninState {
        SigninState { id: self.id.clone(), expires_at: self.expires_at }
    }

    /// Whether a callback belongs to this browser's sign-in.
    #[must_use]
    pub fn fits(&self, state: &SigninState, now: Timestamp) -> bool {
        self.id == state.id && now < self.expires_at
    }
}

/// The name of the cookie of an authorization. The prefix `__Host-` limits it to this host and HTTPS.
#[must_use]
pub fn cookie_name(id: &str) -> String {
    format!("__Host-agent-{id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::client::Client;
    use crate::seal::{MasterKeys, Purpose};

    #[test]
    fn a_state_and_a_redirect_uri_of_1100_bytes_fit_the_cookie() {
        let sealed = |state| {
            let client = Client {
                id: "i".repeat(200),
                name: "n".repeat(60),
                host: Some("h".repeat(30)),
                redirect_uris: vec![],
            };
            let request = AuthorizationRequest {
                client,
                redirect_uri: "r".repeat(200),
                state: Some("s".repeat(state)),
                challenge: "c".repeat(43),
            };
            let signin = Signin {
                id: "0".repeat(32),
                request,
                tenant: TenantId::parse(&"t".repeat(36)).ok(),
                step: Step::SilentSignin,
                nonce: "n".repeat(64),
                verifier: "v".repeat(64),
                expires_at: Timestamp(1_800_000_000_000),
            };
            let keys = MasterKeys::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8").unwrap();
            keys.seal_text(Purpose::AgentSignin, &signin, [1; 12]).len()
        };
        assert!(sealed(900) <= LARGEST_COOKIE, "{}", sealed(900));
    }
}
