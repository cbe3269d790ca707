//! Connections in the API, without secrets.

use crate::{AppId, Language, Session};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

/// The status of a person's or a tenant's connection to one app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// No record of a connection exists.
    NotConnected,
    /// The connection has tokens that are valid as far as Workbot knows.
    Connected,
    /// The owner has to log in again.
    NeedsLogin,
    /// The connection was ended. Only its record exists: app, account, times.
    Disconnected,
}

/// A stored word that this version does not know. The caller must not change the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownWordError;

impl fmt::Display for UnknownWordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a stored word that this version does not know")
    }
}

impl Error for UnknownWordError {}

impl ConnectionStatus {
    /// The word in the database and in JSON, e.g. `needs_login`.
    #[must_use]
    pub fn as_word(self) -> &'static str {
        match self {
            Self::NotConnected => "not_connected",
            Self::Connected => "connected",
            Self::NeedsLogin => "needs_login",
            Self::Disconnected => "disconnected",
        }
    }

    /// Parses a word of [`Self::as_word`].
    ///
    /// # Errors
    /// [`UnknownWordError`] for any other text.
    pub fn from_word(word: &str) -> Result<Self, UnknownWordError> {
        let all = [Self::NotConnected, Self::Connected, Self::NeedsLogin, Self::Disconnected];
        all.into_iter().find(|status| status.as_word() == word).ok_or(UnknownWordError)
    }

    /// The status for people. A sign precedes the text, so that colour alone never carries the meaning.
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

/// How an owner connects to an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// By an OAuth 2.0 login: a person for themselves, or an admin for the company.
    Oauth2,
    /// With an API key that an admin sets. Shared connections only.
    ApiKey,
    /// With a user and password that an admin sets. Shared connections only.
    Basic,
}

/// The guardrails of a person's own connection: the body of `PUT /api/connections/{app}/guardrails`. Nothing
/// is set by default, and a member that is absent is not set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Guardrails {
    /// Whether writes are refused.
    #[serde(skip_serializing_if = "is_false")]
    pub read_only: bool,
    /// When the permission to use the connection ends: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<String>,
    /// The most writes in a day (UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writes_a_day: Option<u32>,
}

impl Guardrails {
    /// Whether none is set.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the form that serde demands")]
fn is_false(value: &bool) -> bool {
    !value
}

/// One row of `GET /api/connections` (an app that recipes can use as the person) or of `GET
/// /api/admin/shared` (an app that recipes can use as the company).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionRow {
    /// The app's id.
    pub app: AppId,
    /// The display name.
    pub app_name: String,
    /// The file name of its icon below `/tab/icons/`, if the app has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// How an owner connects to the app.
    pub auth: Auth,
    /// Whether this deployment has the app's client id and variables. Without them nobody can connect.
    pub set_up: bool,
    /// The label of the current or last account, e.g. `ada@contoso.com`.
    pub account: Option<String>,
    /// The status of the connection.
    pub status: ConnectionStatus,
    /// Why a login is needed, as a word, e.g. `answer_lost`.
    pub reason: Option<String>,
    /// RFC 3339, in UTC.
    pub connected_at: Option<String>,
    /// RFC 3339, in UTC.
    pub last_used_at: Option<String>,
    /// The display names of the recipes that use the app with this kind of connection.
    pub used_by: Vec<String>,
    /// The granted scopes (RFC 6749 section 3.3).
    pub scopes: Vec<String>,
    /// What the person allows. Absent if nothing is set.
    #[serde(default, skip_serializing_if = "Guardrails::is_none")]
    pub guardrails: Guardrails,
}

/// The response of `GET /api/connections` and of `GET /api/admin/shared`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connections {
    /// The rows, sorted by the app's id.
    pub connections: Vec<ConnectionRow>,
    /// The `cursor` of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// The response of `GET /api/session`, if the request has `?session=true`: the tab opens with one
    /// request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
}

/// The body of `POST /api/connections/{app}/login`. Optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoginRequest {
    /// Whether the app should offer a choice of accounts.
    pub switch_account: bool,
}

/// The body of `PUT /api/admin/shared/{app}`: the secret of an app without logins. Has no `Debug`, so that no
/// log line can contain it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged, try_from = "BTreeMap<String, String>")]
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

/// The fields of one of the variants, and no others.
impl TryFrom<BTreeMap<String, String>> for SharedSecret {
    type Error = &'static str;

    fn try_from(mut fields: BTreeMap<String, String>) -> Result<Self, Self::Error> {
        let mut take = |name| fields.remove(name);
        match (take("api_key"), take("user"), take("password")) {
            (Some(api_key), None, None) if fields.is_empty() => Ok(Self::Key { api_key }),
            (None, Some(user), Some(password)) if fields.is_empty() => Ok(Self::Password { user, password }),
            _ => Err("neither a key nor a user and a password"),
        }
    }
}

/// The response of `POST /api/connections/{app}/login`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginLink {
    /// The login link, for a browser tab.
    pub url: String,
    /// When the link expires: RFC 3339, in UTC.
    pub expires_at: String,
}

/// The result of the revocation at the app (RFC 7009) when a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationOutcome {
    /// The app revoked the grant.
    Revoked,
    /// The app did not confirm; a job retries for 24 hours.
    Retrying,
    /// The app has no revocation endpoint; the owner removes the access there.
    Unsupported,
    /// Nothing was sent: the revocation would also end another connection with the same account.
    KeptForOther,
    /// No grant existed.
    NothingToDo,
}

/// The receipt of Disconnect or Delete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The app's id.
    pub app: AppId,
    /// The label of the account; empty if none was connected.
    pub account: String,
    /// The new status.
    pub status: ConnectionStatus,
    /// The result of the revocation.
    pub outcome: RevocationOutcome,
    /// The receipt as text for a person.
    pub message: String,
    /// The app's page where a person removes the access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// The response of `POST /api/admin/users/{user}/disconnect`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipts {
    /// One receipt per connection.
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
    fn guardrails_have_the_fixed_names() {
        let text = r#"{"read_only":true,"ends_at":"2026-12-31T09:30:00Z","writes_a_day":3}"#;
        let guardrails: Guardrails = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&guardrails).unwrap(), text);
        assert_eq!(serde_json::to_string(&Guardrails::default()).unwrap(), "{}");
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
