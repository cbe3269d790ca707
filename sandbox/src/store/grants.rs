//! The grants of an app with OAuth 2.0: access tokens, refresh tokens and codes.

use serde::{Deserialize, Serialize};

use super::grant_rules::RuleOverrides;

/// All grants of an app, and its rules.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Grants {
    /// The changed rules.
    pub knobs: RuleOverrides,
    pub(crate) all: Vec<Grant>,
}

/// One approval of one user for one client, with its tokens.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Grant {
    /// The user's login name.
    pub username: String,
    /// The client.
    pub client_id: String,
    /// The scopes.
    pub scopes: Vec<String>,
    /// When, in ms.
    pub created: u64,
    /// Why and when it ended.
    pub revoked: Option<(String, u64)>,
    /// The number of refreshes.
    pub refreshes: u32,
    /// The number of received refresh tokens of this grant.
    #[serde(default)]
    pub sent: u32,
    /// The number of received tokens of the latest refresh, which may be repeated.
    #[serde(default)]
    pub repeated: u32,
    /// The number of other received tokens that had been replaced.
    #[serde(default)]
    pub reused: u32,
    pub(crate) refresh_token: Option<String>,
    /// When the lifetime of the refresh token began, in ms.
    #[serde(default)]
    pub(crate) refresh_since: u64,
    pub(crate) replaced_tokens: Vec<String>,
    /// The response with the current refresh token.
    #[serde(default)]
    pub(crate) latest_access_token: Option<AccessToken>,
    pub(crate) access_tokens: Vec<AccessToken>,
}

/// An access token and its expiry, in ms.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AccessToken {
    pub(crate) token: String,
    pub(crate) good_until: u64,
}

/// The content of a code.
pub struct Code {
    pub(crate) app: &'static str,
    pub(crate) username: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) issued: u64,
    pub(crate) used: bool,
}
