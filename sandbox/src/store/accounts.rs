//! What apps with OAuth 2.0 keep: people, their sessions, and what they allowed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::grant_rules::RuleOverrides;

/// Someone with an account at an app.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct User {
    /// The login name.
    pub username: String,
    /// The company's id.
    pub org: String,
    /// The user's id.
    pub id: String,
    /// The display name.
    pub name: String,
    /// Switched off users can neither log in nor refresh.
    pub active: bool,
    /// What they may do there.
    #[serde(default)]
    pub rights: Rights,
}

/// What a user may do at the app. Whoever asks for more is refused as the app refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rights {
    /// All that people do with what they see.
    #[default]
    Full,
    /// See it, and change nothing.
    ReadOnly,
}

impl User {
    /// May this user make and change something?
    pub fn may_write(&self) -> bool {
        self.rights == Rights::Full
    }
}

/// Users, sessions and grants of one app.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Accounts {
    /// Everyone.
    pub users: Vec<User>,
    pub(crate) sessions: BTreeMap<String, String>,
    /// Who gave access to which client.
    pub grants: Grants,
}

/// All grants of an app, and its knobs.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Grants {
    /// What changes the rules of the app.
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
    /// What was allowed.
    pub scopes: Vec<String>,
    /// When, in ms.
    pub created: u64,
    /// Why and when it ended.
    pub revoked: Option<(String, u64)>,
    /// How often it was refreshed.
    pub refreshes: u32,
    /// How often any of its refresh tokens came to the token endpoint.
    #[serde(default)]
    pub sent: u32,
    /// How often it was the one of the latest refresh, which may be repeated.
    #[serde(default)]
    pub repeated: u32,
    /// How often it was another replaced one.
    #[serde(default)]
    pub reused: u32,
    pub(crate) refresh_token: Option<String>,
    /// When the life of the refresh token began.
    #[serde(default)]
    pub(crate) refresh_since: u64,
    pub(crate) replaced_tokens: Vec<String>,
    /// What came with the present refresh token.
    #[serde(default)]
    pub(crate) latest_access_token: Option<AccessToken>,
    pub(crate) access_tokens: Vec<AccessToken>,
}

/// An access token, and until when it is taken, in ms.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AccessToken {
    pub(crate) token: String,
    pub(crate) good_until: u64,
}

/// What a code stands for.
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
