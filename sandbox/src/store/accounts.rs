//! The accounts of an app with OAuth 2.0: its users and their sessions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::grants::Grants;

/// A user of an app.
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
    /// Whether the user is active. Inactive users can neither log in nor refresh.
    pub active: bool,
    /// The user's rights.
    #[serde(default)]
    pub rights: Rights,
}

/// A user's rights at the app. Beyond them, the app responds with its own error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rights {
    /// Read and write.
    #[default]
    Full,
    /// Read only.
    ReadOnly,
    /// Neither; at an app without a fixture the same as read only.
    None,
}

impl User {
    /// Whether this user may write.
    pub fn may_write(&self) -> bool {
        self.rights == Rights::Full
    }
}

/// Users, sessions and grants of one app.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Accounts {
    /// All users.
    pub users: Vec<User>,
    pub(crate) sessions: BTreeMap<String, String>,
    /// The grants.
    pub grants: Grants,
}
