//! Connections, as people see them.

use crate::{AppId, Language};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fmt;

/// The status of a person's or a tenant's connection to one app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// There is no record of a connection.
    NotConnected,
    /// It can be used.
    Connected,
    /// It was connected; its owner has to log in again.
    NeedsLogin,
    /// Its owner disconnected it; only the bare record is left.
    Disconnected,
}

/// A stored word of a version that this one does not know. Nothing is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownWordError;

impl fmt::Display for UnknownWordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word that this version does not know")
    }
}

impl Error for UnknownWordError {}

impl ConnectionStatus {
    /// The word that is stored and sent.
    #[must_use]
    pub fn as_word(self) -> &'static str {
        match self {
            Self::NotConnected => "not_connected",
            Self::Connected => "connected",
            Self::NeedsLogin => "needs_login",
            Self::Disconnected => "disconnected",
        }
    }

    /// Reads a word.
    ///
    /// # Errors
    /// [`UnknownWordError`]
    pub fn from_word(word: &str) -> Result<Self, UnknownWordError> {
        let all = [Self::NotConnected, Self::Connected, Self::NeedsLogin, Self::Disconnected];
        all.into_iter().find(|status| status.as_word() == word).ok_or(UnknownWordError)
    }

    /// In words, with a sign before them, so that it is never colour alone that tells.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        use Language::{De, En};
        match (self, language) {
            (Self::Connected, En) => "✓ Connected",
            (Self::Connected, De) => "✓ Verbunden",
            (Self::NeedsLogin, En) => "! Login needed",
            (Self::NeedsLogin, De) => "! Anmeldung erforderlich",
            (Self::Disconnected, En) => "– Disconnected",
            (Self::Disconnected, De) => "– Getrennt",
            (Self::NotConnected, En) => "– Not connected",
            (Self::NotConnected, De) => "– Nicht verbunden",
        }
    }
}

/// How one connects to an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// By a login at the app; each person for themselves, or an admin for the company.
    Oauth2,
    /// With a key that an admin sets; shared only.
    ApiKey,
    /// With a user and password that an admin sets; shared only.
    Basic,
}

/// One row of `GET /api/connections`: an app that recipes can use as the person. Or one of `GET /api/admin/shared`: an
/// app that recipes can use as the company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionRow {
    /// The app.
    pub app: AppId,
    /// What people call it.
    pub app_name: String,
    /// The name of its icon below `/tab/icons/`, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// How one connects to it.
    pub auth: Auth,
    /// Whether this deployment is registered at the app; without that nobody can connect.
    pub set_up: bool,
    /// Who is or was connected.
    pub account: Option<String>,
    /// The status.
    pub status: ConnectionStatus,
    /// Why a login is needed, as a word.
    pub reason: Option<String>,
    /// RFC 3339, UTC.
    pub connected_at: Option<String>,
    /// RFC 3339, UTC.
    pub last_used_at: Option<String>,
    /// The names of the recipes that use the app as the person.
    pub used_by: Vec<String>,
    /// What the app granted.
    pub scopes: Vec<String>,
}

/// The answer of `GET /api/connections` and of `GET /api/admin/shared`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connections {
    /// The rows, by the app's id.
    pub connections: Vec<ConnectionRow>,
    /// Where the next page begins, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// The body of `POST /api/connections/{app}/login`; may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoginRequest {
    /// Whether the app shall ask which account.
    pub switch_account: bool,
}

/// The body of `PUT /api/admin/shared/{app}`: what an app without logins takes. Deliberately without `Debug`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum SharedSecret {
    /// For [`Auth::ApiKey`].
    Key {
        /// The key.
        api_key: String,
    },
    /// For [`Auth::Basic`].
    Password {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
}

/// The answer of `POST /api/connections/{app}/login`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginLink {
    /// To be opened in a browser tab.
    pub url: String,
    /// When it can no longer be opened: RFC 3339, UTC.
    pub expires_at: String,
}

/// What was done at the app when a connection was disconnected or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationOutcome {
    /// The app revoked the access.
    Revoked,
    /// The app could not be reached; it is tried again for a day.
    Retrying,
    /// The app has no revocation; its owner removes the access there.
    Unsupported,
    /// Another connection has the same account, and revoking would end that one too.
    KeptForOther,
    /// There was nothing to revoke.
    NothingToDo,
}

/// What came of disconnecting or deleting a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The app.
    pub app: AppId,
    /// Who was connected; empty when nobody was.
    pub account: String,
    /// The status now.
    pub status: ConnectionStatus,
    /// What was done at the app.
    pub outcome: RevocationOutcome,
    /// All of it in words, for a person.
    pub message: String,
    /// Where the access can be removed at the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// The answer of `POST /api/admin/users/{user}/disconnect`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipts {
    /// One for each connection that there was.
    pub receipts: Vec<Receipt>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_stored_and_sent_as_the_same_word_and_an_unknown_one_is_an_error() {
        use ConnectionStatus::{Connected, Disconnected, NeedsLogin, NotConnected};
        for status in [NotConnected, Connected, NeedsLogin, Disconnected] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_word());
            assert_eq!(ConnectionStatus::from_word(status.as_word()), Ok(status));
        }
        for word in ["", "Connected", "suspended"] {
            assert_eq!(ConnectionStatus::from_word(word), Err(UnknownWordError), "{word}");
        }
    }

    #[test]
    fn a_receipt_has_the_fixed_names() {
        let receipt = Receipt {
            app: AppId::parse("box").unwrap(),
            account: "ada@contoso.com".into(),
            status: ConnectionStatus::NotConnected,
            outcome: RevocationOutcome::KeptForOther,
            message: "Done.".into(),
            link: None,
        };
        assert_eq!(
            serde_json::to_string(&receipt).unwrap(),
            r#"{"app":"box","account":"ada@contoso.com","status":"not_connected","outcome":"kept_for_other","message":"Done."}"#
        );
    }
}
